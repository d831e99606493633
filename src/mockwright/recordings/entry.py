"""One entry of a lock folder, as it is written and read.

``{"meta": {...}, "request": {...}, "response": {...}}``; what has its usual value is not written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, NoReturn

from mockwright.errors import BrokenRecordingError
from mockwright.recordings import json_text as text
from mockwright.recordings.normalize import name_hash
from mockwright.recordings.request_key import RecordedResponse, RequestKey
from mockwright.types import MISSING, Json, JsonObject

MAX_TURN: Final = 10_000
"""The greatest turn of an entry."""
HASH_DIGITS: Final = 12
"""The digits of the hash in a file's name; more where two would be called the same."""
_SLUG: Final = 60
"""The most characters of a path in a file's name."""
_TOP: Final = frozenset({"meta", "request", "response"})
_REQUEST: Final = frozenset({"method", "path", "query", "body", "shape", "controls", "turn"})
_RESPONSE: Final = frozenset({"status", "headers", "body"})
_META: Final = frozenset({"backend", "model", "prompt_sha256", "cost_usd", "recorded_at"})
# "GET", "PURGE". Not "get": methods are case-sensitive (RFC 9110, section 9.1).
_METHOD: Final = re.compile(r"[A-Z]{1,20}")
# A token (RFC 9110, section 5.6.2): "x-request-id", "ETag". Not "x id".
_FIELD_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}")
# A field value (RFC 9110, section 5.5) in ASCII: "text/html; q=1", "". Not " a", nor anything with
# a line break, which would begin another field.
_FIELD_VALUE: Final = re.compile(r"(?:[!-~](?:[ -~\t]*[!-~])?)?")


@dataclass(frozen=True, slots=True)
class RecordingEntry:
    """A request and its answer."""

    asked: RequestKey
    answer: RecordedResponse
    turn: int = 1
    """Which of the answers to equal requests this is; 1 is the first."""

    def same_as(self, other: RecordingEntry) -> bool:
        """Whether another entry says nothing new; when it was made and what it cost is no news."""
        mine, others = (
            replace(one.answer, recorded_at=None, cost_usd=0.0) for one in (self, other)
        )
        return text.stable(_response_json(mine)) == text.stable(_response_json(others)) and (
            _meta_json(mine) == _meta_json(others)
        )


def write_entry(entry: RecordingEntry) -> bytes:
    """Return an entry as the bytes of a file; raise ValueError for numbers JSON does not have."""
    meta = _meta_json(entry.answer)
    return text.pretty(
        {
            "request": _request_json(entry),
            "response": _response_json(entry.answer),
            **({"meta": meta} if meta else {}),
        }
    )


def read_entry(data: bytes, file: str) -> RecordingEntry:
    """Return the entry in a file's bytes.

    Raises :class:`BrokenRecordingError`, which says what is wrong and where.
    """
    try:
        value = text.read(data)
    except ValueError as error:
        raise BrokenRecordingError(f"{file}: {error}", file) from None
    node = _Node(value, file, "")
    node.members(_TOP, required=("request", "response"))
    request = node.object("request")
    turn = request.members(_REQUEST, required=("method", "path")).integer("turn", 1, 1, MAX_TURN)
    return RecordingEntry(_read_asked(request), _read_answer(node), turn)


def file_name(entry: RecordingEntry, digits: int = HASH_DIGITS) -> str:
    """Return the name of an entry's file: ``get-users-42-5f0c1d2e3a4b.json``.

    ``...-2.json`` is the second of a sequence.
    """
    # "/users/42?" becomes "users-42": safe on every file system, and readable in a diff.
    slug = re.sub(r"[^a-z0-9]+", "-", entry.asked.path.lower())[:_SLUG].strip("-") or "root"
    end = "" if entry.turn == 1 else f"-{entry.turn}"
    return f"{entry.asked.method.lower()}-{slug}-{name_hash(entry.asked)[:digits]}{end}.json"


def is_name_of(file: str, entry: RecordingEntry) -> bool:
    """Whether a file is called as its content says, with a hash of whatever length."""
    # 32 digits are the whole hash.
    return any(file == file_name(entry, digits) for digits in range(HASH_DIGITS, 33))


def _request_json(entry: RecordingEntry) -> JsonObject:
    asked = entry.asked
    query: dict[str, Any] = {}
    for name, value in asked.query:
        query.setdefault(name, []).append(value)
    return {
        "method": asked.method,
        "path": asked.path,
        **({"query": {k: v[0] if len(v) == 1 else v for k, v in query.items()}} if query else {}),
        **({} if asked.body is MISSING else {"body": asked.body}),
        **({} if asked.shape is None else {"shape": asked.shape}),
        **({"controls": asked.controls} if asked.controls else {}),
        **({} if entry.turn == 1 else {"turn": entry.turn}),
    }


