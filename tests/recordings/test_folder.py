"""A lock folder in use: kept, found, edited, shared."""

from __future__ import annotations

import asyncio
import json
import os
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from hypothesis import HealthCheck, given, settings

from mockwright.errors import BrokenRecordingError, ConfigError, TooLargeError
from mockwright.recordings import RecordedResponse, Recordings, RequestKey, read_ignore
from mockwright.recordings.files import FolderChanges
from mockwright.recordings.normalize import key_of
from mockwright.types import Json
from tests.recordings.values import Clock, answer, answers, asked, files, get, kept, opened
from tests.waiting import PATIENCE

SLOW = settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])


def edit(path: Path, old: str, new: str) -> None:
    path.write_text(path.read_text().replace(old, new))


def found(recordings: Recordings, request: RequestKey, *words: str, nth: int = 0) -> Json:
    """The body that answers a request, or "nothing"."""
    stored = recordings.find(recordings.seek(request, read_ignore(words)), nth)
    return "nothing" if stored is None else stored.body


async def later(recordings: Recordings, clock: Clock) -> None:
    clock.now += 1.0
    await recordings.look_again()


@SLOW
@given(asked, answers)
async def test_what_is_kept_is_found_also_by_another_process(
    tmp_path: Path, request_: RequestKey, given_: RecordedResponse
) -> None:
    mine = await opened(tmp_path)
    stored = await mine.keep(mine.seek(request_), given_)
    other = await opened(tmp_path)
    for recordings in (mine, other):
        again = recordings.find(recordings.seek(request_))
        assert again is not None
        assert again.file == stored.file
        assert replace(again.answer, recorded_at=None, cost_usd=0.0) == replace(
            given_, recorded_at=None, cost_usd=0.0
        )


async def test_the_same_answer_again_leaves_the_file_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / await kept(tmp_path, get(), {"a": 1})
    before = file.read_bytes(), file.stat().st_ino
    recordings = await opened(tmp_path)
    generation = recordings.generation
    sought = recordings.seek(get())
    stored = await recordings.keep(sought, answer({"a": 1}, "2030-01-01T00:00:00Z", cost_usd=1.0))
    assert stored.recorded_at == "2026-11-23T10:00:00+00:00"
    assert (file.read_bytes(), file.stat().st_ino) == before
    assert recordings.generation == generation


async def test_another_answer_takes_the_place_of_the_first(tmp_path: Path) -> None:
    name = await kept(tmp_path, get(), {"a": 1})
    assert await kept(tmp_path, get(), {"a": 2}) == name
    assert found(await opened(tmp_path), get()) == {"a": 2}
    assert files(tmp_path) == [name]


async def test_equal_requests_get_their_answers_in_turn_and_then_the_last(tmp_path: Path) -> None:
    recordings = await opened(tmp_path)
    sought = recordings.seek(get())
    turns = [(await recordings.keep(sought, answer(i), nth=i)).file for i in range(3)]
    assert [file.removeprefix(turns[0].removesuffix(".json")) for file in turns[1:]] == [
        "-2.json",
        "-3.json",
    ]
    for again in (recordings, await opened(tmp_path)):
        assert [found(again, get(), nth=n) for n in range(5)] == [0, 1, 2, 2, 2]
    (tmp_path / turns[1]).unlink()
    assert [found(await opened(tmp_path), get(), nth=n) for n in range(3)] == [0, 0, 2]
    (tmp_path / turns[0]).unlink()
    assert [found(await opened(tmp_path), get(), nth=n) for n in range(3)] == [2, 2, 2]


async def test_what_does_not_count_is_kept_as_it_was_first_recorded(tmp_path: Path) -> None:
    recordings = await opened(tmp_path)
    ignore = read_ignore(["ids"])
    first = await recordings.keep(recordings.seek(get("/users/1"), ignore), answer(1))
    text = (tmp_path / first.file).read_text()
    assert (await recordings.keep(recordings.seek(get("/users/2"), ignore), answer(1))) is first
    assert (tmp_path / first.file).read_text() == text
    assert found(recordings, get("/users/3"), "ids") == 1
    await recordings.keep(recordings.seek(get("/users/2"), ignore), answer(2))
    assert (tmp_path / first.file).read_text() == text.replace('"body": 1', '"body": 2')
    assert found(recordings, get("/users/3")) == "nothing"


