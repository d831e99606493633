"""Making the variants that a key lacks: once for all who wait, several at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, TypeAlias

import structlog

from mockwright.errors import BackendError, MockwrightError
from mockwright.memory.entry import Entry, Variant

log = structlog.get_logger(__name__)

Produce: TypeAlias = Callable[[int], Awaitable[Variant]]
"""Makes the variant with an index; different indexes should give different answers."""
Keep: TypeAlias = Callable[[Entry, Variant], bool]
"""Adds a variant to its entry; False where there is no room for more."""

RETRY_AFTER: Final = 5.0
"""Seconds before a refill that failed is tried again."""
_SPARE: Final = 3
_HEAD_START: Final = 0.002
"""Seconds that the first answer gets to leave, before the others take the processor."""


class Priming:
    """One effort to bring an entry up to its goal.

    The first variant is made alone: it is what callers wait for, and a backend that is down is
    asked once, not once for each variant. A duplicate is tried again under the next index; after
    as many spare tries as variants were missing (at least three) fewer variants are accepted.
    Under a seed, variants are kept in the order of their indexes, and a failure ends the effort
    at that index: the set is the same however the calls overlap.
    """

    def __init__(self, entry: Entry, produce: Produce, keep: Keep, parallel: int) -> None:
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
        """Done when the first variant is there, or when it is clear that none will be."""

    async def run(self) -> None:
        """Make what is missing. Failures are told to those who wait, else to the log."""
        try:
            await self._work()
            if self._missing > 0 and not self._stopped:
                await asyncio.sleep(_HEAD_START)
                workers = min(self._parallel, self._missing)
                await asyncio.gather(*(self._work_on() for _ in range(workers)))
        finally:
            self.entry.next_index = self._next_kept
            self._tell(self._error or BackendError("the gateway is shutting down"))

    def settle(self, now: float) -> bool:
        """Leave the entry as the effort's end asks for. False where it holds nothing at all."""
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

    async def _work_on(self) -> None:
        while self._missing > self._outstanding and self._tries > 0 and not self._stopped:
            await self._work()

    async def _work(self) -> None:
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
        """Keep what has arrived: at once, or under a seed as soon as those before it are there."""
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
            return
        self._known.add(variant.digest)
        self._missing -= 1
        if not self._keep(self.entry, variant):
            self._stopped = True
        self._tell(None)

    def _fail(self, error: Exception) -> None:
        self._outstanding -= 1
        self._stopped = True
        self._error = self._error or error
        if not isinstance(error, MockwrightError):
            log.error("a variant could not be made", label=self.entry.label, exc_info=error)
        elif self.entry.fresh or self.entry.stale:
            log.warning("a refill failed", label=self.entry.label, fault=str(error))
        self._tell(error)

    def _tell(self, error: Exception | None) -> None:
        if not self.first.done():
            self.first.set_result(error)
