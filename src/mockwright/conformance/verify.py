"""Verification: what a backend answered becomes a value that conforms, each step on the record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from mockwright.conformance.conform import coerce, fill, keep_input
from mockwright.errors import InputConflictError
from mockwright.extraction.extract import extract
from mockwright.generator.interfaces import Hints, Realist
from mockwright.schema.edit import count_leaves, get
from mockwright.schema.validate import CompiledSchema, compile_schema
from mockwright.types import (
    MISSING,
    Candidate,
    Completion,
    Json,
    Missing,
    ReaskTarget,
    Repair,
    Task,
    Verdict,
    Violation,
)

_TEXT = {"type": "string"}
_ROUNDS: Final = 3
"""How often what was given is laid over what was filled, and what that breaks is filled again."""
_NO_JSON = Violation("", "unreadable", "the answer holds no JSON value")


def verify(completion: Completion, task: Task) -> Candidate:
    """Return the answer, extracted, coerced and with the input's values kept.

    Raises :class:`InputConflictError` where the caller's own data breaks the asked shape.
    """
    schema = compile_schema(task.schema)
    value = _read_value(completion, schema)
    if task.places:
        # Those of the input are laid where they belong once the parts are back in their places.
        value = _by_place(value, task.places)
        task = replace(task, input=MISSING, checks=())
    if value is MISSING:
        return Candidate(None, Verdict((_NO_JSON,), 0.0), (_NO_JSON,), (completion,))
    written = schema.violations(value)
    coerced = coerce(value, task.schema)
    kept = keep_input(coerced.value, task.input, task.schema, on_conflict=task.on_input_conflict)
    repairs = coerced.repairs + kept.repairs
    return Candidate(
        value=kept.value,
        # The caller's own values that were put back do not count against the model.
        verdict=Verdict(
            written + _rule_violations(kept.value, task), quality(kept.value, coerced.repairs, 0)
        ),
        remaining=judged(kept.value, task),
        completions=(completion,),
        repairs=repairs,
    )


def judged(value: Json, task: Task) -> tuple[Violation, ...]:
    """Return what ``value`` breaks: of the schema first, then of the rules."""
    return compile_schema(task.schema).violations(value) + _rule_violations(value, task)


def complete(
    candidate: Candidate, task: Task, seed: int, hints: Hints, realist: Realist | None = None
) -> Candidate:
    """Return the candidate with what still breaks its schema made by the generator.

    Always conforms to the schema; ``realist`` takes the place of the generator's own. Raises
    :class:`UnsatisfiableError` where no value can, and :class:`InputConflictError` where none can
    that keeps what was given.
    """
    schema = compile_schema(task.schema)
    if schema.is_valid(candidate.value):
        return candidate
    value, repairs, made = candidate.value, candidate.repairs, 0
    for _ in range(_ROUNDS):
        filled = fill(value, task.schema, seed=seed, hints=hints, realist=realist)
        kept = keep_input(filled.value, task.input, task.schema, on_conflict=task.on_input_conflict)
        value, repairs = kept.value, repairs + filled.repairs + kept.repairs
        made = max(made, filled.filled)
        if schema.is_valid(value):
            break
    else:
        # What was given and the shape cannot both be had, and no single value is at fault.
        if task.on_input_conflict == "error":
            raise InputConflictError(schema.violations(value))
        value = filled.value
    return replace(
        candidate,
        value=value,
        verdict=replace(candidate.verdict, quality=quality(value, candidate.repairs, made)),
        remaining=_rule_violations(value, task),
        repairs=repairs,
        filled=made,
    )


def _read_value(completion: Completion, schema: CompiledSchema) -> Json | Missing:
    """Return the value of a completion, extracted from its text if need be; else MISSING."""
    if completion.value is not MISSING:
        return completion.value
    extracted = extract(completion.text, schema.is_valid)
    if schema.schema == _TEXT and not (extracted and isinstance(extracted.value, str)):
        # Where any text will do, what was written is the answer, whatever else it could be.
        return completion.text
    return MISSING if extracted is None else extracted.value


def broken_rules(value: Json, task: Task) -> int:
    """Return how many of the rules that code can hold ``value`` breaks, each once."""
    return sum(bool(rule.check(value)) for rule in task.checks)


def _rule_violations(value: Json, task: Task) -> tuple[Violation, ...]:
    return tuple(violation for rule in task.checks for violation in rule.check(value))


def _by_place(value: Json | Missing, places: Sequence[ReaskTarget]) -> Json | Missing:
    """Return the answer to a re-ask of parts, by the names of its places.

    A model may send the whole again, or the one part bare.
    """
    if value is MISSING or (isinstance(value, dict) and any(p.key in value for p in places)):
        return value
    found = {place.key: get(value, place.path) for place in places}
    there = {key: item for key, item in found.items() if item is not MISSING}
    return there or ({places[0].key: value} if len(places) == 1 else value)


def quality(value: Json, repairs: Sequence[Repair], filled: int) -> float:
    """Return the share of leaf values that leave as a backend wrote them, asked once or again."""
    leaves = max(1, count_leaves(value))
    changed = sum(repair.kind != "reasked" for repair in repairs) + filled
    return max(0.0, 1.0 - changed / leaves)
