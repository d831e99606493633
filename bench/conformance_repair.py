"""How well broken answers are read and made to conform: ``python -m bench.conformance_repair``.

Extraction runs on the cases of ``--broken`` and on fresh seeded ones, beside json-repair alone in
the same run; conforming runs on the instances of ``--maskbench``, valid and invalid.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from json_repair import repair_json

from bench.broken_texts import Case, agrees, cases, hostile
from mockwright.errors import MockwrightError
from mockwright.shapes.conform import coerce, fill
from mockwright.shapes.extract import extract
from mockwright.shapes.fake.context import Hints
from mockwright.shapes.validate import CompiledSchema, compile_schema

Reader = Callable[[str], Any]
_NOTHING = object()
_HOSTILE_SIZE = 1_000_000


@dataclass
class Timings:
    """Seconds."""

    taken: list[float] = field(default_factory=list)

    def at(self, share: float) -> float:
        ordered = sorted(self.taken) or [0.0]
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def ours(text: str) -> Any:
    found = extract(text)
    return _NOTHING if found is None else found.value


def json_repair_alone(text: str) -> Any:
    return repair_json(text, return_objects=True)


def measure_extraction(label: str, given: list[Case]) -> None:
    print(f"\nextraction, {label}: {len(given)} cases")
    for name, reader in (("mockwright", ours), ("json-repair alone", json_repair_alone)):
        timings, wrong, nothing = Timings(), Counter[str](), 0
        for case in given:
            value, taken = _best_of(3, reader, case.text)
            timings.taken.append(taken)
            if value is _NOTHING or value == "":
                nothing += 1
            elif not agrees(case, value):
                wrong[case.kind] += 1
        silently = wrong.total()
        right = len(given) - silently - nothing
        print(
            f"  {name:18} recovered {right / len(given):7.2%}  silently wrong"
            f" {silently / len(given):6.2%}  median {timings.at(0.5) * 1e6:5.0f} us"
            f"  p95 {timings.at(0.95) * 1e6:5.0f} us  wrong in {dict(wrong.most_common(5))}"
        )


def _best_of(runs: int, reader: Reader, text: str) -> tuple[Any, float]:
    """The shortest of some runs: what the machine does beside this is not the reader's time."""
    taken = []
    for _ in range(runs):
        start = time.perf_counter()
        value = reader(text)
        taken.append(time.perf_counter() - start)
    return value, min(taken)


def measure_hostile() -> None:
    slowest = (0.0, "")
    for name, text in hostile(_HOSTILE_SIZE):
        start = time.perf_counter()
        extract(text)
        slowest = max(slowest, (time.perf_counter() - start, name))
    print(f"\nhostile text, 1 MB: slowest {slowest[0]:.2f} s ({slowest[1]})")


@dataclass
class Conformance:
    """What became of the instances."""

    invalid: int = 0
    mended: int = 0
    by_coercion: int = 0
    kept: int = 0
    in_place: int = 0
    valid: int = 0
    unchanged: int = 0
    failures: Counter[str] = field(default_factory=Counter)
    timings: Timings = field(default_factory=Timings)


def measure_conform(path: Path) -> None:
    tally = Conformance()
    for line in path.read_text().splitlines():
        row = json.loads(line)
        try:
            compiled = compile_schema(row["schema"])
        except MockwrightError as error:
            tally.failures[type(error).__name__] += 1
            continue
        for test in row["tests"]:
            _conform_one(test["data"], compiled, tally)
    timings = tally.timings
    print(
        f"\nconform, {path.name}: {tally.invalid} invalid instances\n"
        f"  valid after coercion alone {_share(tally.by_coercion, tally.invalid)},"
        f" after filling {_share(tally.mended, tally.invalid)}\n"
        f"  leaves that were valid in place kept {_share(tally.kept, tally.in_place)}"
        f" of {tally.in_place}\n"
        f"  valid instances unchanged {_share(tally.unchanged, tally.valid)} of {tally.valid}\n"
        f"  ms p50 {timings.at(0.5) * 1e3:.2f}  p95 {timings.at(0.95) * 1e3:.2f}"
        f"  max {timings.at(1.0) * 1e3:.1f}  failures {dict(tally.failures)}"
    )


def _conform_one(value: Any, compiled: CompiledSchema, tally: Conformance) -> None:
    schema = compiled.schema
    if compiled.is_valid(value):
        before = json.dumps(value)
        tally.valid += 1
        tally.unchanged += json.dumps(coerce(value, schema).value) == before
        return
    tally.invalid += 1
    start = time.perf_counter()
    try:
        coerced = coerce(value, schema)
        filled = fill(coerced.value, schema, seed=1, hints=Hints())
    except MockwrightError as error:
        tally.failures[type(error).__name__] += 1
        return
    tally.timings.taken.append(time.perf_counter() - start)
    tally.by_coercion += compiled.is_valid(coerced.value)
    tally.mended += compiled.is_valid(filled.value)
    after = dict(_leaves(filled.value, ""))
    for pointer, leaf in _valid_in_place(value, compiled):
        tally.in_place += 1
        tally.kept += pointer in after and json.dumps(after[pointer]) == json.dumps(leaf)


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


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.2%}" if whole else "none"


def _load_broken(path: Path) -> list[Case]:
    modes = {"prefix": "prefix"}
    return [
        Case(row["kind"], row["text"], row["expect"], modes.get(row["mode"], "exact"))  # type: ignore[arg-type] # two literals
        for row in json.loads(path.read_text())
    ]


def main() -> None:
    data = Path(os.environ.get("MOCKWRIGHT_SHARED", "../shared")) / "data"
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--data", type=Path, default=data, help="folder of the two samples")
    options.add_argument("--broken", type=Path, help="broken outputs, instead of the folder's")
    options.add_argument("--maskbench", type=Path, help="instances, instead of the folder's")
    options.add_argument("--seed", type=int, default=1, help="of the fresh cases")
    options.add_argument("--each", type=int, default=50, help="fresh cases of each kind")
    args = options.parse_args()
    broken = args.broken or args.data / "broken_outputs.json"
    maskbench = args.maskbench or args.data / "maskbench_sample.jsonl"
    if broken.exists():
        measure_extraction(broken.name, _load_broken(broken))
    measure_extraction(f"fresh, seed {args.seed}", list(cases(args.seed, args.each)))
    measure_hostile()
    if maskbench.exists():
        measure_conform(maskbench)


if __name__ == "__main__":
    main()
