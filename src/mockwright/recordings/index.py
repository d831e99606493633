"""The index of entries by what they are asked with."""

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
"""The most ignore lists that entries are grouped by; a test may bring its own."""


@dataclass(slots=True)
class _Bucket:
    """The entries of one method and path template, which no ignore list can take apart."""

    entries: dict[str, StoredRecording] = field(default_factory=dict)
    """The entries by file."""
    _groups: OrderedDict[Ignore, dict[bytes, list[StoredRecording]]] = field(
        default_factory=OrderedDict
    )
    """By ignore list and key, the entries that answer equal requests."""

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
        """Return the answers to equal requests, in turn; groups are made when first asked for."""
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
        """Add an entry that is not in the index."""
        self._buckets.setdefault(_place_of(stored.matched), _Bucket()).add(stored)

    def remove(self, stored: StoredRecording) -> None:
        """Remove an entry that is in the index."""
        place = _place_of(stored.matched)
        self._buckets[place].remove(stored)
        if not self._buckets[place].entries:
            del self._buckets[place]

    def group(self, request_key: RequestKey, ignore: Ignore, key: bytes) -> list[StoredRecording]:
        """Return all entries that answer the request, ordered by turn and file."""
        bucket = self._buckets.get(_place_of(request_key))
        return bucket.group(ignore, key) if bucket else []

    def places(self) -> Iterator[tuple[str, str]]:
        """Yield the methods and path templates there are entries of."""
        return iter(self._buckets)

    def entries(self, place: tuple[str, str]) -> Iterator[StoredRecording]:
        """Yield the entries of a method and path template."""
        bucket = self._buckets.get(place)
        return iter(bucket.entries.values() if bucket else ())


def choose(group: list[StoredRecording], key: RequestKey, turn: int) -> StoredRecording | None:
    """Return the entry whose turn it is.

    Past the end it is the last one again, and the one before where one is missing. Of several for
    one turn it is the one that was asked exactly so, or else the first by name.
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


def _place_of(key: RequestKey) -> tuple[str, str]:
    return key.method, key.template


def _insert(
    groups: dict[bytes, list[StoredRecording]], key: bytes, stored: StoredRecording
) -> None:
    group = groups.setdefault(key, [])
    group.append(stored)
    group.sort(key=lambda one: (one.turn, one.file))
