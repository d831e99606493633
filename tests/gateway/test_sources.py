"""The one list of sources: which take part in what, and what may be streamed and repeated."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from mockwright.app import build_engine
from mockwright.gateway.engine import Engine
from mockwright.settings import Settings
from mockwright.shapes.parse import parse_shape
from mockwright.types import MockRequest, Plan, Trace

LIST = parse_shape({"users": [{"name": "string"}]})
LONG = MockRequest("r", "GET", "/users", shape=LIST, count=5_000)


@pytest.fixture(scope="module")
def engine() -> Engine:
    return build_engine(Settings())


def plan(engine: Engine, request: MockRequest = LONG, **changes: Any) -> Plan:
    return replace(engine.plan(request, Trace()).plan, **changes)


def taking_part(engine: Engine, plan: Plan) -> list[str]:
    return [type(one).__name__ for one in engine.sources.chain if one.takes_part(plan)]


def test_a_plain_request_is_generated(engine: Engine) -> None:
    assert taking_part(engine, plan(engine)) == ["GeneratedSource"]


def test_all_of_them_in_their_order(engine: Engine) -> None:
    everything = plan(engine, state=True, context="c", learns="x", mode="auto", variants=2)
    assert taking_part(engine, everything) == [
        "ResourceSource",
        "ContextSource",
        "StructureSource",
        "RecordingSource",
        "CacheSource",
        "GeneratedSource",
    ]


@pytest.mark.parametrize(
    "changes",
    [
        {"state": True},
        {"context": "c"},
        {"learns": "x"},
        {"mode": "auto"},
        {"variants": 2},
        {"completions": 2},
        {"report": True},
        {"on_failure": "fail"},
    ],
)
def test_a_long_list_is_streamed_unless_its_whole_is_needed(
    engine: Engine, changes: dict[str, Any]
) -> None:
    assert engine.sources.may_stream(plan(engine))
    assert not engine.sources.may_stream(plan(engine, **changes))


def test_a_short_list_is_sent_whole(engine: Engine) -> None:
    assert not engine.sources.may_stream(plan(engine, replace(LONG, count=2)))


@pytest.mark.parametrize(
    ("changes", "repeats"),
    [
        ({"variants": 2}, True),
        ({"mode": "replay"}, True),
        ({"mode": "auto"}, True),
        ({"learns": "x", "variants": 2}, True),
        ({"mode": "record"}, False),
        ({"state": True, "variants": 2}, False),
        ({"context": "c", "variants": 2}, False),
    ],
)
def test_what_changes_with_each_answer_is_not_repeated(
    engine: Engine, changes: dict[str, Any], repeats: bool
) -> None:
    assert engine.sources.may_repeat(plan(engine, **changes)) is repeats


async def test_the_structure_of_a_first_answer_is_kept(engine: Engine) -> None:
    request = MockRequest("r", "GET", "/gadgets/7", seed=None, autoshape=True)
    call = engine.plan(request, Trace())
    assert call.plan.learns is not None
    await engine.answer(call)
    assert call.scope.structures[call.plan.learns]["type"] == "object"


async def test_only_what_may_be_repeated_is_remembered(engine: Engine) -> None:
    call = engine.plan(replace(LONG, count=2, cache=1, seed=1), Trace())
    await engine.answer(call)
    engine.remember(b"held to a context", replace(call, plan=replace(call.plan, context="c")))
    engine.remember(b"free", call)
    assert engine.recall(b"held to a context") is None
    assert engine.recall(b"free") is not None
