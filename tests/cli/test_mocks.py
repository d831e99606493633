from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from mockwright.cli.main import main
from mockwright.errors import MockwrightError
from mockwright.recordings import Recordings
from mockwright.recordings.request_key import RecordedResponse, RequestKey


@pytest.fixture
async def folder(tmp_path: Path) -> Path:
    recordings = Recordings(tmp_path / "mocks", lambda text: text)
    await recordings.start()
    shape = {"type": "object", "properties": {"name": {"const": "Ann"}}, "required": ["name"]}
    for path in ("/users/1", "/users/2", "/products"):
        sought = recordings.seek(RequestKey("GET", path, shape=shape))
        old = RecordedResponse({"name": "Ann"}, backend="gone", recorded_at="2020-01-01T00:00:00Z")
        await recordings.keep(sought, old)
    second = recordings.seek(RequestKey("GET", "/users/2", shape=shape))
    await recordings.keep(second, RecordedResponse({"name": "Ann"}, backend="second"), 1)
    await recordings.aclose()
    return tmp_path / "mocks"


def run(folder: Path, *words: str) -> Result:
    result = CliRunner().invoke(main, ["mocks", "--folder", str(folder), *words])
    if result.exception and not isinstance(result.exception, (SystemExit, MockwrightError)):
        raise result.exception
    return result


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("*.json"))


def test_what_is_recorded_is_listed(folder: Path) -> None:
    lines = run(folder, "ls").output.splitlines()
    assert lines[0].split()[:3] == ["METHOD", "PATH", "STATUS"]
    assert len(lines) == 5


def test_one_entry_is_shown(folder: Path) -> None:
    shown = json.loads(run(folder, "show", "GET /users/1").output)
    assert shown["response"]["body"] == {"name": "Ann"}
    none = run(folder, "show", "GET /carts")
    assert none.exit_code == 1
    assert "no recording" in none.output


def test_a_good_folder_has_no_faults(folder: Path) -> None:
    result = run(folder, "verify")
    assert result.exit_code == 0
    assert "4 recordings, 0 faults" in result.output


def test_a_broken_shape_is_a_fault(folder: Path) -> None:
    path = folder / files(folder)[0]
    path.write_text(path.read_text().replace('"name": "Ann"', '"name": "Bob"'))
    result = run(folder, "verify")
    assert result.exit_code == 1
    assert f"{path.name}: shape: response at /name" in result.output


def test_what_is_pruned_is_chosen(folder: Path) -> None:
    before = files(folder)
    assert "expected --unused" in run(folder, "prune").output
    assert "3 to remove" in run(folder, "prune", "--path", "/users/*", "--dry-run").output
    assert files(folder) == before
    assert "3 removed" in run(folder, "prune", "--path", "/users/*").output
    assert len(files(folder)) == 1
    assert "expected days" in run(folder, "prune", "--unused", "soon").output


def test_a_refresh_only_tells_unless_it_is_to_write(folder: Path) -> None:
    before = {name: (folder / name).read_text() for name in files(folder)}
    result = run(folder, "refresh", "--older-than", "30d")
    assert result.exit_code == 0
    assert "3 asked again, 0 differ, 0 failed" in result.output
    assert {name: (folder / name).read_text() for name in files(folder)} == before
    written = run(folder, "refresh", "--write")
    assert "4 asked again" in written.output
    assert files(folder) == sorted(before)
    assert all('"embedded"' in (folder / name).read_text() for name in before)


def test_a_refresh_tells_what_cannot_be_had(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(
        "MOCKWRIGHT_BACKENDS", '[{"name": "down", "provider": "scripted", "responses": []}]'
    )
    result = run(folder, "refresh")
    assert result.exit_code == 1


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    result = run(tmp_path / "none", "ls")
    assert result.exit_code == 1
    assert "there is no folder" in result.output
