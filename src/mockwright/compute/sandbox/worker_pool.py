"""A stock of workers that stand ready, so that no program waits for NumPy to be imported."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeAlias

import structlog

from mockwright.compute.sandbox.process import StartError, Worker

log = structlog.get_logger(__name__)

Start: TypeAlias = Callable[[], Awaitable[Worker]]
"""Starts a worker, and returns when it is ready."""
_PAUSE: Final = 1.0
"""Seconds before a failed start is tried again, at first."""
_MOST_PAUSE: Final = 60.0
"""The most seconds between two attempts."""


class Stock:
    """A stock that refills itself, and replaces a worker that dies while it waits.

    Starts are the stock's, not the callers': a caller who leaves tears none in two, and what was
    started for him is there for the next. What fails again and again is tried again ever more
    slowly, from one second to one minute.
    """

    def __init__(self, wanted: int, start: Start, pause: float = _PAUSE) -> None:
        self._wanted = wanted
        self._start = start
        self._pause = pause
        self._ready: dict[Worker, asyncio.Task[None]] = {}
        """Each with the task that tells when it dies."""
        self._waiting: deque[asyncio.Future[Worker]] = deque()
        self._alive: set[Worker] = set()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._starting = 0
        self._failures = 0
        self._paused: asyncio.TimerHandle | None = None
        self._closed = False

    @property
    def ready(self) -> int:
        """How many workers stand ready."""
        return len(self._ready)

    def fill(self) -> None:
        """Start as many as are wanted and waited for, without waiting for them."""
        if self._closed:
            return
        wanted = 0 if self._paused else self._wanted - len(self._ready)
        for _ in range(wanted + len(self._waiting) - self._starting):
            self._starting += 1
            self._in_background(self._start_worker())

    async def take(self) -> Worker:
        """Return a worker that is ready, else a new one; the caller gives it back.

        Raises :class:`StartError` if none can be had.
        """
        if self._closed:
            raise StartError("the sandbox is closed")
        while self._ready:
            worker = next(iter(self._ready))
            self._ready.pop(worker).cancel()
            self.fill()
            if worker.is_alive:
                self._failures = 0
                return worker
            await self.give_back(worker)
        return await self._wait_for_worker()

    async def give_back(self, worker: Worker) -> None:
        """End a worker: each is good for one program."""
        try:
            await worker.end()
        finally:
            self._alive.discard(worker)

    async def aclose(self) -> None:
        """End every worker, also those in use; a second call does nothing."""
        self._closed = True
        if self._paused is not None:
            self._paused.cancel()
        while self._waiting:
            self._waiting.popleft().cancel()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._ready.clear()
        for worker in list(self._alive):
            await self.give_back(worker)

    async def _wait_for_worker(self) -> Worker:
        coming: asyncio.Future[Worker] = asyncio.get_running_loop().create_future()
        self._waiting.append(coming)
        self.fill()
        try:
            return await coming
        except asyncio.CancelledError:
            if coming in self._waiting:
                self._waiting.remove(coming)
            # The worker arrived just as the caller left: it goes to the next.
            elif not coming.cancelled() and coming.exception() is None:
                self._hand_out(coming.result())
            if self._closed:
                raise StartError("the sandbox is closed") from None
            raise

    async def _start_worker(self) -> None:
        try:
            worker = await self._start()
        except StartError as error:
            self._starting -= 1
            self._start_failed(error)
        except BaseException:
            self._starting -= 1
            raise
        else:
            self._starting -= 1
            self._alive.add(worker)
            self._hand_out(worker)

    def _hand_out(self, worker: Worker) -> None:
        """Give a worker to the first who waits, else keep it, else end it."""
        if (waiting := self._first_waiting()) is not None:
            waiting.set_result(worker)
        elif len(self._ready) < self._wanted and not self._closed:
            self._ready[worker] = self._in_background(self._watch(worker))
        else:
            self._in_background(self.give_back(worker))

    def _start_failed(self, error: StartError) -> None:
        log.warning("no sandbox worker", fault=str(error), failures=self._failures + 1)
        self._pause_refills()
        if (waiting := self._first_waiting()) is not None:
            waiting.set_exception(error)

    def _first_waiting(self) -> asyncio.Future[Worker] | None:
        while self._waiting:
            # He may have left, and not yet have had the time to say so.
            if not (first := self._waiting.popleft()).done():
                return first
        return None

    async def _watch(self, worker: Worker) -> None:
        await worker.gone()
        self._ready.pop(worker, None)
        self._pause_refills()
        await self.give_back(worker)

    def _pause_refills(self) -> None:
        """Refill later, and later still each time; those who wait are served all the same."""
        pause = min(self._pause * 2 ** min(self._failures, 16), _MOST_PAUSE)
        self._failures += 1
        if self._paused is None and not self._closed:
            self._paused = asyncio.get_running_loop().call_later(pause, self._resume)

    def _resume(self) -> None:
        self._paused = None
        self.fill()

    def _in_background(self, work: Any) -> asyncio.Task[Any]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task
