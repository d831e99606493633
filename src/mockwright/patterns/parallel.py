"""Branches at the same time; how their answers become one is in ``merges``."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from mockwright.errors import BackendError, GuardError, MockwrightError, OverBudgetError
from mockwright.patterns.context import PatternContext, Run
from mockwright.patterns.merges import MERGES, Branch, MergeRule, part_of
from mockwright.patterns.stage import run_stage
from mockwright.patterns.stage_input import judged_again
from mockwright.types import MISSING, Candidate, Parallel, Task, Verdict

_SEED_STEP: Final = 7919
"""The distance between the seeds of branches that answer the same question."""


async def run_parallel(node: Parallel, task: Task, context: PatternContext, run: Run) -> Candidate:
    """Return what the branches made together, as soon as the slowest that is waited for is there.

    With ``partial: fail`` the first failure cancels the others and is raised; with ``allow``, and
    among answers to the same question, it is raised only where no branch made anything.
    """
    rule = MERGES[node.merge]
    race = _Race(node, context)
    for index, stage in enumerate(node.branches):
        part = part_of(stage, _with_own_seed(task, node, index))
        race.running[asyncio.ensure_future(run_stage(stage, part, context, run))] = index
    try:
        while race.running:
            await race.gather()
            if race.is_lost(rule):
                raise race.faults[0]
            if rule.settled(race.accepted(), len(race.running)):
                break
    finally:
        await race.end()
    chosen = race.accepted()
    if rule.chooses:
        race.tell(chosen)
    chosen = chosen or race.all()
    if not chosen and race.faults:
        raise race.faults[0]
    if not chosen:
        context.note("every branch was passed over")
        given = None if task.input is MISSING else task.input
        return judged_again(Candidate(given, Verdict()), task)
    return rule.merge(chosen, task, context)


def _with_own_seed(task: Task, node: Parallel, index: int) -> Task:
    """Return the task of a branch, with a seed of its own.

    Several answers to one question are not to be the same draw of the same seed.
    """
    if task.seed is None or not MERGES[node.merge].chooses:
        return task
    return replace(task, seed=(task.seed + index * _SEED_STEP) % 2**63)


@dataclass(slots=True)
class _Race:
    """Branches under way, and those that have answered."""

    node: Parallel
    work: PatternContext
    running: dict[asyncio.Task[Candidate | None], int] = field(default_factory=dict)
    done: dict[int, Branch] = field(default_factory=dict)
    faults: list[MockwrightError] = field(default_factory=list)

    def is_lost(self, rule: MergeRule) -> bool:
        """Whether a failure ends all: not one for want of money, where something is paid for."""
        if self.node.partial != "fail" or rule.chooses:
            return False
        return any(not (isinstance(f, OverBudgetError) and self.done) for f in self.faults)

    async def gather(self) -> None:
        """Wait for the next branch to end."""
        finished, _ = await asyncio.wait(self.running, return_when=asyncio.FIRST_COMPLETED)
        # In the order of the configuration, so that what ends at the same time does not race.
        for branch in sorted(finished, key=self.running.__getitem__):
            index = self.running.pop(branch)
            try:
                candidate = branch.result()
            except (BackendError, GuardError, OverBudgetError) as error:
                self.faults.append(error)
                self.work.note(f"{self.node.branches[index].name} failed: {error}")
                continue
            if candidate is not None:
                stage = self.node.branches[index]
                self.done[index] = Branch(stage, candidate, index, len(self.done))

    def all(self) -> list[Branch]:
        """Return those that answered, in the order of the configuration."""
        return [self.done[index] for index in sorted(self.done)]

    def tell(self, accepted: Sequence[Branch]) -> None:
        """Note whose answer does not count."""
        counted = {branch.index for branch in accepted}
        for index, branch in sorted(self.done.items()):
            if index in counted:
                continue
            broken = branch.candidate.remaining
            why = f"its answer is broken: {broken[0].message[:100]}" if broken else "not accepted"
            self.work.note(f"{branch.stage.name} does not count: {why}")
        if self.done and not accepted:
            self.work.note("no answer counts: the best of those that there are is taken")

    def accepted(self) -> list[Branch]:
        """Return the branches whose answers count, in the order of the configuration."""
        if not MERGES[self.node.merge].chooses:
            return self.all()
        return [branch for branch in self.all() if self._counts(branch.candidate)]

    def _counts(self, candidate: Candidate) -> bool:
        if candidate.remaining:
            return False
        guard, quality = self.node.accept, candidate.verdict.quality
        try:
            return guard is None or self.work.holds(guard, candidate.value, quality)
        except GuardError as error:
            self.work.note(f"not accepted: {error}")
            return False

    async def end(self) -> None:
        """Give up what is still under way, and wait until its calls have hung up."""
        left: Mapping[asyncio.Task[Candidate | None], int] = self.running
        if left:
            self.work.note(f"given up: {', '.join(self._branch_names(left.values()))}")
        for branch in left:
            branch.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    def _branch_names(self, indices: Iterable[int]) -> list[str]:
        return [self.node.branches[index].name for index in sorted(indices)]
