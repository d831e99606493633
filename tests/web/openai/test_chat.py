"""``/v1/chat/completions``."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jsonschema import validate

from mockwright.settings import ScriptedCall, ScriptedReply
from mockwright.types import JsonObject
from tests.web.surfaces import WEATHER, client, events, post, scripted

PATH = "/v1/chat/completions"
HELLO: JsonObject = {"model": "auto", "messages": [{"role": "user", "content": "Hello"}]}
TOOL: JsonObject = {"type": "function", "function": {"name": "weather", "parameters": WEATHER}}
USER = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "age": {"type": "integer", "maximum": 120}},
    "required": ["name", "age"],
    "additionalProperties": False,
}
AS_USER: JsonObject = {
    "type": "json_schema",
    "json_schema": {"name": "user", "strict": True, "schema": USER},
}


def said(text: str) -> Any:
    return scripted(ScriptedReply(text=text))


def joined(chunks: list[JsonObject], index: int = 0) -> str:
    pieces = [c for chunk in chunks for c in chunk["choices"] if c["index"] == index]
    return "".join(piece["delta"].get("content") or "" for piece in pieces)


async def test_an_answer_has_openais_form() -> None:
    response = await post(PATH, HELLO)
    body = response.json()
    assert response.status_code == 200
    assert body["id"].startswith("chatcmpl-")
    assert body["object"] == "chat.completion"
    assert isinstance(body["created"], int)
    (choice,) = body["choices"]
    assert choice["message"]["role"] == "assistant"
    assert choice["message"]["content"]
    assert choice["message"]["refusal"] is None
    assert choice["finish_reason"] == "stop"
    usage = body["usage"]
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"] > 0
    assert response.headers["x-llm-backend"] == "embedded"


async def test_a_seed_gives_the_same_bytes() -> None:
    first, second = [(await post(PATH, {**HELLO, "seed": 7})).content for _ in range(2)]
    assert first == second
    assert first != (await post(PATH, {**HELLO, "seed": 8})).content


async def test_a_stream_says_what_the_whole_answer_says() -> None:
    whole = (await post(PATH, {**HELLO, "seed": 7})).json()
    response = await post(PATH, {**HELLO, "seed": 7, "stream": True})
    assert response.headers["content-type"].startswith("text/event-stream")
    assert response.text.endswith("data: [DONE]\n\n")
    chunks = events(response)
    assert {chunk["object"] for chunk in chunks} == {"chat.completion.chunk"}
    assert {chunk["id"] for chunk in chunks} == {whole["id"]}
    assert chunks[0]["choices"][0]["delta"]["role"] == "assistant"
    assert joined(chunks) == whole["choices"][0]["message"]["content"]
    assert chunks[-1]["choices"][0]["finish_reason"] == "stop"
    assert all("usage" not in chunk for chunk in chunks)


async def test_usage_comes_last_where_it_is_asked_for() -> None:
    body = {**HELLO, "stream": True, "stream_options": {"include_usage": True}}
    chunks = events(await post(PATH, body))
    assert chunks[-1]["choices"] == []
    assert chunks[-1]["usage"]["total_tokens"] > 0
    assert all(chunk["usage"] is None for chunk in chunks[:-1])


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    "text",
    [
        '{"name": "Ada", "age": 36}',
        'Sure!\n```json\n{"name": "Ada", "age": "36"}\n```',
        '{"name": "Ada", "age": 3600, "extra": 1',
        "I would rather not.",
        "",
    ],
)
async def test_the_asked_schema_is_kept_whatever_the_model_writes(text: str, stream: bool) -> None:
    body = {**HELLO, "response_format": AS_USER, "stream": stream}
    response = await post(PATH, body, said(text))
    if stream:
        content = joined(events(response))
    else:
        content = response.json()["choices"][0]["message"]["content"]
    value = json.loads(content)
    validate(value, USER)
    if "Ada" in text:
        assert value["name"] == "Ada"


async def test_what_was_filled_is_told() -> None:
    response = await post(PATH, {**HELLO, "response_format": AS_USER}, said('{"name": "Ada"}'))
    assert response.headers["x-mock-filled"] == "1"
    assert float(response.headers["x-mock-quality"]) < 1


async def test_a_conforming_answer_is_left_byte_for_byte() -> None:
    text = '{ "age":36,\n "name":"Ada" }'
    response = await post(PATH, {**HELLO, "response_format": AS_USER}, said(text))
    assert response.json()["choices"][0]["message"]["content"] == text
    assert response.headers["x-mock-filled"] == "0"


async def test_json_mode_answers_an_object() -> None:
    body = {**HELLO, "response_format": {"type": "json_object"}}
    response = await post(PATH, body, said("no object here"))
    assert isinstance(json.loads(response.json()["choices"][0]["message"]["content"]), dict)


@pytest.mark.parametrize(
    "choice", ["required", {"type": "function", "function": {"name": "weather"}}]
)
@pytest.mark.parametrize("stream", [False, True])
async def test_a_call_that_is_required_is_made(choice: Any, stream: bool) -> None:
    body = {**HELLO, "tools": [TOOL], "tool_choice": choice, "stream": stream}
    response = await post(PATH, body, said("I will not call anything."))
    if stream:
        chunks = events(response)
        deltas = [c["choices"][0]["delta"] for c in chunks]
        pieces = [call for delta in deltas for call in delta.get("tool_calls") or ()]
        assert pieces[0]["id"]
        assert pieces[0]["function"]["name"] == "weather"
        arguments = "".join(piece["function"].get("arguments") or "" for piece in pieces)
        reason = chunks[-1]["choices"][0]["finish_reason"]
    else:
        (made,) = response.json()["choices"]
        (call,) = made["message"]["tool_calls"]
        assert call["function"]["name"] == "weather"
        arguments, reason = call["function"]["arguments"], made["finish_reason"]
    validate(json.loads(arguments), WEATHER)
    assert reason == "tool_calls"


async def test_arguments_of_a_call_are_mended() -> None:
    call = ScriptedCall(name="wether", arguments={"location": "Paris", "days": "3"})
    settings = scripted(ScriptedReply(tool_calls=(call,)))
    response = await post(PATH, {**HELLO, "tools": [TOOL]}, settings)
    (made,) = response.json()["choices"][0]["message"]["tool_calls"]
    assert made["function"]["name"] == "weather"
    assert json.loads(made["function"]["arguments"]) == {"location": "Paris", "days": 3}


async def test_no_call_is_made_where_none_may_be() -> None:
    call = ScriptedCall(name="weather", arguments={"location": "Paris", "days": 3})
    settings = scripted(ScriptedReply(tool_calls=(call,)))
    response = await post(PATH, {**HELLO, "tools": [TOOL], "tool_choice": "none"}, settings)
    assert not response.json()["choices"][0]["message"].get("tool_calls")


async def test_several_choices_are_made_also_by_a_backend_that_makes_one() -> None:
    response = await post(PATH, {**HELLO, "n": 3}, said("Hi"))
    assert [choice["index"] for choice in response.json()["choices"]] == [0, 1, 2]


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"messages": None}, "messages"),
        ({"messages": []}, "messages"),
        ({"messages": "hi"}, "messages"),
        ({"messages": [{"content": "hi"}]}, "messages[0].role"),
        ({"messages": [{"role": "boss", "content": "hi"}]}, "messages[0].role"),
        ({"messages": [{"role": "user", "content": 5}]}, "messages[0].content"),
        (
            {"messages": [{"role": "user", "content": [{"type": "smell"}]}]},
            "messages[0].content[0].type",
        ),
        ({"messages": [{"role": "tool", "content": "x"}]}, "messages[0].tool_call_id"),
        ({"temperature": 3}, "temperature"),
        ({"temperature": "hot"}, "temperature"),
        ({"top_p": -1}, "top_p"),
        ({"n": 0}, "n"),
        ({"n": 1000}, "n"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"stop": ["a", "b", "c", "d", "e"]}, "stop"),
        ({"seed": "x"}, "seed"),
        ({"stream": "yes"}, "stream"),
        ({"stream_options": {"include_usage": True}}, "stream_options"),
        ({"top_logprobs": 3}, "top_logprobs"),
        ({"tools": [{"type": "function"}]}, "tools[0].function"),
        ({"tools": [{"type": "function", "function": {}}]}, "tools[0].function.name"),
        (
            {"tools": [{"type": "function", "function": {"name": "f", "parameters": {"type": 5}}}]},
            "tools[0].function.parameters",
        ),
        ({"tool_choice": "required"}, "tool_choice"),
        (
            {"tools": [TOOL], "tool_choice": {"type": "function", "function": {"name": "no"}}},
            "tool_choice.function.name",
        ),
        ({"response_format": {"type": "xml"}}, "response_format.type"),
        ({"response_format": {"type": "json_schema"}}, "response_format.json_schema"),
        (
            {"response_format": {"type": "json_schema", "json_schema": {"name": "x", "schema": 5}}},
            "response_format.json_schema.schema",
        ),
        ({"model": None}, "model"),
        ({"model": 5}, "model"),
    ],
)
async def test_a_wrong_parameter_is_named(change: JsonObject, param: str) -> None:
    response = await post(PATH, {**HELLO, **change})
    error = response.json()["error"]
    assert response.status_code == 400
    assert error["param"] == param
    assert error["type"] == "invalid_request_error"
    assert param.split(".")[-1].split("[")[0] in error["message"]


async def test_an_unknown_model_is_a_404_that_names_those_there_are() -> None:
    response = await post(PATH, {**HELLO, "model": "gpt-9"})
    assert response.status_code == 404
    error = response.json()["error"]
    assert error["code"] == "model_not_found"
    assert "embedded" in error["message"]


async def test_the_backend_header_wins_over_the_model() -> None:
    response = await post(PATH, {**HELLO, "model": "gpt-9"}, X_LLM_Backend="embedded")
    assert response.headers["x-llm-backend"] == "embedded"


@pytest.mark.parametrize("body", ["[1]", '"x"', "{", "\x00"])
async def test_a_body_that_is_no_json_object_is_told_so(body: str) -> None:
    async with client() as http:
        response = await http.post(PATH, content=body)
    assert response.status_code == 400
    assert response.json()["error"]["type"] == "invalid_request_error"


@pytest.mark.parametrize("status", [400, 401, 404, 429, 500, 503])
async def test_an_error_can_be_asked_for(status: int) -> None:
    response = await post(PATH, HELLO, X_Error_Code=str(status), X_Error_Message="as asked")
    assert response.status_code == status
    assert response.json()["error"]["message"] == "as asked"
    assert ("retry-after" in response.headers) == (status in (429, 503))


async def test_a_failing_backend_is_a_server_error_that_sdks_try_again() -> None:
    response = await post(PATH, HELLO, scripted(ScriptedReply(error="connection")))
    assert response.status_code == 502
    assert response.json()["error"]["type"] == "server_error"


async def test_an_upstream_that_limits_its_rate_is_a_429() -> None:
    response = await post(PATH, HELLO, scripted(ScriptedReply(error="status_429")))
    assert response.status_code == 429
    assert response.json()["error"]["code"] == "rate_limit_exceeded"


async def test_a_stream_that_fails_before_its_first_piece_has_a_status_of_its_own() -> None:
    settings = scripted(ScriptedReply(error="timeout"))
    response = await post(PATH, {**HELLO, "stream": True}, settings)
    assert response.status_code == 504


async def test_calls_are_in_the_journal_with_their_repairs() -> None:
    settings = scripted(ScriptedReply(text='{"name": "Ada", "age": "36"}'))
    async with client(settings) as http:
        await http.post(
            PATH, json={**HELLO, "response_format": AS_USER}, headers={"x-request-id": "call-1"}
        )
        entry = (await http.get("/api/admin/requests/call-1")).json()
    assert entry["backend"] == "model"
    (repair,) = entry["candidates"][0]["repairs"]
    assert repair["pointer"] == "/content/age"
