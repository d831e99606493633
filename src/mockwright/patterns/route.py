"""The tier that a score led to: chosen when the plan was made, carried out here."""

from __future__ import annotations

from mockwright.patterns.context import PatternContext, Run
from mockwright.types import Candidate, Route, Task


async def run_route(node: Route, task: Task, context: PatternContext, run: Run) -> Candidate:
    """Return what the node of the tier makes."""
    context.note(f"complexity {node.score:g}: tier {node.tier}")
    return await run(node.node, task, context)
