"""Background responses, which are made while nobody waits for them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Final

from mockwright.errors import RateLimitError
from mockwright.types import JsonObject

_MAX_TASKS: Final = 64
"""Responses that may be made at the same time: no connection that ends would stop them."""


class Running:
    """The events of one response, kept so that they can be read from any number on."""

    def __init__(self) -> None:
        self.events: list[JsonObject] = []
        self.task: asyncio.Task[None] | None = None
        self._changed = asyncio.Event()
        """Set, and replaced by another, with each event; whoever waits keeps the old one."""

    @property
    def done(self) -> bool:
        """Whether there will be no more events."""
        return self.task is None or self.task.done()

    def add(self, event: JsonObject) -> None:
        """Add the next event, and wake everyone who follows."""
        self.events.append(event)
        self._wake()

    async def follow(self, after: int = -1) -> AsyncGenerator[JsonObject, None]:
        """Yield the events past number ``after``, then the others as they come."""
        at = after + 1
        while True:
            # Taken before the events are read: one that is added meanwhile must not be slept over.
            changed = self._changed
            while at < len(self.events):
                yield self.events[at]
                at += 1
            if self.done:
                return
            await changed.wait()

    async def cancel(self) -> None:
        """Stop making the response, and wait until it is over."""
        if self.task is not None:
            self.task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self.task

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    def ended(self, _: asyncio.Task[None]) -> None:
        """Wake everyone who follows: the task is over."""
        self._wake()


class Background:
    """The responses that are being made."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, run: Callable[[Running], Awaitable[None]]) -> Running:
        """Return a response whose events ``run`` adds; raises RateLimitError where too many run
        already."""
        if len(self._tasks) >= _MAX_TASKS:
            raise RateLimitError(
                f"{_MAX_TASKS} responses are being made in the background; try again later",
                code="rate_limit_exceeded",
                retry_after=1.0,
            )
        running = Running()
        task = asyncio.ensure_future(_run(run, running))
        running.task = task
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(running.ended)
        return running

    async def aclose(self) -> None:
        """Stop everything that runs."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


async def _run(run: Callable[[Running], Awaitable[None]], running: Running) -> None:
    await run(running)
