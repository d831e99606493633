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
from mockwright.backends.openai_chunks import objects
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
    """Return the request as it came, with what is configured, its form asked for in ``mode``."""
    sent = dict(request.body)
    if request.form == "json_schema" and mode == "json":
        sent["response_format"] = {"type": "json_object"}
    elif request.form != "text" and mode == "prompt":
        sent.pop("response_format", None)
    if sent.get("response_format") != request.body.get("response_format"):
        sent["messages"] = _with_system_words(request.messages, form_in_words(request))
    set_defaults(sent, settings)
    return sent


def set_defaults(sent: JsonObject, settings: BackendSettings) -> None:
    """Add the configured model, and the configured parameters that ``sent`` does not give."""
    if settings.model:
        sent["model"] = settings.model
    if settings.temperature is not None and sent.get("temperature") is None:
        sent["temperature"] = settings.temperature
    given = sent.get("max_tokens") or sent.get("max_completion_tokens")
    if settings.max_tokens is not None and not given:
        sent["max_tokens"] = settings.max_tokens


def ask_in(mode: CompletionMode) -> Ask:
    """Return what tells the negotiation how a chat was asked; its words are the caller's."""
    return Ask(mode, _NO_PROMPT)


def embedding_usage(body: JsonObject) -> Usage | None:
    """Read the usage of an answer, which may leave out that nothing was written."""
    usage = body.get("usage")
    return reported_usage({"completion_tokens": 0, **usage} if isinstance(usage, dict) else None)


def prompt_text(request: ChatRequest) -> str:
    """Return all that was said, to be measured."""
    return "\n".join(content_text(message.get("content")) for message in request.messages)


def text_of(message: Json) -> str:
    """Return a message's content, which may be in parts, else why the model refused."""
    if not isinstance(message, dict):
        return ""
    content = message.get("content") or message.get("refusal")
    if isinstance(content, list):
        parts = (part.get("text") for part in content if isinstance(part, dict))
        return "".join(part for part in parts if isinstance(part, str))
    return content if isinstance(content, str) else ""


def finished(chunk: JsonObject) -> bool:
    """Whether a choice ends with this chunk."""
    return any(choice.get("finish_reason") for choice in objects(chunk.get("choices")))


def as_chunk(body: JsonObject) -> JsonObject:
    """Return ``body`` where it is a chunk, else what can be read of it as one.

    A whole answer comes from a server that does not stream.
    """
    choices = body.get("choices")
    pieces = objects(choices)
    if pieces == choices and all(map(_is_piece, pieces)):
        return body
    made = [_as_piece(i, piece) for i, piece in enumerate(pieces)]
    return {**body, "object": "chat.completion.chunk", "choices": made}


def as_choices(choices: list[JsonObject]) -> list[JsonObject]:
    """Return ``choices`` with an index and a reason to end, which some servers leave out."""
    return [{"index": i, "finish_reason": "stop", **one} for i, one in enumerate(choices)]


def error_text(error: Json) -> str:
    """Return the message of an ``error`` member, all of it where there is none."""
    message = error.get("message") if isinstance(error, dict) else error
    return message if isinstance(message, str) else jsontext.dump(error).decode()


def status_of(error: Json) -> int | None:
    """Return the HTTP status that an ``error`` member names, where it names one."""
    if not isinstance(error, dict):
        return None
    named = (error.get(name) for name in ("code", "status", "status_code"))
    return next((it for it in named if type(it) is int and 400 <= it < 600), None)


def vectors(body: JsonObject) -> tuple[tuple[float, ...], ...]:
    """Return the vectors in the order of their ``index``; none where one is no list of numbers."""
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


def _with_system_words(messages: tuple[JsonObject, ...], words: str) -> list[JsonObject]:
    """Return ``words`` in the system message, which some templates take only as the first."""
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
    message = choice.get("delta", choice.get("message"))
    delta = dict(message) if isinstance(message, dict) else {}
    calls = objects(delta.pop("tool_calls", None))
    if calls and "message" in choice:
        calls = [{"index": i, **call} for i, call in enumerate(calls)]
    if calls:
        delta["tool_calls"] = calls
    kept = {name: value for name, value in choice.items() if name != "message"}
    if type(kept.get("index")) is not int:
        kept.pop("index", None)
    return {"index": index, "finish_reason": None, **kept, "delta": delta}
