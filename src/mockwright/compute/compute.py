"""The computed part of an answer: made before anybody writes, tested before it leaves.

NumPy and SciPy, the extra ``compute``, are imported when they are first needed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from typing import TYPE_CHECKING, cast

from mockwright.compute.programs.program_runner import Ask, ProgramRunner
from mockwright.compute.spec.fields import lists_of
from mockwright.compute.spec.spec import Spec
from mockwright.conformance.long_list import identities
from mockwright.conformance.overlay import overlay, put_into
from mockwright.conformance.verify import judged
from mockwright.errors import MissingExtraError, SpecError
from mockwright.schema.edit import get
from mockwright.schema.validate import compile_schema
from mockwright.types import MISSING, Candidate, Computed, Json, Missing, Task, Verdict

if TYPE_CHECKING:
    from mockwright.compute.draw import DrawnList, DrawStep
    from mockwright.compute.programs.program import ProgramRequest


@dataclass(frozen=True, slots=True)
class ComputedValues:
    """What was computed for one answer, list by list."""

    made: tuple[DrawnList, ...]
    seed: int
    steps: tuple[DrawStep, ...] = ()
    """Programs that were tried."""
    unread: tuple[str, ...] = ()
    """What was asked and not understood by anybody."""

    def given(self) -> Json | Missing:
        """An answer with the computed fields alone; :data:`MISSING` where there are none."""
        value: Json | Missing = MISSING
        for one in self.made:
            part = one.items if one.spec.place is not None else one.items[0]
            value = put_into(value, one.spec.place or (), part)
        return value

    @property
    def passed(self) -> bool:
        """Whether all that was asked was understood, and holds."""
        return not self.unread and all(one.report.passed for one in self.made)

    @property
    def failed(self) -> tuple[str, ...]:
        """What was asked and does not hold, or was not understood."""
        failed = tuple(test.what for one in self.made for test in one.report.failed)
        return (*failed, *(f"not understood: {phrase}" for phrase in self.unread))

    @property
    def score(self) -> float:
        """0..1: the lists' mean."""
        return sum(one.report.score for one in self.made) / max(1, len(self.made))


def with_computed_input(task: Task, computed_values: ComputedValues) -> Task:
    """The task, with the numbers among its input: they are kept like a caller's own values.

    What the caller sent in the same places comes before them.
    """
    if not computed_values.made:
        return task
    given, background = _with_identities(computed_values, task), task.background
    if isinstance(task.input, type(given)):
        given = overlay(given, task.input).value
    elif task.input is not MISSING:
        background = {"input": task.input}
    return replace(task, input=given, background=background, on_input_conflict="coerce")


def _with_identities(computed_values: ComputedValues, task: Task) -> Json | Missing:
    """The numbers, and what tells the items apart: where that is all, nobody has to be asked."""
    given = computed_values.given()
    for one in computed_values.made:
        place = one.spec.place
        if place is None or not all(isinstance(item, dict) for item in one.items[:1]):
            continue
        own = identities(task, place, one.spec.count)
        if any(own[:1]):
            rows = [{**mark, **item} for mark, item in zip(own, one.items, strict=True)]
            given = put_into(given, place, rows) if place else rows
    return given


def candidate_of_input(task: Task) -> Candidate | None:
    """The input as the answer, where it is all that is asked: there is nothing left to write."""
    if not compile_schema(task.schema).is_valid(task.input):
        return None
    return Candidate(task.input, Verdict(), judged(task.input, task))


def is_installed() -> bool:
    """Whether the parts that computing needs are there."""
    return find_spec("numpy") is not None and find_spec("scipy") is not None


async def compute(
    computed: Computed, task: Task, seed: int, runner: ProgramRunner, ask: Ask
) -> ComputedValues:
    """The numbers of each list: drawn where the spec says all, else by a model's program.

    Where no program passes its tests, what the spec does say is drawn, and the rest is told as
    unverified. Raises ContradictionError for what cannot be drawn, MissingExtraError without the
    extra.
    """
    specs = [cast(Spec, spec) for spec in computed.specs]
    if not is_installed():
        if specs:
            raise MissingExtraError("computed values", "compute")
        return ComputedValues((), seed, unread=computed.unread)
    if not computed.unread:
        return ComputedValues(await asyncio.to_thread(_drawn, specs, seed), seed)
    steps: tuple[DrawStep, ...] = ()
    if runner.backends:
        from mockwright.compute.programs.program import by_program

        wanted = _wanted(task, specs, computed.unread)
        made, steps = await by_program(wanted, task, seed, runner, ask)
        if made is not None:
            others = [spec for spec in specs if spec.place != made.spec.place]
            drawn = await asyncio.to_thread(_drawn, others, seed)
            return ComputedValues((made, *drawn), seed, steps)
    drawn = await asyncio.to_thread(_drawn, specs, seed)
    drawn = tuple(replace(one, steps=(*steps, *one.steps)) for one in drawn)
    return ComputedValues(drawn, seed, steps, computed.unread)


async def compute_by(
    program: str, computed: Computed | None, task: Task, seed: int, runner: ProgramRunner
) -> ComputedValues:
    """The numbers by a program that somebody gave; raises SpecError where it is wrong."""
    if not is_installed():
        raise MissingExtraError("computed values", "compute")
    from mockwright.compute.programs.program import run_program

    specs = [cast(Spec, spec) for spec in computed.specs] if computed is not None else []
    await runner.runner.open()
    ran = await run_program(_wanted(task, specs, ()), program, seed, runner)
    if ran.made is None:
        raise SpecError(ran.fault, "program")
    return ComputedValues((ran.made,), seed)


def _wanted(task: Task, specs: Sequence[Spec], unread: tuple[str, ...]) -> ProgramRequest:
    """Of the first list: what its spec says, and the fields that a program may make."""
    from mockwright.compute.programs.program import ProgramRequest

    lists = lists_of(task.schema)
    listed = next((one for one in lists if not specs or one.place == specs[0].place), lists[0])
    spec = specs[0] if specs else Spec(listed.place, listed.count or 1, ())
    named = {column.path for column in spec.columns}
    fields = tuple(
        field
        for field in listed.fields
        if field.path in named or field.kind not in ("string", "boolean") or field.values
    )
    return ProgramRequest(spec, fields, unread)


async def check(computed_values: ComputedValues, answer: Json) -> ComputedValues:
    """The numbers as they stand in an answer, tested again where they are not what was made."""
    return await asyncio.to_thread(_checked, computed_values, answer)


def _drawn(specs: Sequence[Spec], seed: int) -> tuple[DrawnList, ...]:
    from mockwright.compute.draw import draw

    return tuple(draw(spec, seed) for spec in specs)


def _checked(computed_values: ComputedValues, answer: Json) -> ComputedValues:
    from mockwright.compute.draw import verify_answer

    made = []
    for one in computed_values.made:
        place = one.spec.place
        found = [answer] if place is None else get(answer, place)
        items = found if isinstance(found, list) else []
        made.append(verify_answer(one, items, computed_values.seed))
    return replace(computed_values, made=tuple(made))
