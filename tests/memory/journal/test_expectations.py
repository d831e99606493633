from __future__ import annotations

import gzip
import json
from typing import Any

import pytest

from mockwright.memory.journal.entry import cut
from mockwright.memory.journal.expectations import Expectation, verify
from mockwright.memory.journal.journal import JournalEntry


def entry(
    method: str, path: str, body: Any = None, query: str = "", status: int = 200
) -> JournalEntry:
    raw = b"" if body is None else json.dumps(body).encode()
    return JournalEntry("id", 0.0, method, path, query=query, status=status, request_body=raw)


def test_what_was_dropped_may_have_been_anything() -> None:
    for expected in (
        Expectation("/carts", times=0),
        Expectation("/users", times=1),
        Expectation(at_most=9),
    ):
        assert verify(CALLS, [expected]) == []
        (told,) = verify(CALLS, [expected], dropped=6)
        assert "6 requests are no longer in the journal (journal.max_entries" in told
    assert verify(CALLS, [Expectation("/users")], dropped=6) == []
    (told,) = verify(CALLS, [Expectation("/carts")], dropped=1)
    assert "got never, but 1 request is no longer in the journal" in told
    ordered = [Expectation("/users"), Expectation("/orders")]
    assert verify(CALLS, ordered, ordered=True) == []
    assert "the order is not known" in verify(CALLS, ordered, ordered=True, dropped=1)[0]


def test_a_body_that_was_cut_may_hold_anything() -> None:
    body = cut(json.dumps({"total": 5, "note": "x" * 200}).encode(), 100)
    calls = [JournalEntry("id", 0.0, "POST", "/orders", status=200, request_body=body)]
    for times in (0, 1):
        (told,) = verify(calls, [Expectation("/orders", json={"total": 5}, times=times)])
        assert "1 with a body that cannot be compared: it was cut" in told
    assert verify(calls, [Expectation("/orders", json={"total": 5}, at_most=1)]) == []
    assert verify(calls, [Expectation("/orders", times=1)]) == []


@pytest.mark.parametrize(
    "raw",
    [
        b"\xef\xbb\xbf" + b'{"total": 5}',
        '{"total": 5}'.encode("utf-16"),
        gzip.compress(b'{"total": 5}', mtime=0),
    ],
    ids=["with a byte order mark", "UTF-16", "gzip"],
)
def test_bodies_are_read_as_they_were_sent(raw: bytes) -> None:
    head = [(b"content-encoding", b"gzip")] if raw[:1] == b"\x1f" else []
    calls = [JournalEntry("id", 0.0, "POST", "/orders", headers=head, request_body=raw)]
    assert verify(calls, [Expectation("/orders", json={"total": 5}, times=1)]) == []
    assert verify(calls, [Expectation("/orders", json={"total": 6}, times=0)]) == []


def test_integers_of_any_size_are_compared() -> None:
    calls = [entry("POST", "/x", {"id": 2**70})]
    assert verify(calls, [Expectation("/x", json={"id": 2**70}, times=1)]) == []
    assert verify(calls, [Expectation("/x", json={"id": 2**70 + 1}, times=0)]) == []


def test_parameters_may_be_lists_and_may_be_missing() -> None:
    calls = [entry("GET", "/x", query="tag=a&tag=b")]
    for query, times in (
        ({"tag": ["a", "b"]}, 1),
        ({"tag": ["b", "a"]}, 0),
        ({"tag": "b"}, 1),
        ({"tag": ["a"]}, 0),
        ({"page": None}, 1),
        ({"tag": None}, 0),
    ):
        assert verify(calls, [Expectation("/x", query=query, times=times)]) == []


CALLS = [
    entry("GET", "/users", query="page=2&role=admin"),
    entry("POST", "/orders", {"items": [{"sku": "A", "n": 1}], "total": 5, "paid": True}),
    entry("POST", "/orders", {"items": [], "total": 7}, status=422),
    entry("GET", "/orders/17"),
]


@pytest.mark.parametrize(
    "expected",
    [
        Expectation("/users"),
        Expectation("/orders", "POST", times=2),
        Expectation("/orders/*", times=1),
        Expectation("/orders/{id}"),
        Expectation("/**", at_least=4, at_most=4),
        Expectation("/orders", "post", status=422, times=1),
        Expectation("/users", query={"page": 2, "role": "admin"}),
        Expectation("/orders", json={"total": 5.0}, times=1),
        Expectation("/orders", json={"items": [{"sku": "A"}], "paid": True}, times=1),
        Expectation("/carts", times=0),
        Expectation("/carts", at_most=1),
        Expectation(method="GET", times=2),
    ],
    ids=lambda it: it.description,
)
def test_what_came_is_found(expected: Expectation) -> None:
    assert verify(CALLS, [expected]) == []


@pytest.mark.parametrize(
    ("expected", "told"),
    [
        (Expectation("/carts"), "expected a request to /carts at least once, got never"),
        (Expectation("/orders", "POST", times=1), "POST /orders once, got twice"),
        (Expectation("/users", times=0), "a request to /users never, got once"),
        (Expectation("/users", at_least=2), "at least twice, got once"),
        (Expectation("/orders", at_most=1), "at most once, got twice"),
        (Expectation("/users", query={"page": 3}), "near it: GET /users"),
        (Expectation("/orders", json={"total": 6}), 'near it: POST /orders -> 200 with {"items"'),
        (Expectation("/orders", json={"paid": 1}), "got never"),
        (Expectation("/orders", json={"items": [{}, {}]}), "got never"),
        (Expectation("/users", json=None), "got never"),
        (Expectation("/orders", status=500), "answered 500"),
    ],
)
def test_what_did_not_come_is_told(expected: Expectation, told: str) -> None:
    (mismatch,) = verify(CALLS, [expected])
    assert told in mismatch


def test_order_is_held_where_it_is_asked() -> None:
    first, second = Expectation("/users"), Expectation("/orders/*")
    assert verify(CALLS, [first, second], ordered=True) == []
    assert verify(CALLS, [second, first]) == []
    (mismatch,) = verify(CALLS, [second, first], ordered=True)
    assert "expected a request to /users after a request to /orders/*" in mismatch


def test_a_body_that_is_no_json_matches_nothing() -> None:
    cut = JournalEntry("id", 0.0, "POST", "/x", request_body=b'{"a": 1')
    assert verify([cut], [Expectation("/x", json={"a": 1})])
