"""Ollama's API, as its clients speak it."""

from __future__ import annotations

import json

import pytest
from jsonschema import validate

from mockwright.settings import ScriptedCall, ScriptedReply
from mockwright.types import JsonObject
from tests.web.surfaces import WEATHER, client, lines, post, scripted

HELLO: JsonObject = {"model": "auto", "messages": [{"role": "user", "content": "Hello"}]}
TOOL: JsonObject = {"type": "function", "function": {"name": "weather", "parameters": WEATHER}}


async def test_a_chat_is_streamed_unless_told_otherwise() -> None:
    response = await post("/api/chat", HELLO, scripted(ScriptedReply(text="Hi you")))
    assert response.headers["content-type"] == "application/x-ndjson"
    told = lines(response)
    assert "".join(line["message"]["content"] for line in told) == "Hi you"
    assert [line["done"] for line in told] == [False] * (len(told) - 1) + [True]
    assert told[-1]["done_reason"] == "stop"
    assert told[-1]["eval_count"] > 0


async def test_a_whole_chat_has_its_counts() -> None:
    body = (await post("/api/chat", {**HELLO, "stream": False})).json()
    assert body["message"]["role"] == "assistant"
    assert body["message"]["content"]
    assert body["done"] is True
    assert body["prompt_eval_count"] > 0


@pytest.mark.parametrize("stream", [False, True])
async def test_a_schema_is_kept(stream: bool) -> None:
    asked = {**HELLO, "format": WEATHER, "stream": stream}
    response = await post("/api/chat", asked, scripted(ScriptedReply(text="no")))
    text = "".join(line["message"]["content"] for line in lines(response))
    validate(json.loads(text), WEATHER)


@pytest.mark.parametrize("stream", [False, True])
async def test_calls_have_their_arguments_as_an_object(stream: bool) -> None:
    call = ScriptedCall(name="weather", arguments={"location": "Paris", "days": 3})
    asked = {**HELLO, "tools": [TOOL], "stream": stream}
    response = await post("/api/chat", asked, scripted(ScriptedReply(tool_calls=(call,))))
    calls = [c for line in lines(response) for c in line["message"].get("tool_calls") or ()]
    assert [c["function"] for c in calls] == [
        {"name": "weather", "arguments": {"location": "Paris", "days": 3}}
    ]


async def test_a_text_is_generated() -> None:
    asked = {"model": "auto", "prompt": "Say hi", "system": "Be brief", "stream": False}
    body = (await post("/api/generate", asked, scripted(ScriptedReply(text="hi")))).json()
    assert body["response"] == "hi"
    assert body["done_reason"] == "stop"


async def test_without_a_prompt_the_model_is_loaded() -> None:
    body = (await post("/api/generate", {"model": "auto"})).json()
    assert (body["response"], body["done_reason"]) == ("", "load")


async def test_embeddings_come_one_for_each_input() -> None:
    body = (await post("/api/embed", {"model": "auto", "input": ["a", "b"]})).json()
    assert len(body["embeddings"]) == 2
    old = (await post("/api/embeddings", {"model": "auto", "prompt": "a"})).json()
    assert old["embedding"] == pytest.approx(body["embeddings"][0])


async def test_options_are_read() -> None:
    asked = {**HELLO, "stream": False, "options": {"seed": 3, "num_predict": -1, "num_ctx": 4096}}
    first, second = [(await post("/api/chat", asked)).json()["message"] for _ in range(2)]
    assert first == second


async def test_what_is_there_is_told() -> None:
    async with client() as http:
        tags = (await http.get("/api/tags")).json()
        version = (await http.get("/api/version")).json()
        running = (await http.get("/api/ps")).json()
    assert {"auto", "embedded"} <= {model["name"] for model in tags["models"]}
    assert version["version"]
    assert running["models"]
    shown = (await post("/api/show", {"model": "auto"})).json()
    assert "completion" in shown["capabilities"]


@pytest.mark.parametrize(
    ("path", "body", "named"),
    [
        ("/api/chat", {**HELLO, "messages": [{"role": "boss"}]}, "messages[0].role"),
        ("/api/chat", {**HELLO, "format": "xml"}, "format"),
        ("/api/chat", {**HELLO, "options": {"temperature": "hot"}}, "options.temperature"),
        ("/api/chat", {**HELLO, "stream": "no"}, "stream"),
        ("/api/generate", {"model": "auto", "prompt": 5}, "prompt"),
        ("/api/embed", {"model": "auto", "input": 5}, "input"),
        ("/api/show", {}, "model"),
    ],
)
async def test_a_wrong_field_is_named(path: str, body: JsonObject, named: str) -> None:
    response = await post(path, body)
    assert response.status_code == 400
    assert named in response.json()["error"]


async def test_an_unknown_model_is_a_404() -> None:
    response = await post("/api/chat", {**HELLO, "model": "none"})
    assert response.status_code == 404
    assert "not found" in response.json()["error"]


async def test_an_error_can_be_asked_for() -> None:
    response = await post("/api/chat", HELLO, X_Error_Code="500", X_Error_Message="boom")
    assert (response.status_code, response.json()) == (500, {"error": "boom"})
