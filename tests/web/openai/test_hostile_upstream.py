"""Upstreams and callers that say what they should not, and what leaves the gateway all the same."""

from __future__ import annotations

import asyncio
import json
import zlib
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import orjson
import pytest

from mockwright.app import create_app
from mockwright.settings import BackendSettings, Match, ScriptedCall, ScriptedReply, Settings
from mockwright.types import Json, JsonObject
from tests.doubles import DONE, Exchange, chat, piece, sse, upstream
from tests.waiting import PATIENCE, until
from tests.web.surfaces import QUICK, client, events, post, scripted

_ASKED: JsonObject = {"model": "auto", "messages": [{"role": "user", "content": "Hi"}]}
_SCHEMA = {"type": "object", "properties": {"x": {"type": "integer"}}, "required": ["x"]}
_FORM = {"type": "json_schema", "json_schema": {"name": "a", "schema": _SCHEMA}}
_TEXT = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}
_TOOLS = [{"type": "function", "function": {"name": "get", "parameters": _TEXT}}]


def _behind(url: str) -> Settings:
    up = BackendSettings(name="up", provider="openai", base_url=url, model="m")
    return Settings(backends=(up,), resilience=QUICK)


@asynccontextmanager
async def _calling(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """A client of an application whose connections are closed at the end."""
    app = create_app(settings)
    async with app.gateway.running(), client(app) as http:
        yield http


async def _streamed(chunks: list[Json], body: Json, path: str) -> httpx.Response:
    async def handler(exchange: Exchange) -> None:
        await exchange.begin()
        for chunk in chunks:
            await exchange.send(sse(chunk))
        await exchange.send(DONE)
        await exchange.end()

    async with upstream(handler) as server, _calling(_behind(server.url)) as http:
        return await http.post(path, json=body)


def _said(response: httpx.Response) -> str:
    deltas = [choice["delta"] for event in events(response) for choice in event.get("choices", [])]
    return "".join(delta.get("content") or "" for delta in deltas)


def _calls(response: httpx.Response) -> list[tuple[str, str]]:
    found: dict[int, list[str]] = {}
    for event in events(response):
        for choice in event.get("choices", []):
            for call in choice["delta"].get("tool_calls") or []:
                name = call["function"].get("name") or ""
                entry = found.setdefault(call["index"], ["", ""])
                entry[0] += name
                entry[1] += call["function"].get("arguments") or ""
    return [(name, text) for name, text in found.values()]


async def test_the_names_of_unknown_fields_cannot_make_a_header() -> None:
    response = await post(
        "/v1/chat/completions",
        {**_ASKED, "foo\r\nx-evil: 1": True, "z" * 100_000: True, "é": True},
    )
    told = response.headers["x-mock-ignored"]
    assert response.status_code == 200
    assert "\r" not in told
    assert "foo??x-evil: 1" in told
    assert len(told) < 300
    assert "x-evil" not in response.headers


async def test_many_unknown_fields_are_counted_not_listed() -> None:
    many = {f"field{i:03}": True for i in range(200)}
    response = await post("/v1/chat/completions", {**_ASKED, **many})
    assert response.headers["x-mock-ignored"].endswith("and 150 more")


async def test_an_answer_that_ends_twice_leaves_once() -> None:
    chunks = [piece('{"x":1}'), piece(None, "stop"), piece("", "stop")]
    body = {**_ASKED, "stream": True, "response_format": _FORM}
    response = await _streamed(chunks, body, "/v1/chat/completions")
    assert json.loads(_said(response)) == {"x": 1}
    reasons = [c["finish_reason"] for e in events(response) for c in e.get("choices", [])]
    assert [reason for reason in reasons if reason] == ["stop"]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/chat/completions", _ASKED),
        ("/api/chat", {**_ASKED, "stream": False}),
        ("/v1/messages", {**_ASKED, "max_tokens": 5}),
        ("/api/mock/x", {"shape": {"a": "string"}}),
    ],
)
async def test_a_retry_after_without_end_is_an_error_like_others(path: str, body: Json) -> None:
    async def handler(exchange: Exchange) -> None:
        await exchange.reply({"error": "x"}, 429, retry_after="9" * 400)

    async with upstream(handler) as server, _calling(_behind(server.url)) as http:
        response = await http.post(path, json=body)
    assert response.status_code in (429, 502, 503)


async def test_compacted_conversations_share_one_bound() -> None:
    said = [{"type": "message", "role": "user", "content": "a" * (4 * 2**20)}]
    packed = b64encode(zlib.compress(orjson.dumps(said), 9)).decode()
    item = {"type": "compaction", "encrypted_content": packed}
    fits = await post("/v1/responses/input_tokens", {"model": "auto", "input": [item] * 2})
    assert fits.status_code == 200
    bomb = await post("/v1/responses/input_tokens", {"model": "auto", "input": [item] * 4})
    assert bomb.status_code == 400
    assert "too much" in bomb.json()["error"]["message"]


