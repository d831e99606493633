"""Requests for the tests of what answers chats."""

from __future__ import annotations

from typing import Any

from mockwright.chat.types import ChatRequest, Tool
from mockwright.types import JsonObject

STRING: JsonObject = {"type": "string"}
INTEGER: JsonObject = {"type": "integer"}


def obj(**properties: Any) -> JsonObject:
    """The schema of an object that has these, and nothing else."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


USER = obj(name=STRING, age=INTEGER, email=STRING, city=STRING)
WEATHER = Tool(
    "get_weather",
    obj(location=STRING, unit={"type": "string", "enum": ["celsius", "fahrenheit"]}),
    "Get the current weather in a place.",
)
TIME = Tool("get_time", obj(city=STRING), "The current time of day.")
ADD = Tool("add", obj(a=INTEGER, b=INTEGER), "Add two numbers.")


def ask(*messages: str | JsonObject, **asked: Any) -> ChatRequest:
    """A request; a bare string is said by the user. ``body`` is merged into what is made."""
    said = tuple(
        {"role": "user", "content": message} if isinstance(message, str) else message
        for message in messages
    )
    body = {"messages": list(said), **asked.pop("body", {})}
    return ChatRequest(body=body, messages=said, **asked)


def called(name: str, arguments: Any, identity: str | None = "call_1") -> JsonObject:
    """A message that calls one tool."""
    call = {"type": "function", "function": {"name": name, "arguments": arguments}}
    if identity is not None:
        call["id"] = identity
    return {"role": "assistant", "content": None, "tool_calls": [call]}
