"""The engine of the mock surface: how a request becomes an answer, on one page.

Decide on a plan, ask the sources (``sources.py`` lists them), respond. Each step is a component
that is handed in.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field, replace

from mockwright.backends.pool import Pool
from mockwright.faults import Averages
from mockwright.gateway.cached import CacheSource
from mockwright.gateway.call import Call, Sources, with_overrides
from mockwright.gateway.generated import describe_begun
from mockwright.gateway.producer import Producer, timed
from mockwright.gateway.replay import RecordingSource
from mockwright.generator.interfaces import Realist
from mockwright.memory.cache.variants import ServedVariant
from mockwright.memory.journal.reviews import Reviews
from mockwright.memory.state.scopes import Scope, Scopes, VariantTurns
from mockwright.planning.planner import Planner
from mockwright.types import DelayRange, Json, MockRequest, MockResponse, Observe, Plan, Trace


@dataclass(frozen=True, slots=True)
class Engine:
    """Answers the requests of the mock surface; ``app.build_engine`` puts one together."""

    producer: Producer
    sources: Sources
    recordings: RecordingSource
    cache: CacheSource
    scopes: Scopes
    reviews: Reviews = field(default_factory=Reviews)
    averages: Averages = field(default_factory=Averages)
    """Seconds that answers took, by path template; delays relative to the average need them."""
    delay_range: DelayRange | None = None
    """How slow every answer is to be, unless the request or a fault script says otherwise; None
    adds no delay."""

    @property
    def planner(self) -> Planner:
        """The planner, which decides how a request is answered."""
        return self.producer.planner

    @property
    def pool(self) -> Pool:
        """The backends, acting as one."""
        return self.producer.pool

    @property
    def realist(self) -> Realist | None:
        """The generator's sense of what values look like, as configured; it fills what a model left
        out."""
        return self.producer.realist

    @property
    def observe(self) -> Observe:
        """The function that opens tracing spans around whatever takes time."""
        return self.producer.observe

    async def handle(
        self, request: MockRequest, trace: Trace | None = None, scope: Scope | None = None
    ) -> MockResponse:
        """Return the answer to one request; raises MockwrightError.

        What happens on the way is added to ``trace``, even when it ends in an error.
        """
        return await self.answer(self.plan(request, trace or Trace(), scope))

    def plan(self, request: MockRequest, trace: Trace, scope: Scope | None = None) -> Call:
        """Return the request together with the plan for it; raises RequestError.

        Without a ``scope`` the request belongs to no test and shares its state with all such
        requests.
        """
        scope = scope or self.scopes.shared
        request = with_overrides(request, scope)
        with timed(trace, "plan"):
            trace.plan = plan_in(self.planner, request, scope)
        return Call(request, trace.plan, trace, scope)

    async def answer(self, call: Call) -> MockResponse:
        """Return the answer to a planned request; raises MockwrightError."""
        return await self.sources.answer(call)

    def stream(self, call: Call) -> AsyncGenerator[list[Json], None] | None:
        """Return a generator of the items of a long list as they are made, some at a time.

        Return None where the answer has to be whole before anything is sent.
        """
        if not self.sources.may_stream(call.plan):
            return None
        return self.producer.pieces(call.plan, call.trace)

    def begun(self, call: Call) -> MockResponse:
        """Return the response as far as it is known when the first items of a stream are there.

        Its body is empty, and its cost is not known yet.
        """
        return describe_begun(call.plan, call.trace)

    def recall(self, fingerprint: bytes, turns: VariantTurns | None = None) -> ServedVariant | None:
        """Return the next stored answer to a raw request that was seen before, without parsing
        anything.

        ``turns`` are the variant turns of a test, which counts for itself.
        """
        # The cache first: a request that replays is never stored there, so at most one of them
        # knows it.
        served = self.cache.variants.hit_raw(fingerprint, turns)
        return served or self.recordings.player.hit_raw(fingerprint)

    def remember(self, fingerprint: bytes, call: Call) -> None:
        """Let the next request with the same raw bytes be recalled, if every source allows it."""
        # Recordings stand outside the cache: a recorded answer is recalled from there, whoever made
        # it.
        recorded = self.recordings.takes_part(call.plan)
        stored = recorded or self.cache.takes_part(call.plan)
        if not stored or not self.sources.may_repeat(call.plan):
            return
        if recorded:
            self.recordings.remember(fingerprint, call)
        else:
            self.cache.remember(fingerprint, call.plan)

    async def with_program(self, request: MockRequest, program: str) -> Json:
        """Return the answer to a request whose numbers a given program computes.

        ``program`` is Python source. Raises SpecError where it does not do what is asked, and
        whatever making an answer raises.
        """
        call = self.plan(request, Trace())
        # A person decided on this program: failed tests must not put the request up for review
        # once more.
        plan = replace(call.plan, on_unverified="best_effort")
        return (await self.producer.programmed(plan, program, call.trace)).value


def plan_in(planner: Planner, request: MockRequest, scope: Scope) -> Plan:
    """Return the plan for a request of a test, by the path rules and remembered structures of that
    test."""
    return planner.plan(request, routes=scope.overrides.routes, structures=scope.structures)
