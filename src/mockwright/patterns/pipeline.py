"""Stages in order, each building on what those before it made."""

from __future__ import annotations

from dataclasses import replace

from mockwright.conformance.prune import prune
from mockwright.errors import OverBudgetError
from mockwright.patterns.context import PatternContext, Run
from mockwright.patterns.stage import run_stage
from mockwright.patterns.stage_input import build_on, judged_again, task_of
from mockwright.types import MISSING, Candidate, Json, Missing, Pipeline, Task, Verdict


async def run_pipeline(node: Pipeline, task: Task, context: PatternContext, run: Run) -> Candidate:
    """Return what the stages made together.

    What an earlier stage made well is kept by the later ones; what it made badly or not at all they
    may make. Raises as run_stage does; :class:`OverBudgetError` only where nothing has been made
    yet.
    """
    total: Candidate | None = None
    made: Json | Missing = MISSING
    done = 0
    checks = task.checks
    for number, stage in enumerate(node.stages, 1):
        inner = task_of(stage, task, made)
        # The request's rules are about the whole, which is there only after the last stage.
        if number == len(node.stages):
            inner = replace(inner, checks=(*inner.checks, *task.checks))
        quality = total.verdict.quality if total else 0.0
        try:
            candidate = await run_stage(stage, inner, context, run, made, quality)
        except OverBudgetError as error:
            if total is None:
                raise
            context.note(f"stopped before {stage.name}: {error}")
            break
        if candidate is None:
            continue
        total = _join(total, build_on(made, candidate, stage, inner.schema), done)
        done += 1
        checks += stage.checks
        made = prune(total.value, inner.schema)
    if total is None:
        context.note("every stage was passed over")
        total = Candidate(None if task.input is MISSING else task.input, Verdict())
    return judged_again(total, replace(task, checks=checks))


def _join(first: Candidate | None, second: Candidate, before: int) -> Candidate:
    """Return two candidates as one: the latter holds what ``before`` stages made in the former."""
    if first is None:
        return second
    conformance = (first.verdict.quality * before + second.verdict.quality) / (before + 1)
    return replace(
        second,
        verdict=replace(
            second.verdict,
            violations=first.verdict.violations + second.verdict.violations,
            quality=conformance,
            parts={**first.verdict.parts, **second.verdict.parts},
        ),
        completions=first.completions + second.completions,
        repairs=first.repairs + second.repairs,
        confidence=_least(first.confidence, second.confidence),
    )


def _least(*known: float | None) -> float | None:
    return min((value for value in known if value is not None), default=None)
