"""One process that runs one program: started, asked, ended."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import time
from asyncio.subprocess import DEVNULL, PIPE, Process
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, TypeAlias

Kit: TypeAlias = Literal["numeric", "plain"]

_PROGRAM: Final = Path(__file__).with_name("worker.py")
_READY, _LOCKED, _UNLOCKED = b".", b"!", b"X"
"""As in ``worker.py``, which only a worker can import."""
_STARTING: Final = 30.0
"""Seconds that a worker may take to get ready."""
_LOCKING: Final = 10.0
_CHUNK: Final = 1 << 16
_ENVIRONMENT: Final = {
    "LANG": "C.UTF-8",
    # A zone that needs no file.
    "TZ": "UTC0",
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
    # The order of a set of strings is part of "the same seed, the same bytes". ``-I`` would take
    # it away; of what ``-I`` is for, ``-s`` and ``-P`` do the rest, and nothing else is in here.
    "PYTHONHASHSEED": "0",
}


class StartError(Exception):
    """A worker could not be had, or was gone before it ran its program."""


@dataclass(frozen=True, slots=True)
class Ended:
    """A program that came to an end by itself."""

    answer: bytes
    """One byte more than it may have where it wrote too much."""
    code: int | None
    """As in subprocess: less than 0 is a signal; None where it was still writing."""
    seconds: float


class Worker:
    """A process that is ready; good for one program."""

    def __init__(self, process: Process) -> None:
        self._process = process
        assert process.stdin is not None  # noqa: S101 - pipes were asked for
        assert process.stdout is not None  # noqa: S101
        self._stdin = process.stdin
        self._stdout = process.stdout
        # A stream has one reader at a time, and an end may come while the program is running.
        self._reading = asyncio.Lock()

    @classmethod
    async def start(cls, kit: Kit) -> Worker:
        """Returns when it is ready. Raises StartError."""
        try:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-s", "-P", str(_PROGRAM), kit, str(os.getpid()),
                stdin=PIPE, stdout=PIPE, stderr=DEVNULL, cwd="/", env=_ENVIRONMENT,
                start_new_session=True, close_fds=True,
            )  # fmt: skip
        except (OSError, ValueError) as error:
            raise StartError(f"a worker could not be started: {error}") from error
        worker = cls(process)
        try:
            async with asyncio.timeout(_STARTING):
                ready = await worker._stdout.read(1)
        except TimeoutError:
            ready = b""
        except BaseException:
            await worker.end()
            raise
        if ready != _READY:
            await worker.end()
            raise StartError(f"a worker did not get ready, it ended with {process.returncode}")
        return worker

    @property
    def pid(self) -> int:
        """Also the id of its session and group."""
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        """As far as is known: the news of an end may be under way."""
        return self._process.returncode is None

    async def gone(self) -> None:
        """Wait until it has ended."""
        await self._process.wait()

    async def run(self, job: bytes, seconds: float, most: int) -> Ended:
        """Raises StartError before the program ran, TimeoutError where it does not end."""
        try:
            async with asyncio.timeout(_LOCKING):
                locked = await self._hand_over(job)
        except TimeoutError:
            raise StartError("a worker did not lock itself in time") from None
        if locked != _LOCKED:
            told = await self._stdout.read(500) if locked == _UNLOCKED else b"it ended"
            raise StartError(f"a worker did not lock itself: {told.decode('utf-8', 'replace')}")
        started = time.perf_counter()
        async with asyncio.timeout(seconds):
            answer = await self._read(most)
            code = await self._process.wait() if len(answer) <= most else None
        return Ended(answer, code, time.perf_counter() - started)

    async def end(self) -> None:
        """The process and all of its group; returns when they are gone."""
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
        self._stdin.close()
        await asyncio.shield(self._drained())

    async def _drained(self) -> None:
        # A transport with unread output never closes.
        async with self._reading:
            while await self._stdout.read(_CHUNK):
                pass
        await self._process.wait()

    async def _hand_over(self, job: bytes) -> bytes:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self._stdin.write(job)
            await self._stdin.drain()
            self._stdin.close()
        async with self._reading:
            return await self._stdout.read(1)

    async def _read(self, most: int) -> bytes:
        parts, size = [], 0
        async with self._reading:
            while size <= most and (part := await self._stdout.read(_CHUNK)):
                parts.append(part)
                size += len(part)
        return b"".join(parts)
