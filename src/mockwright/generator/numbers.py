"""Making numbers within bounds, on a grid."""

from __future__ import annotations

import math
from fractions import Fraction

from mockwright.generator.constraints import Constraints
from mockwright.rng import Rng


def make_number(node: Constraints, rng: Rng, *, whole: bool) -> int | float:
    """Return a plain number in range: small and short where that is allowed."""
    found = node.number_range(whole=whole)
    low, high, grid = found if found is not None else (None, None, None)
    low, high = _drawing_window(low, high, grid, rng)
    if grid is None:
        return _draw_decimal(low, high, rng)
    steps_low, steps_high = math.ceil(low / grid), math.floor(high / grid)
    exact = rng.between(steps_low, max(steps_low, steps_high)) * grid
    return int(exact) if exact.denominator == 1 else float(exact)


def _drawing_window(
    low: Fraction | None, high: Fraction | None, grid: Fraction | None, rng: Rng
) -> tuple[Fraction, Fraction]:
    """Return both ends of what is drawn from, an open one at a modest distance."""
    reach = max(Fraction(rng.choice((10, 100, 1000))), (grid or Fraction(1)) * 20)
    if low is None and high is None:
        return Fraction(0) if grid else Fraction(1), reach
    if low is None:
        assert high is not None  # noqa: S101 - the other three cases are handled
        return (Fraction(0), high) if high > 0 else (high - reach, high)
    if high is None:
        return low, low + reach
    # Bounds as of a 32-bit integer say what can be stored, not what is likely.
    if high - low > 10_000 and low <= 0 <= high and high >= 1000:
        return (max(low, Fraction(0)), min(high, reach))
    return low, high


def _draw_decimal(low: Fraction, high: Fraction, rng: Rng) -> int | float:
    """Return a number between the ends, with the fewest digits that fit."""
    point = low + (high - low) * Fraction(rng.bits64() >> 11, 1 << 53)
    for digits in (2, 4, 8):
        rounded = Fraction(round(point * 10**digits), 10**digits)
        if low < rounded < high:
            return float(rounded)
    if low == high:
        return int(low) if low.denominator == 1 else float(low)
    return float((low + high) / 2)
