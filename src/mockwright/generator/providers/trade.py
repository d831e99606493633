"""Products and companies: what they are called, and the codes they bear."""

from __future__ import annotations

from typing import Final

from mockwright.generator import context
from mockwright.generator.geography import fill_format
from mockwright.generator.providers.base import Draw, provider
from mockwright.generator.tables import local, local_records, rows
from mockwright.types import Json


@provider("company")
def _company(d: Draw) -> Json:
    return context.company(d.scope).name


@provider("industry")
def _industry(d: Draw) -> Json:
    return context.company(d.scope).industry


@provider("product_name")
def _product(d: Draw) -> Json:
    if d.leaf.index is not None:
        return context.new_product(d.rng, {}, context.locale(d.scope)).name
    return context.product(d.scope).name


@provider("brand")
def _brand(d: Draw) -> Json:
    return context.product(d.scope).brand


@provider("category")
def _category(d: Draw) -> Json:
    if context.topic(d.scope) == "product":
        return context.product(d.scope).category
    if d.what in ("ticket", "issue", "case", "question"):
        return context.record(d.scope, "tickets")[0]
    if d.what in ("post", "article", "blog", "news"):
        return context.record(d.scope, "articles")[0]
    if d.what in ("course", "class", "lesson"):
        return context.record(d.scope, "courses")[1]
    if d.what in ("expense", "transaction"):
        return context.record(d.scope, "expenses")[0]
    if d.what in ("faq", "help", "knowledge"):
        return d.rng.choice(("Account", "Billing", "Shipping", "Security", "Getting Started"))
    if d.what == "quote":
        return d.rng.choice(("work", "patience", "craft", "learning"))
    return category_name(d)


def category_name(d: Draw) -> str:
    """Return the name of a shop's category."""
    where = context.locale(d.scope)
    shelves = [row[0] for row in local_records("catalogue", where)] if local(where) else ()
    return d.deal(shelves or rows("named")["category"])


@provider("sku")
def _sku(d: Draw) -> Json:
    name = context.product(d.scope).name.upper()
    letters = "".join([c for c in name if c.isalpha() and c.isascii()])[:3]
    color = d.rng.choice(("BLK", "WHT", "BLU", "GRY", "GRN"))
    return f"{letters or 'SKU'}-{d.rng.between(1000, 9999)}-{color}"


@provider("barcode", "isbn")
def _barcode(d: Draw) -> Json:
    stem = fill_format("978#########" if d.kind == "isbn" else "400#########", d.rng)
    # The check digit of GS1: weights 1 and 3 in turn, up to the next multiple of ten.
    total = sum(int(c) * (3 if i % 2 else 1) for i, c in enumerate(stem))
    return f"{stem}{-total % 10}"


@provider("carrier")
def _carrier(d: Draw) -> Json:
    return carrier(d)


# carrier: the form of its tracking numbers
_TRACKED: Final = {
    "UPS": "1Z999AA10########",
    "FedEx": "7848########",
    "DHL": "JD01460#########",
    "DPD": "0998##########",
    "GLS": "7311########",
}


def carrier(d: Draw) -> str:
    """Return who brings it: the carrier that the object names, or the one it is about to name."""
    named = context.made(d.scope, "carrier")
    if isinstance(named, str) and named in _TRACKED:
        return named
    return context.stream(d.scope, "carrier").choice(tuple(_TRACKED))


@provider("tracking")
def _tracking(d: Draw) -> Json:
    return fill_format(_TRACKED[carrier(d)], d.rng)


@provider("rating")
def _rating(d: Draw) -> Json:
    if d.what in ("review", "comment", "testimonial"):
        low, high, *_ = context.record(d.scope, "reviews")
        return d.rng.between(int(low), int(high))
    value = round(d.rng.uniform(3.1, 4.9), 1)
    return round(value) if d.leaf.type == "integer" else value
