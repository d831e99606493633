"""How right the generator, the reader of broken answers and the repairer are, beside their peers.

    python -m bench.peers install
    python -m bench.conformance [--data PATH] [--sample N] [--alone] [--verbose]

``PATH`` is a folder with ``jsonschemabench/sample.jsonl``, ``maskbench_sample.jsonl`` and
``broken_outputs.json``, or one file of any of these forms. Every value is judged by the same
validator, with formats on. A peer that is not installed is named and left out.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any, TypeVar

from bench import conforming, extraction, generation
from bench.broken_texts import cases as broken_cases
from bench.generation import SchemaCase
from bench.generators import Generator, ours, peers
from bench.peers import HOW

Row = TypeVar("Row")
_SHARED = Path(os.environ.get("MOCKWRIGHT_SHARED", "../shared")) / "data"


@dataclass(frozen=True)
class Data:
    """The files to run on; none where there is none of the kind."""

    schemas: Path | None = None
    instances: Path | None = None
    broken: Path | None = None

    @classmethod
    def at(cls, path: Path) -> Data:
        """What ``path`` holds: a folder of all three, or one file, known by its form."""
        if path.is_dir():
            names = (
                "jsonschemabench/sample.jsonl",
                "maskbench_sample.jsonl",
                "broken_outputs.json",
            )
            return cls(*(path / name if (path / name).exists() else None for name in names))
        if path.suffix == ".json":
            return cls(broken=path)
        if "tests" in next(_rows(path)):
            return cls(instances=path)
        return cls(schemas=path)


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def load_schemas(path: Path) -> Iterator[SchemaCase]:
    """The schemas of a sample; some samples hold them as text."""
    for number, row in enumerate(_rows(path)):
        schema = row["schema"]
        if isinstance(schema, str):
            schema = json.loads(schema)
        dataset = row.get("dataset") or row.get("split") or "all"
        yield SchemaCase(str(row.get("id", number)), str(dataset), schema)


def thinned(rows: list[Row], size: int) -> list[Row]:
    """``size`` of the rows, evenly spread, so that every subset stays represented; 0 for all."""
    if not size or size >= len(rows):
        return rows
    return [rows[place * len(rows) // size] for place in range(size)]


def run_generators(path: Path, options: argparse.Namespace) -> None:
    """The generator beside its peers."""
    print("\nrunning the generators, one after the other")
    generators = [ours(), *([] if options.alone else _installed(peers()))]
    cases = thinned(list(load_schemas(path)), options.sample)
    tallies = asyncio.run(generation.compare(generators, cases))
    generation.print_tallies(tallies)
    generation.print_verdict(tallies[0])
    if options.verbose:
        generation.print_failures(tallies[0])


def _installed(generators: list[Generator]) -> Iterator[Generator]:
    for generator in generators:
        if generator.version is None:
            print(f"  {generator.name}: {HOW}")
        else:
            yield generator


def run_extraction(broken: Path | None, options: argparse.Namespace) -> None:
    """The reader beside json-repair, on the file's cases and on fresh ones."""
    repair = metadata.version("json-repair")
    if broken:
        given = thinned(extraction.load_broken(broken), options.sample)
        extraction.compare(broken.name, given, repair)
    fresh = thinned(list(broken_cases(options.seed, 50)), options.sample)
    reading = extraction.compare(f"fresh, seed {options.seed}", fresh, repair)
    extraction.print_verdict(reading, extraction.HOSTILE_SIZE)


def run_conform(path: Path, options: argparse.Namespace) -> None:
    """The repairer beside json-repair."""
    rows = thinned(list(_rows(path)), options.sample)
    conforming.print_verdict(conforming.compare(rows, metadata.version("json-repair")))


def main(arguments: list[str] | None = None) -> None:
    """Run what there is data for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=_SHARED, help="a folder, or one file")
    parser.add_argument("--sample", type=int, default=0, help="only so many of each kind")
    parser.add_argument("--seed", type=int, default=1, help="of the fresh broken outputs")
    parser.add_argument("--alone", action="store_true", help="without the other generators")
    parser.add_argument("--verbose", action="store_true", help="name what failed")
    options = parser.parse_args(arguments)
    if not options.data.exists():
        parser.error(f"there is no {options.data}")
    data = Data.at(options.data)
    print(f"Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} cores")
    if data.schemas:
        run_generators(data.schemas, options)
    if data.broken or options.data.is_dir():
        run_extraction(data.broken, options)
    if data.instances:
        run_conform(data.instances, options)


if __name__ == "__main__":
    main()
