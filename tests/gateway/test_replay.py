"""Record and replay, over HTTP."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from mockwright.app import create_app
from mockwright.errors import ConfigError
from mockwright.settings import (
    BackendSettings,
    RecordingSettings,
    ResilienceSettings,
    RouteSettings,
    ServerSettings,
    Settings,
)
from tests.doubles import Exchange, chat, upstream
from tests.waiting import until

RECORD, REPLAY, AUTO = ({"X-Mock-Mode": mode} for mode in ("record", "replay", "auto"))
SHAPE = {"shape": {"id": 0, "name": "string", "score": 0.0}}
DOWN = (BackendSettings(name="down", provider="ollama", base_url="http://127.0.0.1:9", model="m"),)
NAMES = (
    BackendSettings(
        name="model",
        provider="scripted",
        model="scripted-1",
        responses=tuple({"value": {"id": i, "name": f"name {i}", "score": 1.5}} for i in range(9)),
    ),
)


@contextlib.asynccontextmanager
async def client(folder: Path, **settings: Any) -> AsyncIterator[httpx.AsyncClient]:
    recordings = RecordingSettings(folder=folder, **settings.pop("recordings", {}))
    app = create_app(Settings(recordings=recordings, **settings))
    transport = httpx.ASGITransport(app)
    async with (
        app.gateway.running(),
        httpx.AsyncClient(transport=transport, base_url="http://test/api/mock") as http,
    ):
        yield http


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("*"))


async def test_what_was_recorded_is_replayed_with_every_backend_down(tmp_path: Path) -> None:
    async with client(tmp_path, backends=NAMES) as http:
        live = await http.post("/users/1", json=SHAPE, headers=RECORD)
    (file,) = files(tmp_path)
    assert live.headers["x-mock-recording"] == f"recorded {file}"
    async with client(tmp_path, backends=DOWN, recordings={"mode": "replay"}) as http:
        first, second = [await http.post("/users/1", json=SHAPE) for _ in range(2)]
    assert live.content == first.content == second.content
    assert dict(first.headers) | {"x-request-id": "", "server-timing": ""} == dict(
        second.headers
    ) | {"x-request-id": "", "server-timing": ""}
    assert first.headers["x-mock-cache"] == "replay"
    assert first.headers["x-llm-backend"] == "model"
    assert first.headers["x-mock-cost-usd"] == "0.000000"
    assert first.headers["x-mock-quality"] == live.headers["x-mock-quality"]


async def test_an_entry_tells_what_was_asked_and_who_answered(tmp_path: Path) -> None:
    async with client(tmp_path, backends=NAMES) as http:
        await http.post("/users/1?page=2", json={"a": 1, **SHAPE}, headers=RECORD)
    (file,) = files(tmp_path)
    entry = json.loads((tmp_path / file).read_text())
    assert entry["request"]["method"] == "POST"
    assert entry["request"]["path"] == "/users/1"
    assert entry["request"]["query"] == {"page": "2"}
    assert entry["request"]["body"] == {"a": 1}
    assert entry["response"]["body"]["name"] == "name 0"
    assert (entry["meta"]["backend"], entry["meta"]["model"]) == ("model", "scripted-1")
    assert entry["meta"]["recorded_at"]


async def test_a_miss_names_the_nearest_entry_and_what_differs(tmp_path: Path) -> None:
    async with client(tmp_path) as http:
        await http.post("/users/1", json={"city": "Rome", **SHAPE}, headers=RECORD)
        response = await http.post("/users/1", json={"city": "Oslo", **SHAPE}, headers=REPLAY)
    told = response.json()
    assert response.status_code == 501
    assert told["type"] == "urn:mockwright:problem:not-recorded"
    assert told["nearest"] == files(tmp_path)[0]
    assert told["differences"] == ['body /city: asked "Oslo", recorded "Rome"']


async def test_auto_replays_or_else_records(tmp_path: Path) -> None:
    async with client(tmp_path, backends=NAMES) as http:
        answers = [await http.post("/users/1", json=SHAPE, headers=AUTO) for _ in range(3)]
    assert [it.headers["x-mock-cache"] for it in answers] == ["bypass", "replay", "replay"]
    assert len({it.json()["name"] for it in answers}) == 1


async def test_equal_requests_of_one_test_get_their_answers_in_turn(tmp_path: Path) -> None:
    async def three(http: httpx.AsyncClient, test: str, mode: dict[str, str]) -> list[str]:
        headers = {"X-Test-Id": test, **mode}
        return [
            (await http.post("/users/1", json=SHAPE, headers=headers)).json()["name"]
            for _ in range(3)
        ]

    async with client(tmp_path, backends=NAMES) as http:
        recorded = await three(http, "one", AUTO)
    assert len(set(recorded)) == 3
    async with client(tmp_path, backends=DOWN) as http:
        assert await three(http, "two", REPLAY) == recorded
        assert await three(http, "three", REPLAY) == recorded
        assert (await three(http, "two", REPLAY)) == [recorded[-1]] * 3
        without = [await http.post("/users/1", json=SHAPE, headers=REPLAY) for _ in range(2)]
    assert [it.json()["name"] for it in without] == [recorded[0]] * 2


async def test_a_failed_recording_does_not_take_a_turn(tmp_path: Path) -> None:
    headers = {"X-Test-Id": "one", **AUTO}
    once = ResilienceSettings(retry=False)
    async with client(tmp_path, backends=(*DOWN, *NAMES), resilience=once) as http:
        failed = await http.post("/users/1?backend=down&fill=false", json=SHAPE, headers=headers)
        assert failed.status_code >= 500
        assert files(tmp_path) == []


async def test_a_file_edited_by_hand_is_used_as_edited(tmp_path: Path) -> None:
    async with client(tmp_path) as http:
        await http.post("/users/1", json=SHAPE, headers=RECORD)
        (file,) = files(tmp_path)
        entry = json.loads((tmp_path / file).read_text())
        entry["response"]["body"]["name"] = "edited"
        (tmp_path / file).write_text(json.dumps(entry))
        async with client(tmp_path) as later:
            response = await later.post("/users/1", json=SHAPE, headers=REPLAY)
    assert response.json()["name"] == "edited"


async def test_an_edit_that_breaks_the_shape_is_told_and_not_served(tmp_path: Path) -> None:
    async with client(tmp_path) as http:
        await http.post("/users/1", json=SHAPE, headers=RECORD)
    (file,) = files(tmp_path)
    entry = json.loads((tmp_path / file).read_text())
    entry["response"]["body"]["name"] = 5
    (tmp_path / file).write_text(json.dumps(entry))
    async with client(tmp_path) as http:
        response = await http.post("/users/1", json=SHAPE, headers=REPLAY)
    assert response.status_code == 500
    assert response.json()["file"] == file
    assert "/name" in response.json()["detail"]


@pytest.mark.parametrize("ignore", [{"recordings": {"ignore": ("ids", "query.t")}}, {}])
async def test_what_is_ignored_does_not_count(tmp_path: Path, ignore: dict[str, Any]) -> None:
    routes = () if ignore else (RouteSettings(path="/users/*", ignore=("ids", "query.t")),)
    async with client(tmp_path, routes=routes, **ignore) as http:
        live = await http.post("/users/1?t=1", json=SHAPE, headers=RECORD)
        other = await http.post("/users/2?t=2", json=SHAPE, headers=REPLAY)
    assert other.status_code == 200, other.text
    assert other.json() == live.json()


async def test_an_ignore_word_that_is_none_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="expected ids, timestamps"):
        create_app(Settings(recordings=RecordingSettings(folder=tmp_path, ignore=("dates",))))


async def test_secrets_are_not_written(tmp_path: Path) -> None:
    server = ServerSettings(admin_token=SecretStr("tok-configured-1"))
    async with client(tmp_path, server=server) as http:
        body = {"password": "hunter2!", "note": "tok-configured-1", "shape": {"note": "string"}}
        live = await http.post("/login", json=body, headers=RECORD)
        again = await http.post("/login", json=body, headers=REPLAY)
    (file,) = files(tmp_path)
    text = (tmp_path / file).read_text()
    assert "hunter2" not in text
    assert "tok-configured-1" not in text
    assert live.status_code == again.status_code == 200


async def test_a_test_may_have_a_folder_of_its_own(tmp_path: Path) -> None:
    async with client(tmp_path) as http:
        wanted = {"mode": "auto", "recordings": "checkout"}
        await http.put("http://test/api/admin/tests/t", json=wanted)
        await http.get("/@t/users/1")
        await http.get("/users/1")
    assert files(tmp_path) == ["checkout"]
    assert len(files(tmp_path / "checkout")) == 1


async def test_resources_are_made_from_recordings_and_kept_as_always(tmp_path: Path) -> None:
    headers = {"X-Mock-State": "on"}
    async with client(tmp_path) as http:
        live = await http.get("/users/1", headers=headers | RECORD)
    async with client(tmp_path, backends=DOWN) as http:
        replayed = await http.get("/users/1", headers=headers | REPLAY)
        changed = await http.patch("/users/1", json={"firstName": "Ann"}, headers=headers | REPLAY)
    assert replayed.json() == live.json()
    assert changed.json()["firstName"] == "Ann"


async def test_a_folder_that_cannot_be_written_is_told_and_the_answer_is_given(
    tmp_path: Path,
) -> None:
    blocked = tmp_path / "mocks"
    blocked.write_text("a file")
    async with client(blocked) as http:
        response = await http.get("/users/1", headers=RECORD)
    assert response.status_code in (200, 409)
    assert "record" in response.headers.get("x-mock-ignored", "") or "mocks" in response.text


async def test_without_an_asked_shape_what_was_recorded_is_good(tmp_path: Path) -> None:
    async with client(tmp_path) as http:
        live = await http.get("/users?context=shop", headers=RECORD)
        await http.get("/users/77?context=shop")  # now the list is known to be longer
        again = await http.get("/users?context=shop", headers=REPLAY)
    assert live.status_code == again.status_code == 200, again.text


async def test_sequences_are_of_one_folder_and_one_mode(tmp_path: Path) -> None:
    test = {"X-Test-Id": "t"}
    async with client(tmp_path, backends=NAMES) as http:
        admin = "http://test/api/admin/tests/t"
        for folder in ("a", "b"):
            await http.put(admin, json={"recordings": folder})
            made = [
                await http.post("/users/1", json=SHAPE, headers=test | RECORD) for _ in range(2)
            ]
        replayed = [
            await http.post("/users/1", json=SHAPE, headers=test | REPLAY) for _ in range(2)
        ]
    assert [len(files(tmp_path / folder)) for folder in ("a", "b")] == [2, 2]
    assert [one.content for one in replayed] == [one.content for one in made]
    assert made[0].content != made[1].content


async def test_nothing_is_counted_for_requests_without_a_test(tmp_path: Path) -> None:
    settings = Settings(recordings=RecordingSettings(folder=tmp_path, mode="replay"))
    app = create_app(settings)
    transport = httpx.ASGITransport(app)
    async with (
        app.gateway.running(),
        httpx.AsyncClient(transport=transport, base_url="http://test/api/mock") as http,
    ):
        for i in range(20):
            assert (await http.get(f"/users/{i}")).status_code == 501
        assert len(app.gateway.memory.scopes.shared.sequences) == 0


async def test_equal_requests_at_once_are_made_once_in_auto(tmp_path: Path) -> None:
    async with client(tmp_path, backends=NAMES, recordings={"mode": "auto"}) as http:
        answers = await asyncio.gather(*(http.post("/users/1", json=SHAPE) for _ in range(8)))
    assert len({one.content for one in answers}) == 1
    told = sorted(one.headers["x-mock-recording"].split()[0] for one in answers)
    assert told[-1] == "recorded"
    assert told.count("recorded") == 1


async def test_those_who_wait_for_one_that_fails_make_their_own(tmp_path: Path) -> None:
    def waiting() -> int:
        return sum(len(flight._waiters) for flight in app.gateway.memory.player._flights.values())

    async def model(exchange: Exchange) -> None:
        if len(server.requests) == 1:
            await until(lambda: waiting() == 2)
            await exchange.reply({}, 500)
        else:
            await exchange.reply(chat('{"id": 1, "name": "Ann", "score": 1}'))

    once = ResilienceSettings(retry=False, allowed_fails=5)
    recordings = RecordingSettings(folder=tmp_path, mode="auto")
    async with upstream(model) as server:
        backend = BackendSettings(name="model", base_url=server.url, model="m")
        app = create_app(Settings(backends=(backend,), recordings=recordings, resilience=once))
        transport = httpx.ASGITransport(app)
        async with (
            app.gateway.running(),
            httpx.AsyncClient(transport=transport, base_url="http://test/api/mock") as http,
        ):
            answers = await asyncio.gather(*(http.post("/users/1", json=SHAPE) for _ in range(3)))
    good = [one.content for one in answers if one.status_code == 200]
    assert sorted(one.status_code for one in answers) == [200, 200, 502]
    assert good[0] == good[1]


async def test_only_ids_may_differ_under_ids(tmp_path: Path) -> None:
    shape = {"type": "object", "properties": {"kind": {"const": "order"}}, "required": ["kind"]}
    recordings = {"ignore": ("ids",)}
    asked = {"X-Response-Shape": json.dumps(shape)}
    async with client(tmp_path, recordings=recordings) as http:
        await http.get("/orders/1", headers=asked | RECORD)
        path = tmp_path / files(tmp_path)[0]
        entry = json.loads(path.read_text())
        entry["response"]["body"]["kind"] = "nonsense"
        path.write_text(json.dumps(entry))
    async with client(tmp_path, recordings=recordings) as http:
        assert (await http.get("/orders/1", headers=asked | REPLAY)).status_code == 500


async def test_tests_whose_own_rules_differ_have_recordings_of_their_own(tmp_path: Path) -> None:
    shape = [{"id": 0, "name": "string"}]
    async with client(tmp_path, recordings={"mode": "auto"}) as http:
        told = {}
        for test, rule in (("a", {"seed": 42}), ("b", {"seed": 7}), ("c", {"count": 5})):
            rules = [{"path": "/products", "shape": shape, **rule}]
            await http.put(f"http://test/api/admin/tests/{test}/routes", json=rules)
            told[test] = await http.get("/products", headers={"X-Test-Id": test})
    assert told["a"].headers["x-mock-seed"].startswith("42;")
    assert told["b"].headers["x-mock-seed"].startswith("7;")
    assert len(told["c"].json()) == 5
    assert len(files(tmp_path)) == 3
