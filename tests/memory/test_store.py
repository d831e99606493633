from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from mockwright.errors import ConfigError
from mockwright.memory.store import APPLICATION_ID, MIGRATIONS, Store

_INSERT = "INSERT INTO variants VALUES (?, ?, 'l', 1, 0, x'00', '[]', x'00', 0)"
_WRITER = f"""
import asyncio, sys
from pathlib import Path
from mockwright.memory.store import Store

async def main():
    store = Store(Path(sys.argv[1]), flush_after=0.001)
    for number in range(10**9):
        store.write({_INSERT!r}, (b"k", number))
        if number == 500:
            await store.flush()
            print("ready", flush=True)
        await asyncio.sleep(0)

asyncio.run(main())
"""


def count(connection: sqlite3.Connection) -> int:
    number: int = connection.execute("SELECT count(*) FROM variants").fetchone()[0]
    return number


@pytest.mark.parametrize("flush_after", [0.001, 60.0])
async def test_writes_are_there_after_a_restart(tmp_path: Path, flush_after: float) -> None:
    path = tmp_path / "new" / "directory" / "store.db"
    store = Store(path, flush_after=flush_after)
    for number in range(100):
        store.write(_INSERT, (b"k", number))
    await asyncio.sleep(0.01)
    await store.aclose()
    await store.aclose()
    again = Store(path)
    assert await again.run(count) == 100
    await again.aclose()


async def test_a_failing_write_is_logged_and_the_store_goes_on(tmp_path: Path) -> None:
    store = Store(tmp_path / "store.db")
    store.write("INSERT INTO nowhere VALUES (1)")
    with capture_logs() as logged:
        await store.flush()
    assert "nowhere" in logged[0]["fault"]
    store.write(_INSERT, (b"k", 1))
    await store.flush()
    assert await store.run(count) == 1
    await store.aclose()


async def test_a_file_of_another_program_is_refused_and_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE theirs (x)")
    connection.commit()
    connection.close()
    before = path.read_bytes()
    store = Store(path)
    with pytest.raises(ConfigError, match=r"other\.db: belongs to another program"):
        await store.open()
    await store.aclose()
    assert path.read_bytes() == before


async def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "note.txt"
    path.write_bytes(b"shopping list " * 200)
    store = Store(path)
    with pytest.raises(ConfigError, match=r"note\.txt: not a usable SQLite file"):
        await store.open()
    await store.aclose()


async def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    store = Store(path)
    for number in range(2000):
        store.write(_INSERT, (b"k" * 40, number))
    await store.aclose()
    content = bytearray(path.read_bytes())
    content[4096 * 2 : 4096 * 6] = b"\xff" * (4096 * 4)
    path.write_bytes(content)
    store = Store(path)
    with pytest.raises(ConfigError, match=r"store\.db"):
        await store.open()
    await store.aclose()


async def test_a_directory_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    store = Store(tmp_path / "file" / "store.db")
    with pytest.raises(ConfigError, match="cannot be opened"):
        await store.open()
    await store.aclose()


async def test_a_newer_schema_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    connection.close()
    store = Store(path)
    with pytest.raises(ConfigError, match="newer"):
        await store.open()
    await store.aclose()


async def test_a_killed_process_leaves_a_readable_file(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    command = [sys.executable, "-c", _WRITER, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:  # noqa: ASYNC220 - the test waits for it
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        await asyncio.sleep(0.05)
        process.kill()
    store = Store(path)
    assert await store.run(count) >= 501
    await store.aclose()
