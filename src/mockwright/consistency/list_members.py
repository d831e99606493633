"""Members of a list: which known entities it has to show, and which it must not."""

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
"""The most members that are expected."""
# "123e4567-e89b-42d3-a456-426614174000"
_UUID: Final = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
# An id that ends in a number: "ord_0012" is "ord_" and "0012".
_COUNTED: Final = re.compile(r"(.*?)(\d{1,15})", re.DOTALL)


@dataclass(frozen=True, slots=True)
class ExpectedMembers:
    """The known members of a part of a list, in their order."""

    members: tuple[Entity, ...] = ()
    closed: bool = False
    """Whether these are all: the same part was shown before."""

    @property
    def keys(self) -> tuple[str, ...]:
        """The ids of the members, as texts."""
        return tuple(member.key for member in self.members)


def expected(facts: FactStore, route: ResourceRoute) -> ExpectedMembers:
    """Return what a list has to begin with."""
    noun = facts.own(route.noun)
    if not route.several or (noun in WEAK and route.parents):
        return ExpectedMembers()
    listing = facts.lists.get(route.listing, ListFacts())
    start, shown = route.page.start, listing.lengths.get(route.page.key)
    keys = list(_shown_keys(listing, start, _MOST if shown is None else shown))
    found = [facts.find(noun, key) for key in keys]
    placed = tuple(entity for entity in found if entity is not None and not entity.gone)
    if shown is not None:
        # Shown before, it is closed; unless one of its members has been deleted since.
        return ExpectedMembers(placed, closed=len(placed) == shown)
    most = _MOST if route.page.size is None else route.page.size
    # Members without a position go onto the first page, behind those that have one.
    further = _unplaced(facts, route, noun, listing) if start == 0 else ()
    return ExpectedMembers((*placed, *further)[:most])


def _shown_keys(listing: ListFacts, start: int, most: int) -> Iterator[str]:
    """Yield the ids that were shown from ``start`` on, up to the first unknown position."""
    for i in range(start, start + most):
        if i not in listing.places:
            return
        yield listing.places[i]


def _unplaced(
    facts: FactStore, route: ResourceRoute, noun: str, listing: ListFacts
) -> tuple[Entity, ...]:
    """Return the entities that belong into the list and have no position yet."""
    placed = set(listing.places.values())
    fits = Fits(facts, route)
    listed = (one for one in facts.members(noun) if one.key not in placed)
    return tuple(one for one in listed if fits(one) is True)


class Fits:
    """Whether an entity belongs into a list, by a call; None where that is not known."""

    def __init__(self, facts: FactStore, route: ResourceRoute) -> None:
        self._sheet = facts
        self._route = route
        self._noun = facts.own(route.noun)
        members = list(facts.members(self._noun))
        # A parameter that no member has a field for may be no filter at all.
        self._filters = [
            (name, text)
            for name, text in route.filters
            if any(one.find(name) is not MISSING for one in members)
        ]

    def __call__(self, entity: Entity) -> bool | None:
        """Return whether an entity's owner, fields and texts are those the request asks for."""
        found = [
            self._is_linked(entity),
            *(_passes_filter(entity.find(n), t) for n, t in self._filters),
        ]
        if self._route.search:
            found.append(_mentions(entity, self._route.search))
        return False if False in found else None if None in found else True

    def _is_linked(self, entity: Entity) -> bool | None:
        owner = self._sheet.owner(self._route)
        if owner is None:
            return True
        link = entity.links.get(owner[0])
        return None if link is None else link == owner[1]


def _passes_filter(known: Json, text: str) -> bool | None:
    """Whether a field has a value of a filter such as ``status=open,paid``; None if unknown."""
    if known is MISSING or isinstance(known, dict | list):
        return None
    said = str(known).lower() if known is not None else "null"
    return said in [part.strip() for part in text.lower().split(",")]


def _mentions(entity: Entity, text: str) -> bool:
    texts = (f.value for f in entity.fields.values() if isinstance(f.value, str))
    return any(text in found.lower() for found in texts)


class Outsiders:
    """The ids a list must not show: those of another parent, another page, another filter."""

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
    """Return the list that an entity has under a noun, such as the ``items`` of an order."""
    last = noun.split(" ")[-1]
    for fact in entity.fields.values():
        if isinstance(fact.value, list) and noun_of(fact.name).split(" ")[-1] == last:
            return fact.value
    return None


def fresh_id(taken: set[str], like: Json, place: str) -> Json:
    """Return an id of the same form that is not ``taken``; the same for the same ``place``."""
    if isinstance(like, int):
        numbers = [int(key) for key in taken if key.isascii() and key.isdigit() and len(key) < 16]
        # The next number, as a database would give it.
        return max(numbers, default=0) + 1
    text = str(like)
    if _UUID.fullmatch(text):
        # From the place, so that the same request gets the same id.
        found = str(UUID(bytes=blake2b(place.encode(), digest_size=16).digest(), version=4))
        return found.upper() if text.isupper() else found
    counted = _COUNTED.fullmatch(text)
    head, digits = (counted[1], counted[2]) if counted else (f"{text}-", "1")
    number = int(digits) + 1
    while (made := f"{head}{number:0{len(digits)}d}") in taken:
        number += 1
    return made


def pick(members: list[Entity], place: str) -> Entity:
    """Return one of the members, the same for the same place."""
    number = int.from_bytes(blake2b(place.encode("utf-8", "replace"), digest_size=8).digest())
    return members[number % len(members)]
