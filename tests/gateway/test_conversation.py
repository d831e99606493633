"""Chats over a pool whose server makes one choice at a time, whatever is asked."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, cast

from mockwright.app import build_scopes
from mockwright.backends.pool import Pool
from mockwright.chat.types import ChatRequest
from mockwright.gateway.chats import ChatCall
from mockwright.gateway.conversation import Conversation
from mockwright.settings import Settings
from mockwright.types import JsonObject, Trace, Usage


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
