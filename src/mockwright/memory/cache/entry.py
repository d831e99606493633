"""One key of the cache: its variants, whose turn it is, and how more are made."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final, TypeAlias

import structlog

from mockwright.errors import BackendError, MockwrightError
from mockwright.memory.cache.variant import Slot, Turns, Variant

log = structlog.get_logger(__name__)

ENTRY_BYTES: Final = 600
"""What a key takes in memory beside its variants; measured, and rounded up."""
Produce: TypeAlias = Callable[[int], Awaitable[Variant]]
"""Makes the variant of an index; different indexes should give different answers."""

RETRY_AFTER: Final = 5.0
"""Seconds after which a refill that failed may be tried again."""
_SPARE: Final = 3
"""Tries that an effort has at least for variants that turn out equal to others."""
_HEAD_START: Final = 0.002
"""Seconds in which the first answer can leave before the others take the processor."""


@dataclass(slots=True, eq=False)
class CacheEntry:
    """The variants of one key, the oldest first."""

    key: bytes
    label: str
    """Method and path, for people."""
    want: int
    """How many variants were last asked for."""
    seeded: bool
    """Whether the variants come from a seed, and so form one set in a fixed order."""
    used: float
    """Unix time at which it was last asked for."""
    fresh: list[Slot] = field(default_factory=list)
    """Variants that have not expired."""
    stale: list[Slot] = field(default_factory=list)
    """Expired variants, kept until new ones have come."""
    goal: int = 0
    """How many there can be: ``want``, or fewer where the shape has no more distinct values."""
    size: int = ENTRY_BYTES
    """Bytes in memory, by estimate."""
    turn: int = 0
    """The index of the next variant, for all who do not count for themselves."""
    look_at: float = 0.0
    """Unix time until which a hit needs no further look at the entry."""
    retry_at: float = 0.0
    """Unix time at which a refill that failed may be tried again."""
    unfinished: bool = True
    """Whether the last priming ended before its goal."""
    next_index: int = 0
    """The index of the variant that is made next."""
    next_position: int = 0
    priming: Priming | None = None
    """The effort that is making variants; None for none."""
    aliases: set[bytes] = field(default_factory=set)
    """Fingerprints of raw requests that lead here."""

    def __post_init__(self) -> None:
        self.goal = self.goal or self.want
        self.size += sum(slot.size for slot in self.fresh)

    def ask(self, want: int) -> None:
        """Note how many variants are asked for."""
        if want != self.want:
            self.want = self.goal = want

    def take(self, turns: Turns | None = None) -> Slot:
        """Return the next variant, in general or by ``turns``; the entry holds at least one."""
        slots = self.fresh or self.stale
        if turns is not None:
            return slots[turns.next(self.key, len(slots))]
        # Started over only now, rather than after the last: one that is added meanwhile comes next.
        if self.turn >= len(slots):
            self.turn = 0
        slot = slots[self.turn]
        self.turn += 1
        return slot

    def expire(self, made_before: float) -> None:
        """Move the variants made at or before a time to the stale ones.

        Variants of a seed belong together: when the first expires, all are made again, in order.
        """
        fresh = self.fresh
        gone = 0
        while gone < len(fresh) and fresh[gone].variant.made_at <= made_before:
            gone += 1
        if not gone:
            return
        if self.seeded:
            gone, self.next_index = len(fresh), 0
        self.stale += fresh[:gone]
        del fresh[:gone]
        # The turn stays with the same variant, whose index is smaller now.
        self.turn = max(0, self.turn - gone)
        if not fresh:
            self.goal, self.turn = self.want, 0

    def is_low(self, refill_below: float) -> bool:
        """Whether it is time to make the missing variants.

        ``refill_below`` is the share of the goal below which that is so; an effort that ended early
        is to be continued in any case.
        """
        if not self.fresh:
            return True
        bar = self.goal if self.unfinished else self.goal * refill_below
        return len(self.fresh) < bar


Keep: TypeAlias = Callable[[CacheEntry, Variant], bool]
"""Adds a variant to its entry; returns False where there is no room for more."""


class Priming:
    """One effort to bring an entry up to its goal.

    The first variant is made alone: callers wait for it, and a backend that is down is asked once
    rather than once for each variant. A duplicate is tried again under the next index; after as
    many spare tries as variants were missing (at least three), fewer variants are accepted. Seeded
    variants are kept in the order of their indexes, and a failure ends the effort at that index:
    the set is the same however the calls overlap.
    """

    def __init__(self, entry: CacheEntry, produce: Produce, keep: Keep, parallel: int) -> None:
        self.entry = entry
        self._produce = produce
        self._keep = keep
        self._parallel = parallel
        self._missing = entry.goal - len(entry.fresh)
        self._tries = self._missing + max(_SPARE, self._missing)
        self._outstanding = 0
        self._arrived: dict[int, Variant] = {}
        self._next_kept = entry.next_index
        self._known = {slot.variant.digest for slot in entry.fresh}
        self._stopped = False
        self._error: Exception | None = None
        self.first: asyncio.Future[Exception | None] = asyncio.get_running_loop().create_future()
        """Done when the first variant is there; its result is the error where none will be."""

    async def run(self) -> None:
        """Make what is missing; failures are raised to those who wait, or else logged."""
        try:
            await self._make_next()
            if self._missing > 0 and not self._stopped:
                await asyncio.sleep(_HEAD_START)
                workers = min(self._parallel, self._missing)
                await asyncio.gather(*(self._make_more() for _ in range(workers)))
        finally:
            self.entry.next_index = self._next_kept
            # Those who wait must not wait for ever, even where this task is cancelled.
            self._settle_first(self._error or BackendError("the gateway is shutting down"))

    def settle(self, now: float) -> bool:
        """Note in the entry how the effort ended; return False where it holds no variant at all."""
        entry = self.entry
        entry.priming = None
        entry.look_at = 0.0
        entry.unfinished = self._error is not None
        if self._error is not None:
            entry.retry_at = now + RETRY_AFTER
        elif entry.fresh:
            entry.goal = min(entry.goal, len(entry.fresh))
        return bool(entry.fresh or entry.stale)

    def stop(self) -> None:
        """Begin no further variant."""
        self._stopped = True

    async def _make_more(self) -> None:
        while self._missing > self._outstanding and self._tries > 0 and not self._stopped:
            await self._make_next()

    async def _make_next(self) -> None:
        index = self.entry.next_index
        self.entry.next_index += 1
        self._tries -= 1
        self._outstanding += 1
        try:
            variant = await self._produce(index)
        except Exception as error:
            self._fail(error)
        else:
            self._arrived[index] = variant
            self._take_in(index)

    def _take_in(self, index: int) -> None:
        """Keep a variant that has arrived: at once, or if seeded as soon as those before it are
        there."""
        if not self.entry.seeded:
            self._next_kept = max(self._next_kept, index + 1)
            self._accept(self._arrived.pop(index))
            return
        while self._next_kept in self._arrived:
            variant = self._arrived.pop(self._next_kept)
            self._next_kept += 1
            self._accept(variant)

    def _accept(self, variant: Variant) -> None:
        self._outstanding -= 1
        if self._missing <= 0 or variant.digest in self._known:
            return  # a duplicate: the workers go on while there are tries left
        self._known.add(variant.digest)
        self._missing -= 1
        if not self._keep(self.entry, variant):
            self._stopped = True
        self._settle_first(None)

    def _fail(self, error: Exception) -> None:
        self._outstanding -= 1
        self._stopped = True
        self._error = self._error or error
        if not isinstance(error, MockwrightError):
            log.error("a variant could not be made", label=self.entry.label, exc_info=error)
        elif self.entry.fresh or self.entry.stale:  # else it is raised to those who wait
            log.warning("a refill failed", label=self.entry.label, fault=str(error))
        self._settle_first(error)

    def _settle_first(self, error: Exception | None) -> None:
        if not self.first.done():
            self.first.set_result(error)
