from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockwright.errors import ShapeError
from mockwright.prompting.dialects import SUBSETS, Dialect
from mockwright.prompting.reduce_schema import reduce_schema
from mockwright.prompting.regex_subset import FORMAT_PATTERNS, grammar_pattern
from mockwright.schema.complexity import score
from mockwright.schema.keywords import subschemas
from mockwright.schema.validate import compile_schema
from mockwright.shapes.count import with_count
from mockwright.types import JsonObject, Shape
from tests.shared_data import shared

USER: JsonObject = {
    "type": "object",
    "properties": {
        "id": {"type": "integer", "minimum": 1},
        "name": {"type": "string", "minLength": 3},
        "email": {"type": "string", "format": "email"},
        "nick": {"type": ["string", "null"]},
        "boss": {"$ref": "#"},
    },
    "required": ["id", "name"],
}


def every(schema: Any) -> Iterator[JsonObject]:
    if isinstance(schema, dict):
        yield schema
        for _, sub in subschemas(schema):
            yield from every(sub)


def objects(schema: Any) -> list[JsonObject]:
    return [sub for sub in every(schema) if sub.get("type") == "object"]


@pytest.mark.parametrize("dialect", ["openai", "azure"])
def test_strict_modes_get_closed_objects_with_everything_required(dialect: Dialect) -> None:
    reduced = reduce_schema(USER, dialect)
    assert objects(reduced.schema)
    for item in objects(reduced.schema):
        assert item["additionalProperties"] is False
        assert item["required"] == list(item["properties"])


def test_optional_fields_become_nullable_and_the_nulls_go_again() -> None:
    reduced = reduce_schema(USER, "openai")
    assert isinstance(reduced.schema, dict)
    assert reduced.schema["properties"]["email"]["type"] == ["string", "null"]
    answer = {
        "id": 1,
        "name": "Ann",
        "email": None,
        "nick": None,
        "boss": {"id": 2, "name": "Bob", "email": "b@x.example", "nick": "b", "boss": None},
    }
    assert compile_schema(reduced.schema).is_valid(answer)
    restored = reduced.restore(answer)
    assert restored == {
        "id": 1,
        "name": "Ann",
        "nick": None,
        "boss": {"id": 2, "name": "Bob", "email": "b@x.example", "nick": "b"},
    }
    assert compile_schema(USER).is_valid(restored)


def test_a_root_that_is_no_object_is_wrapped_and_unwrapped() -> None:
    reduced = reduce_schema({"type": "array", "items": {"type": "string"}}, "openai")
    assert reduced.wrapped
    assert reduced.restore({"value": ["a"]}) == ["a"]
    assert reduced.restore(["a"]) == ["a"]
    choice = reduce_schema({"anyOf": [USER, {"type": "null"}]}, "openai")
    assert choice.wrapped
    assert not reduce_schema(USER, "openai").wrapped


def test_openai_gets_no_keyword_outside_its_subset() -> None:
    schema = {
        "type": "object",
        "properties": {
            "a": {"allOf": [{"type": "integer"}, {"minimum": 3}]},
            "b": {"oneOf": [{"const": "x"}, {"type": "integer", "not": {"const": 5}}]},
            "c": {"type": "array", "uniqueItems": True, "minItems": 1, "items": True},
            "d": {"type": "string", "format": "uri", "minLength": 2, "pattern": "^(?=a)a"},
            "e": False,
            "f": {"type": "array", "prefixItems": [{"type": "string"}], "items": False},
        },
        "if": {"required": ["a"]},
        "then": {"required": ["b"]},
        "dependentRequired": {"a": ["c"]},
        "patternProperties": {"^x": {"type": "string"}},
        "required": ["a", "z"],
    }
    reduced = reduce_schema(schema, "openai")
    text = json.dumps(reduced.schema)
    for keyword in ("allOf", "oneOf", '"not"', '"if"', "dependent", "patternProperties", "const",
                    "uniqueItems", "minLength", "prefixItems", "uri", "(?="):  # fmt: skip
        assert keyword not in text
    assert isinstance(reduced.schema, dict)
    properties = reduced.schema["properties"]
    assert properties["a"] == {"type": "integer", "minimum": 3}
    assert list(properties) == ["a", "b", "c", "d", "f", "z"]
    assert set(reduced.dropped) >= {"if", "then", "dependentRequired", "not", "oneOf", "format",
                                    "minLength", "pattern", "patternProperties", "prefixItems",
                                    "uniqueItems"}  # fmt: skip


def test_azure_gets_no_bounds_at_all_and_says_so() -> None:
    reduced = reduce_schema(USER, "azure")
    text = json.dumps(reduced.schema)
    assert "minimum" not in text
    assert "format" not in text
    assert set(reduced.dropped) >= {"minimum", "format"}


