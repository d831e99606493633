"""Things in general: their names, states, types and counts."""

from __future__ import annotations

from typing import Final

from mockwright.generator import context
from mockwright.generator.field_kinds import kind_of
from mockwright.generator.providers.addresses import country_name
from mockwright.generator.providers.base import Draw, amounts, choices, provider
from mockwright.generator.providers.people import somebody
from mockwright.generator.providers.trade import category_name
from mockwright.generator.tables import named, rows
from mockwright.naming import tokens
from mockwright.types import MISSING, Json, Missing

choices(rows("choices"))
amounts(
    {
        "quantity": (1, 5, 0), "stock": (0, 240, 0),
        "height": (12, 190, 1), "width": (5, 120, 1),
        "page": (1, 1, 0),
        "page_size": (20, 20, 0), "total_pages": (1, 1, 0), "offset": (0, 0, 0),
        "wind_speed": (2, 34, 1),
        "distance": (1, 60, 1), "gpa": (2.4, 4.0, 2), "altitude": (4, 620, 0),

    }
)  # fmt: skip


@provider("status")
def _status(d: Draw) -> Json | Missing:
    # An integer is rather that of HTTP.
    if d.leaf.type != "string":
        return 200 if d.leaf.type == "integer" else MISSING
    named, known = d.words, rows("statuses")
    # `payment_status` is about a payment, whatever has it.
    key = named[0] if len(named) > 1 and named[0] in known else d.what
    return d.rng.choice(known.get(key) or known["*"])


@provider("type")
def _type(d: Draw) -> Json | Missing:
    known = rows("types")
    return d.rng.choice(known.get(d.what) or known["*"])


@provider("name")
def _name(d: Draw) -> Json:
    group, what = context.topic(d.scope), d.what
    if group == "person":
        return _person_name(d)
    if group == "company":
        return context.company(d.scope).name
    if group == "product":
        return context.product(d.scope).name
    if group == "place":
        return _place_name(d, what)
    if what in ("currency", "rate"):
        return context.record(d.scope, "currencies")[1]
    if what in ("recipe", "meal", "dish"):
        return context.record(d.scope, "recipes")[0]
    if what == "category":
        return category_name(d)
    if found := named(what, context.locale(d.scope)):
        return d.deal(found)
    # Nothing tells what it is: names are most often those of people.
    if not what:
        return somebody(d).full
    return f"{d.deal(rows('choices')['word']).title()} {what.title()}".strip()


def _person_name(d: Draw) -> str:
    """Return the name of a person, as the other name fields have it.

    ``nom`` beside ``prenom`` is the family's name, ``nombre`` beside ``apellido`` the first.
    """
    who, kinds = somebody(d), {kind_of(name) for name in d.scope.siblings}
    if d.leaf.index is None and "last_name" in kinds and "first_name" not in kinds:
        return who.first
    lone = "first_name" in kinds and "last_name" not in kinds
    foreign = any(tokens(name)[:1] in _FORENAMES for name in d.scope.siblings)
    return who.last if lone and foreign else who.full


_FORENAMES: Final = (("prenom",), ("vorname",), ("voornaam",), ("imie",), ("fornavn",))
"""First words of fields that say a first name in other languages."""


def _place_name(d: Draw, what: str) -> str:
    where = context.place(d.scope)
    if what == "country":
        return country_name(d)
    return where.state if what in ("state", "region") else where.city


_WEEK: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@provider("day")
def _day(d: Draw) -> Json | Missing:
    """Return a day of the week; the items of a list follow each other through it."""
    if d.leaf.type != "string":
        return MISSING
    at = context.seat(d.scope)
    index = d.leaf.index if d.leaf.index is not None else at.index if at else d.rng.below(7)
    return _WEEK[index % 7]


@provider("dimensions")
def _dimensions(d: Draw) -> Json | Missing:
    if d.leaf.type != "string":
        return MISSING
    return " x ".join(str(d.rng.between(4, 60)) for _ in range(3)) + " cm"


@provider("area")
def _area(d: Draw) -> Json:
    metric = not {"sqft", "feet", "foot"} & set(d.words)
    value = d.rng.between(38, 190) if metric else 10 * d.rng.between(62, 320)
    return f"{value} m²" if d.leaf.type == "string" else value


@provider("uv")
def _uv(d: Draw) -> Json:
    return d.rng.between(0, 10)


