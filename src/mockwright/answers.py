"""The answers within a response: one, or several beside each other, or beside a report."""

from __future__ import annotations

from collections.abc import Callable

from mockwright.types import Json, Plan

Change = Callable[[Json], Json]


def each(value: Json, plan: Plan, change: Change) -> Json:
    """The response with each of its answers changed; raises ValueError for one of another form."""
    if plan.report:
        if not isinstance(value, dict) or "data" not in value:
            raise ValueError("expected an object with data and report")
        return {**value, "data": _completions(value["data"], plan, change)}
    return _completions(value, plan, change)


def _completions(value: Json, plan: Plan, change: Change) -> Json:
    if plan.completions == 1:
        return change(value)
    if not isinstance(value, dict) or not isinstance(value.get("completions"), list):
        raise ValueError("expected an object with a list of completions")
    return {**value, "completions": [change(one) for one in value["completions"]]}