@pytest.mark.parametrize("dialect", ["openai", "azure"])
def test_size_limits_are_kept(dialect: Dialect) -> None:
    subset = SUBSETS[dialect]
    wide = {"type": "object", "properties": {f"p{i}": {"type": "integer"} for i in range(6000)}}
    reduced = reduce_schema(wide, dialect)
    assert sum(len(o["properties"]) for o in objects(reduced.schema)) == subset.max_properties
    assert "properties" in reduced.dropped
    deep: JsonObject = {"type": "string"}
    for _ in range(30):
        deep = {"type": "object", "properties": {"a": deep}, "required": ["a"]}
    reduced = reduce_schema(deep, dialect)
    assert len(objects(reduced.schema)) == subset.max_depth
    assert "depth" in reduced.dropped
    many = {"type": "object", "properties": {"a": {"enum": [f"v{i}" for i in range(1500)]}}}
    reduced = reduce_schema(many, dialect)
    assert "enum" in reduced.dropped
    assert reduced.schema["properties"]["a"] == {"type": ["string", "null"]}  # type: ignore[index] # an object


def test_recursion_goes_through_definitions() -> None:
    for dialect in SUBSETS:
        reduced = reduce_schema(USER, dialect)
        assert isinstance(reduced.schema, dict)
        assert '"$ref": "#/$defs/root"' in json.dumps(reduced.schema)
        assert reduced.schema["$defs"]["root"]["type"] == "object"


def test_a_reference_that_leads_nowhere_here_is_dropped() -> None:
    schema = {"type": "object", "properties": {"a": {"$ref": "https://example.com/x"}}}
    reduced = reduce_schema(schema, "llamacpp")
    assert "$ref" not in json.dumps(reduced.schema)
    assert reduced.dropped == ("$ref",)


@pytest.mark.parametrize("dialect", ["llamacpp", "ollama"])
def test_a_grammar_gets_ends_for_strings_and_lists(dialect: Dialect) -> None:
    schema = {
        "type": "object",
        "properties": {
            "name": {"type": "string"},
            "long": {"type": "string", "maxLength": 10**6},
            "tags": {"type": "array", "items": True},
            "any": True,
            "never": False,
            "age": {"type": "integer", "exclusiveMinimum": 17.5, "maximum": 99},
            "score": {"type": "number", "minimum": 0},
            "mail": {"type": "string", "format": "email"},
            "made": {"type": "string", "format": "date-time"},
            "code": {"type": "string", "pattern": r"\d{3}"},
            "odd": {"type": "string", "pattern": r"^(?!x).*$"},
            "map": {"type": "object", "additionalProperties": {"type": "string"}},
        },
        "required": ["name"],
    }
    reduced = reduce_schema(schema, dialect)
    assert isinstance(reduced.schema, dict)
    got = reduced.schema["properties"]
    scalars = {"type": ["string", "number", "boolean", "null"]}
    assert got["name"] == {"type": "string", "maxLength": 200}
    assert got["long"] == {"type": "string", "maxLength": 1000}
    assert got["tags"] == {"type": "array", "items": scalars, "maxItems": 12}
    assert got["any"] == scalars
    assert "never" not in got
    assert got["age"] == {"type": "integer", "minimum": 18, "maximum": 99}
    assert got["score"] == {"type": "number"}
    assert got["mail"]["pattern"] == FORMAT_PATTERNS["email"]
    assert got["made"] == {"type": "string", "format": "date-time"}
    assert got["code"]["pattern"] == "^[0-9]{3}$"
    assert got["odd"] == {"type": "string", "maxLength": 200}
    assert got["map"]["additionalProperties"] == {"type": "string", "maxLength": 200}
    assert reduced.schema["required"] == ["name"]
    assert set(reduced.dropped) == {"minimum", "pattern"}


def test_draft_04_exclusive_bounds_are_read() -> None:
    schema = {"type": "object", "properties": {
        "n": {"type": "integer", "minimum": 0, "exclusiveMinimum": True}}}  # fmt: skip
    reduced = reduce_schema(schema, "llamacpp")
    assert reduced.schema["properties"]["n"] == {"type": "integer", "minimum": 1}  # type: ignore[index] # an object


def test_plain_takes_the_schema_as_it_is() -> None:
    reduced = reduce_schema(USER, "plain")
    assert reduced.schema is USER
    assert reduced.restore({"email": None}) == {"email": None}
    assert reduced.dropped == ()


