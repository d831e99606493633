from __future__ import annotations

import pytest

from mockwright.shapes.rest.merge_patch import merge_patch, with_new, without_nulls
from mockwright.types import Json


# The examples of RFC 7396, appendix A.
@pytest.mark.parametrize(
    ("value", "patch", "result"),
    [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        (["a", "b"], ["c", "d"], ["c", "d"]),
        ({"a": "b"}, ["c"], ["c"]),
        ({"a": "foo"}, None, None),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_a_merge_patch_changes_a_value(value: Json, patch: Json, result: Json) -> None:
    assert merge_patch(value, patch) == result


def test_what_a_patch_sets_is_all_of_it_but_the_nulls() -> None:
    assert without_nulls({"a": None, "b": {"c": None, "d": 1}, "e": [None]}) == {
        "b": {"d": 1},
        "e": [None],
    }


def test_new_members_are_added_at_any_depth_and_what_is_there_stays() -> None:
    value = {"a": 1, "b": {"c": 2}, "d": [{"e": 3}], "f": [1]}
    other = {"a": 9, "b": {"c": 9, "x": 4}, "d": [{"e": 9, "y": 5}], "f": [8, 9], "z": 6}
    assert with_new(value, other) == {
        "a": 1,
        "b": {"c": 2, "x": 4},
        "d": [{"e": 3, "y": 5}],
        "f": [1],
        "z": 6,
    }
