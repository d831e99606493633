"""The computed part of an answer: made before anybody writes, tested before it leaves.

NumPy and SciPy, the extra ``compute``, are imported when they are first needed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from typing import TYPE_CHECKING, cast

from mockwright.compute.spec import Spec
from mockwright.errors import MissingExtraError
from mockwright.shapes.edits import get
from mockwright.shapes.overlay import overlay, put_into
from mockwright.shapes.validate import compile_schema
from mockwright.shapes.verify import judged
from mockwright.types import MISSING, Candidate, Computed, Json, Missing, Task, Verdict

if TYPE_CHECKING:
    from mockwright.compute.making import Made


@dataclass(frozen=True, slots=True)
class Numbers:
    """What was computed for one answer, list by list."""

    made: tuple[Made, ...]
    seed: int

    def given(self) -> Json | Missing:
        """An answer with the computed fields alone; :data:`MISSING` where there are none."""
        value: Json | Missing = MISSING
        for one in self.made:
            part = one.items if one.spec.place is not None else one.items[0]
            value = put_into(value, one.spec.place or (), part)
        return value

    @property
    def passed(self) -> bool:
        """Whether every test did."""
        return all(one.report.passed for one in self.made)

    @property
    def failed(self) -> tuple[str, ...]:
        """What was asked and does not hold."""
        return tuple(test.what for one in self.made for test in one.report.failed)

    @property
    def score(self) -> float:
        """0..1: the lists' mean."""
        return sum(one.report.score for one in self.made) / max(1, len(self.made))


def given_to(task: Task, numbers: Numbers) -> Task:
    """The task, with the numbers among its input: they are kept like a caller's own values.

    What the caller sent in the same places comes before them.
    """
    given, background = numbers.given(), task.background
    if isinstance(task.input, type(given)):
        given = overlay(given, task.input).value
    elif task.input is not MISSING:
        background = {"input": task.input}
    return replace(task, input=given, background=background, on_input_conflict="coerce")


def answered(task: Task) -> Candidate | None:
    """The input as the answer, where it is all that is asked: there is nothing left to write."""
    if not compile_schema(task.schema).is_valid(task.input):
        return None
    return Candidate(task.input, Verdict(), judged(task.input, task))


def is_installed() -> bool:
    """Whether the parts that computing needs are there."""
    return find_spec("numpy") is not None and find_spec("scipy") is not None


async def compute(computed: Computed, seed: int) -> Numbers:
    """The numbers of each list.

    Raises ContradictionError for what cannot be drawn, MissingExtraError without the extra.
    """
    if not is_installed():
        raise MissingExtraError("computed values", "compute")
    specs = [cast(Spec, spec) for spec in computed.specs]
    return await asyncio.to_thread(_drawn, specs, seed)


async def check(numbers: Numbers, answer: Json) -> Numbers:
    """The numbers as they stand in an answer, tested again where they are not what was made."""
    return await asyncio.to_thread(_checked, numbers, answer)


def _drawn(specs: Sequence[Spec], seed: int) -> Numbers:
    from mockwright.compute.making import draw

    return Numbers(tuple(draw(spec, seed) for spec in specs), seed)


def _checked(numbers: Numbers, answer: Json) -> Numbers:
    from mockwright.compute.making import checked_again

    made = []
    for one in numbers.made:
        place = one.spec.place
        found = [answer] if place is None else get(answer, place)
        items = found if isinstance(found, list) else []
        made.append(checked_again(one, items, numbers.seed))
    return Numbers(tuple(made), numbers.seed)
