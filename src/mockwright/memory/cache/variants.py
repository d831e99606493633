"""The cache: several stored answers to the same request, served in turn.

A hit is a dictionary look-up: stored bytes go out, and nothing is parsed, copied or awaited.
Whatever takes longer (making variants, replacing expired ones) goes through :meth:`Variants.serve`,
and happens once for everyone who asks meanwhile. Expired variants are served while they are being
replaced, and for as long as that fails: ``stale-while-revalidate`` and ``stale-if-error`` of RFC
5861.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from itertools import islice
from typing import Final

from mockwright.memory.cache.entry import CacheEntry, Priming, Produce
from mockwright.memory.cache.rows import delete_key, delete_slot, insert_slot, load_entries
from mockwright.memory.cache.variant import ServedVariant, Slot, Turns, Variant, build_slot
from mockwright.memory.store import Store
from mockwright.settings import CacheSettings
from mockwright.types import JsonObject

__all__ = ["CacheStats", "Produce", "ServedVariant", "Variant", "Variants"]

_PURGE_STEPS: Final = 8
"""Idle keys that one request drops at most, so that none has to wait for a great clean-up."""


@dataclass(slots=True)
class CacheStats:
    """What the cache holds, and what has happened since the start."""

    keys: int = 0
    variants: int = 0
    bytes: int = 0
    hits: int = 0
    misses: int = 0
    stale: int = 0
    primings: int = 0
    evictions: int = 0


class Variants:
    """Variants by key, within the caps of ``settings``; the least recently used keys are dropped
    first.

    ``parallel`` bounds how many variants of one key are made at a time; ``clock`` returns Unix
    time.
    """

    def __init__(
        self,
        settings: CacheSettings,
        store: Store | None = None,
        clock: Callable[[], float] = time.time,
        *,
        parallel: int = 8,
    ) -> None:
        self._settings = settings
        self._idle = settings.idle
        self._store = store
        self._clock = clock
        self._parallel = parallel
        self._entries: OrderedDict[bytes, CacheEntry] = OrderedDict()
        self._aliases: OrderedDict[bytes, CacheEntry] = OrderedDict()
        self._tasks: set[asyncio.Task[None]] = set()
        self._stats = CacheStats()

    async def start(self) -> None:
        """Load what the store holds; raises ConfigError where the file cannot be used."""
        if self._store is not None:
            rows = await load_entries(self._store, self._settings, self._clock())
            for entry in rows:
                self._admit(entry)
            self._shrink()

    def hit_raw(self, raw: bytes, turns: Turns | None = None) -> ServedVariant | None:
        """Return the next variant in turn, for a raw request that was given an alias.

        None where :meth:`serve` has something to do first. ``turns`` counts for one test alone.
        """
        entry = self._aliases.get(raw)
        if entry is None:
            return None
        self._aliases.move_to_end(raw)
        return self._hit(entry, turns)

    def alias(self, raw: bytes, key: bytes) -> None:
        """Let the fingerprint ``raw`` lead to ``key`` for as long as the key is known."""
        entry = self._entries.get(key)
        if entry is None or raw in self._aliases:
            return
        self._aliases[raw] = entry
        entry.aliases.add(raw)
        # Any number of raw requests may lead to one key: header fields differ, answers do not.
        if len(self._aliases) > self._settings.max_keys:
            oldest, owner = self._aliases.popitem(last=False)
            owner.aliases.discard(oldest)

    async def serve(
        self,
        key: bytes,
        want: int,
        produce: Produce,
        *,
        seeded: bool = False,
        label: str = "",
        turns: Turns | None = None,
    ) -> ServedVariant:
        """Return a variant of ``key``, of which there should be ``want``; make it where none is
        known.

        Concurrent callers share one effort, which goes on when they leave. ``seeded`` says that the
        variants form one set, ``label`` is method and path for people. Where no variant is known,
        raises what ``produce`` raises.
        """
        now = self._clock()
        self._purge(now)
        entry = self._find(key, now) or self._open(key, label, want, seeded, now)
        entry.used = now
        self._entries.move_to_end(key)
        entry.ask(want)
        entry.expire(now - self._settings.ttl)
        if self._is_due(entry) and now >= entry.retry_at:
            self._prime(entry, produce)
        if entry.fresh or entry.stale:
            return self._take(entry, turns)
        return await self._wait(entry, turns)

    def stats(self) -> JsonObject:
        """Return the counts; ``bytes`` is an estimate that includes what holding the variants
        costs."""
        self._stats.keys = len(self._entries)
        return asdict(self._stats)

    def list(self, limit: int = 50, offset: int = 0) -> list[JsonObject]:
        """Return descriptions of keys, the most recently used first."""
        entries = islice(reversed(self._entries.values()), offset, offset + limit)
        return [self._describe(entry) for entry in entries]

    def clear(self, key: bytes | None = None, *, prefix: str | None = None) -> int:
        """Forget one key, or those whose label or path starts with ``prefix``, or all.

        Return how many keys were forgotten.
        """
        gone = list(self._select(key, prefix))
        for entry in gone:
            self._drop(entry)
        return len(gone)

    async def aclose(self) -> None:
        """Cancel what is being made, and write what is not yet written."""
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._store is not None:
            await self._store.flush()

    def _hit(self, entry: CacheEntry, turns: Turns | None) -> ServedVariant | None:
        now = self._clock()
        if now - entry.used > self._idle:
            return None
        if now >= entry.look_at and not self._can_serve(entry, now):
            return None
        entry.used = now
        self._entries.move_to_end(entry.key)
        if not entry.fresh:
            return self._take(entry, turns)
        self._stats.hits += 1
        return entry.take(turns).hit

    def _can_serve(self, entry: CacheEntry, now: float) -> bool:
        """Whether a hit can be served without further work; if so, note until when."""
        ttl = self._settings.ttl
        entry.expire(now - ttl)
        if not (entry.fresh or entry.stale):
            return False
        entry.look_at = entry.fresh[0].variant.made_at + ttl if entry.fresh else float("inf")
        if self._is_due(entry):
            if now >= entry.retry_at:
                return False
            entry.look_at = min(entry.look_at, entry.retry_at)
        return True

    def _is_due(self, entry: CacheEntry) -> bool:
        return entry.priming is None and entry.is_low(self._settings.refill_below)

    def _take(self, entry: CacheEntry, turns: Turns | None) -> ServedVariant:
        if entry.fresh:
            self._stats.hits += 1
            return entry.take(turns).hit
        self._stats.stale += 1
        return ServedVariant(entry.take(turns).variant, "stale")

    async def _wait(self, entry: CacheEntry, turns: Turns | None) -> ServedVariant:
        assert entry.priming is not None  # noqa: S101 - serve() has just seen to it
        # Shielded: the future is shared, and one caller that leaves must not cancel it.
        error = await asyncio.shield(entry.priming.first)
        if error is not None:
            raise error
        self._stats.misses += 1
        return ServedVariant(entry.take(turns).variant, "miss")

    def _find(self, key: bytes, now: float) -> CacheEntry | None:
        entry = self._entries.get(key)
        if entry is not None and self._is_idle(entry, now):
            self._drop(entry)
            return None
        return entry

    def _is_idle(self, entry: CacheEntry, now: float) -> bool:
        return now - entry.used > self._idle and entry.priming is None

    def _open(self, key: bytes, label: str, want: int, seeded: bool, now: float) -> CacheEntry:
        entry = CacheEntry(key, label, want, seeded, used=now)
        self._admit(entry)
        self._shrink()
        return entry

    def _admit(self, entry: CacheEntry) -> None:
        self._entries[entry.key] = entry
        self._stats.variants += len(entry.fresh) + len(entry.stale)
        self._stats.bytes += entry.size

    def _prime(self, entry: CacheEntry, produce: Produce) -> None:
        entry.priming = Priming(entry, produce, self._keep, self._parallel)
        self._stats.primings += 1
        # asyncio keeps only a weak reference to a task, so the set has to hold it.
        task = asyncio.get_running_loop().create_task(self._run(entry.priming))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self, priming: Priming) -> None:
        entry = priming.entry
        try:
            await priming.run()
        finally:
            if not priming.settle(self._clock()):
                self._drop(entry)
            elif not entry.unfinished:
                self._forget_stale(entry, len(entry.stale))

    def _keep(self, entry: CacheEntry, variant: Variant) -> bool:
        """Add a variant in place of a stale one; return False where there is no room for more."""
        slot = build_slot(entry.next_position, variant)
        if not self._is_held(entry):  # dropped meanwhile: only those who wait get it
            entry.fresh.append(slot)
            return False
        if not self._fits(entry, slot):
            # An answer that is larger than the cache goes to those who wait, and is not kept.
            if not entry.fresh:
                self._drop(entry)
                entry.fresh.append(slot)
            return False
        if not entry.fresh:
            entry.turn = 0
        entry.next_position += 1
        entry.fresh.append(slot)
        entry.look_at = 0.0
        self._count(entry, slot, 1)
        insert_slot(self._store, entry, slot)
        self._forget_stale(entry, 1)
        self._entries.move_to_end(entry.key)
        self._shrink()
        return True

    def _fits(self, entry: CacheEntry, slot: Slot) -> bool:
        """Whether the key by itself stays under the cap; its stale variants make room."""
        if entry.size + slot.size > self._settings.max_bytes:
            self._forget_stale(entry, len(entry.stale))
        return entry.size + slot.size <= self._settings.max_bytes

    def _is_held(self, entry: CacheEntry) -> bool:
        return self._entries.get(entry.key) is entry

    def _forget_stale(self, entry: CacheEntry, count: int) -> None:
        for slot in entry.stale[:count]:
            if self._is_held(entry):
                self._count(entry, slot, -1)
                delete_slot(self._store, entry, slot)
        del entry.stale[:count]

    def _count(self, entry: CacheEntry, slot: Slot, sign: int) -> None:
        entry.size += sign * slot.size
        self._stats.variants += sign
        self._stats.bytes += sign * slot.size

    def _shrink(self) -> None:
        """Drop keys until the caps hold; the one used last stays, since ``_keep`` checked that it
        fits."""
        limits = self._settings
        while len(self._entries) > limits.max_keys or (
            self._stats.bytes > limits.max_bytes and len(self._entries) > 1
        ):
            self._drop(next(iter(self._entries.values())))
            self._stats.evictions += 1

    def _purge(self, now: float) -> None:
        """Drop some of the keys that are no longer asked for."""
        for entry in list(islice(self._entries.values(), _PURGE_STEPS)):
            if not self._is_idle(entry, now):
                break  # the others were used later
            self._drop(entry)

    def _drop(self, entry: CacheEntry) -> None:
        """Forget a key; those who wait for its priming still get their answer."""
        if not self._is_held(entry):
            return
        del self._entries[entry.key]
        for raw in entry.aliases:
            del self._aliases[raw]
        entry.aliases.clear()
        self._stats.variants -= len(entry.fresh) + len(entry.stale)
        self._stats.bytes -= entry.size
        # Before its first variant is there, someone may still wait for it.
        if entry.priming is not None and entry.priming.first.done():
            entry.priming.stop()
        delete_key(self._store, entry.key)

    def _select(self, key: bytes | None, prefix: str | None) -> Iterator[CacheEntry]:
        for entry in self._entries.values():
            path = entry.label.partition(" ")[2]
            if key is not None and entry.key != key:
                continue
            if prefix is None or entry.label.startswith(prefix) or path.startswith(prefix):
                yield entry

    def _describe(self, entry: CacheEntry) -> JsonObject:
        now = self._clock()
        return {
            "key": entry.key.hex(),
            "label": entry.label,
            "want": entry.want,
            "fresh": len(entry.fresh),
            "stale": len(entry.stale),
            "bytes": entry.size,
            "seeded": entry.seeded,
            "priming": entry.priming is not None,
            "idle_seconds": round(max(0.0, now - entry.used), 3),
        }
