"""How well values are made to conform to their schema, beside json-repair with the schema."""

from __future__ import annotations

import json
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from json_repair import repair_json

from bench.generators import TIME_LIMIT
from bench.report import Bar, percent, print_bars, print_table, share, spread
from mockwright.conformance.conform import coerce, fill
from mockwright.errors import MockwrightError
from mockwright.generator.interfaces import Hints
from mockwright.schema.validate import CompiledSchema, compile_schema

Repair = Callable[[Any, Any], Any]
"""A value and its schema -> what the repairer makes of it; may raise."""


def coerced(value: Any, schema: Any) -> Any:
    """What coercion alone makes of it."""
    return coerce(value, schema).value


def ours(value: Any, schema: Any) -> Any:
    """Coerced, then filled."""
    result = coerced(value, schema)
    return fill(result, schema, seed=1, hints=Hints()).value


def json_repair(value: Any, schema: Any) -> Any:
    """With the schema in hand, and all it can do about it."""
    return repair_json(
        json.dumps(value), return_objects=True, schema=schema, schema_repair_mode="salvage"
    )


REPAIRS: Final[dict[str, Repair]] = {
    "mockwright, coercion only": coerced,
    "mockwright": ours,
    "json-repair": json_repair,
}


@dataclass
class Conformance:
    """What became of the instances under one repairer."""

    invalid: int = 0
    mended: int = 0
    kept: int = 0
    in_place: int = 0
    valid: int = 0
    unchanged: int = 0
    ms: list[float] = field(default_factory=list)
    failures: Counter[str] = field(default_factory=Counter)


def compare(rows: Iterable[dict[str, Any]], repair_version: str) -> Conformance:
    """Print every repairer's figures; returns the gateway's."""
    tallies = {name: Conformance() for name in REPAIRS}
    for row in rows:
        try:
            compiled = compile_schema(row["schema"])
        except MockwrightError as error:
            for tally in tallies.values():
                tally.failures[type(error).__name__] += 1
            continue
        for test in row["tests"]:
            for name, repair in REPAIRS.items():
                _one(test["data"], compiled, repair, tallies[name])
    _print(tallies, repair_version)
    return tallies["mockwright"]


def _one(value: Any, compiled: CompiledSchema, repair: Repair, tally: Conformance) -> None:
    text = json.dumps(value)
    if compiled.is_valid(value):
        tally.valid += 1
        tally.unchanged += json.dumps(_repaired(value, compiled, repair, tally)) == text
        return
    tally.invalid += 1
    result = _repaired(json.loads(text), compiled, repair, tally)
    tally.mended += compiled.is_valid(result)
    after = dict(_leaves(result, ""))
    for pointer, leaf in _valid_in_place(value, compiled):
        tally.in_place += 1
        tally.kept += pointer in after and json.dumps(after[pointer]) == json.dumps(leaf)


def _repaired(value: Any, compiled: CompiledSchema, repair: Repair, tally: Conformance) -> Any:
    """What ``repair`` gives; the value itself where it fails or takes too long."""
    start = time.perf_counter()
    try:
        with _time_limit(TIME_LIMIT):
            return repair(value, compiled.schema)
    except Exception as error:
        tally.failures[type(error).__name__] += 1
        return value
    finally:
        tally.ms.append((time.perf_counter() - start) * 1e3)


@contextmanager
def _time_limit(seconds: float) -> Iterator[None]:
    def expire(_signal: int, _frame: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, expire)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _valid_in_place(value: Any, compiled: CompiledSchema) -> Iterator[tuple[str, Any]]:
    """The leaves at or above which the validator reports no fault.

    Of a value that is of the wrong type as a whole, nothing is in its place. Members that a closed
    object has no room for are counted although they have to go: the figure is a lower bound.
    """
    violations = compiled.violations(value)
    if any(violation.code == "type" and not violation.pointer for violation in violations):
        return
    faults = [violation.pointer for violation in violations if violation.pointer]
    for pointer, leaf in _leaves(value, ""):
        if not any(pointer == fault or pointer.startswith(fault + "/") for fault in faults):
            yield pointer, leaf


def _leaves(value: Any, pointer: str) -> Iterable[tuple[str, Any]]:
    if isinstance(value, dict) and value:
        members: Iterable[tuple[Any, Any]] = value.items()
    elif isinstance(value, list) and value:
        members = enumerate(value)
    else:
        return [(pointer, value)]
    escaped = ((str(key).replace("~", "~0").replace("/", "~1"), item) for key, item in members)
    return [leaf for key, item in escaped for leaf in _leaves(item, f"{pointer}/{key}")]


def _print(tallies: dict[str, Conformance], repair_version: str) -> None:
    any_of = tallies["mockwright"]
    rows: list[tuple[str, Callable[[Conformance], str]]] = [
        ("invalid made valid", lambda t: share(t.mended, t.invalid)),
        ("valid leaves kept", lambda t: share(t.kept, t.in_place)),
        ("valid left unchanged", lambda t: share(t.unchanged, t.valid)),
        ("ms p50/p95/max", lambda t: spread(t.ms)),
        ("raised or gave up", lambda t: str(t.failures.total())),
    ]
    names = [f"{name} {repair_version}" if name == "json-repair" else name for name in tallies]
    print_table(
        f"conform: {any_of.invalid} invalid and {any_of.valid} valid instances,"
        f" {any_of.in_place} leaves valid in place",
        names,
        ([label, *map(figure, tallies.values())] for label, figure in rows),
    )


def print_verdict(tally: Conformance) -> None:
    """What is reached of what is aimed at."""
    print_bars(
        "conform, bars",
        [
            Bar("invalid made valid", percent(tally.mended, tally.invalid), ">=", 100, " %"),
            Bar("valid leaves kept", percent(tally.kept, tally.in_place), ">=", 90, " %"),
            Bar("valid left unchanged", percent(tally.unchanged, tally.valid), ">=", 100, " %"),
        ],
    )
    for name, count in tally.failures.most_common(5):
        print(f"  failures: {name} {count}")
