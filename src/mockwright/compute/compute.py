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
    """The programs that were tried; what the sampler tried is with each list."""
    unread: tuple[str, ...] = ()
    """Phrases that ask for something statistical and were understood by nobody."""

    def given(self) -> Json | Missing:
        """Return an answer with the computed fields alone; :data:`MISSING` where there are none."""
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
        """What was asked and does not hold, or was not understood, each as a sentence."""
        failed = tuple(test.what for one in self.made for test in one.report.failed)
        return (*failed, *(f"not understood: {phrase}" for phrase in self.unread))

    @property
    def score(self) -> float:
        """The mean score of the lists, 0..1."""
        return sum(one.report.score for one in self.made) / max(1, len(self.made))


def with_computed_input(task: Task, computed_values: ComputedValues) -> Task:
    """Return the task with the computed values in its input, to be kept like a caller's own.

    What the caller sent in the same places comes before them.
    """
    if not computed_values.made:
        return task
    given, background = _with_identities(computed_values, task), task.background
    if isinstance(task.input, type(given)):
        given = overlay(given, task.input).value
    # A caller's input of another form cannot be overlaid: it is told to the model beside.
    elif task.input is not MISSING:
        background = {"input": task.input}
    return replace(task, input=given, background=background, on_input_conflict="coerce")


def _with_identities(computed_values: ComputedValues, task: Task) -> Json | Missing:
    """Return the computed values, with what tells the items apart (ids, names) if the task has it.

    Where that is all that is asked, no model is needed.
    """
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
    """Return the input as the answer, if it is all that the schema asks for; else None."""
    if not compile_schema(task.schema).is_valid(task.input):
        return None
    return Candidate(task.input, Verdict(), judged(task.input, task))


def is_installed() -> bool:
    """Whether NumPy and SciPy can be imported."""
    return find_spec("numpy") is not None and find_spec("scipy") is not None


async def compute(
    computed: Computed, task: Task, seed: int, runner: ProgramRunner, ask: Ask
) -> ComputedValues:
    """Return the values of each list: drawn where the spec says all, else by a model's program.

    Where no program passes its tests, what the spec does say is drawn, and the rest is told as
    unverified. Raises :class:`ContradictionError` for what cannot be drawn, and
    :class:`MissingExtraError` without the extra.
    """
    specs = [cast(Spec, spec) for spec in computed.specs]
    if not is_installed():
        if specs:
            raise MissingExtraError("computed values", "compute")
        return ComputedValues((), seed, unread=computed.unread)
    if not computed.unread:
        # NumPy and SciPy compute for long: the event loop must not wait.
        return ComputedValues(await asyncio.to_thread(_draw_all, specs, seed), seed)
    steps: tuple[DrawStep, ...] = ()
    if runner.backends:
        from mockwright.compute.programs.program import by_program

        wanted = _program_request(task, specs, computed.unread)
        made, steps = await by_program(wanted, task, seed, runner, ask)
        if made is not None:
            # A program makes one list; the others are drawn.
            others = [spec for spec in specs if spec.place != made.spec.place]
            drawn = await asyncio.to_thread(_draw_all, others, seed)
            return ComputedValues((made, *drawn), seed, steps)
    drawn = await asyncio.to_thread(_draw_all, specs, seed)
    drawn = tuple(replace(one, steps=(*steps, *one.steps)) for one in drawn)
    return ComputedValues(drawn, seed, steps, computed.unread)


async def compute_by(
    program: str, computed: Computed | None, task: Task, seed: int, runner: ProgramRunner
) -> ComputedValues:
    """Return the values that a program somebody gave makes.

    Raises :class:`SpecError` where the program fails, and :class:`MissingExtraError` without the
    extra.
    """
    if not is_installed():
        raise MissingExtraError("computed values", "compute")
    from mockwright.compute.programs.program import run_program

    specs = [cast(Spec, spec) for spec in computed.specs] if computed is not None else []
    await runner.runner.open()
    ran = await run_program(_program_request(task, specs, ()), program, seed, runner)
    if ran.made is None:
        raise SpecError(ran.fault, "program")
    return ComputedValues((ran.made,), seed)


def _program_request(task: Task, specs: Sequence[Spec], unread: tuple[str, ...]) -> ProgramRequest:
    """Return what a program is asked for: the first list's spec, and the fields it may make."""
    from mockwright.compute.programs.program import ProgramRequest

    lists = lists_of(task.schema)
    listed = next((one for one in lists if not specs or one.place == specs[0].place), lists[0])
    spec = specs[0] if specs else Spec(listed.place, listed.count or 1, ())
    named = {column.path for column in spec.columns}
    fields = tuple(
        field
        for field in listed.fields
        # Free texts are left to those who write.
        if field.path in named or field.kind not in ("string", "boolean") or field.values
    )
    return ProgramRequest(spec, fields, unread)


async def check(computed_values: ComputedValues, answer: Json) -> ComputedValues:
    """Return the values as they stand in an answer, tested again if they were changed."""
    return await asyncio.to_thread(_verify_all, computed_values, answer)


def _draw_all(specs: Sequence[Spec], seed: int) -> tuple[DrawnList, ...]:
    from mockwright.compute.draw import draw

    return tuple(draw(spec, seed) for spec in specs)


def _verify_all(computed_values: ComputedValues, answer: Json) -> ComputedValues:
    from mockwright.compute.draw import verify_answer

    made = []
    for one in computed_values.made:
        place = one.spec.place
        found = [answer] if place is None else get(answer, place)
        items = found if isinstance(found, list) else []
        made.append(verify_answer(one, items, computed_values.seed))
    return replace(computed_values, made=tuple(made))
