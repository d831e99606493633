"""Secrets: in no file, and matched all the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockwright.recordings import RecordedResponse, RequestKey
from mockwright.recordings.normalize import key_of
from mockwright.recordings.redact import SecretRedactor
from mockwright.secrecy import MASK
from mockwright.types import Json
from tests.recordings.values import asked, get, redact

KNOWN = "known-secret-of-the-configuration"
VEIL = SecretRedactor(redact)


@pytest.mark.parametrize(
    "request_",
    [
        get(body={"password": "hunter2"}),
        get(body={"a": [{"apiKey": "hunter2"}]}),
        get(body={"credentials": {"user": "ann", "pass": ["hunter2"]}}),
        get(body="log in with password=hunter2"),
        get(query=(("token", "hunter2"),)),
        get("/login/password=hunter2"),
        get(controls={"prompt": "my password: hunter2"}),
        get(controls={"rules": ["Authorization: Bearer hunter2hunter2"]}),
        get(body={f"x-{KNOWN}": 1, "hunter2": KNOWN}, query=(("token", "hunter2"),)),
    ],
)
def test_nothing_secret_of_a_request_is_left(request_: RequestKey) -> None:
    shown = repr(VEIL.asked(request_)).replace("'hunter2': '[", "")
    assert "hunter2" not in shown
    assert KNOWN not in shown
    assert MASK in shown


@pytest.mark.parametrize(
    "body",
    [
        {"max_tokens": 20, "user": "ann"},
        {"has_password": True, "password": None},
        {"note": "secret [of the] trade", "after": {"x": 1}},
        [1, 2.5, None, "text"],
    ],
)
def test_what_is_no_secret_stays(body: Json) -> None:
    assert VEIL.asked(get(body=body)).body == body


def test_a_schema_may_say_what_a_password_looks_like() -> None:
    shape = {"properties": {"password": {"type": "string", "minLength": 8}}}
    assert VEIL.asked(get(shape=shape)).shape == shape


def test_what_is_made_up_under_a_telling_name_stays_in_an_answer() -> None:
    answer = RecordedResponse({"access_token": "made-up", "user": "ann"})
    assert VEIL.answer(answer) == answer


def test_an_answer_does_not_give_back_what_its_request_hid() -> None:
    request = get(body={"password": "hunter2", "pin_token": 1234, "name": "ann", "secret": "ann"})
    hidden, secrets = VEIL.reveal(request)
    assert hidden.body == {"password": MASK, "pin_token": MASK, "name": "ann", "secret": MASK}
    answer = RecordedResponse(
        {
            "password": "hunter2",
            "text": "your password is hunter2!",
            "pin_token": 1234,
            "total": 1234,
            "name": "ann",
            "items": [{"secret": "ann"}],
            "ok": True,
        }
    )
    assert VEIL.answer(answer, secrets).body == {
        "password": MASK,
        "text": f"your password is {MASK}!",
        "pin_token": MASK,
        # Too short to be told from what is there by chance.
        "total": 1234,
        "name": "ann",
        "items": [{"secret": MASK}],
        "ok": True,
    }


def test_known_secrets_are_hidden_in_answers_and_their_headers() -> None:
    hidden = VEIL.answer(RecordedResponse({"a": [KNOWN]}, headers={"x": KNOWN}))
    assert KNOWN not in repr(hidden)


@given(asked)
def test_what_went_through_it_once_stays_as_it_is(request: RequestKey) -> None:
    once = VEIL.asked(request)
    assert VEIL.asked(once) == once


FRAGMENTS = [
    *("password", "Authorization", "token", "Bearer ", "sk-", "abcdefgh", KNOWN, MASK, "a"),
    *(":", "=", '"', "'", "\\", "[", "]", "{", "}", " ", ",", "&", "%20", "\n"),
]


@given(st.lists(st.sampled_from(FRAGMENTS), max_size=12).map("".join))
def test_texts_that_went_through_it_once_stay_as_they_are(text: str) -> None:
    once = VEIL.redact(text)
    assert VEIL.redact(once) == once


@pytest.mark.parametrize(
    "secret", ["hunter2", "[redacted]", "a, b", 'quo"ted', "[1, {", 5, [1, {"a": 2}]]
)
def test_both_sides_of_a_comparison_are_hidden_alike(secret: Json) -> None:
    asked_ = VEIL.asked(get(body={"password": secret, "text": f"password={secret}"}))
    assert key_of(VEIL.asked(asked_)) == key_of(asked_)