async def test_one_failing_prompt_ends_the_calls_of_the_others() -> None:
    gone = asyncio.Event()

    async def handler(exchange: Exchange) -> None:
        if "bad" in json.dumps(exchange.json["messages"]):
            await until(lambda: len(server.requests) == 2)
            await exchange.reply({"error": {"message": "no"}}, 500)
            return
        await exchange.gone()
        gone.set()

    async with upstream(handler) as server, _calling(_behind(server.url)) as http:
        response = await http.post(
            "/v1/completions", json={"model": "auto", "prompt": ["a", "bad"]}
        )
        assert response.status_code == 502
        await asyncio.wait_for(gone.wait(), PATIENCE)


async def test_a_streamed_response_can_be_had_as_soon_as_it_is_said_to_be_complete() -> None:
    app = create_app(scripted(ScriptedReply(text="Hi you")))
    body = orjson.dumps({"model": "auto", "input": "Hello", "stream": True})
    scope: dict[str, Any] = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST",
        "path": "/v1/responses", "raw_path": b"/v1/responses", "query_string": b"",
        "headers": [(b"content-type", b"application/json")], "scheme": "http", "root_path": "",
    }  # fmt: skip
    statuses: list[int] = []
    waiting = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> dict[str, Any]:
        if waiting:
            return waiting.pop()
        await asyncio.Event().wait()
        raise AssertionError

    async def send(message: Any) -> None:
        if b"event: response.completed" in message.get("body", b""):
            told = json.loads(message["body"].split(b"data: ", 1)[1])
            async with client(app) as http:
                found = await http.get(f"/v1/responses/{told['response']['id']}")
                statuses.append(found.status_code)

    await app(scope, receive, send)
    assert statuses == [200]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/chat/completions", {**_ASKED, "stream": True, "response_format": _FORM}),
        ("/v1/messages", {**_ASKED, "max_tokens": 5, "stream": True}),
        ("/v1/responses", {"model": "auto", "input": "Hi", "stream": True}),
    ],
)
async def test_a_stream_without_an_answer_ends_with_an_error(path: str, body: Json) -> None:
    response = await _streamed([{"id": "c", "choices": []}], body, path)
    assert "without an answer" in response.text


def _call_piece(*calls: Json) -> JsonObject:
    delta = {"tool_calls": list(calls)}
    return {"id": "c", "choices": [{"index": 0, "delta": delta, "finish_reason": None}]}


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        pytest.param(
            [
                [{"id": "1", "function": {"name": "get", "arguments": '{"a":'}}],
                [{"function": {"arguments": '"hello"}'}}],
            ],
            [("get", '{"a":"hello"}')],
            id="no index, continued",
        ),
        pytest.param(
            [
                [{"index": 0, "id": "1", "function": {"name": "get", "arguments": '{"a":"x"}'}}],
                [{"index": 0, "id": "2", "function": {"name": "get", "arguments": '{"a":"y"}'}}],
            ],
            [("get", '{"a":"x"}'), ("get", '{"a":"y"}')],
            id="two whole calls at one index",
        ),
        pytest.param(
            [
                [{"index": None, "id": "1", "function": {"name": "get", "arguments": '{"a":"x"}'}}],
                [{"index": 0, "id": "2", "function": {"name": "get", "arguments": '{"a":"y"}'}}],
            ],
            [("get", '{"a":"x"}'), ("get", '{"a":"y"}')],
            id="an index of null",
        ),
        pytest.param(
            [["x", {"index": 0, "id": "1", "function": {"name": "get", "arguments": '{"a":"x"}'}}]],
            [("get", '{"a":"x"}')],
            id="a call that is a text",
        ),
    ],
)
async def test_calls_come_through_however_they_are_counted(
    pieces: list[list[Json]], expected: list[tuple[str, str]]
) -> None:
    chunks: list[Json] = [*(_call_piece(*calls) for calls in pieces), piece(None, "tool_calls")]
    body = {**_ASKED, "stream": True, "tools": _TOOLS}
    response = await _streamed(chunks, body, "/v1/chat/completions")
    assert _calls(response) == expected
    assert response.text.rstrip().endswith("data: [DONE]")


async def test_a_choice_without_a_number_gets_one() -> None:
    nameless = {"index": None, "delta": {"content": "x"}, "finish_reason": "stop"}
    response = await _streamed(
        [{"id": "c", "choices": [nameless]}], {**_ASKED, "stream": True}, "/v1/chat/completions"
    )
    indices = {choice["index"] for event in events(response) for choice in event["choices"]}
    assert indices == {0}


