"""One process that runs one program: it is started, handed a job, and ended."""

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
"""What a worker has imported: ``numeric`` has NumPy and SciPy, ``plain`` only what tempts."""

_PROGRAM: Final = Path(__file__).with_name("worker.py")
_READY, _LOCKED, _UNLOCKED = b".", b"!", b"X"
"""The signs of ``worker.py``, which only a worker can import."""
_STARTING: Final = 30.0
"""Seconds that a worker may take to get ready."""
_LOCKING: Final = 10.0
"""Seconds that it may take to read its job and lock itself."""
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
    """What it wrote; one byte more than allowed if it wrote too much."""
    code: int | None
    """The exit code as in subprocess, negative for a signal; None if it was still writing."""
    seconds: float
    """Wall time since it was locked."""


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
        """Start a process and return when it is ready; raise :class:`StartError` if it fails."""
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
        """The process id, which is also that of its session and group."""
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        """Whether it lives, as far as is known: the news of an end may be under way."""
        return self._process.returncode is None

    async def gone(self) -> None:
        """Wait until it has ended."""
        await self._process.wait()

    async def run(self, job: bytes, seconds: float, most: int) -> Ended:
        """Hand over a job, and return the program's answer of at most ``most`` bytes.

        Raises :class:`StartError` before the program ran, :class:`TimeoutError` where it does not
        end.
        """
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
            answer = await self._read_answer(most)
            code = await self._process.wait() if len(answer) <= most else None
        return Ended(answer, code, time.perf_counter() - started)

    async def end(self) -> None:
        """Kill the process and all of its group; return when they are gone."""
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
        self._stdin.close()
        # Also for a caller who is cancelled: a process left behind would be a zombie.
        await asyncio.shield(self._drain())

    async def _drain(self) -> None:
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

    async def _read_answer(self, most: int) -> bytes:
        parts, size = [], 0
        async with self._reading:
            while size <= most and (part := await self._stdout.read(_CHUNK)):
                parts.append(part)
                size += len(part)
        return b"".join(parts)
