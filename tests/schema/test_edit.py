from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockwright.schema.edit import count_leaves, equal, get, path_of, put, same
from mockwright.types import MISSING, Json

VALUES: st.SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from([0.0, 1.0, 1.5]) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner),
    max_leaves=6,
)


@pytest.mark.parametrize(
    ("a", "b", "equals", "alike"),
    [
        (1, 1, True, True),
        (1, 1.0, True, False),
        (True, 1, False, False),
        (False, 0.0, False, False),
        (True, True, True, True),
        ("1", 1, False, False),
        (None, None, True, True),
        (None, 0, False, False),
        ([1, [2]], [1.0, [2.0]], True, False),
        ([1], [True], False, False),
        ([1], [1, 1], False, False),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, True, False),
        ({"a": 1}, {"a": 1, "b": None}, False, False),
        ({"a": [True]}, {"a": [1]}, False, False),
    ],
)
def test_equal_as_json_and_written_alike(a: Any, b: Any, equals: bool, alike: bool) -> None:
    assert equal(a, b) is equal(b, a) is equals
    assert same(a, b) is same(b, a) is alike


@given(VALUES)
def test_a_copy_is_equal_and_written_alike(value: Json) -> None:
    assert equal(value, copy.deepcopy(value))
    assert same(value, copy.deepcopy(value))


@pytest.mark.parametrize(
    ("pointer", "path"),
    [
        ("", ()),
        ("/a/1", ("a", 1)),
        ("/a/7/x", ("a",)),
        ("/b%25/c~1d", ("b%25", "c/d")),
        ("/none", ()),
    ],
)
def test_a_pointer_leads_as_far_as_there_is_something(pointer: str, path: tuple[Any, ...]) -> None:
    value = {"a": [1, 2], "b%25": {"c/d": 0}}
    assert path_of(value, pointer) == path


def test_looking_and_changing_copies() -> None:
    value = {"a": [1, {"b": 2}], "c": {}}
    before = copy.deepcopy(value)
    assert get(value, ("a", 1, "b")) == 2
    assert get(value, ("a", 2)) is get(value, ("a", "b")) is get(value, ("c", "x")) is MISSING
    assert put(value, ("a", 1, "b"), 3) == {"a": [1, {"b": 3}], "c": {}}
    assert put(value, ("a", 2), 3) == {"a": [1, {"b": 2}, 3], "c": {}}
    assert put(value, ("a", 0), MISSING) == {"a": [{"b": 2}], "c": {}}
    assert put(value, (), 1) == 1
    assert value == before
    assert count_leaves(value) == 3
