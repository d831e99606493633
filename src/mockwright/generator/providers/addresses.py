"""Addresses, and what a country brings with it."""

from __future__ import annotations

from collections.abc import Callable

from mockwright.generator import context
from mockwright.generator.field_kinds import kind_of
from mockwright.generator.geography import City, cities_in, fill_format
from mockwright.generator.locales import names_of
from mockwright.generator.providers.base import PROVIDERS, Draw, provider
from mockwright.generator.tables import local, records, rows
from mockwright.types import Json


def _numbered(street: str, number: int, language: str) -> str:
    """Return the street with the house number where the language has it."""
    if language in ("en", "fr"):
        return f"{number} {street}"
    if language == "ja":
        return f"{street}{number % 28 + 1}-{number % 12 + 1}"
    return f"{street}, {number}" if language in ("es", "pt") else f"{street} {number}"


def country_name(d: Draw) -> str:
    """Return the country's name, in the language of the answer where that is known."""
    country, where = context.place(d.scope).country, context.locale(d.scope)
    named = dict(line.split(": ") for line in local(where).get("country", ()))
    if country.code in named:
        return named[country.code]
    return rows("endonyms").get(f"{where.partition('-')[0]} {country.code}", (country.name,))[0]


def _street_line(d: Draw) -> str:
    known: str | None = d.scope.facts.get("street")
    if known is None:
        rng, where = context.stream(d.scope, "street"), context.locale(d.scope)
        street, number = rng.choice(names_of(where).streets), rng.between(2, 240)
        known = _numbered(street, number, where.partition("-")[0])
        d.scope.facts["street"] = known
    return known


@provider("street")
def _street(d: Draw) -> Json:
    if any(kind_of(n) == "house_number" for n in d.scope.siblings):
        # The number has a field of its own then.
        return " ".join(w for w in _street_line(d).split() if not w.isdigit()).rstrip(",")
    return _street_line(d)


_DISTRICTS = {
    "de": ("Altstadt", "Nordstadt", "Südviertel"),
    "fr": ("Centre-ville", "Vieux Port", "Les Halles"),
    "es": ("Centro", "San Miguel", "El Carmen"), "pt": ("Centro", "Jardim América", "Vila Nova"),
    "it": ("Centro storico", "San Lorenzo", "Borgo"), "ja": ("中央区", "北区", "西区"),
}  # fmt: skip
"""Districts that many towns have, by language."""


@provider("district")
def _district(d: Draw) -> Json:
    language = context.locale(d.scope).partition("-")[0]
    return d.rng.choice(_DISTRICTS.get(language, ("Downtown", "Riverside", "Old Town", "Westside")))


@provider("house_number")
def _house(d: Draw) -> Json:
    found = next((w for w in _street_line(d).split() if w.isdecimal()), "12")
    return int(found) if d.leaf.type == "integer" else found


@provider("address")
def _address(d: Draw) -> Json:
    where, code = context.place(d.scope), _postcode(d)
    # Elsewhere the postcode comes before the city.
    if where.country.code in ("US", "CA", "AU"):
        return f"{_street_line(d)}, {where.city}, {where.state_code} {code}"
    return f"{_street_line(d)}, {code} {where.city}"


@provider("postcode")
def _postcode(d: Draw) -> str:
    known: str | None = d.scope.facts.get("postcode")
    if known is None:
        known = fill_format(context.place(d.scope).postcode, context.stream(d.scope, "postcode"))
        d.scope.facts["postcode"] = known
    return known


def _place_field(kind: str, read: Callable[[City], Json]) -> None:
    PROVIDERS[kind] = lambda d: read(context.place(d.scope))


_place_field("state", lambda p: p.state)
_place_field("state_code", lambda p: p.state_code)
_place_field("country_code", lambda p: p.country.code)
_place_field("timezone", lambda p: p.timezone)
_place_field("locale", lambda p: f"{p.country.language}-{p.country.code}")
_place_field("language_code", lambda p: p.country.language)
_place_field("nationality", lambda p: p.country.nationality)


@provider("city")
def _city(d: Draw) -> Json:
    where = context.place(d.scope)
    if d.leaf.index is None:
        return where.city
    # A list of names is for seeing different ones.
    return d.deal([place.city for place in cities_in(where.country.code)])


@provider("currency")
def _currency(d: Draw) -> Json:
    if d.leaf.index is not None:
        return d.deal([row[0] for row in records("currencies")])
    if d.what in ("currency", "rate"):
        return context.record(d.scope, "currencies")[0]
    return context.place(d.scope).country.currency


@provider("symbol")
def _ticker(d: Draw) -> Json:
    if d.what in ("currency", "rate"):
        return context.record(d.scope, "currencies")[2]
    return context.company(d.scope).slug.replace("-", "").upper()[:4]


@provider("currency_symbol")
def _symbol(d: Draw) -> Json:
    code = context.place(d.scope).country.currency
    return next((row[2] for row in records("currencies") if row[0] == code), code)


@provider("capital", "continent")
def _country_row(d: Draw) -> Json:
    return context.country_row(d.scope)[1 if d.kind == "capital" else 2]


@provider("location")
def _location(d: Draw) -> Json:
    if d.what == "meeting":
        return d.rng.choice(("Maple Room", "Boardroom", "Online", "Conference Room B"))
    where = context.place(d.scope)
    american = where.country.code == "US"
    return f"{where.city}, {where.state_code if american else country_name(d)}"


@provider("country")
def _country(d: Draw) -> Json:
    if d.leaf.index is not None:
        codes = [row[0] for row in records("countries")]
        return d.deal([cities_in(code)[0].country.name for code in codes])
    country, longest = context.place(d.scope).country, d.leaf.schema.get("maxLength", 99)
    # A bound of two or three characters asks for the code of ISO 3166-1.
    return country.code if longest == 2 else country.alpha3 if longest == 3 else country_name(d)


@provider("latitude", "longitude")
def _coordinate(d: Draw) -> Json:
    where = context.place(d.scope)
    base = where.latitude if d.kind == "latitude" else where.longitude
    return round(base + d.rng.uniform(-0.03, 0.03), 5)


@provider("coordinates")
def _coordinates(d: Draw) -> Json:
    where = context.place(d.scope)
    if d.leaf.type == "number":
        # GeoJSON has the longitude first (RFC 7946, section 3.1.1).
        return where.longitude if d.leaf.index == 0 else where.latitude
    return f"{where.latitude},{where.longitude}"
