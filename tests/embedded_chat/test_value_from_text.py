from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockwright.embedded_chat.value_from_text import make_from_words
from mockwright.errors import UnsatisfiableError
from mockwright.generator.interfaces import Hints
from mockwright.schema.validate import compile_schema
from mockwright.types import JsonObject
from tests.embedded_chat.chats import INTEGER, STRING, USER, obj
from tests.strategies import schemas


def make(schema: JsonObject, prompt: str) -> Any:
    value = make_from_words(schema, seed=1, hints=Hints(prompt=prompt))
    assert compile_schema(schema).is_valid(value)
    return value


def test_a_person_is_taken_from_the_words() -> None:
    made = make(USER, "a user named Ada Lovelace, 36 years old, email: ada@example.com, in London")
    assert made == {"name": "Ada Lovelace", "age": 36, "email": "ada@example.com", "city": "London"}


def test_what_is_not_said_agrees_with_what_is() -> None:
    assert "lovelace" in make(USER, "a user named Ada Lovelace")["email"]


def test_first_and_last_names_are_parts_of_one() -> None:
    made = make(obj(firstName=STRING, last_name=STRING), "for a user named Ada Lovelace")
    assert made == {"firstName": "Ada", "last_name": "Lovelace"}


def test_references_and_optional_fields_are_followed() -> None:
    schema = {
        **obj(user={"$ref": "#/$defs/U"}, note={"anyOf": [STRING, {"type": "null"}]}),
        "$defs": {"U": USER},
    }
    made = make(schema, "Jason is 25 years old, note: urgent")
    assert (made["user"]["name"], made["user"]["age"], made["note"]) == ("Jason", 25, "urgent")


@pytest.mark.parametrize(
    ("prompt", "count"),
    [("three users", 3), ("a list of 5 users", 5), ("give me 2 items", 2), ("two people", 2)],
)
def test_as_many_as_the_words_ask_for(prompt: str, count: int) -> None:
    assert len(make(obj(users={"type": "array", "items": USER}), prompt)["users"]) == count


def test_a_count_the_schema_forbids_is_let_go() -> None:
    schema = obj(users={"type": "array", "items": USER, "maxItems": 2})
    assert len(make(schema, "seven users")["users"]) <= 2


def test_several_people_are_an_item_each() -> None:
    schema = obj(users={"type": "array", "items": USER})
    made = make(schema, "Extract: John Smith, 25, and Jane Doe is 30 years old")
    assert [user["name"] for user in made["users"]] == ["John Smith", "Jane Doe"]


def test_a_word_of_an_enumeration_is_kept() -> None:
    schema = obj(unit={"enum": ["celsius", "fahrenheit"]}, size={"enum": ["small", "x-large"]})
    assert make(schema, "in Fahrenheit, X-Large") == {"unit": "fahrenheit", "size": "x-large"}


def test_numbers_without_names_are_taken_in_turn() -> None:
    assert make(obj(a=INTEGER, b=INTEGER), "add 2 and 40") == {"a": 2, "b": 40}


def test_numbers_go_to_the_field_beside_them() -> None:
    schema = obj(days=INTEGER, limit=INTEGER)
    assert make(schema, "a forecast for 5 days, limit 10") == {"days": 5, "limit": 10}


@pytest.mark.parametrize(
    ("name", "prompt", "value"),
    [
        ("query", "Search the web for llamas in space", "llamas in space"),
        ("expression", "What is 12 * (3 + 4)?", "12 * (3 + 4)"),
        ("topic", "Write about the deep sea.", "deep sea"),
        ("text", "Say 'good morning' aloud", "good morning"),
        ("origin", "from Berlin to Rome", "Berlin"),
        ("destination", "from Berlin to Rome", "Rome"),
        ("date", "a table for tomorrow", "tomorrow"),
        ("body", "send an email saying hi there.", "hi there"),
        ("to", "send an email to ada@example.com", "ada@example.com"),
        ("ticker", "What's the price of AAPL?", "AAPL"),
        ("url", "open https://a.example/x.", "https://a.example/x"),
    ],
)
def test_a_text_is_found_for_a_field(name: str, prompt: str, value: str) -> None:
    assert make(obj(**{name: STRING}), prompt) == {name: value}


def test_people_who_come_are_not_what_they_come_to() -> None:
    schema = obj(name=STRING, date=STRING, participants={"type": "array", "items": STRING})
    made = make(schema, "Alice and Bob are going to a science fair on Friday.")
    assert (made["date"], made["participants"]) == ("Friday", ["Alice", "Bob"])
    assert made["name"] not in ("Alice", "Bob")


def test_what_has_no_fields_gets_none() -> None:
    assert make({"type": "object", "properties": {}}, "roll a die") == {}


def test_words_that_break_the_schema_are_left_out() -> None:
    schema = obj(age={"type": "integer", "maximum": 20}, name={"type": "string", "maxLength": 3})
    made = make(schema, "Ada Lovelace is 36 years old")
    assert made["age"] <= 20


@given(schema=schemas(), prompt=st.text(max_size=80) | st.just("name: Ada, 3 tags, price 2, id 7"))
def test_it_always_conforms(schema: JsonObject, prompt: str) -> None:
    try:
        make(schema, prompt)
    except UnsatisfiableError:
        with pytest.raises(UnsatisfiableError):
            make_from_words(schema, seed=1, hints=Hints())
