"""The journal: what happened to past requests, bounded by number and by bytes.

Recording keeps raw pieces, cut to size; making them readable and taking out secrets waits until
someone reads. Nothing leaves this module that has not been through the redactor.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import chain, islice
from typing import Final, NamedTuple, TypeAlias

from mockwright.memory.journal.entry import Record, build_record, cut
from mockwright.memory.journal.redact import Redactor
from mockwright.settings import JournalSettings
from mockwright.shapes.rest.path_pattern import compile_path
from mockwright.types import JsonObject, Trace

_HIT_BYTES: Final = 700
"""What an entry without bodies takes in memory, measured."""
_MAX_DROPPED: Final = 10_000
"""Tests of which it is known that they lost requests."""
Raw: TypeAlias = bytes
"""Bytes as they came in the request, decoded only when someone reads."""


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One request, as its surface hands it over."""

    id: str
    at: float
    """Unix time at which it came."""
    method: str
    path: str
    query: str = ""
    test: str = ""
    """The id of its test; empty for none."""
    fault: str = ""
    """The name of the fault that was applied; empty for none."""
    status: int | None = None
    """None while it is in progress."""
    latency: float = 0.0
    """Seconds until the last byte of the answer."""
    cache: str = ""
    backend: str = ""
    seed: str | None = None
    quality: float | None = None
    filled: int = 0
    cost_usd: float = 0.0
    headers: Sequence[tuple[bytes, bytes]] = ()
    request_body: bytes = b""
    response_body: bytes = b""
    trace: Trace | None = None
    error: str | None = None
    """The code of the problem that it was answered with."""


class _StoredEntry(NamedTuple):
    entry: JournalEntry
    size: int
    record: Record | None = None


class _StoredHit(NamedTuple):
    """A request that was answered from stored bytes; it becomes an entry when someone reads it."""

    id: str
    at: float
    method: str
    path: str
    query: bytes
    test: str
    latency: float
    cache: str
    backend: str
    body: bytes
    size: int
    record: None = None

    @property
    def entry(self) -> JournalEntry:
        return JournalEntry(
            id=self.id,
            at=self.at,
            method=self.method,
            path=self.path,
            query=self.query.decode("ascii", "replace"),
            test=self.test,
            status=200,
            latency=self.latency,
            cache=self.cache,
            backend=self.backend,
            request_body=self.body,
        )


