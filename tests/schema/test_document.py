"""Finding what applies to a place."""

from __future__ import annotations

from typing import Any

import pytest

from mockwright.schema.document import locate
from mockwright.schema.validate import compile_schema

TREE: dict[str, Any] = {
    "properties": {"tree": {"$ref": "#/$defs/tree"}},
    "$defs": {
        "tree": {
            "type": "object",
            "properties": {
                "value": {"type": "number"},
                "kids": {"type": "array", "items": {"$ref": "#/$defs/tree"}},
            },
        }
    },
}


def test_a_place_below_references_gets_the_referred_schema() -> None:
    value = {"tree": {"kids": [{"value": "x"}]}}
    found = locate(TREE, value, "/tree/kids/0/value")
    assert isinstance(found, dict)
    assert found["type"] == "number"


def test_the_found_schema_stands_alone() -> None:
    found = locate(TREE, {"tree": {"kids": [{}]}}, "/tree/kids/0")
    compiled = compile_schema(found)
    assert compiled.is_valid({"kids": [{"value": 1}]})
    assert not compiled.is_valid({"kids": [{"value": "1"}]})


@pytest.mark.parametrize(("kind", "wanted"), [("a", "string"), ("b", "integer")])
def test_the_branch_that_the_value_takes_is_the_one_that_counts(kind: str, wanted: str) -> None:
    schema = {
        "oneOf": [
            {"properties": {"kind": {"const": "a"}, "x": {"type": "string"}}},
            {"properties": {"kind": {"const": "b"}, "x": {"type": "integer"}}},
        ]
    }
    good = {"kind": kind, "x": "1" if kind == "a" else 1}
    found = locate(schema, good, "/x")
    assert isinstance(found, dict)
    assert found["type"] == wanted


def test_what_allof_says_is_merged() -> None:
    schema = {
        "allOf": [{"properties": {"a": {"minLength": 2}}}, {"properties": {"a": {"maxLength": 3}}}]
    }
    compiled = compile_schema(locate(schema, {"a": "x"}, "/a"))
    assert [compiled.is_valid(text) for text in ("x", "xx", "xxxx")] == [False, True, False]


def test_a_place_that_nothing_is_said_of_takes_anything() -> None:
    assert locate({"type": "object"}, {"a": 1}, "/a") == {}


def test_a_place_that_is_not_allowed_is_false() -> None:
    assert locate({"additionalProperties": False}, {"a": 1}, "/a") is False
