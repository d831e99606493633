"""Matching: which objects of an answer stand for which entities."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from mockwright.consistency.entity_names import (
    FACETS,
    WEAK,
    WRAPPERS,
    id_key,
    id_name,
    is_reference,
    names_several,
    noun_of,
    plain,
    pointed,
)
from mockwright.consistency.fact_sheet import FactStore, scoped
from mockwright.consistency.request_route import ResourceRoute
from mockwright.schema.edit import get
from mockwright.schema.locate import Path
from mockwright.types import Json, JsonObject

MAX_OBJECTS: Final = 5_000
"""The most objects of one answer; those beyond are neither learned nor held."""
_MAX_WRAPPED: Final = 4
"""The most wrappers around the answer proper."""
_MAX_DEPTH: Final = 30

Owner = tuple[str, str]
"""Noun and key of an entity."""


@dataclass(frozen=True, slots=True)
class Key:
    """A foreign key: a member that names another entity by its id."""

    name: str
    noun: str
    """The noun that its entities are kept under."""
    value: Json


@dataclass(frozen=True, slots=True)
class EntityMatch:
    """One object of an answer, and what it stands for."""

    path: Path
    value: JsonObject
    noun: str
    """``""`` where it stands for nothing that is known by an id."""
    key: str
    within: Owner | None
    """The entity that it is part of, or listed in."""
    keys: tuple[Key, ...]
    """Its foreign keys."""
    id_name: str | None = None
    """The member that holds its own id."""

    @property
    def owner(self) -> Owner | None:
        """Noun and key, if it stands for something."""
        return (self.noun, self.key) if self.noun else None


@dataclass(frozen=True, slots=True)
class View:
    """An answer as it was read."""

    route: ResourceRoute
    subject: Path | None
    """The object that the path names, or that was created."""
    items: Path | None
    """The list that the path names."""
    seen: tuple[EntityMatch, ...]
    """All objects, the outer before the inner."""

    def at(self, path: Path) -> EntityMatch | None:
        """Return the object at a path, or None."""
        return next((one for one in self.seen if one.path == path), None)


def look(value: Json, route: ResourceRoute, facts: FactStore, implied: Sequence[str] = ()) -> View:
    """Return an answer as read; ``implied`` are the ids of its list's items that show none."""
    subject, items = find_subject(value, route)
    if subject is not None and route.several and not route.creates:
        # ``{"count": 3}``, ``{"message": "ok"}``: something about the list.
        subject = None
    reading = _Reading(route, facts, subject, items, implied)
    return View(route, subject, items, tuple(reading.read(value)))


def find_subject(value: Json, route: ResourceRoute) -> tuple[Path | None, Path | None]:
    """Return the paths of the one object and of the list that the request is about; one is None."""
    path: Path = ()
    for _ in range(_MAX_WRAPPED):
        here = get(value, path)
        if isinstance(here, list):
            return None, path
        if not isinstance(here, dict):
            return None, None
        inner = _member_within(here, route)
        if inner is None:
            return path, None
        path = (*path, inner)
    return None, None


def _member_within(value: JsonObject, route: ResourceRoute) -> str | None:
    """Return the member that holds the answer proper; None if the object itself is it."""
    names = [name for name, item in list(value.items())[:50] if isinstance(item, dict | list)]
    last = route.noun.split(" ")[-1]
    bare = id_name(value, route.noun) is None
    # Its own noun is surer than a wrapper: in ``{"data": {...}, "user": {...}}`` the user is asked.
    for name in names:
        listed = isinstance(value[name], list)
        if noun_of(name).split(" ")[-1] == last and bare and (route.several or not listed):
            return name
    for name in names:
        listed = isinstance(value[name], list)
        if plain(name) in WRAPPERS and bare and (route.several or not listed):
            return name
    return None


@dataclass(frozen=True, slots=True)
class _Pending:
    """A part of the answer that is still to be read, and what is known of it from outside."""

    path: Path
    value: Json
    noun: str = ""
    within: Owner | None = None
    key: str | None = None
    """Its id, from beside it: in ``{"customerId": 3, "customer": {...}}`` the inner one is 3."""
    keys: Sequence[str | None] = ()
    """The ids of the items of a list that show none."""


