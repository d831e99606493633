"""Record and replay on the chat surfaces, over HTTP."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner

from mockwright.app import create_app
from mockwright.cli.main import main
from mockwright.settings import (
    BackendSettings,
    RecordingSettings,
    ResilienceSettings,
    ScriptedReply,
    Settings,
)
from tests.web.surfaces import WEATHER, events, lines

RECORD, REPLAY, AUTO = ({"X-Mock-Mode": mode} for mode in ("record", "replay", "auto"))
HELLO = {"model": "model", "messages": [{"role": "user", "content": "hello"}]}
CHAT = "/v1/chat/completions"


def said(*replies: str | ScriptedReply) -> tuple[BackendSettings, ...]:
    scripted = tuple(ScriptedReply(text=one) if isinstance(one, str) else one for one in replies)
    return (BackendSettings(name="model", provider="scripted", model="m-1", responses=scripted),)


DOWN = (BackendSettings(name="down", provider="ollama", base_url="http://127.0.0.1:9", model="m"),)


@contextlib.asynccontextmanager
async def client(
    folder: Path, backends: tuple[BackendSettings, ...] = DOWN, **recordings: Any
) -> AsyncIterator[httpx.AsyncClient]:
    settings = Settings(
        backends=backends,
        recordings=RecordingSettings(folder=folder, **recordings),
        resilience=ResilienceSettings(retry=False),
    )
    app = create_app(settings)
    transport = httpx.ASGITransport(app)
    async with (
        app.gateway.running(),
        httpx.AsyncClient(transport=transport, base_url="http://test") as http,
    ):
        yield http


def entries(folder: Path) -> list[Any]:
    return [json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))]


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("*.json"))


def streamed_text(response: httpx.Response) -> str:
    return "".join(
        choice["delta"].get("content") or ""
        for event in events(response)
        for choice in event["choices"]
    )


async def test_a_chat_is_replayed_without_any_backend(tmp_path: Path) -> None:
    async with client(tmp_path, said("Hi there.")) as http:
        live = await http.post(CHAT, json=HELLO, headers=RECORD)
    (file,) = files(tmp_path)
    assert live.headers["x-mock-recording"] == f"recorded {file}"
    async with client(tmp_path, mode="replay") as http:
        first, second = [await http.post(CHAT, json=HELLO) for _ in range(2)]
        listed = (await http.get("/api/admin/requests")).json()
    assert first.content == second.content == live.content
    assert first.json()["choices"][0]["message"]["content"] == "Hi there."
    assert first.headers["x-mock-recording"] == file
    assert first.headers["x-llm-backend"] == "model"
    assert first.headers["x-mock-cost-usd"] == "0.000000"
    assert [one["cache"] for one in listed] == ["replay", "replay"]


async def test_an_entry_is_made_for_review(tmp_path: Path) -> None:
    async with client(tmp_path, said("Hi there.")) as http:
        await http.post(CHAT, json={**HELLO, "temperature": 0.5}, headers=RECORD)
    (entry,) = entries(tmp_path)
    assert entry["request"]["method"] == "CHAT"
    assert entry["request"]["path"] == "/model"
    assert entry["request"]["body"] == {"messages": HELLO["messages"], "temperature": 0.5}
    assert entry["response"]["body"]["choices"][0]["message"]["content"] == "Hi there."
    # What is another each time would be noise in every review.
    assert not {"id", "created", "object"} & entry["response"]["body"].keys()
    assert (entry["meta"]["backend"], entry["meta"]["model"]) == ("model", "m-1")


async def test_what_was_recorded_whole_is_streamed_and_the_other_way_round(tmp_path: Path) -> None:
    for recorded, replayed in ((False, True), (True, False)):
        folder = tmp_path / str(recorded)
        async with client(folder, said("Hi there, how are you?")) as http:
            live = await http.post(CHAT, json={**HELLO, "stream": recorded}, headers=RECORD)
            assert live.status_code == 200
            again = await http.post(CHAT, json={**HELLO, "stream": replayed}, headers=REPLAY)
            options = {"stream": replayed, "stream_options": {"include_usage": True}}
            counted = await http.post(
                CHAT, json={**HELLO, **(options if replayed else {})}, headers=REPLAY
            )
        assert len(entries(folder)) == 1
        if replayed:
            assert streamed_text(again) == "Hi there, how are you?"
            assert events(again)[-1]["choices"][0]["finish_reason"] == "stop"
            assert events(counted)[-1]["usage"]["completion_tokens"] > 0
        else:
            assert again.json()["choices"][0]["message"]["content"] == "Hi there, how are you?"
            assert again.json()["usage"]["completion_tokens"] > 0


async def test_tool_calls_come_back_with_their_ids(tmp_path: Path) -> None:
    tools = [{"type": "function", "function": {"name": "weather", "parameters": WEATHER}}]
    reply = ScriptedReply(
        tool_calls=[{"name": "weather", "arguments": {"location": "Rome", "days": 2}}]
    )
    asked = {**HELLO, "tools": tools, "tool_choice": "required"}
    async with client(tmp_path, said(reply)) as http:
        live = await http.post(CHAT, json=asked, headers=RECORD)
        again = await http.post(CHAT, json=asked, headers=REPLAY)
        streamed = await http.post(CHAT, json={**asked, "stream": True}, headers=REPLAY)
    (call,) = live.json()["choices"][0]["message"]["tool_calls"]
    assert again.json()["choices"][0]["message"]["tool_calls"] == [call]
    pieces = [
        piece
        for event in events(streamed)
        for piece in event["choices"][0]["delta"].get("tool_calls") or ()
    ]
    assert pieces[0]["id"] == call["id"]
    assert json.loads("".join(piece["function"]["arguments"] for piece in pieces)) == {
        "location": "Rome",
        "days": 2,
    }


async def test_what_one_protocol_recorded_another_replays(tmp_path: Path) -> None:
    body = {"model": "model", "messages": HELLO["messages"], "stream": False}
    async with client(tmp_path, said("Hi there.")) as http:
        await http.post(CHAT, json=HELLO, headers=RECORD)
        ollama = await http.post("/api/chat", json=body, headers=REPLAY)
        streamed = await http.post("/api/chat", json={**body, "stream": True}, headers=REPLAY)
        response = await http.post(
            "/v1/responses", json={"model": "model", "input": "hello"}, headers=REPLAY
        )
    assert ollama.json()["message"]["content"] == "Hi there."
    assert "".join(line["message"]["content"] for line in lines(streamed)) == "Hi there."
    assert response.json()["output"][0]["content"][0]["text"] == "Hi there."


async def test_messages_and_completions_are_recorded_too(tmp_path: Path) -> None:
    message = {**HELLO, "max_tokens": 50}
    calls = [
        ("/v1/messages", message),
        ("/v1/completions", {"model": "model", "prompt": "once"}),
        ("/v1/completions", {"model": "model", "prompt": "twice", "stream": True}),
        (
            "/v1/messages",
            {"model": "model", "max_tokens": 9, "messages": HELLO["messages"], "stream": True},
        ),
    ]
    async with client(tmp_path, said(*(f"Answer {i}." for i in range(4)))) as http:
        for path, body in calls:
            assert (await http.post(path, json=body, headers=RECORD)).status_code == 200
    async with client(tmp_path, mode="replay") as http:
        for i, (path, body) in enumerate(calls):
            response = await http.post(path, json=body)
            assert response.status_code == 200, response.text
            assert f"{i}." in response.text


async def test_embeddings_are_replayed(tmp_path: Path) -> None:
    body = {"model": "embedded", "input": ["a", "b"]}
    embedded = (BackendSettings(name="embedded", provider="embedded"),)
    async with client(tmp_path, embedded) as http:
        live = await http.post("/v1/embeddings", json=body, headers=RECORD)
    async with client(tmp_path, mode="replay") as http:
        again = await http.post("/v1/embeddings", json=body)
        as_base64 = await http.post("/v1/embeddings", json={**body, "encoding_format": "base64"})
        other = await http.post("/v1/embeddings", json={**body, "input": "c"})
    assert again.json()["data"] == live.json()["data"]
    assert isinstance(as_base64.json()["data"][0]["embedding"], str)
    assert other.status_code == 501


async def test_a_miss_is_told_in_the_words_of_the_surface(tmp_path: Path) -> None:
    other = {**HELLO, "messages": [{"role": "user", "content": "bye"}]}
    async with client(tmp_path, said("Hi.")) as http:
        await http.post(CHAT, json=HELLO, headers=RECORD)
        missed = await http.post(CHAT, json=other, headers=REPLAY)
        streamed = await http.post(CHAT, json={**other, "stream": True}, headers=REPLAY)
        claude = await http.post("/v1/messages", json={**other, "max_tokens": 5}, headers=REPLAY)
    error = missed.json()["error"]
    assert (missed.status_code, error["code"]) == (501, "not_recorded")
    assert "nearest is chat-model-" in error["message"]
    assert "/messages/0/content" in error["message"]
    assert missed.headers["x-should-retry"] == "false"
    assert (streamed.status_code, claude.status_code) == (501, 501)


async def test_equal_chats_of_one_test_have_their_turns(tmp_path: Path) -> None:
    test = {"X-Test-Id": "t"}
    async with client(tmp_path, said("one", "two", "three")) as http:
        for _ in range(3):
            await http.post(CHAT, json=HELLO, headers=RECORD | test)
    async with client(tmp_path, mode="replay") as http:
        mine = [await http.post(CHAT, json=HELLO, headers=test) for _ in range(4)]
        others = await http.post(CHAT, json=HELLO, headers={"X-Test-Id": "u"})
    told = [one.json()["choices"][0]["message"]["content"] for one in (*mine, others)]
    assert told == ["one", "two", "three", "three", "one"]


async def test_auto_asks_once(tmp_path: Path) -> None:
    async with client(tmp_path, said("one", "two"), mode="auto") as http:
        first, second = [await http.post(CHAT, json=HELLO) for _ in range(2)]
    assert first.content == second.content
    assert first.headers["x-mock-recording"].startswith("recorded ")
    assert not second.headers["x-mock-recording"].startswith("recorded ")


async def test_a_test_may_ask_for_a_mode_and_a_folder(tmp_path: Path) -> None:
    async with client(tmp_path, said("Hi.")) as http:
        wanted = {"mode": "record", "recordings": "mine"}
        await http.put("/api/admin/tests/t", json=wanted)
        await http.post(CHAT, json=HELLO, headers={"X-Test-Id": "t"})
    assert len(entries(tmp_path / "mine")) == 1


async def test_a_chat_that_fails_is_not_recorded(tmp_path: Path) -> None:
    test = {"X-Test-Id": "t"}
    failing = ScriptedReply(error="status_500")
    async with client(tmp_path, said(failing, "Hi.")) as http:
        for stream in (True, False):
            body = {**HELLO, "stream": stream}
            await http.post(CHAT, json=body, headers=RECORD | test)
    (entry,) = entries(tmp_path)
    assert "turn" not in entry["request"]


async def test_a_stream_that_is_left_is_not_recorded(tmp_path: Path) -> None:
    from mockwright.testing.serve import serve_app

    slow = said(ScriptedReply(text="one two three four five " * 20, tokens_per_second=50))
    settings = Settings(backends=slow, recordings=RecordingSettings(folder=tmp_path))
    app = create_app(settings)

    def leave(url: str) -> None:
        body = {**HELLO, "stream": True}
        with httpx.stream("POST", f"{url}{CHAT}", json=body, headers=RECORD) as response:
            next(response.iter_raw(1))

    with serve_app(app, lifespan="on") as url:
        await asyncio.to_thread(leave, url)
    assert entries(tmp_path) == []


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda body: body["choices"].clear(), "/choices"),
        (
            lambda body: body["choices"][0]["message"].update(content=5),
            "/choices/0/message/content",
        ),
        (
            lambda body: body["choices"][0]["message"].update(content='{"location": 1}'),
            "/choices/0/message",
        ),
    ],
)
async def test_what_was_edited_is_checked(tmp_path: Path, change: Any, told: str) -> None:
    form = {"type": "json_schema", "json_schema": {"name": "w", "schema": WEATHER}}
    asked = {**HELLO, "response_format": form}
    async with client(tmp_path, said('{"location": "Rome", "days": 2}')) as http:
        await http.post(CHAT, json=asked, headers=RECORD)
    path = tmp_path / files(tmp_path)[0]
    entry = json.loads(path.read_text())
    entry["response"]["body"]["choices"][0]["message"]["content"] = '{"location":"Oslo","days":3}'
    path.write_text(json.dumps(entry))
    async with client(tmp_path, mode="replay") as http:
        edited = await http.post(CHAT, json=asked)
    assert "Oslo" in edited.json()["choices"][0]["message"]["content"]
    change(entry["response"]["body"])
    path.write_text(json.dumps(entry))
    async with client(tmp_path, mode="replay") as http:
        broken = await http.post(CHAT, json=asked)
    assert broken.status_code == 500
    assert path.name in broken.json()["error"]["message"]
    assert told in broken.json()["error"]["message"]


async def test_secrets_are_not_written(tmp_path: Path) -> None:
    secret = "sk-abcdefghijklmnopqrstuvwxyz123456"
    body = {**HELLO, "messages": [{"role": "user", "content": f"my key is {secret}"}]}
    async with client(tmp_path, said("Hi.")) as http:
        await http.post(CHAT, json=body, headers=RECORD)
        again = await http.post(CHAT, json=body, headers=REPLAY)
    assert again.status_code == 200
    assert secret not in json.dumps(entries(tmp_path))


async def test_what_is_too_large_to_be_kept_is_told(tmp_path: Path) -> None:
    long = "word " * 500
    async with client(tmp_path, said(long, long), max_entry_bytes=1024) as http:
        whole = await http.post(CHAT, json=HELLO, headers=RECORD)
        streamed = await http.post(CHAT, json={**HELLO, "stream": True}, headers=RECORD)
        listed = (await http.get("/api/admin/requests")).json()
        record = (await http.get(f"/api/admin/requests/{listed[0]['id']}")).json()
    assert whole.status_code == streamed.status_code == 200
    assert whole.headers["x-mock-ignored"] == "record"
    assert streamed_text(streamed) == long.strip() or streamed_text(streamed) == long
    assert "could not be recorded" in json.dumps(record["notes"])
    assert entries(tmp_path) == []


def test_the_command_line_looks_after_chats(tmp_path: Path) -> None:
    async def record() -> None:
        async with client(tmp_path / "mocks", said("Hi.")) as http:
            await http.post(CHAT, json=HELLO, headers=RECORD)
            await http.post("/v1/embeddings", json={"model": "auto", "input": "a"}, headers=RECORD)

    asyncio.run(record())
    config = tmp_path / "other.yaml"
    config.write_text(
        "backends:\n"
        "  - {name: model, provider: scripted, model: m-1, responses: [{reply: Good day.}]}\n"
        "  - {name: embedded, provider: embedded}\n"
    )

    def run(*words: str) -> str:
        folder = ["--config", str(config), "--folder", str(tmp_path / "mocks")]
        result = CliRunner().invoke(main, ["mocks", *folder, *words])
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result.output

    assert "CHAT" in run("ls")
    assert "0 faults" in run("verify")
    assert "Good day." in run("refresh", "--path", "/model")
    assert "1 written" in run("refresh", "--path", "/model", "--write")
    assert "Good day." in run("show", "CHAT /model")
    (path,) = (tmp_path / "mocks").glob("chat-*.json")
    path.write_text(path.read_text().replace('"choices"', '"chices"'))
    assert "shape" in run("verify")
