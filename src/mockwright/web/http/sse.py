"""Framing of streams: server-sent events (WHATWG HTML, section 9.2) and NDJSON lines."""

from __future__ import annotations

from typing import Final

from mockwright.jsontext import dump
from mockwright.types import Json

DONE: Final = b"data: [DONE]\n\n"
NDJSON: Final = b"application/x-ndjson"


def event(value: Json, name: str = "") -> bytes:
    """One event; JSON text has no line ends, so that one ``data`` line holds it."""
    data = b"data: " + dump(value) + b"\n\n"
    return f"event: {name}\n".encode() + data if name else data


def line(value: Json) -> bytes:
    """One line of NDJSON."""
    return dump(value) + b"\n"
