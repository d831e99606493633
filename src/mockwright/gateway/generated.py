"""Answers that are made: each completion by the producer, and what the headers tell of them."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, replace

from mockwright.gateway.call import Call, Proceed
from mockwright.gateway.producer import Producer
from mockwright.generator import GENERATOR_VERSION
from mockwright.jsontext import dump
from mockwright.types import Candidate, Chunked, Completion, Json, MockResponse, Plan, Trace


@dataclass(frozen=True, slots=True)
class GeneratedSource:
    """The innermost source: nobody is asked further in."""

    producer: Producer

    def takes_part(self, plan: Plan) -> bool:
        """Always: what nobody has is made."""
        return True

    def streams(self, plan: Plan) -> bool:
        """Whether the answer is one long list whose items can each be made and judged alone.

        Not where there are several answers, where filling is not wanted (a later item could fail),
        or where a rule is about the list as a whole.
        """
        if plan.completions > 1 or plan.report or plan.on_failure == "fail":
            return False
        return isinstance(plan.node, Chunked) and all(c.itemwise for c in plan.task.checks)

    def repeats(self, plan: Plan) -> bool:
        """Whether it is the same again is the affair of who stores it."""
        return True

    async def answer(self, call: Call, proceed: Proceed) -> MockResponse:
        """Return one answer, or several beside each other; raises as :meth:`Producer.whole`."""
        plan, trace = call.plan, call.trace
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


def describe_begun(plan: Plan, trace: Trace) -> MockResponse:
    """Return what can be told of a streamed answer when its first items are there."""
    first = [done for candidate in trace.candidates for done in candidate.completions]
    ignored = (*plan.ignored, *_ignored(plan, first, trace))
    return replace(_response(plan, first, trace), ignored=ignored)


async def _all(productions: Sequence[Coroutine[None, None, Candidate]]) -> list[Candidate]:
    """The results in order; the first failure cancels the rest and is raised as itself."""
    try:
        async with asyncio.TaskGroup() as group:
            running = [group.create_task(production) for production in productions]
    except BaseExceptionGroup as failed:
        raise failed.exceptions[0] from None
    return [task.result() for task in running]


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
