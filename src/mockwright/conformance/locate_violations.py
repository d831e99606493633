"""Location of what is wrong with a value, as deep down as it can be mended."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from mockwright.schema.edit import get, path_of
from mockwright.schema.keywords import Schema
from mockwright.schema.locate import ValueLocator
from mockwright.types import Json, JsonObject, Violation

_MAX_HOPS: Final = 8
"""The most choices and references that are followed from one violation."""
_INNER: Final = frozenset({"anyOf", "oneOf", "schema", "$ref", "allOf", "if", "then", "else"})
"""Codes of violations whose cause is in a subschema: a choice, a reference, a condition."""


def faults(places: ValueLocator, value: Json, limit: int) -> list[Violation]:
    """Return the violations, those of a choice replaced by those of its closest branch.

    Deepest first, and the last items of a list first: mending one moves no other.
    """
    found: dict[tuple[str, str], Violation] = {}
    for violation in places.compiled.violations(value, limit):
        for fault in _trace(places, value, violation, 0):
            found.setdefault((fault.pointer, fault.code), fault)
    return sorted(found.values(), key=lambda fault: fault.pointer.count("/"), reverse=True)


def _trace(
    places: ValueLocator, value: Json, violation: Violation, hops: int
) -> Iterator[Violation]:
    """Yield the violations that are behind one, or that one itself."""
    if violation.code not in _INNER or hops > _MAX_HOPS:
        yield violation
        return
    path = path_of(value, violation.pointer)
    place = get(value, path)
    flat = places.flat(places.at(value, path), place)
    below = [
        Violation(violation.pointer + fault.pointer, fault.code, fault.message)
        for fault in places.violations(_without_choices(flat), place)
    ]
    if not below:
        yield violation
    for fault in below:
        yield from _trace(places, value, fault, hops + 1)


def _without_choices(flat: Iterable[JsonObject]) -> list[Schema]:
    """Return the schemas without choices and references, which ``flat`` has by themselves."""
    left_out = {"anyOf", "oneOf", "allOf", "$ref", "$dynamicRef", "$recursiveRef", "if", "$schema"}
    return [
        {keyword: held for keyword, held in schema.items() if keyword not in left_out}
        for schema in flat
    ]
