"""The JSON of OpenAI's chat completions and embeddings, as its many servers write it.

https://platform.openai.com/docs/api-reference/chat
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress
from typing import Final

from mockwright import jsontext
from mockwright.backends.base import reported_usage
from mockwright.backends.negotiate import form_in_words
from mockwright.backends.structured_output import Ask
from mockwright.chat.types import ChatRequest
from mockwright.chat.types import text_of as content_text
from mockwright.errors import BackendError
from mockwright.prompting.render import Prompt
from mockwright.settings import BackendSettings
from mockwright.types import CompletionMode, Json, JsonObject, Usage

_NO_PROMPT: Final = Prompt("", "")
_GRACE: Final = 0.1
"""Seconds that a server has to end its response after ``[DONE]``."""


def payload(request: ChatRequest, mode: CompletionMode, settings: BackendSettings) -> JsonObject:
    """The request as it came, with what is configured; its form asked for as ``mode`` says."""
    sent = dict(request.body)
    if request.form == "json_schema" and mode == "json":
        sent["response_format"] = {"type": "json_object"}
    elif request.form != "text" and mode == "prompt":
        sent.pop("response_format", None)
    if sent.get("response_format") != request.body.get("response_format"):
        sent["messages"] = _told(request.messages, form_in_words(request))
    set_defaults(sent, settings)
    return sent


def set_defaults(sent: JsonObject, settings: BackendSettings) -> None:
    """The configured model, and the configured parameters that ``sent`` does not give."""
    if settings.model:
        sent["model"] = settings.model
    if settings.temperature is not None and sent.get("temperature") is None:
        sent["temperature"] = settings.temperature
    given = sent.get("max_tokens") or sent.get("max_completion_tokens")
    if settings.max_tokens is not None and not given:
        sent["max_tokens"] = settings.max_tokens


def asked(mode: CompletionMode) -> Ask:
    """What tells the negotiation how a chat was asked; its words are the caller's."""
    return Ask(mode, _NO_PROMPT)


def embedding_usage(body: JsonObject) -> Usage | None:
    """As reported; nothing is written there."""
    told = body.get("usage")
    return reported_usage({"completion_tokens": 0, **told} if isinstance(told, dict) else None)


def prompt_text(request: ChatRequest) -> str:
    """All that was said, to be measured."""
    return "\n".join(content_text(message.get("content")) for message in request.messages)


def text_of(message: Json) -> str:
    """What the model said: its content, in one piece or in parts, else why it refused."""
    if not isinstance(message, dict):
        return ""
    content = message.get("content") or message.get("refusal")
    if isinstance(content, list):
        parts = (part.get("text") for part in content if isinstance(part, dict))
        return "".join(part for part in parts if isinstance(part, str))
    return content if isinstance(content, str) else ""


def objects(value: Json) -> list[JsonObject]:
    """The objects of a list, however broken."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def finished(chunk: JsonObject) -> bool:
    """Whether a choice ends with this chunk."""
    return any(choice.get("finish_reason") for choice in objects(chunk.get("choices")))


def as_chunk(body: JsonObject) -> JsonObject:
    """``body`` where it is a chunk; else what can be read of it as one.

    A whole answer comes from a server that does not stream.
    """
    choices = body.get("choices")
    pieces = objects(choices)
    if pieces == choices and all(map(_is_piece, pieces)):
        return body
    made = [_as_piece(i, piece) for i, piece in enumerate(pieces)]
    return {**body, "object": "chat.completion.chunk", "choices": made}


def as_choices(choices: list[JsonObject]) -> list[JsonObject]:
    """With an index and a reason to end, which some servers leave out."""
    return [{"index": i, "finish_reason": "stop", **one} for i, one in enumerate(choices)]


def said(error: Json) -> str:
    """What an ``error`` member says."""
    told = error.get("message") if isinstance(error, dict) else error
    return told if isinstance(told, str) else jsontext.dump(error).decode()


def status_of(error: Json) -> int | None:
    """The HTTP status that an ``error`` member stands for, where it says one."""
    if not isinstance(error, dict):
        return None
    told = (error.get(name) for name in ("code", "status", "status_code"))
    return next((it for it in told if type(it) is int and 400 <= it < 600), None)


def vectors(body: JsonObject) -> tuple[tuple[float, ...], ...]:
    """In the order of their ``index``; those that are no lists of numbers are left out."""
    entries = objects(body.get("data"))
    if all(type(entry.get("index")) is int for entry in entries):
        entries.sort(key=lambda entry: entry["index"])
    with suppress(TypeError, ValueError):
        return tuple(tuple(map(float, entry["embedding"])) for entry in entries)
    return ()


async def read_out(texts: AsyncGenerator[str | bytes]) -> None:
    """Read a response to its end, so that its connection can be used again."""
    with suppress(TimeoutError, BackendError):
        async with asyncio.timeout(_GRACE):
            async for _ in texts:
                pass


def _told(messages: tuple[JsonObject, ...], words: str) -> list[JsonObject]:
    """``words`` in the system message, which some templates take only as the first."""
    first, *others = messages or ({"role": "user", "content": ""},)
    system = first.get("role") in ("system", "developer")
    if system and isinstance(first.get("content"), str):
        return [{**first, "content": f"{first['content']}\n\n{words}"}, *others]
    return [{"role": "system", "content": words}, *messages]


def _is_piece(choice: JsonObject) -> bool:
    delta = choice.get("delta")
    if not isinstance(delta, dict) or type(choice.get("index", 0)) is not int:
        return False
    calls = delta.get("tool_calls")
    return calls is None or objects(calls) == calls


def _as_piece(index: int, choice: JsonObject) -> JsonObject:
    said = choice.get("delta", choice.get("message"))
    delta = dict(said) if isinstance(said, dict) else {}
    calls = objects(delta.pop("tool_calls", None))
    if calls and "message" in choice:
        calls = [{"index": i, **call} for i, call in enumerate(calls)]
    if calls:
        delta["tool_calls"] = calls
    kept = {name: value for name, value in choice.items() if name != "message"}
    if type(kept.get("index")) is not int:
        kept.pop("index", None)
    return {"index": index, "finish_reason": None, **kept, "delta": delta}
