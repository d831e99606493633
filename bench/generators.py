"""The generators that are compared, each in a process of its own that may hang without harm."""

from __future__ import annotations

import asyncio
import json
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from dataclasses import dataclass
from typing import Any, Final

import mockwright
from bench.peers import BIN, NODE_MODULES, ROOT, version

TIME_LIMIT: Final = 2.0
"""Seconds for one value."""
_START_LIMIT: Final = 60.0
_LINE_LIMIT: Final = 2**26
_WORKER: Final = str(ROOT / "bench" / "generator_worker.py")


@dataclass(frozen=True)
class Generator:
    """How to start one; ``version`` is none where it is not installed."""

    name: str
    version: str | None
    command: tuple[str, ...]


def ours() -> Generator:
    """The generator that is measured."""
    command = (sys.executable, _WORKER, "mockwright")
    return Generator("mockwright", mockwright.__version__, command)


def peers() -> list[Generator]:
    """Those beside it, installed or not."""
    faker = ("node", str(ROOT / "bench" / "jsf.mjs"), str(NODE_MODULES))
    return [
        Generator("json-schema-faker", version("json-schema-faker"), faker),
        *(
            Generator(name, version(name), (str(BIN / "python"), _WORKER, name))
            for name in ("hypothesis-jsonschema", "jsf")
        ),
    ]


@dataclass(frozen=True)
class Attempt:
    """What came of asking for one value."""

    value: Any = None
    ms: float = 0.0
    error: str = ""

    @property
    def returned(self) -> bool:
        """Whether there is a value."""
        return not self.error


class Worker:
    """A generator's process, started when first asked and again after it had to be ended."""

    def __init__(self, generator: Generator, time_limit: float = TIME_LIMIT) -> None:
        self._command = generator.command
        self._limit = time_limit
        self._process: Process | None = None

    async def draw(self, schema: Any, seed: int) -> Attempt:
        """One value, within the time limit."""
        line = json.dumps({"schema": schema, "seed": seed}) + "\n"
        try:
            process = self._process or await self._start()
            reply = await self._exchange(process, line, self._limit)
        except TimeoutError:
            await self.end()
            return Attempt(ms=self._limit * 1e3, error="no answer in time")
        except (OSError, ValueError) as error:  # it died, or its line is too long or no JSON
            await self.end()
            return Attempt(error=f"the worker failed: {error}"[:300])
        return Attempt(reply.get("value"), reply["ms"], reply.get("error", ""))

    async def _start(self) -> Process:
        self._process = await asyncio.create_subprocess_exec(
            *self._command, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, limit=_LINE_LIMIT
        )
        await self._exchange(self._process, "", _START_LIMIT)
        return self._process

    async def _exchange(self, process: Process, line: str, seconds: float) -> dict[str, Any]:
        assert process.stdin is not None
        assert process.stdout is not None
        async with asyncio.timeout(seconds):
            process.stdin.write(line.encode())
            await process.stdin.drain()
            reply: dict[str, Any] = json.loads(await process.stdout.readline())
        return reply

    async def end(self) -> None:
        """End the process, if there is one."""
        process, self._process = self._process, None
        if process is None:
            return
        if process.returncode is None:
            process.kill()
        # Reads what is left as well: a pipe that is not drained is never closed.
        await process.communicate()
