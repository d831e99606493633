"""Whether a sandbox holds: a harmless program and six others, and what must become of each.

A broken jail looks like one that stops everything. So most of the hostile programs go on after they
were stopped, and say so.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import Final

from mockwright.compute.sandbox.outcome import Cage, Kind

_SECONDS: Final = 10.0
_ENDLESS: Final = 1.0


@dataclass(frozen=True, slots=True)
class Trial:
    """A program, and the outcomes that show that it was held."""

    name: str
    program: str
    kinds: tuple[Kind, ...]
    result: object = None
    """What an ``ok`` has to come with."""
    seconds: float = _SECONDS


def _tried(name: str, attempt: str) -> Trial:
    """A program that tries something, and returns whether it was stopped."""
    body = f"""
def generate(n, rng):
    try:
        {attempt}
    except Exception:
        return [{{"stopped": True}}]
    return [{{"stopped": False}}]
"""
    return Trial(name, body, ("ok", "killed", "error"), [{"stopped": True}])


TRIALS: Final = (
    Trial("harmless", "def generate(n, rng):\n    return [{'i': i} for i in range(n)]\n", ("ok",),
          [{"i": 0}, {"i": 1}, {"i": 2}]),
    _tried("reads a file", "open('/etc/passwd').read()"),
    _tried("writes a file", "open('/tmp/mockwright-selftest', 'w').write('x')"),
    _tried("opens a socket", "import socket; socket.socket()"),
    _tried("starts a process", "import os; os.fork()"),
    Trial("never ends", "def generate(n, rng):\n    while True:\n        pass\n",
          ("timeout", "killed"), seconds=_ENDLESS),
    Trial("takes all memory", "def generate(n, rng):\n    return [{'a': 'x' * (8 * 2**30)}]\n",
          ("error", "killed")),
)  # fmt: skip


async def faults(cage: Cage) -> list[str]:
    """How the sandbox fails its trials; none where it holds."""
    slots = asyncio.Semaphore(2)

    async def held(trial: Trial) -> str | None:
        async with slots:
            return await _fault(trial, cage)

    found = await asyncio.gather(*(held(trial) for trial in TRIALS))
    return [fault for fault in found if fault is not None]


async def _fault(trial: Trial, cage: Cage) -> str | None:
    outcome = await cage.run(trial.program, 3, 1, seconds=trial.seconds)
    if outcome.kind not in trial.kinds:
        return f"{trial.name}: {outcome.kind} {outcome.detail[:200]}".strip()
    if outcome.kind == "ok" and json.loads(outcome.text or "null") != trial.result:
        return f"{trial.name}: {(outcome.text or '')[:100]}"
    return None
