"""OpenAI's chats in the words of Anthropic's Messages API, and its answers in OpenAI's.

https://platform.claude.com/docs/en/api/messages
"""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Final

from mockwright.backends.base import CHAT_FIELDS
from mockwright.backends.openai_chunks import (
    Pieces,
    arguments_of,
    assistant_message,
    object_of,
    objects,
    string_of,
    tool_call,
    whole_body,
)
from mockwright.backends.structured_output import Ask
from mockwright.chat.types import ChatRequest, text_of
from mockwright.errors import BackendError, UnsupportedError
from mockwright.types import Json, JsonObject, Usage

MAX_TOKENS: Final = 8192
"""Sent where nobody set a limit, because the API wants one."""
_SYSTEM: Final = ("system", "developer")
_FINISH: Final = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "pause_turn": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool_calls",
    "refusal": "content_filter",
}
_OWN: Final = ("top_k", "thinking")
"""Parameters that OpenAI's API has not: they go through as they came."""
SUPPORTED_FIELDS: Final = (CHAT_FIELDS - {"seed"}) | {
    *_OWN,
    "top_p",
    "temperature",
    "reasoning_effort",
}
"""The fields of a chat that are translated."""
_EFFORTS: Final = {"minimal": "low", "low": "low", "medium": "medium", "high": "high"}
_ID: Final = re.compile(r"[^a-zA-Z0-9_-]")
_DATA: Final = re.compile(r"data:([\w.+-]+/[\w.+-]+);base64,", re.ASCII)


def payload(request: ChatRequest, asked: Ask, words: str, backend: str) -> JsonObject:
    """Return a chat as ``/v1/messages`` takes it, but for ``model`` and ``stream``.

    ``words`` is what to tell of the form where no mode holds the model to it. Raises
    UnsupportedError for content that the API has no place for.
    """
    systems = [text_of(m.get("content")) for m in request.messages if m["role"] in _SYSTEM]
    turns = _turns([m for m in request.messages if m["role"] not in _SYSTEM], backend)
    system = "\n\n".join(filter(None, [*systems, words]))
    if not turns:
        # There is no conversation without a user's turn.
        turns, system = [{"role": "user", "content": system or "Go on."}], ""
    sent: JsonObject = {"messages": turns}
    if system:
        sent["system"] = system
    sent |= _parameters(request)
    if request.tools:
        sent["tools"] = [_tool(tool.name, tool.description, tool.schema) for tool in request.tools]
        sent["tool_choice"] = _choice(request)
    if output := _output(request.body, asked):
        sent["output_config"] = output
    return sent


def _parameters(request: ChatRequest) -> JsonObject:
    body = request.body
    sent: JsonObject = {name: body[name] for name in (*_OWN, "top_p") if body.get(name) is not None}
    if (warmth := body.get("temperature")) is not None:
        sent["temperature"] = min(warmth, 1.0)  # OpenAI's scale ends at 2
    if stops := [stop for stop in request.stop if stop.strip()]:
        sent["stop_sequences"] = stops
    if request.max_tokens is not None:
        sent["max_tokens"] = request.max_tokens
    if isinstance(body.get("user"), str):
        sent["metadata"] = {"user_id": body["user"]}
    return sent


def _output(body: JsonObject, asked: Ask) -> JsonObject:
    output = {} if asked.mode != "schema" else output_format(asked)
    effort = body.get("reasoning_effort")
    if isinstance(effort, str) and effort in _EFFORTS:
        output["effort"] = _EFFORTS[effort]
    return output


def output_format(asked: Ask) -> JsonObject:
    """Return the ``output_config`` that holds the answer to the schema."""
    return {"format": {"type": "json_schema", "schema": asked.schema}}


def _choice(request: ChatRequest) -> JsonObject:
    if request.tool_mode == "none":
        return {"type": "none"}
    choice: JsonObject = {"type": "any" if request.tool_mode == "required" else "auto"}
    if request.tool_name is not None:
        choice = {"type": "tool", "name": request.tool_name}
    return choice if request.parallel_tools else {**choice, "disable_parallel_tool_use": True}


