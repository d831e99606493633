"""Numbers within bounds, on a grid."""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import TYPE_CHECKING

from mockwright.shapes.fake.rng import Rng
from mockwright.types import Json, JsonObject

if TYPE_CHECKING:
    from mockwright.shapes.fake.node import Node

Range = tuple[Fraction | None, Fraction | None, Fraction | None]
"""Lowest, highest, both included; and the grid, where there is one."""


def fraction(value: Json) -> Fraction:
    """The number as written: 0.1 is a tenth."""
    try:
        return Fraction(Decimal(str(value)))
    except (InvalidOperation, ValueError, OverflowError):
        return Fraction(0)


def number_range(node: Node, *, whole: bool) -> Range | None:
    """What numbers the node allows; None where none. Open ends are None."""
    grid = _common_multiple([*node.multiples, Fraction(1)] if whole else node.multiples)
    words = node.words
    refused = node.memo.get("not_multiples", ())
    if grid is not None and any(step and grid % fraction(step) == 0 for step in refused):
        return None
    low = _tighter(max, words, "minimum", "exclusiveMinimum")
    high = _tighter(min, words, "maximum", "exclusiveMaximum")
    if grid is not None:
        if low is not None:
            low = math.ceil(low / grid) * grid
            if low == _of(words, "exclusiveMinimum"):
                low += grid
        if high is not None:
            high = math.floor(high / grid) * grid
            if high == _of(words, "exclusiveMaximum"):
                high -= grid
    if low is not None and high is not None:
        open_end = grid is None and (
            low == _of(words, "exclusiveMinimum") or high == _of(words, "exclusiveMaximum")
        )
        if low > high or (low == high and open_end):
            return None
    return low, high, grid


def _of(words: JsonObject, key: str) -> Fraction | None:
    return fraction(words[key]) if key in words else None


def _tighter(
    pick: Callable[[list[Fraction]], Fraction], words: JsonObject, inclusive: str, exclusive: str
) -> Fraction | None:
    found = [fraction(words[k]) for k in (inclusive, exclusive) if k in words]
    return pick(found) if found else None


def _common_multiple(steps: list[Fraction]) -> Fraction | None:
    """The smallest number that all of ``steps`` divide."""
    if not steps:
        return None
    result = steps[0]
    for step in steps[1:]:
        result = Fraction(
            math.lcm(result.numerator * step.denominator, step.numerator * result.denominator),
            result.denominator * step.denominator,
        )
    return result


def make_number(node: Node, rng: Rng, *, whole: bool) -> int | float:
    """A plain number in range: small and short where that is allowed."""
    found = number_range(node, whole=whole)
    low, high, grid = found if found is not None else (None, None, None)
    low, high = _window(low, high, grid, rng)
    if grid is None:
        return _decimal(low, high, node, rng)
    steps_low, steps_high = math.ceil(low / grid), math.floor(high / grid)
    exact = rng.between(steps_low, max(steps_low, steps_high)) * grid
    return int(exact) if exact.denominator == 1 else float(exact)


def _window(
    low: Fraction | None, high: Fraction | None, grid: Fraction | None, rng: Rng
) -> tuple[Fraction, Fraction]:
    """Both ends, an open one at a modest distance."""
    reach = max(Fraction(rng.choice((10, 100, 1000))), (grid or Fraction(1)) * 20)
    if low is None and high is None:
        return Fraction(0) if grid else Fraction(1), reach
    if low is None:
        assert high is not None  # noqa: S101 - the other three cases are handled
        return (Fraction(0), high) if high > 0 else (high - reach, high)
    if high is None:
        return low, low + reach
    if high - low > 10_000 and low <= 0 <= high and high >= 1000:
        return (max(low, Fraction(0)), min(high, reach))
    return low, high


def _decimal(low: Fraction, high: Fraction, node: Node, rng: Rng) -> int | float:
    point = low + (high - low) * Fraction(rng.bits64() >> 11, 1 << 53)
    for digits in (2, 4, 8):
        rounded = Fraction(round(point * 10**digits), 10**digits)
        if low < rounded < high:
            return float(rounded)
    if low == high:
        return int(low) if low.denominator == 1 else float(low)
    return float((low + high) / 2)
