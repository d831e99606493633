"""What running a program comes to, and what a sandbox is asked to hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, Protocol, TypeAlias

Tier: TypeAlias = Literal["kernel", "interpreter", "none"]
Kind: TypeAlias = Literal[
    "ok", "error", "refused", "killed", "timeout", "too_large", "bad_result",
]  # fmt: skip

MOST_PROGRAM: Final = 64 * 1024
"""Bytes of a program."""
MOST_ITEMS: Final = 100_000
_TOLD: Final = 1_000


@dataclass(frozen=True, slots=True)
class ProgramOutcome:
    """What became of a program."""

    kind: Kind
    """``ok``; ``error``, it raised; ``killed``, it did what is not allowed; ``timeout``;
    ``too_large``, its result is; ``bad_result``, what it returned is no list of JSON objects;
    ``refused``, it was not run."""
    text: str | None = None
    """The items as JSON, where it went well: their size and depth are bounded, their number need
    not be n, and what is in them is as untrusted as the program."""
    detail: str = ""
    """What went wrong, in bounded words; may be the program's own."""
    seconds: float = 0.0
    """Of wall time, from when the program was shut in."""


@dataclass(frozen=True, slots=True)
class SandboxLimits:
    """Of one program."""

    seconds: float = 10.0
    memory_mb: int = 1024
    """Beyond what the interpreter and its libraries have taken before the program starts."""
    result_mb: int = 64


class Cage(Protocol):
    """One way to shut programs in."""

    @property
    def tier(self) -> Tier:
        """Which."""

    @property
    def guide(self) -> str:
        """What a program may use."""

    async def run(self, program: str, n: int, seed: int, *, seconds: float) -> ProgramOutcome:
        """``generate(n, rng)`` of the program; never raises for what it does."""

    async def aclose(self) -> None:
        """End every process of it."""


def refusal(program: str, n: int) -> ProgramOutcome | None:
    """Why a program is not run at all."""
    if len(program.encode("utf-8", "replace")) > MOST_PROGRAM:
        return ProgramOutcome("refused", detail=f"a program has at most {MOST_PROGRAM} bytes")
    if not 0 <= n <= MOST_ITEMS:
        return ProgramOutcome("refused", detail=f"0 to {MOST_ITEMS} items, asked are {n}")
    return None


def bounded(told: str) -> str:
    """A program's own words on one line, of bounded length, without control characters."""
    cut = told if len(told) <= _TOLD else told[:_TOLD] + "..."
    return "".join(char if char.isprintable() else " " for char in cut).strip()
