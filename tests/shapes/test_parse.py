from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockwright.errors import ShapeError, UnsatisfiableError
from mockwright.schema.validate import compile_schema
from mockwright.shapes.parse import is_json_schema, parse_shape, with_count
from mockwright.types import JsonObject, Shape
from tests.shared_data import shared


def schema_of(raw: Any) -> Any:
    return parse_shape(raw).schema


def accepts(shape: Shape, value: Any) -> bool:
    return compile_schema(shape.schema).is_valid(value)


def test_the_example_of_the_design_means_what_it_says() -> None:
    user = schema_of(
        {
            "users": [
                {
                    "firstName": "string",
                    "age": 0,
                    "price": 0.0,
                    "active": True,
                    "created": "ISO-8601",
                    "status": "active|inactive|suspended",
                    "tags": ["string"],
                    "currency": "USD",
                }
            ]
        }
    )["properties"]["users"]["items"]
    assert user == {
        "type": "object",
        "properties": {
            "firstName": {"type": "string"},
            "age": {"type": "integer"},
            "price": {"type": "number"},
            "active": {"type": "boolean"},
            "created": {"type": "string", "format": "date-time"},
            "status": {"type": "string", "enum": ["active", "inactive", "suspended"]},
            "tags": {"type": "array", "items": {"type": "string"}},
            "currency": {"type": "string", "examples": ["USD"]},
        },
        "required": [
            "firstName",
            "age",
            "price",
            "active",
            "created",
            "status",
            "tags",
            "currency",
        ],
        "additionalProperties": False,
    }


@pytest.mark.parametrize(
    ("word", "schema"),
    [
        ("string", {"type": "string"}),
        ("String", {"type": "string"}),
        ("text", {"type": "string"}),
        ("int", {"type": "integer"}),
        ("integer", {"type": "integer"}),
        ("number", {"type": "number"}),
        ("decimal", {"type": "number"}),
        ("bool", {"type": "boolean"}),
        ("guid", {"type": "string", "format": "uuid"}),
        ("uri", {"type": "string", "format": "uri"}),
        ("date", {"type": "string", "format": "date"}),
        ("time", {"type": "string", "format": "time"}),
        ("ISO-8601", {"type": "string", "format": "date-time"}),
        ("DateTime", {"type": "string", "format": "date-time"}),
        ("ip", {"type": "string", "format": "ipv4"}),
        ("ipv6", {"type": "string", "format": "ipv6"}),
        ("null", {"type": "null"}),
        ("any", {}),
        ("object", {"type": "object"}),
        ("array", {"type": "array"}),
        ("string?", {"type": ["string", "null"]}),
        ("int[]", {"type": "array", "items": {"type": "integer"}}),
        ("int 18..99", {"type": "integer", "minimum": 18, "maximum": 99}),
        ("int -5..5", {"type": "integer", "minimum": -5, "maximum": 5}),
        ("number 0..1", {"type": "number", "minimum": 0, "maximum": 1}),
        ("float 0.5 .. 1.5", {"type": "number", "minimum": 0.5, "maximum": 1.5}),
        ("string 3..40", {"type": "string", "minLength": 3, "maxLength": 40}),
        ("/^[A-Z]{3}$/", {"type": "string", "pattern": "^[A-Z]{3}$"}),
        ("a|b|c", {"type": "string", "enum": ["a", "b", "c"]}),
        ("email|phone", {"type": "string", "enum": ["email", "phone"]}),
        ("active|null", {"enum": ["active", None]}),
        ("email|null", {"type": ["string", "null"], "format": "email"}),
        ("string|number", {"type": ["string", "number"]}),
        ("1|2|3", {"type": "integer", "enum": [1, 2, 3]}),
        ("true|false", {"type": "boolean"}),
    ],
)
def test_type_words(word: str, schema: JsonObject) -> None:
    assert schema_of(word) == schema
    assert (
        schema_of({"field": [word]})["properties"]["field"]
        == {
            "type": "array",
            "items": schema,
        }
        or not schema
    )


