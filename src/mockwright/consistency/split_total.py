"""Lines of a bill whose amounts come to a given total, to the cent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from mockwright.consistency.object_fields import inner_of
from mockwright.generator.relations.base import is_number
from mockwright.types import Json, JsonObject

PRICES: Final = ("unitprice", "price", "priceperunit", "unitcost")
"""Plain names of members that hold the price of one."""
QUANTITIES: Final = ("quantity", "qty", "count")
"""Plain names of members that tell how many."""
AMOUNTS: Final = ("linetotal", "totalprice", "total", "subtotal", "amount", "linesum")
"""Plain names of members that hold what a line comes to."""
SUBTOTALS: Final = ("subtotal", "netamount", "itemstotal")
"""Plain names of members that hold what all lines come to."""
TOTALS: Final = ("total", "totalamount", "grandtotal", "ordertotal", "totalprice", "amountdue")
"""Plain names of members that hold the whole bill, with taxes and shipping."""
TAXES: Final = ("tax", "vat", "taxamount")
SHIPPING: Final = ("shippingcost", "shipping", "shippingfee")
DISCOUNTS: Final = ("discount", "discountamount")
_MOST: Final = 10**13
"""The greatest price, in cents, that is computed with."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a bill: ``quantity`` times ``price``, in cents."""

    quantity: int
    price: int
    free: bool = True
    """Whether its price may change."""
    loose: bool = True
    """Whether its quantity may change."""

    @property
    def amount(self) -> int:
        """What the whole line comes to."""
        return self.quantity * self.price


def number_in(value: JsonObject, names: Sequence[str]) -> str | None:
    """Return the first member of one of these names that holds a number; else None."""
    for name in names:
        own = inner_of(value, name)
        if own is not None and is_number(value[own]):
            return own
    return None


def price_name(value: JsonObject) -> str | None:
    """Return the member that holds a line's price, or without one the amount of the line."""
    return number_in(value, PRICES) or number_in(value, AMOUNTS)


def quantity_name(value: JsonObject) -> str | None:
    """Return the member that tells how many; None if the line has no price of one."""
    return number_in(value, QUANTITIES) if number_in(value, PRICES) else None


def line_of(value: Json) -> Line | None:
    """Return a line in cents; None for what is none."""
    if not isinstance(value, dict) or (name := price_name(value)) is None:
        return None
    many = quantity_name(value)
    quantity = 1 if many is None else value[many]
    price = value[name] * 100
    if quantity != int(quantity) or quantity < 1 or not 0 <= price < _MOST:
        return None
    return Line(int(quantity), round(price), loose=many is not None)


def lines_in(value: Json) -> list[Line] | None:
    """Return the lines of a list; None if it is no list of lines."""
    if not isinstance(value, list) or not value:
        return None
    found = [line_of(item) for item in value]
    return [line for line in found if line] if all(found) else None


def cents(value: float) -> int:
    """Return an amount in cents."""
    return round(value * 100)


def coming_to(lines: Sequence[Line], target: int, unit: int = 1) -> list[Line] | None:
    """Return the lines with other prices that come to ``target`` cents; None if there are none.

    Prices keep their proportions and stay above zero; ``unit`` is the least step of a price. Where
    the quantities leave a remainder that no price can take, one line's quantity becomes 1.
    """
    if sum(line.amount for line in lines) == target:
        return list(lines)
    rest = target - sum(line.amount for line in lines if not line.free)
    free = [i for i, line in enumerate(lines) if line.free]
    if not free or rest <= 0 or rest % unit:
        return None
    scaled = list(lines)
    whole = sum(lines[i].amount for i in free)
    for i in free:
        share = lines[i].price * rest / whole if whole else rest / len(free) / lines[i].quantity
        # Rounded down, so that what is missing is positive and small.
        scaled[i] = replace(lines[i], price=max(unit, int(share / unit) * unit))
    short = rest - sum(scaled[i].amount for i in free)
    for option in _options(scaled, free, short, unit):
        return option
    return None


def _options(lines: list[Line], free: Sequence[int], short: int, unit: int) -> Iterator[list[Line]]:
    """Yield ways to spread what is still missing: on one price, on two, on a line made a single."""
    # The fewer pieces, the finer a remainder its price can take.
    by_quantity = sorted(free, key=lambda i: (lines[i].quantity, -lines[i].price))
    for i in by_quantity:
        yield from _with_more(lines, {i: short}, unit)
    first = by_quantity[0]
    for k in by_quantity[1:]:
        # Two prices: with coprime quantities some pair of steps reaches any remainder (Bézout).
        for step in range(1, lines[first].quantity + 1):
            given = step * unit * lines[k].quantity
            yield from _with_more(lines, {k: given, first: short - given}, unit)
            yield from _with_more(lines, {k: -given, first: short + given}, unit)
    for i in sorted(free, key=lambda i: lines[i].amount):
        price = lines[i].amount + short
        if lines[i].loose and price > 0 and price % unit == 0:
            changed = list(lines)
            changed[i] = replace(lines[i], quantity=1, price=price)
            yield changed


def _with_more(lines: list[Line], more: dict[int, int], unit: int) -> Iterator[list[Line]]:
    """Yield the lines, some with so much more on them, if their quantities divide that."""
    changed = list(lines)
    for i, amount in more.items():
        line = lines[i]
        price = line.price + amount // line.quantity
        if amount % (line.quantity * unit) or price <= 0:
            return
        changed[i] = replace(line, price=price)
    yield changed
