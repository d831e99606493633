"""Aspects of a shape: parts that could be made apart, and what binds them together.

An *aspect* is a part of the thing asked for that has parts of its own (``pricing``, ``address``,
``orderHistory``); the thing is the root, or the items of the one list that the root holds. An
aspect *depends* on the rest where its name says that it comes of somebody's doings (``history``,
``preferences``), where it refers to something else in the answer (``userId``), and where it has to
agree with another aspect in a telling field (``currency``, ``sku``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from mockwright.naming import singular
from mockwright.schema.keywords import Schema, resolve_local, word_set
from mockwright.shapes.rules.field_paths import words
from mockwright.types import Json, JsonObject

_PEOPLE: Final = word_set(
    "user customer person employee patient student member client profile contact account owner"
    " player candidate applicant subscriber guest host driver author doctor teacher"
)
"""Nouns of persons."""
_CONSEQUENT: Final = word_set(
    "history preference preferences order orders activity activities behavior behaviour transaction"
    " transactions payment payments recommendation recommendations interest interests demographic"
    " demographics validation verification summary total totals statistic statistics analytics"
    " timeline review reviews loyalty subscription billing engagement event events log logs visit"
    " visits booking bookings purchase purchases usage progress result results diagnosis treatment"
)
"""Words of aspects that come of what is known before them."""
_OF_PEOPLE: Final = _CONSEQUENT | word_set("address addresses account employment family education")
"""Words of aspects that do so if the thing is a person."""
_GENERIC: Final = word_set(
    "id name title type kind status description value label notes note count url image active unit"
    " date created updated code tags category price amount quantity weight height width size"
)
"""Words of fields that two aspects may both have without being bound by that."""
# What a prompt says a thing has: "user profiles with addresses, preferences and order history".
_WITH: Final = re.compile(
    r"\b(?:with|including|containing|having)\s+(.{3,400}?)(?:[.;:!?\n]|$)", re.I
)
# A demand to check: "must pass", "must always be valid", "schema-valid", "passes validation",
# "regulatory". Not "must have".
_MUST: Final = re.compile(
    r"\bmust (?:always )?(?:pass|be valid|conform|satisfy|comply|validate|hold)|\bschema[- ]valid"
    r"|\bvalidated\b|\bpasses? (?:the )?(?:schema )?validation|\bcomplian(?:t|ce)\b|\bregulatory\b",
    re.IGNORECASE,
)
# More than one kind of request: "a mix of", "varying complexity", "both simple".
_MIXED: Final = re.compile(
    r"\bmix(?:ed|ture)? of\b|\bvary(?:ing)? complexit|\bsimple and complex\b|\bvaried workload"
    r"|\bboth simple\b|\bfrom simple to complex\b",
    re.IGNORECASE,
)
# What separates the items of a list in words: ", ", ", and ", " and ", " & ", " plus ".
_LISTED: Final = re.compile(r",\s*(?:and\s+|plus\s+)?|\s+and\s+|\s*&\s*|\s+plus\s+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Aspects:
    """The aspects of a shape, or of the words of a request."""

    names: tuple[str, ...]
    bonds: tuple[str, ...]
    """Why some of them depend on others or on the rest, as sentences."""
    path: tuple[str, ...] = ()
    """The path of the list whose items have them; empty for the root."""

    @property
    def dependent(self) -> bool:
        """Whether any depends on anything."""
        return bool(self.bonds)


def find_aspects(schema: Schema, prompt: str | None = None) -> Aspects:
    """Return the aspects of the shape, or those of the prompt where the shape has none."""
    root = schema if isinstance(schema, dict) else {}
    path, thing, subject = _subject_of(root)
    parts = {
        name: below
        for name, part in _properties(root, thing).items()
        if (below := _part_names(root, part))
    }
    if len(parts) > 1:
        bonds = [
            *_named_bonds(parts, subject),
            *_references(parts, subject),
            *_shared_fields(parts),
        ]
        return Aspects(tuple(parts), tuple(dict.fromkeys(bonds)), path)
    told = _aspects_in_words(prompt or "")
    return told or Aspects(tuple(parts), (), path)


def asks_for_validation(prompt: str | None) -> bool:
    """Whether the words of a request ask that the answer be checked and corrected."""
    return bool(prompt and _MUST.search(prompt))


def asks_for_a_mix(prompt: str | None) -> bool:
    """Whether the words speak of requests of more than one kind."""
    return bool(prompt and _MIXED.search(prompt))


def _subject_of(root: JsonObject) -> tuple[tuple[str, ...], JsonObject, str]:
    """Return path, schema and name of the answer's subject: its one list's items, or itself."""
    if _is_list(root):
        return (), _resolved(root, root["items"]), ""
    properties = _properties(root, root)
    lists = [name for name, part in properties.items() if _is_list(_resolved(root, part))]
    # One list, and nothing beside it that has parts of its own: the answer is about its items.
    if len(lists) == 1 and not any(
        _part_names(root, properties[n]) for n in properties if n not in lists
    ):
        part = _resolved(root, properties[lists[0]])
        item = _resolved(root, part.get("items", {}))
        # Beside the list there may be a count and a cursor.
        if _properties(root, item) and len(properties) <= 3:
            return (lists[0],), item, lists[0]
    return (), root, ""


def _is_list(part: JsonObject) -> bool:
    return part.get("type") == "array" and isinstance(part.get("items"), dict)


def _properties(root: JsonObject, part: Json) -> Mapping[str, Schema]:
    found = _resolved(root, part).get("properties")
    return found if isinstance(found, dict) else {}


def _part_names(root: JsonObject, part: Json) -> frozenset[str]:
    """Return the names of the parts of a part; of its items, if it is a list of objects."""
    plain = _resolved(root, part)
    if _is_list(plain):
        plain = _resolved(root, plain["items"])
    return frozenset(_properties(root, plain))


def _resolved(root: JsonObject, part: Json) -> JsonObject:
    if isinstance(part, dict) and isinstance(part.get("$ref"), str):
        part = resolve_local(root, part["$ref"])
    return part if isinstance(part, dict) else {}


def _named_bonds(parts: Mapping[str, frozenset[str]], subject: str) -> Iterator[str]:
    """Yield the aspects whose names say that they come of something."""
    person = bool(_PEOPLE & {singular(word) for word in words(subject)})
    telling = _OF_PEOPLE if person else _CONSEQUENT
    for name in parts:
        found = telling & {*words(name), *(singular(word) for word in words(name))}
        if found:
            yield f"{name} comes of what is known before it"


def _references(parts: Mapping[str, frozenset[str]], subject: str) -> Iterator[str]:
    """Yield the fields that refer to another aspect, or to the thing: ``userId``."""
    entities = {singular(words(name)[-1]): name for name in parts if words(name)}
    if words(subject):
        entities[singular(words(subject)[-1])] = subject
    for name, fields in parts.items():
        for field in fields:
            spoken = words(field)
            if len(spoken) > 1 and spoken[-1] in ("id", "ids", "ref") and spoken[-2] in entities:
                target = entities[spoken[-2]]
                if target != name:
                    yield f"{name}.{field} refers to {target}"


def _shared_fields(parts: Mapping[str, frozenset[str]]) -> Iterator[str]:
    """Yield telling fields that two aspects both have."""
    seen: dict[str, str] = {}
    for name, fields in parts.items():
        for field in sorted(fields):
            spoken = words(field)
            if not spoken or set(spoken) <= _GENERIC:
                continue
            other = seen.setdefault(" ".join(spoken), name)
            if other != name:
                yield f"{name} and {other} both have {field}"


def _aspects_in_words(prompt: str) -> Aspects | None:
    """Return aspects that a prompt lists: ``user profiles with addresses and preferences``."""
    match = _WITH.search(prompt[:2000])
    if match is None:
        return None
    names = [part.strip() for part in _LISTED.split(match[1]) if part.strip()]
    # More than four words are a clause, and no aspect.
    if len(names) < 2 or any(len(name.split()) > 4 for name in names):
        return None
    subject = " ".join(prompt[: match.start()].split()[-3:])
    person = any(singular(word) in _PEOPLE for word in words(subject))
    telling = _OF_PEOPLE if person else _CONSEQUENT
    bonds = tuple(
        f"{name} comes of what is known before it"
        for name in names
        if telling & {word for raw in words(name) for word in (raw, singular(raw))}
    )
    return Aspects(tuple(names), bonds)
