"""What one request is on its way to an answer (``Call``), and what may answer it (``Source``)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol, TypeAlias

from mockwright.memory.state.scopes import Scope
from mockwright.types import MockRequest, MockResponse, Plan, Trace


@dataclass(frozen=True, slots=True)
class Call:
    """A request that was decided about, and what it belongs to."""

    request: MockRequest
    plan: Plan
    trace: Trace
    """What happens on the way is noted here; the journal reads it."""
    scope: Scope
    """The test the request belongs to, whose state the answer may read and change."""


Proceed: TypeAlias = Callable[[Call], Awaitable[MockResponse]]
"""Returns the answer of the sources further in; raises MockwrightError."""


class Source(Protocol):
    """One place an answer may come from: it answers by itself, or passes the call on and uses the
    result.

    It may change the call on the way in and the response on the way out, as middleware does.
    """

    def takes_part(self, plan: Plan) -> bool:
        """Whether the source has a say in the answer to ``plan``; if not, it is passed over."""

    def streams(self, plan: Plan) -> bool:
        """Whether the source lets the items of a list leave before the list is whole."""

    def repeats(self, plan: Plan) -> bool:
        """Whether the same raw request may be answered with the same bytes, without being read
        again."""

    async def answer(self, call: Call, proceed: Proceed) -> MockResponse:
        """Return the answer to a call; raises MockwrightError."""


@dataclass(frozen=True, slots=True)
class Sources:
    """Several sources, the outermost first, asked like one; the innermost always takes part."""

    chain: tuple[Source, ...]

    async def answer(self, call: Call) -> MockResponse:
        """Return the answer of the first source that takes part; raises MockwrightError."""
        return await self._answer_from(0, call)

    def may_stream(self, plan: Plan) -> bool:
        """Whether every source that takes part lets items leave before the list is whole."""
        return all(source.streams(plan) for source in self._taking_part(plan))

    def may_repeat(self, plan: Plan) -> bool:
        """Whether every source that takes part lets the same bytes be sent again."""
        return all(source.repeats(plan) for source in self._taking_part(plan))

    def _taking_part(self, plan: Plan) -> list[Source]:
        return [source for source in self.chain if source.takes_part(plan)]

    async def _answer_from(self, place: int, call: Call) -> MockResponse:
        # Asked anew behind each source: one further out may have changed the plan.
        while not self.chain[place].takes_part(call.plan):
            place += 1
        return await self.chain[place].answer(call, partial(self._answer_from, place + 1))


def with_overrides(request: MockRequest, scope: Scope) -> MockRequest:
    """Return the request with the overrides of its test; its own controls come first."""
    asked = scope.overrides
    return replace(
        request,
        mode=request.mode or asked.mode,
        seed=request.seed if request.seed is not None else asked.seed,
        state=request.state if request.state is not None else asked.state,
    )
