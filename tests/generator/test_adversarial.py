"""Schemas whose keywords work against each other: a valid value each, or a reason why not."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any

import pytest

from mockwright.errors import UnsatisfiableError
from mockwright.generator import generate
from mockwright.generator.search import StepBudget
from mockwright.schema.validate import compile_schema

solve = importlib.import_module("mockwright.generator.generate")
search = importlib.import_module("mockwright.generator.search")
SCHEMAS: dict[str, dict[str, Any]] = json.loads(
    Path(__file__).with_name("adversarial.json").read_text(encoding="utf-8")
)


@pytest.mark.parametrize("name", SCHEMAS["satisfiable"])
def test_a_satisfiable_schema_gets_valid_values(name: str) -> None:
    schema = SCHEMAS["satisfiable"][name]
    is_valid = compile_schema(schema).is_valid
    assert all(is_valid(generate(schema, seed=seed)) for seed in range(3))


@pytest.mark.parametrize("name", SCHEMAS["contradictory"])
def test_a_contradictory_schema_is_refused_with_a_pointer(name: str) -> None:
    with pytest.raises(UnsatisfiableError) as caught:
        generate(SCHEMAS["contradictory"][name], seed=1)
    assert ": /" in str(caught.value) or "; /" in str(caught.value)


@pytest.mark.parametrize("name", SCHEMAS["satisfiable"])
def test_what_was_asked_before_does_not_show(name: str) -> None:
    schema = SCHEMAS["satisfiable"][name]
    solve._plans.clear()
    first = json.dumps(generate(schema, seed=3))
    generate(schema, seed=4)
    assert json.dumps(generate(schema, seed=3)) == first


def clauses(count: int, names: int) -> dict[str, Any]:
    """A hard question in the form of a schema: which of so many flags are set."""
    rows = [[(i * k + k) % names for k in (3, 5, 7)] for i in range(1, count + 1)]
    return {
        "type": "object",
        "properties": {f"v{i}": {"type": "boolean"} for i in range(names)},
        "required": [f"v{i}" for i in range(names)],
        "allOf": [
            {"anyOf": [{"properties": {f"v{n}": {"const": (n + i) % 2 == 0}}} for n in row]}
            for i, row in enumerate(rows)
        ],
        "not": {"properties": {"v0": {"type": "boolean"}}},
    }


def outcome(schema: dict[str, Any]) -> str:
    solve._plans.clear()
    try:
        return json.dumps(generate(schema, seed=1))
    except UnsatisfiableError as error:
        return str(error)


def test_a_slow_machine_gives_the_same_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    schemas = [clauses(40, 14), *list(SCHEMAS["satisfiable"].values())[:20]]
    before = [outcome(schema) for schema in schemas]
    ticking = iter(float(n) / 40 for n in range(10**9))
    monkeypatch.setattr(search.time, "monotonic", lambda: next(ticking))
    assert [outcome(schema) for schema in schemas] == before


def test_the_clock_ends_a_search_with_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    ticking = iter(range(0, 10**9, 1000))
    monkeypatch.setattr(search.time, "monotonic", lambda: float(next(ticking)))
    with pytest.raises(UnsatisfiableError, match="bound"):
        generate(clauses(40, 14), seed=1)


def test_a_search_ends_after_its_steps() -> None:
    budget = StepBudget(10)
    budget.spend(10)
    with pytest.raises(search.Exhausted):
        budget.spend(1)
