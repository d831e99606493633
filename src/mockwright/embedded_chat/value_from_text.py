"""Values made from the words of a request: what they say is kept, the rest is the generator's."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from mockwright.conformance.conform import keep_input
from mockwright.embedded_chat.entities import Entities, extract_entities
from mockwright.embedded_chat.slot_filling import fill_slots
from mockwright.errors import MockwrightError
from mockwright.generator import generate
from mockwright.generator.context.subject import PEOPLE
from mockwright.generator.interfaces import Hints, Realist
from mockwright.naming import noun
from mockwright.schema.keywords import word_set
from mockwright.schema.validate import compile_schema
from mockwright.shapes.count import Path, edit_list, find_lists
from mockwright.types import Json, JsonObject

_MAX_COUNT: Final = 100
"""Items that the words can ask for."""
_LISTED: Final = word_set("item result entry example element record row object thing")
"""Nouns that may mean the items of any list."""


def make_from_words(
    schema: JsonObject | bool, *, seed: int, hints: Hints, realist: Realist | None = None
) -> Json:
    """Return a value of ``schema`` with what ``hints.prompt`` says where a field asks for it.

    Raises UnsatisfiableError where no value satisfies the schema.
    """
    if isinstance(schema, dict) and schema.get("properties") == {} and _empty_fits(schema):
        return {}
    said = extract_entities(hints.prompt or "")
    counted = with_said_count(schema, said)
    given = fill_slots(counted, said)
    known = replace(hints, given=given)
    try:
        value = generate(counted, seed=seed, hints=known, realist=realist)
    except MockwrightError:
        # The count is a wish, and the schema may forbid it in ways that only a search finds out.
        value = generate(schema, seed=seed, hints=known, realist=realist)
    return keep_input(value, given, schema, on_conflict="coerce").value


def _empty_fits(schema: JsonObject) -> bool:
    """Whether nothing at all conforms, so that a tool without arguments is called with none."""
    return compile_schema(schema).is_valid({})


def with_said_count(schema: JsonObject | bool, entities: Entities) -> JsonObject | bool:
    """Return ``schema`` with as many items in its list as the words ask for, if it allows that."""
    if not isinstance(schema, dict) or (wanted := _said_count(schema, entities)) is None:
        return schema
    path, number = wanted
    try:
        return edit_list(schema, path, number, free=False)
    except MockwrightError:
        return schema


def _said_count(schema: JsonObject, entities: Entities) -> tuple[Path, int] | None:
    paths = list(find_lists(schema))[:20]
    for number, what in entities.counts:
        if not 0 < number <= _MAX_COUNT:
            continue
        for path in paths:
            if _list_noun(path) == what:
                return path, number
        if paths and (what in _LISTED or _is_all(schema, paths[0])):
            return paths[0], number
    people = max(len(entities.people), len(entities.emails))
    named = [path for path in paths if _list_noun(path) in PEOPLE or not path]
    return (named[0], people) if people and named else None


def _list_noun(path: Path) -> str:
    names = [str(key) for keyword, key in path if keyword == "properties"]
    return noun(names[-1]) if names else ""


def _is_all(schema: JsonObject, path: Path) -> bool:
    """Whether the list is all there is to the answer."""
    return not path or len(schema.get("properties", ())) == 1
