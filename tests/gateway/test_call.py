"""Sources as one chain: who takes part, in which order, and what they allow."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from mockwright.app import build_engine, build_scopes
from mockwright.gateway.call import Call, Proceed, Source, Sources, with_overrides
from mockwright.memory.state.scopes import Overrides
from mockwright.settings import Settings
from mockwright.shapes.parse import parse_shape
from mockwright.types import MockRequest, MockResponse, Plan, Trace

REQUEST = MockRequest("r", "GET", "/users", shape=parse_shape([{"name": "string"}]))


@dataclass(frozen=True)
class Layer:
    """Adds its name to what comes from further in; ``ends`` answers by itself."""

    name: str
    ends: bool = False
    takes: bool = True
    may_stream: bool = True
    may_repeat: bool = True
    switches_off: str = ""
    """The plan's flow is set to this on the way in."""

    def takes_part(self, plan: Plan) -> bool:
        return self.takes and plan.flow != self.name

    def streams(self, plan: Plan) -> bool:
        return self.may_stream

    def repeats(self, plan: Plan) -> bool:
        return self.may_repeat

    async def answer(self, call: Call, proceed: Proceed) -> MockResponse:
        if self.ends:
            return MockResponse(self.name.encode(), self.name)
        if self.switches_off:
            call = replace(call, plan=replace(call.plan, flow=self.switches_off))
        response = await proceed(call)
        return replace(response, body=f"{self.name}({response.body.decode()})".encode())


def call() -> Call:
    return build_engine(Settings()).plan(REQUEST, Trace())


async def answered(*layers: Layer) -> str:
    return (await Sources(layers).answer(call())).body.decode()


def test_the_double_is_a_source() -> None:
    source: Source = Layer("x")
    assert source.takes_part(call().plan)


async def test_sources_are_asked_from_the_outermost_in() -> None:
    assert await answered(Layer("a"), Layer("b"), Layer("c", ends=True)) == "a(b(c))"


async def test_one_that_takes_no_part_is_passed_over() -> None:
    assert await answered(Layer("a", takes=False), Layer("b"), Layer("c", ends=True)) == "b(c)"


async def test_nobody_is_asked_behind_one_that_answers() -> None:
    assert await answered(Layer("a", ends=True), Layer("b", ends=True)) == "a"


async def test_a_source_decides_by_the_plan_as_those_before_it_left_it() -> None:
    layers = Layer("a", switches_off="b"), Layer("b"), Layer("c", ends=True)
    assert await answered(*layers) == "a(c)"


@pytest.mark.parametrize("which", ["may_stream", "may_repeat"])
def test_all_that_take_part_have_to_allow_it(which: str) -> None:
    plan = call().plan
    bad = Layer("b", **{which: False})  # type: ignore[arg-type]  # one of two flags, by name
    for layer, expected in ((Layer("b"), True), (bad, False), (replace(bad, takes=False), True)):
        sources = Sources((Layer("a"), layer))
        assert getattr(sources, which)(plan) is expected


def test_what_a_test_asks_of_all_its_requests_yields_to_what_a_request_says() -> None:
    scope = build_scopes(Settings()).of("mine")
    scope.change(Overrides(mode="replay", seed=7, state=True))
    asked = with_overrides(REQUEST, scope)
    assert (asked.mode, asked.seed, asked.state) == ("replay", 7, True)
    own = with_overrides(replace(REQUEST, mode="live", seed=0, state=False), scope)
    assert (own.mode, own.seed, own.state) == ("live", 0, False)
