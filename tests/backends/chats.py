"""Chat requests as the surfaces hand them to backends."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from mockwright.chat.chunks import GatheredMessage
from mockwright.chat.types import ChatRequest, Tool
from mockwright.types import JsonObject

WEATHER = Tool(
    "get_weather",
    {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    "The weather in a city",
)
TIME = Tool("get_time", True)


def asking(
    *messages: JsonObject | str, body: JsonObject | None = None, **fields: Any
) -> ChatRequest:
    """A request; a text is a user's message."""
    said = [{"role": "user", "content": m} if isinstance(m, str) else m for m in messages]
    return ChatRequest(body={**(body or {}), "messages": said}, messages=tuple(said), **fields)


async def gathered(chunks: AsyncIterator[JsonObject]) -> tuple[JsonObject, list[JsonObject]]:
    """The message that a stream makes, and its chunks."""
    message = GatheredMessage()
    seen = []
    async for chunk in chunks:
        seen.append(chunk)
        for choice in chunk["choices"]:
            message.add(choice["delta"])
    return message.message(), seen


def finishes(chunks: list[JsonObject]) -> list[str]:
    """The finish reasons that a stream tells."""
    reasons = [c["choices"][0]["finish_reason"] for c in chunks if c["choices"]]
    return [reason for reason in reasons if reason is not None]


def usage(chunks: list[JsonObject]) -> tuple[int, int]:
    """Tokens read and written, from the last chunk."""
    told = chunks[-1]["usage"]
    assert told["total_tokens"] == told["prompt_tokens"] + told["completion_tokens"]
    return told["prompt_tokens"], told["completion_tokens"]
