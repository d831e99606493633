"""Whatever a caller or a server writes: translating it ends in an answer or one of our errors."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from itertools import pairwise
from typing import Any

import orjson
from hypothesis import given
from hypothesis import strategies as st

from mockwright.backends import anthropic_wire, ollama_wire
from mockwright.backends.structured_output import Ask
from mockwright.errors import BackendError, TransportError, UnsupportedError
from mockwright.prompting.render import Prompt
from mockwright.settings import BackendSettings
from mockwright.types import JsonObject
from tests.backends.chats import asking

SETTINGS = BackendSettings(name="up", provider="ollama", model="m")
ASK = Ask("prompt", Prompt("", ""))

scalars = st.none() | st.booleans() | st.integers() | st.text(max_size=8)
words = st.sampled_from(
    ["text", "image_url", "file", "refusal", "tool_use", "thinking", "input_json_delta", "f"]
)
names = st.sampled_from(
    ["type", "text", "url", "image_url", "file", "file_data", "id", "function", "name", "index"]
)
values = st.recursive(
    scalars | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=4),
    max_leaves=12,
)
messages = st.lists(
    st.fixed_dictionaries(
        {"role": st.sampled_from(["system", "user", "assistant", "tool", "function", "?"])},
        optional=dict.fromkeys(
            ("content", "tool_calls", "tool_call_id", "reasoning_content", "refusal"), values
        ),
    ),
    max_size=4,
)


@given(messages)
def test_any_conversation_is_put_into_ollamas_words(said: list[JsonObject]) -> None:
    try:
        payload = ollama_wire.payload(asking(*said), ASK, SETTINGS)
    except UnsupportedError:
        return
    assert orjson.loads(orjson.dumps(payload)) == payload
    assert all(isinstance(message["content"], str) for message in payload["messages"])


@given(messages)
def test_any_conversation_is_put_into_anthropics_words(said: list[JsonObject]) -> None:
    try:
        payload = anthropic_wire.payload(asking(*said), ASK, "", "up")
    except UnsupportedError:
        return
    assert orjson.loads(orjson.dumps(payload)) == payload
    roles = [turn["role"] for turn in payload["messages"]]
    assert roles
    assert all(a != b for a, b in pairwise(roles)), "they take turns"


async def read(events: list[JsonObject], chunks: Any, fault: Any) -> list[JsonObject]:
    async def told() -> AsyncGenerator[JsonObject]:
        for event in events:
            yield event

    return [chunk async for chunk in chunks(told(), "m", fault)]


ollama_events = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "message": values
            | st.fixed_dictionaries(
                {}, optional=dict.fromkeys(("content", "thinking", "tool_calls"), values)
            ),
            "done": st.booleans(),
            "done_reason": values,
            "eval_count": values,
            "prompt_eval_count": values,
            "logprobs": values,
        },
    ),
    max_size=4,
)


@given(ollama_events)
async def test_any_stream_of_ollama_becomes_chunks_or_breaks_off(events: list[JsonObject]) -> None:
    try:
        chunks = await read(events, ollama_wire.chunks, TransportError)
    except BackendError:
        assert not any(event.get("done") for event in events)
        return
    reasons = [c["choices"][0]["finish_reason"] for c in chunks if c["choices"]]
    assert reasons[-1] in ("stop", "length", "tool_calls")
    assert not any(reasons[:-1])


anthropic_events = st.lists(
    st.fixed_dictionaries(
        {
            "type": st.sampled_from(
                [
                    *("message_start", "content_block_start", "content_block_delta"),
                    *("message_delta", "message_stop", "ping", "?"),
                ]
            )
        },
        optional=dict.fromkeys(("message", "content_block", "delta", "index", "usage"), values),
    ),
    max_size=5,
)


@given(anthropic_events)
async def test_any_stream_of_anthropic_becomes_chunks_or_breaks_off(
    events: list[JsonObject],
) -> None:
    def fault(event: JsonObject) -> BackendError:
        return TransportError(str(event))

    try:
        chunks = await read(events, anthropic_wire.chunks, fault)
    except BackendError:
        assert not any(event["type"] == "message_stop" for event in events)
        return
    reasons = [c["choices"][0]["finish_reason"] for c in chunks if c["choices"]]
    assert reasons[-1] is not None


@given(values, values)
def test_any_answer_becomes_a_message(content: Any, reason: Any) -> None:
    body = {"content": content, "stop_reason": reason, "usage": content, "id": reason}
    reply = anthropic_wire.reply(body, ASK)
    assert reply["choices"][0]["finish_reason"]
    message = {"content": content, "thinking": reason, "tool_calls": content}
    reply = ollama_wire.reply({"done_reason": reason, "logprobs": content}, message, ASK)
    assert reply["choices"][0]["finish_reason"]
    anthropic_wire.usage_of(content)
