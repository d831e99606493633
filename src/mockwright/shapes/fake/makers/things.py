"""Things in general: their names, states, types and counts."""

from __future__ import annotations

from typing import Final

from mockwright.shapes.fake import facts
from mockwright.shapes.fake.makers.base import Draw, amounts, choices, maker
from mockwright.shapes.fake.tables import rows
from mockwright.types import MISSING, Json, Missing

choices(rows("choices"))
amounts(
    {
        "quantity": (1, 5, 0), "stock": (0, 240, 0), "weight": (0.3, 24, 2),
        "height": (12, 190, 1), "width": (5, 120, 1), "file_size": (12_000, 4_800_000, 0),
        "duration": (15, 180, 0), "count": (3, 480, 0), "page": (1, 1, 0),
        "page_size": (20, 20, 0), "total_pages": (1, 1, 0), "offset": (0, 0, 0),
        "distance": (1, 60, 1), "gpa": (2.4, 4.0, 2), "altitude": (4, 620, 0),
        "population": (180_000, 4_200_000, 0), "mileage": (4_000, 140_000, 0),
    }
)  # fmt: skip


@maker("status")
def _status(d: Draw) -> Json | Missing:
    if d.leaf.type != "string":
        return 200 if d.leaf.type == "integer" else MISSING
    named, known = d.words, rows("statuses")
    key = named[0] if len(named) > 1 and named[0] in known else d.what
    return d.rng.choice(known.get(key) or known["*"])


@maker("type")
def _type(d: Draw) -> Json | Missing:
    known = rows("types")
    return d.rng.choice(known.get(d.what) or known["*"])


@maker("name")
def _name(d: Draw) -> Json:
    group, what = facts.topic(d.scope), d.what
    if group == "person":
        return facts.person(d.scope).full if d.leaf.index is None else _somebody(d)
    if group == "company":
        return facts.company(d.scope).name
    if group == "product":
        return facts.product(d.scope).name
    if group == "place":
        return _place_name(d, what)
    if what in ("recipe", "meal", "dish"):
        return facts.record(d.scope, "recipes")[0]
    if what in rows("named"):
        return d.deal(rows("named")[what])
    if not what and d.leaf.index is None:
        return facts.person(d.scope).full
    return f"{d.deal(rows('choices')['word']).title()} {what.title()}".strip()


def _somebody(d: Draw) -> str:
    return facts.new_person(d.rng.bits64(), facts.locale(d.scope)).full


def _place_name(d: Draw, what: str) -> str:
    where = facts.place(d.scope)
    if what == "country":
        return where.country.name
    return where.state if what in ("state", "region") else where.city


@maker("servings")
def _servings(d: Draw) -> Json | Missing:
    return MISSING if d.leaf.type == "string" else 2 * d.rng.between(1, 4)


@maker("ingredient", "cuisine", "dish")
def _recipe(d: Draw) -> Json:
    name, cuisine, _, ingredients, _ = facts.record(d.scope, "recipes")
    if d.kind == "ingredient":
        listed = ingredients.split(", ")
        return listed[(d.leaf.index or 0) % len(listed)]
    return cuisine if d.kind == "cuisine" else name


@maker("currency_symbol")
def _symbol(d: Draw) -> Json:
    symbols = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "INR": "₹", "CHF": "CHF"}
    return symbols.get(facts.place(d.scope).country.currency, "$")


_MODELS: Final = {
    "Toyota": ("Corolla", "Yaris", "RAV4"),
    "Volkswagen": ("Golf", "Passat", "Tiguan"),
    "Ford": ("Focus", "Fiesta", "Kuga"),
    "Honda": ("Civic", "Accord", "CR-V"),
    "Volvo": ("XC60", "V60", "S90"),
}


@maker("vehicle_model", "vehicle")
def _model(d: Draw) -> Json:
    brand = facts.made(d.scope, "vehicle_make")
    if not isinstance(brand, str) or brand not in _MODELS:
        brand = d.rng.choice(tuple(_MODELS))
    model = d.rng.choice(_MODELS[brand])
    return model if d.kind == "vehicle_model" else f"{brand} {model}"
