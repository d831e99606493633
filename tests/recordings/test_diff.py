"""What is another between two values."""

from __future__ import annotations

from hypothesis import given

from mockwright.recordings import diff
from mockwright.recordings.diff import changes
from mockwright.types import MISSING, Json
from tests.recordings.values import jsons, turned


def test_each_change_is_a_line_with_its_place() -> None:
    old = {"name": "Ann", "tags": ["a", "b"], "gone": {"x": 1}, "a/b": None, "same": 1.0}
    new = {"name": "Bob", "tags": ["a"], "new": [1], "a/b": False, "same": 1}
    assert diff(old, new) == [
        "~ /a~1b: null -> false",
        '- /gone: {"x": 1}',
        '~ /name: "Ann" -> "Bob"',
        "+ /new: [1]",
        '- /tags/1: "b"',
    ]


def test_the_whole_may_be_another() -> None:
    assert diff([1], {"a": 1}) == ['~ /: [1] -> {"a": 1}']
    assert diff(MISSING, 1) == ["+ /: 1"]
    assert diff(True, 1) == ["~ /: true -> 1"]


@given(jsons)
def test_equal_values_have_no_changes(value: Json) -> None:
    assert diff(value, turned(value)) == []


@given(jsons, jsons)
def test_changes_are_the_same_from_the_other_side(one: Json, other: Json) -> None:
    there = [(change.pointer, change.before, change.after) for change in changes(one, other)]
    back = [(change.pointer, change.after, change.before) for change in changes(other, one)]
    assert there == back
    assert bool(there) == bool(diff(one, other))


def test_what_is_told_is_bounded() -> None:
    lines = diff([], ["x" * 10_000] * 1000)
    assert len(lines) == 101
    assert lines[-1] == "... more than 100 changes"
    assert max(map(len, lines)) < 100
    assert diff([], [1, 2], limit=2) == ["+ /0: 1", "+ /1: 2"]


def test_halves_of_pairs_can_be_shown() -> None:
    assert diff("a", "\ud800")[0].encode() == rb'~ /: "a" -> "\ud800"'
