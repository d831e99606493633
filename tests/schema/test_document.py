"""A schema as a document: its parts, and where their references lead."""

from __future__ import annotations

from typing import Any

import pytest

from mockwright.errors import ShapeError
from mockwright.schema.document import open_document
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


def test_a_part_is_the_same_by_whichever_way_it_is_reached() -> None:
    document = open_document(TREE)
    listed = document.child(document.root, "$defs", "tree")
    (referred,) = document.references(document.child(document.root, "properties", "tree"))
    assert referred is listed
    assert referred.pointer == "/$defs/tree"
    (again,) = document.references(document.child(listed, "properties", "kids", "items"))
    assert again is listed


def test_what_is_no_schema_has_no_part() -> None:
    document = open_document({"properties": {"a": {"enum": [1]}}})
    with pytest.raises(ShapeError, match="not a schema") as caught:
        document.child(document.root, "properties", "a", "enum")
    assert caught.value.pointer == "/properties/a/enum"


@pytest.mark.parametrize(
    ("reference", "said"),
    [("#/$defs/none", "leads nowhere"), ("#/x", "leads to what is no schema")],
)
def test_a_reference_that_leads_to_no_schema_is_told(reference: str, said: str) -> None:
    # Within a branch that no validator looks at, so that it is found only here.
    document = open_document({"x": 5, "$defs": {"a": True}})
    part = document.made_up({"$ref": reference}, document.root)
    with pytest.raises(ShapeError, match=said):
        list(document.references(part))


def test_references_are_relative_to_where_they_stand() -> None:
    inner = {
        "$id": "https://example.com/in",
        "$defs": {"a": {"type": "string"}},
        "$ref": "#/$defs/a",
    }
    document = open_document({"$defs": {"a": {"type": "integer"}, "in": inner}})
    (found,) = document.references(document.child(document.root, "$defs", "in"))
    assert found.schema == {"type": "string"}


def test_a_recursive_reference_leads_to_the_outermost_that_allows_it() -> None:
    schema = {
        "$schema": "https://json-schema.org/draft/2019-09/schema",
        "$recursiveAnchor": True,
        "properties": {"below": {"$recursiveRef": "#"}},
    }
    document = open_document(schema)
    (found,) = document.references(document.child(document.root, "properties", "below"))
    assert found.schema == document.root.schema


def test_a_portable_part_stands_in_another_document() -> None:
    document = open_document(TREE)
    part = document.child(document.root, "$defs", "tree")
    alone = document.portable(part) | {"$defs": {"root": document.portable(document.root)}}
    compiled = compile_schema(alone)
    assert compiled.is_valid({"kids": [{"value": 1}]})
    assert not compiled.is_valid({"kids": [{"kids": [{"value": "1"}]}]})


@pytest.mark.parametrize("slow", [False, True])
def test_a_part_is_judged_alone(slow: bool) -> None:
    # A named back-reference is beyond the fast validator.
    document = open_document({**TREE, "patternProperties": {r"(?<n>a)\k<n>": {}}} if slow else TREE)
    assert (document.compiled.slow is not None) == slow
    judge = document.judge(document.child(document.root, "$defs", "tree"))
    assert judge({"kids": [{"value": 1}]})
    assert not judge({"kids": [{"value": "1"}]})
    assert document.judge(document.root)({"tree": {}})
    assert not document.judge(document.root)({"tree": 1})


def test_a_part_that_was_made_up_takes_whatever_the_finished_value_is_judged_by() -> None:
    document = open_document(TREE)
    made_up = document.made_up({"type": "string"}, document.root)
    assert made_up.made_up
    assert document.judge(made_up)(1)
    refused = document.made_up(False, document.root)
    assert not document.judge(refused)(1)
    assert made_up.number != refused.number
