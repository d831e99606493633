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
class Outcome:
    """What became of a program."""

    kind: Kind
    """``ok``; ``error``, it raised; ``killed``, it did what is not allowed; ``timeout``;
    ``too_large``, its result is; ``bad_result``, what it returned is no JSON; ``refused``."""
    text: str | None = None
    """The items as JSON, where it went well: as untrusted as the program."""
    detail: str = ""
    seconds: float = 0.0

    def cut(self) -> Outcome:
        """With a detail of bounded length: it may be the program's own words."""
        if len(self.detail) <= _TOLD:
            return self
        return Outcome(self.kind, self.text, self.detail[:_TOLD] + "...", self.seconds)


@dataclass(frozen=True, slots=True)
class Limits:
    """Of one program."""

    seconds: float = 10.0
    memory_mb: int = 1024
    result_mb: int = 64


class Cage(Protocol):
    """One way to shut programs in."""

    @property
    def tier(self) -> Tier:
        """Which."""

    @property
    def guide(self) -> str:
        """What a program may use."""

    async def run(self, program: str, n: int, seed: int, *, seconds: float) -> Outcome:
        """``generate(n, rng)`` of the program; never raises for what it does."""

    async def aclose(self) -> None:
        """End every process of it."""


def refusal(program: str, n: int) -> Outcome | None:
    """Why a program is not run at all."""
    if len(program.encode("utf-8", "replace")) > MOST_PROGRAM:
        return Outcome("refused", detail=f"a program has at most {MOST_PROGRAM} bytes")
    if not 0 <= n <= MOST_ITEMS:
        return Outcome("refused", detail=f"0 to {MOST_ITEMS} items, asked are {n}")
    return None
