"""Judging values by schemas."""

from __future__ import annotations

from typing import Any

import pytest

from mockwright.errors import ShapeError
from mockwright.schema.validate import compile_schema


def test_a_violation_names_pointer_and_keyword() -> None:
    compiled = compile_schema({"properties": {"a/b": {"items": {"minLength": 3}}}})
    (violation,) = compiled.violations({"a/b": ["long", "no"]})
    assert (violation.pointer, violation.code) == ("/a~1b/1", "minLength")


def test_formats_are_asserted() -> None:
    compiled = compile_schema({"format": "email"})
    assert compiled.is_valid("ann@example.com")
    assert not compiled.is_valid("ann")


@pytest.mark.parametrize(
    ("schema", "pointer"),
    [
        ({"type": "strin"}, "/type"),
        ({"pattern": "a("}, "/pattern"),
        ({"properties": {"a": {"minimum": "3"}}}, "/properties/a/minimum"),
    ],
)
def test_a_malformed_schema_is_an_error_that_points_into_it(schema: Any, pointer: str) -> None:
    with pytest.raises(ShapeError) as caught:
        compile_schema(schema)
    assert caught.value.pointer == pointer


@pytest.mark.parametrize(
    "ref", ["#/nowhere", "http://example.com/other.json", "file:///etc/passwd"]
)
def test_a_reference_that_leads_outside_or_nowhere_is_an_error(ref: str) -> None:
    with pytest.raises(ShapeError):
        compile_schema({"$ref": ref})


def test_meta_schemas_are_at_hand() -> None:
    compiled = compile_schema({"$ref": "http://json-schema.org/draft-07/schema#"})
    assert compiled.is_valid({"type": "string"})
    assert not compiled.is_valid({"type": "strin"})


def test_the_draft_is_taken_from_the_keywords_where_none_is_named() -> None:
    compiled = compile_schema({"items": [{"type": "integer"}]})
    assert compiled.is_valid([1])
    assert not compiled.is_valid(["1"])


def test_a_pattern_that_the_fast_engine_cannot_read_is_still_asserted() -> None:
    compiled = compile_schema({"type": "string", "pattern": r"^\{\{.+}}$"})
    assert compiled.is_valid("{{name}}")
    assert not compiled.is_valid("name")


@pytest.mark.parametrize("pattern", ["^(a+)+$", r"^(a|aa)+(?=b)}}$"])
def test_a_pattern_that_backtracks_for_ever_is_cut_short(pattern: str) -> None:
    assert not compile_schema({"pattern": pattern}).is_valid("a" * 60 + "!")


def test_equal_schemas_share_one_compilation() -> None:
    assert compile_schema({"minLength": 2}) is compile_schema({"minLength": 2})