def _tool(name: str, description: str, schema: Json) -> JsonObject:
    whole = schema if isinstance(schema, dict) else {}
    tool: JsonObject = {"name": name, "input_schema": {**whole, "type": "object"}}
    return {**tool, "description": description} if description else tool


def _turns(messages: Sequence[JsonObject], backend: str) -> list[JsonObject]:
    """Return user and assistant in turn, as the API wants them: neighbours of a role are joined."""
    turns: list[JsonObject] = []
    for message in messages:
        role = "assistant" if message["role"] == "assistant" else "user"
        blocks = _blocks(message, backend)
        if turns and turns[-1]["role"] == role:
            turns[-1]["content"] += blocks
        elif blocks:
            turns.append({"role": role, "content": blocks})
    return turns


def _blocks(message: JsonObject, backend: str) -> list[JsonObject]:
    if message["role"] in ("tool", "function"):
        result: JsonObject = {
            "type": "tool_result",
            "tool_use_id": _id(message.get("tool_call_id")),
        }
        content = _content(message.get("content"), backend)
        return [{**result, "content": content} if content else result]
    blocks = _content(message.get("content"), backend)
    if not blocks and isinstance(message.get("refusal"), str):
        blocks = _content(message["refusal"], backend)
    return blocks + [_use(call) for call in objects(message.get("tool_calls"))]


def _content(content: Json, backend: str) -> list[JsonObject]:
    # The API refuses a text without a character that shows.
    parts = [{"type": "text", "text": content}] if isinstance(content, str) else objects(content)
    blocks = [_block(part, backend) for part in parts]
    return [block for block in blocks if block["type"] != "text" or block["text"].strip()]


def _block(part: JsonObject, backend: str) -> JsonObject:
    match part.get("type"):
        case "text" | "refusal" as kind:
            return {"type": "text", "text": string_of(part.get(kind))}
        case "image_url":
            source = part.get("image_url")
            url = source.get("url") if isinstance(source, dict) else source
            return {"type": "image", "source": _source(str(url))}
        case "file" if isinstance(data := object_of(part.get("file")).get("file_data"), str):
            return {"type": "document", "source": _source(data)}
    fault = f"backend {backend!r} cannot take a part of type {str(part.get('type'))[:40]!r}"
    raise UnsupportedError(fault, backend=backend)


def _source(url: str) -> JsonObject:
    if match := _DATA.match(url):
        return {"type": "base64", "media_type": match[1], "data": url[match.end() :]}
    return {"type": "url", "url": url}


def _use(call: JsonObject) -> JsonObject:
    function = object_of(call.get("function"))
    return {
        "type": "tool_use",
        "id": _id(call.get("id")),
        "name": string_of(function.get("name")),
        "input": arguments_of(function.get("arguments")),
    }


def _id(value: Json) -> str:
    # The API takes letters, digits, "_" and "-" only.
    return _ID.sub("_", str(value or "call"))


def usage_of(reported: Json) -> Usage | None:
    """Return the tokens of a ``usage`` object, ``None`` where it is none.

    What was written to and read from the cache is counted apart there, and together here.
    """
    if not isinstance(reported, dict) or not isinstance(reported.get("output_tokens"), int):
        return None
    names = ("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens")
    read = sum(count for name in names if isinstance(count := reported.get(name), int))
    return Usage(read, reported["output_tokens"])


def texts_of(body: JsonObject) -> str:
    """Return what an answer says, without its thoughts and calls."""
    blocks = objects(body.get("content"))
    return "".join(string_of(block.get("text")) for block in blocks if block.get("type") == "text")