@pytest.mark.parametrize(
    ("text", "format_"),
    [
        ("email@example.com", "email"),
        ("2024-01-15", "date"),
        ("2024-01-15T10:30:00Z", "date-time"),
        ("2024-01-15T10:30:00.123+02:00", "date-time"),
        ("https://example.com/a?b=c", "uri"),
        ("3fa85f64-5717-4562-b3fc-2c963f66afa6", "uuid"),
        ("10.0.0.1", "ipv4"),
    ],
)
def test_a_value_shows_its_format(text: str, format_: str) -> None:
    shape = parse_shape({"x": text})
    assert isinstance(shape.schema, dict)
    assert shape.schema["properties"]["x"] == {"type": "string", "format": format_}
    assert accepts(shape, {"x": text})


@pytest.mark.parametrize(
    "text",
    ["USD", "active", "name", "INFO", "Alice", "order_created", "sensor-001", "api-gateway",
     "spring", "strong", "data", "rate", "tool", "mail", "next", "time flies", "number one",
     "/api/users/", "/users/{id}/", "2024-13-45", "10.0.0.999", "Home | ", "Two words"],
)  # fmt: skip
def test_any_other_text_is_an_example_of_a_string(text: str) -> None:
    assert schema_of(text) == {"type": "string", "examples": [text]}


@pytest.mark.parametrize(
    ("word", "offered"),
    [
        ("strng", "string"),
        ("sring", "string"),
        ("interger", "integer"),
        ("boolen", "boolean"),
        ("datetme", "datetime"),
        ("emial", "email"),
        ("flaot", "float"),
        ("numbr", "number"),
        ("strng 3..40", "string"),
    ],
)
def test_a_misspelt_type_word_is_refused_and_the_nearest_offered(word: str, offered: str) -> None:
    with pytest.raises(ShapeError, match=f"did you mean '{offered}'") as caught:
        parse_shape({"users": [{"name": word}]})
    assert caught.value.pointer == "/users/0/name"


@pytest.mark.parametrize(
    "word",
    ["string 3..", "int a..b", "string 40..3", "int 1.5..3", "string -1..3", "int ..5", "int 5",
     "email 3..40", "string 0..99999999", "/^[A-Z/", "/(/", "/^a$/i", "number 1e999..2"],
)  # fmt: skip
def test_malformed_bounds_and_patterns_are_refused(word: str) -> None:
    with pytest.raises(ShapeError) as caught:
        parse_shape({"a": {"b": word}})
    assert caught.value.pointer == "/a/b"


def test_a_question_mark_after_a_key_makes_it_optional() -> None:
    shape = parse_shape({"name": "string", "nick?": "string"})
    assert accepts(shape, {"name": "Ann"})
    assert accepts(shape, {"name": "Ann", "nick": "A"})
    assert not accepts(shape, {"nick": "A"})
    with pytest.raises(ShapeError, match="twice"):
        parse_shape({"name": "string", "name?": "string"})


def test_an_answer_has_exactly_the_asked_fields() -> None:
    assert not accepts(parse_shape({"a": 0}), {"a": 1, "b": 2})


def test_null_is_an_example_of_anything_and_the_word_of_null_alone() -> None:
    assert accepts(parse_shape({"a": None}), {"a": "x"})
    assert accepts(parse_shape({"a": None}), {"a": None})
    assert not accepts(parse_shape({"a": "null"}), {"a": "x"})


def test_several_elements_of_a_list_are_its_kinds_of_items() -> None:
    people = schema_of([{"id": 1, "name": "Alice"}, {"id": 2, "name": "Bob"}])
    assert people["items"]["properties"]["name"] == {"type": "string", "examples": ["Alice", "Bob"]}
    assert schema_of([1, 2.5, "string", "string"])["items"] == {
        "anyOf": [{"type": "number"}, {"type": "string"}]
    }
    assert schema_of([]) == {"type": "array"}


def test_directives_are_kept_apart_and_never_fields() -> None:
    shape = parse_shape(
        {"$cache": 3, "$seed": 7, "$prompt": "about cats", "$error": {"code": 422}, "id": 0}
    )
    assert shape.directives == {
        "cache": 3,
        "seed": 7,
        "prompt": "about cats",
        "error": {"code": 422},
    }
    assert isinstance(shape.schema, dict)
    assert list(shape.schema["properties"]) == ["id"]


def test_the_other_name_of_cache_is_the_same_directive() -> None:
    assert parse_shape({"$cacheCount": 3, "id": 0}).directives == {"cache": 3}
    with pytest.raises(ShapeError, match="differ"):
        parse_shape({"$cacheCount": 3, "$cache": 4})


