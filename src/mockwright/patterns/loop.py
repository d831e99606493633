"""A loop: generate, check, correct, until it is good enough; the best version leaves."""

from __future__ import annotations

from dataclasses import dataclass, replace

from mockwright.conformance.quality import parts_of, weigh
from mockwright.conformance.reask import graft, reask
from mockwright.conformance.verify import judged
from mockwright.errors import BackendError, GuardError, OverBudgetError
from mockwright.patterns.context import PatternContext, Run
from mockwright.patterns.judge import judge
from mockwright.schema.edit import get, path_of, put, same
from mockwright.schema.locate import Path
from mockwright.types import MISSING, Candidate, Json, Loop, PlanNode, Single, Task, Violation

_UNCHANGED = 2
"""How many rounds in a row without a change end the loop."""


@dataclass(frozen=True, slots=True)
class Version:
    """An answer, and how good it was found to be."""

    candidate: Candidate
    score: float
    """How good it is, 0..1; less with each violation that remains."""
    issues: tuple[Violation, ...]
    """What is to be corrected."""
    judged: bool = False
    """Whether a judge's score is part of its own."""


async def run_loop(node: Loop, task: Task, context: PatternContext, run: Run) -> Candidate:
    """Return the best version seen, never a later worse one.

    The check is code's first (schema, rules); where that finds nothing, a judge's, if there is one.
    Raises as the node that generates does; what comes after it costs at worst its own work.
    """
    candidate = await run(node.generate, task, context.within("generate"))
    best = await _check(candidate, task, node, context)
    unchanged, before = 0, best
    # The first round was the generation itself.
    for round_ in range(2, node.max_iterations + 1):
        if _is_good(best, node) or unchanged >= _UNCHANGED:
            break
        correcting = context.within(f"correct-{round_}")
        latest = await _next_version(node.correct, best, task, node, correcting, run)
        if latest is None:
            break
        # Going back and forth between two versions is no progress either.
        seen = (best.candidate.value, before.candidate.value)
        same_again = any(same(latest.candidate.value, value) for value in seen)
        before = latest
        unchanged = unchanged + 1 if same_again else 0
        best = _better(best, latest, context, f"round {round_}")
    if not _is_good(best, node) and node.final is not None:
        latest = await _next_version(node.final, best, task, node, context.within("final"), run)
        best = best if latest is None else _better(best, latest, context, "the final pass")
    if not _is_good(best, node):
        context.note(f"quality {best.score:.3f} is below the threshold of {node.threshold:g}")
    return best.candidate


def _is_good(version: Version, node: Loop) -> bool:
    return version.score >= node.threshold and not version.candidate.remaining


async def _check(candidate: Candidate, task: Task, node: Loop, context: PatternContext) -> Version:
    """Return a candidate as a version, with its score and its issues."""
    issues = candidate.remaining
    judgement = None
    if not issues and node.judge is not None:
        judgement = await judge(candidate.value, task, node.judge, context)
        issues = judgement.issues if judgement else ()
    # What a judge said of the version before is not said of this one.
    told = {name: part for name, part in candidate.verdict.parts.items() if name != "judge"}
    candidate = replace(candidate, verdict=replace(candidate.verdict, parts=told))
    found = parts_of(candidate, task, judgement.score if judgement else None)
    judged_parts = {"judge": found["judge"]} if "judge" in found else {}
    verdict = replace(candidate.verdict, parts={**candidate.verdict.parts, **judged_parts})
    score = weigh(found, context.weights)
    if candidate.remaining:
        # A single violation halves the score: hardly a threshold is reached with one.
        score /= 1 + len(candidate.remaining)
    context.note(f"quality {score:.3f}" + (f", judge {judgement.score:.2f}" if judgement else ""))
    return Version(replace(candidate, verdict=verdict), score, issues, judgement is not None)


async def _next_version(
    by: PlanNode, best: Version, task: Task, node: Loop, context: PatternContext, run: Run
) -> Version | None:
    """Return the best version with its issues mended, checked; None where nobody could be asked."""
    try:
        corrected = await _correct(by, best, task, context, run)
    except (BackendError, GuardError, OverBudgetError) as error:
        context.note(f"no correction: {error}")
        return None
    return await _check(corrected, task, node, context)


async def _correct(
    by: PlanNode, best: Version, task: Task, context: PatternContext, run: Run
) -> Candidate:
    """Return a candidate in which only places with issues change, or all if that is the issue."""
    faulty = replace(best.candidate, remaining=best.issues)
    if isinstance(by, Single):
        again = replace(reask(faulty, task), checks=())
    else:
        # The stages of a flow have forms of their own: they are asked for the whole.
        again = replace(task, previous=faulty.value, violations=best.issues, checks=())
    answer = await run(_without_reasks(by), again, context)
    if again.places:
        return graft(best.candidate, answer, again, task)
    paths = [path_of(best.candidate.value, issue.pointer) for issue in best.issues]
    value = _with_places_of(best.candidate.value, answer.value, paths)
    return replace(
        answer,
        value=value,
        remaining=judged(value, task),
        completions=best.candidate.completions + answer.completions,
    )


def _without_reasks(node: PlanNode) -> PlanNode:
    """Return a node that is not asked again: a correction is a re-ask itself."""
    return replace(node, reasks=0) if isinstance(node, Single) else node


def _with_places_of(value: Json, answer: Json, paths: list[Path]) -> Json:
    """Return ``value`` with what ``answer`` has at ``paths``; all of it where nothing is named."""
    if not paths or () in paths:
        return answer
    for path in paths:
        new = get(answer, path)
        if new is not MISSING:
            value = put(value, path, new)
    return value


def _better(best: Version, latest: Version, context: PatternContext, what: str) -> Version:
    """Return the version with fewer violations, then of the higher score.

    A version that nobody could judge is not taken for better than one that was judged.
    """
    if best.judged and not latest.judged and not latest.candidate.remaining:
        context.note(f"{what} could not be judged: dropped")
        return best
    key = (-len(latest.candidate.remaining), latest.score)
    if key > (-len(best.candidate.remaining), best.score):
        return latest
    context.note(f"{what} made it no better: dropped")
    return best
