"""Contexts as a source: answers of one context agree with each other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import orjson

from mockwright.consistency import FactStore, agree, known_input, learn, locked_by, sized
from mockwright.gateway.call import Call, Proceed
from mockwright.jsontext import dump
from mockwright.types import Json, JsonObject, MockResponse, Plan, Single

ChangeAnswer = Callable[[Json], Json]
"""Returns what takes the place of one answer."""


@dataclass(frozen=True, slots=True)
class ContextSource:
    """Holds an answer to what earlier answers of its context said, and learns from it.

    Before the answer is made, the known facts become part of its input. Afterwards it is held to
    the facts once more, whatever a model wrote, because other answers may have added some
    meanwhile.
    """

    def takes_part(self, plan: Plan) -> bool:
        """Whether the request names a context."""
        return plan.context is not None

    def streams(self, plan: Plan) -> bool:
        """Never: only a whole answer can be held to the facts."""
        return False

    def repeats(self, plan: Plan) -> bool:
        """Never: each answer may add facts."""
        return False

    async def answer(self, call: Call, proceed: Proceed) -> MockResponse:
        """Return the answer from further in, changed where it contradicts the context."""
        assert call.plan.context is not None  # noqa: S101 - for the type checker; see takes_part
        facts = call.scope.contexts.sheet(call.plan.context)
        informed = _plan_with_facts(call.plan, facts)
        response = await proceed(replace(call, plan=informed))
        return _hold_to_facts(call.plan, informed.task.schema, response, facts)


def _hold_to_facts(
    plan: Plan, schema: JsonObject | bool, response: MockResponse, facts: FactStore
) -> MockResponse:
    """Return the response with each value held to the facts, and add what is new to them."""
    task, changed, conflicts = plan.task, 0, 0

    def hold(value: Json) -> Json:
        nonlocal changed, conflicts
        # What the caller sent stays even if the context says otherwise: that is a conflict, and is
        # reported.
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
    # Variants were asked for, but answers of a context are not cached.
    cached = ("cache",) if plan.variants else ()
    return replace(
        response,
        # Unchanged bytes stay as they are: writing them anew could change spacing or the order of
        # keys.
        body=dump(value) if changed else response.body,
        agreed=changed,
        ignored=(*response.ignored, *told, *cached),
        head=(),
    )


def _plan_with_facts(plan: Plan, facts: FactStore) -> Plan:
    """Return the plan with the known facts as part of its input, and without variants.

    An answer that depends on the facts must not be served once they have changed.
    """
    task, shape = plan.task, plan.shape
    schema = shape.schema
    # An inferred list may have any length, so it takes the known one. With other nodes the shape
    # was already used to build the plan.
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
    """Return the value of a response with each of its answers changed.

    With a report the answers stand under ``data``, and several of them under ``completions``.
    Raises ValueError for a value that is not of this form.
    """
    if plan.report:
        if not isinstance(value, dict) or "data" not in value:
            raise ValueError("expected an object with data and report")
        return {**value, "data": _map_completions(value["data"], plan, change)}
    return _map_completions(value, plan, change)


def _map_completions(value: Json, plan: Plan, change: ChangeAnswer) -> Json:
    if plan.completions == 1:
        return change(value)
    if not isinstance(value, dict) or not isinstance(value.get("completions"), list):
        raise ValueError("expected an object with a list of completions")
    return {**value, "completions": [change(one) for one in value["completions"]]}
