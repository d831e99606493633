"""The laws of a consistent answer; ``docs/laws.md`` lists them for people, by their docstrings.

A law looks at one object or one list and proposes changes through a :class:`Changes`, which keeps
the caller's own values and can take everything back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Final

from mockwright.generator.interfaces import Hints
from mockwright.generator.relations import lists, people, states, sums, times
from mockwright.generator.relations.base import RELATIONS, Changes, ObjectPart, Relation, relevant
from mockwright.generator.relations.lists import foreign_keys, unique_ids
from mockwright.types import Json

__all__ = [
    "RELATIONS",
    "foreign_keys",
    "harmonise",
    "lists",
    "people",
    "states",
    "sums",
    "times",
    "unique_ids",
]

_MANY: Final = 300
"""Members of an object; what has more is a map or a table, and no object that laws speak of."""
_MAX_PARTS: Final = 20_000
"""Objects and lists of an answer; a larger one only has its ids made unique."""


def harmonise(value: Json, hints: Hints, accepts: Callable[[Json], bool]) -> Json:
    """Return ``value`` with its parts made to agree, changed in place.

    All laws are tried at once, with one check by ``accepts``; only where that fails, law by law.
    """
    parts = list(_parts(value))
    if not parts:
        return value
    ledger = Changes(set(_given_members(value, hints.given)), hints.now)
    turns = _turns(parts)
    for turn in turns:
        turn(ledger)
    if not ledger.undo or accepts(value):
        return value
    # Something was refused: each law by itself, so that only what is at fault is taken back.
    ledger.take_back()
    for turn in turns:
        turn(ledger)
        if ledger.undo and not accepts(value):
            ledger.take_back()
        ledger.undo.clear()
    return value


def _turns(parts: list[Json]) -> list[Callable[[Changes], None]]:
    """Return each law over all the parts that it speaks of, in the order of the laws."""
    listed = [part for part in parts if isinstance(part, list)]
    turns: list[Callable[[Changes], None]] = []
    if len(parts) <= _MAX_PARTS:
        objects = [
            ObjectPart(part) for part in parts if isinstance(part, dict) and 0 < len(part) <= _MANY
        ]
        for law in RELATIONS:
            spoken = [part for part in objects if law in relevant(part.keys)]
            if spoken:
                turns.append(partial(_apply, law, spoken))
        turns.append(lambda ledger: foreign_keys(objects, ledger))
    turns.append(lambda ledger: unique_ids(listed, ledger))
    return turns


def _apply(relation: Relation, parts: list[ObjectPart], changes: Changes) -> None:
    for part in parts:
        relation(part, changes)


def _parts(value: Json) -> Iterator[Json]:
    """Return every object and list, the inner before the outer."""
    found, stack = [], [value]
    while stack:
        part = stack.pop()
        if isinstance(part, dict | list):
            found.append(part)
            stack.extend(part.values() if isinstance(part, dict) else part)
    return reversed(found)


def _given_members(value: Json, given: Json) -> Iterator[tuple[int, str]]:
    """Yield the members of objects that the caller gave, by the object's ``id()``."""
    stack = [(value, given)]
    while stack:
        part, source = stack.pop()
        if isinstance(part, dict) and isinstance(source, dict):
            for key in source.keys() & part.keys():
                yield id(part), key
                stack.append((part[key], source[key]))
        elif isinstance(part, list) and isinstance(source, list):
            stack.extend(zip(part, source, strict=False))
