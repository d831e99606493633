from __future__ import annotations

import json

import pytest

from mockwright.embedded_chat.json_request import (
    RequestedSchema,
    find_requested_schema,
    from_words,
    json_values,
)
from mockwright.embedded_chat.transcript import Transcript
from mockwright.types import JsonObject
from tests.embedded_chat.chats import USER


def wanted(user: str, system: str = "") -> RequestedSchema:
    found = find_requested_schema(Transcript(user=user, system=system))
    assert found is not None
    return found


def properties(schema: JsonObject | bool) -> dict[str, JsonObject]:
    assert isinstance(schema, dict)
    return dict(schema["properties"])


def test_a_schema_in_the_prompt_is_taken() -> None:
    system = (
        f"Return JSON that matches this json_schema:\n\n{json.dumps(USER, indent=2)}\n\nPlease."
    )
    assert wanted("Jason is 25", system) == RequestedSchema(USER)


def test_of_several_schemas_the_last_is_meant() -> None:
    example = {"properties": {"foo": {"type": "array", "items": {"type": "string"}}}}
    text = (
        "The output should be formatted as JSON."
        f" As an example, for the schema {json.dumps(example)}"
        f' the object {{"foo": ["bar"]}} is well-formed.\n\n```\n{json.dumps(USER)}\n```'
    )
    assert wanted(text).schema == USER


def test_an_example_in_the_prompt_is_read_as_a_shape() -> None:
    found = wanted('Answer as JSON like {"name": "string", "age": 0, "tags": ["string"]}')
    assert {name: schema["type"] for name, schema in properties(found.schema).items()} == {
        "name": "string",
        "age": "integer",
        "tags": "array",
    }


def test_fields_that_are_named_are_taken() -> None:
    found = wanted("Return JSON with fields: title, price (number), tags and age. Thanks.")
    assert {name: schema["type"] for name, schema in properties(found.schema).items()} == {
        "title": "string",
        "price": "number",
        "tags": "array",
        "age": "integer",
    }
    assert set(properties(wanted("a JSON object with name and city").schema)) == {"name", "city"}


def test_a_noun_brings_the_fields_it_usually_has() -> None:
    assert {"id", "email"} <= set(properties(wanted("Give me a user as JSON").schema))


def test_several_are_a_list_under_their_name() -> None:
    users = properties(wanted("Give me three users as JSON").schema)["users"]
    assert users["type"] == "array"
    listed = wanted("a JSON array of books").schema
    assert isinstance(listed, dict)
    assert listed["type"] == "array"


def test_where_nothing_is_told_there_is_an_answer() -> None:
    assert set(properties(from_words("Why so?"))) == {"answer"}
    assert from_words("a list of books", whole=True)["type"] == "object"


@pytest.mark.parametrize(
    ("text", "fenced"),
    [
        ("a user as JSON", False),
        ("a user as JSON in a ```json code block", True),
        ("a user as JSON, no markdown", False),
    ],
)
def test_fences_are_for_those_who_ask(text: str, fenced: bool) -> None:
    assert wanted(text).fenced is fenced


@pytest.mark.parametrize(
    "text",
    ["hello", 'Explain this JSON: {"a": 1}', "What is JSON?", "JSON was invented by whom?",
     'Summarize the JSON data {"properties": 3}'],
)  # fmt: skip
def test_talk_about_json_asks_for_none(text: str) -> None:
    assert find_requested_schema(Transcript(user=text)) is None


def test_values_are_found_outermost_and_bounded() -> None:
    assert [value for value, _ in json_values('a {"b": [1]} c [2] {d}')] == [{"b": [1]}, [2]]
    assert list(json_values("[" * 100_000)) == []