class _Reading:
    """One reading of an answer."""

    def __init__(
        self,
        route: ResourceRoute,
        facts: FactStore,
        subject: Path | None,
        items: Path | None,
        implied: Sequence[str],
    ) -> None:
        self.implied = implied
        self.route = route
        self.facts = facts
        self.subject = subject
        self.items = items
        self.noun, self.key = facts.subject(route)
        self.parent = facts.owner(route)

    def read(self, value: Json) -> Iterator[EntityMatch]:
        """Yield every object, in document order."""
        stack = [_Pending((), value)]
        count = 0
        while stack and count < MAX_OBJECTS:
            part = stack.pop()
            if isinstance(part.value, dict):
                count += 1
                one = self._object(part, part.value)
                yield one
                stack.extend(reversed(list(self._members(one))))
            elif isinstance(part.value, list):
                stack.extend(reversed(list(self._items(part, part.value[:MAX_OBJECTS]))))

    def _items(self, part: _Pending, items: list[Json]) -> Iterator[_Pending]:
        noun, within, keys = part.noun, part.within, part.keys
        if part.path == self.items:
            noun, within, keys = self.noun, self.parent, self.implied
        for i, item in enumerate(items):
            key = keys[i] if i < len(keys) else None
            yield _Pending((*part.path, i), item, noun, within, key)

    def _members(self, one: EntityMatch) -> Iterator[_Pending]:
        if len(one.path) > _MAX_DEPTH:
            return
        owner = one.owner or one.within
        beside = {plain(key.name): id_key(key.value) for key in one.keys}
        for name, item in one.value.items():
            if isinstance(item, dict | list):
                noun = self._noun_of_member(name, item, owner)
                key = beside.get(plain(name) + "id") if isinstance(item, dict) else None
                keys = self._keys_of(owner, name, item) if isinstance(item, list) else ()
                yield _Pending((*one.path, name), item, noun, owner, key, keys)

    def _keys_of(self, owner: Owner | None, name: str, items: list[Json]) -> Sequence[str | None]:
        """Return the ids of lines that an order is known to have, if all of them are there."""
        entity = None if owner is None else self.facts.find(*owner)
        known = None if entity is None else entity.find(name)
        if not isinstance(known, list) or len(known) != len(items):
            return []
        return [id_key(one["id"]) if is_reference(one) else None for one in known]

    def _noun_of_member(self, name: str, item: Json, owner: Owner | None) -> str:
        """Return what a member holds, or a list of; ``""`` where its name does not tell."""
        noun, said = noun_of(name), plain(name)
        part = noun in WEAK and owner is not None
        if said in FACETS or (said in WRAPPERS and not part):
            return ""
        if names_several(name) != isinstance(item, list):
            return ""
        return noun if part else self.facts.resolve(noun)

    def _object(self, part: _Pending, value: JsonObject) -> EntityMatch:
        if part.path == self.subject:
            return self._match_subject(part, value)
        own = id_name(value, part.noun) if part.noun else None
        key = part.key if own is None else id_key(value[own])
        listed = self.items is not None and part.path[:-1] == self.items
        # A part of nothing known cannot be told from other things' parts.
        lost = part.noun in WEAK and part.within is None and not listed
        if key is None or lost:
            return self._match(part, value, "", "", own)
        return self._match(part, value, part.noun, scoped(part.noun, key, part.within), own)

    def _match_subject(self, part: _Pending, value: JsonObject) -> EntityMatch:
        """Match the subject: what is created by its own id, anything else by the path's."""
        own = id_name(value, self.route.noun)
        key = self.key
        if self.route.creates:
            name = None if own is None else id_key(value[own])
            key = "" if name is None else scoped(self.noun, name, self.parent)
        part = _Pending(part.path, value, within=self.parent)
        return self._match(part, value, self.noun if key else "", key, own)

    def _match(
        self, part: _Pending, value: JsonObject, noun: str, key: str, own: str | None
    ) -> EntityMatch:
        keys = tuple(one for one in self._foreign_keys(value) if one.name != own)
        return EntityMatch(part.path, value, noun, key, part.within, keys, own)

    def _foreign_keys(self, value: JsonObject) -> Iterator[Key]:
        for name, item in value.items():
            noun = pointed(name)
            if noun and id_key(item) is not None:
                yield Key(name, self.facts.resolve(noun), item)
