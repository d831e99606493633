"""The two sides of programs as protocols: who writes them, and the sandbox that runs them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol, TypeAlias

from mockwright.types import Completion, Computed, Task

REPAIRS: Final = 2
"""How often a program is sent back with what is wrong with it."""

Ask: TypeAlias = Callable[[Task, Sequence[str]], Awaitable[Completion]]
"""Gives a task to one of the named backends."""


class Ran(Protocol):
    """What became of a program."""

    @property
    def kind(self) -> str:
        """``ok``, ``error``, ``timeout``, ``killed``, ``refused`` ..."""

    @property
    def text(self) -> str | None:
        """The items as JSON, if it went well."""

    @property
    def detail(self) -> str:
        """What went wrong."""

    @property
    def seconds(self) -> float:
        """How long it ran."""


class Runner(Protocol):
    """A sandbox for programs that nobody trusts."""

    @property
    def tier(self) -> str:
        """How programs are confined; ``none`` runs nothing."""

    @property
    def guide(self) -> str:
        """What a program may use, told to those who write one."""

    @property
    def report(self) -> Mapping[str, str]:
        """Each tier that was tried, with ``passed`` or why it is not used."""

    async def open(self) -> None:
        """Find the strongest tier that works here; before that the tier is ``none``."""

    async def run(self, program: str, n: int, seed: int, *, seconds: float) -> Ran:
        """Run a program; it never raises for what the program does."""


@dataclass(frozen=True, slots=True)
class Refused:
    """What becomes of a program where none is run."""

    kind: str = "refused"
    text: str | None = None
    detail: str = "no program is run here"
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Nowhere:
    """A runner that runs nothing."""

    tier: str = "none"
    guide: str = ""
    report: Mapping[str, str] = field(default_factory=dict)

    async def open(self) -> None:
        """Do nothing: there is nothing to open."""

    async def run(self, program: str, n: int, seed: int, *, seconds: float) -> Ran:
        """Refuse the program."""
        return Refused()


@dataclass(frozen=True, slots=True)
class ProgramRunner:
    """Who writes programs, and where they run."""

    runner: Runner = field(default_factory=Nowhere)
    backends: tuple[str, ...] = ()
    """Names of the backends with the role ``code``, each asked in its turn."""
    seconds: float = 10.0
    """How long one program may take."""

    def most_calls(self, computed: Computed | None) -> int:
        """Return the most calls to models that a request may cost for its programs."""
        needed = computed is not None and computed.unread
        return len(self.backends) * (1 + REPAIRS) if needed else 0
