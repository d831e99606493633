from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockwright.backends.stats import BUCKETS, BackendStats
from mockwright.errors import TransportError
from mockwright.types import Completion, Usage

DONE = Completion("b", "scripted", "m", usage=Usage(10, 5), cost_usd=0.25)


def after(*latencies: float) -> BackendStats:
    stats = BackendStats()
    for latency in latencies:
        stats.succeeded(DONE, latency)
    return stats


def test_nothing_is_told_before_the_first_call() -> None:
    stats = BackendStats()
    assert stats.mean() is None
    assert stats.percentiles(0.5, 0.95) == (None, None)
    assert {count for _, count in stats.cumulative()} == {0}


def test_percentiles_are_by_nearest_rank() -> None:
    stats = after(*(i / 100 for i in range(1, 101)))
    assert stats.percentiles(0.5, 0.95, 1.0) == (0.5, 0.95, 1.0)
    assert stats.mean() == pytest.approx(0.505)


def test_percentiles_are_of_the_latest_calls_and_sums_of_all() -> None:
    stats = after(*[9.0] * 500, *[1.0] * 1024)
    assert stats.percentiles(1.0) == (1.0,)
    assert stats.latency_sum == 500 * 9 + 1024
    assert stats.successes == 1524


def test_tokens_and_cost_add_up() -> None:
    stats = after(0.1, 0.1)
    assert (stats.input_tokens, stats.output_tokens, stats.cost_usd) == (20, 10, 0.5)


def test_errors_are_counted_by_code_and_the_last_is_kept() -> None:
    stats = BackendStats()
    stats.failed(TransportError("first"))
    stats.failed(TransportError("second"))
    assert stats.errors == {"connection": 2}
    assert stats.last_error == "second"


@given(st.lists(st.floats(0, 200), max_size=50))
def test_the_histogram_is_cumulative_and_complete(latencies: list[float]) -> None:
    counted = after(*latencies).cumulative()
    assert [bound for bound, _ in counted] == list(BUCKETS)
    for bound, count in counted:
        assert count == sum(latency <= bound for latency in latencies)


def test_what_was_paid_for_in_vain_is_no_call() -> None:
    stats = BackendStats()
    stats.spent(DONE)
    assert stats.output_tokens == DONE.usage.output_tokens
    assert stats.cost_usd == DONE.cost_usd
    assert (stats.successes, stats.errors) == (0, {})
