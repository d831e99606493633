"""Laying one value over another, and the schemas of what comes out."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockwright.conformance.overlay import grow, nest, overlay, places, put_into, without
from mockwright.errors import ShapeError
from mockwright.generator import generate
from mockwright.schema.edit import get
from mockwright.schema.validate import compile_schema
from mockwright.shapes.parse import parse_shape
from mockwright.types import MISSING, Json

_SCALARS = st.none() | st.booleans() | st.integers(-9, 9) | st.text("ab", max_size=3)
VALUES = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner),
    max_leaves=12,
)
EXAMPLES = st.dictionaries(
    st.sampled_from("abcd"),
    st.sampled_from(["string", 0, 0.0, True, ["string"], {"x": "string"}, [{"y": 0}], "email"]),
    min_size=1,
    max_size=4,
)


@pytest.mark.parametrize(
    ("base", "other", "expected"),
    [
        ({"a": 1}, {"b": 2}, {"a": 1, "b": 2}),
        ({"a": {"b": 1}}, {"a": {"c": 2}}, {"a": {"b": 1, "c": 2}}),
        ([{"a": 1}, {"a": 2}], [{"b": 3}], [{"a": 1, "b": 3}, {"a": 2}]),
        ([{"id": 1}, {"id": 2}], [{"id": 2, "x": 1}], [{"id": 1}, {"id": 2, "x": 1}]),
        ([1], [1, 2], [1, 2]),
        (MISSING, 7, 7),
        (7, MISSING, 7),
    ],
)
def test_objects_are_united_and_items_matched(base: Json, other: Json, expected: Json) -> None:
    laid = overlay(base, other)
    assert laid.value == expected
    assert laid.conflicts == ()


def test_where_both_differ_the_later_wins_and_it_is_told() -> None:
    laid = overlay({"a": {"b": 1}, "c": [1]}, {"a": {"b": 2}, "c": "x"})
    assert laid.value == {"a": {"b": 2}, "c": "x"}
    assert [(one.pointer, one.before, one.after) for one in laid.conflicts] == [
        ("/a/b", 1, 2),
        ("/c", [1], "x"),
    ]


@given(VALUES)
def test_a_value_laid_over_itself_is_itself(value: Json) -> None:
    laid = overlay(value, value)
    assert laid.value == value
    assert laid.conflicts == ()


@given(VALUES, VALUES)
def test_neither_value_is_changed(base: Json, other: Json) -> None:
    before = copy.deepcopy((base, other))
    overlay(base, other)
    put_into(base, ("a", "b"), other)
    without(base, [("a",), ("*", "b")])
    assert (base, other) == before


@given(VALUES)
def test_what_is_put_somewhere_is_there(part: Json) -> None:
    assert get(put_into(MISSING, ("x", "y"), part), ("x", "y")) == part


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        ([("a",)], {"users": [{"id": 1, "n": 2}, {"id": 3}]}),
        ([("users", "*", "n")], {"a": 5, "users": [{"id": 1}, {"id": 3}]}),
        ([("users", 0)], {"a": 5, "users": [{}, {"id": 3}]}),
        ([()], MISSING),
        ([("nothing", "there")], {"a": 5, "users": [{"id": 1, "n": 2}, {"id": 3}]}),
    ],
)
def test_places_are_taken_out_and_items_stay_where_they_are(
    paths: list[Any], expected: Json
) -> None:
    assert without({"a": 5, "users": [{"id": 1, "n": 2}, {"id": 3}]}, paths) == expected


def test_patterns_lead_to_the_places_that_are_there() -> None:
    value = {"users": [{"n": 1}, {"m": 2}, {"n": 3}]}
    assert places(value, [("users", "*", "n")]) == [("users", 0, "n"), ("users", 2, "n")]


def _opened(schema: Any) -> Any:
    """What a closed object says of its own names."""
    if isinstance(schema, dict):
        return {k: _opened(v) for k, v in schema.items() if k != "additionalProperties"}
    return schema


@given(EXAMPLES, EXAMPLES)
def test_what_is_valid_for_the_grown_is_valid_for_both(one: Json, two: Json) -> None:
    a, b = parse_shape(one).schema, parse_shape(two).schema
    try:
        grown = grow(a, b)
    except ShapeError:
        return  # they contradict each other
    value = generate(grown, seed=1)
    assert compile_schema(_opened(a)).is_valid(value)
    assert compile_schema(_opened(b)).is_valid(value)
    assert value.keys() == one.keys() | two.keys()


@pytest.mark.parametrize(
    ("one", "two"),
    [({"a": "string"}, {"a": [0]}), ({"a": {"b": 0}}, {"a": 0}), ([0], {"a": 0})],
)
def test_what_contradicts_is_refused_with_its_place(one: Json, two: Json) -> None:
    with pytest.raises(ShapeError, match="is asked where there is"):
        grow(parse_shape(one).schema, parse_shape(two).schema)


def test_a_closed_schema_lets_in_what_the_other_adds() -> None:
    closed = {"type": "object", "properties": {"a": {}}, "additionalProperties": False}
    grown = grow(closed, {"type": "object", "properties": {"b": {}}})
    assert compile_schema(grown).is_valid({"a": 1, "b": 2})
    assert not compile_schema(grown).is_valid({"c": 3})


def test_references_still_lead_somewhere() -> None:
    tree: Any = {
        "type": "object",
        "properties": {
            "kids": {"type": "array", "items": {"$ref": "#"}},
            "x": {"$ref": "#/$defs/x"},
        },
        "$defs": {"x": {"type": "integer"}},
    }
    other: Any = {
        "type": "object",
        "properties": {"y": {"$ref": "#/$defs/x"}},
        "$defs": {"x": {"type": "string"}},
    }
    grown = compile_schema(grow(tree, other))
    assert grown.is_valid({"x": 1, "y": "s", "kids": [{"x": 2}]})
    assert not grown.is_valid({"y": 1})
    assert not grown.is_valid({"kids": [{"x": "s"}]})
    nested = compile_schema(nest(tree, ("a", "b")))
    assert nested.is_valid({"a": {"b": {"x": 1, "kids": [{"x": 2}]}}})
    assert not nested.is_valid({"a": {"b": {"kids": [{"x": "s"}]}}})
    assert not nested.is_valid({"a": {}})
