"""From a request to an answer. The whole story on one page; each step is a named component.

plan -> ask the sources (``sources.py`` has the list) -> respond
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
    """Answers requests. Everything it needs is handed in; see ``app.build_engine``."""

    producer: Producer
    sources: Sources
    recordings: RecordingSource
    cache: CacheSource
    scopes: Scopes
    reviews: Reviews = field(default_factory=Reviews)
    averages: Averages = field(default_factory=Averages)
    """Seconds that answers took, by path template."""
    delay_range: DelayRange | None = None
    """How slow every answer is to be."""

    @property
    def planner(self) -> Planner:
        """What decides about a request."""
        return self.producer.planner

    @property
    def pool(self) -> Pool:
        """The backends."""
        return self.producer.pool

    @property
    def realist(self) -> Realist | None:
        """What the configuration makes values look like."""
        return self.producer.realist

    @property
    def observe(self) -> Observe:
        """Spans for what takes time."""
        return self.producer.observe

    async def handle(
        self, request: MockRequest, trace: Trace | None = None, scope: Scope | None = None
    ) -> MockResponse:
        """Return the answer to one request; raises MockwrightError.

        What happens on the way is added to ``trace``, also when it ends in an error.
        """
        return await self.answer(self.plan(request, trace or Trace(), scope))

    def plan(self, request: MockRequest, trace: Trace, scope: Scope | None = None) -> Call:
        """Return the request, decided about; raises RequestError."""
        scope = scope or self.scopes.shared
        request = with_overrides(request, scope)
        with timed(trace, "plan"):
            trace.plan = plan_in(self.planner, request, scope)
        return Call(request, trace.plan, trace, scope)

    async def answer(self, call: Call) -> MockResponse:
        """Return the answer to a request that was decided about; raises MockwrightError."""
        return await self.sources.answer(call)

    def stream(self, call: Call) -> AsyncGenerator[list[Json], None] | None:
        """Yield the items of a long list as they are made; None where it has to be whole first."""
        if not self.sources.may_stream(call.plan):
            return None
        return self.producer.pieces(call.plan, call.trace)

    def begun(self, call: Call) -> MockResponse:
        """Return what can be told of a streamed answer when its first items are there."""
        return describe_begun(call.plan, call.trace)

    def recall(self, fingerprint: bytes, turns: VariantTurns | None = None) -> ServedVariant | None:
        """Return the next stored answer to a raw request that was seen before; nothing is parsed.

        ``turns`` are those of a test, which counts for itself.
        """
        served = self.cache.variants.hit_raw(fingerprint, turns)
        return served or self.recordings.player.hit_raw(fingerprint)

    def remember(self, fingerprint: bytes, call: Call) -> None:
        """Let the next request with the same raw bytes be recalled, where it may have the same."""
        recorded = self.recordings.takes_part(call.plan)
        stored = recorded or self.cache.takes_part(call.plan)
        if not stored or not self.sources.may_repeat(call.plan):
            return
        if recorded:
            self.recordings.remember(fingerprint, call)
        else:
            self.cache.remember(fingerprint, call.plan)

    async def with_program(self, request: MockRequest, program: str) -> Json:
        """Return the answer to a request, its numbers by a program.

        Raises SpecError where the program does not what is asked.
        """
        call = self.plan(request, Trace())
        plan = replace(call.plan, on_unverified="best_effort")
        return (await self.producer.programmed(plan, program, call.trace)).value


def plan_in(planner: Planner, request: MockRequest, scope: Scope) -> Plan:
    """Return the plan for a request of a test, by the rules and structures of that test too."""
    return planner.plan(request, routes=scope.overrides.routes, structures=scope.structures)
