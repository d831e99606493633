"""The outcome of a program, and the protocol of a cage that runs one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, Protocol, TypeAlias

Tier: TypeAlias = Literal["kernel", "interpreter", "none"]
"""How programs are confined; ``none`` runs nothing."""
Kind: TypeAlias = Literal[
    "ok", "error", "refused", "killed", "timeout", "too_large", "bad_result",
]  # fmt: skip
"""What became of a program; see :attr:`ProgramOutcome.kind`."""

MOST_PROGRAM: Final = 64 * 1024
"""The most bytes of a program."""
MOST_ITEMS: Final = 100_000
"""The most items that a program may be asked for."""
_MOST_DETAIL: Final = 1_000
"""The most characters of a detail."""


@dataclass(frozen=True, slots=True)
class ProgramOutcome:
    """What became of a program."""

    kind: Kind
    """How it ended.

    - ``ok``: it returned items.
    - ``error``: it raised.
    - ``killed``: it did what is not allowed.
    - ``timeout``: it took too long.
    - ``too_large``: its result is too large.
    - ``bad_result``: what it returned is no list of JSON objects.
    - ``refused``: it was not run.
    """
    text: str | None = None
    """The items as JSON, where it went well.

    Their size and depth are bounded, their number need not be n, and what is in them is as
    untrusted as the program.
    """
    detail: str = ""
    """What went wrong, in bounded words, which may be the program's own."""
    seconds: float = 0.0
    """Wall time since the program was shut in."""


@dataclass(frozen=True, slots=True)
class SandboxLimits:
    """What one program may take."""

    seconds: float = 10.0
    """The most seconds of wall time, whatever a caller asks for."""
    memory_mb: int = 1024
    """Beyond what the interpreter and its libraries have taken before the program starts."""
    result_mb: int = 64
    """The most mebibytes of JSON that it may return."""


class Cage(Protocol):
    """One way to confine programs."""

    @property
    def tier(self) -> Tier:
        """Which way this is."""

    @property
    def guide(self) -> str:
        """What a program may use, as a model is told."""

    async def run(self, program: str, n: int, seed: int, *, seconds: float) -> ProgramOutcome:
        """Run the program's ``generate(n, rng)``; it never raises for what the program does."""

    async def aclose(self) -> None:
        """End every process of the cage."""


def refusal(program: str, n: int) -> ProgramOutcome | None:
    """Return why a program is not run at all; None if it may be."""
    if len(program.encode("utf-8", "replace")) > MOST_PROGRAM:
        return ProgramOutcome("refused", detail=f"a program has at most {MOST_PROGRAM} bytes")
    if not 0 <= n <= MOST_ITEMS:
        return ProgramOutcome("refused", detail=f"0 to {MOST_ITEMS} items, asked are {n}")
    return None


def bounded(told: str) -> str:
    """Return a program's own words on one line, of bounded length, without control characters."""
    cut = told if len(told) <= _MOST_DETAIL else told[:_MOST_DETAIL] + "..."
    return "".join(char if char.isprintable() else " " for char in cut).strip()