@pytest.mark.parametrize(
    ("path", "body"),
    [("/v1/messages", {**_ASKED, "max_tokens": 5}), ("/api/chat", {**_ASKED, "stream": False})],
)
async def test_a_call_nobody_asked_for_with_broken_arguments_is_no_fault(
    path: str, body: Json
) -> None:
    answer = chat(None)
    function = {"name": "f", "arguments": "{bad"}
    call = {"id": "1", "type": "function", "function": function}
    answer["choices"][0]["message"]["tool_calls"] = [call]

    async def handler(exchange: Exchange) -> None:
        await exchange.reply(answer)

    async with upstream(handler) as server, _calling(_behind(server.url)) as http:
        response = await http.post(path, json=body)
    assert response.status_code == 200


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/responses"])
async def test_only_the_allowed_tools_are_called(path: str) -> None:
    model = scripted(ScriptedReply(tool_calls=(ScriptedCall(name="b"),)))
    functions = [{"name": n, "parameters": {"type": "object", "properties": {}}} for n in "ab"]
    if path.endswith("completions"):
        tools: list[Json] = [{"type": "function", "function": one} for one in functions]
        allowed = [{"type": "function", "function": {"name": "a"}}]
        choice: Json = {"mode": "required", "tools": allowed}
        body = {**_ASKED, "tools": tools}
        body["tool_choice"] = {"type": "allowed_tools", "allowed_tools": choice}
    else:
        listed = [{"type": "function", "name": "a"}]
        choice = {"type": "allowed_tools", "mode": "required", "tools": listed}
        tools = [{"type": "function", **one} for one in functions]
        body = {"model": "auto", "input": "Hi", "tools": tools, "tool_choice": choice}
    response = await post(path, body, model)
    assert response.status_code == 200, response.text
    assert '"name":"a"' in response.text.split('"tools"')[0]


async def test_a_fault_of_the_request_is_one_whoever_was_asked() -> None:
    async def handler(exchange: Exchange) -> None:
        await exchange.reply({"error": {"message": "bad temperature"}}, 400)

    async with upstream(handler) as server:
        backends = tuple(
            BackendSettings(name=name, provider="openai", base_url=server.url, model="m")
            for name in ("one", "two")
        )
        settings = Settings(backends=backends, resilience=QUICK)
        async with _calling(settings) as http:
            response = await http.post("/v1/chat/completions", json=_ASKED)
    assert response.status_code == 400


async def test_a_streamed_completion_echoes_its_prompt() -> None:
    model = scripted(ScriptedReply(text="out"))
    body = {"model": "auto", "prompt": "IN ", "echo": True, "stream": True}
    response = await post("/v1/completions", body, model)
    texts = [choice["text"] for event in events(response) for choice in event["choices"]]
    assert "".join(texts) == "IN out"


async def test_anthropic_takes_more_stop_sequences_than_openai() -> None:
    body = {**_ASKED, "max_tokens": 5, "stop_sequences": list("abcde")}
    assert (await post("/v1/messages", body)).status_code == 200
    refused = await post("/v1/chat/completions", {**_ASKED, "stop": list("abcde")})
    assert refused.json()["error"]["param"] == "stop"


async def test_a_laid_down_call_is_not_made_again_when_its_result_comes() -> None:
    match = Match(contains="weather")
    call = ScriptedCall(name="get_weather", arguments={"city": "Paris"})
    replies = (ScriptedReply(match=match, tool_calls=(call,)),)
    backend = BackendSettings(name="fake", provider="embedded", responses=replies)
    function = {"name": "get_weather", "parameters": {"type": "object", "properties": {}}}
    tools = [{"type": "function", "function": function}]
    said: list[Json] = [{"role": "user", "content": "What is the WEATHER like?"}]
    async with client(Settings(backends=(backend,))) as http:
        body = {"model": "auto", "messages": said, "tools": tools}
        first = (await http.post("/v1/chat/completions", json=body)).json()["choices"][0]["message"]
        identifier = first["tool_calls"][0]["id"]
        said += [first, {"role": "tool", "tool_call_id": identifier, "content": "22 degrees"}]
        again = (await http.post("/v1/chat/completions", json=body)).json()["choices"][0]
    assert again["finish_reason"] == "stop"
    assert again["message"]["content"]


async def test_one_model_is_shown_in_anthropics_form() -> None:
    async with client() as http:
        named = {"anthropic-version": "2023-06-01"}
        found = await http.get("/v1/models/auto", headers=named)
        missing = await http.get("/v1/models/none", headers=named)
    assert found.json()["type"] == "model"
    assert found.json()["id"] == "auto"
    assert missing.status_code == 404
    assert missing.json()["type"] == "error"
