"""The conformance benchmark, on samples small enough for a test."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from bench.conformance import Data, load_schemas, main, thinned
from hypothesis import given
from hypothesis import strategies as st

from bench import generators

PERSON = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "age": {"type": "integer"}},
    "required": ["name"],
}


def write_lines(path: Path, *rows: Any) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def write_schemas(path: Path) -> Path:
    return write_lines(path, {"id": "o1", "dataset": "Github_hard", "schema": PERSON})


def write_instances(path: Path) -> Path:
    tests = [
        {"description": "good", "valid": True, "data": {"name": "Ada"}},
        {"description": "bad", "valid": False, "data": {"name": "Ada", "age": "36"}},
    ]
    return write_lines(path, {"id": "m1", "split": "x", "schema": PERSON, "tests": tests})


def write_broken(path: Path) -> Path:
    case = {"kind": "fence", "text": '```json\n{"a": 1}\n```', "expect": {"a": 1}, "mode": "exact"}
    path.write_text(json.dumps([case]))
    return path


@pytest.fixture
def no_peers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generators, "version", lambda peer: None)


@pytest.mark.usefixtures("no_peers")
def test_one_call_prints_every_part_and_its_bars(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bench.extraction.HOSTILE_SIZE", 1000)
    write_schemas(tmp_path / "jsonschemabench" / "sample.jsonl")
    write_instances(tmp_path / "maskbench_sample.jsonl")
    write_broken(tmp_path / "broken_outputs.json")
    main(["--data", str(tmp_path), "--sample", "10", "--verbose"])
    out = capsys.readouterr().out
    for title in (
        *("generator, 1 schemas", "generator, bars", "extraction, broken_outputs.json: 1 cases"),
        *("extraction, fresh, seed 1: 10 cases", "extraction, bars", "conform, bars"),
        "conform: 1 invalid and 1 valid instances, 1 leaves valid in place",
    ):
        assert title in out
    assert "valid, 3 of 3: 100 % (bar >= 99.5 %) met" in out
    assert "invalid made valid: 100 % (bar >= 100 %) met" in out
    for peer in ("json-schema-faker", "hypothesis-jsonschema", "jsf"):
        assert f"{peer}: not installed: python -m bench.peers install" in out


def test_a_file_alone_is_known_by_its_form(tmp_path: Path) -> None:
    schemas = write_schemas(tmp_path / "any.jsonl")
    instances = write_instances(tmp_path / "other.jsonl")
    broken = write_broken(tmp_path / "third.json")
    assert Data.at(schemas) == Data(schemas=schemas)
    assert Data.at(instances) == Data(instances=instances)
    assert Data.at(broken) == Data(broken=broken)


def test_a_path_that_is_not_there_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--data", "/nonexistent"])
    assert "there is no /nonexistent" in capsys.readouterr().err


def test_a_schema_held_as_text_is_read(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "s.jsonl", {"schema": json.dumps(PERSON)}, {"schema": True})
    assert [case.schema for case in load_schemas(path)] == [PERSON, True]
    assert [case.dataset for case in load_schemas(path)] == ["all", "all"]


@given(st.integers(0, 200), st.integers(0, 50))
def test_a_thinned_sample_is_spread_over_the_whole(length: int, size: int) -> None:
    rows = list(range(length))
    kept = thinned(rows, size)
    assert len(kept) == (min(length, size) or length)
    assert kept == sorted(set(kept))
    gaps = [after - before for before, after in pairwise(kept)]
    assert not gaps or max(gaps) - min(gaps) <= 1