def _response_json(answer: RecordedResponse) -> JsonObject:
    return {
        "status": answer.status,
        **({"headers": answer.headers} if answer.headers else {}),
        **({} if answer.body is MISSING else {"body": answer.body}),
    }


def _meta_json(answer: RecordedResponse) -> JsonObject:
    given = {name: getattr(answer, name) for name in _META}
    return {name: value for name, value in given.items() if value not in ("", None, 0.0)}


def _read_asked(node: _Node) -> RequestKey:
    path = node.text("path")
    if not path.startswith("/"):
        node.fail("path", "a path that starts with /")
    method = node.text("method")
    if not _METHOD.fullmatch(method):
        node.fail("method", "a method in capitals, as GET")
    return RequestKey(
        method=method,
        path=path,
        query=tuple(_pairs(node.object("query"))),
        body=node.value.get("body", MISSING),
        shape=_shape(node),
        controls=node.object("controls").value,
    )


def _pairs(query: _Node) -> Iterator[tuple[str, str]]:
    for name, given in query.value.items():
        values = given if isinstance(given, list) else [given]
        for value in values:
            if not isinstance(value, str):
                query.fail(name, "a text, or a list of texts")
            yield name, value


def _shape(node: _Node) -> JsonObject | bool | None:
    shape: Json = node.value.get("shape")
    if shape is not None and not isinstance(shape, (dict, bool)):
        node.fail("shape", "a JSON Schema")
    return shape


def _read_answer(top: _Node) -> RecordedResponse:
    node = top.object("response").members(_RESPONSE)
    meta = top.object("meta").members(_META)
    return RecordedResponse(
        body=node.value.get("body", MISSING),
        status=node.integer("status", 200, 100, 599),
        headers=dict(_headers(node.object("headers"))),
        backend=meta.text("backend", ""),
        model=meta.text("model", ""),
        prompt_sha256=meta.text("prompt_sha256", "") or None,
        cost_usd=_cost(meta),
        recorded_at=_recorded_at(meta),
    )


def _headers(node: _Node) -> Iterator[tuple[str, str]]:
    for name, value in node.value.items():
        good = isinstance(value, str) and _FIELD_VALUE.fullmatch(value)
        if not good or not _FIELD_NAME.fullmatch(name):
            node.fail(name, "the name and the value of a header field, in one line of ASCII")
        yield name, value


def _cost(meta: _Node) -> float:
    cost = meta.value.get("cost_usd", 0.0)
    if isinstance(cost, bool) or not isinstance(cost, (int, float)) or cost < 0:
        meta.fail("cost_usd", "a number of USD")
    return cost


def _recorded_at(meta: _Node) -> str | None:
    date = meta.text("recorded_at", "")
    try:
        return date if date and datetime.fromisoformat(date) else None
    except ValueError:
        meta.fail("recorded_at", "a date and time by ISO 8601")


@dataclass(frozen=True, slots=True)
class _Node:
    """An object of an entry, with its place for messages about it."""

    value: Any
    file: str
    pointer: str

    def fail(self, name: str, expected: str) -> NoReturn:
        """Raise :class:`BrokenRecordingError` for a member."""
        place = f"{self.pointer}/{name}" if name else self.pointer
        shown = self.value.get(name, "nothing") if isinstance(self.value, dict) else self.value
        got = repr(shown)
        got = got if len(got) <= 60 else got[:57] + "..."
        message = f"{self.file}: {place or '/'}: got {got}, expected {expected}"
        raise BrokenRecordingError(message, self.file)

    def members(self, known: frozenset[str], required: tuple[str, ...] = ()) -> _Node:
        """Return the node itself, if it is an object with no other members than these."""
        if not isinstance(self.value, dict):
            self.fail("", f"an object with {', '.join(sorted(known))}")
        for name in required:
            if name not in self.value:
                self.fail(name, "it to be there")
        for name in self.value:
            if name not in known:
                self.fail(name, f"only {', '.join(sorted(known))}")
        return self

    def object(self, name: str) -> _Node:
        """Return a member that is an object; an empty one where there is none."""
        value = self.value.get(name, {})
        if not isinstance(value, dict):
            self.fail(name, "an object")
        return _Node(value, self.file, f"{self.pointer}/{name}")

    def text(self, name: str, usual: str | None = None) -> str:
        """Return a member that is a text."""
        value = self.value.get(name, usual)
        if not isinstance(value, str):
            self.fail(name, "a text")
        return value

    def integer(self, name: str, usual: int, least: int, most: int) -> int:
        """Return a member that is a whole number within bounds."""
        value = self.value.get(name, usual)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            self.fail(name, f"a whole number from {least} to {most}")
        return value
