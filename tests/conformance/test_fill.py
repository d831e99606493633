"""Filling: the smallest subtree that mends a value, made by the generator."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings

from mockwright.conformance.conform import coerce, fill
from mockwright.errors import UnsatisfiableError
from mockwright.generator.interfaces import Hints
from mockwright.generator.realism import Realism
from mockwright.schema.validate import compile_schema
from mockwright.shapes.parse import parse_shape
from mockwright.types import MISSING, Json, JsonObject
from tests.shared_data import shared
from tests.steps import growth
from tests.strategies import garbage, schemas

USER = {
    "type": "object",
    "properties": {
        "id": {"type": "integer"},
        "name": {"type": "string", "minLength": 1},
        "email": {"type": "string", "format": "email"},
        "tags": {"type": "array", "items": {"type": "string"}, "minItems": 2},
    },
    "required": ["id", "name", "email"],
}


def filled(value: Json, schema: JsonObject) -> Json:
    result = fill(value, schema, seed=7, hints=Hints()).value
    assert compile_schema(schema).is_valid(result)
    return result


def test_a_valid_value_is_returned_as_it_is() -> None:
    value = {"id": 1, "name": "Ada", "email": "ada@example.com", "other": [1]}
    result = fill(value, USER, seed=1, hints=Hints())
    assert result.value is value
    assert (result.repairs, result.filled) == ((), 0)


def test_a_missing_property_is_added_alone() -> None:
    value = {"id": 1, "name": "Ada"}
    result = fill(value, USER, seed=1, hints=Hints())
    assert result.value == {**value, "email": result.value["email"]}
    assert result.filled == 1
    assert [(r.pointer, r.kind, r.before) for r in result.repairs] == [
        ("/email", "filled", MISSING)
    ]


def test_a_bad_leaf_is_replaced_alone() -> None:
    value = {"id": [], "name": "Ada", "email": "ada@example.com", "note": {"kept": True}}
    result = filled(value, USER)
    assert {**result, "id": []} == value


def test_a_short_list_is_made_longer_behind_what_is_there() -> None:
    result = filled({"id": 1, "name": "Ada", "email": "a@example.com", "tags": ["x"]}, USER)
    assert result["tags"][0] == "x"
    assert len(result["tags"]) == 2


def test_faults_inside_a_choice_are_mended_in_the_closest_branch() -> None:
    card = {
        "type": "object",
        "properties": {"kind": {"const": "card"}, "number": {"type": "string"}},
        "required": ["kind", "number"],
        "additionalProperties": False,
    }
    schema = {"oneOf": [{"type": "null"}, USER, card]}
    assert filled({"kind": "card"}, schema)["kind"] == "card"
    assert filled({"id": 5, "name": "Ada", "email": 3}, schema)["name"] == "Ada"


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "array", "items": {"type": "integer"}, "uniqueItems": True, "minItems": 3},
        {"type": "array", "contains": {"const": 7}},
        {"type": "object", "minProperties": 2, "additionalProperties": {"type": "string"}},
        {"type": "object", "maxProperties": 1},
        {"type": "object", "dependentRequired": {"a": ["b"]}, "properties": {"b": {"const": 1}}},
        {"type": "object", "propertyNames": {"pattern": "^[a-c]$"}},
        {"if": {"required": ["a"]}, "then": {"required": ["z"]}},
        {"not": {"required": ["a"]}},
        {"const": {"fixed": [1]}},
    ],
)
@pytest.mark.parametrize("value", [{"a": 1, "c": 2, "dd": 3}, [5, 5], "text", None])
def test_every_kind_of_fault_ends_valid(schema: JsonObject, value: Json) -> None:
    filled(value, schema)


def test_what_is_filled_looks_like_what_it_is_called_and_fits_its_neighbours() -> None:
    users = {"type": "array", "minItems": 3, "items": USER}
    schema = {"type": "object", "properties": {"users": users}, "required": ["users"]}
    start = {"users": [{"id": 1, "name": "Ada Byron"}, {"id": 2, "name": "Bo", "email": 5}]}
    ada, bo, new = filled(start, schema)["users"]
    assert ada["email"].startswith("ada")
    assert bo["email"].startswith("bo")
    assert new["id"] == 3, "ids count on"
    assert new["name"].split()[0].lower() in new["email"]


def test_the_configuration_and_the_locale_say_what_things_look_like() -> None:
    schema = parse_shape({"ownerRef": "string", "city": "string", "ok": True}).schema
    realist = Realism({"ownerRef": "email"})
    hints = Hints(locale="ja")
    value = fill({"ok": False}, schema, seed=1, hints=hints, realist=realist).value
    assert "@" in value["ownerRef"]
    assert not value["city"].isascii()
    again = fill({"ok": False, "ownerRef": []}, schema, seed=1, hints=hints, realist=realist).value
    assert "@" in again["ownerRef"]


def test_the_same_seed_fills_the_same() -> None:
    assert filled({"id": 1}, USER) == filled({"id": 1}, USER)


def test_a_schema_that_nothing_satisfies_is_an_error() -> None:
    with pytest.raises(UnsatisfiableError):
        fill({}, {"allOf": [{"type": "string"}, {"type": "object"}]}, seed=1, hints=Hints())


def test_a_long_list_of_broken_items_is_done_in_time() -> None:
    def mended(size: int) -> None:
        broken = [{"id": i, "name": ""} for i in range(size)]
        result = filled(broken, {"type": "array", "items": USER})
        assert [item["id"] for item in result] == list(range(size))

    assert growth(mended, 20) < 2.5
    mended(150)


@given(schemas(), garbage())
@settings(max_examples=120)
def test_whatever_goes_in_something_valid_comes_out(schema: JsonObject, value: Json) -> None:
    compiled = compile_schema(schema)
    coerced = coerce(value, schema)
    result = fill(coerced.value, schema, seed=3, hints=Hints())
    assert compiled.is_valid(result.value)
    assert fill(result.value, schema, seed=3, hints=Hints()).value is result.value
    if compiled.is_valid(value):
        assert result.value is value


def test_real_invalid_instances_end_valid_and_valid_ones_untouched() -> None:
    lines = shared("maskbench_sample.jsonl").read_text().splitlines()
    for row in map(json.loads, lines[::25]):
        compiled = compile_schema(row["schema"])
        for test in row["tests"]:
            before = json.dumps(test["data"])
            coerced = coerce(test["data"], row["schema"])
            result = fill(coerced.value, row["schema"], seed=1, hints=Hints())
            assert compiled.is_valid(result.value), row["id"]
            if compiled.is_valid(test["data"]):
                assert json.dumps(result.value) == before, row["id"]
