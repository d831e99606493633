"""Where an object is."""

from __future__ import annotations

from typing import Final

from mockwright.generator.context.streams import deal, stream
from mockwright.generator.context.subject import entity, inherits, locale
from mockwright.generator.field_kinds import kind_of
from mockwright.generator.geography import City, cities_in, find_cities
from mockwright.generator.interfaces import ObjectScope
from mockwright.generator.locales import country_of
from mockwright.generator.tables import records

_RANKS: Final = {"country": 0, "country_code": 0, "state": 1, "state_code": 1, "city": 2}


def place(scope: ObjectScope) -> City:
    """A real city, in the places that the object already names."""
    known: City | None = scope.facts.get("place")
    if known is None:
        found = _given(scope)
        if found is None and inherits(scope, "place") and scope.parent is not None:
            known = place(scope.parent)
        else:
            known = _anywhere(scope, found or cities_in(country_of(locale(scope))), found is None)
        scope.facts["place"] = known
    return known


def _anywhere(scope: ObjectScope, options: tuple[City, ...], free: bool) -> City:
    if free and entity(scope) == "country":
        # A list of countries holds one of each.
        return cities_in(deal(scope, "countries", records("countries"))[0])[0]
    if free and entity(scope) in ("city", "town"):
        return deal(scope, "cities", options)
    return stream(scope, "place").choice(options)


def country_row(scope: ObjectScope) -> tuple[str, ...]:
    """Code, capital, continent and people of the country where the object is."""
    code = place(scope).country.code
    return next((row for row in records("countries") if row[0] == code), records("countries")[0])


def _given(scope: ObjectScope) -> tuple[City, ...] | None:
    best: tuple[City, ...] | None = None
    rank = -1
    for name, value in scope.made.items():
        kind = kind_of(name) or ""
        if kind in _RANKS and isinstance(value, str) and _RANKS[kind] > rank:
            options = find_cities(kind.removesuffix("_code"), value)
            if best:
                options = tuple(p for p in options if p in best) or best
            if options:
                best, rank = options, _RANKS[kind]
    return best
