"""Which pattern a request is for."""

from __future__ import annotations

from typing import Any

import pytest

from mockwright.planning.aspects import find_aspects
from mockwright.planning.choose_pattern import decide
from mockwright.shapes.parse import parse_shape

PROFILE: Any = {
    "users": [
        {
            "name": "string",
            "address": {"street": "string", "city": "string"},
            "preferences": {"interests": ["string"]},
            "orderHistory": [{"total": 0.0}],
        }
    ]
}
PRODUCT: Any = {
    "name": "string",
    "specs": {"dimensions": "string", "weight": "string"},
    "pricing": {"price": 0.0, "msrp": 0.0},
    "inventory": {"quantity": 0, "warehouse": "string"},
}


@pytest.mark.parametrize(
    ("prompt", "shape", "rules", "pattern"),
    [
        (
            "Generate user profiles with addresses, preferences, and order history",
            PROFILE, 0, "pipeline",
        ),
        ("Generate product with specs, pricing, and inventory", PRODUCT, 0, "parallel"),
        ("Generate test data that must pass schema validation", {"a": "string"}, 0, "loop"),
        ("Handle mix of simple and complex requests", {"a": "string"}, 0, "route"),
        ("Generate simple mock responses", {"message": "string"}, 0, "single"),
    ],
)  # fmt: skip
def test_each_row_of_the_articles_table_lands_on_its_pattern(
    prompt: str, shape: Any, rules: int, pattern: str
) -> None:
    schema = parse_shape(shape).schema
    assert decide(schema, rules=rules, prompt=prompt).pattern == pattern
    # The words alone say as much as the shape does.
    assert decide({"type": "object"}, rules=rules, prompt=prompt).pattern == pattern


@pytest.mark.parametrize(
    ("shape", "rules", "pattern"),
    [
        (PROFILE, 0, "pipeline"),
        (PRODUCT, 0, "parallel"),
        (PRODUCT, 2, "route"),
        (PROFILE, 1, "route"),
        ({"a": "string"}, 1, "loop"),
        ({"a": "string"}, 0, "single"),
        ({"a": {"b": 0}}, 0, "single"),
        ("string", 0, "single"),
        ([PRODUCT], 0, "parallel"),
    ],
)
def test_the_shape_alone_decides_where_nothing_is_said(
    shape: Any, rules: int, pattern: str
) -> None:
    assert decide(parse_shape(shape).schema, rules=rules).pattern == pattern


@pytest.mark.parametrize(
    ("shape", "bond"),
    [
        ({"user": {"id": 0}, "invoice": {"userId": 0}}, "invoice.userId refers to user"),
        ({"a": {"sku": "x"}, "b": {"sku": "x"}}, "b and a both have sku"),
        ({"a": {"x": 0}, "history": {"y": 0}}, "history comes of what is known before it"),
    ],
)
def test_what_binds_aspects_is_told(shape: Any, bond: str) -> None:
    assert bond in find_aspects(parse_shape(shape).schema).bonds


def test_common_names_bind_nothing() -> None:
    shape = {"a": {"id": 0, "name": "string", "price": 0.0}, "b": {"id": 0, "name": "string"}}
    assert not find_aspects(parse_shape(shape).schema).dependent


def test_aspects_behind_references_are_seen() -> None:
    schema = {
        "type": "object",
        "properties": {"specs": {"$ref": "#/$defs/s"}, "pricing": {"$ref": "#/$defs/p"}},
        "$defs": {
            "s": {"type": "object", "properties": {"w": {}, "h": {}}},
            "p": {"type": "object", "properties": {"msrp": {}}},
        },
    }
    assert find_aspects(schema).names == ("specs", "pricing")
    assert decide(schema).pattern == "parallel"