def test_directives_stand_beside_a_json_schema_too() -> None:
    shape = parse_shape({"$cache": 3, "type": "array", "items": {"type": "integer"}, "$count": 2})
    assert shape.source == "schema"
    assert shape.directives == {"cache": 3}
    assert accepts(shape, [1, 2])
    assert not accepts(shape, [1])


@pytest.mark.parametrize(
    ("raw", "match", "pointer"),
    [
        ({"$cahce": 3}, r"did you mean '\$cache'", "/$cahce"),
        ({"a": {"$wat": 3}}, "known:", "/a/$wat"),
        ({"a": {"$cache": 3}}, "only at the top", "/a/$cache"),
        ({"a": {"$count": 3, "b": 0}}, "beside the list", "/a/$count"),
        ({"$count": -1, "a": []}, "whole number", "/$count"),
        ({"$count": True, "a": []}, "whole number", "/$count"),
        ({"$count": 10**9, "a": []}, "whole number", "/$count"),
        ({"a": {"$ref": "#/nowhere", "$prompt": "x"}}, "names no part", "/a/$ref"),
        ({"a": {"$ref": "#/b"}, "b": {"$ref": "#/a"}}, "circle", "/a/$ref"),
        ({"a": {"$ref": "#/b", "c": 0}, "b": 0}, "nothing stands beside", "/a/$ref"),
        ({"a": {"$ref": 5}}, "names a part", "/a/$ref"),
        ({"$unique": "email", "users": [{"name": "string"}]}, "no list here", "/$unique"),
        ({"$unique": 5, "users": [{"name": "string"}]}, "true, a field", "/$unique"),
        ({"a\ud800": 0}, "surrogate", ""),
        ({"a": "\ud800"}, "surrogate", "/a"),
        ({"a": "x\0y"}, "NUL", "/a"),
        ({"a": float("nan")}, "no JSON number", "/a"),
        ([0] * 10_001, "more than 10000 values", ""),
    ],
)  # fmt: skip
def test_what_is_no_shape_is_refused_with_its_place(raw: Any, match: str, pointer: str) -> None:
    with pytest.raises(ShapeError, match=match) as caught:
        parse_shape(raw)
    assert caught.value.pointer == pointer


def test_a_shape_nested_beyond_the_bound_is_refused() -> None:
    raw: Any = 0
    for _ in range(10_000):
        raw = [raw]
    with pytest.raises(ShapeError, match="nested more than 100 deep"):
        parse_shape(raw)


def test_unique_and_distribution_keep_their_places() -> None:
    shape = parse_shape(
        {
            "users": [{"email": "email", "age": 0}],
            "$unique": "email",
            "stats": {"$distribution": {"mean": "normal"}, "mean": 0.0},
        }
    )
    assert shape.directives == {
        "unique": {"/users/*/email": True},
        "computed": [{"path": "/stats/mean", "distribution": "normal"}],
    }
    tags = schema_of({"tags": ["string"], "$unique": True})["properties"]["tags"]
    assert tags["uniqueItems"] is True


def test_a_reference_reuses_another_part_and_may_recur() -> None:
    shape = parse_shape(
        {"home": {"city": "string"}, "work": {"$ref": "#/home"}, "kids": [{"$ref": "#"}]}
    )
    leaf = {"home": {"city": "A"}, "work": {"city": "B"}, "kids": []}
    assert accepts(shape, {**leaf, "kids": [leaf]})
    assert not accepts(shape, {**leaf, "work": {"city": 5}})
    assert not accepts(shape, {**leaf, "kids": [{"home": 1}]})
    twice = with_count(shape, 2)
    assert accepts(twice, {**leaf, "kids": [leaf, leaf]})
    assert not accepts(twice, {**leaf, "kids": [leaf]})


@pytest.mark.parametrize(
    "raw",
    [
        {"$schema": "http://json-schema.org/draft-07/schema#", "anything": 1},
        {"type": "string"},
        {"type": ["string", "null"]},
        {"properties": {"a": {"type": "string"}}},
        {"$ref": "#/$defs/a", "$defs": {"a": {}}},
        {"enum": ["a"]},
        {"const": "a"},
        {"items": {"type": "string"}, "minItems": 2},
        {"anyOf": [{"type": "string"}]},
        {"type": "object", "nullable": True, "x-go-type": "User"},
    ],
)
def test_json_schema_is_recognised(raw: JsonObject) -> None:
    assert is_json_schema(raw)


