"""The result of a program, as untrusted as the program: read once, before anybody relies on it.

A few megabytes of JSON can be gigabytes of Python (each ``{}`` of two bytes is an object of 64) or
nest deeper than any recursion. So values are counted in the text before it is read, and depth
before it is handed on.
"""

from __future__ import annotations

from typing import Any, Final

import orjson

from mockwright.compute.sandbox.outcome import ProgramOutcome, bounded

_VALUES: Final = 200_000
"""The most values of a result, beside those for each item."""
_VALUES_PER_ITEM: Final = 64
_DEPTH: Final = 16
"""The most levels of lists and objects."""


def read(text: bytes, n: int, most: int, seconds: float) -> ProgramOutcome:
    """Return ``ok`` with the text if it is a list of objects; else what is wrong with it.

    Whether there are n of them is the caller's to judge: here n only says how much there may be.
    """
    if len(text) > most:
        return ProgramOutcome(
            "too_large", detail=f"its result has more than {most} bytes", seconds=seconds
        )
    allowed = _VALUES + _VALUES_PER_ITEM * n
    # No value without one of these before it; those inside of strings count too.
    if sum(map(text.count, (b",", b":", b"[", b"{"))) > 2 * allowed:
        told = f"its result has more than {allowed} values"
        return ProgramOutcome("too_large", detail=told, seconds=seconds)
    fault = _fault(text)
    if fault is not None:
        return ProgramOutcome("bad_result", detail=bounded(fault), seconds=seconds)
    return ProgramOutcome("ok", text.decode(), seconds=seconds)


def _fault(text: bytes) -> str | None:
    """Return what is wrong with a result; None if it is a list of objects, not too deep."""
    try:
        items = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        return f"its result is no JSON: {error}"
    if not isinstance(items, list):
        return f"it returned {type(items).__name__}, expected a list of dicts"
    for i, item in enumerate(items):
        if not isinstance(item, dict):
            return f"item {i} is {type(item).__name__}, expected dict"
    return f"its result is nested more than {_DEPTH} deep" if _is_deep(items) else None


def _is_deep(items: list[Any]) -> bool:
    """Whether a result is nested too deep; level by level, since recursion would overflow."""
    level = items
    for _ in range(_DEPTH):
        level = [
            value
            for one in level
            for value in (one.values() if isinstance(one, dict) else one)
            if isinstance(value, (dict, list))
        ]
        if not level:
            return False
    return True
