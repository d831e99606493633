from __future__ import annotations

from typing import Any

import pytest

from mockwright.schema.complexity import score
from mockwright.shapes.parse import parse_shape


@pytest.mark.parametrize(
    ("raw", "rules", "expected"),
    [
        ({"name": "string"}, 0, 1.2),
        ({"user": {"name": "string", "home": {"city": "string"}, "orders": [{"id": 0}]}}, 0, 5.2),
        ({f"f{i}": "string" for i in range(40)}, 0, 4.0),
        ({"a": {"b": {"c": {"d": {"e": 0}}}}}, 0, 3.2),
        ("string", 0, 0.0),
        (["string"], 0, 2.0),
        ({"name": "string"}, 3, 4.2),
        ({f"f{i}": [{"a": {"b": {"c": 0}}}] for i in range(20)}, 9, 10.0),
    ],
)  # fmt: skip
def test_the_score_is_the_sum_of_the_factors_capped_at_ten(
    raw: Any, rules: int, expected: float
) -> None:
    found = score(parse_shape(raw), ("a rule",) * rules)
    assert found.score == pytest.approx(expected)
    total = found.fields + found.depth + found.arrays + found.rules
    assert found.score == pytest.approx(min(total, 10))


def test_references_are_followed_and_recursion_ends() -> None:
    tree = parse_shape(
        {
            "$ref": "#/$defs/node",
            "$defs": {
                "node": {
                    "type": "object",
                    "properties": {
                        "name": {"type": "string"},
                        "children": {"type": "array", "items": {"$ref": "#/$defs/node"}},
                    },
                }
            },
        }
    )
    found = score(tree)
    assert found.fields == pytest.approx(0.4)
    assert found.arrays == 2
    assert 1 <= found.depth <= 3


def test_a_true_schema_asks_nothing() -> None:
    assert score(parse_shape({"const": 1})).score == 0
