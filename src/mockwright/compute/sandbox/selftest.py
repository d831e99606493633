"""Trials of a sandbox: harmless programs, six hostile ones, and what must become of each.

A broken jail looks like one that stops everything, and an open one like one that works. So each
hostile program has one outcome that shows that the right wall stopped it, and the harmless ones
have to come through with the right numbers.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from mockwright.compute.sandbox.outcome import Cage, Kind, Tier

_SECONDS: Final = 10.0
"""How long a trial may take."""
_ENDLESS: Final = 0.5
"""How long the program that never ends is given."""
_N: Final = 3
"""The items that each trial is asked for."""


@dataclass(frozen=True, slots=True)
class Trial:
    """A program, and the outcome that shows that it was held, for each tier."""

    name: str
    program: str
    expected: Mapping[Tier, tuple[Kind, str]]
    """What becomes of it, and how the detail begins; for ``ok`` the whole text."""
    seconds: float = _SECONDS


def _both(kind: Kind, told: str) -> Mapping[Tier, tuple[Kind, str]]:
    return {"kernel": (kind, told), "interpreter": (kind, told)}


def _generate(*lines: str) -> str:
    return "\n    ".join(("def generate(n, rng):", *lines))


def _tiers(kernel: tuple[Kind, str], interpreter: str) -> Mapping[Tier, tuple[Kind, str]]:
    return {"kernel": kernel, "interpreter": ("error", interpreter)}


PLAIN: Final = Trial(
    "plain sums",
    "import math\n" + _generate("return [{'i': i, 'root': math.sqrt(i)} for i in range(n)]"),
    _both("ok", json.dumps([{"i": i, "root": i**0.5} for i in range(_N)])),
)
NUMERIC: Final = Trial(
    "draws from numpy and scipy",
    "import numpy as np\nfrom scipy import stats\n"
    + _generate(
        "x = rng.normal(35, 12, size=10_000)",
        "fits = bool(stats.kstest(x, stats.norm(35, 12).cdf).pvalue > 1e-6)",
        "near = fits and abs(float(x.mean()) - 35) < 1",
        "return [{'near': near, 'sum': np.arange(4).sum()} for _ in range(n)]",
    ),
    {"kernel": ("ok", json.dumps([{"near": True, "sum": 6}] * _N))},
)
DRAWN: Final = Trial(
    "draws from its surface",
    _generate(
        "x = rng.normal(35, 12, size=10_000)",
        "return [{'near': abs(sum(x) / len(x) - 35) < 1, 'sum': sum(range(4))} for _ in range(n)]",
    ),
    {"interpreter": ("ok", json.dumps([{"near": True, "sum": 6}] * _N))},
)
HOSTILE: Final = (
    Trial(
        "reads a file",
        _generate("return [{'read': open('/etc/passwd').read()}] * n"),
        {"kernel": ("error", "PermissionError"), "interpreter": ("killed", "PermissionError")},
    ),
    Trial(
        "opens a socket",
        "import socket\n" + _generate("return [{'fd': socket.socket().fileno()}] * n"),
        _tiers(("killed", "SIGSYS"), "ModuleNotFoundError"),
    ),
    Trial(
        "starts a process",
        "import os\n" + _generate("return [{'pid': os.fork()}] * n"),
        _tiers(("killed", "SIGSYS"), "AttributeError"),
    ),
    Trial(
        "signals the server",
        "import os\n" + _generate("return [{'none': os.kill(os.getppid(), 0)}] * n"),
        _tiers(("killed", "SIGSYS"), "AttributeError"),
    ),
    Trial(
        "takes all memory",
        _generate("return [{'size': len('x' * 2**50)}] * n"),
        _both("error", "MemoryError"),
    ),
    Trial(
        "never ends",
        _generate("while True:", "    pass"),
        _both("timeout", "it took more than"),
        _ENDLESS,
    ),
)


async def faults(cage: Cage, trials: Sequence[Trial]) -> list[str]:
    """Return how the sandbox fails its trials; nothing where it holds."""
    slots = asyncio.Semaphore(2)

    async def fault(trial: Trial) -> str | None:
        async with slots:
            return await _fault(trial, cage)

    found = await asyncio.gather(*(fault(trial) for trial in trials))
    return [told for told in found if told is not None]


async def _fault(trial: Trial, cage: Cage) -> str | None:
    kind, told = trial.expected[cage.tier]
    outcome = await cage.run(trial.program, _N, 1, seconds=trial.seconds)
    found = outcome.text or "" if outcome.kind == "ok" else outcome.detail
    held = found == told if kind == "ok" else found.startswith(told)
    if outcome.kind == kind and held:
        return None
    return f"{trial.name}: expected {kind}, found {outcome.kind} {found[:200]}".strip()
