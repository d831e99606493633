"""A long list in pieces: exactly as many items, in order, none twice.

What tells the items apart (ids, unique fields) is laid down before the first piece is asked for, so
that pieces made at the same time cannot collide.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import fmean
from typing import Final

from mockwright.errors import BackendError, OverBudgetError
from mockwright.patterns.grounds import judged_again
from mockwright.patterns.work import Run, Work
from mockwright.plans import mapped
from mockwright.shapes.edits import get
from mockwright.shapes.jsontext import canonical
from mockwright.shapes.listed import identities, items_at, long_list, with_items
from mockwright.shapes.overlay import put_into
from mockwright.shapes.subschemas import join
from mockwright.types import (
    MISSING,
    Candidate,
    Chunked,
    Json,
    JsonObject,
    Parallel,
    Pipeline,
    PlanNode,
    Repair,
    Stage,
    Task,
    Verdict,
)

_TOLD: Final = 2
"""Items of the piece before that the next one is shown."""
_SEED_STEP: Final = 104_729


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of items."""

    start: int
    size: int


async def run_chunked(node: Chunked, task: Task, work: Work, run: Run) -> Candidate:
    """The whole list; a piece that fails is asked again, alone.

    Raises BackendError and OverBudgetError where no piece could be made; the items of a piece that
    fails twice are left to be filled.
    """
    pieces = [
        Piece(start, min(node.size, node.total - start))
        for start in range(0, node.total, node.size)
    ]
    known = _known(node, task)
    work.trace.progress = (0, node.total)
    maker = _Maker(node, task, work, run, known)
    made = await (maker.in_order(pieces) if node.ordered else maker.together(pieces))
    work.note(f"{node.total} items in {len(pieces)} pieces of at most {node.size}")
    return _assembled(made, known, node, task)


def _known(node: Chunked, task: Task) -> list[JsonObject]:
    """What each item is before anybody is asked: its identity, and what the input says of it."""
    fixed: list[JsonObject] = identities(task, node.path, node.total)
    given = get(task.input, node.path) if isinstance(task.input, dict) else task.input
    for i, item in enumerate(given if isinstance(given, list) else ()):
        if i < len(fixed) and isinstance(item, dict):
            fixed[i] = {**fixed[i], **item}
    return fixed


@dataclass(frozen=True, slots=True)
class _Maker:
    node: Chunked
    task: Task
    work: Work
    run: Run
    known: Sequence[JsonObject]

    async def together(self, pieces: Sequence[Piece]) -> dict[Piece, Candidate]:
        """Several at a time; the first fault that is nobody's backend's ends all."""
        slots = asyncio.Semaphore(self.work.parallel)
        made: dict[Piece, Candidate] = {}
        failed: dict[Piece, BackendError | OverBudgetError] = {}

        async def one(piece: Piece) -> None:
            async with slots:
                try:
                    made[piece] = await self.make(piece)
                except (BackendError, OverBudgetError) as error:
                    failed[piece] = error

        try:
            async with asyncio.TaskGroup() as group:
                for piece in pieces:
                    group.create_task(one(piece))
        except BaseExceptionGroup as group_error:
            raise group_error.exceptions[0] from None
        await self._again(failed, made)
        return made

    async def in_order(self, pieces: Sequence[Piece]) -> dict[Piece, Candidate]:
        """Each told the end of the one before it."""
        made: dict[Piece, Candidate] = {}
        failed: dict[Piece, BackendError | OverBudgetError] = {}
        before: list[Json] = []
        for piece in pieces:
            try:
                made[piece] = await self.make(piece, before)
            except (BackendError, OverBudgetError) as error:
                failed[piece] = error
                continue
            before = _items(made[piece], self.node)[-_TOLD:]
        await self._again(failed, made)
        return made

    async def _again(
        self, failed: dict[Piece, BackendError | OverBudgetError], made: dict[Piece, Candidate]
    ) -> None:
        for piece, error in failed.items():
            told = f"items {piece.start + 1} to {piece.start + piece.size}"
            self.work.note(f"{told} failed: {error}")
            if isinstance(error, OverBudgetError):
                continue
            try:
                made[piece] = await self.make(piece)
            except (BackendError, OverBudgetError) as again:
                self.work.note(f"{told} failed again: {again}")
        if not made:
            raise next(iter(failed.values()))

    async def make(self, piece: Piece, before: Sequence[Json] = ()) -> Candidate:
        """One piece; in halves where it was cut off for its length."""
        node = resized(self.node.node, self.node.path, piece.size)
        candidate = await self.run(node, self._task(piece, before), self.work)
        last = candidate.completions[-1] if candidate.completions else None
        if last and last.finish_reason == "length" and piece.size > 1 and candidate.remaining:
            self.work.note(f"{piece.size} items are too many for one answer: halved")
            return await self._halved(piece, candidate, before)
        if self.work.learn is not None and last is not None and not candidate.remaining:
            items = items_at(self.task.schema, self.node.path)
            self.work.learn(items, piece.size, candidate.completions[0].usage.output_tokens)
        done, total = self.work.trace.progress or (0, self.node.total)
        self.work.trace.progress = (min(total, done + piece.size), total)
        return candidate

    async def _halved(self, piece: Piece, cut: Candidate, before: Sequence[Json]) -> Candidate:
        middle = piece.size // 2
        halves = [
            Piece(piece.start, middle),
            Piece(piece.start + middle, piece.size - middle),
        ]
        first = await self.make(halves[0], before)
        second = await self.make(halves[1], _items(first, self.node)[-_TOLD:])
        items = [*_items(first, self.node)[:middle], *_items(second, self.node)]
        return replace(
            first,
            value=_with_list(first.value, self.node.path, items),
            completions=cut.completions + first.completions + second.completions,
            repairs=(*first.repairs, *_shifted(second.repairs, self.node.path, middle)),
        )

    def _task(self, piece: Piece, before: Sequence[Json]) -> Task:
        end = piece.start + piece.size
        given = list(self.known[piece.start : end])
        told: JsonObject = {
            "items": {"from": piece.start + 1, "to": end, "of": self.node.total},
        }
        if before:
            told["items before"] = list(before)
        if self.task.background is not MISSING:
            told["known"] = self.task.background
        seed = self.task.seed
        rest = self.task.input if isinstance(self.task.input, dict) else MISSING
        return replace(
            self.task,
            schema=with_items(self.task.schema, self.node.path, piece.size),
            input=_with_list(rest, self.node.path, given) if any(given) else rest,
            background=told,
            seed=None if seed is None else (seed + piece.start * _SEED_STEP) % 2**63,
            on_input_conflict=self.task.on_input_conflict,
        )


