"""The innermost source: answers that are made, and what their headers say about them."""

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
    """Has the producer make each completion; it never asks further in."""

    producer: Producer

    def takes_part(self, plan: Plan) -> bool:
        """Always: what no other source has is made."""
        return True

    def streams(self, plan: Plan) -> bool:
        """Whether the answer is one long list whose items can each be made and judged alone.

        This is not so where there are several answers, where filling is not wanted (a later item
        could fail after earlier ones were sent), or where a rule is about the list as a whole.
        """
        if plan.completions > 1 or plan.report or plan.on_failure == "fail":
            return False
        return isinstance(plan.node, Chunked) and all(c.itemwise for c in plan.task.checks)

    def repeats(self, plan: Plan) -> bool:
        """Always: whether an answer is stored is decided by the sources that store it."""
        return True

    async def answer(self, call: Call, proceed: Proceed) -> MockResponse:
        """Return one answer, or several under ``completions``; raises as :meth:`Producer.whole`."""
        plan, trace = call.plan, call.trace
        tasks = [replace(plan.task, variant=plan.task.variant + i) for i in range(plan.completions)]
        if len(tasks) == 1:
            candidates = [await self.producer.whole(plan, tasks[0], trace)]
            value = candidates[0].value
        else:
            # One budget for all: what one answer leaves another may spend.
            budget = self.producer.budget(plan, len(tasks))
            candidates = await _gather(
                [self.producer.whole(plan, task, trace, budget=budget) for task in tasks]
            )
            value = {"completions": [candidate.value for candidate in candidates]}
        return _whole_response(plan, candidates, _body(plan, value, trace), trace)


def describe_begun(plan: Plan, trace: Trace) -> MockResponse:
    """Return the response as far as it is known when the first items of a stream are there."""
    first = [done for candidate in trace.candidates for done in candidate.completions]
    ignored = (*plan.ignored, *_ignored_entries(plan, first, trace))
    return replace(_begun_response(plan, first, trace), ignored=ignored)


async def _gather(productions: Sequence[Coroutine[None, None, Candidate]]) -> list[Candidate]:
    """Return the results in order; the first failure cancels the rest and is raised as itself.

    The exception group of a TaskGroup would hide the error's own type from those who catch it.
    """
    try:
        async with asyncio.TaskGroup() as group:
            running = [group.create_task(production) for production in productions]
    except BaseExceptionGroup as failed:
        raise failed.exceptions[0] from None
    return [task.result() for task in running]


def _body(plan: Plan, value: Json, trace: Trace) -> bytes:
    """Return the answer as JSON, beside its report where one is asked for."""
    if not plan.report:
        return dump(value)
    return dump({"data": value, "report": [one.to_json() for one in trace.computed]})


def _whole_response(
    plan: Plan, candidates: Sequence[Candidate], body: bytes, trace: Trace
) -> MockResponse:
    completions = [completion for c in candidates for completion in c.completions]
    agreed = [c.confidence for c in candidates if c.confidence is not None]
    return replace(
        _begun_response(plan, completions, trace),
        body=body,
        quality=min(candidate.verdict.quality for candidate in candidates),
        filled=sum(candidate.filled for candidate in candidates),
        cost_usd=trace.cost_usd,
        confidence=min(agreed, default=None),
        ignored=(
            *plan.ignored,
            *_ignored_entries(plan, completions, trace),
            *_broken_rules(candidates),
        ),
        timings=tuple(trace.timings),
    )


def _begun_response(plan: Plan, completions: Sequence[Completion], trace: Trace) -> MockResponse:
    """Return what is known of the response before its body is."""
    seed = plan.task.seed
    return MockResponse(
        body=b"",
        backend=", ".join(dict.fromkeys(completion.backend for completion in completions)),
        seed=None if seed is None else f"{seed};v={GENERATOR_VERSION}",
        flow=plan.flow,
        autoshape=plan.autoshape,
        computed=_computed_fields(trace),
        unverified=(
            *(what for one in trace.computed for what in one.failed),
            *(f"not tested: {what}" for one in trace.computed for what in one.untested),
        ),
    )


def _computed_fields(trace: Trace) -> tuple[str, ...]:
    """Return the names of the computed fields, each once."""
    return tuple(dict.fromkeys(field for one in trace.computed for field in one.fields))


def _ignored_entries(
    plan: Plan, completions: Sequence[Completion], trace: Trace
) -> tuple[str, ...]:
    """Return entries of ``X-Mock-Ignored`` for what was asked and nobody acted on."""
    ignored = []
    computed = plan.computed.unread if plan.computed is not None else ()
    # A phrase that the reader of words did not understand may have been given to a program, which
    # did.
    by_program = {phrase for one in trace.computed for phrase in one.untested}
    if unread_phrases := [phrase for phrase in computed if phrase not in by_program]:
        ignored.append(f"statistics;unread={len(unread_phrases)}")
    # Rules in prose can only be read by a model: they are ignored where the generator made
    # everything.
    unread = len(plan.task.rules) - len(plan.task.checks)
    if unread and all(completion.generated for completion in completions):
        ignored.append(f"rules;n={unread}")
    return tuple(ignored)


def _broken_rules(candidates: Sequence[Candidate]) -> tuple[str, ...]:
    """Return an entry of ``X-Mock-Ignored`` for the rules that the answer still breaks.

    Only the schema is guaranteed to hold.
    """
    broken = sum(len(candidate.remaining) for candidate in candidates)
    return (f"rules;broken={broken}",) if broken else ()
