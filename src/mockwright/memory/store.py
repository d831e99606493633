"""One SQLite file, used from one worker thread, so that the event loop never waits for the disk.

Reads, and changes that need an answer, go through :meth:`Store.run`. What may be written a moment
later goes through :meth:`Store.write` and reaches the disk in batches, in order, one transaction
each. A process that dies in between loses the last batch, never the file.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Final, TypeAlias, TypeVar

import structlog

from mockwright.errors import ConfigError

log = structlog.get_logger(__name__)

T = TypeVar("T")
Value: TypeAlias = str | bytes | int | float | None
"""What a placeholder of SQL may stand for."""
Statement: TypeAlias = tuple[str, tuple[Value, ...]]
"""SQL and its values."""

APPLICATION_ID: Final = 0x4D6F636B  # "Mock"
"""How an SQLite file says which program it belongs to (PRAGMA application_id)."""
MIGRATIONS: Final[tuple[str, ...]] = (
    """
    CREATE TABLE variants (
        key BLOB NOT NULL,
        position INTEGER NOT NULL,
        label TEXT NOT NULL,
        want INTEGER NOT NULL,
        seeded INTEGER NOT NULL,
        body BLOB NOT NULL,
        headers TEXT NOT NULL,
        digest BLOB NOT NULL,
        made_at REAL NOT NULL,
        PRIMARY KEY (key, position)
    ) WITHOUT ROWID;
    """,
    # Stored heads had a cost in them, which now belongs to each time an answer is sent.
    "DELETE FROM variants;",
    "CREATE TABLE reviews (id TEXT PRIMARY KEY, at REAL NOT NULL, body TEXT NOT NULL)"
    " WITHOUT ROWID;",
)
"""SQL that brings a file from the schema version of its position to the next; never changed, only
added to."""

_BUSY_MS: Final = 5000
"""Milliseconds to wait for another process that writes to the same file."""
_MAX_PENDING: Final = 20_000
"""Statements that may wait for a slow disk before they are dropped."""


class Store:
    """The file at ``path``, which is created with its directory where it does not exist."""

    def __init__(self, path: Path, *, flush_after: float = 0.2) -> None:
        self._path = path
        self._flush_after = flush_after
        """Seconds that a write may wait, so that others go in the same transaction."""
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="mockwright-store")
        self._connection: sqlite3.Connection | None = None
        self._pending: list[Statement] = []
        self._timer: asyncio.TimerHandle | None = None
        self._flushing: set[asyncio.Task[None]] = set()
        self._closed = False

    async def open(self) -> None:
        """Open the file, and migrate it where it is older.

        Raises ConfigError that names the path, for a file that is damaged, belongs to another
        program or a newer version, or cannot be written. A second call does nothing.
        """
        await asyncio.get_running_loop().run_in_executor(self._thread, self._open)

    async def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run ``work`` in the worker thread, in one transaction, and return its result.

        Opens the file if necessary. Raises what ``work`` raises, and as :meth:`open`.
        """
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._run, work)

    def write(self, sql: str, values: Sequence[Value] = ()) -> None:
        """Have a statement carried out soon, after those before it.

        A failure is logged, not raised: serving an answer is worth more than storing it.
        """
        if self._closed:
            return
        if len(self._pending) >= _MAX_PENDING:
            log.warning("the store is too slow; writes are dropped", path=str(self._path))
            self._pending.clear()
        self._pending.append((sql, tuple(values)))
        if self._timer is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(self._flush_after, self._begin_flush)

    async def flush(self) -> None:
        """Carry out everything that was written so far."""
        # In a loop: more may have been written while the batch before was carried out.
        while self._pending:
            batch, self._pending = self._pending, []
            try:
                await self.run(partial(_execute, batch))
            except (sqlite3.Error, ConfigError) as error:
                log.error("the store cannot be written", path=str(self._path), fault=str(error))

    async def aclose(self) -> None:
        """Flush and close the file; a second call does nothing."""
        if self._closed:
            return
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()
        await asyncio.gather(*self._flushing, self.flush())
        await asyncio.get_running_loop().run_in_executor(self._thread, self._close)
        self._thread.shutdown(wait=False)

    def _begin_flush(self) -> None:
        self._timer = None
        task = asyncio.get_running_loop().create_task(self.flush())
        self._flushing.add(task)
        task.add_done_callback(self._flushing.discard)

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = _connect(self._path)
        return self._connection

    def _run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        connection = self._open()
        with connection:  # commits, or rolls back where work raises
            connection.execute("BEGIN IMMEDIATE")
            return work(connection)

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _execute(batch: Sequence[Statement], connection: sqlite3.Connection) -> None:
    for sql, values in batch:
        connection.execute(sql, values)


def _connect(path: Path) -> sqlite3.Connection:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(path, isolation_level=None)
    except (OSError, sqlite3.Error) as error:
        raise ConfigError(f"storage.path {path}: cannot be opened: {error}") from error
    try:
        _prepare(connection, path)
    except sqlite3.Error as error:
        connection.close()
        raise ConfigError(f"storage.path {path}: not a usable SQLite file: {error}") from error
    except BaseException:
        connection.close()
        raise
    return connection


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    connection.execute(f"PRAGMA busy_timeout = {_BUSY_MS}")
    _refuse_foreign(connection, path)
    connection.execute("PRAGMA journal_mode = WAL")
    # With WAL, NORMAL can lose the last transactions in a power cut, but never damages the file.
    connection.execute("PRAGMA synchronous = NORMAL")
    with connection:
        connection.execute("BEGIN IMMEDIATE")
        _migrate(connection)


def _refuse_foreign(connection: sqlite3.Connection, path: Path) -> None:
    """Raise ConfigError for a file that must not be used, before anything in it is changed."""
    owner = _pragma(connection, "application_id")
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    # A file without an owner and without tables is new.
    if owner != APPLICATION_ID and (owner or tables):
        raise ConfigError(f"storage.path {path}: belongs to another program")
    version = _pragma(connection, "user_version")
    if version > len(MIGRATIONS):
        raise ConfigError(
            f"storage.path {path}: has schema version {version}, written by a newer Mockwright;"
            f" this one knows {len(MIGRATIONS)}"
        )
    (fault,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if fault != "ok":
        raise ConfigError(f"storage.path {path}: is damaged: {fault}")


def _migrate(connection: sqlite3.Connection) -> None:
    """Bring the schema up to date, inside the caller's transaction.

    Of two processes that start together, only one migrates: the other then finds the new version.
    """
    version = _pragma(connection, "user_version")
    for step in MIGRATIONS[version:]:
        for statement in filter(str.strip, step.split(";")):
            connection.execute(statement)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    value: int = connection.execute(f"PRAGMA {name}").fetchone()[0]
    return value
