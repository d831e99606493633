from __future__ import annotations

from mockwright.embedded_chat.entities import listen
from mockwright.embedded_chat.slot_filling import given_for
from mockwright.types import MISSING, JsonObject
from tests.embedded_chat.chats import STRING, USER, obj


def test_only_what_is_said_is_given() -> None:
    assert given_for(USER, listen("Ada Lovelace is 36 years old")) == {
        "name": "Ada Lovelace",
        "age": 36,
    }


def test_what_follows_a_colon_counts_before_any_guess() -> None:
    said = listen("in Rome, a user named Ada. name: Zoe, city: Oslo")
    assert given_for(obj(name=STRING, city=STRING), said) == {"name": "Zoe", "city": "Oslo"}


def test_a_schema_that_refers_to_itself_ends() -> None:
    node: JsonObject = {**obj(name=STRING, next={"$ref": "#"}), "required": ["name"]}
    assert given_for(node, listen("named Ada")) is not MISSING
    assert given_for({"$ref": "#"}, listen("named Ada")) is MISSING


def test_nothing_said_gives_nothing() -> None:
    assert given_for(USER, listen("hello")) is MISSING
    assert given_for(True, listen("named Ada Lovelace")) is MISSING
