"""Variants as rows of the store."""

from __future__ import annotations

import json
import sqlite3
from functools import partial
from typing import Final, TypeAlias

from mockwright.memory.cache.entry import ENTRY_BYTES, CacheEntry
from mockwright.memory.cache.variant import Slot, Variant, build_slot
from mockwright.memory.store import Store
from mockwright.settings import CacheSettings

Key: TypeAlias = bytes

_KEYS: Final = (
    "SELECT key, max(made_at), sum(length(body) + length(headers)) FROM variants"
    " GROUP BY key ORDER BY 2 DESC"
)
_ROWS: Final = (
    "SELECT label, want, seeded, position, body, headers, digest, made_at FROM variants"
    " WHERE key = ? ORDER BY position"
)


def insert_slot(store: Store | None, entry: CacheEntry, slot: Slot) -> None:
    """Have one variant written soon; does nothing without a store."""
    if store is None:
        return
    variant = slot.variant
    store.write(
        "INSERT OR REPLACE INTO variants VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            entry.key,
            slot.position,
            entry.label,
            entry.want,
            int(entry.seeded),
            variant.body,
            _dump_headers(variant.headers),
            variant.digest,
            variant.made_at,
        ),
    )


def delete_slot(store: Store | None, entry: CacheEntry, slot: Slot) -> None:
    """Have one variant deleted soon."""
    if store is not None:
        store.write(
            "DELETE FROM variants WHERE key = ? AND position = ?", (entry.key, slot.position)
        )


def delete_key(store: Store | None, key: Key) -> None:
    """Have all variants of a key deleted soon."""
    if store is not None:
        store.write("DELETE FROM variants WHERE key = ?", (key,))


async def load_entries(store: Store, settings: CacheSettings, now: float) -> list[CacheEntry]:
    """Return what the store holds within the caps, the most recently made last; the rest is
    deleted.

    The store does not say when a key was last used before the restart. So a key is kept until its
    newest variant has been expired for as long as a key may be idle. An incomplete set of seeded
    variants is not kept, since its rows do not say which indexes were skipped; making it again
    gives the same.
    """
    return await store.run(partial(_load, settings, now))


def _load(settings: CacheSettings, now: float, connection: sqlite3.Connection) -> list[CacheEntry]:
    entries: list[CacheEntry] = []
    room = settings.max_bytes
    for key, newest, size in connection.execute(_KEYS).fetchall():
        room -= size + ENTRY_BYTES
        live = newest + settings.ttl + settings.idle > now
        entry = None
        if live and room >= 0 and len(entries) < settings.max_keys:
            entry = _read_entry(connection, key, now)
        if entry is not None and not (entry.seeded and entry.unfinished):
            entries.append(entry)
        else:
            connection.execute("DELETE FROM variants WHERE key = ?", (key,))
    # The query has the newest first, so that they are the ones that fit; the cache wants them last.
    entries.reverse()
    return entries


def _read_entry(connection: sqlite3.Connection, key: Key, now: float) -> CacheEntry:
    rows = connection.execute(_ROWS, (key,)).fetchall()
    label, want, seeded = rows[0][:3]
    slots = [
        build_slot(position, Variant(body, _parse_headers(headers), digest, made_at))
        for _, _, _, position, body, headers, digest, made_at in rows
    ]
    return CacheEntry(
        key,
        label,
        want,
        bool(seeded),
        used=now,
        fresh=slots,
        next_index=len(slots),
        next_position=slots[-1].position + 1,
        unfinished=len(slots) < want,
    )


def _dump_headers(headers: tuple[tuple[bytes, bytes], ...]) -> str:
    return json.dumps([[part.decode("latin-1") for part in field] for field in headers])


def _parse_headers(text: str) -> tuple[tuple[bytes, bytes], ...]:
    return tuple(
        (name.encode("latin-1"), value.encode("latin-1")) for name, value in json.loads(text)
    )
