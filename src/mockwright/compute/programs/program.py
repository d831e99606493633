"""Values by a program: a model writes it, a sandbox runs it, tests decide.

This is the way for what the sampler does not cover.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from mockwright.compute.checks.verify import verify
from mockwright.compute.draw import DrawnList, DrawStep
from mockwright.compute.programs.program_runner import REPAIRS, Ask, ProgramRunner
from mockwright.compute.sampling.sampler import Columns
from mockwright.compute.spec.fields import ListField
from mockwright.compute.spec.spec import Column, Spec
from mockwright.errors import BackendError, OverBudgetError
from mockwright.extraction.extract import extract
from mockwright.schema.edit import get
from mockwright.schema.types import is_number
from mockwright.types import MISSING, Completion, Json, JsonObject, Task

_MOST_CHARS: Final = 20_000
"""The most characters of a program."""
_MOST_FAULT_CHARS: Final = 1_500
"""The most characters of what a model is told about its last program."""
# A fenced block, marked as Python or not marked, which may lack its closing fence.
_FENCED: Final = re.compile(r"```(?:python|py)?[ \t]*\n(.*?)(?:```|\Z)", re.DOTALL)
_ANSWER: Final[JsonObject] = {
    "type": "object",
    "properties": {"program": {"type": "string", "description": "the whole program, in Python"}},
    "required": ["program"],
    "additionalProperties": False,
}
_ASK: Final = (
    "Write a Python program that computes fields of {count} items; somebody else writes the rest of"
    " them. Define generate(n, rng): it gets the number of items and a seeded random number"
    " generator, and returns a list of n dicts with these fields, and no others: {fields}. Take"
    " every random number from rng. Hold what is asked in the request exactly, as far as it is"
    " about these fields. Print nothing, read nothing. {guide}"
)


@dataclass(frozen=True, slots=True)
class ProgramRequest:
    """What a program is asked to make."""

    spec: Spec
    fields: tuple[ListField, ...]
    """The fields that it may make; those of the spec it must."""
    unread: tuple[str, ...]
    """What the request asks beyond the spec, in its own words."""


async def by_program(
    wanted: ProgramRequest, task: Task, seed: int, runner: ProgramRunner, ask: Ask
) -> tuple[DrawnList | None, tuple[DrawStep, ...]]:
    """Return the values of the first program that passes its tests, or None, and what was tried."""
    steps: list[DrawStep] = []
    await runner.runner.open()
    if runner.runner.tier == "none":
        return None, (DrawStep("program", "refused", detail="no sandbox works here"),)
    for backend in runner.backends:
        writer = _Writer(wanted, task, seed, runner, ask, backend, steps)
        made = await writer.write()
        if made is not None:
            return replace(made, steps=tuple(steps)), tuple(steps)
    return None, tuple(steps)


@dataclass(slots=True)
class _Writer:
    """One backend that writes programs, and what it is asked."""

    wanted: ProgramRequest
    task: Task
    seed: int
    runner: ProgramRunner
    ask: Ask
    backend: str
    steps: list[DrawStep]

    async def write(self) -> DrawnList | None:
        """Return the values of the first of at most three programs that passes.

        Each is told what was wrong with the one before.
        """
        program, fault = "", ""
        for _ in range(1 + REPAIRS):
            try:
                done = await self.ask(self._task(program, fault), (self.backend,))
            except (BackendError, OverBudgetError) as error:
                self._add_step("not written", str(error))
                return None
            program = program_in(done)
            if not program:
                fault = "there was no program in the answer"
                self._add_step(fault, done.text[:200], cost=done.cost_usd)
                continue
            tried = await run_program(self.wanted, program, self.seed, self.runner)
            detail = None if tried.made is not None else tried.fault
            self._add_step(tried.outcome, detail, tried.seconds, done.cost_usd)
            if tried.made is not None:
                return tried.made
            fault = tried.fault
        return None

    def _task(self, program: str, fault: str) -> Task:
        """Return the task to write a program, with the fault of the last one if there was one."""
        fields = ", ".join(f"{'.'.join(f.path)} ({f.kind})" for f in self.wanted.fields)
        background: JsonObject = {"asked": self.wanted.spec.to_json()}
        if self.wanted.unread:
            background["also asked"] = list(self.wanted.unread)
        if fault:
            background |= {"your last program": program, "what is wrong with it": fault}
        return replace(
            self.task,
            schema=_ANSWER,
            input=MISSING,
            background=background,
            instructions=_ASK.format(
                count=self.wanted.spec.count, fields=fields, guide=self.runner.runner.guide
            ),
            checks=(),
            variant=0,
        )

    def _add_step(
        self, outcome: str, detail: Json = None, seconds: float = 0.0, cost: float = 0.0
    ) -> None:
        way = f"program by {self.backend}"
        self.steps.append(DrawStep(way, outcome, seconds, cost, detail))


@dataclass(frozen=True, slots=True)
class Tried:
    """What running one program came to."""

    outcome: str
    """One of :attr:`Ran.kind`, ``not what was asked``, ``failed its tests``, ``verified``."""
    made: DrawnList | None = None
    fault: str = ""
    """What is wrong with the program, as its writer is told."""
    seconds: float = 0.0


async def run_program(
    wanted: ProgramRequest, program: str, seed: int, runner: ProgramRunner
) -> Tried:
    """Run a program in the sandbox, and return its values if they pass their tests."""
    count = wanted.spec.count
    ran = await runner.runner.run(program, count, seed, seconds=runner.seconds)
    if ran.kind != "ok" or ran.text is None:
        return Tried(
            ran.kind,
            None,
            f"it ended with {ran.kind}: {ran.detail[:_MOST_FAULT_CHARS]}",
            ran.seconds,
        )
    items, fault = _parse_items(ran.text, count)
    columns, fault = ({}, fault) if fault else _read_columns(items, wanted)
    if fault:
        return Tried("not what was asked", None, fault, ran.seconds)
    tested = {column.path: columns[column.path] for column in wanted.spec.columns}
    report = await asyncio.to_thread(verify, wanted.spec, tested, seed=seed)
    if not report.passed:
        failed = "; ".join(f"{test.what}: found {test.found}" for test in report.failed)
        fault = f"these do not hold: {failed}"[:_MOST_FAULT_CHARS]
        return Tried("failed its tests", None, fault, ran.seconds)
    spec = replace(wanted.spec, columns=_columns_of_result(columns, wanted))
    made = DrawnList(spec, columns, report, untested=wanted.unread)
    outcome = "verified" if report.tests else "nothing to test"
    return Tried(outcome, made, "", ran.seconds)


def _read_columns(items: Sequence[Json], wanted: ProgramRequest) -> tuple[Columns, str]:
    """Return the fields that the program made, all of their kinds, or what is wrong with them."""
    columns: Columns = {}
    for field in wanted.fields:
        values = [get(item, field.path) for item in items]
        if all(value is MISSING for value in values):
            continue
        for i, value in enumerate(values):
            if not _fits(value, field):
                name = ".".join(field.path)
                return {}, f"item {i}: {name} is {str(value)[:60]!r}, expected {field.kind}"
        columns[field.path] = values
    asked = [column.path for column in wanted.spec.columns]
    lacking = [".".join(path) for path in asked if path not in columns]
    if lacking or not columns:
        return {}, f"it made no {', '.join(lacking) or 'field that is known'}"
    return columns, ""


def _columns_of_result(columns: Columns, wanted: ProgramRequest) -> tuple[Column, ...]:
    """Return the spec's columns, and one that asks nothing for each further field."""
    known = {column.path: column for column in wanted.spec.columns}
    kinds = {field.path: field.kind for field in wanted.fields}
    return tuple(known.get(path) or Column(path, kinds[path], None) for path in columns)


