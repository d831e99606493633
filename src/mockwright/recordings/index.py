"""Entries by what they are asked with."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from mockwright.recordings.ignore import NOTHING, Ignore
from mockwright.recordings.normalize import key_of
from mockwright.recordings.recording import StoredRecording
from mockwright.recordings.request_key import RequestKey

_MAX_IGNORES: Final = 16
"""Ignore lists that are looked up by; a test may bring its own."""


@dataclass(slots=True)
class _Bucket:
    """The entries of one method and path template, which no ignore list can take apart."""

    entries: dict[str, StoredRecording] = field(default_factory=dict)
    _groups: OrderedDict[Ignore, dict[bytes, list[StoredRecording]]] = field(
        default_factory=OrderedDict
    )

    def add(self, stored: StoredRecording) -> None:
        self.entries[stored.file] = stored
        for ignore, groups in self._groups.items():
            _insert(groups, stored.key(ignore), stored)

    def remove(self, stored: StoredRecording) -> None:
        self.entries.pop(stored.file, None)
        for ignore, groups in self._groups.items():
            key = stored.key(ignore)
            groups[key] = [one for one in groups.get(key, ()) if one.file != stored.file]
            if not groups[key]:
                del groups[key]

    def group(self, ignore: Ignore, key: bytes) -> list[StoredRecording]:
        """The answers to equal requests, in turn."""
        groups = self._groups.get(ignore)
        if groups is None:
            groups = self._groups[ignore] = {}
            for stored in self.entries.values():
                _insert(groups, stored.key(ignore), stored)
            if len(self._groups) > _MAX_IGNORES:
                self._groups.popitem(last=False)
        return groups.get(key, [])


class Index:
    """Finds entries by request. Not for several threads."""

    def __init__(self) -> None:
        self._buckets: dict[tuple[str, str], _Bucket] = {}

    def add(self, stored: StoredRecording) -> None:
        """One that is not in it."""
        self._buckets.setdefault(_place(stored.matched), _Bucket()).add(stored)

    def remove(self, stored: StoredRecording) -> None:
        """One that is in it."""
        place = _place(stored.matched)
        self._buckets[place].remove(stored)
        if not self._buckets[place].entries:
            del self._buckets[place]

    def group(self, request_key: RequestKey, ignore: Ignore, key: bytes) -> list[StoredRecording]:
        """All that answer the request, ordered by turn and file."""
        bucket = self._buckets.get(_place(request_key))
        return bucket.group(ignore, key) if bucket else []

    def places(self) -> Iterator[tuple[str, str]]:
        """The methods and path templates there are entries of."""
        return iter(self._buckets)

    def entries(self, place: tuple[str, str]) -> Iterator[StoredRecording]:
        """Those of a method and path template."""
        bucket = self._buckets.get(place)
        return iter(bucket.entries.values() if bucket else ())


def choose(group: list[StoredRecording], key: RequestKey, turn: int) -> StoredRecording | None:
    """Whose turn it is: past the end the last one again, and the one before where one is missing.

    Of several for one turn the one that was asked exactly so, or else the first by name.
    """
    if not group:
        return None
    turns = [one.turn for one in group]
    at = max((t for t in turns if t <= turn), default=min(turns))
    due = [one for one in group if one.turn == at]
    return due[0] if len(due) == 1 else _exact(due, key) or due[0]


def _exact(group: list[StoredRecording], request_key: RequestKey) -> StoredRecording | None:
    key = key_of(request_key)
    return next((one for one in group if one.key(NOTHING) == key), None)


def _place(key: RequestKey) -> tuple[str, str]:
    return key.method, key.template


def _insert(
    groups: dict[bytes, list[StoredRecording]], key: bytes, stored: StoredRecording
) -> None:
    group = groups.setdefault(key, [])
    group.append(stored)
    group.sort(key=lambda one: (one.turn, one.file))
