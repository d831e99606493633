"""A clock that stands still while anything works, and jumps to the next timer when nothing does."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest


class Clock:
    """The time of an event loop and of the module ``time``, for tests about time.

    A wait costs nothing and takes as long as was said. Work that the loop gave to a thread is
    waited for; what other processes, the other end of a socket or threads of their own do is not,
    while a timer is set. Whoever took hold of ``time.monotonic`` itself before has the machine's.
    """

    def __init__(self) -> None:
        self.now = time.monotonic()
        self._in_threads = 0

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds

    def install(self, loop: asyncio.AbstractEventLoop, patch: pytest.MonkeyPatch) -> None:
        """Be the clock of ``loop``, and of who asks ``time`` how long something takes."""
        selector: Any = loop._selector  # type: ignore[attr-defined]  # of all loops that select
        select, run_in_executor = selector.select, loop.run_in_executor
        shutdown_default_executor = loop.shutdown_default_executor

        def jump(timeout: float | None = None) -> Any:
            if timeout is None or (timeout > 0 and self._in_threads):
                return select(None)
            ready = select(0)
            if not ready and timeout > 0:
                self.advance(timeout)
            return ready

        def counted(*work: Any) -> asyncio.Future[Any]:
            future = run_in_executor(*work)
            self._in_threads += 1
            future.add_done_callback(back)
            return future

        def back(_: object) -> None:
            self._in_threads -= 1

        async def shut_down(*timeout: float) -> None:
            # From Python 3.12 on with a timer beside it, and always in a thread of its own.
            self._in_threads += 1
            try:
                await shutdown_default_executor(*timeout)
            finally:
                self._in_threads -= 1

        patch.setattr(selector, "select", jump)
        patch.setattr(loop, "run_in_executor", counted)
        patch.setattr(loop, "shutdown_default_executor", shut_down)
        patch.setattr(loop, "time", lambda: self.now)
        for name in ("monotonic", "perf_counter"):
            patch.setattr(time, name, lambda: self.now)
