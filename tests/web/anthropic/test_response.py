"""``/v1/messages``."""

from __future__ import annotations

import json

import pytest
from jsonschema import validate

from mockwright.settings import ScriptedCall, ScriptedReply
from mockwright.types import JsonObject
from tests.web.surfaces import WEATHER, client, events, post, scripted

PATH = "/v1/messages"
HELLO: JsonObject = {
    "model": "auto",
    "max_tokens": 100,
    "messages": [{"role": "user", "content": "Hello"}],
}
TOOL: JsonObject = {"name": "weather", "description": "The weather", "input_schema": WEATHER}
CALL = ScriptedReply(
    tool_calls=(ScriptedCall(name="weather", arguments={"location": "Paris", "days": 3}),)
)


async def test_an_answer_has_anthropics_form() -> None:
    response = await post(PATH, HELLO, scripted(ScriptedReply(text="Hi you")))
    body = response.json()
    assert body["id"].startswith("msg_")
    assert (body["type"], body["role"]) == ("message", "assistant")
    assert body["content"] == [{"type": "text", "text": "Hi you"}]
    assert body["stop_reason"] == "end_turn"
    assert body["usage"]["output_tokens"] > 0
    assert response.headers["request-id"]


async def test_a_call_has_its_input_as_an_object() -> None:
    body = (await post(PATH, {**HELLO, "tools": [TOOL]}, scripted(CALL))).json()
    (block,) = body["content"]
    assert block["type"] == "tool_use"
    assert block["input"] == {"location": "Paris", "days": 3}
    assert body["stop_reason"] == "tool_use"


@pytest.mark.parametrize("choice", [{"type": "any"}, {"type": "tool", "name": "weather"}])
async def test_a_call_that_is_required_is_made(choice: JsonObject) -> None:
    asked = {**HELLO, "tools": [TOOL], "tool_choice": choice}
    body = (await post(PATH, asked, scripted(ScriptedReply(text="no")))).json()
    (block,) = [block for block in body["content"] if block["type"] == "tool_use"]
    validate(block["input"], WEATHER)


async def test_the_events_of_a_stream_come_in_order() -> None:
    asked = {**HELLO, "stream": True}
    told = events(await post(PATH, asked, scripted(ScriptedReply(text="Hi you"))))
    kinds = [event["type"] for event in told]
    assert kinds[:3] == ["message_start", "ping", "content_block_start"]
    assert kinds[-3:] == ["content_block_stop", "message_delta", "message_stop"]
    deltas = [event["delta"]["text"] for event in told if event["type"] == "content_block_delta"]
    assert "".join(deltas) == "Hi you"
    assert told[-2]["delta"]["stop_reason"] == "end_turn"
    assert told[-2]["usage"]["output_tokens"] > 0


async def test_a_streamed_call_brings_its_input_as_json() -> None:
    told = events(await post(PATH, {**HELLO, "tools": [TOOL], "stream": True}, scripted(CALL)))
    pieces = [
        event["delta"]["partial_json"]
        for event in told
        if event.get("delta", {}).get("type") == "input_json_delta"
    ]
    assert json.loads("".join(pieces)) == {"location": "Paris", "days": 3}
    starts = [event for event in told if event["type"] == "content_block_start"]
    assert starts[-1]["content_block"]["name"] == "weather"


async def test_a_whole_conversation_is_read() -> None:
    image = {"type": "base64", "media_type": "image/png", "data": "AAAA"}
    asked = {
        **HELLO,
        "system": [{"type": "text", "text": "Be brief."}],
        "tools": [TOOL],
        "messages": [
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "What is this?"},
                    {"type": "image", "source": image},
                ],
            },
            {
                "role": "assistant",
                "content": [
                    {"type": "thinking", "thinking": "hm", "signature": "x"},
                    {"type": "tool_use", "id": "t1", "name": "weather", "input": {}},
                ],
            },
            {
                "role": "user",
                "content": [{"type": "tool_result", "tool_use_id": "t1", "content": "sunny"}],
            },
        ],
    }
    assert (await post(PATH, asked)).status_code == 200


async def test_tokens_are_counted() -> None:
    body = {name: value for name, value in HELLO.items() if name != "max_tokens"}
    assert (await post(f"{PATH}/count_tokens", body)).json()["input_tokens"] > 0


async def test_models_are_listed_in_anthropics_form_to_its_clients() -> None:
    async with client() as http:
        body = (await http.get("/v1/models", headers={"anthropic-version": "2023-06-01"})).json()
    assert body["data"][0]["type"] == "model"
    assert body["has_more"] is False


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"max_tokens": None}, "max_tokens"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"messages": []}, "messages"),
        ({"messages": [{"role": "system", "content": "x"}]}, "messages.0.role"),
        ({"messages": [{"role": "user", "content": [{"type": "smell"}]}]}, "messages.0.content.0"),
        ({"temperature": 2}, "temperature"),
        ({"tools": [{"name": "x"}]}, "tools.0.input_schema"),
        ({"tools": [{"type": "web_search_20250305", "name": "web"}]}, "tools.0.type"),
        ({"tools": [TOOL], "tool_choice": {"type": "tool", "name": "no"}}, "tool_choice.name"),
        ({"model": None}, "model"),
    ],
)
async def test_a_wrong_parameter_is_named(change: JsonObject, named: str) -> None:
    response = await post(PATH, {**HELLO, **change})
    body = response.json()
    assert response.status_code == 400
    assert body["type"] == "error"
    assert body["error"]["type"] == "invalid_request_error"
    assert named in body["error"]["message"]


@pytest.mark.parametrize(
    ("code", "status", "kind"),
    [
        ("status_429", 429, "rate_limit_error"),
        ("timeout", 504, "timeout_error"),
        ("connection", 502, "api_error"),
    ],
)
async def test_a_failing_backend_is_an_error_of_anthropics(
    code: str, status: int, kind: str
) -> None:
    response = await post(PATH, HELLO, scripted(ScriptedReply(error=code)))
    assert response.status_code == status
    assert response.json()["error"]["type"] == kind


async def test_an_error_can_be_asked_for() -> None:
    response = await post(PATH, HELLO, X_Error_Code="529")
    assert response.status_code == 529
    assert response.json()["error"]["type"] == "overloaded_error"


async def test_an_unknown_model_is_a_404() -> None:
    response = await post(PATH, {**HELLO, "model": "claude-x"})
    assert response.status_code == 404
    assert response.json()["error"]["type"] == "not_found_error"
