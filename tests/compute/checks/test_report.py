"""Verdicts and their form as JSON."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockwright.compute.checks.report import ALPHA, ComputedReport, Test, corrected, exact


def one(p: float | None, score: float = 1.0) -> Test:
    return Test(("x",), "x is so", "ks", True, score, statistic=0.5, p=p)


def test_a_single_small_p_value_fails() -> None:
    report = corrected([one(0.001), one(0.5)])
    assert [test.passed for test in report.tests] == [False, True]
    assert not report.passed
    assert report.failed == (report.tests[0],)


def test_one_of_many_p_values_that_is_small_by_chance_passes() -> None:
    assert corrected([one(0.001), *[one(0.5)] * 50]).passed


def test_the_next_smallest_is_held_against_the_rest_alone() -> None:
    """0.004 passes among three, and fails where the first of three has failed already."""
    assert corrected([one(0.004), one(0.5), one(0.5)]).passed
    report = corrected([one(0.004), one(0.0001), one(0.5)])
    assert [test.passed for test in report.tests] == [False, False, True]


def test_exact_tests_cost_the_others_nothing() -> None:
    sure = [exact(("x",), "x is in order", "order", passed=True)] * 50
    assert not corrected([one(0.005), *sure]).passed


def test_a_failed_exact_test_stays_failed() -> None:
    report = corrected([exact(("x",), "x is in order", "order", passed=False), one(0.9)])
    assert [test.method for test in report.failed] == ["order"]


def test_a_p_value_that_is_none_fails() -> None:
    report = corrected([one(math.nan)])
    assert not report.passed
    assert report.tests[0].p is None


def test_the_score_is_the_mean_and_1_for_nothing() -> None:
    assert ComputedReport(()).score == 1.0
    assert ComputedReport(()).passed
    assert corrected([one(0.5, score=0.9), one(0.5, score=0.5)]).score == pytest.approx(0.7)


def test_it_is_told_as_json() -> None:
    test = exact(("x",), "x lies within 0 and no limit", "bounds", passed=True,
                 expected=[0, math.inf], found={"a": math.nan})  # fmt: skip
    told = corrected([test, one(0.123456)]).to_json()
    assert json.loads(json.dumps(told, allow_nan=False)) == told
    assert told["alpha"] == ALPHA
    assert told["correction"] == "Holm"
    assert told["tests"][0]["expected"] == [0, None]
    assert told["tests"][0]["found"] == {"a": None}
    assert told["tests"][1]["p"] == 0.1235


@given(st.lists(st.floats(0, 1), max_size=20))
def test_correcting_never_fails_what_alone_would_pass(ps: list[float]) -> None:
    report = corrected([one(p) for p in ps])
    for test, p in zip(report.tests, ps, strict=True):
        assert test.passed or p <= ALPHA
        assert not test.passed or p > ALPHA / len(ps)


@given(st.lists(st.floats(), max_size=5))
def test_scores_are_always_within_0_and_1(scores: list[float]) -> None:
    report = corrected([one(0.5, score=score) for score in scores])
    assert 0 <= report.score <= 1
    assert all(0 <= test.score <= 1 for test in report.tests)
