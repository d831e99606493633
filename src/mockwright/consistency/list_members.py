"""Which known entities a list has to show, and which it must not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final
from uuid import UUID

from mockwright.consistency.entity_names import WEAK, noun_of
from mockwright.consistency.fact_sheet import Entity, FactStore, ListFacts
from mockwright.consistency.request_route import ResourceRoute
from mockwright.types import MISSING, Json

_MOST: Final = 1_000
_UUID: Final = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
_COUNTED: Final = re.compile(r"(.*?)(\d{1,15})", re.DOTALL)


@dataclass(frozen=True, slots=True)
class ExpectedMembers:
    """The known members of a part of a list, in their order."""

    members: tuple[Entity, ...] = ()
    closed: bool = False
    """Whether these are all: the same part was shown before."""

    @property
    def keys(self) -> tuple[str, ...]:
        """Their ids."""
        return tuple(member.key for member in self.members)


def expected(facts: FactStore, route: ResourceRoute) -> ExpectedMembers:
    """What a list has to begin with."""
    noun = facts.own(route.noun)
    if not route.several or (noun in WEAK and route.parents):
        return ExpectedMembers()
    listing = facts.lists.get(route.listing, ListFacts())
    start, shown = route.page.start, listing.lengths.get(route.page.key)
    keys = list(_run(listing, start, _MOST if shown is None else shown))
    found = [facts.find(noun, key) for key in keys]
    placed = tuple(entity for entity in found if entity is not None and not entity.gone)
    if shown is not None:
        return ExpectedMembers(placed, closed=len(placed) == shown)
    most = _MOST if route.page.size is None else route.page.size
    further = _unplaced(facts, route, noun, listing) if start == 0 else ()
    return ExpectedMembers((*placed, *further)[:most])


def _run(listing: ListFacts, start: int, most: int) -> Iterator[str]:
    for i in range(start, start + most):
        if i not in listing.places:
            return
        yield listing.places[i]


def _unplaced(
    facts: FactStore, route: ResourceRoute, noun: str, listing: ListFacts
) -> tuple[Entity, ...]:
    placed = set(listing.places.values())
    fits = Fits(facts, route)
    listed = (one for one in facts.members(noun) if one.key not in placed)
    return tuple(one for one in listed if fits(one) is True)


class Fits:
    """Whether an entity belongs into a list: None where that is not known."""

    def __init__(self, facts: FactStore, route: ResourceRoute) -> None:
        self._sheet = facts
        self._route = route
        self._noun = facts.own(route.noun)
        members = list(facts.members(self._noun))
        self._filters = [
            (name, text)
            for name, text in route.filters
            if any(one.find(name) is not MISSING for one in members)
        ]

    def __call__(self, entity: Entity) -> bool | None:
        """By what it belongs to, the filters and the search of the request."""
        found = [self._linked(entity), *(_says(entity.find(n), t) for n, t in self._filters)]
        if self._route.search:
            found.append(_mentions(entity, self._route.search))
        return False if False in found else None if None in found else True

    def _linked(self, entity: Entity) -> bool | None:
        owner = self._sheet.owner(self._route)
        if owner is None:
            return True
        link = entity.links.get(owner[0])
        return None if link is None else link == owner[1]


def _says(known: Json, text: str) -> bool | None:
    if known is MISSING or isinstance(known, dict | list):
        return None
    said = str(known).lower() if known is not None else "null"
    return said in [part.strip() for part in text.lower().split(",")]


def _mentions(entity: Entity, text: str) -> bool:
    texts = (f.value for f in entity.fields.values() if isinstance(f.value, str))
    return any(text in found.lower() for found in texts)


class Outsiders:
    """Which ids a list must not show: those of another parent, another page, another filter."""

    def __init__(self, facts: FactStore, route: ResourceRoute, length: int) -> None:
        self._sheet = facts
        self._noun = facts.own(route.noun)
        self._fits = Fits(facts, route)
        start = route.page.start
        places = facts.lists.get(route.listing, ListFacts()).places
        self._elsewhere = {key for at, key in places.items() if not start <= at < start + length}

    def __contains__(self, key: str) -> bool:
        known = self._sheet.find(self._noun, key)
        if known is None:
            return False
        return key in self._elsewhere or known.gone or self._fits(known) is False


def parts_of(entity: Entity, noun: str) -> list[Json] | None:
    """The list that an entity has under a noun: the ``items`` of an order."""
    last = noun.split(" ")[-1]
    for fact in entity.fields.values():
        if isinstance(fact.value, list) and noun_of(fact.name).split(" ")[-1] == last:
            return fact.value
    return None


def fresh_id(taken: set[str], like: Json, place: str) -> Json:
    """An id of the same form that is not ``taken``; the same for the same ``place``."""
    if isinstance(like, int):
        numbers = [int(key) for key in taken if key.isascii() and key.isdigit() and len(key) < 16]
        return max(numbers, default=0) + 1
    text = str(like)
    if _UUID.fullmatch(text):
        found = str(UUID(bytes=blake2b(place.encode(), digest_size=16).digest(), version=4))
        return found.upper() if text.isupper() else found
    counted = _COUNTED.fullmatch(text)
    head, digits = (counted[1], counted[2]) if counted else (f"{text}-", "1")
    number = int(digits) + 1
    while (made := f"{head}{number:0{len(digits)}d}") in taken:
        number += 1
    return made


def pick(members: list[Entity], place: str) -> Entity:
    """One of them, the same for the same place."""
    number = int.from_bytes(blake2b(place.encode("utf-8", "replace"), digest_size=8).digest())
    return members[number % len(members)]
