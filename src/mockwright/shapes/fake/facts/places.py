"""Where an object is."""

from __future__ import annotations

from typing import Final

from mockwright.shapes.fake.context import Scope
from mockwright.shapes.fake.facts.streams import stream
from mockwright.shapes.fake.facts.subject import inherits, locale
from mockwright.shapes.fake.kinds import kind_of
from mockwright.shapes.fake.locales import country_of
from mockwright.shapes.fake.places import Place, find_places, places_in

_RANKS: Final = {"country": 0, "country_code": 0, "state": 1, "state_code": 1, "city": 2}


def place(scope: Scope) -> Place:
    """A real city, in the places that the object already names."""
    known: Place | None = scope.facts.get("place")
    if known is None:
        found = _given(scope)
        if found is None and inherits(scope, "place") and scope.parent is not None:
            known = place(scope.parent)
        else:
            options = found or places_in(country_of(locale(scope)))
            known = stream(scope, "place").choice(options)
        scope.facts["place"] = known
    return known


def _given(scope: Scope) -> tuple[Place, ...] | None:
    best: tuple[Place, ...] | None = None
    rank = -1
    for name, value in scope.made.items():
        kind = kind_of(name) or ""
        if kind in _RANKS and isinstance(value, str) and _RANKS[kind] > rank:
            options = find_places(kind.removesuffix("_code"), value)
            if best:
                options = tuple(p for p in options if p in best) or best
            if options:
                best, rank = options, _RANKS[kind]
    return best
