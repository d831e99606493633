"""What every tool call has: an id, arguments as JSON text, and a reason to stop."""

from __future__ import annotations

from typing import Final

import orjson

from mockwright.rng import Rng
from mockwright.types import MISSING, Json, JsonObject, Missing

_ID_LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
"""The letters and digits of OpenAI's ids."""


def finish_reason(reason: str, message: JsonObject) -> str:
    """Return ``reason`` as it has to be for ``message``: ``tool_calls`` if, and only if, it calls.

    ``length`` and ``content_filter`` stay: they are about the model, not about the message.
    """
    if reason not in ("stop", "tool_calls", "function_call"):
        return reason
    return "tool_calls" if message.get("tool_calls") else "stop"


def call_id(rng: Rng) -> str:
    """Return an id that looks like OpenAI's: ``call_`` and 24 letters and digits."""
    return "call_" + "".join(rng.choice(_ID_LETTERS) for _ in range(24))


def read(text: str) -> Json | Missing:
    """Return ``text`` as JSON, read strictly; MISSING if it is none."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return MISSING
