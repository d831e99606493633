"""What a backend answered -> a value that conforms, step by step, each step on the record."""

from __future__ import annotations

from dataclasses import replace

from mockwright.shapes.conform import coerce, fill, keep_input
from mockwright.shapes.edits import count_leaves
from mockwright.shapes.extract import extract
from mockwright.shapes.fake.context import Hints
from mockwright.shapes.validate import CompiledSchema, compile_schema
from mockwright.types import (
    MISSING,
    Candidate,
    Completion,
    Json,
    Missing,
    Repair,
    Task,
    Verdict,
    Violation,
)

_NO_JSON = Violation("", "unreadable", "the answer holds no JSON value")


def verify(completion: Completion, task: Task) -> Candidate:
    """The answer, extracted, coerced and with the input's values kept.

    Raises InputConflictError where the caller's own data breaks the asked shape.
    """
    schema = compile_schema(task.schema)
    value = _read(completion, schema)
    if value is MISSING:
        return Candidate(None, Verdict((_NO_JSON,), 0.0), (_NO_JSON,), (completion,))
    written = schema.violations(value)
    coerced = coerce(value, task.schema)
    kept = keep_input(coerced.value, task.input, task.schema, on_conflict=task.on_input_conflict)
    repairs = coerced.repairs + kept.repairs
    broken = _broken_rules(kept.value, task)
    return Candidate(
        value=kept.value,
        verdict=Verdict(written + broken, _quality(kept.value, coerced.repairs, 0)),
        remaining=schema.violations(kept.value) + broken,
        completions=(completion,),
        repairs=repairs,
    )


def complete(candidate: Candidate, task: Task, seed: int, hints: Hints) -> Candidate:
    """The candidate with what still breaks its schema made by the generator.

    Always conforms to the schema. Raises UnsatisfiableError where no value can.
    """
    schema = compile_schema(task.schema)
    if schema.is_valid(candidate.value):
        return candidate
    filled = fill(candidate.value, task.schema, seed=seed, hints=hints)
    kept = keep_input(filled.value, task.input, task.schema, on_conflict=task.on_input_conflict)
    return replace(
        candidate,
        value=kept.value,
        verdict=replace(
            candidate.verdict, quality=_quality(kept.value, candidate.repairs, filled.filled)
        ),
        remaining=_broken_rules(kept.value, task),
        repairs=candidate.repairs + filled.repairs + kept.repairs,
        filled=filled.filled,
    )


def _read(completion: Completion, schema: CompiledSchema) -> Json | Missing:
    if completion.value is not MISSING:
        return completion.value
    extracted = extract(completion.text, schema.is_valid)
    return MISSING if extracted is None else extracted.value


def _broken_rules(value: Json, task: Task) -> tuple[Violation, ...]:
    return tuple(violation for rule in task.checks for violation in rule.check(value))


def _quality(value: Json, repairs: tuple[Repair, ...], filled: int) -> float:
    """The share of leaf values that leave as the backend wrote them."""
    leaves = max(1, count_leaves(value))
    return max(0.0, 1.0 - (len(repairs) + filled) / leaves)
