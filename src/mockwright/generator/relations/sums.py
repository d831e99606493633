"""Amounts that add up."""

from __future__ import annotations

from typing import Final

from mockwright.generator.relations.base import Changes, ObjectPart, has_kind, relation, says
from mockwright.types import Json

_TOTALS: Final = ("total", "total amount", "grand total", "order total", "amount due")
"""Names of fields for the total of a bill."""
_FULL: Final = ("msrp", "original price", "regular price", "list price", "old price")
"""Names of fields for the price before a reduction."""
_SHARES: Final = ("discount percent", "discount percentage", "discount rate", "percent off")
"""Names of fields for a reduction in percent."""


@relation(says("quantity", "qty"))
def line_totals(part: ObjectPart, changes: Changes) -> None:
    """The total of a line is its quantity times its unit price."""
    many, each = part.number("quantity", "qty"), part.number("unit price", "price")
    total = part.number("line total", "total", "total price", "subtotal", "amount")
    if many and each and total:
        changes.put(part.owner, total, round(part.owner[many] * part.owner[each], 2))


@relation(says("subtotal", "sub total", *_TOTALS))
def sums(part: ObjectPart, changes: Changes) -> None:
    """A subtotal is the sum of the lines; a total adds tax and shipping and takes off discounts."""
    owner = part.owner
    subtotal, total = part.number("subtotal", "sub total"), part.number(*_TOTALS)
    sums_ = (line_sum(v) for v in owner.values() if isinstance(v, list))
    lines = next((s for s in sums_ if s is not None), None)
    if lines is not None and (key := subtotal or total):
        changes.put(owner, key, lines)
    if not subtotal:
        return
    tax, rate = part.number("tax", "vat", "tax amount"), part.number("tax rate", "vat rate")
    if tax:
        # A rate above 1 is in percent.
        share = owner[rate] if rate else 0.08
        changes.put(owner, tax, round(owner[subtotal] * (share / 100 if share > 1 else share), 2))
    shipping = part.number("shipping cost", "shipping", "shipping fee")
    if shipping:
        # Many shops ship for nothing above some amount.
        changes.put(owner, shipping, 0.0 if owner[subtotal] > 150 else 5.99)
    off = part.number("discount", "discount amount")
    if off and owner[off] > owner[subtotal]:
        changes.put(owner, off, round(owner[subtotal] * 0.1, 2))
    if total:
        extra = sum(owner[k] for k in (tax, shipping) if k)
        changes.put(owner, total, round(owner[subtotal] + extra - (owner[off] if off else 0), 2))


def line_sum(value: list[Json]) -> float | None:
    """Return the sum over lines of quantity times price, or None where these are no such lines."""
    found = 0.0
    for line in value:
        if not isinstance(line, dict):
            return None
        part = ObjectPart(line)
        many, each = part.number("quantity", "qty"), part.number("unit price", "price")
        if not many or not each:
            return None
        found += line[many] * line[each]
    return round(found, 2) if value else None


@relation(says("net pay", "net salary"))
def net_pay(part: ObjectPart, changes: Changes) -> None:
    """Net pay is gross pay less deductions."""
    gross, net = part.number("gross pay", "gross salary"), part.number("net pay", "net salary")
    off = part.number("deductions", "total deductions")
    if gross and off and net:
        changes.put(part.owner, net, round(part.owner[gross] - part.owner[off], 2))


@relation(says(*_FULL))
def list_price(part: ObjectPart, changes: Changes) -> None:
    """A list price is not below the price, and the discount in percent is their difference."""
    owner = part.owner
    price, full = part.number("price", "sale price"), part.number(*_FULL)
    if not price or not full or price == full:
        return
    if owner[full] < owner[price]:
        changes.put(owner, full, round(owner[price] * 1.2, 2))
    percent = part.number(*_SHARES)
    if percent and owner[full] > 0:
        changes.put(owner, percent, max(0, round(100 * (1 - owner[price] / owner[full]))))


@relation(lambda keys: "plan" in keys.kinds and "price" in keys.said)
def free_plan(part: ObjectPart, changes: Changes) -> None:
    """A plan that is called free costs nothing."""
    price = part.number("price")
    if price and any(part.owner[key] in ("free", "Free") for key in part.kind("plan")):
        changes.put(part.owner, price, 0.0)


@relation(has_kind("stock", "quantity"))
def stock_flag(part: ObjectPart, changes: Changes) -> None:
    """A flag for being in stock or available is true where the amount is above zero."""
    amount = part.number("stock", "quantity", "stock quantity", "inventory")
    if not amount:
        return
    for key in part.keys:
        if key.replace("_", "").lower() in ("instock", "available", "isavailable"):
            changes.put(part.owner, key, part.owner[amount] > 0)


_FEWER: Final = (
    ("view", ("like", "comment", "share", "reply", "favorite", "bookmark")),
    ("impression", ("click", "conversion")),
    ("click", ("conversion",)),
)
"""What people do less often than they see something."""


@relation(says("view count", "views", "impressions", "clicks"))
def engagement(part: ObjectPart, changes: Changes) -> None:
    """Fewer people like, share or comment than have seen it, and fewer click than were shown it."""
    owner = part.owner
    for seen, done in _FEWER:
        most = part.number(f"{seen} count", f"{seen}s")
        for name in done if most else ():
            key = part.number(f"{name} count", f"{name}s")
            # More than one in three would be unusual; up to 29 percent are left.
            if most and key and owner[key] * 3 > owner[most]:
                changes.put(owner, key, round(owner[most] * (owner[key] % 30) / 100))


_BOUNDS: Final = (("low", "high"), ("min", "max"), ("minimum", "maximum"), ("lower", "upper"))
"""Names of lower and upper bounds."""


@relation(says(*(low for low, _ in _BOUNDS)))
def bounds_order(part: ObjectPart, changes: Changes) -> None:
    """A lower bound is not above its upper bound."""
    for least, most in _BOUNDS:
        low, high = part.number(least), part.number(most)
        if low and high and part.owner[low] > part.owner[high]:
            below, above = part.owner[high], part.owner[low]
            changes.put(part.owner, low, below)
            changes.put(part.owner, high, above)


@relation(says("capacity"))
def capacity_holds(part: ObjectPart, changes: Changes) -> None:
    """No more people attend than there is room for."""
    room = part.number("capacity")
    here = part.number("attendee count", "attendees", "occupancy", "enrolled")
    if room and here and part.owner[here] > part.owner[room]:
        changes.put(part.owner, here, round(part.owner[room] * 0.7))
