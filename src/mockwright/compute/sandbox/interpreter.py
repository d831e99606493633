"""The tier ``interpreter``: programs in an interpreter of their own, on any system.

pydantic-monty reads a part of Python, in a process of its own, and reaches nothing: no files, no
network, no modules but its own, and of the host not one function, so that there is nothing here to
call. Random numbers come from the text of :mod:`mockwright.compute.sandbox.random_api`.
"""

from __future__ import annotations

import asyncio
import datetime
import time
from contextlib import AsyncExitStack
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from mockwright.compute.sandbox import result
from mockwright.compute.sandbox.outcome import ProgramOutcome, SandboxLimits, Tier, bounded, refusal

_PRINTED: Final = 10_000
"""The most bytes of what a program prints that are collected."""
_AT_ONCE: Final = 4
"""The most interpreters at the same time."""
_GRACE: Final = 1.0
"""Seconds in which the interpreter may notice by itself that its time is up."""
_TODAY: Final = datetime.datetime(2025, 6, 15, 12)
"""What a program's clock says, so that one seed gives the same bytes every day."""
_SURFACE: Final = Path(__file__).with_name("random_api.py")
"""The file whose text a program's random numbers come from."""
_SOURCE: Final = "<python-input-1>"
"""How the interpreter calls the second text that it is fed, the program."""
GUIDE: Final = (
    "It may import math, random, datetime, re, json, itertools, functools and collections; there is"
    " no numpy, no scipy and no statistics, and no property, classmethod or staticmethod. rng has"
    " random(), uniform(low, high), integers(low, high), normal(loc, scale),"
    " lognormal(mean, sigma), exponential(scale), poisson(lam), binomial(n, p), geometric(p),"
    " gamma(shape, scale),"
    " beta(a, b), pareto(a), weibull(a), triangular(left, mode, right), choice(values, p=weights),"
    " shuffle(values) and permutation(values), with the parameters of numpy.random.Generator; with"
    " size=k they return a list, without arithmetic of arrays. There are no files and no network."
    " It returns a list of exactly n dicts of JSON values: no NaN, and datetimes as ISO 8601. Dates"
    " count from 2025-06-15, not from the clock."
)
"""What a program may use, as a model is told."""


def is_possible() -> str | None:
    """Return why the tier cannot be used here; None where it may be."""
    if find_spec("pydantic_monty") is None:
        return "pydantic-monty not installed: pip install 'mockwright[compute]'"
    return None


class InterpreterCage:
    """A pool of interpreters, each in a process of its own."""

    tier: Tier = "interpreter"
    guide = GUIDE

    def __init__(self, limits: SandboxLimits) -> None:
        self._limits = limits
        self._surface = _SURFACE.read_text("utf-8")
        self._pool: Any = None
        self._opening = asyncio.Lock()
        self._closed = False

    async def run(self, program: str, n: int, seed: int, *, seconds: float) -> ProgramOutcome:
        """Run a program as :class:`~mockwright.compute.sandbox.outcome.Cage` says.

        The program ends when the caller is cancelled.
        """
        import pydantic_monty as monty

        if (refused := refusal(program, n)) is not None:
            return refused
        if self._closed:
            return ProgramOutcome("refused", detail="the sandbox is closed")
        seconds = min(seconds, self._limits.seconds)
        started = time.perf_counter()
        try:
            pool = await self._open()
            async with asyncio.timeout(seconds + 2 * _GRACE):
                return await self._carry_out(pool, program, n, seed % 2**64, seconds)
        except TimeoutError:
            return _timed_out(seconds)
        except monty.MontyCrashedError as error:
            if error.timed_out:
                return _timed_out(seconds)
            return ProgramOutcome(
                "killed", detail=bounded(str(error)), seconds=_seconds_since(started)
            )
        except OSError as error:
            return ProgramOutcome(
                "refused", detail=bounded(f"no interpreter could be started: {error}")
            )

    async def aclose(self) -> None:
        """End the processes; a second call does nothing."""
        self._closed = True
        pool, self._pool = self._pool, None
        if pool is not None:
            await pool.__aexit__(None, None, None)

    async def _open(self) -> Any:
        import pydantic_monty as monty

        async with self._opening:
            if self._pool is None:
                pool = monty.AsyncMonty(
                    min_processes=0,
                    max_processes=_AT_ONCE,
                    # One program for each process: the next finds nothing of it.
                    max_checkouts_per_worker=1,
                    feed_duration_limit_grace=_GRACE,
                )
                self._pool = await pool.__aenter__()
            return self._pool

    async def _carry_out(
        self, pool: Any, program: str, n: int, seed: int, seconds: float
    ) -> ProgramOutcome:
        import pydantic_monty as monty

        started = time.perf_counter()
        async with AsyncExitStack() as stack:
            session = await stack.enter_async_context(self._checkout(pool, seed, seconds))
            try:
                await _feed(session, self._surface)
                await _feed(session, program)
                await _feed(session, f"_items = generate({n}, SandboxRng({seed}))")
            except monty.MontyCrashedError:
                raise
            except monty.MontyError as error:
                return _failure(error, seconds, _seconds_since(started))
            try:
                text = await _feed(session, "import json\njson.dumps(_items)")
            except monty.MontyCrashedError:
                raise
            except monty.MontyError as error:
                told = bounded(f"its result is no JSON: {_describe_error(error)}")
                return ProgramOutcome("bad_result", detail=told, seconds=_seconds_since(started))
        if not isinstance(text, str):
            return ProgramOutcome(
                "bad_result", detail="its result is no JSON", seconds=_seconds_since(started)
            )
        most = self._limits.result_mb * 2**20
        return result.read(text.encode("utf-8", "replace"), n, most, _seconds_since(started))

    def _checkout(self, pool: Any, seed: int, seconds: float) -> Any:
        return pool.checkout(
            script_name="program",
            limits={
                "max_feed_duration_secs": seconds,
                "max_memory": self._limits.memory_mb * 2**20,
                "max_suspensions": 1,
            },
            os_policy={"sleep": "zero", "datetime": _TODAY, "random_start": {"seed": seed}},
        )


async def _feed(session: Any, code: str) -> Any:
    import pydantic_monty as monty

    return await session.feed_run(code, print_callback=monty.CollectString(max_bytes=_PRINTED))


def _failure(error: Any, seconds: float, taken: float) -> ProgramOutcome:
    told = _describe_error(error)
    if told.startswith("TimeoutError: feed time limit"):
        return _timed_out(seconds)
    if told.startswith("NameError: name 'generate'"):
        told = "TypeError: the program defines no generate(n, rng)"
    if told.startswith("PermissionError") or "is not supported in this environment" in told:
        return ProgramOutcome("killed", detail=bounded(told), seconds=taken)
    return ProgramOutcome("error", detail=bounded(told), seconds=taken)


def _describe_error(error: Any) -> str:
    """Return type and message of an error, and the line of the program."""
    lines = [frame.line for frame in error.traceback() if frame.filename == _SOURCE]
    place = f" (line {lines[-1]})" if lines else ""
    return f"{error.display(format='type-msg')[:2_000]}{place}"


def _timed_out(seconds: float) -> ProgramOutcome:
    return ProgramOutcome("timeout", detail=f"it took more than {seconds:g} s", seconds=seconds)


def _seconds_since(started: float) -> float:
    return time.perf_counter() - started
