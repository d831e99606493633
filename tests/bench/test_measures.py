"""What the figures count."""

from __future__ import annotations

from typing import Any

import pytest
from bench.broken_texts import Case
from bench.conforming import compare as compare_repairs
from bench.extraction import ours, read_all
from bench.generation import Result, SchemaCase, Tally, judge_of
from bench.generators import Attempt, Generator

SCHEMA = {"type": "object", "properties": {"a": {}, "b": {}, "c": {}, "d": {}}}


def result(*attempts: Attempt, valid: tuple[bool, ...] = (True,)) -> Result:
    return Result(SchemaCase("o1", "all", SCHEMA), attempts, valid)


def tally(*results: Result) -> Tally:
    return Tally(Generator("any", "1", ()), list(results))


def test_properties_are_counted_where_there_is_an_object() -> None:
    some = result(Attempt({"a": 1, "c": 2, "other": 3}))
    none = result(Attempt(error="no"), valid=(False,))
    assert tally(some, none).filled() == (2, 4)


@pytest.mark.parametrize(("value", "empty"), [({}, True), ([], True), (0, False), (False, False)])
def test_an_empty_answer_holds_nothing(value: Any, empty: bool) -> None:
    assert result(Attempt(value)).empty is empty


def test_no_answer_is_not_an_empty_one() -> None:
    assert not result(Attempt(error="no")).empty


def test_warm_times_leave_out_the_first_and_what_failed() -> None:
    run = result(Attempt(1, 50.0), Attempt(1, 2.0), Attempt(ms=9.0, error="no"))
    assert tally(run).warm() == [2.0]
    assert tally(run).cold() == [50.0]
    assert tally(run).slowest() == 50.0


def test_valid_three_times_means_every_seed() -> None:
    runs = tally(result(valid=(True, True, True)), result(valid=(True, True, False)))
    assert runs.count(lambda r: r.always) == (1, 2)
    assert runs.valid_of(["all"]) == (1, 2)
    assert runs.valid_of(["Github_hard"]) == (0, 0)


def test_the_judge_asserts_formats_and_accepts_nothing_under_a_schema_that_is_none() -> None:
    judge = judge_of({"type": "string", "format": "ipv4"})
    assert judge("127.0.0.1")
    assert not judge("here")
    assert not judge_of({"type": "no such type"})("any")


def test_a_reader_is_right_wrong_or_silent() -> None:
    given = [Case("a", '{"x": 1}', {"x": 1}), Case("b", '{"x": 1}', {"x": 2}), Case("c", "no", {})]
    reading = read_all(ours, given)
    assert (reading.cases, reading.right, reading.nothing) == (3, 1, 1)
    assert dict(reading.wrong) == {"b": 1}


def test_a_repairer_that_keeps_the_neighbours_is_told_from_one_that_raises(
    capsys: pytest.CaptureFixture[str],
) -> None:
    schema = {
        "type": "object",
        "properties": {"n": {"type": "integer", "minimum": 3}, "s": {"type": "string"}},
        "required": ["n", "s"],
    }
    rows = [{"schema": schema, "tests": [{"data": {"n": 1, "s": "kept"}}]}]
    own = compare_repairs(rows, "0")
    assert (own.invalid, own.mended, own.in_place, own.kept) == (1, 1, 1, 1)
    assert "json-repair 0" in capsys.readouterr().out
