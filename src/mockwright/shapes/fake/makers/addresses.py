"""Addresses, and what a country brings with it."""

from __future__ import annotations

from collections.abc import Callable

from mockwright.shapes.fake import facts
from mockwright.shapes.fake.kinds import kind_of
from mockwright.shapes.fake.locales import names_of
from mockwright.shapes.fake.makers.base import MAKERS, Draw, maker
from mockwright.shapes.fake.places import Place, fill_format
from mockwright.shapes.fake.tables import records
from mockwright.types import Json


def _street_line(d: Draw) -> str:
    known: str | None = d.scope.facts.get("street")
    if known is None:
        rng, where = facts.stream(d.scope, "street"), facts.locale(d.scope)
        street, number = rng.choice(names_of(where).streets), rng.between(2, 240)
        first = where.startswith(("en", "fr"))
        known = f"{number} {street}" if first else f"{street} {number}"
        d.scope.facts["street"] = known
    return known


@maker("street")
def _street(d: Draw) -> Json:
    if any(kind_of(n) == "house_number" for n in d.scope.siblings):
        return " ".join(w for w in _street_line(d).split() if not w.isdigit())
    return _street_line(d)


@maker("house_number")
def _house(d: Draw) -> Json:
    found = next((w for w in _street_line(d).split() if w.isdecimal()), "12")
    return int(found) if d.leaf.type == "integer" else found


@maker("address")
def _address(d: Draw) -> Json:
    where, code = facts.place(d.scope), _postcode(d)
    if where.country.code in ("US", "CA", "AU"):
        return f"{_street_line(d)}, {where.city}, {where.state_code} {code}"
    return f"{_street_line(d)}, {code} {where.city}"


@maker("postcode")
def _postcode(d: Draw) -> str:
    known: str | None = d.scope.facts.get("postcode")
    if known is None:
        known = fill_format(facts.place(d.scope).postcode, facts.stream(d.scope, "postcode"))
        d.scope.facts["postcode"] = known
    return known


def _place_field(kind: str, read: Callable[[Place], Json]) -> None:
    MAKERS[kind] = lambda d: read(facts.place(d.scope))


_place_field("city", lambda p: p.city)
_place_field("state", lambda p: p.state)
_place_field("state_code", lambda p: p.state_code)
_place_field("country_code", lambda p: p.country.code)
_place_field("timezone", lambda p: p.timezone)
_place_field("locale", lambda p: f"{p.country.language}-{p.country.code}")
_place_field("language_code", lambda p: p.country.language)
_place_field("nationality", lambda p: p.country.nationality)


@maker("currency")
def _currency(d: Draw) -> Json:
    if d.what in ("currency", "rate"):
        return facts.record(d.scope, "currencies")[0]
    return facts.place(d.scope).country.currency


@maker("symbol")
def _ticker(d: Draw) -> Json:
    if d.what in ("currency", "rate"):
        return facts.record(d.scope, "currencies")[2]
    return facts.company(d.scope).slug.replace("-", "").upper()[:4]


@maker("currency_symbol")
def _symbol(d: Draw) -> Json:
    code = facts.place(d.scope).country.currency
    return next((row[2] for row in records("currencies") if row[0] == code), code)


@maker("capital", "continent")
def _country_row(d: Draw) -> Json:
    return facts.country_row(d.scope)[1 if d.kind == "capital" else 2]


@maker("location")
def _location(d: Draw) -> Json:
    if d.what == "meeting":
        return d.rng.choice(("Maple Room", "Boardroom", "Online", "Conference Room B"))
    where = facts.place(d.scope)
    american = where.country.code == "US"
    return f"{where.city}, {where.state_code if american else where.country.name}"


@maker("country")
def _country(d: Draw) -> Json:
    country, longest = facts.place(d.scope).country, d.leaf.schema.get("maxLength", 99)
    return country.code if longest == 2 else country.alpha3 if longest == 3 else country.name


@maker("latitude", "longitude")
def _coordinate(d: Draw) -> Json:
    where = facts.place(d.scope)
    base = where.latitude if d.kind == "latitude" else where.longitude
    return round(base + d.rng.uniform(-0.03, 0.03), 5)


@maker("coordinates")
def _coordinates(d: Draw) -> Json:
    where = facts.place(d.scope)
    if d.leaf.type == "number":
        return where.longitude if d.leaf.index == 0 else where.latitude
    return f"{where.latitude},{where.longitude}"
