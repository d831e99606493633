"""From a request to an answer. The whole story on one page; each step is a named component.

plan -> recall a variant, or generate -> verify -> complete -> respond
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from hashlib import blake2b

from mockwright.backends.pool import Pool
from mockwright.errors import AllBackendsFailedError, NonConformingError
from mockwright.memory.entry import compact
from mockwright.memory.journal import Journal
from mockwright.memory.ledger import Ledger
from mockwright.memory.variants import Served, Variant, Variants
from mockwright.patterns.run import run
from mockwright.patterns.work import Purse, Work, unseen
from mockwright.planning.estimate import call_price
from mockwright.planning.planner import Planner
from mockwright.shapes.fake import GENERATOR_VERSION
from mockwright.shapes.fake.context import REFERENCE_NOW, Hints, Realist
from mockwright.shapes.jsontext import canonical, dump
from mockwright.shapes.quality import parts, weigh
from mockwright.shapes.verify import complete, verify
from mockwright.types import (
    MISSING,
    Candidate,
    Completion,
    Generate,
    MockRequest,
    MockResponse,
    Observe,
    Plan,
    Task,
    Trace,
)

Head = Callable[[MockResponse], tuple[tuple[bytes, bytes], ...]]
"""The response headers of an answer, ready to be sent again with each hit."""


@dataclass(frozen=True, slots=True)
class Engine:
    """Answers requests. Everything it needs is handed in; see ``app.build_engine``."""

    planner: Planner
    pool: Pool
    variants: Variants
    journal: Journal
    head: Head
    deadline: float
    """Seconds for one answer, all calls it takes together."""
    realist: Realist | None = None
    """What the configuration makes values look like, where a model's answer has to be filled."""
    weights: Mapping[str, float] = field(default_factory=dict)
    """Of the parts of quality."""
    observe: Observe = unseen
    ledger: Ledger = field(default_factory=Ledger)
    salt: str = ""
    """Of the configuration: variants made under another one are other variants."""

    async def handle(self, request: MockRequest, trace: Trace | None = None) -> MockResponse:
        """The answer to one request; raises MockwrightError.

        What happens on the way is added to ``trace``, also when it ends in an error.
        """
        trace = trace or Trace()
        with _timed(trace, "plan"):
            trace.plan = plan = self.planner.plan(request)
        if plan.variants:
            return await self._recall(plan, variant_key(plan, self.salt), trace)
        return await self._answer(plan, trace)

    def recall(self, fingerprint: bytes) -> Served | None:
        """The next variant for a raw request that was seen before; nothing is parsed."""
        return self.variants.hit_raw(fingerprint)

    def remember(self, fingerprint: bytes, trace: Trace) -> None:
        """Let the next request with the same raw bytes be recalled."""
        if trace.plan is not None and trace.plan.variants:
            self.variants.alias(fingerprint, variant_key(trace.plan, self.salt))

    async def _recall(self, plan: Plan, key: bytes, trace: Trace) -> MockResponse:
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
        served = await self.variants.serve(key, plan.variants, produce, seeded=seeded, label=label)
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
            candidates = [await self._produce(plan, tasks[0], trace)]
            value = candidates[0].value
        else:
            candidates = await _all([self._produce(plan, task, trace) for task in tasks])
            value = {"completions": [candidate.value for candidate in candidates]}
        return _respond(plan, candidates, dump(value), trace)

    async def _produce(self, plan: Plan, task: Task, trace: Trace) -> Candidate:
        deadline = asyncio.get_running_loop().time() + self.deadline

        async def generate(task: Task, backends: Sequence[str]) -> Completion:
            # What a stage takes is told under its own name.
            with nullcontext() if task.stage else _timed(trace, "generate"):
                try:
                    return await self._call(task, backends, deadline)
                except AllBackendsFailedError as error:
                    trace.attempts += error.attempts
                    raise

        work = self._work(plan, task, generate, trace)
        candidate: Candidate | None = None
        try:
            candidate = await run(plan.node, task, work)
            if candidate.remaining and plan.on_failure == "fail":
                raise NonConformingError(candidate.remaining, backend=_last(candidate))
            with _timed(trace, "conform"):
                candidate = complete(candidate, task, _fill_seed(task), _hints(task), self.realist)
                candidate = self._scored(candidate, task)
            return candidate
        finally:
            kept = {id(done) for done in candidate.completions} if candidate else set()
            trace.lost += [done for done in work.made if id(done) not in kept]
            if candidate is not None:
                trace.candidates.append(candidate)

    async def _call(self, task: Task, backends: Sequence[str], deadline: float) -> Completion:
        with self.observe("chat", operation="chat", stage=task.stage or None) as span:
            done = await self.pool.complete(task, backends, deadline=deadline)
            span.tell(
                backend=done.backend,
                provider=done.provider,
                model=done.model,
                input_tokens=done.usage.input_tokens,
                output_tokens=done.usage.output_tokens,
                cost_usd=done.cost_usd,
            )
            return done

    def _work(self, plan: Plan, task: Task, generate: Generate, trace: Trace) -> Work:
        models = self.planner.models
        return Work(
            generate,
            verify,
            trace,
            price=lambda task, backends: call_price(task, backends, models),
            purse=Purse(plan.max_cost_usd, plan.estimate.calls),
            weights=self.weights,
            known={
                "complexity": plan.complexity.get("score", 0.0),
                "budget": plan.budget,
                "input": None if task.input is MISSING else task.input,
            },
            observe=self.observe,
            parallel=self.planner.defaults.chunk_parallel,
            learn=self.planner.sizes.note,
        )

    def _scored(self, candidate: Candidate, task: Task) -> Candidate:
        """The candidate with its quality told part by part."""
        broken = sum(violation.code == "rule" for violation in candidate.remaining)
        found = parts(
            candidate.value,
            task.schema,
            conformance=candidate.verdict.quality,
            rules_broken=broken,
            rules=len(task.checks),
            judge=candidate.verdict.parts.get("judge"),
        )
        quality = weigh(found, self.weights)
        return replace(candidate, verdict=replace(candidate.verdict, quality=quality, parts=found))


