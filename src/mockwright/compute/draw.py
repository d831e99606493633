"""Making the numbers of a spec, each way in its turn, until what is made passes its tests."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from mockwright.compute.checks.verify import ComputedReport, verify
from mockwright.compute.plot.plot import report_svg
from mockwright.compute.sampling import sampler
from mockwright.compute.sampling.sampler import PRESENT, Columns
from mockwright.compute.spec.spec import Path, Spec
from mockwright.schema.edit import get
from mockwright.types import MISSING, Json, JsonObject

TRIES: Final = 3
"""Draws of the sampler: one in a hundred right ones fails its tests by chance."""


@dataclass(frozen=True, slots=True)
class DrawStep:
    """One way that was tried."""

    way: str
    """``sampler``, ``program`` ..."""
    outcome: str
    """``verified``, or why it was not taken."""
    seconds: float = 0.0
    cost_usd: float = 0.0
    detail: Json = None

    def to_json(self) -> JsonObject:
        """As JSON."""
        told: JsonObject = {
            "way": self.way,
            "outcome": self.outcome,
            "ms": round(self.seconds * 1000, 2),
            "cost_usd": self.cost_usd,
        }
        return told if self.detail is None else {**told, "detail": self.detail}


@dataclass(frozen=True, slots=True)
class DrawnList:
    """The values of the computed fields of one list."""

    spec: Spec
    columns: Columns
    report: ComputedReport
    steps: tuple[DrawStep, ...] = ()
    untested: tuple[str, ...] = ()
    """What was asked and computed, and what no test can tell."""

    @property
    def items(self) -> list[Json]:
        """The computed fields of each item."""
        return sampler.rows(self.columns, self.spec.count)

    @property
    def fields(self) -> tuple[str, ...]:
        """The names of the computed fields."""
        return tuple(column.name or "value" for column in self.spec.columns)

    @property
    def failed(self) -> tuple[str, ...]:
        """What was asked and does not hold, each as a sentence."""
        return tuple(test.what for test in self.report.failed)

    @property
    def weight(self) -> int:
        """Bytes in memory, by estimate."""
        return 2_000 + 40 * self.spec.count * len(self.spec.columns)

    def to_json(self) -> JsonObject:
        """As JSON."""
        return {
            "spec": self.spec.to_json(),
            "steps": [step.to_json() for step in self.steps],
            "report": self.report.to_json(),
            "untested": list(self.untested),
        }

    def svg(self) -> str:
        """Each field against its spec."""
        return report_svg(self.report, self.spec, self.columns)


def draw(spec: Spec, seed: int) -> DrawnList:
    """By the sampler; the draw with the fewest failed tests where none passes all.

    Raises ContradictionError where nothing can be drawn.
    """
    best: DrawnList | None = None
    for attempt in range(TRIES):
        started = time.perf_counter()
        columns = sampler.sample(spec, seed, attempt)
        report = verify(spec, _tested(columns), seed=seed)
        outcome = "verified" if report.passed else "failed its tests"
        failed = [test.what for test in report.failed] or None
        step = DrawStep("sampler", outcome, time.perf_counter() - started, detail=failed)
        steps = (*(best.steps if best else ()), step)
        if best is None or len(report.failed) < len(best.report.failed):
            best = DrawnList(spec, columns, report, steps)
        else:
            best = DrawnList(spec, best.columns, best.report, steps)
        if report.passed:
            break
    assert best is not None  # noqa: S101 - there is at least one try
    return best


def verify_answer(made: DrawnList, items: Sequence[Json], seed: int) -> DrawnList:
    """As it leaves: tested anew where something else than what was made stands there."""
    columns = columns_of(items, made.spec)
    if all(values == made.columns.get(path) for path, values in columns.items()):
        return made
    report = verify(made.spec, columns, seed=seed)
    outcome = "verified" if report.passed else "failed its tests"
    return replace(
        made, columns=columns, report=report, steps=(*made.steps, DrawStep("answer", outcome))
    )


def columns_of(items: Sequence[Json], spec: Spec) -> Columns:
    """The computed fields of an answer; None where one is missing."""
    return {column.path: [_at(item, column.path) for item in items] for column in spec.columns}


def _at(item: Json, path: Path) -> Json:
    found = get(item, path)
    return None if found is MISSING else found


def _tested(columns: Columns) -> Columns:
    """Without the fields that somebody else is going to fill."""
    return {
        path: values
        for path, values in columns.items()
        if not any(value is PRESENT for value in values)
    }
