"""How often generators are right, how much they fill in, and how fast they are."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from bench.generators import TIME_LIMIT, Attempt, Generator, Worker
from bench.report import Bar, percent, print_bars, print_table, quantile, share, spread
from mockwright.errors import MockwrightError
from mockwright.schema.validate import compile_schema

SEEDS: Final = (1, 2, 3)
HARD: Final = ("Github_hard", "Github_ultra", "JsonSchemaStore")
Judge = Callable[[Any], bool]


@dataclass(frozen=True)
class SchemaCase:
    """One schema of the sample."""

    name: str
    dataset: str
    schema: Any


@dataclass(frozen=True)
class Result:
    """What one generator did with one schema, seed by seed."""

    case: SchemaCase
    attempts: tuple[Attempt, ...]
    valid: tuple[bool, ...]

    @property
    def first(self) -> Attempt:
        """The try that a caller with one seed sees; it pays for compiling as well."""
        return self.attempts[0]

    @property
    def always(self) -> bool:
        """Whether every seed gave a valid value."""
        return all(self.valid)

    @property
    def empty(self) -> bool:
        """Whether there is an answer with nothing in it."""
        return self.first.returned and self.first.value in ({}, [], "", None)

    def properties(self) -> tuple[int, int]:
        """How many top-level properties are filled in, and how many the schema declares."""
        schema, value = self.case.schema, self.first.value
        declared = schema.get("properties") if isinstance(schema, dict) else None
        if not (isinstance(declared, dict) and isinstance(value, dict)):
            return 0, 0
        return sum(name in value for name in declared), len(declared)


@dataclass
class Tally:
    """What one generator did with the sample."""

    generator: Generator
    results: list[Result] = field(default_factory=list)

    def count(self, holds: Callable[[Result], bool]) -> tuple[int, int]:
        """Of how many schemas something holds, and of how many there are."""
        return sum(map(holds, self.results)), len(self.results)

    def valid_of(self, datasets: Sequence[str]) -> tuple[int, int]:
        """Of how many schemas of some subsets every seed gave a valid value."""
        rows = [result for result in self.results if result.case.dataset in datasets]
        return sum(result.always for result in rows), len(rows)

    def filled(self) -> tuple[int, int]:
        """Properties filled in, of those declared."""
        counts = [result.properties() for result in self.results]
        return sum(filled for filled, _ in counts), sum(declared for _, declared in counts)

    def warm(self) -> list[float]:
        """Milliseconds of the values after the first of each schema."""
        return [a.ms for r in self.results for a in r.attempts[1:] if a.returned]

    def cold(self) -> list[float]:
        """Milliseconds of the first value of each schema."""
        return [r.first.ms for r in self.results]

    def slowest(self) -> float:
        """Milliseconds of the slowest of all, given up or not."""
        return max((a.ms for r in self.results for a in r.attempts), default=0.0)


def judge_of(schema: Any) -> Judge:
    """The one judge of all: formats on; nothing is valid under a schema that is none."""
    try:
        return compile_schema(schema).is_valid
    except MockwrightError:
        return lambda value: False


async def measure(generator: Generator, cases: Iterable[SchemaCase]) -> Tally:
    """Every schema with every seed."""
    worker, tally = Worker(generator), Tally(generator)
    try:
        for case in cases:
            tally.results.append(await _one(worker, case))
    finally:
        await worker.end()
    return tally


async def _one(worker: Worker, case: SchemaCase) -> Result:
    attempts: list[Attempt] = []
    for seed in SEEDS:
        hung = attempts and attempts[-1].ms >= TIME_LIMIT * 1e3
        # A schema that hung once would hang again: it is not given another two seconds.
        attempts.append(attempts[-1] if hung else await worker.draw(case.schema, seed))
    judge = judge_of(case.schema)
    valid = tuple(attempt.returned and judge(attempt.value) for attempt in attempts)
    return Result(case, tuple(attempts), valid)


async def compare(generators: Iterable[Generator], cases: list[SchemaCase]) -> list[Tally]:
    """One generator after the other: side by side they would slow each other down."""
    tallies = []
    for generator in generators:
        start = time.monotonic()
        tallies.append(await measure(generator, cases))
        print(f"  {generator.name}: {time.monotonic() - start:.0f} s", flush=True)
    return tallies


def print_tallies(tallies: list[Tally]) -> None:
    """The generators side by side."""
    datasets = sorted({r.case.dataset for tally in tallies for r in tally.results})
    sizes = defaultdict(int, {d: tallies[0].valid_of([d])[1] for d in datasets})
    rows: list[tuple[str, Callable[[Tally], str]]] = [
        ("returned", lambda t: share(*t.count(lambda r: r.first.returned))),
        ("valid in one try", lambda t: share(*t.count(lambda r: r.valid[0]))),
        ("valid, 3 of 3 seeds", lambda t: share(*t.count(lambda r: r.always))),
        *(
            (f"  {dataset} ({sizes[dataset]})", lambda t, d=dataset: share(*t.valid_of([d])))
            for dataset in datasets
        ),
        ("properties filled", lambda t: share(*t.filled())),
        ("empty answers", lambda t: share(*t.count(lambda r: r.empty))),
        ("gave up at 2 s", lambda t: str(t.count(lambda r: r.first.ms >= TIME_LIMIT * 1e3)[0])),
        ("ms warm p50/p95/max", lambda t: spread(t.warm())),
        ("ms first p50/p95/max", lambda t: spread(t.cold())),
    ]
    print_table(
        f"generator, {len(tallies[0].results)} schemas",
        [f"{tally.generator.name} {tally.generator.version}" for tally in tallies],
        ([label, *map(figure, tallies)] for label, figure in rows),
    )


def print_verdict(tally: Tally) -> None:
    """What is reached of what is aimed at."""
    filled, declared = tally.filled()
    print_bars(
        "generator, bars",
        [
            Bar("valid, 3 of 3", percent(*tally.count(lambda r: r.always)), ">=", 99.5, " %"),
            *(
                Bar(f"valid, 3 of 3, {d}", percent(*tally.valid_of([d])), ">=", 97, " %")
                for d in HARD
            ),
            Bar("declared properties filled", percent(filled, declared), ">=", 98, " %"),
            Bar("warm p50", quantile(tally.warm(), 0.5), "<=", 1, " ms"),
            Bar("slowest schema", tally.slowest(), "<=", TIME_LIMIT * 1e3, " ms"),
        ],
    )


def print_failures(tally: Tally) -> None:
    """What to look at next."""
    for result in tally.results:
        if not result.always:
            errors = {attempt.error for attempt in result.attempts if attempt.error}
            where = f"{result.case.dataset}/{result.case.name}"
            print(f"  - {where} {[int(v) for v in result.valid]} {' | '.join(errors)}")
    slow = sorted(tally.results, key=lambda r: -max(a.ms for a in r.attempts))[:8]
    for result in slow:
        print(f"  slow: {result.case.name} {max(a.ms for a in result.attempts):.0f} ms")
    lacking = {r.case.name: r.properties()[1] - r.properties()[0] for r in tally.results}
    ordered = sorted(((n, name) for name, n in lacking.items() if n), reverse=True)
    print(f"  not filled: {[(name, n) for n, name in ordered[:12]]}")
    print(f"  empty: {[r.case.name for r in tally.results if r.empty][:20]}")
