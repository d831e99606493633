"""Tests of what holds to the item or does not: counts, bounds, order, sums. Needs NumPy."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mockwright.compute.checks.column_values import Measured, shown, unit
from mockwright.compute.checks.report import Method, Test, exact
from mockwright.compute.sampling.marginals import Floats
from mockwright.compute.spec.check_spec import ends
from mockwright.compute.spec.spec import Column, Distribution
from mockwright.compute.spec.spec import Sequence as Counted
from mockwright.types import Json

SLIP: Final = 1e-9
"""The share of a value by which floating-point arithmetic may differ."""


def name_of(column: Column) -> str:
    """Return a column's name in sentences; one without a path is the item itself."""
    return column.name or "the value"


def absent(column: Column, expected: int, found: int) -> Test:
    """Return a failed test: a column has too few or too many values, or none."""
    what = f"{name_of(column)} is there in every item"
    return exact((name_of(column),), what, "kind", passed=False, expected=expected, found=found)


def strayed(column: Column, read: Measured) -> Test:
    """Return a failed test: values are of another kind."""
    what = f"{name_of(column)} is a {column.kind} in every item"
    note = f"the first that is not: {read.stray}"
    return exact(
        (name_of(column),), what, "kind", passed=False, expected=0, found=read.strays, note=note
    )


def missing_tests(column: Column, values: Sequence[Json]) -> Iterator[Test]:
    """Yield a test of how many are null, to the item; none where none is to be, and none is."""
    expected = round(len(values) * column.missing)
    found = sum(value is None for value in values)
    if expected or found:
        name = name_of(column)
        yield exact(
            (name,), f"{name} is missing in {column.missing:.4g} of the items", "missing",
            passed=expected == found, expected=expected, found=found,
        )  # fmt: skip


def number_tests(column: Column, values: Floats) -> Iterator[Test]:
    """Yield the tests of digits, order and sum of a column of numbers or dates, where asked."""
    yield from _digits_test(column, values)
    if column.order:
        steps = np.diff(values) if column.order == "ascending" else -np.diff(values)
        yield _count_test(column, "order", f"is in {column.order} order", int((steps < 0).sum()))
    if column.total is not None:
        yield _total_test(column, column.total, values)


def unique_test(column: Column, values: Sequence[Json]) -> Test:
    """Return a test of whether no two items have the same value."""
    # In Python True equals 1; in JSON it does not.
    marks: set[Hashable] = {(isinstance(value, bool), value) for value in values}
    return exact(
        (name_of(column),), f"{name_of(column)} differs in every item", "unique",
        passed=len(marks) == len(values), expected=len(values), found=len(marks),
    )  # fmt: skip


def sequence_test(column: Column, source: Counted, numbers: Floats) -> Test:
    """Return a test of whether each value is where counting would have it."""
    wanted = source.start + source.step * np.arange(len(numbers), dtype=np.float64)
    off = int(beyond_rounding(numbers - wanted, wanted, column).sum())
    start = shown(source.start, column)
    return _count_test(column, "sequence", f"counts from {start} by {source.step:g}", off)


def beyond_rounding(off: Floats, wanted: Floats, column: Column) -> NDArray[np.bool_]:
    """Return which values differ by more than rounding and arithmetic make; never missing ones."""
    far: NDArray[np.bool_] = np.abs(off) > unit(column) / 2 + SLIP * (1.0 + np.abs(wanted))
    return far


def _digits_test(column: Column, values: Floats) -> Iterator[Test]:
    """Yield a test only where it fails: nobody asks whether 0.5 has one digit."""
    if column.decimals is None or column.kind != "number":
        return
    off = np.abs(values - np.round(values, column.decimals)) > SLIP * (1.0 + np.abs(values))
    if off.any():
        yield _count_test(column, "kind", f"has {column.decimals} digits at most", int(off.sum()))


def bounds_tests(column: Column, source: Distribution, values: Floats) -> Iterator[Test]:
    """Yield a test of the bounds that are asked for and of those of the family, up to rounding."""
    least, most = ends(source)
    half = unit(column) / 2
    # A family's own end may be passed by rounding; a bound that is asked for may not.
    low = max(least - half, -math.inf if source.low is None else source.low)
    high = min(most + half, math.inf if source.high is None else source.high)
    if math.isinf(low) and math.isinf(high):
        return
    slip = SLIP * (1.0 + np.abs(values))
    outside = int(((values < low - slip) | (values > high + slip)).sum())
    limits = [shown(least, column), shown(most, column)]
    told = " and ".join("no limit" if limit is None else str(limit) for limit in limits)
    yield exact(
        (name_of(column),), f"{name_of(column)} lies within {told}", "bounds",
        passed=not outside, expected=limits,
        found=[shown(float(values.min()), column), shown(float(values.max()), column)]
        if len(values) else None,
        note=f"{outside} items lie outside" if outside else None,
    )  # fmt: skip


def _total_test(column: Column, wanted: float, values: Floats) -> Test:
    """Return a test of the sum, within half a unit of the last digit."""
    found = math.fsum(values.tolist())
    room = unit(column) / 2 + SLIP * float(np.abs(values).sum())
    return exact(
        (name_of(column),), f"{name_of(column)} sums to {wanted:.12g}", "sum",
        passed=abs(found - wanted) <= room, expected=wanted, found=float(f"{found:.12g}"),
        note="its distribution is kept up to a scale, and not tested",
    )  # fmt: skip


def _count_test(column: Column, method: Method, what: str, wrong: int) -> Test:
    """Return a test of how many items are not as they should be: it passes with none."""
    names = (name_of(column),)
    note = f"{wrong} items are not so" if wrong else None
    return exact(
        names, f"{names[0]} {what}", method, passed=not wrong, expected=0, found=wrong, note=note
    )
