"""What is done to a folder by hand."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mockwright.errors import ConfigError, InvalidControlError, NotFoundError
from mockwright.recordings import RequestKey, maintain, read_ignore
from mockwright.recordings.maintain import Finding, FolderListing, Selection
from mockwright.types import Json
from tests.recordings.values import answer, files, get, kept, opened, redact

NOW = datetime(2026, 12, 23, 10, tzinfo=UTC)
DAY = timedelta(days=1)


def listing(folder: Path) -> FolderListing:
    return maintain.read_folder(folder, redact)


def findings(folder: Path, *words: str) -> list[Finding]:
    return maintain.verify(listing(folder), redact, lambda _: read_ignore(words))


async def recorded(
    folder: Path, key: RequestKey, body: Json = 1, days: float = 30, **others: Any
) -> str:
    """A file that was recorded so many days ago, and used since as many."""
    recordings = await opened(folder)
    when = NOW - days * DAY
    nth = others.pop("nth", 0)
    given = answer(body, when.isoformat(), **others)
    file = (await recordings.keep(recordings.seek(key), given, nth)).file
    os.utime(folder / file, (when.timestamp(), when.timestamp()))
    return file


async def test_entries_are_listed_by_path_and_what_is_broken_last(tmp_path: Path) -> None:
    second = await recorded(tmp_path, get("/users"), days=1.5, cost_usd=0.25)
    first = await recorded(tmp_path, get("/orders/\x1b[31m"), days=0.5, status=404)
    turn = await recorded(tmp_path, get("/users"), 2, days=0, nth=1)
    (tmp_path / "bad.json").write_text("{")
    os.utime(tmp_path / second, (NOW.timestamp() - 120, NOW.timestamp() - 120))
    lines = maintain.table(listing(tmp_path), NOW)
    assert [line.split() for line in lines[:4]] == [
        ["METHOD", "PATH", "STATUS", "BACKEND", "AGE", "USED", "COST", "FILE"],
        ["GET", "/orders/?[31m", "404", "ollama", "12h", "12h", "-", first],
        ["GET", "/users", "200", "ollama", "1d", "2m", "0.2500", second],
        ["GET", "/users", "(turn", "2)", "200", "ollama", "0s", "0s", "-", turn],
    ]
    assert lines[4].startswith("unreadable: bad.json: line 1")


async def test_an_entry_is_shown_by_file_hash_or_request(tmp_path: Path) -> None:
    file = await kept(tmp_path, get("/users/1"), {"name": "Ann"})
    await kept(tmp_path, RequestKey("POST", "/users/1"), 1)
    (tmp_path / "bad.json").write_text("<<<<<<< HEAD")
    text = (tmp_path / file).read_text()
    hexdigits = file.removesuffix(".json").rsplit("-", 1)[1]
    for which in (file, file.removesuffix(".json"), hexdigits, hexdigits[:6], "GET /users/1"):
        assert maintain.show(tmp_path, listing(tmp_path), which) == text
    assert maintain.show(tmp_path, listing(tmp_path), "bad.json") == "<<<<<<< HEAD"


async def test_what_is_not_there_or_not_one_is_told(tmp_path: Path) -> None:
    for method in ("GET", "POST"):
        await kept(tmp_path, RequestKey(method, "/users/1"), 1)
    with pytest.raises(
        NotFoundError, match=r"2 recordings are meant: get-users-1-.*, post-users-1-"
    ):
        maintain.show(tmp_path, listing(tmp_path), "/users/1")
    for which in ("/nowhere", "../../etc/passwd", "ffff"):
        with pytest.raises(NotFoundError, match="no recording is called"):
            maintain.show(tmp_path, listing(tmp_path), which)


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        (Selection(older_than=20 * DAY, now=NOW), ["old", "used"]),
        (Selection(unused=20 * DAY, now=NOW), ["old"]),
        (Selection(path="/u*", now=NOW), ["used"]),
        (Selection(path="/**", older_than=5 * DAY, now=NOW), ["new", "old", "used"]),
        (Selection(path="/used", unused=5 * DAY, now=NOW), []),
        (Selection(unused=100 * DAY, now=NOW), []),
    ],
)
async def test_prune_takes_what_all_holds_for(
    choice: Selection, expected: list[str], tmp_path: Path
) -> None:
    names = {
        await recorded(tmp_path, get("/old"), days=30): "old",
        (used := await recorded(tmp_path, get("/used"), days=30)): "used",
        await recorded(tmp_path, get("/new"), days=10): "new",
    }
    os.utime(tmp_path / used, (NOW.timestamp(), NOW.timestamp()))
    chosen = maintain.prunable(listing(tmp_path), choice)
    assert sorted(names[file] for file in chosen) == expected
    maintain.remove(tmp_path, chosen)
    assert sorted(names[file] for file in files(tmp_path)) == sorted(
        set(names.values()) - set(expected)
    )


async def test_prune_takes_a_sequence_as_a_whole_or_not_at_all(tmp_path: Path) -> None:
    first = await recorded(tmp_path, get(), 1, days=30)
    second = await recorded(tmp_path, get(), 2, days=5, nth=1)
    assert maintain.prunable(listing(tmp_path), Selection(older_than=20 * DAY, now=NOW)) == []
    chosen = maintain.prunable(listing(tmp_path), Selection(older_than=2 * DAY, now=NOW))
    assert chosen == sorted([first, second])


async def test_prune_takes_what_is_broken_only_when_told_and_never_everything(
    tmp_path: Path,
) -> None:
    await recorded(tmp_path, get())
    (tmp_path / "bad.json").write_text("{")
    assert "bad.json" not in maintain.prunable(listing(tmp_path), Selection(path="/**"))
    assert maintain.prunable(listing(tmp_path), Selection(), broken=True) == ["bad.json"]
    with pytest.raises(InvalidControlError, match="--unused"):
        maintain.prunable(listing(tmp_path), Selection())


async def test_a_folder_as_it_was_recorded_has_no_faults(tmp_path: Path) -> None:
    shape = {"type": "object", "properties": {"age": {"type": "integer"}}}
    asked = RequestKey("POST", "/login", body={"password": "hunter22"}, shape=shape)
    for nth in range(3):
        await recorded(tmp_path, asked, {"age": nth, "token": "made-up"}, nth=nth)
    await recorded(tmp_path, get("/users/1"))
    assert findings(tmp_path) == []


def edit(path: Path, old: str, new: str) -> None:
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))


async def test_verify_names_file_and_place_of_each_fault(tmp_path: Path) -> None:
    shape = {"type": "object", "properties": {"age": {"type": "integer"}}}
    unfit = await kept(tmp_path, get("/unfit", shape=shape), {"age": 5})
    edit(tmp_path / unfit, '"age": 5', '"age": "five"')
    moved = await kept(tmp_path, get("/moved"), 1)
    edit(tmp_path / moved, "/moved", "/elsewhere")
    asking = await kept(tmp_path, get("/asking", body={"note": "aa"}), 1)
    edit(tmp_path / asking, '"note": "aa"', '"password": "hunter22"')
    telling = await kept(tmp_path, get("/telling"), {"note": "aa"})
    edit(tmp_path / telling, "aa", "sk-abcdefgh12345678")
    (tmp_path / "bad.json").write_text("{")
    found = {(one.file, one.fault): one.message for one in findings(tmp_path)}
    assert "/age" in found.pop((unfit, "shape"))
    assert "get-elsewhere-" in found.pop((moved, "name"))
    assert "request" in found.pop((asking, "secret"))
    assert found.pop((asking, "name"))
    assert "response" in found.pop((telling, "secret"))
    assert "line 1" in found.pop(("bad.json", "unreadable"))
    assert found == {}
    assert "hunter22" not in str(findings(tmp_path))


async def test_verify_finds_what_a_merge_that_keeps_both_sides_leaves(tmp_path: Path) -> None:
    one = await kept(tmp_path, get("/users/1"), 1)
    text = (tmp_path / one).read_text()
    (tmp_path / "zz-copy.json").write_text(text)
    found = {one.fault: one for one in findings(tmp_path)}
    assert found["duplicate"].file == "zz-copy.json"
    assert one in found["duplicate"].message


async def test_verify_knows_what_does_not_count(tmp_path: Path) -> None:
    await kept(tmp_path, get("/users/1"), 1)
    second = await kept(tmp_path, get("/users/2"), 1)
    assert findings(tmp_path) == []
    (finding,) = findings(tmp_path, "ids")
    assert (finding.fault, second in (finding.file, finding.message.split()[5])) == (
        "duplicate",
        True,
    )


async def test_verify_finds_gaps_in_a_sequence(tmp_path: Path) -> None:
    turns = [await recorded(tmp_path, get(), nth, nth=nth) for nth in range(4)]
    (tmp_path / turns[0]).unlink()
    (tmp_path / turns[2]).unlink()
    assert [(one.file, one.fault) for one in findings(tmp_path)] == [
        (turns[1], "sequence"),
        (turns[3], "sequence"),
    ]


async def test_what_is_stale_comes_in_the_order_it_was_recorded_in(tmp_path: Path) -> None:
    await recorded(tmp_path, get("/users"), 1, days=40)
    await recorded(tmp_path, get("/users"), 2, days=35, nth=1)
    await recorded(tmp_path, get("/new"), days=2)
    chosen = maintain.stale(listing(tmp_path), Selection(older_than=30 * DAY, now=NOW))
    assert [(one.asked.path, one.turn) for one in chosen] == [("/users", 1), ("/users", 2)]
    assert len(maintain.stale(listing(tmp_path), Selection(now=NOW))) == 3
    assert len(maintain.stale(listing(tmp_path), Selection(path="/new", now=NOW))) == 1


async def test_an_entry_without_a_date_is_as_old_as_its_file(tmp_path: Path) -> None:
    entry = '{"request": {"method": "GET", "path": "/a"}, "response": {"body": 1}}'
    (tmp_path / "a.json").write_text(entry)
    when = (NOW - 3 * DAY).timestamp()
    os.utime(tmp_path / "a.json", (when, when))
    (row,) = listing(tmp_path).rows
    assert row.recorded_at == NOW - 3 * DAY


@pytest.mark.parametrize(
    ("text", "age"),
    [("30", 30 * DAY), ("30d", 30 * DAY), ("12h", DAY / 2), ("2w", 14 * DAY), (" 0d ", 0 * DAY)],
)
def test_ages_are_read(text: str, age: timedelta) -> None:
    assert maintain.read_age(text, "--unused") == age


@pytest.mark.parametrize("text", ["", "d", "-1d", "1.5d", "1y", "9999999", "٣"])
def test_what_is_no_age_is_told(text: str) -> None:
    with pytest.raises(InvalidControlError, match=r"--unused: got .*, expected days"):
        maintain.read_age(text, "--unused")


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="there is no folder"):
        listing(tmp_path / "nowhere")