@pytest.mark.parametrize(
    "raw",
    [
        {"type": "string", "name": "string"},
        {"type": "order_created", "description": "string"},
        {"items": [{"id": 1, "data": "string"}]},
        {"items": {"sku": "string", "qty": 0}},
        {"properties": {"address": {"city": "string"}}},
        {"title": "string", "description": "string"},
        {"enum": "string"},
        {"$cache": 3, "id": 0},
        {},
        [],
        True,
        "string",
    ],
)
def test_an_example_is_not_taken_for_a_schema(raw: Any) -> None:
    assert not is_json_schema(raw)
    assert parse_shape(raw).source == "example"


def test_an_unknown_draft_is_refused_and_the_known_ones_named() -> None:
    with pytest.raises(ShapeError, match="draft-07") as caught:
        parse_shape({"$schema": "http://json-schema.org/draft-03/schema#", "type": "object"})
    assert caught.value.pointer == "/$schema"
    with pytest.raises(ShapeError):
        parse_shape({"$schema": 7})


def test_a_json_schema_is_kept_as_it_is_and_a_broken_one_refused() -> None:
    raw = {"type": "object", "properties": {"a": {"type": "string", "pattern": "^a"}}}
    assert parse_shape(raw).schema == raw
    with pytest.raises(ShapeError):
        parse_shape({"type": "string", "minLength": "three"})


@pytest.mark.parametrize(
    ("raw", "good"),
    [
        ({"users": [{"id": 0}]}, {"users": [{"id": 1}] * 3}),
        ([{"id": 0}], [{"id": 1}] * 3),
        ({"data": {"users": ["string"]}}, {"data": {"users": ["a"] * 3}}),
        ({"id": 0}, [{"id": 1}] * 3),
        ("string", ["a"] * 3),
        ({"a": [0], "b": [0]}, {"a": [1] * 3, "b": [1]}),
        ({"a": [0], "x": {"b": [0], "$count": 5}}, {"a": [1], "x": {"b": [1] * 3}}),
        ({"users": [{"tags": ["string"]}]}, {"users": [{"tags": ["a"]}] * 3}),
        ({"$count": 7, "id": 0}, [{"id": 1}] * 3),
    ],
)
def test_count_fills_the_list_that_is_meant_exactly(raw: Any, good: Any) -> None:
    shape = with_count(parse_shape(raw), 3)
    assert accepts(shape, good)
    four = json.loads(json.dumps(good))
    longest = max(lists(four), key=len)
    longest.append(longest[0])
    assert not accepts(shape, four)
    assert not accepts(with_count(shape, 2), good)


def lists(value: Any) -> list[list[Any]]:
    below = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
    found = [item for part in below for item in lists(part)]
    return [value, *found] if isinstance(value, list) else found


@pytest.mark.parametrize(
    ("raw", "good"),
    [
        (
            {"type": "object", "properties": {"a": {"type": "array", "items": {"type": "string"}}}},
            {"a": ["x", "y"]},
        ),
        (
            {"$ref": "#/$defs/p", "$defs": {"p": {"type": "object",
             "properties": {"rows": {"$ref": "#/$defs/l"}}}, "l": {"type": "array"}}},
            {"rows": [1, 2]},
        ),
        (
            {"properties": {"a": {"anyOf": [{"type": "array"}, {"type": "null"}]}}},
            {"a": [1, 2]},
        ),
        ({"type": "integer"}, [1, 2]),
        (
            {"type": "object", "properties": {"v": {"type": "integer"}, "next": {"$ref": "#"}},
             "required": ["v"]},
            [{"v": 1}, {"v": 1, "next": {"v": 2}}],
        ),
        (
            {"$schema": "http://json-schema.org/draft-04/schema#", "$ref": "#/definitions/p",
             "definitions": {"p": {"type": "object", "properties": {"r": {"type": "array"}}}}},
            {"r": [1, 2]},
        ),
    ],
)  # fmt: skip
def test_count_reaches_the_first_list_of_a_json_schema(raw: JsonObject, good: Any) -> None:
    shape = with_count(parse_shape(raw), 2)
    assert accepts(shape, good)
    assert accepts(with_count(parse_shape(raw), 0), good) is False
    assert not accepts(shape, {})
    assert not accepts(shape, {"a": None})


def test_a_count_that_the_schema_forbids_is_unsatisfiable() -> None:
    shape = parse_shape({"type": "array", "maxItems": 3})
    with pytest.raises(UnsatisfiableError, match="5 items are asked"):
        with_count(shape, 5)


