"""The sampler: seeded drawing of all columns of a spec, exact in distribution, without a model.

Each column is drawn through its distribution function from a uniform number; a Gaussian copula
makes those numbers correlate (Nelsen, *An Introduction to Copulas*; for the correlations of what
comes out, Cario and Nelson's NORTA, 1997). Needs NumPy and SciPy.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from mockwright.compute.sampling import copula
from mockwright.compute.sampling.marginals import Floats, Marginal, marginal
from mockwright.compute.spec.check_spec import ends, group_name
from mockwright.compute.spec.date_numbers import written
from mockwright.compute.spec.spec import Column, Distribution, Formula, Groups, Path, Series, Spec
from mockwright.compute.spec.spec import Sequence as Counted
from mockwright.errors import ContradictionError, GuardError
from mockwright.types import Json, JsonObject

_REDRAWS: Final = 200
"""The most rounds in which items that break a constraint, or repeat a value, are drawn again."""
_LEAST_MASS: Final = 1e-9
"""The least share of a distribution within its bounds that is drawn from with precision."""
_LARGEST_WHOLE: Final = 2.0**53
"""Up to this every whole number is a double, and JavaScript reads it exactly."""

Columns: TypeAlias = dict[Path, list[Json]]
"""The JSON values of each computed field, in the order of the items; None where missing."""
Objects: TypeAlias = NDArray[np.object_]
"""A column of JSON values."""


@dataclass(slots=True)
class _Draw:
    """The columns of one spec while they are drawn."""

    spec: Spec
    rng: np.random.Generator
    uniform: dict[Path, Floats]
    """The uniform numbers of each column that is drawn from a distribution."""
    found: dict[Path, Objects]
    """The values of the columns drawn so far."""

    def columns(self) -> None:
        """Draw all columns; the spec has them in an order in which each finds those it needs."""
        for column in self.spec.columns:
            if column.source is not None:
                self.found[column.path] = self._draw_column(column)

    def _draw_column(self, column: Column) -> Objects:
        count = self.spec.count
        match column.source:
            case Distribution() as source if source.family == "categorical":
                return _shared_out(source, self.uniform[column.path])
            case Distribution() as source:
                return _json_column(
                    self._draw_numbers(column, source, self.uniform[column.path]), column
                )
            case Groups() as source:
                return self._draw_groups(column, source)
            case Counted(start, step):
                return _json_column(start + step * np.arange(count, dtype=np.float64), column)
            case Series() as source:
                return _json_column(_series(source, self.rng, count), column)
            case Formula() as source:
                return self._compute_formula(column, source)
        raise TypeError(column.source)

    def _draw_numbers(self, column: Column, source: Distribution, uniform: Floats) -> Floats:
        """Return numbers of a distribution at these uniform ones."""
        drawn = marginal(source, column.decimals)
        if drawn.mass < _LEAST_MASS:
            raise ContradictionError("hardly anything of it lies within its bounds", column.name)
        values = drawn.ppf(uniform)
        if column.unique:
            values = self._without_repeats(values, drawn, column)
        return values

    def _without_repeats(self, values: Floats, drawn: Marginal, column: Column) -> Floats:
        """Return the values with repeats drawn again, until there are none."""
        for _ in range(_REDRAWS):
            _, first = np.unique(values, return_index=True)
            twice = np.setdiff1d(np.arange(len(values)), first)
            if not len(twice):
                return values
            values = values.copy()
            # From fresh numbers: a correlation is lost for these items, and the tests allow for it.
            values[twice] = drawn.ppf(np.asarray(self.rng.random(len(twice))))
        raise ContradictionError(f"{len(values)} different values are not to be had", column.name)

    def _draw_groups(self, column: Column, source: Groups) -> Objects:
        """Return numbers of each item's group."""
        by = self.found[source.by]
        names = np.array([group_name(value) for value in by])
        values = np.empty(self.spec.count)
        for name in dict.fromkeys(names):
            there = names == name
            part = source.each.get(str(name), source.otherwise)
            if part is None or part.family == "categorical":
                raise ContradictionError(f"nothing is said of the group {name!r}", column.name)
            values[there] = self._draw_numbers(column, part, self.uniform[column.path][there])
        return _json_column(values, column)

    def _compute_formula(self, column: Column, source: Formula) -> Objects:
        """Return a formula's values, with its noise."""
        noise = self.rng.normal(0.0, source.noise, self.spec.count) if source.noise else None
        values: list[Json] = []
        for i, item in enumerate(self.items()):
            try:
                value = source.expression.value(
                    {**item, "this": item, "i": i, "n": self.spec.count}
                )
            except GuardError as error:
                raise ContradictionError(str(error), column.name) from None
            values.append(_formula_value(value, column, 0.0 if noise is None else float(noise[i])))
        return _object_array(values)

    def facts(self, i: int, item: Json) -> JsonObject:
        """Return what an expression may refer to, for one item."""
        fields = item if isinstance(item, dict) else {}
        return {**fields, "this": item, "i": i, "n": self.spec.count}

    def items(self) -> list[Json]:
        """Return the items as far as they are drawn."""
        return rows({path: list(values) for path, values in self.found.items()}, self.spec.count)


