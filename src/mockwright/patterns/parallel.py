"""Branches at the same time; how their answers become one is in ``merges``."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from mockwright.errors import BackendError, GuardError, MockwrightError, OverBudgetError
from mockwright.patterns.merges import MERGES, Branch, part_of
from mockwright.patterns.stage import run_stage
from mockwright.patterns.work import Run, Work
from mockwright.types import Candidate, Parallel, Task

_SEED_STEP: Final = 7919
"""Between the seeds of branches that answer the same question."""


async def run_parallel(node: Parallel, task: Task, work: Work, run: Run) -> Candidate:
    """What the branches made together; it takes as long as the slowest that is waited for.

    With ``partial: fail`` the first failure cancels the others and is raised; with ``allow``, and
    among answers to the same question, it is raised only where no branch made anything.
    """
    rule = MERGES[node.merge]
    race = _Race(node, work)
    for index, stage in enumerate(node.branches):
        part = part_of(stage, _told_apart(task, node, index))
        race.running[asyncio.ensure_future(run_stage(stage, part, work, run))] = index
    try:
        while race.running:
            await race.gather()
            if race.faults and node.partial == "fail" and not rule.chooses:
                raise race.faults[0]
            if rule.settled(race.accepted(), len(race.running)):
                break
    finally:
        await race.end()
    chosen = race.accepted() or race.all()
    if not chosen:
        raise race.faults[0] if race.faults else GuardError("no branch was to be taken", "when")
    return rule.merge(chosen, task, work)


def _told_apart(task: Task, node: Parallel, index: int) -> Task:
    """Several answers to one question are not to be the same draw of the same seed."""
    if task.seed is None or not MERGES[node.merge].chooses:
        return task
    return replace(task, seed=(task.seed + index * _SEED_STEP) % 2**63)


@dataclass(slots=True)
class _Race:
    """Branches under way, and those that have answered."""

    node: Parallel
    work: Work
    running: dict[asyncio.Task[Candidate | None], int] = field(default_factory=dict)
    done: dict[int, Branch] = field(default_factory=dict)
    faults: list[MockwrightError] = field(default_factory=list)

    async def gather(self) -> None:
        """Wait for the next to end."""
        finished, _ = await asyncio.wait(self.running, return_when=asyncio.FIRST_COMPLETED)
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
        """Those that answered, in the order of the configuration."""
        return [self.done[index] for index in sorted(self.done)]

    def accepted(self) -> list[Branch]:
        """Those that count."""
        if not MERGES[self.node.merge].chooses:
            return self.all()
        return [branch for branch in self.all() if self._counts(branch.candidate)]

    def _counts(self, candidate: Candidate) -> bool:
        if candidate.remaining:
            return False
        guard, quality = self.node.accept, candidate.verdict.quality
        return guard is None or self.work.holds(guard, candidate.value, quality)

    async def end(self) -> None:
        """Give up what is still under way, and wait until its calls have hung up."""
        left: Mapping[asyncio.Task[Candidate | None], int] = self.running
        if left:
            self.work.note(f"given up: {', '.join(self._names(left.values()))}")
        for branch in left:
            branch.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    def _names(self, indices: Iterable[int]) -> list[str]:
        return [self.node.branches[index].name for index in sorted(indices)]
