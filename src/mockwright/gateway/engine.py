"""From a request to an answer. The whole story on one page; each step is a named component.

plan -> answer from state, recording or variants, or generate -> verify -> complete -> respond
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterator, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import Final

import orjson

from mockwright.backends.pool import Pool
from mockwright.faults import Averages
from mockwright.gateway.contexts import in_context
from mockwright.gateway.producer import Producer, timed
from mockwright.gateway.replay import RecordingPlayer
from mockwright.gateway.stateful import Stateful
from mockwright.generator import GENERATOR_VERSION
from mockwright.generator.interfaces import Realist
from mockwright.jsontext import canonical, dump
from mockwright.memory.cache.variant import compact
from mockwright.memory.cache.variants import ServedVariant, Variant, Variants
from mockwright.memory.journal.cost_ledger import CostLedger
from mockwright.memory.journal.journal import Journal
from mockwright.memory.journal.reviews import Reviews
from mockwright.memory.state.scopes import Scope, Scopes, VariantTurns
from mockwright.planning.path_rules import with_own_rule
from mockwright.planning.planner import Planner
from mockwright.shapes.rest.learned_shape import structure_of
from mockwright.shapes.rest.url_path import read_path
from mockwright.types import (
    MISSING,
    Candidate,
    Chunked,
    Completion,
    Computed,
    DelayRange,
    Json,
    MockRequest,
    MockResponse,
    Observe,
    Plan,
    Trace,
)

Head = Callable[[MockResponse], tuple[tuple[bytes, bytes], ...]]
"""The response headers of an answer, ready to be sent again with each hit."""


@dataclass(frozen=True, slots=True)
class Engine:
    """Answers requests. Everything it needs is handed in; see ``app.build_engine``."""

    producer: Producer
    variants: Variants
    journal: Journal
    head: Head
    scopes: Scopes
    replays: RecordingPlayer
    ledger: CostLedger = field(default_factory=CostLedger)
    reviews: Reviews = field(default_factory=Reviews)
    averages: Averages = field(default_factory=Averages)
    """Seconds that answers took, by path template."""
    delay_range: DelayRange | None = None
    """How slow every answer is to be."""
    stateful: Stateful = field(default_factory=Stateful)
    salt: str = ""
    """Of the configuration: variants made under another one are other variants."""

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
        """The answer to one request; raises MockwrightError.

        What happens on the way is added to ``trace``, also when it ends in an error.
        """
        trace, scope = trace or Trace(), scope or self.scopes.shared
        request = with_overrides(request, scope)
        return await self.answer(request, self.plan(request, trace, scope), trace, scope)

    def plan(self, request: MockRequest, trace: Trace, scope: Scope | None = None) -> Plan:
        """What is done about a request; raises RequestError."""
        with timed(trace, "plan"):
            trace.plan = self._plan(request, scope or self.scopes.shared)
        return trace.plan

    def _plan(self, request: MockRequest, scope: Scope) -> Plan:
        routes = scope.overrides.routes
        return self.planner.plan(request, routes=routes, structures=scope.structures)

    async def answer(
        self, request: MockRequest, plan: Plan, trace: Trace, scope: Scope
    ) -> MockResponse:
        """The answer to a request that was decided about."""
        if plan.state:
            response = await self._resource(request, plan, trace, scope)
            if response is not None:
                return response
        return await self._made(request, plan, trace, scope)

    async def _resource(
        self, request: MockRequest, plan: Plan, trace: Trace, scope: Scope
    ) -> MockResponse | None:
        """From what is kept of a resource; None for a path that is none."""
        made: list[MockResponse] = []

        async def make(asked: MockRequest) -> Json:
            inner = replace(self._plan(asked, scope), variants=0, completions=1, report=False)
            made.append(await self._made(asked, inner, trace, scope))
            return orjson.loads(made[-1].body)

        request = replace(request, shape=plan.asked)  # that of the path rule, where it has one
        place = read_path(request.path)
        reply = await self.stateful.answer(
            request, place, scope.state, make, on_missing=plan.on_missing
        )
        if reply is None:
            return None
        body = b"" if reply.value is MISSING else dump(reply.value)
        response = made[-1] if made else MockResponse(body, STATE)
        ignored = (*response.ignored, *_unstateful(plan))
        return replace(
            response, body=body, status=reply.status, extra=reply.headers, ignored=ignored, head=()
        )

    async def _made(
        self, request: MockRequest, plan: Plan, trace: Trace, scope: Scope
    ) -> MockResponse:
        """Made, or recalled, in agreement with the context, where there is one."""
        if plan.context is None:
            return await self._kept(request, plan, trace, scope)
        sheet = scope.contexts.sheet(plan.context)
        return await in_context(
            plan, sheet, lambda informed: self._kept(request, informed, trace, scope)
        )

    async def _kept(
        self, request: MockRequest, plan: Plan, trace: Trace, scope: Scope
    ) -> MockResponse:
        """From the recordings or made, as the mode says."""
        if plan.mode == "live":
            response = await self._fresh(plan, trace, scope)
        else:
            asked = with_own_rule(request, scope.overrides.routes)
            response = await self.replays.answer(
                asked, plan, trace, scope, lambda: self._fresh(plan, trace, scope)
            )
        if plan.learns is not None:
            scope.structures[plan.learns] = structure_of(orjson.loads(response.body))
        return response

    async def _fresh(self, plan: Plan, trace: Trace, scope: Scope) -> MockResponse:
        if plan.variants:
            return await self._recall(plan, variant_key(plan, self.salt), trace, scope)
        return await self._answer(plan, trace)

    def stream(self, plan: Plan, trace: Trace) -> AsyncGenerator[list[Json], None] | None:
        """The items of a long list, as they are made; None where the answer has to be whole first.

        That is where it is kept for later, where there are several, where filling is not wanted,
        and where a rule is about the list as a whole.
        """
        whole = plan.variants or plan.completions > 1 or plan.report or plan.on_failure == "fail"
        kept = plan.state or plan.context is not None or plan.mode != "live" or plan.learns
        if whole or kept or not isinstance(plan.node, Chunked):
            return None
        if not all(check.itemwise for check in plan.task.checks):
            return None
        return self.producer.pieces(plan, trace)

    async def with_program(self, request: MockRequest, program: str) -> Json:
        """The answer to a request, its numbers by a program; raises SpecError where it is wrong."""
        trace = Trace()
        plan = replace(self.plan(request, trace), on_unverified="best_effort")
        return (await self.producer.programmed(plan, program, trace)).value

    def begun(self, plan: Plan, trace: Trace) -> MockResponse:
        """What can be told of a streamed answer when its first items are there."""
        first = [done for candidate in trace.candidates for done in candidate.completions]
        ignored = (*plan.ignored, *_ignored(plan, first, trace))
        return replace(_response(plan, first, trace), ignored=ignored)

    def recall(self, fingerprint: bytes, turns: VariantTurns | None = None) -> ServedVariant | None:
        """The next stored answer to a raw request that was seen before; nothing is parsed.

        ``turns`` are those of a test, which counts for itself.
        """
        served = self.variants.hit_raw(fingerprint, turns)
        return served or self.replays.hit_raw(fingerprint)

    def remember(self, fingerprint: bytes, request: MockRequest, plan: Plan, scope: Scope) -> None:
        """Let the next request with the same raw bytes be recalled."""
        if plan.mode in ("replay", "auto"):
            asked = with_own_rule(with_overrides(request, scope), scope.overrides.routes)
            self.replays.alias(fingerprint, asked, plan, scope)
        elif plan.variants and plan.mode == "live":
            self.variants.alias(fingerprint, variant_key(plan, self.salt))

    async def _recall(self, plan: Plan, key: bytes, trace: Trace, scope: Scope) -> MockResponse:
        async def produce(index: int) -> Variant:
            response = await self._answer(_variant(plan, index), trace if index == 0 else Trace())
            return Variant(
                body=compact(response.body),
                headers=self.head(response),
                digest=blake2b(response.body, digest_size=16).digest(),
                made_at=time.time(),
            )

        label = f"{plan.task.method} {plan.task.path}"
        seeded = plan.task.seed is not None
        served = await self.variants.serve(
            key, plan.variants, produce, seeded=seeded, label=label, turns=scope.turns
        )
        return MockResponse(
            body=served.variant.body,
            backend="",
            cache=served.state,
            # Nothing for those who waited for an answer that another request pays for.
            cost_usd=trace.cost_usd if served.state == "miss" else 0.0,
            head=served.variant.headers,
        )

    async def _answer(self, plan: Plan, trace: Trace) -> MockResponse:
        tasks = [replace(plan.task, variant=plan.task.variant + i) for i in range(plan.completions)]
        if len(tasks) == 1:
            candidates = [await self.producer.whole(plan, tasks[0], trace)]
            value = candidates[0].value
        else:
            budget = self.producer.budget(plan, len(tasks))
            candidates = await _all(
                [self.producer.whole(plan, task, trace, budget=budget) for task in tasks]
            )
            value = {"completions": [candidate.value for candidate in candidates]}
        return _respond(plan, candidates, _body(plan, value, trace), trace)


async def _all(productions: Sequence[Coroutine[None, None, Candidate]]) -> list[Candidate]:
    """The results in order; the first failure cancels the rest and is raised as itself."""
    try:
        async with asyncio.TaskGroup() as group:
            running = [group.create_task(production) for production in productions]
    except BaseExceptionGroup as failed:
        raise failed.exceptions[0] from None
    return [task.result() for task in running]


def variant_key(plan: Plan, salt: str = "") -> bytes:
    """Everything that can change the answer, and nothing that cannot."""
    task = plan.task
    parts = {
        "salt": salt,
        "generator": GENERATOR_VERSION,
        "method": task.method,
        "path": task.path,
        "query": task.query,
        "schema": task.schema,
        "input": None if task.input is MISSING else [task.input],
        "prompt": task.prompt,
        "rules": task.rules,
        "seed": task.seed,
        "locale": task.locale,
        "node": repr(plan.node),
        "max_cost_usd": plan.max_cost_usd,
        "budget": plan.budget,
        "checks": [check.key for check in task.checks],
        "directives": sorted(plan.shape.directives),
        "completions": plan.completions,
        "variants": plan.variants,
        "on_failure": plan.on_failure,
        "on_unverified": plan.on_unverified,
        "computed": _told(plan.computed),
        "report": plan.report,
        "on_input_conflict": task.on_input_conflict,
    }
    return blake2b(canonical(parts), digest_size=16).digest()


STATE: Final = "state"
"""What is told of answers that no backend made: they are what was kept."""


def with_overrides(request: MockRequest, scope: Scope) -> MockRequest:
    """The request with what its test asks of all, where it says nothing itself."""
    asked = scope.overrides
    return replace(
        request,
        mode=request.mode or asked.mode,
        seed=request.seed if request.seed is not None else asked.seed,
        state=request.state if request.state is not None else asked.state,
    )


def _unstateful(plan: Plan) -> Iterator[str]:
    """Controls that mean nothing where an answer is what is kept."""
    if plan.variants:
        yield "cache"
    if plan.completions > 1:
        yield "n"
    if plan.report:
        yield "report"


def _told(computed: Computed | None) -> Json:
    return None if computed is None else [spec.to_json() for spec in computed.specs]


def _variant(plan: Plan, index: int) -> Plan:
    """The plan for one variant; each takes as many answers as there are completions."""
    return replace(plan, task=replace(plan.task, variant=index * plan.completions))


def _body(plan: Plan, value: Json, trace: Trace) -> bytes:
    """The answer, or where it is asked for the answer beside its report."""
    if not plan.report:
        return dump(value)
    return dump({"data": value, "report": [one.to_json() for one in trace.computed]})


def _respond(
    plan: Plan, candidates: Sequence[Candidate], body: bytes, trace: Trace
) -> MockResponse:
    completions = [completion for c in candidates for completion in c.completions]
    agreed = [c.confidence for c in candidates if c.confidence is not None]
    return replace(
        _response(plan, completions, trace),
        body=body,
        quality=min(candidate.verdict.quality for candidate in candidates),
        filled=sum(candidate.filled for candidate in candidates),
        cost_usd=trace.cost_usd,
        confidence=min(agreed, default=None),
        ignored=(*plan.ignored, *_ignored(plan, completions, trace), *_broken(candidates)),
        timings=tuple(trace.timings),
    )


def _response(plan: Plan, completions: Sequence[Completion], trace: Trace) -> MockResponse:
    """What is known before the whole answer is."""
    seed = plan.task.seed
    return MockResponse(
        body=b"",
        backend=", ".join(dict.fromkeys(completion.backend for completion in completions)),
        seed=None if seed is None else f"{seed};v={GENERATOR_VERSION}",
        flow=plan.flow,
        autoshape=plan.autoshape,
        computed=_computed(trace),
        unverified=(
            *(what for one in trace.computed for what in one.failed),
            *(f"not tested: {what}" for one in trace.computed for what in one.untested),
        ),
    )


def _computed(trace: Trace) -> tuple[str, ...]:
    """Which fields were computed, and how."""
    return tuple(dict.fromkeys(field for one in trace.computed for field in one.fields))


def _ignored(plan: Plan, completions: Sequence[Completion], trace: Trace) -> tuple[str, ...]:
    """What nobody acted on: a generator without a model reads no prose."""
    ignored = []
    computed = plan.computed.unread if plan.computed is not None else ()
    by_program = {phrase for one in trace.computed for phrase in one.untested}
    if unread_phrases := [phrase for phrase in computed if phrase not in by_program]:
        ignored.append(f"statistics;unread={len(unread_phrases)}")
    unread = len(plan.task.rules) - len(plan.task.checks)
    if unread and all(completion.generated for completion in completions):
        ignored.append(f"rules;n={unread}")
    return tuple(ignored)


def _broken(candidates: Sequence[Candidate]) -> tuple[str, ...]:
    """Rules that the answer breaks all the same: only its schema is held without fail."""
    broken = sum(len(candidate.remaining) for candidate in candidates)
    return (f"rules;broken={broken}",) if broken else ()
