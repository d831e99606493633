"""The numbers that a schema's bounds and steps allow, exactly."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from decimal import Decimal, InvalidOperation
from fractions import Fraction

from mockwright.types import Json, JsonObject

Range = tuple[Fraction | None, Fraction | None, Fraction | None]
"""Lowest and highest, both included, and the grid; each is None where there is none."""


def fraction(value: Json) -> Fraction:
    """Return the number as it is written: 0.1 is a tenth."""
    try:
        return Fraction(Decimal(str(value)))
    except (InvalidOperation, ValueError, OverflowError):
        return Fraction(0)


def number_range(
    words: JsonObject, multiples: Sequence[Fraction], refused: Sequence[Json], *, whole: bool
) -> Range | None:
    """Return the numbers that the bounds in ``words`` allow, or None where there are none.

    ``multiples`` are the steps that each number is a multiple of, ``refused`` those that it is not.
    """
    grid = _common_multiple([*multiples, Fraction(1)] if whole else [*multiples])
    # Every number on the grid is a multiple of what is refused.
    if grid is not None and any(step and grid % fraction(step) == 0 for step in refused):
        return None
    low = _tightest(max, words, "minimum", "exclusiveMinimum")
    high = _tightest(min, words, "maximum", "exclusiveMaximum")
    if grid is not None:
        if low is not None:
            low = math.ceil(low / grid) * grid
            if low == _bound_of(words, "exclusiveMinimum"):
                low += grid
        if high is not None:
            high = math.floor(high / grid) * grid
            if high == _bound_of(words, "exclusiveMaximum"):
                high -= grid
    if low is not None and high is not None:
        open_end = grid is None and (
            low == _bound_of(words, "exclusiveMinimum")
            or high == _bound_of(words, "exclusiveMaximum")
        )
        if low > high or (low == high and open_end):
            return None
    return low, high, grid


def _bound_of(words: JsonObject, key: str) -> Fraction | None:
    return fraction(words[key]) if key in words else None


def _tightest(
    pick: Callable[[list[Fraction]], Fraction], words: JsonObject, inclusive: str, exclusive: str
) -> Fraction | None:
    found = [fraction(words[k]) for k in (inclusive, exclusive) if k in words]
    return pick(found) if found else None


def _common_multiple(steps: list[Fraction]) -> Fraction | None:
    """Return the smallest number that all of ``steps`` divide, or None without steps."""
    if not steps:
        return None
    result = steps[0]
    for step in steps[1:]:
        result = Fraction(
            math.lcm(result.numerator * step.denominator, step.numerator * result.denominator),
            result.denominator * step.denominator,
        )
    return result
