"""Answers as JSON lines, and a request that is looked at while it is under way."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
import pytest

from mockwright.app import create_app
from mockwright.settings import (
    BackendSettings,
    CacheSettings,
    MockSettings,
    ResilienceSettings,
    ScriptedReply,
    Settings,
)
from mockwright.types import JsonObject
from tests.doubles import Exchange, chat, upstream

LINES = {"accept": "application/x-ndjson"}


async def ask(body: Any, settings: Settings | None = None, **headers: str) -> httpx.Response:
    app = create_app(settings or Settings())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://t") as http:
        return await http.post("/api/mock/users", json=body, headers={**LINES, **headers})


@pytest.mark.parametrize(
    ("shape", "lines"),
    [
        ({"users": [{"name": "string"}], "page": 1}, 4),
        ([{"name": "string"}], 4),
        ({"name": "string"}, 4),
    ],
)
async def test_each_item_is_a_line(shape: Any, lines: int) -> None:
    response = await ask({"shape": shape, "count": 4})
    assert response.headers["content-type"] == "application/x-ndjson"
    assert int(response.headers["content-length"]) == len(response.content)
    parsed = [json.loads(line) for line in response.text.splitlines()]
    assert len(parsed) == lines
    assert all("name" in one for one in parsed)


async def test_an_answer_without_one_list_is_one_line() -> None:
    response = await ask({"shape": {"a": ["string"], "b": [0]}})
    assert len(response.text.splitlines()) == 1


async def test_a_problem_stays_a_problem() -> None:
    response = await ask({"shape": {"a": "datetme"}})
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"


async def test_lines_and_json_of_one_variant_do_not_mix() -> None:
    app = create_app(Settings(cache=CacheSettings()))
    body = {"shape": {"$cache": 1, "users": [{"name": "string"}]}}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://t") as http:
        whole = [await http.post("/api/mock/u", json=body) for _ in range(2)]
        lines = await http.post("/api/mock/u", json=body, headers=LINES)
        again = await http.post("/api/mock/u", json=body)
    assert again.json() == whole[1].json()
    assert [json.loads(line) for line in lines.text.splitlines()] == again.json()["users"]


async def test_a_long_list_can_be_watched_as_it_grows() -> None:
    go_on = asyncio.Event()

    async def handler(exchange: Exchange) -> None:
        if len(server.requests) > 1:
            await go_on.wait()
        await exchange.reply(chat('{"users": []}'))

    body = {"shape": {"users": [{"id": 0, "name": "string"}]}, "count": 60}
    async with upstream(handler) as server:
        up = BackendSettings(name="m", base_url=server.url, model="m", max_tokens=64)
        one_by_one = MockSettings(chunk_parallel=1, reasks=0)
        app = create_app(Settings(backends=(up,), mock=one_by_one))
        transport = httpx.ASGITransport(app)
        async with (
            app.gateway.running(),
            httpx.AsyncClient(transport=transport, base_url="http://t") as http,
        ):
            named = {"x-request-id": "watched"}
            running = asyncio.ensure_future(http.post("/api/mock/users", json=body, headers=named))
            seen: JsonObject = {}
            while not (seen.get("progress") or {}).get("items"):
                seen = (await http.get("/api/admin/requests/watched")).json()
            listed = (await http.get("/api/admin/requests")).json()
            go_on.set()
            response = await running
            after = (await http.get("/api/admin/requests/watched")).json()
    assert seen["in_progress"]
    assert seen["status"] is None
    assert 0 < seen["progress"]["items"] < 60
    assert seen["progress"]["of"] == 60
    assert [one["id"] for one in listed] == ["watched"]
    assert not after["in_progress"]
    assert after["progress"] == {"items": 60, "of": 60}
    assert len(response.json()["users"]) == 60


async def streamed(body: Any, settings: Settings | None = None) -> tuple[httpx.Response, Any]:
    """An answer in lines, and what the journal says of it."""
    app = create_app(settings or Settings())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://t") as http:
        response = await http.post("/api/mock/users", json=body, headers=LINES)
        identifier = response.headers["x-request-id"]
        return response, (await http.get(f"/api/admin/requests/{identifier}")).json()


LONG = {"shape": {"users": [{"id": 0, "name": "string"}]}, "count": 2_500, "$seed": 1}


async def test_a_long_list_leaves_piece_by_piece_and_says_the_same_as_the_whole() -> None:
    response, entry = await streamed(LONG)
    assert "content-length" not in response.headers
    assert "x-mock-quality" not in response.headers, "it is not known yet"
    users = [json.loads(line) for line in response.text.splitlines()]
    whole = (await ask(LONG, accept="application/json")).json()["users"]
    assert users == whole
    assert len({user["id"] for user in users}) == 2_500
    assert entry["status"] == 200
    assert len(entry["candidates"]) == 3


async def test_the_first_items_are_there_before_the_last_are_made() -> None:
    reply = ScriptedReply(value={"users": [{"id": 1, "name": "A"}]}, delay=0.05)
    slow = BackendSettings(name="m", provider="scripted", responses=(reply,), max_tokens=64)
    app = create_app(Settings(backends=(slow,)))
    body = {"shape": {"users": [{"id": 0, "name": "string"}]}, "count": 40}
    sent: list[float] = []
    loop = asyncio.get_running_loop()

    async def receive() -> Any:
        if sent or received:
            await asyncio.Event().wait()
        received.append(True)
        return {"type": "http.request", "body": json.dumps(body).encode()}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.body" and message["body"]:
            sent.append(loop.time())

    received: list[bool] = []
    await app(scope_of(LINES), receive, send)
    assert len(sent) > 2
    assert sent[-1] - sent[0] > 0.05


def scope_of(headers: dict[str, str]) -> dict[str, Any]:
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    raw.append((b"content-type", b"application/json"))
    return {
        "type": "http", "method": "POST", "path": "/api/mock/users", "headers": raw,
        "raw_path": b"/api/mock/users", "query_string": b"", "root_path": "",
    }  # fmt: skip


@pytest.mark.usefixtures("clock")
async def test_a_caller_who_leaves_in_the_middle_ends_what_is_under_way() -> None:
    reply = ScriptedReply(value={"users": [{"id": 1, "name": "A"}]}, delay=0.05)
    slow = BackendSettings(name="m", provider="scripted", responses=(reply,), max_tokens=64)
    app = create_app(Settings(backends=(slow,)))
    body = {"shape": {"users": [{"id": 0, "name": "string"}]}, "count": 400}
    begun, left = asyncio.Event(), [{"type": "http.disconnect"}]
    waiting = [{"type": "http.request", "body": json.dumps(body).encode()}]

    async def receive() -> Any:
        if waiting:
            return waiting.pop()
        await begun.wait()
        return left[0]

    async def send(message: Any) -> None:
        if message["type"] == "http.response.body" and message["body"]:
            begun.set()

    await app(scope_of(LINES), receive, send)
    calls = app.gateway.engine.pool.status()[0].calls
    await asyncio.sleep(0.15)
    assert app.gateway.engine.pool.status()[0].calls == calls
    listed = app.gateway.services.journal.list()
    assert listed[0]["status"] == 499


async def test_a_rule_about_the_list_as_a_whole_waits_for_the_whole() -> None:
    rule = {"cel": "size(result.users) > 1"}
    response, _ = await streamed({**LONG, "rules": [rule]})
    assert int(response.headers["content-length"]) == len(response.content)
    assert len(response.text.splitlines()) == 2_500


async def test_a_first_piece_that_nobody_makes_is_a_problem_and_a_later_one_is_filled() -> None:
    answer = ScriptedReply(value={"users": [{"id": 1, "name": "Ann"}]})
    failing = ScriptedReply(error="status_500")
    resting = ResilienceSettings(retry=False, allowed_fails=1000)
    few = {"shape": {"users": [{"id": 0, "name": "string"}]}, "count": 30}

    def settings(*replies: ScriptedReply) -> Settings:
        backend = BackendSettings(name="m", provider="scripted", responses=replies, max_tokens=64)
        return Settings(
            backends=(backend,), resilience=resting, mock=MockSettings(chunk_parallel=1, reasks=0)
        )

    refused = await ask(few, settings(failing))
    assert refused.status_code == 502
    response, entry = await streamed(few, settings(answer, *[failing] * 40))
    assert response.status_code == 200
    lines = [json.loads(line) for line in response.text.splitlines()]
    assert len(lines) == 30
    assert all(line["name"] for line in lines)
    assert any("failed again" in note for note in entry["notes"])