def _last(candidate: Candidate) -> str:
    return candidate.completions[-1].backend if candidate.completions else ""


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
        "directives": sorted(plan.shape.directives),
        "completions": plan.completions,
        "variants": plan.variants,
        "on_failure": plan.on_failure,
        "on_input_conflict": task.on_input_conflict,
    }
    return blake2b(canonical(parts), digest_size=16).digest()


def _variant(plan: Plan, index: int) -> Plan:
    """The plan for one variant; each takes as many answers as there are completions."""
    return replace(plan, task=replace(plan.task, variant=index * plan.completions))


def _respond(
    plan: Plan, candidates: Sequence[Candidate], body: bytes, trace: Trace
) -> MockResponse:
    completions = [completion for c in candidates for completion in c.completions]
    agreed = [c.confidence for c in candidates if c.confidence is not None]
    seed = plan.task.seed
    return MockResponse(
        body=body,
        backend=", ".join(dict.fromkeys(completion.backend for completion in completions)),
        seed=None if seed is None else f"{seed};v={GENERATOR_VERSION}",
        quality=min(candidate.verdict.quality for candidate in candidates),
        filled=sum(candidate.filled for candidate in candidates),
        cost_usd=trace.cost_usd,
        flow=plan.flow,
        confidence=min(agreed, default=None),
        ignored=(*plan.ignored, *_ignored(plan, completions), *_broken(candidates)),
        timings=tuple(trace.timings),
    )


def _ignored(plan: Plan, completions: Sequence[Completion]) -> tuple[str, ...]:
    """What nobody acted on: a generator without a model reads no prose."""
    ignored = [f"${name}" for name in ("distribution",) if name in plan.shape.directives]
    unread = len(plan.task.rules) - len(plan.task.checks)
    if unread and all(completion.generated for completion in completions):
        ignored.append(f"rules;n={unread}")
    return tuple(ignored)


def _broken(candidates: Sequence[Candidate]) -> tuple[str, ...]:
    """Rules that the answer breaks all the same: only its schema is held without fail."""
    broken = sum(len(candidate.remaining) for candidate in candidates)
    return (f"rules;broken={broken}",) if broken else ()


def _fill_seed(task: Task) -> int:
    return secrets.randbits(53) if task.seed is None else task.seed + task.variant


def _hints(task: Task) -> Hints:
    return Hints(
        method=task.method,
        path=task.path,
        query=task.query,
        prompt=task.prompt,
        locale=task.locale or "en",
        now=datetime.now(UTC) if task.seed is None else REFERENCE_NOW,
    )


@contextmanager
def _timed(trace: Trace, stage: str) -> Iterator[None]:
    start = time.perf_counter()
    try:
        yield
    finally:
        trace.timings.append((stage, time.perf_counter() - start))
