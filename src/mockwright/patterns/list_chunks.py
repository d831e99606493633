"""The making of the pieces of a long list: in order, each as soon as those before it are there.

What tells the items apart (ids, unique fields) is laid down before the first piece is asked for, so
that pieces made at the same time cannot collide.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, TypeGuard

from mockwright.conformance.long_list import identities, items_at, long_list, with_items
from mockwright.conformance.overlay import put_into
from mockwright.errors import BackendError, OverBudgetError
from mockwright.jsontext import canonical
from mockwright.patterns.context import PatternContext, Run
from mockwright.planning.plan_tree import calls, mapped
from mockwright.schema.edit import get
from mockwright.schema.keywords import Schema, join
from mockwright.types import (
    MISSING,
    Candidate,
    Chunked,
    Json,
    JsonObject,
    Missing,
    Parallel,
    Pipeline,
    PlanNode,
    Repair,
    Stage,
    Task,
)

_SHOWN_BEFORE: Final = 2
"""How many items of the piece before the next one is shown."""
_AHEAD: Final = 2
"""How many times as many pieces as are made at once may be waiting for one before them."""
# A prime, so that the seeds of pieces do not meet those of other steps.
_SEED_STEP: Final = 104_729


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of items."""

    start: int
    """The position of its first item, counted from 0."""
    size: int


@dataclass(frozen=True, slots=True)
class MadePiece:
    """A piece, and what was asked for it."""

    piece: Piece
    task: Task
    candidate: Candidate | None
    """None where it failed twice: its items are left to be filled."""
    error: BackendError | OverBudgetError | None = None


async def made_pieces(
    node: Chunked, task: Task, known: Sequence[JsonObject], context: PatternContext, run: Run
) -> AsyncGenerator[MadePiece, None]:
    """Yield every piece in its turn; a piece that fails is asked again, alone.

    Several are made at a time where they need not know each other. Raises what is nobody's
    backend's fault. What is under way is cancelled when the caller stops asking.
    """
    pieces = [
        Piece(start, min(node.size, node.total - start))
        for start in range(0, node.total, node.size)
    ]
    context.trace.progress = (0, node.total)
    maker = _Maker(node, task, context, run, known)
    making = maker.in_order(pieces) if node.ordered else maker.together(pieces)
    try:
        async for made in making:
            yield made
    finally:
        await making.aclose()


def known_items(node: Chunked, task: Task) -> list[JsonObject]:
    """Return what each item is before anybody is asked: its identity, and what the input says."""
    there = get(task.input, node.path) if isinstance(task.input, dict) else task.input
    given = [item if isinstance(item, dict) else {} for item in there] if _is_list(there) else []
    # One more for each item of the input, whose ids may collide with those that are made.
    made = identities(task, node.path, node.total + len(given))
    fixed, spare = made[: node.total], made[node.total :]
    taken = (
        {name: {_typed_text(item.get(name)) for item in given} for name in fixed[0]}
        if fixed
        else {}
    )
    for i, item in enumerate(fixed):
        own = given[i] if i < len(given) else {}
        fixed[i] = {**_free_identity(item, own, taken, spare), **own}
    return fixed


def _free_identity(
    item: JsonObject, own: JsonObject, taken: Mapping[str, set[str]], spare: list[JsonObject]
) -> JsonObject:
    """Return the identity of an item, with nothing in it that the input uses for another."""
    while any(_typed_text(value) in taken[name] for name, value in item.items() if name not in own):
        if not spare:
            return item
        item = spare.pop()
    return item


def _typed_text(value: Json) -> str:
    return f"{type(value).__name__}:{value}"


def _is_list(value: Json) -> TypeGuard[list[Json]]:
    return isinstance(value, list)


