"""A served gateway: what it starts with, and what is left when it is killed."""

from __future__ import annotations

import json
import os
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner

from mockwright.cli.main import main
from tests.serving import serving
from tests.waiting import PATIENCE

QUIET = {"MOCKWRIGHT_LOG__LEVEL": "error"}


def test_resources_are_seeded_from_a_file(tmp_path: Path) -> None:
    data = tmp_path / "db.json"
    data.write_text(json.dumps({"users": [{"id": 1, "name": "Ann"}], "profile": {"city": "Rome"}}))
    with serving("--seed-data", str(data), cwd=tmp_path, env=QUIET) as server:
        mock = f"{server.url}/api/mock"
        assert httpx.get(f"{mock}/users").json() == [{"id": 1, "name": "Ann"}]
        assert httpx.get(f"{mock}/profile").json() == {"city": "Rome"}
        assert httpx.post(f"{mock}/users", json={"name": "Bob"}).json()["id"] == 2
        assert len(httpx.get(f"{mock}/@other/users").json()) == 1
        httpx.post(f"{server.url}/api/admin/state/reset")
        assert len(httpx.get(f"{mock}/users").json()) == 1


def test_seed_data_that_cannot_be_read_stops_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The command tells its workers by the environment, which is this process's here.
    monkeypatch.setattr(os, "environ", dict(os.environ))
    data = tmp_path / "db.json"
    for text, told in (("{", "not JSON"), ('{"users": 5}', "a list of objects, or an object")):
        data.write_text(text)
        result = CliRunner().invoke(main, ["serve", "--port", "0", "--seed-data", str(data)])
        assert result.exit_code == 1
        assert str(data) in result.output
        assert told in result.output


def test_a_kill_while_recording_leaves_whole_entries_and_earlier_ones_intact(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "mocks"
    environment = {
        **QUIET,
        "MOCKWRIGHT_RECORDINGS__FOLDER": str(folder),
        "MOCKWRIGHT_RECORDINGS__MODE": "record",
    }
    numbers = count()
    earlier: dict[str, bytes] = {}
    for _ in range(3):
        with serving(env=environment, cwd=tmp_path) as server:
            busy = threading.Event()

            def ask(url: str = server.url, busy: threading.Event = busy) -> None:
                with httpx.Client() as client:
                    for number in numbers:
                        try:
                            client.get(f"{url}/api/mock/users/{number}?count=20")
                        except httpx.TransportError:
                            return
                        if number % 20 == 19:
                            busy.set()

            with ThreadPoolExecutor(4) as pool:
                for _ in range(4):
                    pool.submit(ask)
                assert busy.wait(PATIENCE)
                server.process.send_signal(signal.SIGKILL)
        now = {path.name: path.read_bytes() for path in folder.glob("*.json")}
        assert all(json.loads(text)["response"]["status"] == 200 for text in now.values())
        assert all(now[name] == text for name, text in earlier.items())
        assert len(now) > len(earlier)
        earlier = now
    result = CliRunner().invoke(main, ["mocks", "--folder", str(folder), "verify"])
    assert result.exit_code == 0, result.output
