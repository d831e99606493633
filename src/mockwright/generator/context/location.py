"""Where an object is: a real city, in the country of the locale unless the object names another."""

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
"""How exactly a kind of name tells a place; the most exact one that is known counts."""


def place(scope: ObjectScope) -> City:
    """Return a real city, in the places that the object already names."""
    known: City | None = scope.facts.get("place")
    if known is None:
        found = _cities_named(scope)
        if found is None and inherits(scope, "place") and scope.parent is not None:
            known = place(scope.parent)
        else:
            known = _choose_city(
                scope, found or cities_in(country_of(locale(scope))), found is None
            )
        scope.facts["place"] = known
    return known


def _choose_city(scope: ObjectScope, options: tuple[City, ...], free: bool) -> City:
    # A list of countries or cities is for seeing different ones.
    if free and entity(scope) == "country":
        # A list of countries holds one of each.
        return cities_in(deal(scope, "countries", records("countries"))[0])[0]
    if free and entity(scope) in ("city", "town"):
        return deal(scope, "cities", options)
    return stream(scope, "place").choice(options)


def country_row(scope: ObjectScope) -> tuple[str, ...]:
    """Return code, capital, continent and people of the country where the object is.

    The people are in thousands.
    """
    code = place(scope).country.code
    return next((row for row in records("countries") if row[0] == code), records("countries")[0])


def _cities_named(scope: ObjectScope) -> tuple[City, ...] | None:
    best: tuple[City, ...] | None = None
    rank = -1
    for name, value in scope.made.items():
        kind = kind_of(name) or ""
        if kind in _RANKS and isinstance(value, str) and _RANKS[kind] > rank:
            options = find_cities(kind.removesuffix("_code"), value)
            if best:
                # Paris in Texas, where the object says `US`; and where the two
                # disagree, the earlier one.
                options = tuple(p for p in options if p in best) or best
            if options:
                best, rank = options, _RANKS[kind]
    return best
