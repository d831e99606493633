"""How benchmarks print."""

from __future__ import annotations

import math

import pytest
from bench.report import Bar, percent, print_table, quantile, share, spread
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("bar", "verdict"),
    [
        (Bar("share", 99.5, ">=", 99.5, " %"), "share: 99.5 % (bar >= 99.5 %) met"),
        (Bar("share", 99.49, ">=", 99.5, " %"), "share: 99.49 % (bar >= 99.5 %) MISSED"),
        (Bar("p50", 2.0, "<", 2, " ms"), "p50: 2 ms (bar < 2 ms) MISSED"),
        (Bar("lost", 0, "<=", 0), "lost: 0 (bar <= 0) met"),
        (Bar("share", math.nan, ">=", 97), "share: nan (bar >= 97) not measured"),
    ],
)
def test_a_bar_says_whether_it_is_met(bar: Bar, verdict: str) -> None:
    assert str(bar) == verdict


def test_a_table_sets_figures_to_the_right(capsys: pytest.CaptureFixture[str]) -> None:
    print_table("title", ["one", "another"], [["speed", "1", "22"], ["size", "333", "4"]])
    assert capsys.readouterr().out.splitlines() == [
        "",
        "title",
        "         one  another",
        "  speed    1       22",
        "  size   333        4",
    ]


def test_of_nothing_there_is_no_share() -> None:
    assert share(0, 0) == "-"
    assert math.isnan(percent(0, 0))
    assert spread([]) == "-"
    assert math.isnan(quantile([], 0.5))


@given(st.lists(st.floats(0, 1e6), min_size=1), st.floats(0, 1))
def test_a_quantile_is_one_of_the_values(values: list[float], at: float) -> None:
    found = quantile(values, at)
    assert found in values
    assert sum(value < found for value in values) <= at * len(values)
    assert quantile(values, 1) == max(values)
