"""Answers of one context, which agree with each other."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

import orjson

from mockwright.consistency import FactStore, agree, known_input, learn, locked_by, sized
from mockwright.jsontext import dump
from mockwright.types import Json, MockResponse, Plan, Single

ChangeAnswer = Callable[[Json], Json]
MakeResponse = Callable[[Plan], Awaitable[MockResponse]]


async def in_context(plan: Plan, facts: FactStore, make: MakeResponse) -> MockResponse:
    """The answer to a plan, in agreement with what ``sheet`` knows; what it says is learnt.

    Before it is made, what is known is given to those who make it; afterwards it is held to that,
    whatever they wrote, and to what was learnt meanwhile. Raises what ``make`` raises.
    """
    informed = _informed(plan, facts)
    response = await make(informed)
    task, changed, conflicts = plan.task, 0, 0

    def hold(value: Json) -> Json:
        nonlocal changed, conflicts
        agreed = agree(
            value,
            facts,
            task.method,
            task.path,
            informed.task.schema,
            locked_by(task.input, value),
            query=task.query,
        )
        changed += len(agreed.changes)
        conflicts += len(agreed.conflicts)
        learn(
            facts, task.path, agreed.value, method=task.method, query=task.query, given=task.input
        )
        return agreed.value

    value = map_answers(orjson.loads(response.body), plan, hold)
    told = (f"context;conflicts={conflicts}",) if conflicts else ()
    cached = ("cache",) if plan.variants else ()
    return replace(
        response,
        body=dump(value) if changed else response.body,
        agreed=changed,
        ignored=(*response.ignored, *told, *cached),
        head=(),
    )


def _informed(plan: Plan, facts: FactStore) -> Plan:
    """The plan with what is known as input. Its answers depend on it: there are no variants."""
    task, shape = plan.task, plan.shape
    schema = shape.schema
    if shape.source == "inferred" and isinstance(plan.node, Single):
        schema = sized(facts, task.method, task.path, schema, query=task.query)
    given = known_input(facts, task.method, task.path, schema, task.input, query=task.query)
    return replace(
        plan,
        variants=0,
        shape=replace(shape, schema=schema),
        task=replace(task, schema=schema, input=given),
    )


def map_answers(value: Json, plan: Plan, change: ChangeAnswer) -> Json:
    """The response with each of its answers changed; raises ValueError for one of another form."""
    if plan.report:
        if not isinstance(value, dict) or "data" not in value:
            raise ValueError("expected an object with data and report")
        return {**value, "data": _completions(value["data"], plan, change)}
    return _completions(value, plan, change)


def _completions(value: Json, plan: Plan, change: ChangeAnswer) -> Json:
    if plan.completions == 1:
        return change(value)
    if not isinstance(value, dict) or not isinstance(value.get("completions"), list):
        raise ValueError("expected an object with a list of completions")
    return {**value, "completions": [change(one) for one in value["completions"]]}
