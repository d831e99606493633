"""What came of the tests of a spec."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal, TypeAlias

from mockwright.types import Json, JsonObject

ALPHA: Final = 0.01
"""Of the whole report: a correct generator fails one in a hundred by chance."""

Method: TypeAlias = Literal[
    "ks", "chi-square", "mean", "sd", "pearson", "spearman", "r2", "unique", "order", "sum",
    "bounds", "missing", "formula", "residuals", "sequence", "series", "constraint", "kind",
    "ratio",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Test:
    """One part of a spec, and whether it holds."""

    __test__ = False  # pytest would take it for one of its own

    columns: tuple[str, ...]
    what: str
    """As a sentence."""
    method: Method
    passed: bool
    score: float
    """0..1, in SDMetrics' vocabulary: the complement of a distance for the shape of a column, the
    similarity of a correlation for a pair; 0 or 1 for what is exact."""
    statistic: float | None = None
    p: float | None = None
    expected: Json = None
    found: Json = None
    note: str | None = None
    """What a reader has to know: what rounding or clipping does to the test."""

    def told(self) -> JsonObject:
        """As JSON."""
        return {
            "columns": list(self.columns),
            "what": self.what,
            "method": self.method,
            "passed": self.passed,
            "score": round(self.score, 4),
            "statistic": None if self.statistic is None else round(self.statistic, 6),
            "p": None if self.p is None else float(f"{self.p:.4g}"),
            "expected": self.expected,
            "found": self.found,
            "note": self.note,
        }


@dataclass(frozen=True, slots=True)
class Report:
    """All tests of one list."""

    tests: tuple[Test, ...]
    alpha: float = ALPHA

    @property
    def passed(self) -> bool:
        """Whether every part holds."""
        return all(test.passed for test in self.tests)

    @property
    def failed(self) -> tuple[Test, ...]:
        """Those that do not hold."""
        return tuple(test for test in self.tests if not test.passed)

    @property
    def score(self) -> float:
        """0..1: the mean over the tests."""
        if not self.tests:
            return 1.0
        return sum(test.score for test in self.tests) / len(self.tests)

    def told(self) -> JsonObject:
        """As JSON."""
        return {
            "passed": self.passed,
            "score": round(self.score, 4),
            "alpha": self.alpha,
            "correction": "Holm",
            "tests": [test.told() for test in self.tests],
        }


def corrected(tests: Sequence[Test], alpha: float = ALPHA) -> Report:
    """With the verdicts of those that have a p-value, all together (Holm, 1979).

    The smallest is held against alpha / m, the next against alpha / (m - 1) and so on, up to the
    first that passes.
    """
    with_p = sorted(
        (test.p, i) for i, test in enumerate(tests) if test.p is not None and test.passed
    )
    failed = set()
    for rank, (p, i) in enumerate(with_p):
        if p > alpha / (len(with_p) - rank):
            break
        failed.add(i)
    return Report(
        tuple(replace(test, passed=False) if i in failed else test for i, test in enumerate(tests)),
        alpha,
    )
