"""Differences between two JSON values, for people."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

from mockwright.schema.edit import equal
from mockwright.schema.keywords import escape
from mockwright.types import MISSING, Json, Missing

_SHOWN: Final = 60
"""The most characters of a value that are shown."""
MAX_LINES: Final = 100
"""The most changes that are shown."""


@dataclass(frozen=True, slots=True)
class Change:
    """One place at which two values differ."""

    pointer: str
    before: Json | Missing
    after: Json | Missing

    def line(self) -> str:
        """Return the change for people: ``~ /name: "Ann" -> "Bob"``."""
        at = self.pointer or "/"
        if self.before is MISSING:
            return f"+ {at}: {shown(self.after)}"
        if self.after is MISSING:
            return f"- {at}: {shown(self.before)}"
        return f"~ {at}: {shown(self.before)} -> {shown(self.after)}"


def changes(before: Json | Missing, after: Json | Missing, pointer: str = "") -> Iterator[Change]:
    """Yield each place where the values differ, the smallest there are; items by position."""
    if isinstance(before, dict) and isinstance(after, dict):
        for name in sorted(before.keys() | after.keys()):
            at = f"{pointer}/{escape(name)}"
            yield from changes(before.get(name, MISSING), after.get(name, MISSING), at)
    elif isinstance(before, list) and isinstance(after, list):
        for i in range(max(len(before), len(after))):
            old = before[i] if i < len(before) else MISSING
            new = after[i] if i < len(after) else MISSING
            yield from changes(old, new, f"{pointer}/{i}")
    elif not equal(before, after):
        yield Change(pointer, before, after)


def diff(before: Json | Missing, after: Json | Missing, limit: int = MAX_LINES) -> list[str]:
    """Return a line for each of ``limit`` changes: ``+`` added, ``-`` removed, ``~`` changed."""
    found = list(islice(changes(before, after), limit + 1))
    lines = [change.line() for change in found[:limit]]
    return [*lines, f"... more than {limit} changes"] if len(found) > limit else lines


def shown(value: Json | Missing) -> str:
    """Return a value as JSON, cut where it is long."""
    if value is MISSING:
        return "nothing"
    text = json.dumps(value, ensure_ascii=False, sort_keys=True)
    text = text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "..."
    return text.encode("utf-8", "backslashreplace").decode()