def sample(spec: Spec, seed: int, tries: int = 0) -> Columns:
    """Return the values of every column; the same seed and ``tries`` give the same values.

    Raises :class:`ContradictionError` for what turns out to be impossible only while it is drawn.
    """
    # Each list has a stream of its own, named by its place; PCG64's is stable across NumPy's
    # versions.
    entropy = [seed % 2**63, tries, *"/".join(spec.place or ("",)).encode()]
    rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence(entropy)))
    drawn = [column for column in spec.columns if isinstance(column.source, (Distribution, Groups))]
    mixing = copula.mixing(spec, drawn)
    normal = rng.standard_normal((spec.count, len(drawn))) @ mixing.T
    uniform = {column.path: ndtr(normal[:, k]) for k, column in enumerate(drawn)}
    draw = _Draw(spec, rng, uniform, {})
    draw.columns()
    if spec.constraints:
        _hold_constraints(draw)
    return _finish(draw)


def rows(columns: Mapping[Path, Sequence[Json]], count: int) -> list[Json]:
    """Return the items, each with the computed fields alone."""
    if () in columns:
        # The items are values, not objects.
        return list(columns[()])
    made: list[JsonObject] = [{} for _ in range(count)]
    for path, values in columns.items():
        for item, value in zip(made, values, strict=True):
            if value is PRESENT:
                continue
            for name in path[:-1]:
                item = item.setdefault(name, {})
            item[path[-1]] = value
    return made


def apportioned(weights: Sequence[float], count: int) -> list[int]:
    """Return how many of ``count`` fall on each weight, by largest remainders (Hamilton)."""
    exact = np.asarray(weights, dtype=np.float64) * count
    counts = np.floor(exact).astype(int)
    order = np.argsort(counts - exact, kind="stable")
    counts[order[: count - int(counts.sum())]] += 1
    return [int(one) for one in counts]


def _shared_out(source: Distribution, uniform: Floats) -> Objects:
    """Return values in exactly their shares; which item has which follows the uniform numbers."""
    counts = apportioned(source.weights, len(uniform))
    positions = np.repeat(np.arange(len(counts)), counts)
    values = np.empty(len(uniform), dtype=np.intp)
    values[np.argsort(uniform, kind="stable")] = positions
    return _object_array([source.values[i] for i in values])


def _series(source: Series, rng: np.random.Generator, count: int) -> Floats:
    """Return ``level + trend * i + amplitude * sin(...)`` with normal noise."""
    i = np.arange(count, dtype=np.float64)
    values = source.level + source.trend * i
    if source.period:
        turns = (i + source.phase) / source.period
        values += source.amplitude * np.sin(2 * np.pi * turns)
    return values + rng.normal(0.0, source.noise, count) if source.noise else values


def _hold_constraints(draw: _Draw) -> None:
    """Draw items again that break a constraint; shares and sequences stay as they are."""
    spec = draw.spec
    loose = [
        column.path
        for column in spec.columns
        if isinstance(column.source, Groups)
        or (isinstance(column.source, Distribution) and column.source.family != "categorical")
    ]
    for _ in range(_REDRAWS):
        broken = _broken_items(draw)
        if not len(broken):
            return
        # All loose columns of the item: which of them is to blame is not known.
        for path in loose:
            draw.uniform[path][broken] = draw.rng.random(len(broken))
        if not loose:
            break
        draw.columns()
    raise ContradictionError(
        f"{len(broken)} of {spec.count} items break: {spec.constraints[0].text[:100]}", "constraint"
    )


def _broken_items(draw: _Draw) -> NDArray[np.intp]:
    """Return the positions of the items that break a constraint."""
    found = []
    for i, item in enumerate(draw.items()):
        facts = draw.facts(i, item)
        try:
            if not all(one.value(facts) is True for one in draw.spec.constraints):
                found.append(i)
        except GuardError as error:
            raise ContradictionError(str(error), "constraint") from None
    return np.asarray(found, dtype=np.intp)


