"""What several answers agree on."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockwright.patterns.vote import decided, vote
from mockwright.types import Json
from tests.conformance.test_overlay import VALUES


@pytest.mark.parametrize(
    ("ballots", "expected"),
    [
        ([1, 2, 9], 2),
        ([1, 2, 3, 4], 2),
        ([1.5, 2.5, 2.5], 2.5),
        (["a", "b", "b"], "b"),
        (["a", "b"], "a"),
        (["Paris", " paris ", "Rome"], "Paris"),
        ([True, False, True], True),
        ([None, None, 1], None),
        ([{"a": 1}, {"a": 1, "b": 2}, {"a": 1, "b": 2}], {"a": 1, "b": 2}),
        ([{"a": 1}, {"a": 1}, {"a": 1, "b": 2}], {"a": 1}),
        ([["x", "y"], ["y", "z"], ["y", "x"]], ["x", "y"]),
        ([[{"v": 1}, {"v": 5}], [{"v": 1}], [{"v": 2}, {"v": 7}]], [{"v": 1}, {"v": 5}]),
        ([{"zip": 10115}, {"zip": 10115}, {"zip": 99999}], {"zip": 10115}),
        ([{"year": 1999}, {"year": 2001}, {"year": 2001}], {"year": 2001}),
        ([{"a": 1}, "text", {"a": 1}], {"a": 1}),
    ],
)
def test_each_place_is_settled_by_its_kind(ballots: list[Json], expected: Json) -> None:
    assert vote(ballots).value == expected


def test_items_with_ids_are_matched_by_them() -> None:
    one: Any = [{"id": 1, "v": "a"}, {"id": 2, "v": "b"}]
    two: Any = [{"id": 2, "v": "b"}, {"id": 1, "v": "x"}]
    assert vote([one, two, one]).value == one


def test_agreement_is_the_share_that_says_what_won() -> None:
    result = vote([{"a": "x", "b": 10}, {"a": "x", "b": 20}, {"a": "y", "b": 10.01}])
    assert result.agreement == pytest.approx((2 / 3 + 2 / 3) / 2)
    assert result.disputed == ("/a", "/b")


@given(VALUES, st.integers(1, 4))
def test_voters_of_one_mind_get_what_they_say(value: Json, voters: int) -> None:
    result = vote([value] * voters)
    assert result.value == value
    assert result.agreement == 1.0
    assert result.disputed == ()


@given(st.lists(VALUES, min_size=1, max_size=4), st.lists(VALUES, max_size=3))
def test_what_is_decided_stays_decided(ballots: list[Json], more: list[Json]) -> None:
    if decided(ballots, len(more)):
        assert vote(ballots + more).value == vote(ballots).value


def test_two_of_three_that_are_the_same_decide() -> None:
    assert decided([{"a": 1}, {"a": 1}], 1)
    assert not decided([{"a": 1}, {"a": 2}], 1)
    assert not decided([{"a": 1}], 2)
    assert not decided([], 3)
