from __future__ import annotations

import gzip
import json
from typing import Any

import pytest

from mockwright.memory.expecting import Expected, verify
from mockwright.memory.journal import JournalEntry
from mockwright.memory.record import cut


def entry(
    method: str, path: str, body: Any = None, query: str = "", status: int = 200
) -> JournalEntry:
    raw = b"" if body is None else json.dumps(body).encode()
    return JournalEntry("id", 0.0, method, path, query=query, status=status, request_body=raw)


def test_what_was_dropped_may_have_been_anything() -> None:
    for expected in (Expected("/carts", times=0), Expected("/users", times=1), Expected(at_most=9)):
        assert verify(CALLS, [expected]) == []
        (told,) = verify(CALLS, [expected], dropped=6)
        assert "6 requests are no longer in the journal (journal.max_entries" in told
    assert verify(CALLS, [Expected("/users")], dropped=6) == []
    (told,) = verify(CALLS, [Expected("/carts")], dropped=1)
    assert "got never, but 1 request is no longer in the journal" in told
    ordered = [Expected("/users"), Expected("/orders")]
    assert verify(CALLS, ordered, ordered=True) == []
    assert "the order is not known" in verify(CALLS, ordered, ordered=True, dropped=1)[0]


def test_a_body_that_was_cut_may_hold_anything() -> None:
    body = cut(json.dumps({"total": 5, "note": "x" * 200}).encode(), 100)
    calls = [JournalEntry("id", 0.0, "POST", "/orders", status=200, request_body=body)]
    for times in (0, 1):
        (told,) = verify(calls, [Expected("/orders", json={"total": 5}, times=times)])
        assert "1 with a body that cannot be compared: it was cut" in told
    assert verify(calls, [Expected("/orders", json={"total": 5}, at_most=1)]) == []
    assert verify(calls, [Expected("/orders", times=1)]) == []


@pytest.mark.parametrize(
    "raw",
    [
        b"\xef\xbb\xbf" + b'{"total": 5}',
        '{"total": 5}'.encode("utf-16"),
        gzip.compress(b'{"total": 5}', mtime=0),
    ],
)
def test_bodies_are_read_as_they_were_sent(raw: bytes) -> None:
    head = [(b"content-encoding", b"gzip")] if raw[:1] == b"\x1f" else []
    calls = [JournalEntry("id", 0.0, "POST", "/orders", headers=head, request_body=raw)]
    assert verify(calls, [Expected("/orders", json={"total": 5}, times=1)]) == []
    assert verify(calls, [Expected("/orders", json={"total": 6}, times=0)]) == []


def test_integers_of_any_size_are_compared() -> None:
    calls = [entry("POST", "/x", {"id": 2**70})]
    assert verify(calls, [Expected("/x", json={"id": 2**70}, times=1)]) == []
    assert verify(calls, [Expected("/x", json={"id": 2**70 + 1}, times=0)]) == []


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
        assert verify(calls, [Expected("/x", query=query, times=times)]) == []


CALLS = [
    entry("GET", "/users", query="page=2&role=admin"),
    entry("POST", "/orders", {"items": [{"sku": "A", "n": 1}], "total": 5, "paid": True}),
    entry("POST", "/orders", {"items": [], "total": 7}, status=422),
    entry("GET", "/orders/17"),
]


@pytest.mark.parametrize(
    "expected",
    [
        Expected("/users"),
        Expected("/orders", "POST", times=2),
        Expected("/orders/*", times=1),
        Expected("/orders/{id}"),
        Expected("/**", at_least=4, at_most=4),
        Expected("/orders", "post", status=422, times=1),
        Expected("/users", query={"page": 2, "role": "admin"}),
        Expected("/orders", json={"total": 5.0}, times=1),
        Expected("/orders", json={"items": [{"sku": "A"}], "paid": True}, times=1),
        Expected("/carts", times=0),
        Expected("/carts", at_most=1),
        Expected(method="GET", times=2),
    ],
    ids=lambda it: it.told,
)
def test_what_came_is_found(expected: Expected) -> None:
    assert verify(CALLS, [expected]) == []


@pytest.mark.parametrize(
    ("expected", "told"),
    [
        (Expected("/carts"), "expected a request to /carts at least once, got never"),
        (Expected("/orders", "POST", times=1), "POST /orders once, got twice"),
        (Expected("/users", times=0), "a request to /users never, got once"),
        (Expected("/users", at_least=2), "at least twice, got once"),
        (Expected("/orders", at_most=1), "at most once, got twice"),
        (Expected("/users", query={"page": 3}), "near it: GET /users"),
        (Expected("/orders", json={"total": 6}), 'near it: POST /orders -> 200 with {"items"'),
        (Expected("/orders", json={"paid": 1}), "got never"),
        (Expected("/orders", json={"items": [{}, {}]}), "got never"),
        (Expected("/users", json=None), "got never"),
        (Expected("/orders", status=500), "answered 500"),
    ],
)
def test_what_did_not_come_is_told(expected: Expected, told: str) -> None:
    (mismatch,) = verify(CALLS, [expected])
    assert told in mismatch


def test_order_is_held_where_it_is_asked() -> None:
    first, second = Expected("/users"), Expected("/orders/*")
    assert verify(CALLS, [first, second], ordered=True) == []
    assert verify(CALLS, [second, first]) == []
    (mismatch,) = verify(CALLS, [second, first], ordered=True)
    assert "expected a request to /users after a request to /orders/*" in mismatch


def test_a_body_that_is_no_json_matches_nothing() -> None:
    cut = JournalEntry("id", 0.0, "POST", "/x", request_body=b'{"a": 1')
    assert verify([cut], [Expected("/x", json={"a": 1})])
