"""A conversation as the embedded backend reads it: who said what, as plain text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from mockwright.chat.types import ChatRequest, text_of
from mockwright.types import Json, JsonObject

_MAX_MESSAGES: Final = 200
"""Messages that are looked back at."""
_LONGEST: Final = 64_000
"""Characters of one message that are read."""
_PARTS: Final = {"image_url": "image", "input_audio": "audio", "file": "file"}
"""What a part of a message is called, by its type in OpenAI's form."""


@dataclass(frozen=True, slots=True)
class Result:
    """What a tool gave back."""

    tool: str
    """The name of the tool; ``""`` where the conversation does not tell."""
    text: str


@dataclass(frozen=True, slots=True)
class Transcript:
    """What was said in a conversation, by whom."""

    user: str = ""
    """The last message of the user."""
    system: str = ""
    """All that the system and developer messages say."""
    earlier: tuple[str, ...] = ()
    """The user's messages before the last."""
    results: tuple[Result, ...] = ()
    """Results of tools since the user last spoke."""
    attached: tuple[str, ...] = ()
    """What came with the user's last message: ``image``, ``audio``, ``file``."""


def read_transcript(request: ChatRequest) -> Transcript:
    """Return the conversation of ``request``."""
    messages = request.messages[-_MAX_MESSAGES:]
    instructions = [message for message in request.messages if message.get("role") in _SYSTEM]
    users = [message for message in messages if message.get("role") == "user"]
    last = users[-1] if users else {}
    return Transcript(
        user=_message_text(last),
        system="\n".join(map(_message_text, instructions[:_MAX_MESSAGES])),
        earlier=tuple(map(_message_text, users[:-1])),
        results=_tool_results(messages),
        attached=tuple(_attachments(last.get("content"))),
    )


_SYSTEM: Final = ("system", "developer")


def _message_text(message: JsonObject) -> str:
    return text_of(message.get("content"))[:_LONGEST]


def _tool_results(messages: tuple[JsonObject, ...]) -> tuple[Result, ...]:
    names: dict[str, str] = {}
    results: list[Result] = []
    for message in messages:
        if message.get("role") == "user":
            results.clear()
        for call in message.get("tool_calls") or ():
            names[str(call.get("id"))] = str((call.get("function") or {}).get("name", ""))
        if message.get("role") in ("tool", "function"):
            known = names.get(str(message.get("tool_call_id")), "")
            results.append(Result(str(message.get("name") or known), _message_text(message)))
    return tuple(results)


def _attachments(content: Json) -> list[str]:
    parts = content if isinstance(content, list) else []
    kinds = (part.get("type") for part in parts if isinstance(part, dict))
    return [_PARTS[kind] for kind in kinds if kind in _PARTS]
