"""What was called: requests of the journal against what was expected of them."""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final
from urllib.parse import parse_qsl

from mockwright.jsontext import dump
from mockwright.memory.journal.journal import JournalEntry
from mockwright.shapes.rest.path_pattern import compile_path
from mockwright.types import MISSING, Json, JsonObject, Missing

_SHOWN: Final = 200
_GZIP: Final = b"\x1f\x8b"
_MAX_UNZIPPED: Final = 2**24
_CUT: Final = re.compile(rb"\[cut: \d+ bytes\]\Z")
_CUT_CHARS: Final = 40


@dataclass(frozen=True, slots=True)
class Expectation:
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
    def description(self) -> str:
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
    entries: Sequence[JournalEntry],
    expected: Sequence[Expectation],
    *,
    ordered: bool = False,
    dropped: int = 0,
) -> list[str]:
    """What is not as expected, each as a sentence; empty where all is.

    ``ordered``: the first requests of each kind have to come one after the other. ``dropped`` came
    as well, and nobody knows what they were: what hangs on them is not as expected.
    """
    found = [_matching(entries, one) for one in expected]
    told = [
        sentence
        for one, matched in zip(expected, found, strict=True)
        if (sentence := _judged(entries, one, matched, dropped)) is not None
    ]
    if told or not ordered:
        return told
    if dropped:
        return [f"the order is not known: {_lost(dropped)}"]
    return _disorder(expected, found)


def _judged(
    entries: Sequence[JournalEntry], one: Expectation, matched: Sequence[int], dropped: int
) -> str | None:
    """What is wrong with the requests of one kind; None where nothing is, whatever is not known."""
    fits = _fitting(replace(one, json=MISSING))
    unread = [] if one.json is MISSING else [e for e in entries if fits(e) and _is_unread(e)]
    most = len(matched) + len(unread) + dropped
    if one.allows(len(matched)) and one.allows(most):
        return None
    told = f"expected {one.description} {one.wanted}, got {_times(len(matched))}"
    if one.allows(len(matched)) or one.allows(most):
        if unread:
            told += (
                f", and {len(unread)} with a body that cannot be compared: it was cut "
                "(journal.max_body_bytes), or is compressed in a way that is not read here"
            )
        if dropped:
            told += f", but {_lost(dropped)}"
    return told + _why(entries, one, matched)


def _lost(dropped: int) -> str:
    return (
        f"{dropped} request{'s are' if dropped > 1 else ' is'} no longer in the journal "
        "(journal.max_entries, journal.max_bytes)"
    )


def _matching(entries: Sequence[JournalEntry], one: Expectation) -> list[int]:
    fits = _fitting(one)
    return [place for place, entry in enumerate(entries) if fits(entry)]


def _fitting(one: Expectation) -> Callable[[JournalEntry], bool]:
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
    return all(_has_parameter(given.get(name, []), value) for name, value in wanted.items())


def _has_parameter(given: list[str], wanted: Json) -> bool:
    """A list is all the values there are, in order; null is none; else it is one of them."""
    if wanted is None:
        return not given
    if isinstance(wanted, list):
        return given == [_text(one) for one in wanted]
    return _text(wanted) in given


def _text(value: Json) -> str:
    return value if isinstance(value, str) else dump(value).decode()


def _body(entry: JournalEntry) -> Json | Missing:
    """The body as JSON, in any encoding of Unicode; MISSING where it is none, or was cut."""
    body = entry.request_body
    if body.startswith(_GZIP):
        body = _unzipped(body)
    try:
        # Not by orjson: it makes floats of integers over 64 bits, and knows UTF-8 alone.
        found: Json = json.loads(body)
    except (ValueError, RecursionError):
        return MISSING
    return found


def _is_unread(entry: JournalEntry) -> bool:
    """Whether there is a body of which nobody can say whether it is what was expected."""
    body, headers = entry.request_body, dict(entry.headers)
    cut = _CUT.search(body[-_CUT_CHARS:]) is not None
    return cut or (b"content-encoding" in headers and bool(body) and _body(entry) is MISSING)


def _unzipped(body: bytes) -> bytes:
    try:
        return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(body, _MAX_UNZIPPED)
    except zlib.error:
        return b""


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


def _disorder(expected: Sequence[Expectation], found: Sequence[Sequence[int]]) -> list[str]:
    last, before = -1, ""
    for one, matched in zip(expected, found, strict=True):
        if not matched:
            continue
        later = next((place for place in matched if place > last), None)
        if later is None:
            return [f"expected {one.description} after {before}, but it came before"]
        last, before = later, one.description
    return []


def _why(entries: Sequence[JournalEntry], one: Expectation, matched: Sequence[int]) -> str:
    """What came instead: the requests that differ least."""
    near = Expectation(path=one.path, method=None if one.path else one.method)
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
