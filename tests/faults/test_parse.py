"""Fault scripts as they are written."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockwright.errors import FaultScriptError, RequestError
from mockwright.faults import Fault, read_faults
from mockwright.faults.parse import MAX_BYTES, MAX_RULES, MAX_STEPS
from mockwright.settings import LimitSettings
from mockwright.types import MISSING, ErrorSimulation, Json

LIMITS = LimitSettings(max_delay=60)
FULL: Json = {
    "match": {"method": ["GET", "post"], "path": "/users/**"},
    "sequence": [
        {
            "status": 429,
            "retry_after": 1,
            "times": 2,
            "body": {"slow": "down"},
            "headers": {"X-Why": "tired", "Set-Cookie": ["a=1", "b=2"], "X-Count": 3},
        },
        {"status": 503, "message": "tired", "details": {"until": "noon"}},
        {"delay": "2s"},
        {"reset": True},
        {"close": True},
        {"truncate": 0.5},
        {"malformed": True},
        {"slow": "1KB/s"},
        {"pass": True, "times": 2},
        "pass",
    ],
    "repeat": False,
    "chance": 0.5,
    "seed": 7,
    "latency": {"lognormal": {"median": "100ms", "p95": "400ms"}},
    "rate_limit": {"limit": 5, "window": "1s"},
}


def first(entry: Json) -> Fault:
    """What a sequence of one entry does."""
    fault = read_faults([{"sequence": [entry]}], LIMITS).next("GET", "/users", 0.0)
    assert fault is not None
    return fault


def refused(value: Any) -> FaultScriptError:
    with pytest.raises(FaultScriptError) as caught:
        read_faults(value, LIMITS)
    return caught.value


def test_every_member_is_understood() -> None:
    assert read_faults([FULL], LIMITS).to_json()[0]["rule"] == FULL


def test_an_empty_script_lets_everything_pass() -> None:
    assert read_faults([], LIMITS).next("GET", "/users", 0.0) is None


@pytest.mark.parametrize(
    ("entry", "fault"),
    [
        ({"status": 503}, Fault(status=503, name="status 503")),
        (
            {"status": 429, "retry_after": "1.5s", "message": "later", "details": [1]},
            Fault(status=429, retry_after=1.5, message="later", details=[1], name="status 429"),
        ),
        ({"body": None}, Fault(body=None, name="body")),
        ({"headers": {"X-A": "b"}}, Fault(headers=((b"x-a", b"b"),), name="headers")),
        ({"headers": {"X-A": 1.5}}, Fault(headers=((b"x-a", b"1.5"),), name="headers")),
        ({"delay": "500ms"}, Fault(delay=0.5, name="delay 0.5s")),
        ({"delay": 2}, Fault(delay=2, name="delay 2s")),
        ({"reset": True}, Fault(reset=True, name="reset")),
        ({"close": True}, Fault(close=True, name="close")),
        ({"truncate": 0}, Fault(truncate=0, name="truncate 0.0")),
        ({"malformed": True}, Fault(malformed=True, name="malformed")),
        ({"slow": "1KB/s"}, Fault(slow=1000, name="slow 1000B/s")),
        ({"slow": "1KiB/s"}, Fault(slow=1024, name="slow 1024B/s")),
        ({"slow": "2 mb/s"}, Fault(slow=2_000_000, name="slow 2000000B/s")),
        ({"slow": "512B/s"}, Fault(slow=512, name="slow 512B/s")),
        (
            {"slow": 10, "truncate": 0.5, "reset": True, "delay": 1, "status": 500},
            Fault(
                slow=10,
                truncate=0.5,
                reset=True,
                delay=1,
                status=500,
                name="status 500, delay 1s, truncate 0.5, slow 10B/s, reset",
            ),
        ),
    ],
)
def test_an_entry_says_what_happens(entry: Json, fault: Fault) -> None:
    assert first(entry) == fault


@pytest.mark.parametrize(
    ("value", "pointer", "told"),
    [
        ({}, "", "a list of 0 to 100 rules"),
        (["pass"], "/0", "a rule: an object"),
        ([{}], "/0", "without an effect"),
        ([{"match": {"path": "/a"}}], "/0", "without an effect"),
        ([{"sequnce": ["pass"]}], "/0/sequnce", "did you mean 'sequence'?"),
        ([{"sequence": []}], "/0/sequence", "1 to 1000 entries"),
        ([{"sequence": ["skip"]}], "/0/sequence/0", "'pass', or an object"),
        ([{"sequence": [7]}], "/0/sequence/0", "'pass', or an object"),
        ([{"sequence": [{}]}], "/0/sequence/0", "without an effect"),
        ([{"sequence": [{"reset": False}]}], "/0/sequence/0", "without an effect"),
        ([{"sequence": [{"times": 2}]}], "/0/sequence/0", "without an effect"),
        ([{"sequence": [{"retry-after": 2}]}], "/0/sequence/0/retry-after", "'retry_after'"),
        ([{"sequence": [{"a/b~": 2}]}], "/0/sequence/0/a~1b~0", "known are status"),
        ([{"sequence": [{"status": 99}]}], "/0/sequence/0/status", "got 99, expected an integer"),
        ([{"sequence": [{"status": "503"}]}], "/0/sequence/0/status", 'got "503"'),
        ([{"sequence": [{"status": True}]}], "/0/sequence/0/status", "got true"),
        ([{"sequence": [{"reset": True, "times": 0}]}], "/0/sequence/0/times", "from 1 to"),
        ([{"sequence": [{"reset": 1}]}], "/0/sequence/0/reset", "true or false"),
        ([{"sequence": [{"delay": "2 days"}]}], "/0/sequence/0/delay", "such as 2, 1.5s or 500ms"),
        ([{"sequence": [{"delay": "61s"}]}], "/0/sequence/0/delay", "to 60 seconds"),
        ([{"sequence": [{"delay": -1}]}], "/0/sequence/0/delay", "got -1"),
        ([{"sequence": [{"delay": float("nan")}]}], "/0/sequence/0/delay", "a time such as"),
        ([{"sequence": [{"truncate": 1}]}], "/0/sequence/0/truncate", "below 1"),
        ([{"sequence": [{"slow": "0B/s"}]}], "/0/sequence/0/slow", "at least 1"),
        ([{"sequence": [{"slow": "1KB"}]}], "/0/sequence/0/slow", "such as 512B/s"),
        ([{"sequence": [{"headers": {}}]}], "/0/sequence/0/headers", "1 to 50 header fields"),
        (
            [{"sequence": [{"headers": {"X A": "b"}}]}],
            "/0/sequence/0/headers/X A",
            "no name of a header field",
        ),
        (
            [{"sequence": [{"headers": {"X-A": "b\r\nc: d"}}]}],
            "/0/sequence/0/headers/X-A",
            "printable ASCII",
        ),
        (
            [{"sequence": [{"headers": {"Content-Length": 3}}]}],
            "/0/sequence/0/headers/Content-Length",
            "use truncate, close or reset",
        ),
        ([{"sequence": [{"reset": True, "close": True}]}], "/0/sequence/0", "either reset"),
        (
            [{"sequence": [{"reset": True, "status": 500}]}],
            "/0/sequence/0/status",
            "no effect where the connection ends before",
        ),
        (
            [{"sequence": [{"status": 500, "body": 1, "message": "x"}]}],
            "/0/sequence/0/message",
            "no body",
        ),
        ([{"sequence": [{"status": 201, "details": 1}]}], "/0/sequence/0/details", "from 400 on"),
        ([{"sequence": [{"retry_after": 1}]}], "/0/sequence/0/retry_after", "a status beside it"),
        (
            [{"sequence": [{"status": 429, "retry_after": 1, "headers": {"Retry-After": 2}}]}],
            "/0/sequence/0/retry_after",
            "among the headers",
        ),
        ([{"sequence": [{"status": 204, "body": 1}]}], "/0/sequence/0/body", "204 has no body"),
        ([{"sequence": [{"pass": True, "reset": True}]}], "/0/sequence/0/pass", "no other effect"),
        ([{"match": {"path": "users"}, "latency": 1}], "/0/match/path", "starts with '/'"),
        ([{"match": {"path": "/" * 1001}, "latency": 1}], "/0/match/path", "1 to 1000 characters"),
        ([{"match": {"method": []}, "latency": 1}], "/0/match/method", "1 to 20 methods"),
        ([{"match": {"method": "G T"}, "latency": 1}], "/0/match/method", "such as GET"),
        ([{"match": {"methods": "GET"}, "latency": 1}], "/0/match/methods", "'method'"),
        ([{"match": "/users", "latency": 1}], "/0/match", "a method, a path, or both"),
        ([{"sequence": ["pass"], "chance": 1.5}], "/0/chance", "from 0 to 1"),
        ([{"rate_limit": {"limit": 1, "window": 1}, "chance": 1}], "/0/chance", "no effect"),
        ([{"latency": 1, "repeat": True}], "/0/repeat", "no effect without a sequence"),
        ([{"sequence": ["pass"], "seed": 1}], "/0/seed", "no effect without a chance"),
        ([{"latency": "soon"}], "/0/latency", "a time such as"),
        ([{"latency": {}}], "/0/latency", "exactly one of"),
        ([{"latency": {"normal": 1}}], "/0/latency/normal", "'lognormal'"),
        ([{"latency": {"uniform": [2, 1]}}], "/0/latency/uniform", "the lower time first"),
        ([{"latency": {"uniform": [1]}}], "/0/latency/uniform", "2 to 2 times"),
        ([{"latency": {"lognormal": {"median": 1}}}], "/0/latency/lognormal", "median and p95"),
        (
            [{"latency": {"lognormal": {"median": 2, "p95": 1}}}],
            "/0/latency/lognormal/p95",
            "from 2 to 60",
        ),
        (
            [{"latency": {"lognormal": {"mean": 0, "sigma": 1}}}],
            "/0/latency/lognormal/mean",
            "from 1e-06",
        ),
        (
            [{"latency": {"lognormal": {"mean": 1, "sigma": 11}}}],
            "/0/latency/lognormal/sigma",
            "from 0 to 10",
        ),
        ([{"latency": {"percentiles": {}}}], "/0/latency/percentiles", "1 to 100 percentiles"),
        (
            [{"latency": {"percentiles": {"101": 1}}}],
            "/0/latency/percentiles/101",
            "from 0 to 100",
        ),
        (
            [{"latency": {"percentiles": {"50": 2, "95": 1}}}],
            "/0/latency/percentiles",
            "grow with the percentiles; at 95",
        ),
        (
            [{"latency": {"percentiles": {"50": 1, "50.0": 2}}}],
            "/0/latency/percentiles",
            "at 50 they do not",
        ),
        ([{"rate_limit": {"limit": 5}}], "/0/rate_limit", "expected a window"),
        ([{"rate_limit": {"limit": -1, "window": 1}}], "/0/rate_limit/limit", "from 0 to"),
        ([{"rate_limit": {"limit": 1, "window": 0}}], "/0/rate_limit/window", "from 0.001"),
        ([{"sequence": [{"body": {1, 2}}]}], "", "nothing but JSON values"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(value: Json, pointer: str, told: str) -> None:
    error = refused(value)
    assert error.pointer == pointer
    assert told in str(error)
    assert isinstance(error, RequestError)


def test_a_script_is_bounded() -> None:
    assert "101 rules" in str(refused([{"latency": 1}] * (MAX_RULES + 1)))
    assert "1001 entries" in str(refused([{"sequence": ["pass"] * (MAX_STEPS + 1)}]))
    assert "over the limit" in str(refused([{"sequence": [{"body": "x" * MAX_BYTES}]}]))


def test_what_is_shown_of_a_value_is_short() -> None:
    assert len(str(refused([{"latency": "x" * 10_000}]))) < 300


@pytest.mark.parametrize(
    ("entry", "content"),
    [
        ({"body": {"a": 1}}, (b"application/json", b'{"a":1}')),
        ({"body": "text"}, (b"application/json", b'"text"')),
        (
            {"status": 502, "body": "<h1>Bad</h1>", "headers": {"Content-Type": "text/html"}},
            (b"text/html", b"<h1>Bad</h1>"),
        ),
        (
            {"body": "x", "headers": {"Content-Type": "application/problem+json"}},
            (b"application/problem+json", b'"x"'),
        ),
        ({"status": 500}, None),
    ],
)
def test_a_body_of_its_own_is_json_unless_another_media_type_is_given(
    entry: Json, content: tuple[bytes, bytes] | None
) -> None:
    assert first(entry).content == content


def test_an_error_is_answered_from_400_on_where_there_is_no_body() -> None:
    error = first({"status": 409, "message": "taken", "details": {"id": 1}}).error
    assert error == ErrorSimulation(409, "taken", {"id": 1})
    assert first({"status": 409, "body": {}}).error is None
    assert first({"status": 202}).error is None
    assert first({"status": 202}).body is MISSING


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*FULL, "status", "delay", "fixed", "limit"]), inner)
    ),
    max_leaves=10,
)


@given(JSON)
def test_any_value_is_a_script_or_is_refused(value: Json) -> None:
    for script in (value, [value], [{"sequence": [value]}], [{"latency": value}]):
        with suppress(FaultScriptError):  # anything else is a fault of the reader
            read_faults(script, LIMITS).next("GET", "/", 0.0)
