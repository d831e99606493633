"""The generator's promises: valid, seeded, bounded, and honest where it cannot."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mockwright.errors import ShapeError, UnsatisfiableError
from mockwright.generator import generate
from mockwright.generator.interfaces import Hints
from mockwright.schema.validate import compile_schema
from mockwright.shapes.parse import parse_shape

ORDER: dict[str, Any] = {
    "type": "object",
    "properties": {
        "id": {"type": "string", "format": "uuid"},
        "customer": {
            "type": "object",
            "properties": {"email": {"type": "string", "format": "email"}},
        },
        "lines": {"type": "array", "items": {"$ref": "#/$defs/line"}},
    },
    "$defs": {
        "line": {
            "type": "object",
            "properties": {
                "sku": {"type": "string", "pattern": r"^[A-Z]{3}-\d{4}$"},
                "n": {"type": "integer"},
            },
            "required": ["sku"],
        }
    },
}

small = st.integers(0, 50)
leaves = st.one_of(
    st.just({"type": "string"}),
    st.builds(lambda n, k: {"type": "string", "minLength": n, "maxLength": n + k}, small, small),
    st.builds(lambda n, k: {"type": "integer", "minimum": n - 25, "maximum": n + k}, small, small),
    st.builds(lambda n: {"type": "number", "multipleOf": n}, st.sampled_from([0.01, 0.5, 3, 7])),
    st.sampled_from([{"enum": ["a", 1, None]}, {"const": {"x": 1}}, {"format": "date-time"}]),
    st.sampled_from([{"type": "boolean"}, {"type": ["null", "string"]}, {"not": {"type": "null"}}]),
)


def _containers(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    names = st.sampled_from(["name", "age", "tags", "x"])
    objects = st.builds(
        lambda p, r: {"type": "object", "properties": p, "required": sorted(r & p.keys())},
        st.dictionaries(names, inner, max_size=3),
        st.sets(names, max_size=2),
    )
    arrays = st.builds(
        lambda i, n, k: {"type": "array", "items": i, "minItems": n, "maxItems": n + k},
        inner, st.integers(0, 2), st.integers(0, 3),
    )  # fmt: skip
    return st.one_of(objects, arrays, st.builds(lambda a, b: {"anyOf": [a, b]}, inner, inner))


schemas = st.recursive(leaves, _containers, max_leaves=8)


@settings(max_examples=80, suppress_health_check=list(HealthCheck))
@given(schemas, st.integers(0, 2**63))
def test_what_is_generated_is_valid_and_the_same_again(schema: Any, seed: int) -> None:
    value = generate(schema, seed=seed)
    assert compile_schema(schema).is_valid(value)
    assert json.dumps(generate(schema, seed=seed)) == json.dumps(value)


def test_a_seed_gives_the_same_bytes_in_every_process() -> None:
    script = (
        "import json,sys; from mockwright.generator import generate;"
        "print(json.dumps(generate(json.loads(sys.argv[1]), seed=42)))"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", script, json.dumps(ORDER)],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
            timeout=60,
        ).stdout
        for seed in ("0", "1", "77")
    }
    assert len(outputs) == 1


def test_declared_optional_properties_are_filled() -> None:
    assert set(generate(ORDER, seed=3)) == {"id", "customer", "lines"}


def test_recursion_ends() -> None:
    kids = {"type": "array", "items": {"$ref": "#/$defs/t"}}
    schema = {"$ref": "#/$defs/t", "$defs": {"t": {"properties": {"kids": kids}}}}
    assert len(json.dumps(generate(schema, seed=1))) < 2000


@pytest.mark.parametrize("seed", range(5))
def test_exactly_one_option_of_oneof_holds(seed: int) -> None:
    schema = {
        "properties": {"a": {"type": "integer"}, "b": {"type": "string"}},
        "oneOf": [{"required": ["a"]}, {"required": ["b"]}],
    }
    assert len({"a", "b"} & set(generate(schema, seed=seed))) == 1


@pytest.mark.parametrize(
    ("pattern", "extra"),
    [
        (r"^[A-Z]{3}-\d{4}$", {}),
        (r"^(?=.*[A-Z])(?=.*\d).{8,}$", {}),
        (r"\d{3}", {"minLength": 12}),
        (r"^[a-z]+$", {"minLength": 20, "maxLength": 22}),
        (r"^(?!foo)\w+$", {"maxLength": 5}),
        (r"^\p{Lu}\p{Ll}+$", {}),
        (r"^(\w)\1$", {}),
        (r"@example\.com$", {"format": "email"}),
    ],
)
def test_patterns_hold_together_with_lengths_and_formats(
    pattern: str, extra: dict[str, Any]
) -> None:
    schema = {"type": "string", "pattern": pattern, **extra}
    assert isinstance(generate(schema, seed=5), str)


def test_an_unbounded_repetition_stays_short() -> None:
    assert len(generate({"type": "string", "pattern": "^[a-z]*$"}, seed=1)) < 20


@pytest.mark.parametrize(
    ("schema", "names"),
    [
        ({"type": "string", "minLength": 5, "maxLength": 2}, ["/minLength", "/maxLength"]),
        (
            {"type": "object", "required": ["a"], "properties": {"a": False}},
            ["/required", "/properties/a"],
        ),
        ({"allOf": [{"type": "string"}, {"type": "integer"}]}, ["/allOf/1/type", "/allOf/0/type"]),
        ({"type": "integer", "minimum": 5, "maximum": 4}, ["/minimum", "/maximum"]),
        ({"enum": [1, 2], "type": "string"}, ["/enum"]),
    ],
)  # fmt: skip
def test_an_unsatisfiable_schema_names_what_contradicts(schema: Any, names: list[str]) -> None:
    with pytest.raises(UnsatisfiableError) as caught:
        generate(schema, seed=1)
    assert all(name in str(caught.value) for name in names)
    assert caught.value.proven


ENDLESS = {"type": "object", "required": ["a"], "properties": {"a": {"$ref": "#/$defs/a"}}}
CHOICES = [{"anyOf": [{"required": [f"p{i}{j}"]} for j in range(6)]} for i in range(30)]
HOSTILE: list[Any] = [
    {"$ref": "#/$defs/a", "$defs": {"a": ENDLESS}},
    {"type": "array", "minItems": 10**9},
    {"type": "string", "minLength": 10**9},
    {"type": "object", "minProperties": 10**9},
    {"type": "object", "allOf": CHOICES, "maxProperties": 2},
    {"type": "array", "uniqueItems": True, "minItems": 3, "items": {"type": "boolean"}},
]  # fmt: skip


@pytest.mark.parametrize("schema", HOSTILE)
def test_a_hostile_schema_is_refused_within_the_bound(
    schema: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "monotonic", lambda: 0.0)  # the bound is of steps
    with pytest.raises((UnsatisfiableError, ShapeError)):
        generate(schema, seed=1)


def test_ten_thousand_items_take_no_more_than_their_time() -> None:
    schema = {
        "type": "array", "minItems": 10_000, "maxItems": 10_000,
        "items": {
            "type": "object",
            "properties": {"id": {"type": "integer"}, "code": {"pattern": "^[a-z]{5}$"}},
        },
    }  # fmt: skip
    assert len(generate(schema, seed=1)) == 10_000


def test_given_values_are_kept_where_they_are() -> None:
    given_value = {
        "id": "6f1d0a5e-2c0b-4c7e-9f0a-000000000001",
        "lines": [{"n": 7}],
        "note": "mine",
    }
    value = generate(ORDER, seed=1, hints=Hints(given=given_value))
    assert value["id"] == given_value["id"]
    assert value["note"] == "mine"
    assert value["lines"][0]["n"] == 7
    assert re.fullmatch(r"[A-Z]{3}-\d{4}", value["lines"][0]["sku"])


def test_a_given_value_that_breaks_the_schema_is_passed_over() -> None:
    value = generate(ORDER, seed=1, hints=Hints(given={"id": 5}))
    assert compile_schema(ORDER).is_valid(value)


def test_adding_a_property_leaves_the_others_alone() -> None:
    more = {**ORDER, "properties": {"color": {"type": "string"}, **ORDER["properties"]}}
    assert generate(more, seed=9)["id"] == generate(ORDER, seed=9)["id"]


def test_a_costly_item_is_shown_once_rather_than_not_at_all() -> None:
    shape = parse_shape({"groups": [{"members": [{"$count": 500, "name": "string"}]}]})
    (group,) = generate(shape.schema, seed=1)["groups"]
    assert len(group["members"]) == 500


def test_a_newer_keyword_that_an_older_draft_lets_pass_is_no_keyword() -> None:
    assert isinstance(generate({"type": "object", "dependentSchemas": "a"}, seed=1), dict)


@pytest.mark.parametrize("ref", [1, {}, [], None])
def test_a_reference_that_is_no_string_is_told(ref: object) -> None:
    with pytest.raises(ShapeError):
        generate({"type": "object", "properties": {"a": {"$ref": ref}}}, seed=1)