async def test_of_several_that_match_the_one_that_was_asked_exactly_so_is_taken(
    tmp_path: Path,
) -> None:
    for i in range(5):
        await kept(tmp_path, get(f"/users/{i}"), i)
    recordings = await opened(tmp_path)
    assert [found(recordings, get(f"/users/{i}"), "ids") for i in range(5)] == list(range(5))
    assert found(recordings, get("/users/77"), "ids") in range(5)


async def test_no_secret_reaches_the_disk_and_the_request_is_found(tmp_path: Path) -> None:
    def login(password: str) -> RequestKey:
        return RequestKey(
            "POST", "/login", query=(("api_key", password),), body={"password": password}
        )

    recordings = await opened(tmp_path)
    given_ = answer({"echo": "hunter22", "password": "hunter22", "access_token": "made-up"})
    await recordings.keep(recordings.seek(login("hunter22")), given_)
    text = "".join((tmp_path / name).read_text() for name in files(tmp_path))
    assert "hunter22" not in text
    assert "hunter22" not in repr(recordings.seek(login("hunter22")))
    expected = {"echo": "[redacted]", "password": "[redacted]", "access_token": "made-up"}
    for again in (recordings, await opened(tmp_path)):
        assert found(again, login("hunter22")) == expected
        assert found(again, login("another")) == expected


async def test_a_file_edited_by_hand_is_used_as_edited(tmp_path: Path) -> None:
    name = await kept(tmp_path, get("/users/1"), {"name": "Ann"})
    clock = Clock()
    recordings = await opened(tmp_path, clock)
    generation = recordings.generation
    edit(tmp_path / name, "Ann", "Bob")
    assert found(recordings, get("/users/1")) == {"name": "Ann"}
    await later(recordings, clock)
    assert found(recordings, get("/users/1")) == {"name": "Bob"}
    assert recordings.generation > generation


async def test_the_request_of_a_file_may_be_edited_and_the_file_renamed(tmp_path: Path) -> None:
    name = await kept(tmp_path, get("/users/1"), 1)
    clock = Clock()
    recordings = await opened(tmp_path, clock)
    edit(tmp_path / name, "/users/1", "/users/2")
    (tmp_path / name).rename(tmp_path / "mine.json")
    await later(recordings, clock)
    assert found(recordings, get("/users/1")) == "nothing"
    assert found(recordings, get("/users/2")) == 1
    stored = await recordings.keep(recordings.seek(get("/users/2")), answer(2))
    assert stored.file == "mine.json"
    assert files(tmp_path) == ["mine.json"]


async def test_an_edited_file_is_not_overwritten_by_what_had_its_name(tmp_path: Path) -> None:
    name = await kept(tmp_path, get("/users/1"), 1)
    edit(tmp_path / name, "/users/1", "/users/2")
    other = await kept(tmp_path, get("/users/1"), 3)
    assert other.startswith(name.removesuffix(".json"))
    assert other != name
    recordings = await opened(tmp_path)
    assert found(recordings, get("/users/1")) == 3
    assert found(recordings, get("/users/2")) == 1


async def test_files_come_and_go(tmp_path: Path) -> None:
    clock = Clock()
    recordings = await opened(tmp_path / "mocks", clock)
    name = await kept(tmp_path / "mocks", get(), 1)
    await later(recordings, clock)
    assert found(recordings, get()) == 1
    generation = recordings.generation
    (tmp_path / "mocks" / name).unlink()
    (tmp_path / "mocks").rmdir()
    await later(recordings, clock)
    assert found(recordings, get()) == "nothing"
    assert recordings.generation > generation
    assert len(recordings) == 0


