"""Verification of what was made against what was asked, part by part of a spec.

A distribution is tested through its own distribution function: with u = F(x-) + v (F(x) - F(x-)), v
uniform, the u of a correct generator are independent and uniform, whatever rounding, clipping or
steps do to x. This is the randomised probability integral transform (Brockwell, 2007,
"Universal residuals: a multivariate transformation"; Rüschendorf, 2009, "On the distributional
transform, Sklar's theorem, and the empirical copula process"). Without it a Kolmogorov-Smirnov test
of rounded ages would not have the significance level that it says.

Needs NumPy and SciPy.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from mockwright.compute.checks import exact_tests
from mockwright.compute.checks.bootstrap import redrawn_shares
from mockwright.compute.checks.column_values import Measured, measured
from mockwright.compute.checks.correlation_tests import pair_tests
from mockwright.compute.checks.fit_tests import Sample, fit_tests
from mockwright.compute.checks.report import ALPHA, ComputedReport, Test, corrected, exact
from mockwright.compute.checks.row_tests import constraint_tests, formula_tests
from mockwright.compute.checks.series_tests import series_tests
from mockwright.compute.checks.share_tests import shares_test
from mockwright.compute.sampling.marginals import Floats
from mockwright.compute.spec.check_spec import group_name
from mockwright.compute.spec.spec import Column, Distribution, Formula, Groups, Path, Series, Spec
from mockwright.compute.spec.spec import Sequence as Counted
from mockwright.types import Json

__all__ = ["ALPHA", "ComputedReport", "Test", "verify"]

_OTHERS: Final = "*"
"""Stands for the groups that are not named."""


def verify(spec: Spec, columns: Mapping[Path, Sequence[Json]], *, seed: int = 0) -> ComputedReport:
    """Return the report on the computed fields of a list.

    ``columns`` has the JSON values of each, one for each item; None is a missing one. ``seed`` is
    that of the randomised tests. It never raises for what the values are. A column that somebody
    else makes (it has no source) is looked at only where it is there.
    """
    # Another stream than the values were drawn from, so that the two are independent.
    rng = np.random.default_rng([seed % 2**63, 7])
    # Overflow and 0 / 0 give values that fail their test; they are no fault of the server.
    with np.errstate(all="ignore"):
        redrawn = redrawn_shares(spec, columns, rng)
        return corrected(list(_Testing(spec, columns, redrawn, rng).tests()))


@dataclass(frozen=True, slots=True)
class _Testing:
    """The tests of one list."""

    spec: Spec
    columns: Mapping[Path, Sequence[Json]]
    redrawn: Mapping[Path, float]
    rng: np.random.Generator
    numbers: dict[Path, Floats] = field(default_factory=dict)
    """The numbers of each column whose values are of its kind."""

    def tests(self) -> Iterator[Test]:
        for column in self.spec.columns:
            if column.path in self.columns or column.source is not None:
                yield from self._test_column(column)
        yield from pair_tests(self.spec, self.numbers, self.redrawn, self.rng)
        yield from constraint_tests(self.spec, self.columns)

    def _test_column(self, column: Column) -> Iterator[Test]:
        values = self.columns.get(column.path, ())
        if len(values) != self.spec.count:
            yield exact_tests.absent(column, self.spec.count, len(values))
            return
        yield from exact_tests.missing_tests(column, values)
        read = measured(column, values)
        if read.strays:
            yield exact_tests.strayed(column, read)
            return
        if column.kind not in ("string", "boolean"):
            self.numbers[column.path] = read.numbers
            yield from exact_tests.number_tests(column, read.there)
        if column.unique:
            yield exact_tests.unique_test(column, _present(values))
        yield from self._test_source(column, values, read)

    def _test_source(
        self, column: Column, values: Sequence[Json], read: Measured
    ) -> Iterator[Test]:
        match column.source:
            case Distribution() as source:
                yield from self._test_distribution(column, source, values, read.numbers)
            case Groups() as source:
                yield from self._test_groups(column, source, values, read.numbers)
            case Counted() as source:
                yield exact_tests.sequence_test(column, source, read.numbers)
            case Series() as source:
                yield from series_tests(column, source, read.numbers)
            case Formula() as source:
                yield from formula_tests(column, source, self.spec, self.columns)

    def _test_distribution(
        self, column: Column, source: Distribution, values: Sequence[Json], numbers: Floats
    ) -> Iterator[Test]:
        bent = self.redrawn.get(column.path, 0.0)
        if source.family == "categorical":
            if not column.unique:
                yield shares_test(
                    exact_tests.name_of(column), source, _present(values), redrawn=bent
                )
            return
        there = numbers[~np.isnan(numbers)]
        if column.kind in ("string", "boolean"):
            yield exact(
                (column.name,), f"{column.name} is {source.family}", "kind", passed=False,
                note=f"values of the kind {column.kind} have no such distribution",
            )  # fmt: skip
            return
        yield from exact_tests.bounds_tests(column, source, there)
        if column.total is None:
            yield from fit_tests(Sample(column, source, there, bent), self.rng)

    def _test_groups(
        self, column: Column, source: Groups, values: Sequence[Json], numbers: Floats
    ) -> Iterator[Test]:
        by = self.columns.get(source.by, ())
        name = ".".join(source.by)
        if len(by) != len(values):
            what = f"{name}, the groups of {column.name}, is there in every item"
            yield exact((name,), what, "kind", passed=False, expected=len(values), found=len(by))
            return
        places, strays = _group_items(by, source)
        if strays:
            what = f"each {name} is a group of {column.name}"
            yield exact((name,), what, "kind", passed=False, expected=0, found=strays)
        for group, chosen in places.items():
            part = source.each.get(group, source.otherwise)
            if part is not None:
                where = f"{name} is {group[:60]}" if group in source.each else f"{name} is another"
                for test in self._test_distribution(
                    column, part, [values[i] for i in chosen], numbers[chosen]
                ):
                    yield replace(test, what=f"{test.what}, where {where}")


def _present(values: Sequence[Json]) -> list[Json]:
    return [value for value in values if value is not None]


def _group_items(by: Sequence[Json], source: Groups) -> tuple[dict[str, list[int]], int]:
    """Return the positions of each group, of all others together, and how many have none."""
    places: dict[str, list[int]] = {}
    strays = 0
    for i, value in enumerate(by):
        name = group_name(value) if _is_short(value) else ""
        if name in source.each:
            places.setdefault(name, []).append(i)
        elif source.otherwise is not None:
            places.setdefault(_OTHERS, []).append(i)
        else:
            strays += 1
    return places, strays


def _is_short(value: Json) -> bool:
    """Whether a value can be written as text: Python refuses numbers of more than 4,300 digits."""
    return isinstance(value, (str, bool, float)) or (
        isinstance(value, int) and value.bit_length() < 128
    )
