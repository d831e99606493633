"""What the sampler does not cover: a model writes a program, a sandbox runs it, tests decide."""

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
_TOLD: Final = 1_500
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
    """What a program is asked for."""

    spec: Spec
    fields: tuple[ListField, ...]
    unread: tuple[str, ...]
    """What of the request the spec does not say."""


async def by_program(
    wanted: ProgramRequest, task: Task, seed: int, runner: ProgramRunner, ask: Ask
) -> tuple[DrawnList | None, tuple[DrawStep, ...]]:
    """The values of the first program that passes its tests; None where none does."""
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
    wanted: ProgramRequest
    task: Task
    seed: int
    runner: ProgramRunner
    ask: Ask
    backend: str
    steps: list[DrawStep]

    async def write(self) -> DrawnList | None:
        """At most three programs, each told what was wrong with the one before."""
        program, fault = "", ""
        for _ in range(1 + REPAIRS):
            try:
                done = await self.ask(self._task(program, fault), (self.backend,))
            except (BackendError, OverBudgetError) as error:
                self._note("not written", str(error))
                return None
            program = program_in(done)
            if not program:
                fault = "there was no program in the answer"
                self._note(fault, done.text[:200], cost=done.cost_usd)
                continue
            tried = await run_program(self.wanted, program, self.seed, self.runner)
            detail = None if tried.made is not None else tried.fault
            self._note(tried.outcome, detail, tried.seconds, done.cost_usd)
            if tried.made is not None:
                return tried.made
            fault = tried.fault
        return None

    def _task(self, program: str, fault: str) -> Task:
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

    def _note(
        self, outcome: str, detail: Json = None, seconds: float = 0.0, cost: float = 0.0
    ) -> None:
        way = f"program by {self.backend}"
        self.steps.append(DrawStep(way, outcome, seconds, cost, detail))


@dataclass(frozen=True, slots=True)
class Tried:
    """What running one program came to."""

    outcome: str
    made: DrawnList | None = None
    fault: str = ""
    """What is wrong with it, told to whoever wrote it."""
    seconds: float = 0.0


async def run_program(
    wanted: ProgramRequest, program: str, seed: int, runner: ProgramRunner
) -> Tried:
    """The program, run and its values tested."""
    count = wanted.spec.count
    ran = await runner.runner.run(program, count, seed, seconds=runner.seconds)
    if ran.kind != "ok" or ran.text is None:
        return Tried(ran.kind, None, f"it ended with {ran.kind}: {ran.detail[:_TOLD]}", ran.seconds)
    items, fault = _items(ran.text, count)
    columns, fault = ({}, fault) if fault else _columns(items, wanted)
    if fault:
        return Tried("not what was asked", None, fault, ran.seconds)
    tested = {column.path: columns[column.path] for column in wanted.spec.columns}
    report = await asyncio.to_thread(verify, wanted.spec, tested, seed=seed)
    if not report.passed:
        failed = "; ".join(f"{test.what}: found {test.found}" for test in report.failed)
        fault = f"these do not hold: {failed}"[:_TOLD]
        return Tried("failed its tests", None, fault, ran.seconds)
    spec = replace(wanted.spec, columns=_made_columns(columns, wanted))
    made = DrawnList(spec, columns, report, untested=wanted.unread)
    outcome = "verified" if report.tests else "nothing to test"
    return Tried(outcome, made, "", ran.seconds)


def _columns(items: Sequence[Json], wanted: ProgramRequest) -> tuple[Columns, str]:
    """The fields that it made, all of the right kind, or what is wrong with them."""
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


def _made_columns(columns: Columns, wanted: ProgramRequest) -> tuple[Column, ...]:
    """Those of the spec, and for what else it made a column that asks nothing."""
    known = {column.path: column for column in wanted.spec.columns}
    kinds = {field.path: field.kind for field in wanted.fields}
    return tuple(known.get(path) or Column(path, kinds[path], None) for path in columns)


def program_in(done: Completion) -> str:
    """The program in an answer: as asked, in a fence, or bare; empty where there is none."""
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


def _items(text: str, count: int) -> tuple[list[Json], str]:
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
    """Whether a value may stand in a field, so that nobody has to change it later."""
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
    if not fits or abs(value) > 1e300 or value != value:
        return False
    low_enough = field.low is None or value >= field.low
    return low_enough and (field.high is None or value <= field.high)
