"""What was called: requests of the journal against what was expected of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qsl

import orjson

from mockwright.memory.journal import JournalEntry
from mockwright.shapes.jsontext import dump
from mockwright.shapes.pathpatterns import compile_path
from mockwright.types import MISSING, Json, JsonObject, Missing

_SHOWN: Final = 200
_LISTED: Final = 50


@dataclass(frozen=True, slots=True)
class Expected:
    """One kind of request, and how often it should have come."""

    path: str | None = None
    """A path below the mount, with ``*``, ``**`` and ``{name}``; None is any."""
    method: str | None = None
    status: int | None = None
    query: JsonObject = field(default_factory=dict)
    json: Json | Missing = MISSING
    """What the body holds: objects may have more members, everything else is equal."""
    times: int | None = None
    at_least: int | None = None
    at_most: int | None = None

    @property
    def told(self) -> str:
        """For people: ``POST /orders with {"total": 5}``."""
        what = f"{self.method or 'a request to'} {self.path or 'any path'}"
        if self.query:
            what += f" with the query {_shown(self.query)}"
        if self.json is not MISSING:
            what += f" with {_shown(self.json)}"
        return what if self.status is None else f"{what}, answered {self.status}"

    def allows(self, count: int) -> bool:
        """Whether it may have come so often; at least once where nothing is said."""
        if self.times is not None:
            return count == self.times
        least = self.at_least if self.at_least is not None else int(self.at_most is None)
        return count >= least and (self.at_most is None or count <= self.at_most)

    @property
    def wanted(self) -> str:
        """How often, for people."""
        if self.times is not None:
            return _times(self.times)
        least = "at least once" if self.at_least is None else f"at least {_times(self.at_least)}"
        if self.at_most is None:
            return least
        most = f"at most {_times(self.at_most)}"
        return most if self.at_least is None else f"{least} and {most}"


def verify(
    entries: Sequence[JournalEntry], expected: Sequence[Expected], *, ordered: bool = False
) -> list[str]:
    """What is not as expected, each as a sentence; empty where all is.

    ``ordered``: the first requests of each kind have to come one after the other.
    """
    found = [_matching(entries, one) for one in expected]
    told = [
        f"expected {one.told} {one.wanted}, got {_times(len(matched))}{_why(entries, one, matched)}"
        for one, matched in zip(expected, found, strict=True)
        if not one.allows(len(matched))
    ]
    return told or (_disorder(expected, found) if ordered else [])


def _matching(entries: Sequence[JournalEntry], one: Expected) -> list[int]:
    fits = _fitting(one)
    return [place for place, entry in enumerate(entries) if fits(entry)]


def _fitting(one: Expected) -> Callable[[JournalEntry], bool]:
    pattern = None if one.path is None else compile_path(one.path)

    def fits(entry: JournalEntry) -> bool:
        return (
            (pattern is None or pattern.fullmatch(entry.path) is not None)
            and (one.method is None or entry.method == one.method.upper())
            and (one.status is None or entry.status == one.status)
            and _has_query(entry, one.query)
            and (one.json is MISSING or _holds(_body(entry), one.json))
        )

    return fits


def _has_query(entry: JournalEntry, wanted: JsonObject) -> bool:
    if not wanted:
        return True
    given: dict[str, list[str]] = {}
    for name, value in parse_qsl(entry.query, keep_blank_values=True):
        given.setdefault(name, []).append(value)
    return all(_text(value) in given.get(name, ()) for name, value in wanted.items())


def _text(value: Json) -> str:
    return value if isinstance(value, str) else dump(value).decode()


def _body(entry: JournalEntry) -> Json | Missing:
    """The body as JSON; MISSING where it is none, or was cut."""
    try:
        return orjson.loads(entry.request_body)
    except orjson.JSONDecodeError:
        return MISSING


def _holds(value: Json | Missing, wanted: Json) -> bool:
    """Whether ``value`` is ``wanted``, where objects may have more members."""
    if isinstance(wanted, dict) and isinstance(value, dict):
        return all(name in value and _holds(value[name], part) for name, part in wanted.items())
    if isinstance(wanted, list) and isinstance(value, list):
        pairs = zip(value, wanted, strict=False)
        return len(value) == len(wanted) and all(_holds(one, two) for one, two in pairs)
    if isinstance(value, bool) or isinstance(wanted, bool):
        return value is wanted
    return value is not MISSING and bool(value == wanted)


def _disorder(expected: Sequence[Expected], found: Sequence[Sequence[int]]) -> list[str]:
    last, before = -1, ""
    for one, matched in zip(expected, found, strict=True):
        if not matched:
            continue
        later = next((place for place in matched if place > last), None)
        if later is None:
            return [f"expected {one.told} after {before}, but it came before"]
        last, before = later, one.told
    return []


def _why(entries: Sequence[JournalEntry], one: Expected, matched: Sequence[int]) -> str:
    """What came instead: the requests that differ least."""
    near = Expected(path=one.path, method=None if one.path else one.method)
    others = [entries[i] for i in _matching(entries, near) if i not in matched][:3]
    if not others:
        return ""
    return "; near it: " + "; ".join(_near(entry) for entry in others)


def _near(entry: JournalEntry) -> str:
    query = f"?{entry.query}" if entry.query else ""
    body = entry.request_body[:_SHOWN].decode("utf-8", "replace")
    told = f"{entry.method} {entry.path}{query} -> {entry.status}"
    return f"{told} with {body}" if body else told


def _times(count: int) -> str:
    return {0: "never", 1: "once", 2: "twice"}.get(count, f"{count} times")


def _shown(value: Json) -> str:
    text = dump(value).decode()
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "..."
