"""Estimates of what a plan is going to take, before any of it is done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Final, assert_never

import orjson

from mockwright import jsontext
from mockwright.planning.models import Models
from mockwright.planning.plan_tree import calls
from mockwright.prompting.render import render
from mockwright.prompting.tokens import count_tokens
from mockwright.schema.keywords import Schema, resolve_local
from mockwright.types import (
    Chunked,
    Estimate,
    Json,
    JsonObject,
    Loop,
    Parallel,
    Pipeline,
    PlanNode,
    Route,
    Single,
    Stage,
    Task,
)

_LEAF: Final = {"string": 9, "integer": 3, "number": 4, "boolean": 2, "null": 2}
"""Tokens of a value with the signs about it, by type: the median of what models wrote."""
_FORMATS: Final = {"date-time": 16, "date": 8, "uuid": 26, "email": 10, "uri": 14}
"""Tokens of a string with the signs about it, by format."""
_ITEMS: Final = 3
"""The items of a list of no fixed length."""
_MAX_DEPTH: Final = 12
"""The most levels of a schema that are counted."""
_JUDGED: Final = 120
"""The tokens of a verdict."""
_REDONE: Final = 0.3
"""The share of an answer that is written again in a correction or a re-ask."""


def estimate(node: PlanNode, task: Task, models: Models) -> Estimate:
    """Return calls, tokens and USD of a plan: every stage once, loops to their end, no retries."""
    return replace(_estimate_node(node, task, models), calls=calls(node))


def answer_tokens(schema: Schema) -> int:
    """Return the tokens of an answer, from its schema alone."""
    return _tokens_of(jsontext.canonical(schema))


def call_price(task: Task, backends: Sequence[str], models: Models) -> float:
    """Return the USD of one call before it is made; 0 if nobody who may answer has a price."""
    if not models.price(backends, 1, 1):
        return 0.0
    return models.price(backends, prompt_tokens(task), answer_tokens(task.schema))


def prompt_tokens(task: Task) -> int:
    """Return the tokens of the words a task is put in."""
    prompt = render(task, "prompt", "plain")
    return count_tokens(prompt.system) + count_tokens(prompt.user)


def _estimate_node(node: PlanNode, task: Task, models: Models) -> Estimate:
    match node:
        case Single():
            return _estimate_call(task, node.backends, models)
        case Pipeline(stages) | Parallel(stages):
            parts = [
                _estimate_node(stage.node, _stage_task(stage, task), models) for stage in stages
            ]
            return _add_up(parts)
        case Route():
            return _estimate_node(node.node, task, models)
        case Loop():
            return _estimate_loop(node, task, models)
        case Chunked():
            # The items are the same whoever makes them; what is told each time is not.
            once = _estimate_node(node.node, task, models)
            pieces = -(-node.total // node.size)
            return replace(once, input_tokens=once.input_tokens * pieces)
    assert_never(node)


def _estimate_loop(node: Loop, task: Task, models: Models) -> Estimate:
    whole = _estimate_node(node.generate, task, models)
    # To the end of the loop: the estimate is what it may cost, not what it is likely to.
    corrected = _scaled(
        _estimate_node(node.correct, task, models), _REDONE * (node.max_iterations - 1)
    )
    parts = [whole, corrected]
    if node.judge is not None:
        read = prompt_tokens(task) + answer_tokens(task.schema)
        rounds = node.max_iterations
        usd = models.price(node.judge.backends, read, _JUDGED) * rounds
        parts.append(Estimate(rounds, read * rounds, _JUDGED * rounds, usd))
    if node.final is not None:
        parts.append(_scaled(_estimate_node(node.final, task, models), _REDONE))
    return _add_up(parts)


def _stage_task(stage: Stage, task: Task) -> Task:
    schema = task.schema if stage.schema is None else stage.schema
    return replace(task, schema=schema, rules=(*task.rules, *stage.rules))


def _estimate_call(task: Task, backends: Sequence[str], models: Models) -> Estimate:
    read, written = prompt_tokens(task), answer_tokens(task.schema)
    # The generator reads and writes nothing that is paid for.
    if not any(model.writes for model in models.of(backends)):
        read = written = 0
    return Estimate(1, read, written, models.price(backends, read, written))


def _add_up(parts: Sequence[Estimate]) -> Estimate:
    return Estimate(
        sum(part.calls for part in parts),
        sum(part.input_tokens for part in parts),
        sum(part.output_tokens for part in parts),
        sum(part.cost_usd for part in parts),
    )


def _scaled(part: Estimate, by: float) -> Estimate:
    return Estimate(
        part.calls, int(part.input_tokens * by), int(part.output_tokens * by), part.cost_usd * by
    )


@lru_cache(maxsize=1024)
def _tokens_of(schema: bytes) -> int:
    root = orjson.loads(schema)
    return _tokens(root, root if isinstance(root, dict) else {}, 0)


def _tokens(schema: Json, root: JsonObject, depth: int) -> int:
    """Return the tokens of a value of a schema; of a choice those of its longest branch."""
    if not isinstance(schema, dict) or depth > _MAX_DEPTH:
        return _LEAF["string"]
    if isinstance(schema.get("$ref"), str):
        # Twice as fast towards the limit, since a reference may lead back to here.
        return _tokens(resolve_local(root, schema["$ref"]), root, depth + 2)
    properties = schema.get("properties")
    if isinstance(properties, dict):
        # A name takes two tokens for its signs and one for each five letters.
        names = sum(2 + len(name) // 5 for name in properties)
        return 2 + names + sum(_tokens(part, root, depth + 1) for part in properties.values())
    if schema.get("type") == "array" or "items" in schema:
        many = schema.get("minItems") or _ITEMS
        return 2 + int(many) * (1 + _tokens(schema.get("items"), root, depth + 1))
    for keyword in ("allOf", "anyOf", "oneOf"):
        branches = schema.get(keyword)
        if isinstance(branches, list) and branches:
            return max(_tokens(branch, root, depth + 1) for branch in branches)
    if "enum" in schema or "const" in schema:
        return 4
    kind = schema.get("type")
    kind = kind[0] if isinstance(kind, list) and kind else kind
    return _FORMATS.get(str(schema.get("format")), _LEAF.get(str(kind), _LEAF["string"]))
