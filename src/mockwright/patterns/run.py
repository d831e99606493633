"""The carrying out of any node, each by its pattern."""

from __future__ import annotations

from typing import assert_never

from mockwright.patterns.chunked import run_chunked
from mockwright.patterns.context import PatternContext
from mockwright.patterns.loop import run_loop
from mockwright.patterns.parallel import run_parallel
from mockwright.patterns.pipeline import run_pipeline
from mockwright.patterns.route import run_route
from mockwright.patterns.single import run_single
from mockwright.types import (
    Candidate,
    Chunked,
    Loop,
    Parallel,
    Pipeline,
    PlanNode,
    Route,
    Single,
    Task,
)


async def run(node: PlanNode, task: Task, context: PatternContext) -> Candidate:
    """Return the node's candidate; it may still have ``remaining`` violations.

    Raises :class:`BackendError`, :class:`GuardError` and :class:`OverBudgetError`.
    """
    match node:
        case Single():
            return await run_single(node, task, context)
        case Pipeline():
            return await run_pipeline(node, task, context, run)
        case Parallel():
            return await run_parallel(node, task, context, run)
        case Loop():
            return await run_loop(node, task, context, run)
        case Route():
            return await run_route(node, task, context, run)
        case Chunked():
            return await run_chunked(node, task, context, run)
    assert_never(node)
