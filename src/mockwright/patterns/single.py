"""One call; the model is told what of its answer breaks the shape or a rule, and asked again."""

from __future__ import annotations

from dataclasses import replace

from mockwright.conformance.reask import graft, reask
from mockwright.errors import BackendError, OverBudgetError
from mockwright.patterns.context import PatternContext
from mockwright.types import Candidate, Single, Task


async def run_single(node: Single, task: Task, context: PatternContext) -> Candidate:
    """Return the best candidate seen; it may still have ``remaining`` violations.

    Raises :class:`BackendError` or :class:`OverBudgetError` only where there is no candidate at
    all: a failing re-ask does not throw away what was already paid for.
    """
    best = context.verify(await context.generate(task, node.backends), task)
    for _ in range(node.reasks):
        if not best.remaining:
            break
        again = reask(best, task)
        try:
            answer = context.verify(await context.generate(again, node.backends), again)
        except (BackendError, OverBudgetError) as error:
            context.note(f"re-ask failed: {error}")
            break
        best = graft(best, answer, again, task) if again.places else _better(best, answer)
    return best


def _better(first: Candidate, second: Candidate) -> Candidate:
    """Return the one with fewer violations left, with what both have cost."""
    winner = second if len(second.remaining) < len(first.remaining) else first
    return replace(winner, completions=first.completions + second.completions)
