"""Programs in processes that the Linux kernel holds: one process each, prepared beforehand.

The libraries for it are two small ones, landlockpy and seccompy: a ruleset and a filter over the
kernel's own calls, without a compiler and without libseccomp.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
import time
from collections import deque
from importlib.util import find_spec
from typing import Final

import structlog

from mockwright.compute.sandbox.outcome import Limits, Outcome, Tier, refusal

log = structlog.get_logger(__name__)

_READY: Final = 30.0
"""Seconds that a worker may take to get ready."""
_REST: Final = 5.0
"""Seconds before a worker is started again where one failed."""
_ENVIRONMENT: Final = {
    "LANG": "C.UTF-8",
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONHASHSEED": "0",
}
_FATAL: Final = (signal.SIGSYS, signal.SIGKILL, signal.SIGSEGV, signal.SIGXCPU, signal.SIGABRT)

GUIDE: Final = (
    "It may import math, statistics, random, datetime, itertools, collections, re, string, numpy"
    " and scipy.stats; rng is a numpy.random.Generator. There are no files, no network, no other"
    " processes and no threads."
)


def is_possible() -> str | None:
    """Why it cannot be; None where it may."""
    if sys.platform != "linux":
        return f"needs Linux, this is {sys.platform}"
    lacking = [name for name in ("numpy", "scipy", "seccompy", "landlockpy") if not find_spec(name)]
    return (
        f"{', '.join(lacking)} not installed: pip install 'mockwright[compute]'"
        if lacking
        else None
    )


class KernelCage:
    """Workers that are ready for one program each."""

    tier: Tier = "kernel"
    guide = GUIDE

    def __init__(self, limits: Limits, workers: int = 1) -> None:
        self._limits = limits
        self._wanted = workers
        self._ready: deque[asyncio.subprocess.Process] = deque()
        self._filling: asyncio.Task[None] | None = None
        self._all: set[asyncio.subprocess.Process] = set()
        self._closed = False

    async def run(self, program: str, n: int, seed: int, *, seconds: float) -> Outcome:
        """As :class:`~mockwright.compute.sandbox.outcome.Cage`; ended when the caller is."""
        if (refused := refusal(program, n)) is not None:
            return refused
        started = time.perf_counter()
        worker = await self._worker()
        if worker is None:
            return Outcome("refused", detail="no worker could be started")
        try:
            asked = {
                "program": program, "n": n, "seed": seed % 2**64, "seconds": seconds,
                "memory_mb": self._limits.memory_mb,
            }  # fmt: skip
            return await self._carry_out(worker, asked, seconds, started)
        finally:
            await self._end(worker)
            self._fill()

    async def aclose(self) -> None:
        """End every worker; a second call does nothing."""
        self._closed = True
        if self._filling is not None:
            self._filling.cancel()
            await asyncio.gather(self._filling, return_exceptions=True)
        for worker in list(self._all):
            await self._end(worker)

    def _fill(self) -> None:
        """Have as many workers ready as are wanted, soon."""
        running = self._filling is not None and not self._filling.done()
        if not running and not self._closed and len(self._ready) < self._wanted:
            self._filling = asyncio.create_task(self._keep_filled())

    async def _keep_filled(self) -> None:
        while len(self._ready) < self._wanted and not self._closed:
            worker = await self._start()
            if worker is None:
                await asyncio.sleep(_REST)
                continue
            self._ready.append(worker)

    async def _worker(self) -> asyncio.subprocess.Process | None:
        """One that is ready and alive, else a new one."""
        while self._ready:
            worker = self._ready.popleft()
            if worker.returncode is None:
                return worker
            self._all.discard(worker)
        return await self._start()

    async def _start(self) -> asyncio.subprocess.Process | None:
        if self._closed:
            return None
        worker = await asyncio.create_subprocess_exec(
            sys.executable, "-I", "-m", "mockwright.compute.sandbox.worker",
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL, cwd="/", env=_ENVIRONMENT, start_new_session=True,
        )  # fmt: skip
        self._all.add(worker)
        assert worker.stdout is not None  # noqa: S101 - it was asked for
        try:
            async with asyncio.timeout(_READY):
                if await worker.stdout.read(1) == b".":
                    return worker
        except TimeoutError:
            pass
        except BaseException:
            await self._end(worker)
            raise
        await self._end(worker)
        log.warning("a sandbox worker did not start", code=worker.returncode)
        return None

    async def _carry_out(
        self, worker: asyncio.subprocess.Process, asked: object, seconds: float, started: float
    ) -> Outcome:
        most = self._limits.result_mb * 2**20
        try:
            async with asyncio.timeout(seconds):
                answer = await _exchange(worker, json.dumps(asked).encode(), most)
                code = await worker.wait() if len(answer) <= most else 0
        except TimeoutError:
            taken = time.perf_counter() - started
            return Outcome("timeout", detail=f"it took more than {seconds:g} s", seconds=taken)
        return _read(answer, code, most, time.perf_counter() - started)

    async def _end(self, worker: asyncio.subprocess.Process) -> None:
        """The worker and all of its group, and wait until they are gone."""
        self._all.discard(worker)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(worker.pid, signal.SIGKILL)
        await asyncio.shield(worker.wait())
        if worker.stdin is not None:
            worker.stdin.close()


async def _exchange(worker: asyncio.subprocess.Process, asked: bytes, most: int) -> bytes:
    """What it writes, up to one byte more than it may."""
    assert worker.stdin is not None  # noqa: S101 - they were asked for
    assert worker.stdout is not None  # noqa: S101
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        worker.stdin.write(asked)
        await worker.stdin.drain()
        worker.stdin.close()
    parts, size = [], 0
    while size <= most and (part := await worker.stdout.read(1 << 16)):
        parts.append(part)
        size += len(part)
    return b"".join(parts)


def _read(answer: bytes, code: int, most: int, seconds: float) -> Outcome:
    """A worker that was ended has no answer, whatever it wrote before."""
    if len(answer) > most:
        return Outcome("too_large", detail=f"more than {most} bytes", seconds=seconds)
    if code < 0:
        name = signal.Signals(-code).name if -code in signal.valid_signals() else str(-code)
        told = "a call that is not allowed" if -code == signal.SIGSYS else "ended by a signal"
        return Outcome("killed", detail=f"{name}: {told}", seconds=seconds)
    text = answer[1:].decode("utf-8", "replace")
    if answer[:1] == b"R" and code == 0:
        return Outcome("ok", text, seconds=seconds)
    if answer[:1] == b"E":
        kind = "bad_result" if "JSON" in text[:200] else "error"
        return Outcome(kind, detail=text, seconds=seconds).cut()  # type: ignore[arg-type]  # mypy widens both to str
    return Outcome("error", detail=f"it ended with {code} and said nothing", seconds=seconds)
