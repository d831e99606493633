"""Drawing of the values of a spec until they pass their tests, and testing of an answer."""

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
"""The most draws of one spec: by chance one right draw in a hundred fails its tests."""


@dataclass(frozen=True, slots=True)
class DrawStep:
    """One attempt at making the values of a list."""

    way: str
    """Who made them: ``sampler``, ``program by <backend>``, ``answer`` for a test anew."""
    outcome: str
    """``verified``, or why the values were not taken."""
    seconds: float = 0.0
    cost_usd: float = 0.0
    detail: Json = None
    """What failed, in sentences."""

    def to_json(self) -> JsonObject:
        """Return the step as JSON, with milliseconds."""
        told: JsonObject = {
            "way": self.way,
            "outcome": self.outcome,
            "ms": round(self.seconds * 1000, 2),
            "cost_usd": self.cost_usd,
        }
        return told if self.detail is None else {**told, "detail": self.detail}


@dataclass(frozen=True, slots=True)
class DrawnList:
    """The values of the computed fields of one list, with the report on their tests."""

    spec: Spec
    columns: Columns
    report: ComputedReport
    steps: tuple[DrawStep, ...] = ()
    untested: tuple[str, ...] = ()
    """Phrases whose request was computed by a program, and which no test can tell."""

    @property
    def items(self) -> list[Json]:
        """The items, each with the computed fields alone."""
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
        """The bytes in memory, by estimate."""
        return 2_000 + 40 * self.spec.count * len(self.spec.columns)

    def to_json(self) -> JsonObject:
        """Return spec, steps and report as JSON."""
        return {
            "spec": self.spec.to_json(),
            "steps": [step.to_json() for step in self.steps],
            "report": self.report.to_json(),
            "untested": list(self.untested),
        }

    def svg(self) -> str:
        """Return a picture of each field against its spec."""
        return report_svg(self.report, self.spec, self.columns)


def draw(spec: Spec, seed: int) -> DrawnList:
    """Return the first draw that passes its tests, or the one with the fewest failures.

    Raises :class:`ContradictionError` where nothing can be drawn.
    """
    best: DrawnList | None = None
    for attempt in range(TRIES):
        started = time.perf_counter()
        columns = sampler.sample(spec, seed, attempt)
        report = verify(spec, _without_others(columns), seed=seed)
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
    """Return the list as it leaves, tested anew if something in it is not what was made."""
    columns = columns_of(items, made.spec)
    if all(values == made.columns.get(path) for path, values in columns.items()):
        return made
    report = verify(made.spec, columns, seed=seed)
    outcome = "verified" if report.passed else "failed its tests"
    return replace(
        made, columns=columns, report=report, steps=(*made.steps, DrawStep("answer", outcome))
    )


def columns_of(items: Sequence[Json], spec: Spec) -> Columns:
    """Return the computed fields of an answer by column; null where an item lacks one."""
    return {
        column.path: [_value_at(item, column.path) for item in items] for column in spec.columns
    }


def _value_at(item: Json, path: Path) -> Json:
    found = get(item, path)
    return None if found is MISSING else found


def _without_others(columns: Columns) -> Columns:
    """Return the columns without those whose values somebody else is going to make."""
    return {
        path: values
        for path, values in columns.items()
        if not any(value is PRESENT for value in values)
    }
