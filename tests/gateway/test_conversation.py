"""Chats over a pool whose server makes one choice at a time, whatever is asked."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from mockwright.app import build_scopes
from mockwright.backends.pool import Pool
from mockwright.chat.types import ChatRequest
from mockwright.gateway.chats import ChatCall
from mockwright.gateway.conversation import Conversation, conform_choice
from mockwright.generator.interfaces import REFERENCE_NOW, Hints, Leaf, ObjectScope
from mockwright.settings import Settings
from mockwright.types import MISSING, Json, JsonObject, Missing, Trace, Usage
from tests.embedded_chat.chats import USER, ask


class OneAtATime:
    """A stream of one choice that says which it is."""

    backend, provider, model = "b", "p", "m"
    attempts = ignored = ()
    usage, cost_usd = Usage(3, 2), 0.5

    def __init__(self, request: ChatRequest) -> None:
        self.seed = request.body.get("seed")

    async def __aiter__(self) -> AsyncGenerator[JsonObject]:
        for delta, finish in (
            ({"role": "assistant", "content": f"s{self.seed}"}, None),
            ({}, "stop"),
        ):
            choice = {"index": 0, "delta": delta, "finish_reason": finish}
            yield {"id": "c", "created": 1, "choices": [choice]}


class StandIn:
    """As much of a pool as a stream needs; ``opened`` counts."""

    def __init__(self) -> None:
        self.opened = 0

    @asynccontextmanager
    async def open(self, request: ChatRequest, backends: Any) -> AsyncGenerator[OneAtATime]:
        self.opened += 1
        yield OneAtATime(request)


def call_of(trace: Trace) -> ChatCall:
    return ChatCall(trace, build_scopes(Settings()).shared)


async def test_choices_that_a_server_does_not_make_at_once_are_streamed_one_after_another() -> None:
    pool, trace = StandIn(), Trace()
    conversation = Conversation(cast("Pool", pool), {})
    messages = ({"role": "user", "content": "Hi"},)
    request = ChatRequest(
        {"messages": list(messages), "n": 3, "seed": 7}, messages, choices=3, seed=7
    )
    async with conversation.stream(request, call_of(trace)) as talk:
        chunks = [chunk async for chunk in talk.chunks()]
    said = {
        c["index"]: c["delta"].get("content")
        for chunk in chunks
        for c in chunk["choices"]
        if c["delta"]
    }
    assert said == {0: "s7", 1: "s8", 2: "s9"}
    assert pool.opened == 3
    assert talk.usage == Usage(9, 6)
    assert trace.cost_usd == 1.5


async def test_one_choice_is_one_stream() -> None:
    pool = StandIn()
    messages = ({"role": "user", "content": "Hi"},)
    request = ChatRequest({"messages": list(messages)}, messages)
    async with Conversation(cast("Pool", pool), {}).stream(request, call_of(Trace())) as talk:
        assert len([chunk async for chunk in talk.chunks()]) == 2
    assert pool.opened == 1


class Witness:
    """A realist that notes the instant that dates count from."""

    def __init__(self) -> None:
        self.seen: set[datetime] = set()

    def leaf(self, leaf: Leaf, scope: ObjectScope) -> Json | Missing:
        self.seen.add(scope.hints.now)
        return MISSING

    def harmonise(self, value: Json, hints: Hints, accepts: Callable[[Json], bool]) -> Json:
        return value


@pytest.mark.parametrize("seed", [7, None])
def test_dates_in_what_is_filled_count_from_now_where_there_is_no_seed(seed: int | None) -> None:
    witness = Witness()
    request = ask("Make a user", schema=USER, form="json_schema", seed=seed)
    conform_choice({"role": "assistant", "content": "{}"}, request, 0, witness)
    (now,) = witness.seen
    if seed is None:
        assert abs(now - datetime.now(UTC)) < timedelta(minutes=1)
    else:
        assert now == REFERENCE_NOW
