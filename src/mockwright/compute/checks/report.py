"""The report on the tests of a spec, and the verdict over all of them together."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal, TypeAlias

from mockwright.types import Json, JsonObject

ALPHA: Final = 0.01
"""The significance level of a report: one in a hundred right ones fails by chance."""

Method: TypeAlias = Literal[
    "ks", "chi-square", "ratio", "mean", "sd", "pearson", "spearman", "r2", "unique", "order",
    "sum", "bounds", "missing", "formula", "residuals", "sequence", "level", "trend", "season",
    "constraint", "kind",
]  # fmt: skip
"""What a test tests, or how."""


@dataclass(frozen=True, slots=True)
class Test:
    """One part of a spec, and whether it holds."""

    __test__ = False  # pytest would take it for one of its own

    columns: tuple[str, ...]
    what: str
    """The part as a sentence: ``age is normal(mean 35, sd 12) within 18 and 100, clipped``."""
    method: Method
    passed: bool
    """Whether it holds; with a p-value this is known only after :func:`corrected`."""
    score: float
    """How well it holds, 0..1, in SDMetrics' vocabulary.

    The complement of a distance for the shape of a column, the similarity of a correlation for a
    pair, 0 or 1 for what is exact.
    """
    statistic: float | None = None
    """The test statistic: a distance, a chi-square value, or standard errors."""
    p: float | None = None
    """The p-value; None of exact tests."""
    expected: Json = None
    found: Json = None
    note: str | None = None
    """What a reader has to know: what rounding or clipping does to the test."""

    def to_json(self) -> JsonObject:
        """Return the test as JSON, with numbers shortened."""
        return {
            "columns": list(self.columns),
            "what": self.what,
            "method": self.method,
            "passed": self.passed,
            "score": round(self.score, 4),
            "statistic": None if self.statistic is None else round(self.statistic, 6),
            "p": None if self.p is None else float(f"{self.p:.4g}"),
            "expected": _finite(self.expected),
            "found": _finite(self.found),
            "note": self.note,
        }


@dataclass(frozen=True, slots=True)
class ComputedReport:
    """All tests of one list."""

    tests: tuple[Test, ...]
    alpha: float = ALPHA

    @property
    def passed(self) -> bool:
        """Whether every part holds."""
        return all(test.passed for test in self.tests)

    @property
    def failed(self) -> tuple[Test, ...]:
        """The tests that do not hold."""
        return tuple(test for test in self.tests if not test.passed)

    @property
    def score(self) -> float:
        """The mean score of the tests, 0..1; 1 where nothing was to be tested."""
        if not self.tests:
            return 1.0
        return sum(test.score for test in self.tests) / len(self.tests)

    def to_json(self) -> JsonObject:
        """Return the report as JSON."""
        return {
            "passed": self.passed,
            "score": round(self.score, 4),
            "alpha": self.alpha,
            "correction": "Holm",
            "tests": [test.to_json() for test in self.tests],
        }


def exact(
    columns: tuple[str, ...],
    what: str,
    method: Method,
    *,
    passed: bool,
    expected: Json = None,
    found: Json = None,
    note: str | None = None,
) -> Test:
    """Return a test that holds or does not, with nothing between."""
    score = 1.0 if passed else 0.0
    return Test(columns, what, method, passed, score, expected=expected, found=found, note=note)


def corrected(tests: Sequence[Test], alpha: float = ALPHA) -> ComputedReport:
    """Return the report, with p-values judged all together by Holm's method (1979).

    The smallest is held against alpha / m, the next against alpha / (m - 1) and so on, up to the
    first that passes. So the chance that a correct generator fails any of them stays at ``alpha``.
    A p-value that is NaN counts as 0.
    """
    ranked = sorted(
        (0.0 if math.isnan(test.p) else test.p, place)
        for place, test in enumerate(tests)
        if test.p is not None and test.passed
    )
    failed = set()
    for rank, (p, place) in enumerate(ranked):
        if p > alpha / (len(ranked) - rank):
            break
        failed.add(place)
    judged = (replace(test, passed=False) if i in failed else test for i, test in enumerate(tests))
    return ComputedReport(tuple(_clean(test) for test in judged), alpha)


def _clean(test: Test) -> Test:
    """Return a test without numbers that JSON has no word for, and with a score within 0 and 1."""
    score = min(1.0, max(0.0, test.score)) if math.isfinite(test.score) else 0.0
    statistic, p = _finite(test.statistic), _finite(test.p)
    if (score, statistic, p) == (test.score, test.statistic, test.p):
        return test
    return replace(test, score=score, statistic=statistic, p=p)


def _finite(value: Json) -> Json:
    """Return a value with null for each number that is infinite or NaN."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(item) for item in value]
    return value
