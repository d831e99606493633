"""What makes two requests the same."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockwright.recordings import RequestKey
from mockwright.recordings.normalize import key_of, name_hash
from mockwright.types import MISSING, Json
from tests.recordings.values import asked, get, turned


@given(asked)
def test_the_order_of_members_does_not_count(request: RequestKey) -> None:
    other = replace(
        request,
        body=turned(request.body),
        shape=turned(request.shape),
        controls=turned(request.controls),
    )
    assert key_of(request) == key_of(other)
    assert name_hash(request) == name_hash(other)


@given(asked, st.randoms())
def test_the_order_of_parameters_counts_only_among_those_of_one_name(
    request: RequestKey, random: Any
) -> None:
    by_name: dict[str, list[tuple[str, str]]] = {}
    for pair in request.query:
        by_name.setdefault(pair[0], []).append(pair)
    order = [name for name, _ in request.query]
    random.shuffle(order)
    mixed = replace(request, query=tuple(by_name[name].pop(0) for name in order))
    assert key_of(request) == key_of(mixed)
    assert name_hash(request) == name_hash(mixed)


def test_the_order_of_one_parameter_counts() -> None:
    one, other = get(query=(("a", "1"), ("a", "2"))), get(query=(("a", "2"), ("a", "1")))
    assert key_of(one) != key_of(other)


DIFFERENT = [
    get(),
    RequestKey("POST", "/users/42"),
    get("/users/43"),
    get(body=0),
    get(body=False),
    get(body=""),
    get(body="0"),
    get(body=[]),
    get(body=[None]),
    get(body={}),
    RequestKey("GET", "/users/42", body=None),
    get(query=(("a", ""),)),
    get(query=(("a", "1"),)),
    get(query=(("a", "1"), ("a", "1"))),
    get(shape=True),
    get(shape=False),
    get(shape={}),
    get(controls={"seed": 0}),
    get(controls={"seed": None}),
    get(controls={"n": 0}),
]


def test_all_that_can_change_an_answer_counts() -> None:
    assert len({key_of(request) for request in DIFFERENT}) == len(DIFFERENT)
    assert len({name_hash(request) for request in DIFFERENT}) == len(DIFFERENT)


def test_equal_numbers_are_equal_however_they_are_written() -> None:
    assert key_of(get(body={"a": [1, -0.0]})) == key_of(get(body={"a": [1.0, 0]}))
    assert key_of(get(body=1)) != key_of(get(body=1.5))
    assert key_of(get(body=10**30)) != key_of(get(body=10**30 + 1))


def test_a_missing_body_is_no_null() -> None:
    assert key_of(RequestKey("GET", "/", body=MISSING)) != key_of(RequestKey("GET", "/", body=None))


def test_the_hash_in_a_name_stays_the_same_for_good() -> None:
    request = RequestKey(
        "POST",
        "/users/42",
        query=(("b", "ä"), ("a", "1")),
        body={"x": [1.0, 1e-7, 10**30, "\ud800", None]},
        shape={"type": "object"},
        controls={"seed": 42},
    )
    assert name_hash(request) == "ee2984c3993e508c7a0b609950e4b43b"


@pytest.mark.parametrize("depth", [400])
def test_what_a_deep_body_holds_counts(depth: int) -> None:
    def nested(value: Json) -> RequestKey:
        for i in range(depth):
            value = [value] if i % 2 else {"a": value}
        return get(body=value)

    assert key_of(nested(1)) == key_of(nested(1.0))
    assert key_of(nested(1)) != key_of(nested(2))
