"""What a stage starts from: the input of the request, and what was made before it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from mockwright.conformance.overlay import overlay, places, without
from mockwright.conformance.prune import prune
from mockwright.conformance.verify import judged
from mockwright.consistency.stage_facts import collect, hold
from mockwright.schema.edit import get, put
from mockwright.schema.keywords import Schema
from mockwright.types import MISSING, Candidate, Json, JsonObject, Missing, Repair, Stage, Task

Path = tuple[str | int, ...]
"""Names and positions that lead to a value."""


def task_of(stage: Stage, task: Task, made: Json | Missing) -> Task:
    """Return what a stage is asked, as part of ``task``, after ``made`` was made before it.

    What was made is the stage's input, to be kept like the caller's own; what it may revise is only
    shown to it.
    """
    given, shown = _kept_and_shown(task.input, made, stage.revise)
    return replace(
        task,
        schema=task.schema if stage.schema is None else stage.schema,
        input=given,
        background=task.background if shown is MISSING else shown,
        instructions=stage.instructions or task.instructions,
        rules=(*task.rules, *(rule for rule in stage.rules if rule not in task.rules)),
        checks=stage.checks,
        # What a stage made is not the caller's: it may be rewritten, and raises nothing.
        on_input_conflict=task.on_input_conflict if made is MISSING else "coerce",
    )


def _kept_and_shown(
    asked: Json | Missing, made: Json | Missing, revise: Sequence[Path]
) -> tuple[Json | Missing, Json | Missing]:
    """Return what has to be kept, and what else there is to see."""
    if made is MISSING:
        return asked, MISSING
    kept = without(made, revise) if revise else made
    shown: JsonObject = {"so far": made} if revise else {}
    # An object cannot hold a list, nor the other way round: then the input is only shown.
    if isinstance(asked, (dict, list)) and isinstance(asked, type(made)):
        kept = overlay(asked, kept).value
    elif asked is not MISSING:
        shown["input"] = asked
    return kept, shown or MISSING


def build_on(made: Json | Missing, candidate: Candidate, stage: Stage, schema: Schema) -> Candidate:
    """Return the stage's candidate laid over what was made before it, which it does not contradict.

    ``schema`` is that of the two together. What the stage was to revise and left broken or empty is
    as it was before.
    """
    if made is MISSING:
        return candidate
    if any(violation.code == "unreadable" for violation in candidate.remaining):
        return replace(candidate, value=made)
    value, repairs = candidate.value, list(candidate.repairs)
    kept = without(made, stage.revise) if stage.revise else made
    value = _lay_over(kept, made, value, stage, schema)
    held: Sequence[Repair] = ()
    if kept is not MISSING:
        value, held = hold(value, collect(kept), schema, kept)
    value = _restore(value, made, stage.revise, schema)
    return replace(candidate, value=value, repairs=(*repairs, *held))


def _lay_over(kept: Json | Missing, made: Json, value: Json, stage: Stage, schema: Schema) -> Json:
    """Return ``value`` over what is kept; what may be revised is as it says now, not longer."""
    if isinstance(made, type(value)) and isinstance(value, (dict, list)):
        if () not in stage.revise:
            return overlay(kept, value).value
        if isinstance(made, dict) and isinstance(value, dict):
            return {**made, **value}
        return value
    return made if () not in stage.revise or prune(value, schema) is MISSING else value


def _restore(value: Json, made: Json, revise: Sequence[Path], schema: Schema) -> Json:
    """Return ``value`` with what stood at revised places, if what stands there now is broken."""
    if not revise:
        return value
    good = prune(value, schema)
    for path in places(made, revise):
        if get(good, path) is MISSING and get(made, path) is not MISSING and path:
            parent = get(value, path[:-1])
            if isinstance(parent, (dict, list)):
                value = put(value, path, get(made, path))
    return value


def judged_again(candidate: Candidate, task: Task, *repairs: Repair) -> Candidate:
    """Return the candidate with what it breaks now, as an answer to ``task``."""
    return replace(
        candidate,
        remaining=judged(candidate.value, task),
        repairs=(*candidate.repairs, *repairs),
    )
