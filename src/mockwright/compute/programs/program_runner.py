"""Who writes programs, and where they run."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol, TypeAlias

from mockwright.types import Completion, Computed, Task

REPAIRS: Final = 2
"""Times that a program is sent back with what is wrong with it."""

Ask: TypeAlias = Callable[[Task, Sequence[str]], Awaitable[Completion]]


class Ran(Protocol):
    """What became of a program."""

    @property
    def kind(self) -> str:
        """``ok``, ``error``, ``timeout``, ``killed``, ``refused`` ..."""

    @property
    def text(self) -> str | None:
        """The items as JSON, where it went well."""

    @property
    def detail(self) -> str:
        """What went wrong."""

    @property
    def seconds(self) -> float:
        """How long it ran."""


class Runner(Protocol):
    """Where programs run that nobody trusts."""

    @property
    def tier(self) -> str:
        """How they are shut in; ``none`` runs nothing."""

    @property
    def guide(self) -> str:
        """What a program may use, told to those who write one."""

    @property
    def report(self) -> Mapping[str, str]:
        """Each tier that was tried: ``passed``, or why it is not used."""

    async def open(self) -> None:
        """Find out how; before that the tier is ``none``."""

    async def run(self, program: str, n: int, seed: int, *, seconds: float) -> Ran:
        """Never raises for what the program does."""


@dataclass(frozen=True, slots=True)
class Refused:
    """What becomes of a program where none is run."""

    kind: str = "refused"
    text: str | None = None
    detail: str = "no program is run here"
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Nowhere:
    """Runs nothing."""

    tier: str = "none"
    guide: str = ""
    report: Mapping[str, str] = field(default_factory=dict)

    async def open(self) -> None:
        """There is nothing to open."""

    async def run(self, program: str, n: int, seed: int, *, seconds: float) -> Ran:
        """Refuses."""
        return Refused()


@dataclass(frozen=True, slots=True)
class ProgramRunner:
    """Who writes programs, and where they run."""

    runner: Runner = field(default_factory=Nowhere)
    backends: tuple[str, ...] = ()
    """Those with the role ``code``, each asked in its turn."""
    seconds: float = 10.0
    """That one program may take."""

    def most_calls(self, computed: Computed | None) -> int:
        """How often models may be asked for a program."""
        needed = computed is not None and computed.unread
        return len(self.backends) * (1 + REPAIRS) if needed else 0
