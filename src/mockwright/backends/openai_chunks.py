"""Answers of other protocols in OpenAI's form: whole, and in chunks.

https://platform.openai.com/docs/api-reference/chat/object
"""

from __future__ import annotations

import secrets
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

import orjson

from mockwright import jsontext
from mockwright.backends.structured_output import Ask
from mockwright.chat.chunks import usage_object
from mockwright.types import Json, JsonObject, Usage


def tool_call(name: str, arguments: Json, id_: str | None = None) -> JsonObject:
    """Return a call of a message; ``arguments`` is a value, or text that is passed on as it is."""
    text = arguments if isinstance(arguments, str) else jsontext.dump(arguments).decode()
    return {
        "id": id_ or f"call_{secrets.token_hex(12)}",
        "type": "function",
        "function": {"name": name, "arguments": text},
    }


def assistant_message(text: str, thought: str = "", calls: Sequence[JsonObject] = ()) -> JsonObject:
    """Return a message, whose content is null where it says nothing and calls tools."""
    message: JsonObject = {"role": "assistant", "content": text or (None if calls else "")}
    if thought:
        message["reasoning_content"] = thought
    if calls:
        message["tool_calls"] = list(calls)
    return message


def whole_body(message: JsonObject, finish: str, logprobs: Json = None) -> JsonObject:
    """Return the body of an answer with one choice."""
    choice = {"index": 0, "message": message, "finish_reason": finish, "logprobs": logprobs}
    return {"choices": [choice]}


def arguments_of(text: Json) -> JsonObject:
    """Read a call's arguments; what is no JSON object, since a model wrote it, stays as ``raw``."""
    try:
        value = orjson.loads(text) if isinstance(text, str) and text.strip() else {}
    except orjson.JSONDecodeError:
        return {"raw": text}
    return value if isinstance(value, dict) else {"raw": text}


def objects(value: Json) -> list[JsonObject]:
    """Return the objects of a list; none where it is no list."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def object_of(value: Json) -> JsonObject:
    """Return ``value``, or an empty object where it is none."""
    return value if isinstance(value, dict) else {}


def string_of(value: Json) -> str:
    """Return ``value``, or an empty text where it is none."""
    return value if isinstance(value, str) else ""


class Pieces:
    """Makes the chunks of one stream: the same id on each, the role on the first."""

    def __init__(self, model: str) -> None:
        self._head: JsonObject = {
            "id": f"chatcmpl-{secrets.token_hex(12)}",
            "object": "chat.completion.chunk",
            "created": int(time.time()),
            "model": model,
        }
        self._begun = False

    def delta(self, delta: JsonObject, logprobs: Json = None) -> JsonObject:
        """Return one more piece of the message."""
        if not self._begun:
            delta = {"role": "assistant", **delta}
            self._begun = True
        return self._chunk(delta, None, logprobs)

    def finish(self, reason: str) -> JsonObject:
        """Return the end of the message."""
        return self._chunk({}, reason, None)

    def usage(self, usage: Usage) -> JsonObject:
        """Return the last chunk, which has no choice."""
        return {**self._head, "choices": [], "usage": usage_object(usage)}

    def _chunk(self, delta: JsonObject, finish: str | None, logprobs: Json) -> JsonObject:
        choice = {"index": 0, "delta": delta, "finish_reason": finish, "logprobs": logprobs}
        return {**self._head, "choices": [choice]}


async def restore_form(
    chunks: AsyncGenerator[JsonObject], asked: Ask
) -> AsyncGenerator[JsonObject]:
    """Yield ``chunks`` with their text in the caller's form.

    That takes the whole text: where the schema sent was another than the caller's, it goes out in
    one piece, at the end.
    """
    held: list[str] = []
    async with aclosing(chunks):
        async for chunk in chunks:
            choice = chunk["choices"][0] if chunk["choices"] else None
            if asked.restore is None or choice is None:
                yield chunk
            elif choice["finish_reason"] is None:
                held.append(choice["delta"].pop("content", None) or "")
                yield chunk
            else:
                text = {"content": asked.restored("".join(held))}
                yield {**chunk, "choices": [{**choice, "delta": text, "finish_reason": None}]}
                yield chunk
