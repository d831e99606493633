from __future__ import annotations

import json

import pytest

from mockwright.memory.journal.redact import Redactor
from mockwright.secrecy import MASK

SECRET = "hunter2-hunter2"


@pytest.mark.parametrize(
    "value",
    [
        SECRET,
        [SECRET],
        {"a": SECRET},
        {"a": {"x": 1}, "b": SECRET},
        [[1, 2], [SECRET]],
        {"a": {"b": [{"c": SECRET}, {"d": "}"}], "e": SECRET}},
        {"a": 'quoted " and } in text', "b": SECRET},
    ],
)
@pytest.mark.parametrize("name", ["password", "apiKey", "credentials", "client_secret", "Token"])
def test_nothing_under_a_secret_name_is_shown(name: str, value: object) -> None:
    shown = Redactor().text(json.dumps({"user": "ada", name: value, "after": "kept"}))
    assert SECRET not in shown
    assert json.loads(shown) == {"user": "ada", name: MASK, "after": "kept"}


def test_a_text_that_was_cut_within_a_secret_container_shows_nothing_of_it() -> None:
    shown = Redactor().text('{"user": "ada", "credentials": {"a": {"b": 1}, "c": "hunter2-hu')
    assert shown == f'{{"user": "ada", "credentials": "{MASK}"'


@pytest.mark.parametrize("text", ['{"max_tokens": 2048}', '{"prompt_tokens_details": 12}'])
def test_counts_of_tokens_are_no_secrets(text: str) -> None:
    assert Redactor().text(text) == text


def test_a_form_a_header_and_a_bare_key_are_hidden() -> None:
    shown = Redactor().text(
        f"password={SECRET}&x=1 Authorization: Bearer abcdef123456 sk-abcdefgh12345678"
    )
    assert SECRET not in shown
    assert "abcdef123456" not in shown
    assert "abcdefgh" not in shown
    assert "x=1" in shown


def test_the_configured_secrets_are_hidden_wherever_they_stand() -> None:
    assert SECRET not in Redactor([SECRET]).text(f"the model said {SECRET} aloud")


def test_only_harmless_headers_are_shown() -> None:
    headers = [(b"Cookie", b"s=1"), (b"Authorization", b"Bearer x"), (b"Accept", b"*/*")]
    assert Redactor().headers(headers) == {"accept": "*/*"}


@pytest.mark.parametrize(
    "text", ['"secret": ' + "{" * 600_000, "token" * 90_000, '"key": "' * 80_000]
)
def test_hostile_text_is_searched_in_linear_time(text: str) -> None:
    Redactor().text(text)  # so long that it would take hours otherwise
