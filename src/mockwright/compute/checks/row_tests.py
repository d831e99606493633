"""Tests that look at whole items: formulas and conditions. Needs NumPy and SciPy."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import numpy as np

from mockwright.compute.checks.column_values import unit
from mockwright.compute.checks.exact_tests import SLIP, name_of
from mockwright.compute.checks.report import Test, exact
from mockwright.compute.checks.series_tests import noise_tests
from mockwright.compute.spec.spec import Column, Formula, Path, Spec
from mockwright.errors import GuardError
from mockwright.schema.types import is_number
from mockwright.shapes.rules.cel import Expression
from mockwright.types import Json, JsonObject

_SECONDS: Final = 5.0
"""How long all expressions of a list may take; one takes some half a second for 100,000 items."""


def formula_tests(
    column: Column, source: Formula, spec: Spec, columns: Mapping[Path, Sequence[Json]]
) -> Iterator[Test]:
    """Yield a test of equality within rounding, or of the rest if the formula has noise."""
    names, what = (name_of(column),), f"{name_of(column)} is {source.expression.text[:100]}"
    values = columns[column.path]
    try:
        wanted = list(_outcomes(source.expression, spec, columns))
    except GuardError as error:
        yield exact(names, what, "formula", passed=False, note=str(error))
        return
    there = [pair for pair in zip(values, wanted, strict=False) if pair[0] is not None]
    note = _cut_short(len(wanted), len(values))
    if source.noise:
        off = np.array([_gap(value, want) for value, want in there], dtype=np.float64)
        yield from noise_tests(column, f"{what}, plus noise", source.noise, off)
        return
    room = unit(column) / 2
    wrong = sum(not _equal(value, want, room) for value, want in there)
    yield exact(names, what, "formula", passed=not wrong, expected=0, found=wrong, note=note)


def constraint_tests(spec: Spec, columns: Mapping[Path, Sequence[Json]]) -> Iterator[Test]:
    """Yield a test for each condition: how many items break it."""
    for constraint in spec.constraints:
        broken, looked, fault = 0, 0, None
        for held in _whether_held(constraint, spec, columns):
            looked += 1
            broken += held is not True
            fault = held if isinstance(held, str) else fault
        names = tuple(sorted(constraint.speaks_of - {"this", "i", "n"}))
        what = f"each item holds {constraint.text[:100]}"
        note = fault or _cut_short(looked, spec.count)
        yield exact(
            names, what, "constraint", passed=not broken, expected=0, found=broken, note=note
        )


def items(
    expression: Expression, count: int, columns: Mapping[Path, Sequence[Json]]
) -> Iterator[JsonObject]:
    """Yield what an expression may refer to, for each item, as far as it does refer to it."""
    used = expression.speaks_of
    whole = "this" in used
    kept = {path: part for path, part in columns.items() if path and (whole or path[0] in used)}
    for i in range(count):
        item: JsonObject = {}
        for path, values in kept.items():
            if i < len(values):
                _put(item, path, values[i])
        facts: JsonObject = {**item, "i": i, "n": count}
        if whole:
            facts["this"] = columns[()][i] if len(columns.get((), ())) > i else item
        yield facts


def _put(item: JsonObject, path: Path, value: Json) -> None:
    for name in path[:-1]:
        below = item.setdefault(name, {})
        if not isinstance(below, dict):
            return
        item = below
    item[path[-1]] = value


def _outcomes(
    expression: Expression, spec: Spec, columns: Mapping[Path, Sequence[Json]]
) -> Iterator[Json]:
    until = _deadline(spec)
    for facts in items(expression, spec.count, columns):
        if time.monotonic() > until:
            return
        yield expression.value(facts)


def _whether_held(
    constraint: Expression, spec: Spec, columns: Mapping[Path, Sequence[Json]]
) -> Iterator[Json]:
    """Yield whether each item holds a condition; the error as text where it cannot be computed."""
    until = _deadline(spec)
    for facts in items(constraint, spec.count, columns):
        if time.monotonic() > until:
            return
        try:
            yield constraint.value(facts) is True
        except GuardError as error:
            yield str(error)


def _deadline(spec: Spec) -> float:
    """Return when to stop with an expression that begins now: each has its part of the time."""
    formulas = sum(isinstance(column.source, Formula) for column in spec.columns)
    return time.monotonic() + _SECONDS / max(1, formulas + len(spec.constraints))


def _cut_short(looked: int, count: int) -> str | None:
    return None if looked >= count else f"only the first {looked} of {count} items were looked at"


def _equal(value: Json, wanted: Json, room: float) -> bool:
    """Whether a value is the wanted one, numbers within ``room``."""
    if is_number(value) and is_number(wanted):
        # Large integers are equal or not before they are made floats.
        return _gap(value, wanted) == 0 or abs(_gap(value, wanted)) <= room + SLIP * abs(wanted)
    return type(value) is type(wanted) and bool(value == wanted)


def _gap(value: Json, wanted: Json) -> float:
    """Return the difference of two numbers; NaN where there is none."""
    if not (is_number(value) and is_number(wanted)):
        return float("nan")
    try:
        return float(value - wanted)
    except OverflowError:
        return float("nan")
