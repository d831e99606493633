"""Answers of one context, which agree with each other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import orjson

from mockwright.consistency import FactStore, agree, known_input, learn, locked_by, sized
from mockwright.gateway.call import Call, Proceed
from mockwright.jsontext import dump
from mockwright.types import Json, JsonObject, MockResponse, Plan, Single

ChangeAnswer = Callable[[Json], Json]


@dataclass(frozen=True, slots=True)
class ContextSource:
    """Holds an answer to what earlier answers of its context said, and learns from it.

    Before it is made, what is known is given to those who make it; afterwards it is held to that,
    whatever they wrote, and to what was learnt meanwhile.
    """

    def takes_part(self, plan: Plan) -> bool:
        """Whether the request names a context."""
        return plan.context is not None

    def streams(self, plan: Plan) -> bool:
        """Never: an answer is held to the facts as a whole."""
        return False

    def repeats(self, plan: Plan) -> bool:
        """Never: what is known changes with each answer."""
        return False

    async def answer(self, call: Call, proceed: Proceed) -> MockResponse:
        """Return the answer from further in, in agreement with the context."""
        assert call.plan.context is not None  # noqa: S101 - for the type checker; see takes_part
        facts = call.scope.contexts.sheet(call.plan.context)
        informed = _informed(call.plan, facts)
        response = await proceed(replace(call, plan=informed))
        return _agreed(call.plan, informed.task.schema, response, facts)


def _agreed(
    plan: Plan, schema: JsonObject | bool, response: MockResponse, facts: FactStore
) -> MockResponse:
    """The response with each of its values held to the facts, and the facts told what is new."""
    task, changed, conflicts = plan.task, 0, 0

    def hold(value: Json) -> Json:
        nonlocal changed, conflicts
        locked = locked_by(task.input, value)
        agreed = agree(value, facts, task.method, task.path, schema, locked, query=task.query)
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