def program_in(done: Completion) -> str:
    """Return the program in an answer: as asked, in a fence, or bare; empty where there is none."""
    if isinstance(done.value, dict):
        return str(done.value.get("program", ""))[:_MOST_CHARS]
    fenced = _FENCED.search(done.text)
    if fenced is not None and "def generate" in fenced[1]:
        return fenced[1][:_MOST_CHARS]
    found = extract(done.text, lambda value: isinstance(value, dict) and "program" in value)
    if found is not None and isinstance(found.value, dict):
        program = found.value.get("program")
        if isinstance(program, str):
            return program[:_MOST_CHARS]
    return done.text[:_MOST_CHARS] if done.text.lstrip().startswith(("def ", "import ")) else ""


def _parse_items(text: str, count: int) -> tuple[list[Json], str]:
    """Return the items of the result, or what is wrong with it."""
    try:
        items = json.loads(text)
    except (ValueError, RecursionError) as error:
        return [], f"its result is no JSON: {str(error)[:200]}"
    if not isinstance(items, list) or len(items) != count:
        found = len(items) if isinstance(items, list) else type(items).__name__
        return [], f"it returned {found}, expected a list of {count}"
    if not all(isinstance(item, dict) for item in items):
        return [], "it returned items that are no dicts"
    return items, ""


def _fits(value: Json, field: ListField) -> bool:
    """Whether a value may stand in a field as it is, so that nothing will be coerced later."""
    if value is None:
        return field.nullable
    match field.kind:
        case "boolean":
            return isinstance(value, bool)
        case "integer":
            fits = isinstance(value, int) and not isinstance(value, bool)
        case "number":
            fits = is_number(value)
        case _:
            return isinstance(value, str) and (not field.values or value in field.values)
    # NaN is the one value that is not itself; JSON has neither it nor infinities.
    if not fits or abs(value) > 1e300 or value != value:
        return False
    low_enough = field.low is None or value >= field.low
    return low_enough and (field.high is None or value <= field.high)