@dataclass(frozen=True, slots=True)
class _Maker:
    """Makes pieces of one list."""

    node: Chunked
    task: Task
    work: PatternContext
    run: Run
    known: Sequence[JsonObject]

    async def together(self, pieces: Sequence[Piece]) -> AsyncGenerator[MadePiece, None]:
        """Yield pieces made several at a time, with a bounded number ahead of the awaited one."""
        slots = asyncio.Semaphore(self.work.parallel)
        waiting = deque(pieces)
        ahead: deque[tuple[Piece, asyncio.Task[MadePiece]]] = deque()
        try:
            while waiting or ahead:
                # Bounded, or all others would pile up in memory behind one slow piece.
                while waiting and len(ahead) < self.work.parallel * (1 + _AHEAD):
                    piece = waiting.popleft()
                    ahead.append((piece, asyncio.create_task(self._in_slot(piece, slots))))
                await _wait_for_first([running for _, running in ahead])
                piece, running = ahead.popleft()
                made = running.result()
                if isinstance(made.error, BackendError):
                    made = await self._in_slot(piece, slots, "failed again")
                yield made
        finally:
            for _, running in ahead:
                running.cancel()
            await asyncio.gather(*(running for _, running in ahead), return_exceptions=True)

    async def in_order(self, pieces: Sequence[Piece]) -> AsyncGenerator[MadePiece, None]:
        """Yield pieces made one after another, each told the end of the one before it."""
        before: list[Json] = []
        for piece in pieces:
            made = await self._try_piece(piece, before)
            if isinstance(made.error, BackendError):
                made = await self._try_piece(piece, before, "failed again")
            if made.candidate is not None:
                before = items_of(made.candidate, self.node)[-_SHOWN_BEFORE:]
            yield made

    async def _in_slot(
        self, piece: Piece, slots: asyncio.Semaphore, failed: str = "failed"
    ) -> MadePiece:
        async with slots:
            return await self._try_piece(piece, failed=failed)

    async def _try_piece(
        self, piece: Piece, before: Sequence[Json] = (), failed: str = "failed"
    ) -> MadePiece:
        task = self._task_of(piece, before)
        try:
            return MadePiece(piece, task, await self.make(piece, before))
        except (BackendError, OverBudgetError) as error:
            told = f"items {piece.start + 1} to {piece.start + piece.size}"
            self.work.note(f"{told} {failed}: {error}")
            return MadePiece(piece, task, None, error)

    async def make(self, piece: Piece, before: Sequence[Json] = ()) -> Candidate:
        """Return one piece, made in halves if it was cut off for its length."""
        node = resized(self.node.node, self.node.path, piece.size)
        candidate = await self.run(node, self._task_of(piece, before), self.work)
        last = candidate.completions[-1] if candidate.completions else None
        if last and last.finish_reason == "length" and piece.size > 1 and candidate.remaining:
            self.work.note(f"{piece.size} items are too many for one answer: halved")
            # Nobody could know of these calls when the plan was made.
            self.work.budget.max_calls += 2 * calls(self.node.node)
            return await self._make_halves(piece, candidate, before)
        if self.work.learn is not None and last is not None and not candidate.remaining:
            items = items_at(self.task.schema, self.node.path)
            # Of the first call alone: a re-ask writes only parts again.
            self.work.learn(items, piece.size, candidate.completions[0].usage.output_tokens)
        done, total = self.work.trace.progress or (0, self.node.total)
        self.work.trace.progress = (min(total, done + piece.size), total)
        return candidate

    def _input_of(
        self, rest: Json | Missing, given: Sequence[JsonObject], piece: Piece
    ) -> Json | Missing:
        """Return the input of a piece: of the list only its own items."""
        if any(given):
            return with_list(rest, self.node.path, given)
        asked = get(self.task.input, self.node.path) if isinstance(rest, dict) else self.task.input
        plain = asked[piece.start : piece.start + piece.size] if _is_list(asked) else []
        if plain and not isinstance(plain[0], dict):
            return with_list(rest, self.node.path, plain)
        if not isinstance(rest, dict) or not self.node.path:
            return rest
        return _without_list(rest, self.node.path)

    async def _make_halves(self, piece: Piece, cut: Candidate, before: Sequence[Json]) -> Candidate:
        middle = piece.size // 2
        halves = [
            Piece(piece.start, middle),
            Piece(piece.start + middle, piece.size - middle),
        ]
        first = await self.make(halves[0], before)
        second = await self.make(halves[1], items_of(first, self.node)[-_SHOWN_BEFORE:])
        items = [*items_of(first, self.node)[:middle], *items_of(second, self.node)]
        return replace(
            first,
            value=with_list(first.value, self.node.path, items),
            completions=cut.completions + first.completions + second.completions,
            repairs=(*first.repairs, *shifted(second.repairs, self.node.path, middle)),
        )

    def _task_of(self, piece: Piece, before: Sequence[Json]) -> Task:
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
            input=self._input_of(rest, given, piece),
            background=told,
            seed=None if seed is None else (seed + piece.start * _SEED_STEP) % 2**63,
            on_input_conflict=self.task.on_input_conflict,
        )


