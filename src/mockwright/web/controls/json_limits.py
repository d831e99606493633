"""JSON text from strangers: bounded, strict, and with the place of a fault in the message."""

from __future__ import annotations

import codecs
import json
import re
from typing import Final

import orjson

from mockwright.errors import UnreadableBodyError
from mockwright.types import Json

# 19 digits may be more than 64 bits hold: 9223372036854775807 is the largest signed integer.
_LONG_INTEGER: Final = re.compile(rb"[0-9]{19}")
_NEAR: Final = 20
"""Characters of the text that a message shows on each side of a fault."""


def read_json(data: bytes, max_depth: int, what: str = "the body") -> Json:
    """Return the one JSON value in ``data``.

    Strict RFC 8259: no NaN, no lone surrogates; integers of any length keep their digits. Raises
    UnreadableBodyError with line and column; its message calls the text ``what``.
    """
    data = data.removeprefix(codecs.BOM_UTF8)
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise UnreadableBodyError(_explain(error, data, max_depth, what)) from None
    # Counting brackets costs nothing, and most texts have fewer than could be too deep.
    if data.count(b"[") + data.count(b"{") > max_depth and _deeper_than(value, max_depth):
        raise UnreadableBodyError(_too_deep(what, max_depth))
    if _LONG_INTEGER.search(data):
        # orjson reads an integer beyond 64 bits as a float, which would change the caller's data;
        # the slower json module does not.
        return _read_exactly(data, value)
    return value


def _read_exactly(data: bytes, approximate: Json) -> Json:
    try:
        return json.loads(data)
    except ValueError:  # more digits than Python converts (sys.set_int_max_str_digits)
        return approximate


def _deeper_than(value: Json, limit: int) -> bool:
    """Whether ``value`` is nested deeper than ``limit`` levels.

    It goes level by level rather than by recursion, so that no depth can exhaust the stack.
    """
    level = [value]
    for _ in range(limit + 1):
        level = [
            child
            for parent in level
            if isinstance(parent, (dict, list))
            for child in (parent.values() if isinstance(parent, dict) else parent)
        ]
        if not level:
            return False
    return True


def _explain(error: orjson.JSONDecodeError, data: bytes, max_depth: int, what: str) -> str:
    if error.msg.startswith("depth limit"):
        return _too_deep(what, max_depth)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as fault:
        return f"{what} is no UTF-8: byte 0x{data[fault.start]:02x} at {_place(data, fault.start)}"
    near = text[max(0, error.pos - _NEAR) : error.pos + _NEAR]
    message = f"{what} is no JSON: {error.msg} at line {error.lineno} column {error.colno}"
    return f"{message}, near {near!r}" if near else message


def _place(data: bytes, at: int) -> str:
    """Return line and column of a byte, in a text that cannot be decoded."""
    start = data.rfind(b"\n", 0, at) + 1
    column = len(data[start:at].decode("utf-8", "replace")) + 1
    return f"line {data.count(10, 0, at) + 1} column {column}"


def _too_deep(what: str, max_depth: int) -> str:
    return f"{what} is nested deeper than the limit of {max_depth} levels"