def reply(body: JsonObject, asked: Ask) -> JsonObject:
    """Return a whole answer in OpenAI's form."""
    blocks = objects(body.get("content"))
    thoughts = [string_of(b.get("thinking")) for b in blocks if b.get("type") == "thinking"]
    calls = [
        tool_call(
            string_of(block.get("name")), block.get("input") or {}, string_of(block.get("id"))
        )
        for block in blocks
        if block.get("type") == "tool_use"
    ]
    message = assistant_message(asked.restored(texts_of(body)), "".join(thoughts), calls)
    if refusal := _refusal(body):
        message["refusal"] = refusal
    answer = whole_body(message, finish_of(body.get("stop_reason")))
    return {"id": body["id"], **answer} if isinstance(body.get("id"), str) else answer


def finish_of(reason: Json) -> str:
    """Return OpenAI's word for a ``stop_reason``."""
    return _FINISH.get(reason, "stop") if isinstance(reason, str) else "stop"


def _refusal(body: JsonObject) -> str:
    return string_of(object_of(body.get("stop_details")).get("explanation"))


def _index(event: JsonObject) -> int:
    index = event.get("index")
    return index if isinstance(index, int) else 0


@dataclass(slots=True)
class _Reading:
    """A stream, as far as it has come."""

    pieces: Pieces
    usage: JsonObject = field(default_factory=dict)
    calls: dict[int, int] = field(default_factory=dict)
    """Index of a block: index of the call that it is, among the calls."""
    finish: str | None = None

    def take(self, event: JsonObject) -> JsonObject | None:
        """Return the chunk that ``event`` makes, if it makes one."""
        match event.get("type"):
            case "message_start":
                self._count(object_of(event.get("message")))
            case "content_block_start":
                return self._begin(_index(event), object_of(event.get("content_block")))
            case "content_block_delta":
                return self._go_on(_index(event), object_of(event.get("delta")))
            case "message_delta":
                return self._end(event)
        return None

    def _count(self, event: JsonObject) -> None:
        # Usage comes twice; the second counts all of the output again, and not all of the rest.
        usage = object_of(event.get("usage"))
        self.usage |= {name: count for name, count in usage.items() if count is not None}

    def _begin(self, index: int, block: JsonObject) -> JsonObject | None:
        if block.get("type") == "tool_use":
            self.calls[index] = len(self.calls)
            call = tool_call(string_of(block.get("name")), "", string_of(block.get("id")))
            return self.pieces.delta({"tool_calls": [{"index": self.calls[index], **call}]})
        text = block.get("text")
        return self.pieces.delta({"content": text}) if isinstance(text, str) and text else None

    def _go_on(self, index: int, delta: JsonObject) -> JsonObject | None:
        match delta:
            case {"type": "text_delta", "text": str(text)} if text:
                return self.pieces.delta({"content": text})
            case {"type": "thinking_delta", "thinking": str(thought)} if thought:
                return self.pieces.delta({"reasoning_content": thought})
            case {"type": "input_json_delta", "partial_json": str(piece)} if index in self.calls:
                call = {"index": self.calls[index], "function": {"arguments": piece}}
                return self.pieces.delta({"tool_calls": [call]}) if piece else None
        return None

    def _end(self, event: JsonObject) -> JsonObject | None:
        delta = object_of(event.get("delta"))
        self._count(event)
        if delta.get("stop_reason") is not None:
            self.finish = finish_of(delta["stop_reason"])
        refusal = _refusal(delta)
        return self.pieces.delta({"refusal": refusal}) if refusal else None


async def chunks(
    events: AsyncGenerator[JsonObject],
    model: str,
    fault: Callable[[JsonObject], BackendError],
) -> AsyncGenerator[JsonObject]:
    """Yield a stream in OpenAI's form; raises ``fault`` of an ``error`` event or an early end."""
    reading = _Reading(Pieces(model))
    async with aclosing(events):
        async for event in events:
            if event.get("type") == "error":
                raise fault(event)
            if chunk := reading.take(event):
                yield chunk
            if event.get("type") == "message_stop":
                yield reading.pieces.finish(reading.finish or "stop")
                if usage := usage_of(reading.usage):
                    yield reading.pieces.usage(usage)
                return
    raise fault({"error": {"message": "a stream without an end"}})
