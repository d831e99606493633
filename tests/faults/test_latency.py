from __future__ import annotations

import statistics
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockwright.faults import Percentiles
from mockwright.faults.latency import read_latency
from mockwright.faults.parse_node import ScriptNode
from mockwright.rng import Rng

TABLE = Percentiles(((50, 0.08), (95, 0.3), (99, 1.0)))


def draws(value: Any, count: int = 2000) -> list[float]:
    latency = read_latency(ScriptNode(value), 60)
    return sorted(latency.draw(Rng(1).child(i)) for i in range(count))


def percentile(values: list[float], percent: float) -> float:
    return values[int(len(values) * percent / 100)]


@pytest.mark.parametrize("value", ["100ms", 0.1, {"fixed": "100ms"}])
def test_a_fixed_latency_is_always_the_same(value: Any) -> None:
    assert set(draws(value, 10)) == {0.1}


def test_a_uniform_latency_is_anywhere_between() -> None:
    taken = draws({"uniform": ["50ms", "200ms"]})
    assert 0.05 <= taken[0] < 0.052
    assert 0.198 < taken[-1] <= 0.2
    assert statistics.fmean(taken) == pytest.approx(0.125, rel=0.03)


@pytest.mark.parametrize(
    ("value", "median", "p95"),
    [
        ({"median": "100ms", "p95": "400ms"}, 0.1, 0.4),
        ({"median": "100ms", "sigma": 0.5}, 0.1, 0.2276),
        ({"mean": "100ms", "sigma": 0.5}, 0.08825, 0.2009),
        ({"median": "100ms", "p95": "100ms"}, 0.1, 0.1),
    ],
)
def test_a_lognormal_latency_has_the_percentiles_that_were_asked(
    value: Any, median: float, p95: float
) -> None:
    taken = draws({"lognormal": value}, 4000)
    assert percentile(taken, 50) == pytest.approx(median, rel=0.05)
    assert percentile(taken, 95) == pytest.approx(p95, rel=0.08)


def test_the_mean_of_a_lognormal_latency_is_that_of_the_latency_itself() -> None:
    taken = draws({"lognormal": {"mean": "100ms", "sigma": 0.5}}, 4000)
    assert statistics.fmean(taken) == pytest.approx(0.1, rel=0.03)


def test_a_table_of_percentiles_holds_at_its_rows_and_grows_linearly_between() -> None:
    told = {0: 0.08, 50: 0.08, 72.5: 0.19, 95: 0.3, 97: 0.65, 99: 1.0, 100: 1.0}
    assert [TABLE.at(percent) for percent in told] == pytest.approx(list(told.values()))


@pytest.mark.parametrize("names", [("50", "95", "99"), ("p50", "p95", "p99"), (99, 50, 95)])
def test_a_table_may_be_written_in_any_order(names: tuple[Any, ...]) -> None:
    times = {"50": "80ms", "95": "300ms", "99": "1s"}
    rows = {name: times[str(name).removeprefix("p")] for name in names}
    assert read_latency(ScriptNode({"percentiles": rows}), 60) == TABLE


TABLES = st.lists(
    st.tuples(st.floats(0, 100), st.floats(0, 60)), min_size=1, max_size=8, unique_by=lambda r: r[0]
).map(
    lambda rows: tuple(
        zip(sorted(row[0] for row in rows), sorted(row[1] for row in rows), strict=True)
    )
)


@given(TABLES, st.lists(st.floats(0, 100), min_size=2, max_size=10))
def test_a_table_is_monotone_and_never_left(
    rows: tuple[tuple[float, float], ...], percents: list[float]
) -> None:
    table = Percentiles(rows)
    times = [table.at(percent) for percent in sorted(percents)]
    assert all(a <= b + 1e-9 for a, b in pairwise(times))
    assert rows[0][1] - 1e-9 <= times[0]
    assert times[-1] <= rows[-1][1] + 1e-9


@given(st.integers(0, 2**64), st.floats(0, 30), st.floats(0, 30))
def test_a_uniform_draw_is_within_its_bounds(seed: int, low: float, width: float) -> None:
    latency = read_latency(ScriptNode({"uniform": [low, low + width]}), 60)
    assert low <= latency.draw(Rng(seed)) <= low + width
