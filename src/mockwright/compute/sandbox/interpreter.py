"""Programs in an interpreter of their own, where the kernel cannot hold a process.

pydantic-monty reads a part of Python, and reaches nothing: no files, no network, no modules but
its own. Without NumPy, so that random numbers come from a small generator that is put before the
program: xoshiro128++ (Blackman and Vigna, 2021), seeded, with the usual distributions.
"""

from __future__ import annotations

import asyncio
import time
from importlib.util import find_spec
from typing import Any, Final

from mockwright.compute.sandbox.outcome import Limits, Outcome, Tier, refusal

_PRINTED: Final = 10_000
GUIDE: Final = (
    "It may import math, datetime, re, json, itertools and collections; there is no numpy and no"
    " scipy. rng has random(), uniform(a, b), integers(low, high), normal(mean, sd), lognormal(mu,"
    " sigma), exponential(mean), poisson(mean), binomial(n, p), choice(values, p=weights) and"
    " shuffle(values); those that draw a number take size= as a last argument, and then return a"
    " list. There are no files, no network and no classes of the standard library beyond these."
)
_PRELUDE: Final = """
import math


class _Rng:
    def __init__(self, seed):
        self.s = []
        x = seed % 18446744073709551616
        for _ in range(4):
            x = (x + 11400714819323198485) % 18446744073709551616
            z = x
            z = ((z ^ (z >> 30)) * 13787848793156543929) % 18446744073709551616
            z = ((z ^ (z >> 27)) * 10723151780598845931) % 18446744073709551616
            self.s.append((z ^ (z >> 31)) % 4294967296)

    def _next(self):
        s = self.s
        a = (s[0] + s[3]) % 4294967296
        result = (((a << 7) % 4294967296) | (a >> 25)) + s[0]
        t = (s[1] << 9) % 4294967296
        s[2] = s[2] ^ s[0]
        s[3] = s[3] ^ s[1]
        s[1] = s[1] ^ s[2]
        s[0] = s[0] ^ s[3]
        s[2] = s[2] ^ t
        s[3] = ((s[3] << 11) % 4294967296) | (s[3] >> 21)
        return result % 4294967296

    def random(self, size=None):
        if size is not None:
            return [self.random() for _ in range(size)]
        return ((self._next() >> 5) * 67108864 + (self._next() >> 6)) / 9007199254740992

    def uniform(self, low=0.0, high=1.0, size=None):
        if size is not None:
            return [self.uniform(low, high) for _ in range(size)]
        return low + (high - low) * self.random()

    def integers(self, low, high=None, size=None, endpoint=False):
        if size is not None:
            return [self.integers(low, high, None, endpoint) for _ in range(size)]
        if high is None:
            low, high = 0, low
        return low + int(self.random() * (high - low + (1 if endpoint else 0)))

    def normal(self, mean=0.0, sd=1.0, size=None):
        if size is not None:
            return [self.normal(mean, sd) for _ in range(size)]
        r = math.sqrt(-2 * math.log(1 - self.random()))
        return mean + sd * r * math.cos(2 * math.pi * self.random())

    def standard_normal(self, size=None):
        return self.normal(0.0, 1.0, size)

    def lognormal(self, mu=0.0, sigma=1.0, size=None):
        if size is not None:
            return [self.lognormal(mu, sigma) for _ in range(size)]
        return math.exp(self.normal(mu, sigma))

    def exponential(self, mean=1.0, size=None):
        if size is not None:
            return [self.exponential(mean) for _ in range(size)]
        return -mean * math.log(1 - self.random())

    def poisson(self, mean=1.0, size=None):
        if size is not None:
            return [self.poisson(mean) for _ in range(size)]
        if mean > 50:
            return max(0, round(self.normal(mean, math.sqrt(mean))))
        limit, k, p = math.exp(-mean), 0, self.random()
        while p > limit:
            k += 1
            p *= self.random()
        return k

    def binomial(self, n, p, size=None):
        if size is not None:
            return [self.binomial(n, p) for _ in range(size)]
        return sum(1 for _ in range(n) if self.random() < p)

    def choice(self, values, size=None, p=None):
        if size is not None:
            return [self.choice(values, None, p) for _ in range(size)]
        if isinstance(values, int):
            values = range(values)
        if p is None:
            return values[int(self.random() * len(values))]
        u, total = self.random() * sum(p), 0.0
        for value, weight in zip(values, p):
            total += weight
            if u < total:
                return value
        return values[len(values) - 1]

    def shuffle(self, values):
        for i in range(len(values) - 1, 0, -1):
            j = int(self.random() * (i + 1))
            values[i], values[j] = values[j], values[i]
"""
_CALL: Final = "\nimport json\njson.dumps(generate({n}, _Rng({seed})))\n"


def is_possible() -> str | None:
    """Why it cannot be; None where it may."""
    if find_spec("pydantic_monty") is None:
        return "pydantic-monty not installed: pip install 'mockwright[compute]'"
    return None


class InterpreterCage:
    """A pool of interpreters, each in a process of its own."""

    tier: Tier = "interpreter"
    guide = GUIDE

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._pool: Any = None
        self._opening = asyncio.Lock()

    async def run(self, program: str, n: int, seed: int, *, seconds: float) -> Outcome:
        """As :class:`~mockwright.compute.sandbox.outcome.Cage`."""
        import pydantic_monty as monty

        if (refused := refusal(program, n)) is not None:
            return refused
        started = time.perf_counter()
        code = _PRELUDE + "\n" + program + _CALL.format(n=int(n), seed=int(seed) % 2**63)
        limits: Any = {
            "max_feed_duration_secs": seconds,
            "max_memory": self._limits.memory_mb * 2**20,
            "max_suspensions": 1,
        }
        try:
            pool = await self._open()
            async with asyncio.timeout(seconds + 2):
                async with pool.checkout(limits=limits, os_policy={"sleep": "zero"}) as session:
                    printed = monty.CollectString(max_bytes=_PRINTED)
                    text = await session.feed_run(code, print_callback=printed)
        except TimeoutError:
            return Outcome("timeout", detail=f"it took more than {seconds:g} s", seconds=seconds)
        except monty.MontyError as error:
            return _failed(error, time.perf_counter() - started, code)
        return self._read(text, time.perf_counter() - started)

    async def aclose(self) -> None:
        """End the processes; a second call does nothing."""
        pool, self._pool = self._pool, None
        if pool is not None:
            await pool.__aexit__(None, None, None)

    async def _open(self) -> Any:
        import pydantic_monty as monty

        async with self._opening:
            if self._pool is None:
                pool = monty.AsyncMonty(min_processes=0, max_processes=4)
                self._pool = await pool.__aenter__()
            return self._pool

    def _read(self, text: Any, seconds: float) -> Outcome:
        most = self._limits.result_mb * 2**20
        if not isinstance(text, str):
            return Outcome("bad_result", detail="its result is no JSON", seconds=seconds)
        if len(text) > most:
            return Outcome("too_large", detail=f"more than {most} bytes", seconds=seconds)
        return Outcome("ok", text, seconds=seconds)


def _failed(error: Exception, seconds: float, code: str) -> Outcome:
    told = " ".join(str(error).strip().split("\n")[-1:])
    if "time limit exceeded" in told:
        return Outcome("timeout", detail=told, seconds=seconds).cut()
    if "PermissionError" in told or "not supported in this environment" in told:
        return Outcome("killed", detail=told, seconds=seconds).cut()
    return Outcome("error", detail=told, seconds=seconds).cut()
