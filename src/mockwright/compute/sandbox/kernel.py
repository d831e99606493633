"""The tier ``kernel``: programs in processes that the Linux kernel confines, one process each."""

from __future__ import annotations

import json
import signal
import sys
from functools import partial
from importlib.util import find_spec
from typing import Final

from mockwright.compute.sandbox import result
from mockwright.compute.sandbox.outcome import ProgramOutcome, SandboxLimits, Tier, bounded, refusal
from mockwright.compute.sandbox.process import Ended, Kit, StartError, Worker
from mockwright.compute.sandbox.worker_pool import Stock

_NEEDED: Final = ("numpy", "scipy", "seccompy", "landlockpy")
"""The packages that a worker imports."""
_TRIES: Final = 2
"""How often a program is tried: a worker that ends before it has run anything is nobody's fault."""
GUIDE: Final = (
    "It may import math, statistics, random, datetime, decimal, itertools, collections, re, string,"
    " uuid, numpy and scipy.stats; rng is a numpy.random.Generator. There are no files, no network,"
    " no other processes and no threads. It returns a list of exactly n dicts of JSON values: no"
    " NaN, and datetimes as ISO 8601. Dates count from 2025-06-15, not from the clock."
)
"""What a program may use, as a model is told."""


def is_possible() -> str | None:
    """Return why the tier cannot be used here; None where it may be."""
    if sys.platform != "linux":
        return f"needs Linux, this is {sys.platform}"
    lacking = [name for name in _NEEDED if find_spec(name) is None]
    if lacking:
        return f"{', '.join(lacking)} not installed: pip install 'mockwright[compute]'"
    return None


class KernelCage:
    """A cage of workers that stand ready for one program each."""

    tier: Tier = "kernel"
    guide = GUIDE

    def __init__(self, limits: SandboxLimits, workers: int = 1, kit: Kit = "numeric") -> None:
        self._limits = limits
        self.stock = Stock(workers, partial(Worker.start, kit))

    async def run(self, program: str, n: int, seed: int, *, seconds: float) -> ProgramOutcome:
        """Run a program as :class:`~mockwright.compute.sandbox.outcome.Cage` says.

        The program ends when the caller is cancelled.
        """
        if (refused := refusal(program, n)) is not None:
            return refused
        seconds = min(seconds, self._limits.seconds)
        job = json.dumps(
            {
                "program": program, "n": n, "seed": seed % 2**64, "seconds": seconds,
                "memory_mb": self._limits.memory_mb,
            }
        ).encode()  # fmt: skip
        fault = ""
        for _ in range(_TRIES):
            try:
                return await self._run_once(job, n, seconds)
            except StartError as error:
                fault = str(error)
        return ProgramOutcome("refused", detail=bounded(fault))

    async def aclose(self) -> None:
        """End every worker; a second call does nothing."""
        await self.stock.aclose()

    async def _run_once(self, job: bytes, n: int, seconds: float) -> ProgramOutcome:
        worker = await self.stock.take()
        most = self._limits.result_mb * 2**20
        try:
            ended = await worker.run(job, seconds, most)
        except TimeoutError:
            told = f"it took more than {seconds:g} s"
            return ProgramOutcome("timeout", detail=told, seconds=seconds)
        finally:
            await self.stock.give_back(worker)
        return _outcome(ended, n, most)


def _outcome(ended: Ended, n: int, most: int) -> ProgramOutcome:
    """Return what became of a program, by how its worker ended and what it wrote.

    A worker that was killed has no answer, whatever it wrote before.
    """
    code, letter, seconds = ended.code, ended.answer[:1], ended.seconds
    if code is not None and code < 0:
        return _killed_by(-code, seconds)
    if code is None or (code == 0 and letter == b"R"):
        return result.read(ended.answer[1:], n, most - 1, seconds)
    told = bounded(ended.answer[1:].decode("utf-8", "replace"))
    if letter == b"B":
        return ProgramOutcome("bad_result", detail=told, seconds=seconds)
    if letter == b"E":
        return ProgramOutcome("error", detail=told, seconds=seconds)
    return ProgramOutcome("error", detail=f"it ended with {code} and said nothing", seconds=seconds)


def _killed_by(number: int, seconds: float) -> ProgramOutcome:
    name = signal.Signals(number).name if number in signal.valid_signals() else str(number)
    if number == signal.SIGXCPU:
        return ProgramOutcome(
            "timeout", detail="it took more time of the processor", seconds=seconds
        )
    why = "a call that is not allowed" if number == signal.SIGSYS else "ended by a signal"
    return ProgramOutcome("killed", detail=f"{name}: {why}", seconds=seconds)
