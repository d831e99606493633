"""Framing of streams: server-sent events (WHATWG HTML, section 9.2) and lines of NDJSON."""

from __future__ import annotations

from typing import Final

from mockwright.jsontext import dump
from mockwright.types import Json

DONE: Final = b"data: [DONE]\n\n"
"""The event after which an OpenAI stream ends."""
NDJSON: Final = b"application/x-ndjson"
"""The media type of JSON values, one a line."""


def event(value: Json, name: str = "") -> bytes:
    """Return one server-sent event, with a name if there is one.

    JSON text has no line ends, so that one ``data`` line holds it.
    """
    data = b"data: " + dump(value) + b"\n\n"
    return f"event: {name}\n".encode() + data if name else data


def line(value: Json) -> bytes:
    """Return one line of NDJSON."""
    return dump(value) + b"\n"
