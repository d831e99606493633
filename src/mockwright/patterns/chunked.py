"""A long list in pieces: exactly as many items, in order, none twice."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import replace
from statistics import fmean

from mockwright.conformance.long_list import items_at
from mockwright.errors import BackendError, OverBudgetError
from mockwright.patterns.context import PatternContext, Run
from mockwright.patterns.list_chunks import (
    MadePiece,
    Piece,
    SeenItems,
    items_of,
    known_items,
    made_pieces,
    shifted,
    with_list,
)
from mockwright.patterns.stage_input import judged_again
from mockwright.schema.keywords import join
from mockwright.types import (
    MISSING,
    Candidate,
    Chunked,
    Json,
    JsonObject,
    Repair,
    Task,
    Verdict,
    Violation,
)

_UNMADE = Violation("", "unreadable", "no backend made these items")
"""What is wrong with a piece that nobody made."""


async def run_chunked(node: Chunked, task: Task, context: PatternContext, run: Run) -> Candidate:
    """Return the whole list.

    Raises :class:`BackendError` and :class:`OverBudgetError` where no piece could be made; the
    items of a piece that fails twice are left to be filled.
    """
    known = known_items(node, task)
    seen = SeenItems(known, items_at(task.schema, node.path))
    made: list[tuple[Piece, Candidate]] = []
    failure: BackendError | OverBudgetError | None = None
    async with aclosing(made_pieces(node, task, known, context, run)) as pieces:
        async for one in pieces:
            if one.candidate is not None:
                made.append((one.piece, _without_doubles(one, seen, node)))
            failure = failure or one.error
    if not made and failure is not None:
        raise failure
    context.note(f"{node.total} items in pieces of at most {node.size}")
    return _assemble(made, known, node, task)


async def stream_chunked(
    node: Chunked, task: Task, context: PatternContext, run: Run
) -> AsyncGenerator[tuple[Task, Candidate], None]:
    """Yield piece by piece, each with its task: for those who do not wait for the whole.

    Raises :class:`BackendError` and :class:`OverBudgetError` where the first piece cannot be made;
    the items of a later one are left to be filled.
    """
    known = known_items(node, task)
    seen, begun = SeenItems(known, items_at(task.schema, node.path)), False
    async with aclosing(made_pieces(node, task, known, context, run)) as pieces:
        async for one in pieces:
            if one.error is not None and one.candidate is None and not begun:
                raise one.error
            begun = True
            yield one.task, _without_doubles(one, seen, node)


def _without_doubles(made: MadePiece, seen: SeenItems, node: Chunked) -> Candidate:
    """Return a piece without what earlier ones said."""
    if made.candidate is None:
        return Candidate(None, Verdict((_UNMADE,), 0.0), (_UNMADE,))
    start, candidate = made.piece.start, made.candidate
    if all(done.generated for done in candidate.completions):
        # The generator does not copy what it wrote: what it says twice is as likely as in life.
        return candidate
    items, twice = seen.without_doubles(items_of(candidate, node), start)
    if not twice:
        return candidate
    emptied = replace(candidate, value=with_list(candidate.value, node.path, items))
    base = join(*node.path)
    doubles = [Repair(f"{base}/{i - start}", "dropped", before, MISSING) for i, before in twice]
    return judged_again(emptied, made.task, *doubles)


def _assemble(
    made: Sequence[tuple[Piece, Candidate]], known: Sequence[JsonObject], node: Chunked, task: Task
) -> Candidate:
    """Return the pieces as one candidate; what stands around the list is the first piece's."""
    items: list[Json] = list(known)
    repairs: list[Repair] = []
    for piece, candidate in made:
        there = items_of(candidate, node)[: piece.size]
        for i, item in enumerate(there, piece.start):
            items[i] = item
        repairs += shifted(candidate.repairs, node.path, piece.start)
    candidates = [candidate for _, candidate in made]
    around = candidates[0].value
    told = [one.verdict.parts for one in candidates]
    names = {name: None for part in told for name in part}
    total = Candidate(
        value=with_list(around, node.path, items),
        verdict=Verdict(
            tuple(fault for one in candidates for fault in one.verdict.violations),
            fmean(one.verdict.quality for one in candidates),
            {name: fmean(part[name] for part in told if name in part) for name in names},
        ),
        completions=tuple(done for one in candidates for done in one.completions),
        repairs=tuple(repairs),
        confidence=min(
            (c.confidence for c in candidates if c.confidence is not None), default=None
        ),
    )
    return judged_again(total, task)
