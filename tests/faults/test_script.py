"""What a script says to one request after the other."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockwright.faults import FaultScript, read_faults
from mockwright.settings import LimitSettings
from mockwright.types import Json

LIMITS = LimitSettings(max_delay=10)


def script(*rules: Json) -> FaultScript:
    return read_faults(list(rules), LIMITS)


def names(told: FaultScript, count: int, method: str = "GET", path: str = "/users") -> list[str]:
    """What happens to so many requests, one every 10 ms."""
    faults = [told.next(method, path, 100 + i / 100) for i in range(count)]
    return ["pass" if fault is None else fault.name for fault in faults]


def test_a_sequence_is_gone_through_once_and_then_requests_pass() -> None:
    entries: list[Json] = [{"status": 429, "times": 2}, "pass", {"reset": True}]
    assert names(script({"sequence": entries}), 6) == [
        "status 429", "status 429", "pass", "reset", "pass", "pass",
    ]  # fmt: skip


def test_a_sequence_that_repeats_begins_again() -> None:
    rule = {"sequence": [{"status": 500}, {"pass": True, "times": 2}], "repeat": True}
    assert names(script(rule), 7) == ["status 500", "pass", "pass"] * 2 + ["status 500"]


def test_the_first_rule_that_matches_decides_also_when_it_is_through() -> None:
    told = script(
        {"match": {"path": "/users/*"}, "sequence": [{"status": 500}]},
        {"match": {"method": "GET"}, "sequence": [{"status": 501}], "repeat": True},
    )
    assert names(told, 2, path="/users/1") == ["status 500", "pass"]
    assert names(told, 2, path="/users") == ["status 501", "status 501"]
    assert names(told, 1, "POST") == ["pass"]


@pytest.mark.parametrize(
    ("match", "method", "path", "matches"),
    [
        ({}, "GET", "/", True),
        ({"method": "get"}, "GET", "/a", True),
        ({"method": ["PUT", "POST"]}, "GET", "/a", False),
        ({"path": "/v1/**"}, "POST", "/v1/chat/completions", True),
        ({"path": "/users/{id}"}, "GET", "/users/1/orders", False),
        ({"path": "/caf\u00e9"}, "GET", "/caf\u00e9", True),
    ],
)
def test_a_rule_is_about_what_it_matches(
    match: Json, method: str, path: str, matches: bool
) -> None:
    told = script({"match": match, "sequence": [{"reset": True}]})
    assert (told.next(method, path, 0.0) is not None) is matches


def test_with_a_chance_a_sequence_goes_on_for_as_long_as_requests_come() -> None:
    told = names(script({"sequence": [{"status": 503}], "chance": 0.1, "seed": 3}), 2000)
    assert 140 <= told.count("status 503") <= 260


def test_with_a_chance_a_sequence_can_be_gone_through_once() -> None:
    rule = {"sequence": [{"status": 503}, {"reset": True}], "chance": 0.5, "repeat": False}
    told = [name for name in names(script(rule), 50) if name != "pass"]
    assert told == ["status 503", "reset"]


@given(st.integers(0, 2**63 - 1), st.floats(0, 1))
def test_the_same_seed_fails_the_same_way(seed: int, chance: float) -> None:
    rule = {
        "sequence": [{"status": 503}],
        "chance": chance,
        "seed": seed,
        "latency": {"lognormal": {"median": "100ms", "p95": "400ms"}},
    }
    one, other = script(rule), script(rule)
    for now in range(20):
        assert one.next("GET", "/", now) == other.next("GET", "/", now * 2)


def test_other_seeds_and_other_rules_fail_in_other_ways() -> None:
    rule = {"sequence": [{"status": 503}], "chance": 0.5}
    second = {**rule, "match": {"path": "/b"}}
    told = script({**rule, "match": {"path": "/a"}}, second)
    runs = [
        names(told, 64, path="/a"),
        names(told, 64, path="/b"),
        names(script({**rule, "seed": 1}), 64),
    ]
    assert len({tuple(run) for run in runs}) == 3


@given(st.lists(st.booleans(), max_size=40))
def test_requests_to_one_rule_do_not_change_the_draws_of_another(order: list[bool]) -> None:
    rule = {"sequence": [{"status": 503}], "chance": 0.5, "seed": 5}
    rules = ({**rule, "match": {"path": "/a"}}, {**rule, "match": {"path": "/b"}})
    mixed, alone = script(*rules), script(*rules)
    taken = [mixed.next("GET", "/a" if first else "/b", 0.0) for first in order]
    mine = [fault for fault, first in zip(taken, order, strict=True) if first]
    assert mine == [alone.next("GET", "/a", 0.0) for _ in mine]


def test_a_stream_of_draws_is_the_same_in_every_release() -> None:
    """A suite that was written against it must not begin to fail in other places."""
    rule = {"sequence": [{"status": 503}], "chance": 0.3, "latency": {"uniform": [0, 1]}}
    told = script(rule)
    faults = [told.next("GET", "/", 0.0) for _ in range(8)]
    assert [
        (round(fault.delay, 6), fault.status) for fault in faults if fault is not None
    ] == RECORDED


RECORDED = [
    (0.457526, None),
    (0.952374, None),
    (0.893711, None),
    (0.419816, None),
    (0.755732, None),
    (0.037476, None),
    (0.945956, 503),
    (0.029451, None),
]


def test_latency_comes_on_top_of_every_request_also_of_those_that_pass() -> None:
    told = script({"latency": "100ms", "sequence": [{"status": 500, "delay": 1}, "pass"]})
    assert names(told, 3) == ["status 500, delay 1.1s", "delay 0.1s", "delay 0.1s"]


def test_a_chance_without_a_sequence_is_that_of_the_latency() -> None:
    told = names(script({"latency": 1, "chance": 0.5}), 200)
    assert 70 <= told.count("delay 1s") <= 130
    assert told.count("pass") == 200 - told.count("delay 1s")


@given(st.integers(0, 1000))
def test_no_delay_is_over_the_limit(seed: int) -> None:
    rule = {
        "latency": {"lognormal": {"median": "9s", "sigma": 10}},
        "sequence": [{"delay": 10}],
        "seed": seed,
    }
    fault = script(rule).next("GET", "/", 0.0)
    assert fault is not None
    assert fault.delay == 10


def test_what_has_happened_is_told() -> None:
    rules: list[Json] = [
        {"match": {"path": "/a"}, "sequence": [{"status": 500, "times": 3}, "pass"]},
        {"latency": "10ms"},
    ]
    told = script(*rules)
    names(told, 2, path="/a")
    assert told.to_json() == [
        {"rule": rules[0], "matched": 2, "fired": 2, "next": {"entry": 0, "left": 1}},
        {"rule": rules[1], "matched": 0, "fired": 0},
    ]
    names(told, 5, path="/a")
    names(told, 1)
    assert told.to_json() == [
        {"rule": rules[0], "matched": 7, "fired": 3, "next": None},
        {"rule": rules[1], "matched": 1, "fired": 1},
    ]