@provider("servings")
def _servings(d: Draw) -> Json | Missing:
    return MISSING if d.leaf.type == "string" else 2 * d.rng.between(1, 4)


@provider("ingredient", "cuisine", "dish")
def _recipe_field(d: Draw) -> Json:
    name, cuisine, _, ingredients, _ = context.record(d.scope, "recipes")
    if d.kind == "ingredient":
        listed = ingredients.split(", ")
        return listed[(d.leaf.index or 0) % len(listed)]
    return cuisine if d.kind == "cuisine" else name


_BREEDS: Final = {
    "dog": ("Labrador Retriever", "Beagle", "Border Collie", "Dachshund", "Poodle"),
    "cat": ("Maine Coon", "British Shorthair", "Siamese", "Norwegian Forest Cat"),
    "rabbit": ("Holland Lop", "Netherland Dwarf", "Lionhead"),
    "parrot": ("Budgerigar", "Cockatiel", "African Grey"),
}
_WEIGHTS: Final = {"dog": (6, 34), "cat": (3, 7), "rabbit": (1, 3), "parrot": (0.1, 0.5)}
"""Lightest and heaviest of a species, in kilograms."""


def _species(d: Draw) -> str:
    found = context.made(d.scope, "species", "animal", "type")
    return found if isinstance(found, str) and found in _BREEDS else d.what


@provider("breed")
def _breed(d: Draw) -> Json:
    return d.rng.choice(_BREEDS.get(_species(d)) or _BREEDS["dog"])


@provider("weight")
def _weight(d: Draw) -> Json | Missing:
    low, high = _WEIGHTS.get(_species(d), (0.3, 24))
    if d.leaf.type == "string":
        return f"{round(d.rng.uniform(low, high), 1)} kg"
    if context.topic(d.scope) == "person":
        low, high = 52, 94
    value = d.rng.uniform(low, high)
    return round(value) if d.leaf.type == "integer" else round(value, 1)


_MODELS: Final = {
    "Toyota": ("Corolla", "Yaris", "RAV4"),
    "Volkswagen": ("Golf", "Passat", "Tiguan"),
    "Ford": ("Focus", "Fiesta", "Kuga"),
    "Honda": ("Civic", "Accord", "CR-V"),
    "Volvo": ("XC60", "V60", "S90"),
}
"""Models by make."""


@provider("vehicle_model", "vehicle")
def _model(d: Draw) -> Json:
    brand = context.made(d.scope, "vehicle_make")
    if not isinstance(brand, str) or brand not in _MODELS:
        brand = d.rng.choice(tuple(_MODELS))
    model = d.rng.choice(_MODELS[brand])
    return model if d.kind == "vehicle_model" else f"{brand} {model}"


@provider("mileage")
def _mileage(d: Draw) -> Json | Missing:
    """Return about 14,000 kilometres a year, where the year is known."""
    if d.leaf.type == "string":
        return MISSING
    built, now = context.made(d.scope, "year"), d.scope.hints.now.year
    years = now - built + 1 if isinstance(built, int) and 0 <= now - built < 40 else 4
    return round(years * d.rng.between(9_000, 18_000) * d.rng.uniform(0.6, 1))


@provider("duration")
def _duration(d: Draw) -> Json | Missing:
    if d.leaf.type == "string":
        if d.what == "flight":
            return f"{d.rng.between(1, 11)}h {5 * d.rng.between(1, 11):02}m"
        return f"{5 * d.rng.between(2, 18)} min"
    if d.what in ("recipe", "meal", "dish"):
        return int(context.record(d.scope, "recipes")[2])
    if d.what in ("song", "track") and {"second", "seconds"} & set(d.words):
        low, high = 141, 318
    else:
        low, high = (95, 158) if d.what in ("movie", "film") else (15, 180)
    value = d.rng.between(low, high)
    return value if d.leaf.type == "integer" else float(value)


@provider("population")
def _population(d: Draw) -> Json | Missing:
    """Return about the people of the city, or of a whole country where the object is one."""
    if d.leaf.type == "string":
        return MISSING
    if d.what == "country":
        return int(context.country_row(d.scope)[3]) * 1000 + d.rng.below(1000)
    known = rows("populations").get(context.place(d.scope).city)
    thousands = int(known[0]) if known else d.rng.between(80, 600)
    return thousands * 1000 + d.rng.below(1000)