async def _wait_for_first(running: Sequence[asyncio.Task[MadePiece]]) -> None:
    """Wait until the first is done, or any has failed.

    A failure here is nobody's backend's fault, and is raised.
    """
    left = set(running)
    while not running[0].done():
        done, left = await asyncio.wait(left, return_when=asyncio.FIRST_COMPLETED)
        for one in done:
            one.result()


def resized(node: PlanNode, path: Sequence[str], count: int) -> PlanNode:
    """Return ``node`` with so many items in the list at ``path`` of what its stages make."""

    def change(inner: PlanNode) -> PlanNode:
        match inner:
            case Pipeline(stages):
                return replace(
                    inner, stages=tuple(_resized_stage(stage, path, count) for stage in stages)
                )
            case Parallel(branches):
                cut = tuple(_resized_stage(branch, path, count) for branch in branches)
                return replace(inner, branches=cut)
            case _:
                return inner

    return mapped(node, change)


def _resized_stage(stage: Stage, path: Sequence[str], count: int) -> Stage:
    found = long_list(stage.schema) if stage.schema is not None else None
    if found is None or stage.schema is None or found[0] != tuple(path):
        return stage
    return replace(stage, schema=with_items(stage.schema, path, count))


def items_of(candidate: Candidate, node: Chunked) -> list[Json]:
    """Return the items of a candidate's list; none where it has no list."""
    found = get(candidate.value, node.path)
    return found if isinstance(found, list) else []


def with_list(value: Json, path: Sequence[str], items: Sequence[Json]) -> Json:
    """Return ``value`` with these items alone in the list at ``path``."""
    if not path:
        return list(items)
    without = {} if value is MISSING or not isinstance(value, dict) else value
    return put_into(_without_list(without, path), path, list(items))


def _without_list(value: JsonObject, path: Sequence[str]) -> JsonObject:
    name, rest = path[0], path[1:]
    if name not in value:
        return value
    if not rest or not isinstance(value[name], dict):
        return {key: item for key, item in value.items() if key != name}
    return {**value, name: _without_list(value[name], rest)}


@dataclass(slots=True)
class SeenItems:
    """What the items so far say, apart from what was laid down."""

    known: Sequence[JsonObject]
    """What was laid down for each item."""
    items: Schema
    """The schema of the items."""
    marks: set[bytes] = field(default_factory=set)
    """What was said, as canonical JSON."""

    def without_doubles(
        self, items: Sequence[Json], start: int
    ) -> tuple[list[Json], list[tuple[int, Json]]]:
        """Return the items with doubles of earlier ones emptied, and those with their positions.

        Only where items have words of their own: numbers and chosen words repeat in life too.
        """
        kept, twice = list(items), list[tuple[int, Json]]()
        if not _has_words(self.items):
            return kept, twice
        for i, item in enumerate(items):
            if not isinstance(item, dict):
                continue
            known = self.known[start + i]
            said = {key: value for key, value in item.items() if key not in known}
            mark = canonical(said)
            if said and mark in self.marks:
                twice.append((start + i, item))
                kept[i] = dict(known)
            self.marks.add(mark)
        return kept, twice


def _has_words(items: Schema) -> bool:
    """Whether an item has a text that is not one of a few."""
    properties = items.get("properties") if isinstance(items, dict) else None
    parts = properties.values() if isinstance(properties, dict) else ()
    return any(
        isinstance(part, dict) and part.get("type") == "string" and not part.keys() & _CHOSEN
        for part in parts
    )


_CHOSEN: Final = frozenset({"enum", "const", "format", "pattern"})
"""Keywords of texts that are chosen or formed, rather than worded."""


def shifted(repairs: Sequence[Repair], path: Sequence[str], by: int) -> list[Repair]:
    """Return the repairs of a piece, at their places in the whole list."""
    base = join(*path) + "/"
    moved: list[Repair] = []
    for repair in repairs:
        index, slash, rest = repair.pointer.removeprefix(base).partition("/")
        if repair.pointer.startswith(base) and index.isdecimal():
            repair = replace(repair, pointer=f"{base}{int(index) + by}{slash}{rest}")
        moved.append(repair)
    return moved