def resized(node: PlanNode, path: Sequence[str], count: int) -> PlanNode:
    """``node`` with so many items in the list at ``path`` of what its stages make."""

    def change(inner: PlanNode) -> PlanNode:
        match inner:
            case Pipeline(stages):
                return replace(inner, stages=tuple(_cut(stage, path, count) for stage in stages))
            case Parallel(branches):
                cut = tuple(_cut(branch, path, count) for branch in branches)
                return replace(inner, branches=cut)
            case _:
                return inner

    return mapped(node, change)


def _cut(stage: Stage, path: Sequence[str], count: int) -> Stage:
    found = long_list(stage.schema) if stage.schema is not None else None
    if found is None or stage.schema is None or found[0] != tuple(path):
        return stage
    return replace(stage, schema=with_items(stage.schema, path, count))


def _items(candidate: Candidate, node: Chunked) -> list[Json]:
    found = get(candidate.value, node.path)
    return found if isinstance(found, list) else []


def _with_list(value: Json, path: Sequence[str], items: Sequence[Json]) -> Json:
    if not path:
        return list(items)
    without = {} if value is MISSING or not isinstance(value, dict) else value
    return put_into(_dropped(without, path), path, list(items))


def _dropped(value: JsonObject, path: Sequence[str]) -> JsonObject:
    name, rest = path[0], path[1:]
    if name not in value:
        return value
    if not rest or not isinstance(value[name], dict):
        return {key: item for key, item in value.items() if key != name}
    return {**value, name: _dropped(value[name], rest)}


def _assembled(
    made: dict[Piece, Candidate], known: Sequence[JsonObject], node: Chunked, task: Task
) -> Candidate:
    ordered = sorted(made.items(), key=lambda pair: pair[0].start)
    items: list[Json] = list(known)
    repairs: list[Repair] = []
    for piece, candidate in ordered:
        there = _items(candidate, node)[: piece.size]
        for i, item in enumerate(there, piece.start):
            items[i] = item
        repairs += _shifted(candidate.repairs, node.path, piece.start)
    items, twice = _without_doubles(items, known)
    candidates = [candidate for _, candidate in ordered]
    around = candidates[0].value
    total = Candidate(
        value=_with_list(around, node.path, items),
        verdict=Verdict(
            tuple(fault for one in candidates for fault in one.verdict.violations),
            fmean(one.verdict.quality for one in candidates),
        ),
        completions=tuple(done for one in candidates for done in one.completions),
        repairs=tuple(repairs),
    )
    base = join(*node.path)
    doubles = [Repair(f"{base}/{i}", "dropped", before, MISSING) for i, before in twice]
    return judged_again(total, task, *doubles)


def _without_doubles(
    items: Sequence[Json], known: Sequence[JsonObject]
) -> tuple[list[Json], list[tuple[int, Json]]]:
    """Items that say the same as an earlier one, but for what was laid down, are made anew."""
    seen: set[bytes] = set()
    kept: list[Json] = []
    twice: list[tuple[int, Json]] = []
    for i, item in enumerate(items):
        said = item
        if isinstance(item, dict):
            said = {key: value for key, value in item.items() if key not in known[i]}
        mark = canonical(said)
        if mark in seen and said not in ({}, None):
            twice.append((i, item))
            item = dict(known[i])
        seen.add(mark)
        kept.append(item)
    return kept, twice


def _shifted(repairs: Sequence[Repair], path: Sequence[str], by: int) -> list[Repair]:
    """Repairs of a piece, at their places in the whole list."""
    base = join(*path) + "/"
    moved: list[Repair] = []
    for repair in repairs:
        index, slash, rest = repair.pointer.removeprefix(base).partition("/")
        if repair.pointer.startswith(base) and index.isdecimal():
            repair = replace(repair, pointer=f"{base}{int(index) + by}{slash}{rest}")
        moved.append(repair)
    return moved
