"""Production of one answer: numbers are computed, the plan is carried out, the result made to
conform."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from contextlib import aclosing, contextmanager, nullcontext
from dataclasses import dataclass, field, replace

from mockwright.backends.pool import Pool
from mockwright.compute.compute import (
    ComputedValues,
    candidate_of_input,
    check,
    compute,
    compute_by,
    with_computed_input,
)
from mockwright.compute.programs.program_runner import ProgramRunner
from mockwright.conformance.quality import parts_of, weigh
from mockwright.conformance.verify import complete, verify
from mockwright.errors import AllBackendsFailedError, NonConformingError, UnverifiedError
from mockwright.generator.interfaces import Realist
from mockwright.generator.task_hints import fill_seed, hints_of
from mockwright.patterns.chunked import stream_chunked
from mockwright.patterns.context import Budget, PatternContext, unobserved
from mockwright.patterns.run import run
from mockwright.planning.estimate import call_price
from mockwright.planning.planner import Planner
from mockwright.schema.edit import get
from mockwright.types import (
    MISSING,
    Candidate,
    Chunked,
    Completion,
    Json,
    Observe,
    Plan,
    Task,
    Trace,
)


@dataclass(frozen=True, slots=True)
class Producer:
    """Carries plans out; it knows nothing of variants, caches and headers."""

    planner: Planner
    pool: Pool
    deadline: float
    """Seconds that one answer may take, all its calls together."""
    realist: Realist | None = None
    """The generator's sense of what values look like, for filling a model's answer."""
    weights: Mapping[str, float] = field(default_factory=dict)
    """How much each part of the quality counts, by its name."""
    observe: Observe = unobserved
    runner: ProgramRunner = field(default_factory=ProgramRunner)
    """Has models write programs for what cannot be drawn from a spec, and runs these."""

    async def programmed(self, plan: Plan, program: str, trace: Trace) -> Candidate:
        """Return the answer to a plan whose numbers the Python source ``program`` computes.

        Raises as :meth:`whole`, and SpecError where the program does not do what is asked.
        """
        task = plan.task
        numbers = await compute_by(program, plan.computed, task, fill_seed(task), self.runner)
        return await self.whole(plan, task, trace, numbers)

    def budget(self, plan: Plan, answers: int = 1) -> Budget:
        """Return what ``answers`` answers to a plan may cost together, in USD and in calls."""
        calls = plan.estimate.calls + self.runner.most_calls(plan.computed)
        return Budget(plan.max_cost_usd, calls * answers)

    async def whole(
        self,
        plan: Plan,
        task: Task,
        trace: Trace,
        computed_values: ComputedValues | None = None,
        budget: Budget | None = None,
    ) -> Candidate:
        """Return the answer to one task of a plan, after repairs and with its quality judged.

        ``computed_values`` are given where they were made before, ``budget`` where several answers
        share one. Raises BackendError, GuardError, OverBudgetError, ContradictionError,
        UnverifiedError, and NonConformingError where filling is not wanted.
        """
        work = self._pattern_context(plan, task, trace, budget or self.budget(plan))
        candidate: Candidate | None = None
        try:
            if computed_values is None:
                computed_values = await self._compute_numbers(plan, task, work)
            task = task if computed_values is None else with_computed_input(task, computed_values)
            # Where the computed values are all that the shape asks for, no model has to be called.
            candidate = candidate_of_input(task) if computed_values is not None else None
            if candidate is None:
                candidate = await run(plan.node, task, work)
            if candidate.remaining and plan.on_failure == "fail":
                raise NonConformingError(candidate.remaining, backend=_last_backend(candidate))
            with timed(trace, "conform"):
                candidate = self._complete(candidate, task)
                if computed_values is not None:
                    # Once more on what is sent: filling and coercion may have changed a number.
                    computed_values = await check(computed_values, candidate.value)
                    trace.computed += computed_values.made
                candidate = self._scored(candidate, task, computed_values)
            _require_verified(computed_values, plan)
            return candidate
        finally:
            # Also of a failed answer the calls are paid for. Told apart by identity: two calls may
            # well have returned equal completions.
            kept = {id(done) for done in candidate.completions} if candidate else set()
            trace.lost += [done for done in work.made if id(done) not in kept]
            if candidate is not None:
                trace.candidates.append(candidate)

    async def pieces(self, plan: Plan, trace: Trace) -> AsyncGenerator[list[Json], None]:
        """Yield the items of a long list as they are made, each piece conforming before it leaves.

        The trace keeps the cost and quality of each piece, but not its values. Raises as
        :meth:`whole`, but only before the first piece: when a later one fails, the generator makes
        its items.
        """
        if not isinstance(plan.node, Chunked):
            raise TypeError("only a list that is made in pieces can be sent so")
        work = self._pattern_context(plan, plan.task, trace, self.budget(plan))
        task, numbers = plan.task, await self._compute_numbers(plan, plan.task, work)
        if numbers is not None:
            task = with_computed_input(task, numbers)
            trace.computed += numbers.made
            _require_verified(numbers, plan)
        try:
            async with aclosing(stream_chunked(plan.node, task, work, run)) as made:
                async for own, candidate in made:
                    # Judged by the task of the piece: its schema asks for the items of this piece
                    # alone.
                    done = self._scored(self._complete(candidate, own), own)
                    trace.candidates.append(_without_values(done))
                    kept = {id(completion) for completion in candidate.completions}
                    work.made[:] = [one for one in work.made if id(one) not in kept]
                    yield _list_at(done.value, plan.node.path)
        finally:
            trace.lost += work.made

    async def _compute_numbers(
        self, plan: Plan, task: Task, context: PatternContext
    ) -> ComputedValues | None:
        """Return what is computed of the answer; None where nothing is.

        Raises ContradictionError, and UnverifiedError where phrases were not understood.
        """
        if plan.computed is None:
            return None
        ask = context.within("program").generate
        with timed(context.trace, "compute"):
            numbers = await compute(plan.computed, task, fill_seed(task), self.runner, ask)
        context.trace.notes += [
            f"{step.way}: {step.outcome} {step.detail or ''}".rstrip() for step in numbers.steps
        ]
        # Before any model writes an answer that would be refused at the end anyway.
        if numbers.unread:
            _require_verified(numbers, plan)
        return numbers

    def _complete(self, candidate: Candidate, task: Task) -> Candidate:
        return complete(candidate, task, fill_seed(task), hints_of(task), self.realist)

    async def _call(self, task: Task, backends: Sequence[str], deadline: float) -> Completion:
        with self.observe("chat", operation="chat", stage=task.stage or None) as span:
            done = await self.pool.complete(task, backends, deadline=deadline)
            span.tell(
                backend=done.backend,
                provider=done.provider,
                model=done.model,
                input_tokens=done.usage.input_tokens,
                output_tokens=done.usage.output_tokens,
                cost_usd=done.cost_usd,
            )
            return done

    def _pattern_context(
        self, plan: Plan, task: Task, trace: Trace, budget: Budget
    ) -> PatternContext:
        deadline = asyncio.get_running_loop().time() + self.deadline
        models = self.planner.models

        async def generate(task: Task, backends: Sequence[str]) -> Completion:
            # The time of a stage is recorded under the stage's own name, not as `generate` too.
            with nullcontext() if task.stage else timed(trace, "generate"):
                try:
                    return await self._call(task, backends, deadline)
                except AllBackendsFailedError as error:
                    trace.attempts += error.attempts
                    raise

        return PatternContext(
            generate,
            verify,
            trace,
            price=lambda task, backends: call_price(task, backends, models),
            budget=budget,
            weights=self.weights,
            known={
                "complexity": plan.complexity.get("score", 0.0),
                "budget": plan.budget,
                "input": None if task.input is MISSING else task.input,
            },
            observe=self.observe,
            parallel=self.planner.defaults.chunk_parallel,
            learn=self.planner.sizes.note,
        )

    def _scored(
        self, candidate: Candidate, task: Task, computed_values: ComputedValues | None = None
    ) -> Candidate:
        """Return the candidate with its quality, overall and part by part."""
        found = parts_of(candidate, task)
        if computed_values is not None:
            found["statistics"] = round(computed_values.score, 4)
        quality = weigh(found, self.weights)
        return replace(candidate, verdict=replace(candidate.verdict, quality=quality, parts=found))


def _list_at(value: Json, path: tuple[str, ...]) -> list[Json]:
    found = get(value, path)
    return found if isinstance(found, list) else []


def _require_verified(computed_values: ComputedValues | None, plan: Plan) -> None:
    """Raise UnverifiedError where the computed values fail their tests and best effort is not
    wanted."""
    if (
        computed_values is not None
        and not computed_values.passed
        and plan.on_unverified != "best_effort"
    ):
        raise UnverifiedError(computed_values.failed, review=plan.on_unverified == "review")


def _without_values(candidate: Candidate) -> Candidate:
    """Return a candidate for the journal alone: the values of a streamed answer are not kept in
    memory."""
    completions = tuple(replace(done, value=MISSING, text="") for done in candidate.completions)
    return replace(candidate, value=None, completions=completions)


def _last_backend(candidate: Candidate) -> str:
    return candidate.completions[-1].backend if candidate.completions else ""


@contextmanager
def timed(trace: Trace, stage: str) -> Iterator[None]:
    """Add the seconds that the body takes to the timings of ``trace``, under ``stage``.

    They are added when the body raises, too.
    """
    start = time.perf_counter()
    try:
        yield
    finally:
        trace.timings.append((stage, time.perf_counter() - start))
