from __future__ import annotations

from mockwright.embedded_chat.entities import extract_entities
from mockwright.embedded_chat.slot_filling import fill_slots
from mockwright.types import MISSING, JsonObject
from tests.embedded_chat.chats import STRING, USER, obj


def test_only_what_is_said_is_given() -> None:
    assert fill_slots(USER, extract_entities("Ada Lovelace is 36 years old")) == {
        "name": "Ada Lovelace",
        "age": 36,
    }


def test_what_follows_a_colon_counts_before_any_guess() -> None:
    said = extract_entities("in Rome, a user named Ada. name: Zoe, city: Oslo")
    assert fill_slots(obj(name=STRING, city=STRING), said) == {"name": "Zoe", "city": "Oslo"}


def test_a_schema_that_refers_to_itself_ends() -> None:
    node: JsonObject = {**obj(name=STRING, next={"$ref": "#"}), "required": ["name"]}
    assert fill_slots(node, extract_entities("named Ada")) is not MISSING
    assert fill_slots({"$ref": "#"}, extract_entities("named Ada")) is MISSING


def test_nothing_said_gives_nothing() -> None:
    assert fill_slots(USER, extract_entities("hello")) is MISSING
    assert fill_slots(True, extract_entities("named Ada Lovelace")) is MISSING
