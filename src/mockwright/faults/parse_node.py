"""A place in a fault script, and what may stand there."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final, NoReturn

from mockwright.errors import FaultScriptError
from mockwright.jsontext import dump
from mockwright.schema.types import is_number
from mockwright.types import Json

_SHOWN: Final = 80
"""The most characters of a value in a message."""
_NUMBER: Final = r"([0-9]{1,9}(?:\.[0-9]{1,9})?)"
# "2", "1.5s", "500 ms". Not "1m".
_DURATION: Final = re.compile(rf"{_NUMBER}\s*(ms|s|)")
# "512B/s", "1KB/s", "2 MiB/s". Not "1KB".
_RATE: Final = re.compile(rf"{_NUMBER}\s*(b|kb|kib|mb|mib)/s", re.IGNORECASE)
_BYTES: Final = {"b": 1, "kb": 1000, "kib": 1024, "mb": 1_000_000, "mib": 1 << 20}
"""Bytes in each unit: KB counts in thousands, KiB in 1024s (IEC 80000-13)."""
_MAX_RATE: Final = 1e9
"""The most bytes in a second."""


@dataclass(frozen=True, slots=True)
class ScriptNode:
    """A value and where it stands. What is not as expected raises :class:`FaultScriptError`."""

    value: Json
    pointer: str = ""
    """A JSON Pointer into the script."""

    def refuse(self, expected: str) -> NoReturn:
        """Raise an error that tells what stands here, and what was expected."""
        try:
            shown = dump(self.value).decode("utf-8", "replace")
        except (TypeError, ValueError):  # of a configuration, whose YAML knows dates and NaN
            shown = repr(self.value)
        shown = shown if len(shown) <= _SHOWN else shown[: _SHOWN - 3] + "..."
        raise FaultScriptError(f"got {shown}, expected {expected}", self.pointer)

    def fail(self, message: str) -> NoReturn:
        """Raise an error that tells what is wrong here."""
        raise FaultScriptError(message, self.pointer)

    def members(self, known: Collection[str], expected: str) -> dict[str, ScriptNode]:
        """Return the members of an object that has no others than ``known``.

        The error for another one offers the nearest name.
        """
        if not isinstance(self.value, dict):
            self.refuse(expected)
        found = {name: self.at(name, value) for name, value in self.value.items()}
        for name, node in found.items():
            if name not in known:
                near = difflib.get_close_matches(str(name).lower(), known, n=1)
                hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(known)}"
                node.fail(f"unknown member; {hint}")
        return found

    def items(self, least: int, most: int, what: str) -> list[ScriptNode]:
        """Return the items of a list of ``least`` to ``most``."""
        expected = f"a list of {least} to {most} {what}"
        if not isinstance(self.value, list | tuple):
            self.refuse(expected)
        if not least <= len(self.value) <= most:
            self.fail(f"got {len(self.value)} {what}, expected {expected}")
        return [self.at(index, value) for index, value in enumerate(self.value)]

    def at(self, step: object, value: Json) -> ScriptNode:
        """Return a place within this one."""
        return ScriptNode(
            value, f"{self.pointer}/{str(step).replace('~', '~0').replace('/', '~1')}"
        )

    def flag(self) -> bool:
        """Return true or false."""
        if not isinstance(self.value, bool):
            self.refuse("true or false")
        return self.value

    def text(self, most: int) -> str:
        """Return a text of at most so many characters."""
        value = self.value
        if not isinstance(value, str) or not 0 < len(value) <= most:
            self.refuse(f"a text of 1 to {most} characters")
        return value

    def integer(self, low: int, high: int) -> int:
        """Return a whole number within bounds."""
        value = self.value
        # In JSON 2.0 is a whole number.
        if is_number(value) and low <= value <= high and value == int(value):
            return int(value)
        return self.refuse(f"an integer from {low} to {high}")

    def number(self, low: float, high: float) -> float:
        """Return a number within bounds."""
        if is_number(self.value) and low <= self.value <= high:
            return float(self.value)
        return self.refuse(f"a number from {low:g} to {high:g}")

    def seconds(self, most: float, least: float = 0.0) -> float:
        """Return a time in seconds, written as ``2``, ``1.5s`` or ``500ms``."""
        value = self.value
        if isinstance(value, str) and (match := _DURATION.fullmatch(value.strip())):
            value = float(match[1]) / (1000 if match[2] == "ms" else 1)
        if is_number(value) and least <= value <= most:
            return float(value)
        return self.refuse(f"a time such as 2, 1.5s or 500ms, from {least:g} to {most:g} seconds")

    def rate(self) -> float:
        """Return bytes in a second: ``512B/s``, ``1KB/s`` (1000 of them), ``1KiB/s`` (1024)."""
        value = self.value
        if isinstance(value, str) and (match := _RATE.fullmatch(value.strip())):
            value = float(match[1]) * _BYTES[match[2].lower()]
        if is_number(value) and 1 <= value <= _MAX_RATE:
            return float(value)
        return self.refuse("bytes in a second such as 512B/s, 1KB/s or 2MB/s, at least 1")