def _finish(draw: _Draw) -> Columns:
    """Return the columns in order, with nulls for missing values, and with their totals."""
    spec, columns = draw.spec, draw.found
    _sort(spec, columns)
    made: Columns = {}
    for column in spec.columns:
        gone = _missing_mask(column, spec.count, draw.rng)
        if column.path not in columns:
            if column.missing:
                made[column.path] = [None if absent else PRESENT for absent in gone]
            continue
        values = columns[column.path]
        if column.total is not None:
            values[~gone] = _scaled_to_total(values[~gone], column)
        made[column.path] = [
            None if absent else value for value, absent in zip(values, gone, strict=True)
        ]
    return made


PRESENT: Final = object()
"""Stands where a value is that somebody else makes."""


def _sort(spec: Spec, columns: dict[Path, Objects]) -> None:
    """Put all columns in the order of the first that has one, and others in order by themselves."""
    ordered = [column for column in spec.columns if column.order and column.path in columns]
    for k, column in enumerate(ordered):
        order = np.argsort(columns[column.path], kind="stable")
        if column.order == "descending":
            order = order[::-1]
        for path in [column.path] if k else list(columns):
            source = spec.column(path)
            # A sequence counts the items, in whatever order they are.
            if path == column.path or (source and not isinstance(source.source, Counted)):
                columns[path] = columns[path][order]


def _scaled_to_total(values: Objects, column: Column) -> Objects:
    """Return values scaled to the column's total, within its bounds.

    The last digits are shared out by largest remainders, so that the sum is exact.
    """
    total = column.total or 0.0
    # Counted in units of the last digit, the values are whole numbers.
    unit = 10.0**-column.decimals if column.decimals else 1.0
    least, most = (end / unit for end in _bounds_of(column))
    least, most = np.ceil(least - 1e-9), np.floor(most + 1e-9)
    wanted = total / unit
    scaled = _stretched(values.astype(np.float64) / unit, wanted, least, most)
    floor = np.floor(scaled + 1e-9)
    left = round(wanted - floor.sum())
    room = np.flatnonzero(floor + 1 <= most) if left > 0 else np.flatnonzero(floor - 1 >= least)
    order = room[np.argsort((floor - scaled)[room], kind="stable")]
    floor[order[: abs(left)]] += np.sign(left)
    return _json_column(floor * unit, column)


def _stretched(values: Floats, total: float, least: float, most: float) -> Floats:
    """Return values stretched until they sum to ``total``; what meets a bound stays there."""
    scaled = np.clip(values, least, most)
    for _ in range(_REDRAWS):
        lacking = total - scaled.sum()
        free = scaled < most if lacking > 0 else scaled > least
        if abs(lacking) < 0.5 or not free.any():
            break
        weights = np.abs(scaled[free]) + 1e-9
        scaled[free] += lacking * weights / weights.sum()
        scaled = np.clip(scaled, least, most)
    return scaled


def _bounds_of(column: Column) -> tuple[float, float]:
    source = column.source
    return ends(source) if isinstance(source, Distribution) else (-np.inf, np.inf)


def _missing_mask(column: Column, count: int, rng: np.random.Generator) -> NDArray[np.bool_]:
    gone = np.zeros(count, dtype=np.bool_)
    gone[rng.permutation(count)[: round(count * column.missing)]] = True
    return gone


def _formula_value(value: Json, column: Column, noise: float) -> Json:
    """Return what a formula came to, in the form of its column."""
    if column.kind in ("string", "boolean", "date", "date-time"):
        return value
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ContradictionError(f"the formula gives {str(value)[:40]!r}, no number", column.name)
    return _json_column(np.array([float(value) + noise]), column)[0]


def _json_column(values: Floats, column: Column) -> Objects:
    """Return numbers as they stand in JSON: rounded, whole ones as integers, dates as texts."""
    if not np.all(np.isfinite(values)):
        raise ContradictionError("some values are infinite", column.name)
    if column.kind in ("date", "date-time"):
        try:
            return _object_array([written(value, column.kind) for value in values.tolist()])
        except OverflowError:
            told = "some dates lie before the year 1 or after 9999"
            raise ContradictionError(told, column.name) from None
    if column.decimals == 0:
        whole = np.clip(np.round(values), -_LARGEST_WHOLE, _LARGEST_WHOLE)
        return _object_array(whole.astype(np.int64).tolist())
    if column.decimals is not None:
        values = np.round(values, column.decimals)
    return _object_array(values.tolist())


def _object_array(values: list[Json]) -> Objects:
    """Return values as one column of objects; NumPy would make a matrix of lists."""
    made = np.empty(len(values), dtype=object)
    made[:] = values
    return made