async def test_the_disk_is_looked_at_once_a_second_at_most(tmp_path: Path) -> None:
    await kept(tmp_path, get(), 1)
    clock = Clock()
    recordings = await opened(tmp_path, clock)
    with mock.patch("mockwright.recordings.files.os.scandir", wraps=os.scandir) as scandir:
        for _ in range(100):
            await recordings.look_again()
            found(recordings, get())
        assert scandir.call_count == 0
        assert not recordings.due
        clock.now += 1.0
        assert recordings.due
        await asyncio.gather(*(recordings.look_again() for _ in range(100)))
        assert scandir.call_count == 1


async def test_what_becomes_known_as_a_secret_is_matched_as_one(tmp_path: Path) -> None:
    asked_ = get(body={"note": "abc-new-secret"})
    await kept(tmp_path, asked_, 1)
    recordings = await opened(tmp_path)
    recordings.use(lambda text: text.replace("abc-new-secret", "[redacted]"))
    await recordings.look_again()
    assert found(recordings, asked_) == 1
    assert found(recordings, get(body={"note": "[redacted]"})) == 1


async def test_where_looking_takes_long_it_is_done_less_often(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    recordings = await opened(tmp_path, clock)
    monkeypatch.setattr("mockwright.recordings.files.look", lambda *_: FolderChanges(seconds=0.5))
    await later(recordings, clock)
    clock.now += 9.9
    assert not recordings.due
    clock.now += 0.2
    assert recordings.due


async def test_what_is_expected_to_be_ignored_is_computed_while_reading(tmp_path: Path) -> None:
    await kept(tmp_path, get("/users/1"), 1)
    recordings = Recordings(tmp_path, str)
    ignore = read_ignore(["ids"])
    with mock.patch("mockwright.recordings.recording.key_of", wraps=key_of) as computing:
        await recordings.start([ignore])
        before = computing.call_count
        assert recordings.find(recordings.seek(get("/users/2"), ignore)) is not None
        assert computing.call_count == before


async def test_nothing_is_new_where_nothing_changed(tmp_path: Path) -> None:
    await kept(tmp_path, get(), 1)
    clock = Clock()
    recordings = await opened(tmp_path, clock)
    generation = recordings.generation
    for _ in range(3):
        found(recordings, get())
        await later(recordings, clock)
    assert recordings.generation == generation


async def test_use_is_noted_on_the_file_once_and_does_not_make_it_read_again(
    tmp_path: Path,
) -> None:
    name = await kept(tmp_path, get(), 1)
    unused = await kept(tmp_path, get("/x"), 1)
    for file in (name, unused):
        os.utime(tmp_path / file, (1000, 1000))
    clock = Clock()
    recordings = await opened(tmp_path, clock)
    found(recordings, get())
    with mock.patch.object(Path, "read_bytes") as read:
        await later(recordings, clock)
        touched = (tmp_path / name).stat().st_mtime
        assert touched > time.time() - 100
        assert (tmp_path / unused).stat().st_mtime == 1000
        found(recordings, get())
        await later(recordings, clock)
        read.assert_not_called()
    assert (tmp_path / name).stat().st_mtime == touched


async def test_use_is_noted_at_the_end_too(tmp_path: Path) -> None:
    name = await kept(tmp_path, get(), 1)
    os.utime(tmp_path / name, (1000, 1000))
    recordings = await opened(tmp_path)
    found(recordings, get())
    await recordings.aclose()
    assert (tmp_path / name).stat().st_mtime > 1000


async def test_a_folder_that_may_not_be_written_is_replayed_from(tmp_path: Path) -> None:
    await kept(tmp_path, get(), 1)
    clock = Clock()
    recordings = await opened(tmp_path, clock)
    with mock.patch("mockwright.recordings.files.os.utime", side_effect=PermissionError):
        assert found(recordings, get()) == 1
        await later(recordings, clock)
    assert found(recordings, get()) == 1


async def test_use_that_another_process_notes_is_no_change(tmp_path: Path) -> None:
    name = await kept(tmp_path, get(), 1)
    clock = Clock()
    recordings = await opened(tmp_path, clock)
    generation = recordings.generation
    os.utime(tmp_path / name, (5000, 5000))
    await later(recordings, clock)
    assert recordings.generation == generation
    edit(tmp_path / name, '"body": 1', '"body": 2')
    await later(recordings, clock)
    assert found(recordings, get()) == 2


async def test_an_edit_right_after_a_file_was_read_is_seen_under_the_same_time(
    tmp_path: Path,
) -> None:
    name = await kept(tmp_path, get(), 1)
    clock = Clock()
    recordings = await opened(tmp_path, clock)
    stat = (tmp_path / name).stat()
    edit(tmp_path / name, '"body": 1', '"body": 2')
    os.utime(tmp_path / name, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    await later(recordings, clock)
    assert found(recordings, get()) == 2


@pytest.mark.parametrize(
    "text",
    ["<<<<<<< HEAD\n", "", "{}", '{"request": {"method": "GET", "path": "/"}}', "[" * 100_000],
)
async def test_a_file_that_cannot_be_read_stops_nothing(text: str, tmp_path: Path) -> None:
    name = await kept(tmp_path, get("/good"), 1)
    (tmp_path / "bad.json").write_text(text)
    clock = Clock()
    recordings = await opened(tmp_path, clock)
    assert found(recordings, get("/good")) == 1
    assert [error.file for error in recordings.faults] == ["bad.json"]
    (tmp_path / "bad.json").write_bytes((tmp_path / name).read_bytes().replace(b"/good", b"/bad"))
    await later(recordings, clock)
    assert recordings.faults == ()
    assert found(recordings, get("/bad")) == 1


async def test_a_file_that_becomes_unreadable_answers_nothing_any_more(tmp_path: Path) -> None:
    name = await kept(tmp_path, get(), 1)
    clock = Clock()
    recordings = await opened(tmp_path, clock)
    (tmp_path / name).write_text("{")
    await later(recordings, clock)
    assert found(recordings, get()) == "nothing"
    assert isinstance(recordings.faults[0], BrokenRecordingError)


async def test_what_is_no_entry_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "sub.json").mkdir()
    (tmp_path / ".hidden.json").write_text("x")
    (tmp_path / "README.md").write_text("x")
    os.mkfifo(tmp_path / "pipe.json")
    (tmp_path / "gone.json").symlink_to(tmp_path / "nowhere")
    recordings = await opened(tmp_path)
    assert len(recordings) == 0


async def test_limits_are_told_and_the_rest_is_used(tmp_path: Path) -> None:
    for i in range(4):
        await kept(tmp_path, get(f"/users/{i}"), "x" * 100)
    size = (tmp_path / files(tmp_path)[0]).stat().st_size
    few = await opened(tmp_path, max_entries=3)
    assert [str(error).split(": ", 1)[1] for error in few.faults] == [
        "the folder has more than 3 entries"
    ]
    small = await opened(tmp_path, max_bytes=2 * size + 10)
    assert len(small.faults) == 2
    assert "bytes" in str(small.faults[0])
    tiny = await opened(tmp_path, max_entry_bytes=size - 50)
    assert len(tiny.faults) == 4
    assert "expected at most" in str(tiny.faults[0])


async def test_more_than_the_limits_is_not_kept(tmp_path: Path) -> None:
    recordings = await opened(tmp_path, max_entries=1, max_entry_bytes=1000)
    with pytest.raises(TooLargeError, match="the recording is over the limit of 1000 bytes"):
        await recordings.keep(recordings.seek(get()), answer("x" * 1000))
    await recordings.keep(recordings.seek(get()), answer(1))
    await recordings.keep(recordings.seek(get()), answer(2))
    with pytest.raises(TooLargeError, match="over the limit of 1 entries"):
        await recordings.keep(recordings.seek(get("/more")), answer(1))


async def test_a_folder_that_is_none_is_told(tmp_path: Path) -> None:
    (tmp_path / "mocks").write_text("a file")
    with pytest.raises(ConfigError, match="mocks cannot be read: Not a directory"):
        await opened(tmp_path / "mocks")
    (tmp_path / "mocks").unlink()
    recordings = await opened(tmp_path / "mocks")
    (tmp_path / "mocks").write_text("a file")
    with pytest.raises(ConfigError, match="mocks cannot be written"):
        await recordings.keep(recordings.seek(get()), answer(1))


async def test_what_was_read_stays_good_while_the_folder_cannot_be(tmp_path: Path) -> None:
    await kept(tmp_path, get(), 1)
    clock = Clock()
    recordings = await opened(tmp_path, clock)
    with mock.patch(
        "mockwright.recordings.files.os.scandir", side_effect=PermissionError(13, "no")
    ):
        await later(recordings, clock)
    assert found(recordings, get()) == 1
    assert not recordings.due
    await later(recordings, clock)
    assert found(recordings, get()) == 1


async def test_an_answer_is_kept_even_if_nobody_waits_for_it(tmp_path: Path) -> None:
    recordings = await opened(tmp_path)
    task = asyncio.create_task(recordings.keep(recordings.seek(get()), answer(1)))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await recordings.aclose()
    assert found(recordings, get()) == 1
    assert found(await opened(tmp_path), get()) == 1


@pytest.mark.parametrize("depth", [100, 500])
async def test_bodies_as_deep_as_a_request_may_be_are_kept(depth: int, tmp_path: Path) -> None:
    body: Json = 1
    for i in range(depth):
        body = [body] if i % 2 else {"a": body}
    recordings = await opened(tmp_path)
    sought = recordings.seek(get(body=body), read_ignore(["ids", "timestamps"]))
    await recordings.keep(sought, answer(body))
    again = await opened(tmp_path)
    assert again.faults == ()
    assert found(again, get(body=body), "ids") == body
    assert again.nearest(again.seek(get(body=[body]))) is not None


async def test_many_at_once_are_all_kept(tmp_path: Path) -> None:
    clock = Clock()
    recordings = await opened(tmp_path, clock)

    async def one(i: int) -> None:
        clock.now += 1.0
        await recordings.keep(recordings.seek(get(f"/users/{i}")), answer(i))
        await recordings.look_again()

    await asyncio.gather(*(one(i) for i in range(50)))
    assert [found(recordings, get(f"/users/{i}")) for i in range(50)] == list(range(50))
    assert len(await opened(tmp_path)) == 50


async def test_requests_do_not_wait_for_a_disk_that_hangs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await kept(tmp_path, get(), 1)
    clock = Clock()
    recordings = await opened(tmp_path, clock)
    monkeypatch.setattr("mockwright.recordings.folder.PATIENCE", 0.01)
    hanging = threading.Event()

    def hang(*_: Any) -> Any:
        hanging.wait(2 * PATIENCE)
        raise OSError(5, "gone")

    monkeypatch.setattr("mockwright.recordings.files.look", hang)
    await asyncio.wait_for(later(recordings, clock), PATIENCE)
    clock.now += 100
    await asyncio.wait_for(recordings.look_again(), PATIENCE)
    assert found(recordings, get()) == 1
    hanging.set()
    await recordings.aclose()


async def test_entries_of_one_request_in_two_files_do_no_harm(tmp_path: Path) -> None:
    name = await kept(tmp_path, get(), 1)
    entry = json.loads((tmp_path / name).read_text())
    entry["response"]["body"] = 2
    (tmp_path / "a-copy.json").write_text(json.dumps(entry))
    assert found(await opened(tmp_path), get()) == 2
    clock = Clock()
    recordings = await opened(tmp_path, clock)
    (tmp_path / "a-copy.json").unlink()
    await later(recordings, clock)
    assert found(recordings, get()) == 1
