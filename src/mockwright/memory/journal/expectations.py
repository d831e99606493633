"""Verification of calls: requests in the journal against the requests that a test expects."""

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
"""Characters of a body or value that a message shows."""
_GZIP: Final = b"\x1f\x8b"
"""The first bytes of gzip data (RFC 1952, section 2.3.1)."""
_MAX_UNZIPPED: Final = 2**24
"""Bytes that a compressed body may unpack to."""
# What `entry.cut` ends a body with: `…[cut: 1200 bytes]`.
_CUT: Final = re.compile(rb"\[cut: \d+ bytes\]\Z")
_CUT_CHARS: Final = 40
"""The mark is at the end and shorter than this, so that large bodies need not be searched."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """One kind of request, and how often it must have come."""

    path: str | None = None
    """A path below the mount, with ``*``, ``**`` and ``{name}``; None for any."""
    method: str | None = None
    status: int | None = None
    query: JsonObject = field(default_factory=dict)
    """Parameters it must have: one of the values, a list of all values in order, or None for
    none."""
    json: Json | Missing = MISSING
    """What the body must contain: objects may have more members, everything else must be equal."""
    times: int | None = None
    at_least: int | None = None
    at_most: int | None = None

    @property
    def description(self) -> str:
        """What is expected, for people: ``POST /orders with {"total": 5}``."""
        what = f"{self.method or 'a request to'} {self.path or 'any path'}"
        if self.query:
            what += f" with the query {_shown(self.query)}"
        if self.json is not MISSING:
            what += f" with {_shown(self.json)}"
        return what if self.status is None else f"{what}, answered {self.status}"

    def allows(self, count: int) -> bool:
        """Whether it may have come ``count`` times; without bounds, at least once."""
        if self.times is not None:
            return count == self.times
        # "At most twice" by itself includes "never".
        least = self.at_least if self.at_least is not None else int(self.at_most is None)
        return count >= least and (self.at_most is None or count <= self.at_most)

    @property
    def wanted(self) -> str:
        """How often it must come, for people: ``at least once``."""
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
    """Return what is not as expected, each as a sentence; an empty list if everything is.

    With ``ordered``, the first requests of each kind must have come one after the other.
    ``dropped`` requests came as well, but the journal no longer has them: an expectation that they
    could decide counts as not met.
    """
    found = [_matching_places(entries, one) for one in expected]
    told = [
        sentence
        for one, matched in zip(expected, found, strict=True)
        if (sentence := _mismatch(entries, one, matched, dropped)) is not None
    ]
    if told or not ordered:
        return told
    if dropped:
        return [f"the order is not known: {_describe_dropped(dropped)}"]
    return _order_mismatch(expected, found)


def _mismatch(
    entries: Sequence[JournalEntry], one: Expectation, matched: Sequence[int], dropped: int
) -> str | None:
    """Return what is wrong with the requests of one kind; None if nothing is, whatever is not
    known."""
    fits = _build_filter(replace(one, json=MISSING))
    unread = [] if one.json is MISSING else [e for e in entries if fits(e) and _is_unread(e)]
    # Requests that cannot be judged may all be of this kind, or none of them.
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
            told += f", but {_describe_dropped(dropped)}"
    return told + _describe_near(entries, one, matched)


def _describe_dropped(dropped: int) -> str:
    return (
        f"{dropped} request{'s are' if dropped > 1 else ' is'} no longer in the journal "
        "(journal.max_entries, journal.max_bytes)"
    )


def _matching_places(entries: Sequence[JournalEntry], one: Expectation) -> list[int]:
    fits = _build_filter(one)
    return [place for place, entry in enumerate(entries) if fits(entry)]


def _build_filter(one: Expectation) -> Callable[[JournalEntry], bool]:
    pattern = None if one.path is None else compile_path(one.path)

    def fits(entry: JournalEntry) -> bool:
        return (
            (pattern is None or pattern.fullmatch(entry.path) is not None)
            and (one.method is None or entry.method == one.method.upper())
            and (one.status is None or entry.status == one.status)
            and _has_query(entry, one.query)
            and (one.json is MISSING or _contains(_body(entry), one.json))
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
    """Whether a parameter has the wanted value among its own.

    A list stands for all values there are, in order, and null for none.
    """
    if wanted is None:
        return not given
    if isinstance(wanted, list):
        return given == [_text(one) for one in wanted]
    return _text(wanted) in given


def _text(value: Json) -> str:
    return value if isinstance(value, str) else dump(value).decode()


def _body(entry: JournalEntry) -> Json | Missing:
    """Return a body as JSON, in any Unicode encoding; MISSING where it is not JSON, or was cut."""
    body = entry.request_body
    if body.startswith(_GZIP):
        body = _unzipped(body)
    try:
        # Not by orjson, which turns integers over 64 bits into floats and reads only UTF-8.
        found: Json = json.loads(body)
    except (ValueError, RecursionError):
        return MISSING
    return found


def _is_unread(entry: JournalEntry) -> bool:
    """Whether there is a body that cannot be compared with what was expected."""
    body, headers = entry.request_body, dict(entry.headers)
    cut = _CUT.search(body[-_CUT_CHARS:]) is not None
    return cut or (b"content-encoding" in headers and bool(body) and _body(entry) is MISSING)


def _unzipped(body: bytes) -> bytes:
    try:
        return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(body, _MAX_UNZIPPED)
    except zlib.error:
        return b""


def _contains(value: Json | Missing, wanted: Json) -> bool:
    """Whether ``value`` is ``wanted``; its objects may have more members."""
    if isinstance(wanted, dict) and isinstance(value, dict):
        return all(name in value and _contains(value[name], part) for name, part in wanted.items())
    if isinstance(wanted, list) and isinstance(value, list):
        pairs = zip(value, wanted, strict=False)
        return len(value) == len(wanted) and all(_contains(one, two) for one, two in pairs)
    # In Python True == 1, in JSON it is not.
    if isinstance(value, bool) or isinstance(wanted, bool):
        return value is wanted
    return value is not MISSING and bool(value == wanted)


def _order_mismatch(expected: Sequence[Expectation], found: Sequence[Sequence[int]]) -> list[str]:
    last, before = -1, ""
    for one, matched in zip(expected, found, strict=True):
        if not matched:
            continue
        later = next((place for place in matched if place > last), None)
        if later is None:
            return [f"expected {one.description} after {before}, but it came before"]
        last, before = later, one.description
    return []


def _describe_near(
    entries: Sequence[JournalEntry], one: Expectation, matched: Sequence[int]
) -> str:
    """Return what came instead: the requests to the same path, or with the same method."""
    near = Expectation(path=one.path, method=None if one.path else one.method)
    others = [entries[i] for i in _matching_places(entries, near) if i not in matched][:3]
    if not others:
        return ""
    return "; near it: " + "; ".join(_describe_entry(entry) for entry in others)


def _describe_entry(entry: JournalEntry) -> str:
    query = f"?{entry.query}" if entry.query else ""
    body = entry.request_body[:_SHOWN].decode("utf-8", "replace")
    told = f"{entry.method} {entry.path}{query} -> {entry.status}"
    return f"{told} with {body}" if body else told


def _times(count: int) -> str:
    return {0: "never", 1: "once", 2: "twice"}.get(count, f"{count} times")


def _shown(value: Json) -> str:
    text = dump(value).decode()
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "..."
