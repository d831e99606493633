"""What is a secret, is one everywhere: one table, and each place that shows something."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockwright.config.errors import ConfigReport
from mockwright.config.mask import is_secret, without_password
from mockwright.memory.journal.redact import Redactor
from mockwright.recordings import RequestKey
from mockwright.recordings.redact import SecretRedactor
from mockwright.secrecy import MASK, STARS, hide, hide_in_line, names_secret
from mockwright.telemetry.logs import scrub
from tests.steps import growth

SECRET = "hunter2hunter2"
# A head, what is repeated, a tail.
HOSTILE = [
    ('"secret": ', "{", ""),
    ("", "token", ""),
    ("", "tokens_", "-token=1"),
    ("", "max_tokens=1,", ""),
    ("", '"key": "', ""),
    ("", 'token: "', ""),
    ("", "token: \\\"token: '", ""),
    ("", "a", "_token=1"),
    ("", "://", ""),
    ("a://", "b", ""),
    ("cookie: a=b", "; c=d", ""),
    ("", "cookie: ;", ""),
    ("", "bearer ", ""),
    ("bearer", " ", ""),
    ("", "\\", "token"),
]

NAMES = [
    *("password", "passwd", "Password", "userPassword", "password_confirmation", "passphrase"),
    *("secret", "client_secret", "clientSecret", "secrets", "token", "access_token", "idToken"),
    *("api_key", "apikey", "apiKey", "api-key", "x-api-key", "X-Api-Key", "OPENAI_API_KEY"),
    *("authorization", "Authorization", "proxy-authorization", "credential", "credentials"),
    *("private_key", "privateKey", "private-key", "cookie", "Cookie", "set-cookie", "cookies"),
    *("backend.token", "$secret", "a" * 60 + "_token"),
]
HARMLESS = ["user", "name", "key", "keys", "pass", "passenger", "author", "cookie_policy", "path"]
COUNTS = ["max_tokens", "tokens", "prompt_tokens_details", "tokens_used"]


def journal(name: str, value: Any) -> str:
    return Redactor().text(json.dumps({"before": 1, name: value}))


def log(name: str, value: Any) -> str:
    return str(scrub(None, "info", {"event": "x", name: value}))


def log_text(name: str, value: Any) -> str:
    return str(scrub(None, "info", {"event": "sent " + json.dumps({name: value})}))


def recorded_body(name: str, value: Any) -> str:
    return repr(SecretRedactor(Redactor().text).asked(RequestKey("GET", "/", body={name: value})))


def recorded_query(name: str, value: Any) -> str:
    key = RequestKey("GET", "/", query=((name, value),))
    return repr(SecretRedactor(Redactor().text).asked(key))


def recorded_text(name: str, value: Any) -> str:
    key = RequestKey("GET", "/", body=json.dumps({name: value}))
    return repr(SecretRedactor(Redactor().text).asked(key))


def check_config(name: str, value: Any) -> str:
    return ConfigReport().shown(("backends", 0, name), value)


PLACES = [journal, log, log_text, recorded_body, recorded_query, recorded_text, check_config]
Place = Callable[[str, Any], str]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("name", NAMES)
def test_what_stands_under_a_telling_name_is_hidden_everywhere(name: str, place: Place) -> None:
    assert SECRET not in place(name, SECRET)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("name", HARMLESS)
def test_what_stands_under_another_name_is_shown_everywhere(name: str, place: Place) -> None:
    assert SECRET in place(name, SECRET)


@pytest.mark.parametrize("place", [place for place in PLACES if place is not recorded_query])
@pytest.mark.parametrize("name", COUNTS)
def test_counts_of_tokens_are_shown_everywhere(name: str, place: Place) -> None:
    assert "2048" in place(name, 2048)


@pytest.mark.parametrize("name", COUNTS)
def test_a_text_under_the_name_of_a_count_is_a_secret_where_a_request_brought_it(name: str) -> None:
    assert SECRET not in journal(name, SECRET)
    assert SECRET not in recorded_body(name, SECRET)
    # A fault has to say what stands there, and a limit is never a secret.
    assert SECRET in check_config(name, SECRET)


TEXTS = [
    f"Authorization: Bearer {SECRET}",
    f"basic {SECRET}",
    f"sent bearer%20{SECRET}",
    f"the key sk-{SECRET}",
    f"pk_{SECRET} ghp_{SECRET} gho_{SECRET} xoxb-{SECRET}",
    f"http://me:{SECRET}@host/v1",
    f"see postgres://{SECRET}@host, and more",
    f"?x=1&token={SECRET}&y=2",
    f"password={SECRET}",
    f'{{"user": "ann", "passphrase": "{SECRET}"}}',
    f'{{"credentials": {{"a": [1, "{SECRET}"]}}}}',
    f'prompt: {{\\"private_key\\": \\"{SECRET}\\"}}',
]


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize(
    "place",
    [
        Redactor().text,
        lambda text: str(scrub(None, "info", {"event": text})),
        SecretRedactor(Redactor().text).redact,
        lambda text: json.dumps(SecretRedactor(Redactor().text).texts([{"a": text}])),
    ],
    ids=["journal", "log", "recording", "recorded answer"],
)
def test_what_looks_like_a_secret_is_hidden_in_every_text(
    place: Callable[[str], str], text: str
) -> None:
    assert SECRET not in place(text)


@pytest.mark.parametrize(
    "url", [f"http://me:{SECRET}@h/v1", f"//{SECRET}@h", f'http://me:{SECRET}"x@h']
)
def test_no_url_of_the_configuration_shows_its_user(url: str) -> None:
    assert SECRET not in without_password(url)
    assert SECRET not in hide_in_line(url)


def test_a_users_name_is_taken_out_of_a_url_within_json_and_nothing_else() -> None:
    text = f'{{"url":"http://me:{SECRET}@h/v1","to":"ann@example.com","at":"http://h"}}'
    assert json.loads(hide(text)) == {
        "url": f"http://{MASK}@h/v1",
        "to": "ann@example.com",
        "at": "http://h",
    }
    assert SECRET not in hide(text.replace("/", "\\/"))


def test_all_cookies_of_a_header_are_hidden() -> None:
    text = f"Cookie: sid={SECRET}; theme=dark; b={SECRET}\nAccept: */*"
    assert hide(text) == f"Cookie: {MASK}\nAccept: */*"


def test_an_article_number_is_no_key_in_data_and_may_be_one_in_a_line() -> None:
    assert hide("SK-100200 and sk-learn") == "SK-100200 and sk-learn"
    assert hide_in_line("SK-100200 and sk-learn") == f"{STARS} and sk-learn"


@pytest.mark.parametrize(
    "line",
    [
        "backends[0].api_key: required, but not given",
        "MOCKWRIGHT_TOKEN: not a setting, left alone; did you mean 'MOCKWRIGHT_SERVER__PORT'?",
    ],
)
def test_a_line_still_says_what_is_wrong_at_the_place_of_a_secret(line: str) -> None:
    assert hide_in_line(line) == line


def test_behind_what_is_left_of_a_line_secrets_are_still_hidden() -> None:
    line = f'token: password="{SECRET}", token: expected "secret": "{SECRET}" max_tokens=5'
    assert SECRET not in hide_in_line(line)
    assert hide_in_line(line).endswith("max_tokens=5")


def test_headers_of_the_configuration_are_secret_whatever_their_names() -> None:
    assert is_secret(("backends", 0, "headers", "X-Anything"))


def test_the_names_limits_and_hashes_of_keys_are_no_secrets() -> None:
    assert not is_secret(("api", "api_keys", 0, "requests_per_minute"))


FRAGMENTS = [
    *("password", "Authorization", "token", "max_tokens", "Cookie", "Bearer ", "sk-", "abcdefgh"),
    *("://", "@h", "/", MASK, "a", "1", ";", "=b", ":", "=", '"', "'", "\\", "[", "]", "{", "}"),
    *(" ", ",", "&", "%20", "\n"),
]


@given(st.lists(st.sampled_from(FRAGMENTS), max_size=14).map("".join))
def test_what_is_hidden_stays_as_it_is(text: str) -> None:
    once = hide(text)
    assert hide(once) == once


@given(st.text() | st.lists(st.sampled_from(FRAGMENTS), max_size=14).map("".join))
def test_no_text_is_too_odd(text: str) -> None:
    hide_in_line(text)
    names_secret(text)
    names_secret(text, number=True)


# What the regular expressions take is not a matter of Python's steps: ``bench/bounds.py`` times it.
# Here quadratic work of theirs would take longer than any test may.
@pytest.mark.parametrize("function", [hide, hide_in_line, names_secret])
@pytest.mark.parametrize(("head", "unit", "tail"), HOSTILE)
def test_the_work_grows_with_hostile_text_and_no_faster(
    function: Callable[[str], object], head: str, unit: str, tail: str
) -> None:
    def search(size: int) -> None:
        function(head + unit * (size // len(unit)) + tail)

    assert growth(search, 2_000) < 2.5
    search(160_000)
