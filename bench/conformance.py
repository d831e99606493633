"""How often the generator is right, and how fast, beside its peers.

    python -m bench.conformance --data ../shared/data/jsonschemabench/sample.jsonl

The file holds one ``{id, dataset, schema}`` a line. Validity is judged by ``jsonschema-rs`` with
formats on, and by ``jsonschema`` where that cannot compile the schema.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jsonschema
import jsonschema_rs

from mockwright.shapes.fake import generate

SEEDS = (1, 2, 3)
Judge = Callable[[Any], bool]
Generator = Callable[[Any, int], Any]


@dataclass
class Case:
    """One schema of the sample."""

    name: str
    dataset: str
    schema: Any


@dataclass
class Result:
    """What one generator did with one schema."""

    case: Case
    returned: bool = False
    valid: list[bool] = field(default_factory=list)
    first: float = 0.0
    warm: list[float] = field(default_factory=list)
    declared: int = 0
    filled: int = 0
    empty: bool = False
    error: str = ""


def load(path: Path) -> Iterator[Case]:
    """The cases of a sample, of either form."""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines()):
        row = json.loads(line)
        schema = row["schema"]
        if isinstance(schema, str):
            schema = json.loads(schema)
        dataset = row.get("dataset") or row.get("split") or "all"
        yield Case(str(row.get("id", number)), str(dataset), schema)


def judge_of(schema: Any) -> Judge | None:
    """An independent judge: not the product's own validator."""
    try:
        return _checked(jsonschema_rs.validator_for(schema, validate_formats=True))
    except (jsonschema_rs.ValidationError, ValueError):
        pass
    for cls in (jsonschema.Draft202012Validator, jsonschema.Draft7Validator):
        judged: Any = jsonschema.validators.validator_for(schema, cls)
        try:
            judged.check_schema(schema, format_checker=jsonschema.FormatChecker(formats=()))
        except jsonschema.SchemaError:
            continue
        return _checked(judged(schema, format_checker=jsonschema.FormatChecker()))
    return None


def _checked(validator: Any) -> Judge:
    return lambda value: bool(validator.is_valid(value))


def mockwright(schema: Any, seed: int) -> Any:
    """The generator that is measured."""
    return generate(schema, seed=seed)


def run(case: Case, generator: Generator) -> Result:
    """One schema, every seed; then once more for the warm time."""
    result = Result(case)
    judge = judge_of(case.schema)
    for seed in SEEDS:
        start = time.perf_counter()
        try:
            value = generator(case.schema, seed)
        except Exception as error:
            result.error = f"{type(error).__name__}: {str(error)[:300]}"
            result.first = max(result.first, time.perf_counter() - start)
            result.valid.append(False)
            continue
        took = time.perf_counter() - start
        if seed == SEEDS[0]:
            result.first = took
            result.returned = True
            result.empty = value in ({}, [], "", None)
            _count_filled(result, value)
        else:
            result.warm.append(took)
        result.valid.append(judge is not None and judge(value))
    return result


def _count_filled(result: Result, value: Any) -> None:
    schema = result.case.schema
    properties = schema.get("properties") if isinstance(schema, dict) else None
    if isinstance(properties, dict) and isinstance(value, dict):
        result.declared = len(properties)
        result.filled = sum(name in value for name in properties)


def report(name: str, results: list[Result], *, verbose: bool) -> None:
    """Print the figures of one generator."""
    n = len(results)
    warm = sorted(t * 1000 for r in results for t in r.warm)
    first = sorted(r.first * 1000 for r in results)
    declared = sum(r.declared for r in results)
    print(f"\n{name}: {n} schemas")
    print(f"  returned        {_share(sum(r.returned for r in results), n)}")
    print(f"  valid, one try  {_share(sum(bool(r.valid) and r.valid[0] for r in results), n)}")
    print(f"  valid, 3 of 3   {_share(sum(all(r.valid) for r in results), n)}")
    print(f"  filled          {_share(sum(r.filled for r in results), declared)} of declared")
    print(f"  empty answers   {_share(sum(r.empty for r in results), n)}")
    print(f"  warm ms         {_times(warm)}")
    print(f"  first ms        {_times(first)}")
    by_dataset: dict[str, list[Result]] = defaultdict(list)
    for result in results:
        by_dataset[result.case.dataset].append(result)
    for dataset, rows in sorted(by_dataset.items()):
        print(
            f"    {dataset:18} {len(rows):4}  {_share(sum(all(r.valid) for r in rows), len(rows))}"
        )
    if verbose:
        _print_failures(results)


def _print_failures(results: list[Result]) -> None:
    for result in results:
        if not all(result.valid):
            print(f"  - {result.case.dataset}/{result.case.name} {result.valid} {result.error}")
    slow = sorted(results, key=lambda r: -max([r.first, *r.warm]))[:8]
    for result in slow:
        print(f"  slow {result.case.name} {max([result.first, *result.warm]) * 1000:.0f} ms")
    unfilled: Counter[str] = Counter()
    for result in results:
        if result.declared > result.filled and result.returned:
            unfilled[result.case.name] = result.declared - result.filled
    print(f"  not filled: {unfilled.most_common(12)}")
    print(f"  empty: {[r.case.name for r in results if r.empty][:20]}")


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:6.2f} % ({part}/{whole})" if whole else "   -"


def _times(values: list[float]) -> str:
    if not values:
        return "-"
    p95 = values[min(len(values) - 1, int(len(values) * 0.95))]
    return f"p50 {statistics.median(values):.2f}  p95 {p95:.2f}  max {values[-1]:.0f}"


def measure(name: str, generator: Generator, cases: list[Case], *, verbose: bool = False) -> None:
    """Run one generator over the sample and print what came of it."""
    report(name, [run(case, generator) for case in cases], verbose=verbose)


def main() -> None:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(description=__doc__)
    base = Path(os.environ.get("MOCKWRIGHT_SHARED", "../shared")) / "data"
    parser.add_argument("--data", type=Path, default=base / "jsonschemabench" / "sample.jsonl")
    parser.add_argument("--limit", type=int, default=0, help="only the first so many schemas")
    parser.add_argument("--verbose", action="store_true", help="name what failed")
    arguments = parser.parse_args()
    cases = list(load(arguments.data))
    cases = cases[: arguments.limit] if arguments.limit else cases
    measure("mockwright", mockwright, cases, verbose=arguments.verbose)


if __name__ == "__main__":
    main()
