"""Writing that survives being killed, and folders that several write to."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from mockwright.recordings import files as disk
from mockwright.recordings.entry import read_entry
from tests.recordings.values import files, get, kept, opened
from tests.waiting import PATIENCE

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
                print("ready", os.getpid(), flush=True)
        await recordings.aclose()

    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            folder, seed, most = line.rsplit(maxsplit=2)
            asyncio.run(main(folder, seed, int(most)))
            os._exit(0)
        _, status = os.waitpid(pid, 0)
        print("ended", os.waitstatus_to_exitcode(status), flush=True)
    """
)
"""Each line on its standard input is a writer, a process that has imported all it needs."""


@contextmanager
def starter() -> Iterator[subprocess.Popen[str]]:
    """What begins writers, one after the other."""
    with subprocess.Popen(
        [sys.executable, "-c", WRITER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        bufsize=1,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
    ) as process:
        yield process


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


async def test_a_writer_that_is_killed_leaves_whole_entries_alone(tmp_path: Path) -> None:
    first = await kept(tmp_path, get("/before"), {"text": "0 0 " * 2000})
    before = (tmp_path / first).read_bytes()
    with starter() as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for attempt in range(12):
            process.stdin.write(f"{tmp_path} {attempt} {10**9}\n")
            ready, writer = process.stdout.readline().split()
            assert ready == "ready"
            await asyncio.sleep(0.003 * attempt)
            os.kill(int(writer), signal.SIGKILL)
            assert process.stdout.readline() == f"ended {-signal.SIGKILL}\n"
            entries = whole(tmp_path)
            assert len(entries) >= 5
            assert entries[first] == before
    recordings = await opened(tmp_path)
    assert recordings.faults == ()
    for name in files(tmp_path, ".*.tmp"):
        os.utime(tmp_path / name, (1000, 1000))
    await opened(tmp_path)
    assert files(tmp_path, ".*") == []


async def test_several_processes_write_to_one_folder(tmp_path: Path) -> None:
    with ExitStack() as stack:
        processes = [stack.enter_context(starter()) for _ in range(3)]
        for i, process in enumerate(processes):
            assert process.stdin is not None
            process.stdin.write(f"{tmp_path} {i} 60\n")
        for process in processes:
            told, _ = process.communicate(timeout=PATIENCE)
            assert told.endswith("ended 0\n")
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
