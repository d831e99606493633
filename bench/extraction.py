"""How well broken answers are read, beside json-repair."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from json_repair import repair_json

from bench.broken_texts import Case, agrees, hostile
from bench.report import Bar, percent, print_bars, print_table, quantile, share, spread
from mockwright.extraction.extract import extract

Reader = Callable[[str], Any]
_NOTHING: Final = object()
HOSTILE_SIZE: Final = 1_000_000


def ours(text: str) -> Any:
    """What the gateway reads."""
    found = extract(text)
    return _NOTHING if found is None else found.value


def json_repair(text: str) -> Any:
    """What json-repair reads; an empty string is how it says nothing."""
    value = repair_json(text, return_objects=True)
    return _NOTHING if value == "" else value


@dataclass
class Reading:
    """What one reader made of the cases."""

    cases: int = 0
    right: int = 0
    nothing: int = 0
    wrong: Counter[str] = field(default_factory=Counter)
    micros: list[float] = field(default_factory=list)


def read_all(reader: Reader, given: list[Case]) -> Reading:
    """Every case, timed."""
    reading = Reading(len(given))
    for case in given:
        value, seconds = _best_of(3, reader, case.text)
        reading.micros.append(seconds * 1e6)
        if value is _NOTHING:
            reading.nothing += 1
        elif agrees(case, value):
            reading.right += 1
        else:
            reading.wrong[case.kind] += 1
    return reading


def _best_of(runs: int, reader: Reader, text: str) -> tuple[Any, float]:
    """The shortest of some runs: what the machine does beside this is not the reader's time."""
    taken = []
    for _ in range(runs):
        start = time.perf_counter()
        value = reader(text)
        taken.append(time.perf_counter() - start)
    return value, min(taken)


def slowest_hostile(size: int) -> tuple[float, str]:
    """The longest that a text of ``size`` characters, made to take long, takes, in seconds."""
    slowest = (0.0, "")
    for name, text in hostile(size):
        start = time.perf_counter()
        extract(text)
        slowest = max(slowest, (time.perf_counter() - start, name))
    return slowest


def load_broken(path: Path) -> list[Case]:
    """The cases of a file of broken outputs."""
    modes = {"prefix": "prefix"}
    return [
        Case(row["kind"], row["text"], row["expect"], modes.get(row["mode"], "exact"))  # type: ignore[arg-type] # two literals
        for row in json.loads(path.read_text(encoding="utf-8"))
    ]


def compare(label: str, given: list[Case], repair_version: str) -> Reading:
    """Print both readers' figures; returns the gateway's."""
    readings = [read_all(reader, given) for reader in (ours, json_repair)]
    rows: list[tuple[str, Callable[[Reading], str]]] = [
        ("recovered", lambda r: share(r.right, r.cases)),
        ("silently wrong", lambda r: share(r.wrong.total(), r.cases)),
        ("gave up", lambda r: share(r.nothing, r.cases)),
        ("us p50/p95/max", lambda r: spread(r.micros, 0)),
        ("mostly wrong in", lambda r: ", ".join(k for k, _ in r.wrong.most_common(3)) or "-"),
    ]
    print_table(
        f"extraction, {label}: {len(given)} cases",
        ["mockwright", f"json-repair {repair_version}"],
        ([name, *map(figure, readings)] for name, figure in rows),
    )
    return readings[0]


def print_verdict(reading: Reading, hostile_size: int) -> None:
    """What is reached of what is aimed at, on the fresh cases."""
    seconds, name = slowest_hostile(hostile_size)
    print_bars(
        "extraction, bars",
        [
            Bar("recovered", percent(reading.right, reading.cases), ">=", 98, " %"),
            Bar("silently wrong", percent(reading.wrong.total(), reading.cases), "<=", 1, " %"),
            Bar("median", quantile(reading.micros, 0.5), "<", 150, " us"),
            Bar(f"hostile text of {hostile_size:,} characters ({name})", seconds, "<", 1, " s"),
        ],
    )
