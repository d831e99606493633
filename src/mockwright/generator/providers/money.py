"""Money: prices, wages, taxes, and shares in percent."""

from __future__ import annotations

from typing import Final

from mockwright.generator import context
from mockwright.generator.providers.base import Draw, provider
from mockwright.naming import singular
from mockwright.types import MISSING, Json, Missing

# entity: lowest, highest, step
_PRICES: Final = {
    **dict.fromkeys(("property", "listing", "house"), (180_000, 890_000, 5_000)),
    **dict.fromkeys(("hotel", "room"), (75, 320, 5)),
    "flight": (89, 640, 5),
    "apartment": (900, 3_200, 50),
    "course": (29, 399, 10),
    "trip": (290, 2_400, 10),
    "event": (15, 250, 5),
    **dict.fromkeys(("subscription", "plan", "tier"), (9, 99, 10)),
    "laptop": (650, 2_400, 50),
    "game": (9, 69, 10),
    "book": (8, 34, 1),
}
_AMOUNTS: Final = {
    **dict.fromkeys(("loan",), (2_000, 48_000, 500)),
    **dict.fromkeys(("claim", "policy"), (250, 9_500, 50)),
    **dict.fromkeys(("donation",), (10, 250, 5)),
}


_COINLESS: Final = frozenset(["ja", "ko"])
"""Locales whose money is counted in hundreds of what others pay, and has no cents."""


def _money(d: Draw, value: float, *, native: bool = False) -> Json:
    """Return ``value`` in the leaf's type, and in the locale's money.

    ``native`` says that it is in the locale's own money already.
    """
    where = context.locale(d.scope)
    if where in _COINLESS:
        value = float(round(value)) if native and where == "ja" else round(value) * 100.0
    if d.leaf.type == "integer":
        # `amount_cents` counts in cents.
        return round(value * 100) if "cent" in map(singular, d.words) else round(value)
    return value if d.leaf.type == "number" else f"{value:.2f}"


def _stepped(d: Draw, bounds: tuple[int, int, int]) -> Json:
    low, high, step = bounds
    return _money(d, float(low + step * d.rng.below((high - low) // step)))


def _second_hand(d: Draw) -> Json:
    """Return what is left of a new car's price: after four years two fifths are gone."""
    built, now = context.made(d.scope, "year"), d.scope.hints.now.year
    years = now - built if isinstance(built, int) and 0 <= now - built < 40 else 4
    return _money(d, max(900.0, 50.0 * round(d.rng.between(22_000, 48_000) * 0.88**years / 50)))


@provider("price")
def _price(d: Draw) -> Json:
    if d.what in ("car", "vehicle"):
        return _second_hand(d)
    if d.what in _PRICES and "item" not in d.words:
        return _stepped(d, _PRICES[d.what])
    if context.topic(d.scope) in ("product", ""):
        return _money(d, context.product(d.scope).price, native=True)
    return _money(d, round(d.rng.between(12, 180) + 0.99, 2))


@provider("msrp")
def _msrp(d: Draw) -> Json:
    return _money(
        d,
        round(context.product(d.scope).price * d.rng.choice((1.1, 1.15, 1.2, 1.25)), 2),
        native=True,
    )


@provider("amount")
def _amount(d: Draw) -> Json:
    if d.what in _AMOUNTS:
        return _stepped(d, _AMOUNTS[d.what])
    if "revenue" in d.words or "turnover" in d.words:
        return _money(d, 10_000.0 * d.rng.between(40, 5_200))
    if d.what in ("transaction", "expense"):
        _, low, high, _ = context.record(d.scope, "expenses")
        return _money(d, round(d.rng.between(int(low), int(high)) + d.rng.below(100) / 100, 2))
    return _money(d, round(d.rng.between(18, 460) + d.rng.below(100) / 100, 2))


@provider("payroll", "deductions")
def _payroll(d: Draw) -> Json:
    named = set(d.words)
    gross = 100 * context.stream(d.scope, "gross").between(34, 96)
    if named & {"gross", "base", "monthly", "salary"}:
        return _money(d, float(gross))
    share = 0.72 if "net" in named else 0.19 if named & {"deduction", "deductions"} else 0.1
    return _money(d, round(gross * share * d.rng.uniform(0.97, 1.03), 2))


@provider("tax")
def _tax(d: Draw) -> Json:
    return _money(d, round(d.rng.uniform(1.5, 40), 2))


@provider("budget")
def _budget(d: Draw) -> Json:
    return _money(d, float(d.rng.between(10, 360) * 500))


@provider("tax_rate")
def _tax_rate(d: Draw) -> Json:
    whole = d.leaf.type == "integer"
    return d.rng.choice((5, 7, 8, 19, 20)) if whole else d.rng.choice((0.07, 0.08, 0.19, 0.2))


@provider("percent")
def _percent(d: Draw) -> Json:
    if "discount" in d.words or d.what in ("coupon", "discount", "promotion"):
        value = d.rng.choice((5, 10, 15, 20, 25))
        return value if d.leaf.type != "number" else float(value)
    if {"conversion", "bounce", "churn"} & set(d.words) and d.leaf.type == "number":
        return round(d.rng.uniform(0.8, 6.4), 1)
    whole = d.rng.between(18, 96)
    return whole if d.leaf.type != "number" else whole + d.rng.below(10) / 10


@provider("rate")
def _rate(d: Draw) -> Json | Missing:
    if d.leaf.type != "number":
        return MISSING
    named = set(d.words)
    if named & {"interest", "apr"}:
        return round(d.rng.uniform(1.9, 8.9), 2)
    if "exchange" in named:
        return float(context.record(d.scope, "currencies")[3])
    high = 0.09 if named & {"growth", "error", "churn"} else 0.98
    return round(d.rng.uniform(0.01, high), 3)
