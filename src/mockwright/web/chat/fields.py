"""Readers for the fields of a chat request: each wrong value is a 400 that names its field.

A reader takes a value and the name of its field, such as ``messages[0].role``, and returns the
value as it is to be used, or raises ParameterError.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from mockwright.errors import MockwrightError, ParameterError
from mockwright.jsontext import dump
from mockwright.schema.validate import compile_schema
from mockwright.types import Json, JsonObject

Check: TypeAlias = Callable[[Json, str], Any]
"""Returns the value of the field of that name, read; raises ParameterError."""

# `get_weather`, `functions.search-v2`: what OpenAI allows, and dots.
NAME: Final = re.compile(r"[A-Za-z0-9_.-]{1,128}")


def wrong(param: str, value: Json, expected: str) -> ParameterError:
    """Return the error for a value that cannot be used."""
    shown = dump(value).decode()
    shown = shown if len(shown) <= 80 else shown[:77] + "..."
    return ParameterError(
        f"Invalid value for '{param}': expected {expected}, but got {shown}", param, "invalid_value"
    )


def missing(param: str) -> ParameterError:
    """Return the error for a field that must be there and is not."""
    return ParameterError(
        f"Missing required parameter: '{param}'.", param, "missing_required_parameter"
    )


def number(least: float, most: float) -> Check:
    """Return a reader of numbers within bounds, both included."""

    def check(value: Json, param: str) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise wrong(param, value, "a number")
        if not least <= value <= most:
            raise wrong(param, value, f"a number from {least:g} to {most:g}")
        return value

    return check


def integer(least: int, most: int) -> Check:
    """Return a reader of integers within bounds, both included; ``3.0`` is an integer."""

    def check(value: Json, param: str) -> int:
        whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
        if isinstance(value, bool) or not whole:
            raise wrong(param, value, "an integer")
        if not least <= value <= most:
            raise wrong(param, value, f"an integer from {least} to {most}")
        return int(value)

    return check


def boolean(value: Json, param: str) -> bool:
    """Return ``true`` or ``false``."""
    if not isinstance(value, bool):
        raise wrong(param, value, "a boolean")
    return value


def text(value: Json, param: str) -> str:
    """Return any string."""
    if not isinstance(value, str):
        raise wrong(param, value, "a string")
    return value


def mapping(value: Json, param: str) -> JsonObject:
    """Return any object."""
    if not isinstance(value, dict):
        raise wrong(param, value, "an object")
    return value


def sequence(value: Json, param: str, *, least: int = 0, most: int = 10_000) -> list[Json]:
    """Return a list with ``least`` to ``most`` items."""
    if not isinstance(value, list):
        raise wrong(param, value, "an array")
    if not least <= len(value) <= most:
        raise ParameterError(
            f"Invalid '{param}': expected {least} to {most} items, but got {len(value)}",
            param,
            "invalid_value",
        )
    return value


def one_of(*known: str) -> Check:
    """Return a reader that takes some words and nothing else."""

    def check(value: Json, param: str) -> str:
        if value not in known:
            raise wrong(param, value, "one of " + ", ".join(map(repr, known)))
        return str(value)

    return check


def stops(most: int) -> Check:
    """Return a reader of stop sequences: up to ``most`` strings, or one by itself."""

    def check(value: Json, param: str) -> tuple[str, ...]:
        listed = [value] if isinstance(value, str) else sequence(value, param, most=most)
        return tuple(text(one, f"{param}[{i}]") for i, one in enumerate(listed))

    return check


def schema(value: Json, param: str) -> JsonObject | bool:
    """Return a JSON Schema that can be used; the message says where a fault is."""
    if not isinstance(value, dict | bool):
        raise wrong(param, value, "a JSON Schema")
    try:
        compile_schema(value)
    except MockwrightError as error:
        raise ParameterError(
            f"Invalid schema for '{param}': {error}", param, "invalid_json_schema"
        ) from None
    return value


def name(value: Json, param: str) -> str:
    """Return the name of a tool or a schema."""
    if not isinstance(value, str) or not NAME.fullmatch(value):
        raise wrong(param, value, "a name of letters, digits, underscores, dashes and dots")
    return value


def read(body: JsonObject, checks: Mapping[str, Check]) -> JsonObject:
    """Return the fields of ``body`` that have a reader and are not null, each read."""
    return {
        key: check(body[key], key) for key, check in checks.items() if body.get(key) is not None
    }
