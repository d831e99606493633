"""How the fields of a chat request are read: each wrong one is a 400 that names it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from mockwright.errors import MockwrightError, ParameterError
from mockwright.jsontext import dump
from mockwright.schema.validate import compile_schema
from mockwright.types import Json, JsonObject

Check: TypeAlias = Callable[[Json, str], Any]
"""The value at a place, read; raises ParameterError."""

NAME: Final = re.compile(r"[A-Za-z0-9_.-]{1,128}")


def wrong(param: str, value: Json, expected: str) -> ParameterError:
    """What is said of a value that cannot be used."""
    shown = dump(value).decode()
    shown = shown if len(shown) <= 80 else shown[:77] + "..."
    return ParameterError(
        f"Invalid value for '{param}': expected {expected}, but got {shown}", param, "invalid_value"
    )


def missing(param: str) -> ParameterError:
    """What is said where a value is not there."""
    return ParameterError(
        f"Missing required parameter: '{param}'.", param, "missing_required_parameter"
    )


def number(least: float, most: float) -> Check:
    """A number within bounds."""

    def check(value: Json, param: str) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise wrong(param, value, "a number")
        if not least <= value <= most:
            raise wrong(param, value, f"a number from {least:g} to {most:g}")
        return value

    return check


def integer(least: int, most: int) -> Check:
    """An integer within bounds; ``3.0`` is one."""

    def check(value: Json, param: str) -> int:
        whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
        if isinstance(value, bool) or not whole:
            raise wrong(param, value, "an integer")
        if not least <= value <= most:
            raise wrong(param, value, f"an integer from {least} to {most}")
        return int(value)

    return check


def boolean(value: Json, param: str) -> bool:
    """``true`` or ``false``."""
    if not isinstance(value, bool):
        raise wrong(param, value, "a boolean")
    return value


def text(value: Json, param: str) -> str:
    """Any string."""
    if not isinstance(value, str):
        raise wrong(param, value, "a string")
    return value


def mapping(value: Json, param: str) -> JsonObject:
    """Any object."""
    if not isinstance(value, dict):
        raise wrong(param, value, "an object")
    return value


def sequence(value: Json, param: str, *, least: int = 0, most: int = 10_000) -> list[Json]:
    """A list with a bounded number of items."""
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
    """One of some words."""

    def check(value: Json, param: str) -> str:
        if value not in known:
            raise wrong(param, value, "one of " + ", ".join(map(repr, known)))
        return str(value)

    return check


def stops(most: int) -> Check:
    """Up to so many strings, or one alone."""

    def check(value: Json, param: str) -> tuple[str, ...]:
        listed = [value] if isinstance(value, str) else sequence(value, param, most=most)
        return tuple(text(one, f"{param}[{i}]") for i, one in enumerate(listed))

    return check


def schema(value: Json, param: str) -> JsonObject | bool:
    """A JSON Schema that can be used; raises ParameterError with the place of the fault."""
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
    """The name of a tool or a schema."""
    if not isinstance(value, str) or not NAME.fullmatch(value):
        raise wrong(param, value, "a name of letters, digits, underscores, dashes and dots")
    return value


def read(body: JsonObject, checks: Mapping[str, Check]) -> JsonObject:
    """The fields of ``body`` that are known and not null, each read."""
    return {
        key: check(body[key], key) for key, check in checks.items() if body.get(key) is not None
    }
