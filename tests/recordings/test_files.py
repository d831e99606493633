"""Writing that survives being killed, and folders that several write to."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from mockwright.recordings import files as disk
from mockwright.recordings.entry import read_entry
from tests.recordings.values import files, get, kept, opened

ROOT = Path(__file__).parents[2]
WRITER = textwrap.dedent(
    """
    import asyncio, itertools, os, sys
    from pathlib import Path
    from mockwright.recordings import RecordedResponse, Recordings, RequestKey

    async def main(folder, seed, most):
        recordings = Recordings(Path(folder), str)
        await recordings.start()
        for i in itertools.islice(itertools.count(), most):
            asked = RequestKey("GET", f"/users/{i % 20}")
            body = {"text": f"{seed} {i} " * 2000}
            await recordings.keep(recordings.seek(asked), RecordedResponse(body))
            if i == 3:
                print("ready", flush=True)
        await recordings.aclose()

    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
    """
)


def writer(folder: Path, seed: str, most: int = 10**9) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(folder), seed, str(most)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
    )


def whole(folder: Path) -> dict[str, bytes]:
    """The entries of a folder, each of which can be read and is one answer as it was made."""
    entries = {path.name: path.read_bytes() for path in folder.glob("*.json")}
    for name, data in entries.items():
        body = read_entry(data, name).answer.body
        assert isinstance(body, dict)
        words = body["text"].split()
        assert len(words) == 4000
        assert words == words[:2] * 2000
    return entries


@pytest.mark.timeout(120)
async def test_a_writer_that_is_killed_leaves_whole_entries_alone(tmp_path: Path) -> None:
    first = await kept(tmp_path, get("/before"), {"text": "0 0 " * 2000})
    before = (tmp_path / first).read_bytes()
    for attempt in range(12):
        with writer(tmp_path, str(attempt)) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            await asyncio.sleep(0.003 * attempt)
            process.send_signal(signal.SIGKILL)
        entries = whole(tmp_path)
        assert len(entries) >= 5
        assert entries[first] == before
    recordings = await opened(tmp_path)
    assert recordings.faults == ()
    for name in files(tmp_path, ".*.tmp"):
        os.utime(tmp_path / name, (1000, 1000))
    await opened(tmp_path)
    assert files(tmp_path, ".*") == []


@pytest.mark.timeout(120)
async def test_several_processes_write_to_one_folder(tmp_path: Path) -> None:
    processes = [writer(tmp_path, str(i), 60) for i in range(3)]
    for process in processes:
        process.communicate(timeout=60)
        assert process.returncode == 0
    assert len(whole(tmp_path)) == 20
    assert files(tmp_path, ".*") == []
    recordings = await opened(tmp_path)
    assert len(recordings) == 20


def test_a_write_that_fails_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk.write(tmp_path, "a.json", b"old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        disk.write(tmp_path, "a.json", b"new")
    assert files(tmp_path, "*") + files(tmp_path, ".*") == ["a.json"]
    assert (tmp_path / "a.json").read_bytes() == b"old"


def test_only_what_writers_left_long_ago_is_swept(tmp_path: Path) -> None:
    for name in (".a.json.1-ab.tmp", ".b.json.1-ab.tmp", "c.tmp", "d.json", ".e.json"):
        (tmp_path / name).write_text("x")
        os.utime(tmp_path / name, (1000, 1000))
    os.utime(tmp_path / ".b.json.1-ab.tmp")
    disk.sweep(tmp_path)
    assert files(tmp_path) == [".b.json.1-ab.tmp", ".e.json", "c.tmp", "d.json"]
    disk.sweep(tmp_path / "nowhere")


def test_files_are_as_readable_as_the_user_wants(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        disk.write(tmp_path, "a.json", b"x")
    finally:
        os.umask(before)
    assert (tmp_path / "a.json").stat().st_mode & 0o777 == 0o644
