"""A bound on parallel calls, with a bounded queue before it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeAlias

from mockwright.errors import SaturatedError

Typical: TypeAlias = Callable[[], float | None]
"""Tells the seconds that one call takes; ``None`` before the first."""


class Limiter:
    """Lets ``parallel`` calls run, ``queue`` wait in order of arrival, and refuses the rest.

    It is the door of a ``ResilientBackend``, and no wrapping backend of its own, because what is
    done around a call is done on both sides of the queue: the breaker is asked before, so that
    nobody queues for a backend that is open, and again after, since it may have opened meanwhile;
    the time of the attempt and its latency begin after; and the wait is bounded by the deadline of
    the whole call. A wrapper would have to be told all of that with each call, and could not say
    when the queue was left.
    """

    def __init__(self, name: str, parallel: int, queue: int) -> None:
        self._name = name
        self._parallel = parallel
        self._queue = queue
        self._slots = asyncio.Semaphore(parallel)
        self.in_flight = 0
        self.queued = 0

    @property
    def saturated(self) -> bool:
        """Whether one more call would be refused."""
        return self._slots.locked() and self.queued >= self._queue

    async def enter(self, deadline: float, typical: Typical) -> None:
        """Take a slot, to be given back with :meth:`leave`.

        Raises SaturatedError where none is to be had before ``deadline``, which is of the event
        loop's clock; from ``typical`` the refused are told when to come again.
        """
        if self.saturated:
            raise self.refusal(typical)
        if self._slots.locked():
            await self._wait(deadline, typical)
        else:
            await self._slots.acquire()
        self.in_flight += 1

    def leave(self) -> None:
        """Give a slot back, to whoever has waited longest."""
        self.in_flight -= 1
        self._slots.release()

    async def _wait(self, deadline: float, typical: Typical) -> None:
        self.queued += 1
        try:
            async with asyncio.timeout_at(deadline):
                await self._slots.acquire()
        except TimeoutError:
            raise self.refusal(typical, "no slot became free in time") from None
        finally:
            self.queued -= 1

    def refusal(self, typical: Typical, why: str = "its queue is full") -> SaturatedError:
        """Return what a call is told that cannot be let in."""
        rounds = (self.in_flight + self.queued) / self._parallel
        wait = min(60.0, max(1.0, (typical() or 1.0) * rounds))
        fault = f"backend {self._name!r} is saturated ({self._parallel} calls in parallel): {why}"
        return SaturatedError(fault, backend=self._name, retry_after=wait)