class Journal:
    """The latest requests, of which the oldest is dropped first; ``max_entries`` 0 keeps none."""

    def __init__(self, settings: JournalSettings, redactor: Redactor | None = None) -> None:
        self._limits = settings
        self.redactor = redactor or Redactor()
        self._entries: OrderedDict[str, _StoredEntry | _StoredHit] = OrderedDict()
        self._bytes = 0
        self._running: dict[str, JournalEntry] = {}
        self._forgotten: set[str] = set()
        """Ids of requests that were cleared while in progress, and must not be kept when they
        end."""
        self._dropped: OrderedDict[str, int] = OrderedDict()
        """How many requests of each test are no longer kept; the test that lost one last comes
        last."""

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def bytes(self) -> int:
        """Bytes in memory, by estimate."""
        return self._bytes

    def begin(self, entry: JournalEntry) -> None:
        """Show a request while it is in progress, until it is recorded.

        Its trace is read whenever someone looks, not before.
        """
        # Requests that never end, such as streams that nobody reads, must not fill the memory.
        if len(self._running) < self._limits.max_entries:
            self._running[entry.id] = entry

    def record(self, entry: JournalEntry) -> None:
        """Keep an entry; it replaces one with the same id, such as one in progress."""
        self._running.pop(entry.id, None)
        if entry.id in self._forgotten:
            self._forgotten.remove(entry.id)
            return
        if not self._limits.max_entries:
            self._note_dropped(entry.test)
            return
        limit = self._limits.max_body_bytes
        record = build_record(entry.trace, limit) if entry.trace is not None else None
        entry = replace(
            entry,
            path=entry.path[:limit],
            query=entry.query[:limit],
            headers=tuple((name, value[:limit]) for name, value in entry.headers),
            request_body=cut(entry.request_body, limit),
            response_body=cut(entry.response_body, limit),
            error=None if entry.error is None else entry.error[:limit],
            trace=None,
        )
        size = _size(entry) + (record.size if record is not None else 0)
        self._keep(entry.id, _StoredEntry(entry, size, record))

    def record_hit(
        self,
        request_id: str,
        at: float,
        method: str,
        path: str,
        latency: float,
        cache: str = "hit",
        backend: str = "",
        query: Raw = b"",
        test: str = "",
        body: Raw = b"",
    ) -> None:
        """Keep a request that was answered from stored bytes; this costs less than
        :meth:`record`."""
        limit = self._limits.max_body_bytes
        if not self._limits.max_entries:
            self._note_dropped(test)
            return
        path, query = path[:limit], query[:limit]
        body = body if len(body) <= limit else cut(body, limit)
        size = _HIT_BYTES + len(path) + len(query) + len(body)
        hit = _StoredHit(
            request_id, at, method, path, query, test, latency, cache, backend, body, size
        )
        self._keep(request_id, hit)

    def get(self, request_id: str) -> JsonObject | None:
        """Return everything about a request, without secrets; None where it is not, or no longer,
        kept."""
        kept = self._running_as_kept(request_id) or self._entries.get(request_id)
        if kept is None:
            return None
        entry, text = kept.entry, self.redactor.text
        shown = self._summary(entry)
        shown["seed"] = entry.seed
        shown["quality"] = entry.quality
        shown["filled"] = entry.filled
        shown["request"] = {
            "headers": self.redactor.headers(entry.headers),
            "body": text(entry.request_body.decode("utf-8", "replace")),
        }
        shown["response"] = {"body": text(entry.response_body.decode("utf-8", "replace"))}
        if kept.record is not None:
            shown |= kept.record.render(text)
        return shown

    def drawings(self, request_id: str) -> tuple[str, ...] | None:
        """Return drawings of what was computed for a request, as SVG, one for each list.

        None where the request is not kept, or was answered from stored bytes.
        """
        kept = self._running_as_kept(request_id) or self._entries.get(request_id)
        if kept is None or kept.record is None:
            return None
        return tuple(self.redactor.text(it.svg()) for it in kept.record.computed)

    def list(
        self,
        path: str | None = None,
        status: int | None = None,
        backend: str | None = None,
        limit: int = 50,
        before: str | None = None,
        *,
        method: str | None = None,
        test: str | None = None,
    ) -> list[JsonObject]:
        """Return summaries of the requests that fit all filters, the latest first.

        ``path`` is the beginning of a path, or a pattern if it has a ``*`` or a ``{name}``.
        ``before`` is the last id of the previous page; an unknown one gives an empty page.
        """
        ended = (kept.entry for kept in reversed(self._entries.values()))
        entries = chain(reversed(self._running.values()), ended)
        fits = _path_filter(path)
        chosen = (
            entry
            for entry in _after(entries, before)
            if fits(entry.path)
            and (status is None or entry.status == status)
            and (method is None or entry.method == method.upper())
            and (test is None or entry.test == test)
            and (backend is None or backend.lower() in entry.backend.lower().split(", "))
        )
        return [self._summary(entry) for entry in islice(chosen, max(0, limit))]

    def of_test(self, test: str | None) -> Sequence[JournalEntry]:
        """Return the entries of a test, or of all, in the order in which they came.

        Those in progress are among them. They hold secrets: see :meth:`summarize`.
        """
        ended = (kept.entry for kept in self._entries.values())
        found = [it for it in chain(ended, self._running.values()) if test in (None, it.test)]
        # They are kept in the order in which they ended.
        return sorted(found, key=lambda entry: entry.at)

    def dropped(self, test: str | None) -> int:
        """Return how many requests of a test, or of all, came and are no longer kept."""
        return sum(self._dropped.values()) if test is None else self._dropped.get(test, 0)

    def summarize(self, entry: JournalEntry) -> JsonObject:
        """Return a summary of an entry of :meth:`of_test`, without secrets."""
        return self._summary(entry)

    def _running_as_kept(self, request_id: str) -> _StoredEntry | None:
        entry = self._running.get(request_id)
        if entry is None:
            return None
        limit = self._limits.max_body_bytes
        record = build_record(entry.trace, limit) if entry.trace is not None else None
        seconds = time.time() - entry.at
        return _StoredEntry(replace(entry, latency=seconds, trace=None), 0, record)

    def clear(self, test: str | None = None) -> int:
        """Forget all requests, or those of one test, and return how many there were.

        Those in progress are not kept when they end, and not counted.
        """
        running = [key for key, entry in self._running.items() if test in (None, entry.test)]
        for key in running:
            del self._running[key]
        self._forgotten.update(running)
        if test is None:
            self._dropped.clear()
        else:
            self._dropped.pop(test, None)
        gone = [
            key for key, kept in self._entries.items() if test is None or _test_of(kept) == test
        ]
        for key in gone:
            self._bytes -= self._entries.pop(key).size
        return len(gone)

    def _keep(self, request_id: str, kept: _StoredEntry | _StoredHit) -> None:
        old = self._entries.pop(request_id, None)
        if old is not None:
            self._bytes -= old.size
        self._entries[request_id] = kept
        self._bytes += kept.size
        while len(self._entries) > self._limits.max_entries or self._bytes > self._limits.max_bytes:
            _, oldest = self._entries.popitem(last=False)
            self._bytes -= oldest.size
            self._note_dropped(_test_of(oldest))

    def _note_dropped(self, test: str) -> None:
        self._dropped[test] = self._dropped.pop(test, 0) + 1
        if len(self._dropped) > _MAX_DROPPED:
            self._dropped.popitem(last=False)

    def _summary(self, entry: JournalEntry) -> JsonObject:
        text = self.redactor.text
        return {
            "id": entry.id,
            "at": datetime.fromtimestamp(entry.at, UTC).isoformat(timespec="milliseconds"),
            "method": entry.method,
            "path": text(entry.path),
            "query": text(entry.query),
            "test": entry.test,
            "status": entry.status,
            "in_progress": entry.status is None,
            "latency": round(entry.latency, 6),
            "cache": entry.cache,
            "backend": entry.backend,
            "fault": entry.fault,
            "cost_usd": entry.cost_usd,
            "error": None if entry.error is None else text(entry.error),
        }


def _path_filter(path: str | None) -> Callable[[str], bool]:
    if path is None:
        return lambda _: True
    if "*" in path or "{" in path:
        pattern = compile_path(path)
        return lambda given: pattern.fullmatch(given) is not None
    return lambda given: given.startswith(path)


def _test_of(kept: _StoredEntry | _StoredHit) -> str:
    return kept.test if isinstance(kept, _StoredHit) else kept.entry.test


def _after(entries: Iterator[JournalEntry], before: str | None) -> Iterator[JournalEntry]:
    if before is not None:
        for entry in entries:
            if entry.id == before:
                break
    return entries


def _size(entry: JournalEntry) -> int:
    heads = sum(len(name) + len(value) + 130 for name, value in entry.headers)
    bodies = len(entry.request_body) + len(entry.response_body) + len(entry.error or "")
    return _HIT_BYTES + len(entry.path) + len(entry.query) + heads + bodies
