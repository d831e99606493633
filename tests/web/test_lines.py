"""Answers as JSON lines, and a request that is looked at while it is under way."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
import pytest

from mockwright.app import create_app
from mockwright.settings import BackendSettings, CacheSettings, ScriptedReply, Settings

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
    reply = ScriptedReply(value={"users": []}, delay=0.05)
    slow = BackendSettings(name="m", provider="scripted", responses=(reply,), max_tokens=64)
    app = create_app(Settings(backends=(slow,)))
    body = {"shape": {"users": [{"id": 0, "name": "string"}]}, "count": 60}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://t") as http:
        named = {"x-request-id": "watched"}
        running = asyncio.ensure_future(http.post("/api/mock/users", json=body, headers=named))
        await asyncio.sleep(0.12)
        seen = (await http.get("/api/admin/requests/watched")).json()
        listed = (await http.get("/api/admin/requests")).json()
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
