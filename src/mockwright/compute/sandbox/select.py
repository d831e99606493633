"""The choice of a sandbox: the strongest tier that this machine has, and proves."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import structlog

from mockwright.compute.sandbox import interpreter, kernel
from mockwright.compute.sandbox.interpreter import InterpreterCage
from mockwright.compute.sandbox.kernel import KernelCage
from mockwright.compute.sandbox.outcome import Cage, ProgramOutcome, SandboxLimits, Tier, bounded
from mockwright.compute.sandbox.selftest import DRAWN, HOSTILE, NUMERIC, PLAIN, faults

log = structlog.get_logger(__name__)

Wish: TypeAlias = Literal["auto", "kernel", "interpreter", "none"]
"""The tier that the configuration asks for; ``auto`` takes the strongest."""
_AT_ONCE: Final = 4
"""The most programs that run at the same time; others wait."""


@dataclass(frozen=True, slots=True)
class _Way:
    """A tier that may be tried."""

    tier: Tier
    is_possible: Callable[[], str | None]
    """Returns why it cannot be tried, or None."""
    open: Callable[[], Awaitable[tuple[Cage, list[str]]]]
    """Returns the cage, and how it failed its trials."""


class Sandbox:
    """A sandbox that opens when it is first needed, with a tier that passed its trials.

    A tier that is wished for and fails is not replaced by a weaker one.
    """

    def __init__(
        self, wish: Wish = "auto", workers: int = 1, limits: SandboxLimits | None = None
    ) -> None:
        self._wish = wish
        self._workers = workers
        self._limits = limits or SandboxLimits()
        self._cage: Cage | None = None
        self._opening: asyncio.Task[None] | None = None
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self.report: dict[str, str] = {}
        """Each tier that was tried, with ``passed`` or why it is not used."""

    @property
    def tier(self) -> Tier:
        """The tier in use; ``none`` also before it is opened."""
        return "none" if self._cage is None else self._cage.tier

    @property
    def guide(self) -> str:
        """What a program may use, as a model is told."""
        return "" if self._cage is None else self._cage.guide

    async def open(self) -> None:
        """Try the tiers, the strongest first; a second call waits for the first."""
        if self._opening is None:
            self._opening = asyncio.create_task(self._open())
        # Several may wait for it: one who leaves must not end it for all.
        await asyncio.shield(self._opening)

    async def run(self, program: str, n: int, seed: int, *, seconds: float) -> ProgramOutcome:
        """Run the program's ``generate(n, rng)``; it never raises for what the program does.

        A caller that is cancelled takes its program along.
        """
        await self.open()
        if self._cage is None:
            return ProgramOutcome("refused", detail="no sandbox holds on this machine")
        async with self._slots:
            return await self._cage.run(program, n, seed, seconds=seconds)

    async def aclose(self) -> None:
        """End every process of the sandbox."""
        if self._opening is not None:
            self._opening.cancel()
            await asyncio.gather(self._opening, return_exceptions=True)
        if self._cage is not None:
            await self._cage.aclose()

    async def _open(self) -> None:
        for way in self._ways():
            lacking = way.is_possible()
            if lacking is not None:
                self.report[way.tier] = lacking
                continue
            cage, found = await way.open()
            if not found:
                self.report[way.tier] = "passed"
                self._cage = cage
                break
            self.report[way.tier] = bounded("; ".join(found))
            await cage.aclose()
        log.info("sandbox", tier=self.tier, **self.report)

    def _ways(self) -> Iterator[_Way]:
        if self._wish in ("auto", "kernel"):
            yield _Way("kernel", kernel.is_possible, self._open_kernel)
        if self._wish in ("auto", "interpreter"):
            yield _Way("interpreter", interpreter.is_possible, self._open_interpreter)

    async def _open_kernel(self) -> tuple[Cage, list[str]]:
        """Return a kernel cage and its faults.

        Hostile programs need no NumPy, and without it a worker starts in a tenth of the time.
        """
        cage = KernelCage(self._limits, self._workers)
        plain = KernelCage(self._limits, 0, "plain")
        try:
            found = await faults(plain, (PLAIN, *HOSTILE)) or await faults(cage, (NUMERIC,))
        except BaseException:
            await cage.aclose()
            raise
        finally:
            await plain.aclose()
        return cage, found

    async def _open_interpreter(self) -> tuple[Cage, list[str]]:
        cage = InterpreterCage(self._limits)
        try:
            return cage, await faults(cage, (PLAIN, DRAWN, *HOSTILE))
        except BaseException:
            await cage.aclose()
            raise
