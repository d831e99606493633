"""Does what was made hold what was asked? One test for each part of a spec.

A distribution is tested through its own distribution function: with u = F(x-) + v (F(x) - F(x-)),
v uniform, the u of a correct generator are uniform, whatever rounding, clipping or steps do to x
(the randomised probability integral transform: Rüschendorf, 2009, "On the distributional transform,
Sklar's theorem, and the empirical copula process"). Needs NumPy and SciPy.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from mockwright.compute import pairs
from mockwright.compute.contradictions import group_name
from mockwright.compute.fits import fit, moments_fit, ratio_fit
from mockwright.compute.marginals import Floats
from mockwright.compute.report import ALPHA, Report, Test, corrected
from mockwright.compute.spec import (
    Column,
    Distribution,
    Formula,
    Groups,
    Path,
    Series,
    Spec,
)
from mockwright.compute.spec import (
    Sequence as Counted,
)
from mockwright.compute.times import number
from mockwright.errors import GuardError, SpecError
from mockwright.types import Json, JsonObject

__all__ = ["ALPHA", "Report", "Test", "verify"]

LEAST: Final = 8
"""Items below which a distribution cannot be told from another."""


def verify(spec: Spec, columns: Mapping[Path, Sequence[Json]], *, seed: int = 0) -> Report:
    """``columns``: the JSON values of each computed field, one for each item; None is missing.

    ``seed`` is of the randomised tests. Never raises for what the values are.
    """
    rng = np.random.default_rng([seed % 2**63, 7])
    tests: list[Test] = []
    numbers: dict[Path, Floats] = {}
    for column in spec.columns:
        values = list(columns.get(column.path, ()))
        if column.path not in columns and column.source is None:
            continue
        if len(values) != spec.count:
            tests.append(_absent(column, spec.count, len(values)))
            continue
        tests += _counted_missing(column, values)
        if column.source is None:
            continue
        read = _numbers(column, values)
        if isinstance(read, Test):
            tests.append(read)
            continue
        numbers[column.path] = read
        tests += _column(column, values, read, columns, spec, rng)
    tests += pairs.pair_tests(spec, numbers, rng)
    tests += _constraints(spec, columns)
    return corrected(tests)


def _column(
    column: Column,
    values: Sequence[Json],
    read: Floats,
    columns: Mapping[Path, Sequence[Json]],
    spec: Spec,
    rng: np.random.Generator,
) -> Iterator[Test]:
    source = column.source
    there = ~np.isnan(read)
    shaped = column.total is None
    match source:
        case Distribution(family="categorical"):
            yield ratio_fit(column, source, [value for value in values if value is not None])
        case Distribution():
            if shaped:
                yield from _fitted(column, source, read[there], rng)
            yield from _bounds(column, source, read[there])
        case Groups():
            yield from _groups(column, source, read, columns, rng)
        case Counted(start, step):
            expected = start + step * np.arange(spec.count, dtype=np.float64)
            yield _counts(column, f"counts from {start:g} by {step:g}", read, expected)
        case Series():
            yield from pairs.series_tests(column, source, read)
        case Formula():
            yield _formula(column, source, values, columns, spec)
    if column.unique:
        yield _unique(column, [value for value in values if value is not None])
    if column.order:
        yield _ordered(column, read[there])
    if column.total is not None:
        yield _total(column, read[there])


def _fitted(
    column: Column, source: Distribution, values: Floats, rng: np.random.Generator
) -> Iterator[Test]:
    if len(values) < LEAST:
        note = f"too few items to tell: {len(values)}"
        yield Test((column.name,), f"{column.name} is {source.family}", "ks", True, 1.0, note=note)
    elif source.assumed:
        yield from moments_fit(column, source, values)
    else:
        yield fit(column, source, values, rng, unique=column.unique)


def _groups(
    column: Column,
    source: Groups,
    read: Floats,
    columns: Mapping[Path, Sequence[Json]],
    rng: np.random.Generator,
) -> Iterator[Test]:
    by = columns.get(source.by, ())
    if len(by) != len(read):
        yield _absent(column, len(read), len(by))
        return
    names = np.array([group_name(value) for value in by], dtype=object)
    for name in dict.fromkeys(names):
        part = source.each.get(name, source.otherwise)
        values = read[(names == name) & ~np.isnan(read)]
        if part is not None and len(values) >= LEAST:
            for test in _fitted(column, part, values, rng):
                yield replace(test, what=f"{test.what}, where the group is {name[:60]}")


def _numbers(column: Column, values: Sequence[Json]) -> Floats | Test:
    """As numbers, NaN where missing; a failed test where one is of the wrong kind."""
    if column.kind in ("string", "boolean"):
        wanted = str if column.kind == "string" else bool
        if strays := [v for v in values if v is not None and not isinstance(v, wanted)]:
            return _of_wrong_kind(column, strays[0], len(strays))
        return np.zeros(len(values))
    read = np.full(len(values), np.nan)
    for i, value in enumerate(values):
        if value is None:
            continue
        if isinstance(value, str) and column.kind not in ("date", "date-time"):
            return _of_wrong_kind(column, value, 1)
        try:
            read[i] = number(value, column.kind, column.name)
        except (SpecError, OverflowError, ValueError):
            return _of_wrong_kind(column, value, 1)
    return read


def _of_wrong_kind(column: Column, value: Json, count: int) -> Test:
    what = f"{column.name} is a {column.kind}"
    return Test((column.name,), what, "kind", False, 0.0, found=f"{count} x {str(value)[:60]}")


def _absent(column: Column, expected: int, found: int) -> Test:
    what = f"{column.name} is there in every item"
    return Test((column.name,), what, "kind", False, 0.0, expected=expected, found=found)


def _counted_missing(column: Column, values: Sequence[Json]) -> Iterator[Test]:
    expected = round(len(values) * column.missing)
    found = sum(value is None for value in values)
    if expected or found:
        passed = expected == found
        what = f"{column.name} is missing in {column.missing:.4g} of the items"
        yield Test(
            (column.name,), what, "missing", passed, float(passed), expected=expected, found=found
        )


def _bounds(column: Column, source: Distribution, values: Floats) -> Iterator[Test]:
    low = -math.inf if source.low is None else source.low
    high = math.inf if source.high is None else source.high
    if source.low is None and source.high is None:
        return
    outside = int(((values < low) | (values > high)).sum())
    what = f"{column.name} lies within {low:g} and {high:g}"
    share = 1.0 - outside / max(1, len(values))
    yield Test(
        (column.name,), what, "bounds", not outside, share, expected=[low, high], found=outside
    )


def _counts(column: Column, what: str, found: Floats, expected: Floats) -> Test:
    half = 0.5 * 10.0 ** -(column.decimals or 0)
    there = ~np.isnan(found)
    off = int((np.abs(found[there] - expected[there]) > half).sum())
    score = 1.0 - off / max(1, len(found))
    told = f"{column.name} {what}"
    return Test((column.name,), told, "sequence", not off, score, expected=0, found=off)


def _formula(
    column: Column,
    source: Formula,
    values: Sequence[Json],
    columns: Mapping[Path, Sequence[Json]],
    spec: Spec,
) -> Test:
    """Equal within rounding; with noise, its standard deviation within its sampling error."""
    what = f"{column.name} is {source.expression.text[:100]}"
    expected: list[Json] = []
    try:
        for i, item in enumerate(_items(columns, spec.count)):
            facts = {**item, "this": item, "i": i, "n": spec.count}
            expected.append(source.expression.value(facts))
    except GuardError as error:
        return Test((column.name,), what, "formula", False, 0.0, note=str(error))
    if source.noise:
        pairs_ = [
            (float(value), float(want))
            for value, want in zip(values, expected, strict=True)
            if isinstance(value, (int, float)) and isinstance(want, (int, float))
        ]
        off = np.array([value - want for value, want in pairs_])
        return pairs.noise_test(column, what, source.noise, off, "residuals")
    half = 0.5 * 10.0 ** -(column.decimals or 0) * 1.01
    wrong = sum(
        not _equal(value, want, half)
        for value, want in zip(values, expected, strict=True)
        if value is not None
    )
    score = 1.0 - wrong / max(1, len(values))
    return Test((column.name,), what, "formula", not wrong, score, expected=0, found=wrong)


def _equal(value: Json, wanted: Json, half: float) -> bool:
    if isinstance(value, (int, float)) and isinstance(wanted, (int, float)):
        return abs(value - wanted) <= half + 1e-9 * abs(wanted)
    return bool(value == wanted)


def _items(columns: Mapping[Path, Sequence[Json]], count: int) -> Iterator[JsonObject]:
    for i in range(count):
        item: JsonObject = {}
        for path, values in columns.items():
            place = item
            for name in path[:-1]:
                place = place.setdefault(name, {})
            if path and i < len(values):
                place[path[-1]] = values[i]
        yield item


def _unique(column: Column, values: Sequence[Json]) -> Test:
    distinct = len({str(value) for value in values})
    passed = distinct == len(values)
    return Test(
        (column.name,),
        f"{column.name} differs in every item",
        "unique",
        passed,
        distinct / max(1, len(values)),
        expected=len(values),
        found=distinct,
    )


def _ordered(column: Column, values: Floats) -> Test:
    steps = np.diff(values) if column.order == "ascending" else -np.diff(values)
    wrong = int((steps < 0).sum())
    score = 1.0 - wrong / max(1, len(values) - 1)
    what = f"{column.name} is in {column.order} order"
    return Test((column.name,), what, "order", not wrong, score, expected=0, found=wrong)


def _total(column: Column, values: Floats) -> Test:
    found = math.fsum(values.tolist())
    wanted = column.total or 0.0
    half = 0.5 * 10.0 ** -(column.decimals or 0)
    passed = abs(found - wanted) <= half + 1e-9 * abs(wanted)
    score = 1.0 if passed else max(0.0, 1.0 - abs(found - wanted) / (abs(wanted) or 1.0))
    what = f"{column.name} sums to {wanted:g}"
    note = "the distribution's form is kept up to a scale, and not tested"
    return Test((column.name,), what, "sum", passed, score, expected=wanted, found=found, note=note)


def _constraints(spec: Spec, columns: Mapping[Path, Sequence[Json]]) -> Iterator[Test]:
    for constraint in spec.constraints:
        broken, fault = 0, None
        for i, item in enumerate(_items(columns, spec.count)):
            try:
                held = constraint.value({**item, "this": item, "i": i, "n": spec.count})
            except GuardError as error:
                held, fault = False, str(error)
            broken += held is not True
        score = 1.0 - broken / max(1, spec.count)
        what = f"each item holds {constraint.text[:100]}"
        names = tuple(sorted(constraint.speaks_of - {"this", "i", "n"}))
        yield Test(
            names, what, "constraint", not broken, score, expected=0, found=broken, note=fault
        )