def test_counts_that_multiply_beyond_the_bound_are_refused() -> None:
    rows: JsonObject = {"$count": 1000, "rows": [{"$count": 1000, "cells": [0]}]}
    with pytest.raises(ShapeError, match="100000 items"):
        parse_shape(rows)
    with pytest.raises(ShapeError, match="-1 items"):
        with_count(parse_shape([0]), -1)


def test_every_shape_of_the_ancestor_is_read() -> None:
    shapes = []
    for line in shared("ancestor/requests.jsonl").read_text().splitlines():
        entry = json.loads(line)
        headers = {name.lower(): value for name, value in (entry["headers"] or {}).items()}
        if "x-response-shape" in headers:
            shapes.append(parse_shape(json.loads(headers["x-response-shape"])))
        body = entry["body"]
        try:
            body = json.loads(body) if isinstance(body, str) else body
        except json.JSONDecodeError:
            continue
        if isinstance(body, dict) and isinstance(body.get("shape"), (dict, list)):
            shapes.append(parse_shape(body["shape"]))
    assert shapes
    assert {shape.source for shape in shapes} == {"example"}


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=12)
    | st.sampled_from(["string", "int 1..2", "a|b", "strng", "/a+/", "int a..b", "#/a", "x[]"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.text(max_size=5)
            | st.sampled_from(
                [
                    "$count",
                    "$ref",
                    "$unique",
                    "$cache",
                    "type",
                    "items",
                    "properties",
                    "a?",
                    "$schema",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(JSON)
@settings(max_examples=300)
def test_arbitrary_json_gives_a_shape_or_a_shape_error(raw: Any) -> None:
    try:
        shape = parse_shape(raw)
    except ShapeError:
        return
    compile_schema(shape.schema)


WORDS = st.sampled_from(
    ["USD", "Alice", "a b", "2024-01-15", "x@example.com", "https://example.com", "10.0.0.1", ""]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | WORDS,
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(st.sampled_from(["id", "name", "Key", "é"]), inner, max_size=4),
    max_leaves=15,
)  # fmt: skip


@given(VALUES)
@settings(max_examples=300)
def test_a_shape_accepts_its_own_example(value: Any) -> None:
    assert accepts(parse_shape(value), value)


@given(VALUES, st.integers(0, 20))
@settings(max_examples=200)
def test_with_count_leaves_exactly_one_number_of_items(value: Any, n: int) -> None:
    shape = with_count(parse_shape(value), n)
    assert f'"minItems": {n}, "maxItems": {n}' in json.dumps(shape.schema)
    assert with_count(shape, n).schema == shape.schema


def test_a_list_of_several_numbers_is_a_vector_of_that_length() -> None:
    schema = parse_shape({"coordinates": [0.0, 0.0], "tags": ["a", "b"]}).schema
    assert isinstance(schema, dict)
    assert schema["properties"]["coordinates"]["minItems"] == 2
    assert schema["properties"]["coordinates"]["maxItems"] == 2
    assert "minItems" not in schema["properties"]["tags"]


def test_counts_within_counts_are_bounded_together_also_below_a_list_without_one() -> None:
    inner = {"$count": 1000, "b": [{"$count": 1000, "c": [{"$count": 1000, "d": "int"}]}]}
    with pytest.raises(ShapeError, match="items in all"):
        parse_shape({"a": [inner]})


@pytest.mark.parametrize(
    ("slip", "meant"), [({"requird": ["a"]}, "required"), ({"minPropertys": 1}, "minProperties")]
)
def test_a_slip_in_a_json_schema_is_told_and_not_taken_for_an_example(
    slip: dict[str, Any], meant: str
) -> None:
    schema = {"type": "object", "properties": {"a": {"type": "string"}}, **slip}
    with pytest.raises(ShapeError, match=f"did you mean '{meant}'"):
        parse_shape(schema)


def test_a_long_list_may_have_items_of_many_fields() -> None:
    item = {f"field{i}": 0 for i in range(30)}
    schema = schema_of({"users": [item], "$count": 10_000})
    assert schema["properties"]["users"]["minItems"] == 10_000
    with pytest.raises(ShapeError, match="more than 100000 items"):
        parse_shape({"users": [{"tags": [{"$count": 20, "t": ["string"]}]}], "$count": 10_000})
