"""One stage or branch: its guard, its failure, its place in the records."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

from mockwright.errors import BackendError, GuardError, OverBudgetError
from mockwright.patterns.context import PatternContext, Run
from mockwright.types import (
    MISSING,
    Candidate,
    Completion,
    Json,
    Missing,
    PlanNode,
    Single,
    Stage,
    StageRecord,
    Task,
)


async def run_stage(
    stage: Stage,
    task: Task,
    context: PatternContext,
    run: Run,
    made: Json | Missing = MISSING,
    quality: float = 0.0,
) -> Candidate | None:
    """Return the stage's candidate; None if it was passed over, by its guard or by ``on_error``.

    Raises :class:`BackendError` and :class:`GuardError` where the stage is to fail, and
    :class:`OverBudgetError` always.
    """
    answered: list[Completion] = []
    context = context.within(stage.name).hearing(answered)
    record = StageRecord(context.path, type(stage.node).__name__.lower())
    context.trace.stages.append(record)
    started = time.perf_counter()
    with context.observe(
        f"stage {context.path}", stage=context.path, pattern=record.pattern
    ) as span:
        try:
            if stage.when is not None and not context.holds(stage.when, made, quality):
                record.state, record.note = "skipped", f"not so: {stage.when.text}"
                return None
            candidate = await _carry_out(stage, task, context, run, record)
        except (BackendError, GuardError, OverBudgetError) as error:
            record.state, record.note = "failed", str(error)
            if stage.on_error == "skip" and not isinstance(error, OverBudgetError):
                record.state = "skipped"
                context.note(f"skipped: {error}")
                return None
            raise
        except asyncio.CancelledError:
            record.state = "cancelled"
            raise
        else:
            record.state = "done"
            record.quality = candidate.verdict.quality
            return candidate
        finally:
            record.seconds = time.perf_counter() - started
            context.trace.timings.append((context.path, record.seconds))
            # An error that is nobody's backend's fault.
            if record.state == "running":
                record.state = "failed"
            _sum_up(record, answered)
            span.tell(quality=record.quality, cost_usd=record.cost_usd, error=_fault_of(record))


async def _carry_out(
    stage: Stage, task: Task, context: PatternContext, run: Run, record: StageRecord
) -> Candidate:
    try:
        return await run(stage.node, task, context)
    except BackendError as error:
        if stage.on_error != "fallback":
            raise
        record.note = f"fell back: {error}"
        context.note(record.note)
        spare: PlanNode = stage.fallback or Single()
        return await run(spare, task, context)


def _sum_up(record: StageRecord, mine: Sequence[Completion]) -> None:
    """Record what the calls of this run of the stage took, with those of the stages in it."""
    record.calls = len(mine)
    record.backends = tuple(dict.fromkeys(completion.backend for completion in mine))
    record.cost_usd = sum(completion.cost_usd for completion in mine)
    record.input_tokens = sum(completion.usage.input_tokens for completion in mine)
    record.output_tokens = sum(completion.usage.output_tokens for completion in mine)


def _fault_of(record: StageRecord) -> str | None:
    return record.note if record.state == "failed" else None
