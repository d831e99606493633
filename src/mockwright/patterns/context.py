"""What every pattern works with: who answers, who judges, what may be spent, what is recorded."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from mockwright.errors import OverBudgetError
from mockwright.types import (
    MISSING,
    Candidate,
    Completion,
    Generate,
    Guard,
    Json,
    JsonObject,
    Missing,
    Observe,
    PlanNode,
    Span,
    Task,
    Trace,
    Verify,
)

Price: TypeAlias = Callable[[Task, Sequence[str]], float]
"""From a task and its backends to the USD that a call is going to cost, by estimate."""


def _free(task: Task, backends: Sequence[str]) -> float:
    return 0.0


class _Unseen:
    """A span that nobody looks at."""

    def tell(self, **attributes: Json) -> None:
        """Do nothing."""


def unobserved(name: str, **attributes: Json) -> AbstractContextManager[Span]:
    """Return a span that nobody looks at."""
    return nullcontext(_Unseen())


@dataclass(slots=True)
class Budget:
    """What one answer may cost, in USD and in calls."""

    limit: float | None = None
    """The most USD; None for any."""
    max_calls: int = 1_000
    spent: float = 0.0
    """USD that were paid."""
    calls: int = 0
    _held: float = 0.0
    """USD that calls under way are expected to cost."""

    @contextmanager
    def reserve(self, expected: float) -> Iterator[Callable[[float], None]]:
        """Hold what a call is expected to cost until it is known, in USD.

        Yields the function that pays. Raises :class:`OverBudgetError` before a call that would go
        over the limit.
        """
        if self.calls >= self.max_calls:
            raise OverBudgetError(f"a plan takes at most {self.max_calls} calls")
        total = self.spent + self._held + expected
        # A call that costs nothing is never too much, even beyond the limit.
        if self.limit is not None and expected > 0 and total > self.limit:
            raise OverBudgetError(
                f"the next call, at an estimated {expected:.6f} USD, would bring the cost to"
                f" {total:.6f} USD, over the limit of {self.limit:.6f} USD"
            )
        self.calls += 1
        self._held += expected
        try:
            yield self._pay
        finally:
            self._held -= expected

    def _pay(self, usd: float) -> None:
        self.spent += usd


@dataclass(frozen=True, slots=True)
class PatternContext:
    """What all nodes of one plan share; ``within`` gives it to a stage."""

    answer: Generate
    verify: Verify
    trace: Trace
    price: Price = _free
    budget: Budget = field(default_factory=Budget)
    weights: Mapping[str, float] = field(default_factory=dict)
    """The weights of the parts of quality."""
    known: Mapping[str, Json] = field(default_factory=dict)
    """What guards may ask that does not change: complexity, budget, input."""
    observe: Observe = unobserved
    started: float = field(default_factory=time.monotonic)
    scope: tuple[str, ...] = ()
    """The names of the stages this is within, the outermost first."""
    made: list[Completion] = field(default_factory=list)
    """Every call that was answered, in order."""
    heard: tuple[list[Completion], ...] = ()
    """The calls that were answered, for each run of a stage that this is within."""
    parallel: int = 4
    """How many pieces of a long list are made at the same time."""
    learn: Callable[[Json, int, int], None] | None = None
    """Told how many tokens so many items of a schema took."""

    @property
    def path(self) -> str:
        """The scope with dots: ``product.pricing``; empty for a plan of one call."""
        return ".".join(self.scope)

    def within(self, name: str) -> PatternContext:
        """Return the context for a stage."""
        return replace(self, scope=(*self.scope, name))

    def hearing(self, answered: list[Completion]) -> PatternContext:
        """Return the context with ``answered``, to which it adds calls that are answered."""
        return replace(self, heard=(*self.heard, answered))

    async def generate(self, task: Task, backends: Sequence[str]) -> Completion:
        """Have a backend answer; raise OverBudgetError before a call that is not to be paid for."""
        with self.budget.reserve(self.price(task, backends)) as pay:
            completion = await self.answer(replace(task, stage=self.path), backends)
            completion = replace(completion, stage=self.path)
            pay(completion.cost_usd)
            # Every stage around it accounts for the call, too.
            for answered in (self.made, *self.heard):
                answered.append(completion)
            return completion

    def holds(self, guard: Guard, made: Json | Missing, quality: float) -> bool:
        """Whether a condition holds now; raise :class:`GuardError` where it cannot be told."""
        facts: JsonObject = {
            **self.known,
            "quality": quality,
            "result": None if made is MISSING else made,
            "cost_usd": self.budget.spent,
            "elapsed": time.monotonic() - self.started,
        }
        return guard.holds(facts)

    def note(self, text: str) -> None:
        """Add a note to the journal, with where it was made."""
        self.trace.notes.append(f"{self.path}: {text}" if self.scope else text)


Run: TypeAlias = Callable[[PlanNode, Task, PatternContext], Awaitable[Candidate]]
"""Carries out any node; patterns are given it, so that they nest without knowing each other."""