@pytest.mark.parametrize(
    ("pattern", "grammar"),
    [
        ("^[A-Z]{3}$", "^[A-Z]{3}$"),
        (r"^\d+$", "^[0-9]{1,32}$"),
        (r"^[\w.]*$", "^[A-Za-z0-9_.]{0,32}$"),
        ("^(?:a|b)$", "^(a|b)$"),
        ("a|b", "^(a|b)$"),
        ("[0-9]{3}", "^[0-9]{3}$"),
        ("^https://", "^(https://)[A-Za-z0-9]{0,24}$"),
        (r"\.png$", "^[A-Za-z0-9]{0,24}([.]png)$"),
        (r"^a\$$", "^a[$]$"),
        ("(?=x)", None),
        (r"^(a)\1$", None),
        (r"^\p{L}$", None),
        ("^a+?$", None),
        ("^a{5000}$", None),
        ("^((a)$", None),
        ("^a)$", None),
        ("^*$", None),
        ("^é$", None),
        ("", None),
    ],
)
def test_patterns_become_what_a_grammar_reads(pattern: str, grammar: str | None) -> None:
    assert grammar_pattern(pattern) == grammar


@pytest.mark.parametrize(
    "pattern",
    ["^[^/]+$", "^[^a-z]{2}$", r"^\w+@\w+\.(com|org)$", "^x.y$", r"[.]js$", "^-?\\d{1,3}"],
)
def test_a_grammar_is_never_looser_than_its_pattern(pattern: str) -> None:
    grammar = grammar_pattern(pattern)
    assert grammar is not None

    @given(st.from_regex(grammar.replace("$", r"\Z") if grammar.count("$") == 1 else grammar))
    @settings(max_examples=40)
    def holds(text: str) -> None:
        assert re.search(pattern, text)

    holds()


@pytest.mark.parametrize("format_", list(FORMAT_PATTERNS))
def test_format_patterns_make_values_of_their_formats(format_: str) -> None:
    valid = compile_schema({"type": "string", "format": format_})

    @given(st.from_regex(FORMAT_PATTERNS[format_].replace("$", r"\Z")))
    @settings(max_examples=25)
    def holds(text: str) -> None:
        assert valid.is_valid(text)

    holds()


def hostile() -> list[JsonObject]:
    """Schemas of a few lines that unfold for ever, or to 2**60 parts."""
    loop = {"anyOf": [{"$ref": "#/$defs/n"}, {"type": "string"}], "minLength": 1}
    doubled: JsonObject = {"d60": {"type": "string"}}
    paired: JsonObject = {"d60": {"type": "string"}}
    for i in range(60):
        ref = {"$ref": f"#/$defs/d{i + 1}"}
        doubled[f"d{i}"] = {"allOf": [ref, ref], "maxLength": 9}
        paired[f"d{i}"] = {"type": "object", "properties": {"a": ref, "b": ref}}
    return [
        {"$defs": {"n": loop}, "$ref": "#/$defs/n"},
        {"$defs": doubled, "$ref": "#/$defs/d0"},
        {"$defs": paired, "$ref": "#/$defs/d0"},
        {"$defs": {"a": {"$ref": "#/$defs/a"}}, "type": "object", "allOf": [{"$ref": "#/$defs/a"}]},
    ]


@pytest.mark.parametrize("schema", hostile())
@pytest.mark.parametrize("dialect", list(SUBSETS))
def test_schemas_that_unfold_without_end_are_bounded(schema: JsonObject, dialect: Dialect) -> None:
    reduced = reduce_schema(schema, dialect)
    reduced.restore({"value": {"a": {"b": None}}})
    shape = Shape(schema=schema, source="schema")
    with_count(shape, 3)
    score(shape)
    assert len(json.dumps(reduced.schema)) < 10**6


def test_real_schemas_reduce_to_schemas_that_compile() -> None:
    """And leave the schema they were made of as it was."""
    lines = shared("jsonschemabench/sample.jsonl").read_text().splitlines()
    for line in lines[::7]:
        schema = json.loads(line)["schema"]
        before = copy.deepcopy(schema)
        for dialect in SUBSETS:
            reduced = reduce_schema(schema, dialect)
            try:
                compile_schema(reduced.schema)
            except ShapeError as error:
                pytest.fail(f"{dialect}: {error} in {json.dumps(reduced.schema)[:500]}")
            refs = {sub["$ref"] for sub in every(reduced.schema) if "$ref" in sub}
            assert isinstance(reduced.schema, dict)
            assert refs <= {f"#/$defs/{name}" for name in reduced.schema.get("$defs", {})}
        assert schema == before


def test_valid_instances_survive_the_way_back() -> None:
    """A value without nulls is not touched by restoring it."""
    lines = shared("maskbench_sample.jsonl").read_text().splitlines()
    for line in lines[::10]:
        entry = json.loads(line)
        reduced = reduce_schema(entry["schema"], "openai")
        for case in entry["tests"]:
            if case["valid"]:
                wrapped = {"value": case["data"]} if reduced.wrapped else case["data"]
                restored = reduced.restore(wrapped)
                assert compile_schema(entry["schema"]).is_valid(restored), case["description"]
