"""Merges: how the answers of branches become one.

``deep`` and ``into`` take a part from each; ``first``, ``best`` and ``vote`` choose among answers
to the same question.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean
from typing import Final, TypeVar

from mockwright.conformance.overlay import nest, overlay, put_into
from mockwright.conformance.prune import prune
from mockwright.conformance.quality import parts_of, weigh
from mockwright.consistency.stage_facts import collect, hold
from mockwright.patterns.context import PatternContext
from mockwright.patterns.stage_input import judged_again, task_of
from mockwright.patterns.vote import closest, decided, vote
from mockwright.schema.edit import get
from mockwright.schema.keywords import join
from mockwright.types import (
    MISSING,
    Candidate,
    Json,
    Merge,
    Missing,
    Repair,
    Stage,
    Task,
    Verdict,
    Violation,
)

_MOST_NOTED: Final = 20
"""The most places that a note names."""
_Found = TypeVar("_Found", Repair, Violation)


@dataclass(frozen=True, slots=True)
class Branch:
    """A branch that has answered."""

    stage: Stage
    candidate: Candidate
    index: int
    """Its place in the configuration."""
    rank: int
    """Its place in time: 0 for the first to answer."""


@dataclass(frozen=True, slots=True)
class MergeRule:
    """One way to merge."""

    merge: Callable[[Sequence[Branch], Task, PatternContext], Candidate]
    chooses: bool
    """Whether it chooses among answers to one question; a failure is then one voice less."""
    settled: Callable[[Sequence[Branch], int], bool]
    """From the answered branches and the number under way: whether these can change nothing."""


def part_of(stage: Stage, task: Task) -> Task:
    """Return what a branch is asked: its own part of the answer, the whole input in sight."""
    inner = task_of(stage, task, MISSING)
    if stage.into is None:
        checks = () if stage.schema is not None else task.checks
        return replace(inner, checks=(*inner.checks, *checks))
    own = get(task.input, stage.into) if isinstance(task.input, dict) else MISSING
    return replace(inner, input=own, background=task.input)


def merge_deep(branches: Sequence[Branch], task: Task, context: PatternContext) -> Candidate:
    """Return each part in its place, the later over the earlier.

    What a part says about something that the input or an earlier part has fixed is set to it.
    """
    value: Json | Missing = MISSING
    repairs: list[Repair] = []
    for branch in branches:
        path = branch.stage.into or ()
        own = task.schema if branch.stage.schema is None else branch.stage.schema
        # What is broken beyond mending would only lie over what another branch made well.
        part = prune(branch.candidate.value, own)
        if part is MISSING:
            continue
        schema = nest(own, path)
        placed = put_into(MISSING, path, part) if path else part
        known = overlay(task.input, value).value if _can_overlay(task.input, value) else value
        placed, held = hold(placed, collect(known), schema, known)
        merged = overlay(value, placed)
        for conflict in merged.conflicts[:_MOST_NOTED]:
            context.note(
                f"{branch.stage.name} says otherwise at {conflict.pointer or '/'}: the later wins"
            )
        value = merged.value
        repairs += [_moved(repair, path) for repair in branch.candidate.repairs]
        repairs += held
    return _combine(branches, None if value is MISSING else value, task, repairs)


def _can_overlay(a: Json | Missing, b: Json | Missing) -> bool:
    return b is MISSING or (isinstance(a, dict) and isinstance(b, dict))


def first(branches: Sequence[Branch], task: Task, context: PatternContext) -> Candidate:
    """Return the answer that came first, among those with the fewest violations."""
    return _choose(
        min(branches, key=lambda b: (len(b.candidate.remaining), b.rank)), branches, context
    )


def best(branches: Sequence[Branch], task: Task, context: PatternContext) -> Candidate:
    """Return the answer of the highest quality; of several, the earliest in the configuration."""

    def good(branch: Branch) -> tuple[float, float, int]:
        candidate = branch.candidate
        found = parts_of(candidate, task)
        return -len(candidate.remaining), weigh(found, context.weights), -branch.index

    return _choose(max(branches, key=good), branches, context)


def consensus(branches: Sequence[Branch], task: Task, context: PatternContext) -> Candidate:
    """Return what most of them say, place by place; see ``patterns/vote.py``."""
    result = vote([branch.candidate.value for branch in branches])
    if result.disputed:
        context.note(f"vote: disputed at {', '.join(result.disputed[:_MOST_NOTED])}")
    repairs = [repair for branch in branches for repair in branch.candidate.repairs]
    merged = _combine(branches, result.value, task, repairs)
    if merged.remaining and (whole := [b for b in branches if not b.candidate.remaining]):
        # What is true of each answer need not be true of what most say place by place.
        value = closest([b.candidate.value for b in whole], result.value)
        context.note(
            "what most say place by place breaks a rule: the answer nearest to it was taken"
        )
        merged = _combine(branches, value, task, repairs)
    return replace(merged, confidence=result.agreement)


def _vote_settled(branches: Sequence[Branch], outstanding: int) -> bool:
    values = [branch.candidate.value for branch in branches]
    return len(values) > 1 and outstanding > 0 and decided(values, outstanding)


MERGES: Final[Mapping[Merge, MergeRule]] = {
    "deep": MergeRule(merge_deep, chooses=False, settled=lambda branches, left: False),
    "into": MergeRule(merge_deep, chooses=False, settled=lambda branches, left: False),
    "first": MergeRule(first, chooses=True, settled=lambda branches, left: bool(branches)),
    "best": MergeRule(best, chooses=True, settled=lambda branches, left: False),
    "vote": MergeRule(consensus, chooses=True, settled=_vote_settled),
}
"""The rule of each merge."""


def _choose(winner: Branch, branches: Sequence[Branch], context: PatternContext) -> Candidate:
    """Return the winner as it is; what the others cost is in the records of their calls."""
    if len(branches) > 1:
        context.note(f"{winner.stage.name} was taken of {len(branches)} answers")
    return winner.candidate


def _combine(
    branches: Sequence[Branch], value: Json, task: Task, repairs: Iterable[Repair]
) -> Candidate:
    candidates = [branch.candidate for branch in branches]
    verdicts = [candidate.verdict for candidate in candidates]
    told = [verdict.parts for verdict in verdicts]
    shared = {name for part in told for name in part}
    judged = judged_again(
        Candidate(
            value=value,
            verdict=Verdict(
                tuple(
                    _moved(violation, branch.stage.into or ())
                    for branch in branches
                    for violation in branch.candidate.verdict.violations
                ),
                fmean(verdict.quality for verdict in verdicts),
                {name: fmean(part[name] for part in told if name in part) for name in shared},
            ),
            completions=tuple(done for one in candidates for done in one.completions),
            repairs=tuple(repairs),
            confidence=min(
                (one.confidence for one in candidates if one.confidence is not None), default=None
            ),
        ),
        task,
    )
    return replace(judged, remaining=(*judged.remaining, *_own_faults(branches, value)))


def _own_faults(branches: Sequence[Branch], value: Json) -> Iterator[Violation]:
    """Yield how what the branches made breaks the rules of the branches themselves."""
    for branch in branches:
        path = branch.stage.into or ()
        part = get(value, path) if path else value
        if part is not MISSING:
            for check in branch.stage.checks:
                yield from (_moved(violation, path) for violation in check.check(part))


def _moved(found: _Found, path: Sequence[str]) -> _Found:
    return replace(found, pointer=join(*path) + found.pointer) if path else found
