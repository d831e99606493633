"""Normalization: requests in the form in which they are compared, with only what counts."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Final

from mockwright.jsontext import canonical
from mockwright.recordings.ignore import ANY, NOTHING, Ignore
from mockwright.recordings.json_text import stable
from mockwright.recordings.request_key import RequestKey
from mockwright.schema.keywords import escape
from mockwright.shapes.rest.url_path import split_path
from mockwright.types import MISSING, Json, JsonObject

DIGEST: Final = 16
"""The bytes of a key."""
_Rules = tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class NormalizedRequest:
    """The parts of a request that count."""

    method: str
    path: str
    query: dict[str, list[str | None]]
    """Values by name; None stands for a value that does not count."""
    body: list[Json]
    """The body as the only item; empty without a body."""
    marks: list[str]
    """Pointers into the body, where a null stands for what does not count."""
    shape: JsonObject | bool | None
    controls: JsonObject

    def to_json(self) -> Json:
        """Return the request as JSON, for hashing."""
        # The order is part of the hash, and so of the names of files: it never changes.
        return [
            *(self.method, self.path, self.query, self.body),
            *(sorted(self.marks), self.shape, self.controls),
        ]


def normalize(key: RequestKey, ignore: Ignore = NOTHING) -> NormalizedRequest:
    """Return ``key`` without what ``ignore`` names."""
    body, marks = [] if key.body is MISSING else [key.body], list[str]()
    if ignore.in_body and body:
        walk = _Walk(ignore, marks)
        body = [walk.value("", body[0], tuple(ignore.body), "")]
    skipped = ignore.controls
    controls = {
        name: value
        for name, value in key.controls.items()
        if name not in skipped and ANY not in skipped
    }
    return NormalizedRequest(
        method=key.method,
        path=_path_without_ids(key) if ignore.ids else key.path,
        query=_query_values(key, ignore),
        body=[number_free(body[0])] if body else [],
        marks=marks,
        shape=key.shape,
        controls=number_free(controls),
    )


def key_of(key: RequestKey, ignore: Ignore = NOTHING) -> bytes:
    """Return a key that is the same for requests of which all that counts is equal."""
    return blake2b(canonical(normalize(key, ignore).to_json()), digest_size=DIGEST).digest()


def name_hash(key: RequestKey) -> str:
    """Return a hash of everything, in hexadecimal, that never changes between versions."""
    return blake2b(stable(normalize(key).to_json()), digest_size=DIGEST).hexdigest()


def number_free(value: Json) -> Json:
    """Return a copy in which equal numbers are written alike: ``1.0`` as ``1``."""
    if isinstance(value, float):
        return int(value) if value.is_integer() else value
    if isinstance(value, dict):
        copy = {}
        for name, item in value.items():
            copy[name] = number_free(item)
        return copy
    if isinstance(value, list):
        items = []
        for item in value:
            items.append(number_free(item))  # noqa: PERF401  a comprehension doubles the frames
        return items
    return value


def _path_without_ids(key: RequestKey) -> str:
    """Return the path with its ids taken out; its dates stay."""
    segments, variable = split_path(key.path), split_path(key.template)
    if len(segments) != len(variable):
        return key.path
    pairs = zip(segments, variable, strict=True)
    return "/" + "/".join("{id}" if v.startswith("{id") else s for s, v in pairs)


def _query_values(key: RequestKey, ignore: Ignore) -> dict[str, list[str | None]]:
    """Return values by name; the order of pairs counts only where they have the same name."""
    query: dict[str, list[str | None]] = {}
    if ANY in ignore.query:
        return query
    for name, value in key.query:
        if name not in ignore.query:
            kept = None if ignore.skips(name, value) else value
            query.setdefault(name, []).append(kept)
    return query


@dataclass(slots=True)
class _Walk:
    """Takes out of a body what does not count: members altogether, items and values by a null."""

    ignore: Ignore
    marks: list[str] = field(default_factory=list)

    def value(self, name: str, value: Json, rules: _Rules, pointer: str) -> Json:
        """Return what of ``value`` counts.

        One frame a level: bodies may be half as deep as the stack.
        """
        if isinstance(value, dict):
            members = {}
            for key, item in value.items():
                left = _below(rules, key)
                if () not in left:
                    members[key] = self.value(key, item, left, f"{pointer}/{escape(key)}")
            return members
        if isinstance(value, list):
            items: list[Json] = []
            for i, item in enumerate(value):
                left, at = _below(rules, str(i)), f"{pointer}/{i}"
                items.append(self._mark(at) if () in left else self.value(name, item, left, at))
            return items
        return self._mark(pointer) if self.ignore.skips(name, value) else value

    def _mark(self, pointer: str) -> Json:
        """Note a pointer, and return what stands for what does not count."""
        self.marks.append(pointer)
        return None


def _below(rules: _Rules, step: str) -> _Rules:
    return tuple(rule[1:] for rule in rules if rule[0] in (step, ANY))
