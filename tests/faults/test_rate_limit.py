from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockwright.faults import Fault, FaultScript, Quota, Window, read_faults
from mockwright.settings import LimitSettings
from mockwright.types import Json

LIMITS = LimitSettings()


def limited(limit: int, window: str = "1s", **more: Json) -> FaultScript:
    return read_faults([{"rate_limit": {"limit": limit, "window": window}, **more}], LIMITS)


def take(script: FaultScript, now: float) -> Fault:
    """The fault of a request; a rate limit always tells something."""
    fault = script.next("GET", "/", now)
    assert fault is not None
    return fault


def told(fault: Fault) -> dict[str, str]:
    return {name.decode(): value.decode() for name, value in fault.fields}


def test_requests_within_the_limit_are_answered_and_told_what_is_left() -> None:
    script = limited(5, "10s")
    fault = take(script, 100.0)
    assert (fault.status, fault.name) == (None, "")
    assert told(fault) == {
        "ratelimit-policy": '"default";q=5;w=10',
        "ratelimit": '"default";r=4;t=10',
        "ratelimit-limit": "5",
        "ratelimit-remaining": "4",
        "ratelimit-reset": "10",
        "x-ratelimit-limit": "5",
        "x-ratelimit-remaining": "4",
        "x-ratelimit-reset": "10",
    }
    assert told(take(script, 103.5))["ratelimit"] == '"default";r=3;t=7'


def test_requests_over_the_limit_are_a_429_that_says_when_to_come_back() -> None:
    script = limited(1, "10s")
    take(script, 100.0)
    fault = take(script, 102.5)
    assert (fault.status, fault.name) == (429, "status 429")
    assert fault.message == "the rate limit of 1 request in 10 s is used up; try again in 8 s"
    fields = told(fault)
    assert fields["retry-after"] == "8"
    assert fields["ratelimit"] == '"default";r=0;t=8'
    assert take(script, 110.0).status is None


def test_who_waits_as_long_as_retry_after_says_is_let_through() -> None:
    script = limited(1, "300ms")
    take(script, 5.0)
    fault = take(script, 5.1)
    assert take(script, 5.1 + int(told(fault)["retry-after"])).status is None


def test_a_limit_of_none_lets_nobody_through() -> None:
    script = limited(0)
    assert [take(script, now).status for now in range(5)] == [429] * 5


def test_a_request_over_the_limit_takes_no_entry_of_the_sequence_but_has_the_latency() -> None:
    script = limited(1, "1s", sequence=[{"status": 500}, {"status": 501}], latency="10ms")
    faults = [take(script, now) for now in (0.0, 0.5, 1.0)]
    assert [fault.status for fault in faults] == [500, 429, 501]
    assert {fault.delay for fault in faults} == {0.01}
    assert all("ratelimit" in told(fault) for fault in faults)


def test_a_clock_that_goes_back_begins_a_new_window() -> None:
    script = limited(1)
    assert [take(script, now).status for now in (100.0, 50.0, 50.5)] == [None, None, 429]


STEPS = st.lists(st.floats(0, 3), min_size=1, max_size=60)


def times(steps: Sequence[float]) -> list[float]:
    now, taken = 0.0, []
    for step in steps:
        now += step
        taken.append(now)
    return taken


@given(st.integers(0, 5), st.floats(0.001, 3), STEPS)
def test_never_more_than_the_limit_get_through_in_a_window(
    limit: int, length: float, steps: list[float]
) -> None:
    window = Window(Quota(limit, length))
    began, through = None, Counter[float]()
    for now in times(steps):
        if began is None or now - began >= length:
            began = now
        taken = window.take(now)
        through[began] += not taken.over
        assert taken.remaining == limit - through[began]
        assert 0 < taken.reset <= length
        assert taken.over == (taken.over and not taken.remaining)
    assert all(count <= limit for count in through.values())


@given(st.integers(0, 10**6), st.floats(0.001, 86_400))
def test_the_fields_are_structured_fields_of_whole_numbers(limit: int, length: float) -> None:
    taken = Window(Quota(limit, length)).take(0.0)
    fields = dict(taken.fields())
    policy = re.fullmatch(rb'"default";q=(\d+);w=(\d+)', fields[b"ratelimit-policy"])
    current = re.fullmatch(rb'"default";r=(\d+);t=(\d+)', fields[b"ratelimit"])
    assert policy is not None
    assert current is not None
    assert int(policy[2]) >= 1
    assert int(current[2]) >= taken.reset


@pytest.mark.parametrize("retry_after", [0.0, 0.2, 1.0, 59.1])
def test_retry_after_is_in_whole_seconds_and_never_too_early(retry_after: float) -> None:
    value = int(told(Fault(status=429, retry_after=retry_after))["retry-after"])
    assert retry_after <= value < retry_after + 1
