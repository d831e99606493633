"""``POST /v1/messages``, whole or as a stream of events, token counts and the list of models.

https://docs.anthropic.com/en/api/messages-streaming
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator
from dataclasses import dataclass
from typing import Final

from mockwright.backends.base import estimate_usage
from mockwright.chat.tool_calls import read
from mockwright.chat.types import StreamedChat
from mockwright.errors import MockwrightError, UnknownModelError
from mockwright.jsontext import dump
from mockwright.types import Json, JsonObject, Usage
from mockwright.web.anthropic.errors import describe
from mockwright.web.anthropic.request import to_openai, unknown
from mockwright.web.chat.headers import answer_head, stream_head
from mockwright.web.chat.request import read_chat
from mockwright.web.chat.surface import StreamedReply, SurfaceCall, WholeReply
from mockwright.web.http import sse

_REASONS: Final = {
    "stop": "end_turn",
    "length": "max_tokens",
    "tool_calls": "tool_use",
    "function_call": "tool_use",
    "content_filter": "refusal",
}
"""OpenAI's finish reasons and Anthropic's stop reasons."""


async def messages(call: SurfaceCall) -> WholeReply | StreamedReply:
    """Answer with one message of the assistant."""
    session = call.open_session()
    asked = read_chat(to_openai(call.body), call.request, 1, max_stops=100)
    call.ignored += unknown(call.body)
    if call.body.get("stream"):
        streamed = await call.stack.enter_async_context(session.stream(asked.request))
        call.ignored += streamed.ignored
        return StreamedReply(
            _events(call, streamed), stream_head(streamed), backend=streamed.backend
        )
    answer = await session.chat(asked.request)
    call.spend(answer.usage, answer.cost_usd)
    call.ignored += answer.ignored
    choice = answer.body["choices"][0]
    body = {
        **_message(answer.body, list(_blocks(choice["message"]))),
        "stop_reason": _REASONS.get(choice["finish_reason"], "end_turn"),
        "usage": _usage(answer.usage),
    }
    return WholeReply(body, answer_head(answer, asked.request.seed), backend=answer.backend)


async def count_tokens(call: SurfaceCall) -> WholeReply:
    """Answer with an estimate of the tokens of a request: one for about four characters."""
    call.backends(call.body.get("model"))
    # This endpoint takes no `max_tokens`, without which a message cannot be read.
    asked = to_openai({"max_tokens": 1, **call.body})
    said = dump([asked["messages"], asked.get("tools", [])]).decode()
    return WholeReply({"input_tokens": estimate_usage(said, "").input_tokens})


async def list_models(call: SurfaceCall) -> WholeReply:
    """Answer with everything that may be asked for as ``model``."""
    data = [_model(model.id) for model in call.conversation.models()]
    ends = {"first_id": data[0]["id"], "last_id": data[-1]["id"]}
    return WholeReply({"data": data, "has_more": False, **ends})


async def show_model(call: SurfaceCall) -> WholeReply:
    """Answer with one model; a name with slashes in it is one name."""
    names = [model.id for model in call.conversation.models()]
    if call.params[0] not in names:
        raise UnknownModelError(call.params[0], names)
    return WholeReply(_model(call.params[0]))


def _model(name: str) -> JsonObject:
    created = "2025-01-01T00:00:00Z"
    return {"type": "model", "id": name, "display_name": name, "created_at": created}


def _message(body: JsonObject, content: list[JsonObject]) -> JsonObject:
    return {
        "id": "msg_" + str(body["id"]).removeprefix("chatcmpl-"),
        "type": "message",
        "role": "assistant",
        "model": body["model"],
        "content": content,
        "stop_reason": None,
        "stop_sequence": None,
    }


def _usage(usage: Usage) -> JsonObject:
    return {
        "input_tokens": usage.input_tokens,
        "output_tokens": usage.output_tokens,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": 0,
    }


def _blocks(message: JsonObject) -> Iterator[JsonObject]:
    thought = message.get("reasoning_content")
    if thought:
        yield {"type": "thinking", "thinking": thought, "signature": ""}
    text = message.get("content") or message.get("refusal")
    # No kind of block is for refusals: they are text.
    if text:
        yield {"type": "text", "text": text}
    for one in message.get("tool_calls") or ():
        function = one["function"]
        yield {
            "type": "tool_use",
            "id": one["id"],
            "name": function["name"],
            "input": _arguments(function["arguments"]),
        }


def _arguments(text: str) -> Json:
    found = read(text)
    return found if isinstance(found, dict) else {}


async def _events(call: SurfaceCall, streamed: StreamedChat) -> AsyncGenerator[bytes, None]:
    # The status is sent already: an error can only become an event, and ends the stream.
    writer = _Writer()
    try:
        async for chunk in streamed.chunks():
            for name, body in writer.chunk(chunk, streamed.usage):
                yield sse.event({"type": name, **body}, name)
    except MockwrightError as error:
        yield sse.event(describe(error, call.exchange.id).body, "error")
        return
    finally:
        call.spend(streamed.usage, streamed.cost_usd)
    for name, body in writer.end(streamed.usage):
        yield sse.event({"type": name, **body}, name)


@dataclass(slots=True)
class _Writer:
    """Turns OpenAI's chunks into Anthropic's events, of which one content block is open at a
    time."""

    started: bool = False
    reason: str = "end_turn"
    _index: int = -1
    _open: str = ""
    """The block that is open: ``thinking``, ``text``, ``call 0``; empty for none."""

    def chunk(self, chunk: JsonObject, usage: Usage) -> Iterator[tuple[str, JsonObject]]:
        if not self.started:
            self.started = True
            # What was written is counted at the end, in `message_delta`.
            message = {**_message(chunk, []), "usage": {**_usage(usage), "output_tokens": 0}}
            yield "message_start", {"message": message}
            yield "ping", {}
        for choice in chunk["choices"]:
            yield from self._delta(choice.get("delta") or {})
            if choice.get("finish_reason"):
                self.reason = _REASONS.get(choice["finish_reason"], "end_turn")

    def end(self, usage: Usage) -> Iterator[tuple[str, JsonObject]]:
        yield from self._close()
        stopped = {"stop_reason": self.reason, "stop_sequence": None}
        yield "message_delta", {"delta": stopped, "usage": _usage(usage)}
        yield "message_stop", {}

    def _delta(self, delta: JsonObject) -> Iterator[tuple[str, JsonObject]]:
        if thought := delta.get("reasoning_content"):
            yield from self._enter("thinking", {"type": "thinking", "thinking": ""})
            yield self._add({"type": "thinking_delta", "thinking": thought})
        if text := delta.get("content") or delta.get("refusal"):
            yield from self._enter("text", {"type": "text", "text": ""})
            yield self._add({"type": "text_delta", "text": text})
        for piece in delta.get("tool_calls") or ():
            yield from self._call(piece)

    def _call(self, piece: JsonObject) -> Iterator[tuple[str, JsonObject]]:
        function = piece.get("function") or {}
        name = f"call {piece.get('index', 0)}"
        if self._open != name:
            block = {"type": "tool_use", "id": piece.get("id"), "name": function.get("name")}
            yield from self._enter(name, {**block, "input": {}})
        if arguments := function.get("arguments"):
            yield self._add({"type": "input_json_delta", "partial_json": arguments})

    def _enter(self, name: str, block: JsonObject) -> Iterator[tuple[str, JsonObject]]:
        if self._open == name:
            return
        yield from self._close()
        self._open = name
        self._index += 1
        yield "content_block_start", {"index": self._index, "content_block": block}

    def _close(self) -> Iterator[tuple[str, JsonObject]]:
        if self._open:
            self._open = ""
            yield "content_block_stop", {"index": self._index}

    def _add(self, delta: JsonObject) -> tuple[str, JsonObject]:
        return "content_block_delta", {"index": self._index, "delta": delta}
