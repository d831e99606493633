from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockwright.faults import Averages, read_delay_range
from mockwright.types import DelayRange

TIMES = st.floats(0, 1e6)


@pytest.mark.parametrize(
    ("text", "draw", "seconds"),
    [
        ("500-2000", 0.0, 0.5),
        ("500-2000", 0.5, 1.25),
        ("500-2000", 1.0, 2.0),
        (" 500 - 2000 ", 1.0, 2.0),
        ("250", 0.7, 0.25),
        ("0", 0.5, 0.0),
        ("1.5", 0.5, 0.0015),
        ("max", 0.5, 7.0),
        ("MAX", 0.5, 7.0),
        ("avg", 0.5, 3.0),
    ],
)
def test_a_range_says_how_long_to_wait(text: str, draw: float, seconds: float) -> None:
    delay: DelayRange = read_delay_range(text, 60.0)
    assert delay.seconds(draw, took=7.0, average=3.0) == pytest.approx(seconds)


@pytest.mark.parametrize(
    "text", ["", "fast", "-5", "2000-500", "1-2-3", "61000", "1-61000", "nan", "1e3", "500ms"]
)
def test_what_is_no_range_is_told_what_one_is(text: str) -> None:
    with pytest.raises(ValueError, match=r"500-2000 \(at most 60000\), max or avg"):
        read_delay_range(text, 60.0)


@given(st.sampled_from(["500-2000", "60000", "0", "max", "avg"]), st.floats(0, 1), TIMES, TIMES)
def test_no_wait_is_over_the_limit(text: str, draw: float, took: float, average: float) -> None:
    assert 0 <= read_delay_range(text, 60.0).seconds(draw, took, average) <= 60


def test_an_average_is_of_the_last_ten() -> None:
    averages = Averages()
    assert averages.of("/users/{id}") == 0.0
    averages.add("/users/{id}", 100.0)
    for _ in range(5):
        averages.add("/users/{id}", 1.0)
        averages.add("/users/{id}", 3.0)
    assert averages.of("/users/{id}") == 2.0
    assert averages.of("/users") == 0.0


def test_the_paths_that_were_used_last_are_remembered() -> None:
    averages = Averages(most=2)
    for path in ("/a", "/b", "/a", "/c"):
        averages.add(path, 1.0)
    assert [averages.of(path) for path in ("/a", "/b", "/c")] == [1.0, 0.0, 1.0]
