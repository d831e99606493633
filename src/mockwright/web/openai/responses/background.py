"""Responses that are made while nobody waits for them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Final

from mockwright.errors import RateLimitError
from mockwright.types import JsonObject

_MOST: Final = 64
"""At the same time."""


class Running:
    """The events of one response, kept so that they can be read from any place on."""

    def __init__(self) -> None:
        self.events: list[JsonObject] = []
        self.task: asyncio.Task[None] | None = None
        self._changed = asyncio.Event()

    @property
    def done(self) -> bool:
        """Whether there will be no more events."""
        return self.task is None or self.task.done()

    def add(self, event: JsonObject) -> None:
        """One more event."""
        self.events.append(event)
        self._wake()

    async def follow(self, after: int = -1) -> AsyncGenerator[JsonObject, None]:
        """The events past number ``after``, those to come included."""
        at = after + 1
        while True:
            changed = self._changed
            while at < len(self.events):
                yield self.events[at]
                at += 1
            if self.done:
                return
            await changed.wait()

    async def cancel(self) -> None:
        """Give it up."""
        if self.task is not None:
            self.task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self.task

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    def ended(self, _: asyncio.Task[None]) -> None:
        """Called when its task is over."""
        self._wake()


class Background:
    """What runs."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, run: Callable[[Running], Awaitable[None]]) -> Running:
        """Have ``run`` write its events; raises RateLimitError where too many run already."""
        if len(self._tasks) >= _MOST:
            raise RateLimitError(
                f"{_MOST} responses are being made in the background; try again later",
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
        """Give up all that runs."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


async def _run(run: Callable[[Running], Awaitable[None]], running: Running) -> None:
    await run(running)
