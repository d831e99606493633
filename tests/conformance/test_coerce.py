"""Coercion: what was said, written as the schema asks."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings

from mockwright.conformance.conform import coerce
from mockwright.conformance.convert_scalar import edits
from mockwright.types import MISSING, Json, JsonObject
from tests.strategies import garbage, schemas


def obj(**properties: Json) -> JsonObject:
    return {"type": "object", "properties": properties, "required": list(properties)}


STRING, INTEGER, NUMBER = {"type": "string"}, {"type": "integer"}, {"type": "number"}
BOOLEAN = {"type": "boolean"}
DATE = {"type": "string", "format": "date"}
MOMENT = {"type": "string", "format": "date-time"}


@pytest.mark.parametrize(
    ("schema", "before", "after"),
    [
        (NUMBER, "1,299.00", 1299.0),
        (NUMBER, "1.299,50", 1299.5),
        (NUMBER, "$12.50", 12.5),
        (NUMBER, "12 kg", 12),
        (NUMBER, "-3e2", -300.0),
        (INTEGER, "42", 42),
        (INTEGER, 36.4, 36),
        (BOOLEAN, "yes", True),
        (BOOLEAN, "Off", False),
        (BOOLEAN, 1, True),
        (STRING, 42, "42"),
        (STRING, True, "true"),
        (DATE, "5 Mar 2024", "2024-03-05"),
        (DATE, "2024/03/25", "2024-03-25"),
        (DATE, "2024-03-05T10:00:00Z", "2024-03-05"),
        (MOMENT, "March 5, 2024 10:00", "2024-03-05T10:00:00Z"),
        (MOMENT, 1709632800, "2024-03-05T10:00:00Z"),
        ({"type": "string", "format": "time"}, "10:30 pm", "22:30:00Z"),
        ({"type": "string", "format": "uri"}, "example.com/a", "https://example.com/a"),
        ({"enum": ["active", "inactive"]}, "Active", "active"),
        ({"enum": ["pending", "shipped"]}, "shiped", "shipped"),
        ({"enum": [1, 2]}, "2", 2),
        ({"const": "in_stock"}, "In Stock", "in_stock"),
        ({"type": "string", "maxLength": 12}, "the quick brown fox", "the quick"),
        ({"type": "string", "pattern": "^[A-Z]{3}$"}, "usd", "USD"),
        ({"type": "integer", "maximum": 120}, 400, 120),
        ({"type": ["null", "integer"]}, "n/a", None),
        ({"type": "array", "items": STRING}, "a", ["a"]),
        ({"type": "array", "items": INTEGER}, "[1, 2]", [1, 2]),
        ({"type": "array", "maxItems": 2}, [1, 2, 3], [1, 2]),
        ({"type": "array", "uniqueItems": True}, [1, 1, 2], [1, 2]),
        (obj(a=INTEGER), '{"a": 1}', {"a": 1}),
        (obj(a=INTEGER), [{"a": 1}], {"a": 1}),
        (obj(a=INTEGER), {"data": {"a": "1"}}, {"a": 1}),
        (obj(users={"type": "array", "items": obj(a=INTEGER)}), [{"a": 1}], {"users": [{"a": 1}]}),
        (obj(users={"type": "array", "items": obj(a=INTEGER)}), {"a": 1}, {"users": [{"a": 1}]}),
        ({"type": "array", "items": obj(a=INTEGER)}, {"users": [{"a": 1}]}, [{"a": 1}]),
        ({"type": "array", "items": obj(a=INTEGER)}, {"a": 1}, [{"a": 1}]),
        (obj(customerId=INTEGER), {"customer_id": "7"}, {"customerId": 7}),
        (obj(description=STRING), {"desciption": "x"}, {"description": "x"}),
        ({**obj(a=INTEGER), "additionalProperties": False}, {"a": 1, "zz": 2}, {"a": 1}),
        ({**obj(a=INTEGER), "unevaluatedProperties": False}, {"a": 1, "zz": 2}, {"a": 1}),
        ({"type": "object", "properties": {"a": STRING}}, {"a": None}, {}),
    ],
)
def test_what_was_meant_is_written_as_asked(schema: JsonObject, before: Json, after: Json) -> None:
    coerced = coerce(before, schema)
    assert json.dumps(coerced.value) == json.dumps(after)
    assert coerced.violations == ()
    assert coerced.repairs


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        (NUMBER, "12 or 13"),
        (NUMBER, "1,29"),
        (BOOLEAN, "maybe"),
        (DATE, "03/04/2024"),
        (DATE, "March 2024"),
        (MOMENT, "2024-03-05T10:00 EST"),
        (MOMENT, "2024-03-05T10:00:00+99:99"),
        ({"enum": ["cat", "car"]}, "cap"),
        ({"enum": ["active", "inactive"]}, "closed"),
        (obj(name=STRING), {"nname": 1, "namee": 2}),
    ],
)
def test_what_could_mean_two_things_is_left_alone(schema: JsonObject, value: Json) -> None:
    coerced = coerce(value, schema)
    assert coerced.value is value
    assert coerced.violations


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("9,50 €", 9.5),
        ("EUR 9,50", 9.5),
        ("1 299.00", 1299.0),
        ("1'299,50", 1299.5),
        ("1.299,00 kr", 1299.0),
        ("~9.5", 9.5),
        ("#12", 12),
        ("36 years old", 36),
        ("1e3", 1000.0),
    ],
)
def test_numbers_are_read_as_people_write_them(text: str, number: float) -> None:
    assert coerce(text, {"type": "number"}).value == number


@pytest.mark.parametrize("text", ["1.2k", "3 million", "5 M", "9,5,0", "1,29", "12-15", "1 2"])
def test_a_number_that_may_be_another_is_none(text: str) -> None:
    assert coerce(text, {"type": "number"}).value == text


STATUS = {"type": "string", "enum": ["active", "inactive", "on hold"]}


def test_a_word_that_is_said_comes_before_one_that_is_spelled_like_it() -> None:
    assert coerce("is active", STATUS).value == "active"
    assert coerce("not active", STATUS).value != "active"
    assert coerce("active, inactive", STATUS).value == "active, inactive"


def test_words_with_commas_are_a_list_and_sentences_are_not() -> None:
    names = {"type": "array", "items": {"type": "string"}}
    assert coerce("red, dark-blue", names).value == ["red", "dark-blue"]
    assert coerce("12 Main Street, Oslo", names).value == ["12 Main Street, Oslo"]
    assert coerce("1, 2;3", {"type": "array", "items": {"type": "integer"}}).value == [1, 2, 3]


PEOPLE: JsonObject = {
    "type": "object",
    "properties": {
        "people": {
            "type": "array",
            "items": {"type": "object", "properties": {"name": {"type": "string"}}},
        },
        "total": {"type": "integer"},
    },
    "required": ["people", "total"],
    "additionalProperties": False,
}
PAGE = {"people": [{"name": "Ada"}], "total": 1}


@pytest.mark.parametrize(
    "value",
    [
        {"data": {"response": PAGE}},
        {"name": "answer", "arguments": PAGE},
        {"type": "object", "properties": PAGE},
        {"content": json.dumps(PAGE)},
        {"name": "answer", "arguments": json.dumps(PAGE)},
        {"people": {"name": "Ada"}, "total": "1"},
        {"People": {"1": {"name": "Ada"}}, "Totals": 1},
    ],
)
def test_envelopes_are_opened_however_deep_and_whatever_they_are_written_as(value: Json) -> None:
    assert coerce(value, PEOPLE).value == PAGE


def test_an_envelope_round_optional_members_is_opened_where_it_has_no_place() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "integer"}}}
    closed = {**schema, "additionalProperties": False}
    assert coerce({"data": {"a": 1}}, closed).value == {"a": 1}
    assert coerce({"data": {"b": 1}}, closed).value == {}
    assert coerce({"data": {"a": 1}}, schema).value == {"data": {"a": 1}}, "it is valid"


def test_one_record_is_put_where_records_of_its_kind_belong() -> None:
    assert coerce({"name": "Ada"}, PEOPLE).value == {"people": [{"name": "Ada"}]}


def test_a_plural_and_its_singular_are_one_name() -> None:
    schema = {"type": "object", "properties": {"categories": {"type": "array"}, "user": {}}}
    closed = {**schema, "required": ["categories", "user"], "additionalProperties": False}
    assert coerce({"category": ["a"], "users": 1}, closed).value == {
        "categories": ["a"],
        "user": 1,
    }


def test_a_rename_never_lands_on_a_key_that_is_there() -> None:
    schema = {**obj(userId=INTEGER), "additionalProperties": False}
    coerced = coerce({"user_id": 1, "userId": 2}, schema)
    assert coerced.value == {"userId": 2}


def test_each_change_is_on_record() -> None:
    coerced = coerce({"Price": "$5"}, obj(price=INTEGER))
    changes = [(r.pointer, r.kind, r.before, r.after) for r in coerced.repairs]
    assert changes == [("/price", "renamed", "Price", "price"), ("/price", "coerced", "$5", 5)]


def test_a_dropped_key_has_nothing_after_it() -> None:
    coerced = coerce({"a": 1}, {"type": "object", "additionalProperties": False})
    assert coerced.repairs[0].after is MISSING


def test_the_closest_branch_of_a_choice_is_coerced_to() -> None:
    schema = {
        "anyOf": [
            {**obj(kind={"const": "card"}, number=STRING), "additionalProperties": False},
            {**obj(kind={"const": "cash"}, amount=NUMBER), "additionalProperties": False},
        ]
    }
    assert coerce({"kind": "cash", "amount": "12.50"}, schema).value == {
        "kind": "cash",
        "amount": 12.5,
    }


def test_references_and_recursion_are_followed() -> None:
    schema = {
        "$ref": "#/$defs/node",
        "$defs": {
            "node": {
                "type": "object",
                "properties": {"n": INTEGER, "next": {"$ref": "#/$defs/node"}},
            }
        },
    }
    assert coerce({"n": "1", "next": {"n": "2"}}, schema).value == {"n": 1, "next": {"n": 2}}


def test_an_edit_distance_counts_a_swap_once_and_stops_at_its_bound() -> None:
    assert edits("status", "sattus", 2) == 1
    assert edits("status", "colour", 2) == 3


@given(schemas(), garbage())
@settings(max_examples=120)
def test_coercing_twice_changes_nothing_more(schema: JsonObject, value: Json) -> None:
    once = coerce(value, schema)
    if not once.violations:
        assert coerce(once.value, schema).value is once.value


@given(schemas(), garbage())
@settings(max_examples=120)
def test_the_value_that_came_in_is_never_touched(schema: JsonObject, value: Json) -> None:
    before = json.dumps(value)
    coerced = coerce(value, schema)
    assert json.dumps(value) == before
    assert bool(coerced.repairs) or coerced.value is value
