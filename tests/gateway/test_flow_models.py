"""Flows as models: over OpenAI's, Anthropic's and Ollama's surface."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mockwright.settings import (
    ApiSettings,
    BackendSettings,
    FlowSettings,
    Price,
    ScriptedReply,
    Settings,
)
from tests.web.surfaces import QUICK, client, events, post

_SAID: Any = {"users": [{"name": "Ann Lee", "city": "Oslo"}]}
_FLOW = {"stages": [{"name": "make", "backend": "m"}, {"name": "more", "backend": "m"}]}


def settings(flow: Any = _FLOW, reply: Any = _SAID) -> Settings:
    backend = BackendSettings(
        name="m",
        provider="scripted",
        responses=(ScriptedReply(text=json.dumps(reply)),),
        price=Price(output_per_million=1e6),
    )
    return Settings(
        backends=(backend,),
        flows={"users": FlowSettings.model_validate(flow)},
        api=ApiSettings(aliases={"gpt-users": "flow:users"}),
        resilience=QUICK,
    )


SCHEMA = {
    "type": "object",
    "properties": {"users": {"type": "array", "items": {"type": "object", "properties": {
        "name": {"type": "string"}, "city": {"type": "string"}}, "required": ["name", "city"]}}},
    "required": ["users"],
}  # fmt: skip
ASKED: Any = {
    "model": "flow:users",
    "messages": [{"role": "user", "content": "Two users"}],
    "response_format": {"type": "json_schema", "json_schema": {"name": "u", "schema": SCHEMA}},
}


@pytest.mark.parametrize("model", ["flow:users", "FLOW:Users", "gpt-users"])
async def test_a_flow_is_a_model(model: str) -> None:
    response = await post("/v1/chat/completions", {**ASKED, "model": model}, settings())
    assert response.status_code == 200, response.text
    body = response.json()
    assert json.loads(body["choices"][0]["message"]["content"]) == _SAID
    assert body["model"] == "flow:users"
    assert body["usage"]["completion_tokens"] > 0


async def test_it_is_listed_and_what_is_none_is_not_found() -> None:
    async with client(settings()) as http:
        listed = [model["id"] for model in (await http.get("/v1/models")).json()["data"]]
        missing = await http.post("/v1/chat/completions", json={**ASKED, "model": "flow:none"})
    assert "flow:users" in listed
    assert missing.status_code == 404
    assert missing.json()["error"]["code"] == "model_not_found"


async def test_its_answer_can_be_streamed() -> None:
    response = await post("/v1/chat/completions", {**ASKED, "stream": True}, settings())
    deltas = [choice["delta"] for event in events(response) for choice in event["choices"]]
    assert json.loads("".join(delta.get("content") or "" for delta in deltas)) == _SAID
    assert response.text.rstrip().endswith("data: [DONE]")


async def test_several_choices_are_several_runs() -> None:
    async with client(settings()) as http:
        response = await http.post("/v1/chat/completions", json={**ASKED, "n": 2})
    assert len(response.json()["choices"]) == 2


async def test_a_broken_answer_of_a_flow_is_mended_as_any_other() -> None:
    response = await post("/v1/chat/completions", ASKED, settings(reply={"users": [{"name": 7}]}))
    value = json.loads(response.json()["choices"][0]["message"]["content"])
    assert isinstance(value["users"][0]["city"], str)


async def test_a_flow_with_a_form_of_its_own_needs_no_asked_one() -> None:
    flow = {"stages": [{"name": "a", "backend": "m", "shape": {"users": [{"name": "string"}]}}]}
    asked = {"model": "flow:users", "messages": ASKED["messages"]}
    response = await post("/v1/chat/completions", asked, settings(flow))
    value = json.loads(response.json()["choices"][0]["message"]["content"])
    assert value == {"users": [{"name": "Ann Lee"}]}


async def test_a_flow_without_a_form_says_text() -> None:
    asked = {"model": "flow:users", "messages": ASKED["messages"]}
    response = await post("/v1/chat/completions", asked, settings(reply="Hello there"))
    assert response.json()["choices"][0]["message"]["content"] == "Hello there"


async def test_what_it_cost_is_counted_once_and_its_stages_are_in_the_journal() -> None:
    async with client(settings()) as http:
        response = await http.post("/v1/chat/completions", json=ASKED)
        identifier = response.headers["x-request-id"]
        entry = (await http.get(f"/api/admin/requests/{identifier}")).json()
        backends = (await http.get("/api/admin/backends")).json()
    assert [stage["stage"] for stage in entry["stages"]] == ["make", "more"]
    assert entry["cost_usd"] == pytest.approx(backends[0]["cost_usd"])


@pytest.mark.parametrize(
    ("path", "more"),
    [
        ("/v1/messages", {"max_tokens": 500}),
        ("/api/chat", {"stream": False, "format": SCHEMA}),
        ("/v1/responses", {"input": "Two users"}),
    ],
)
async def test_the_other_surfaces_know_it_too(path: str, more: Any) -> None:
    body = {"model": "flow:users", "messages": ASKED["messages"], **more}
    if "input" in more:
        del body["messages"]
    response = await post(path, body, settings(reply="Hello there"))
    assert response.status_code == 200, response.text


@pytest.mark.parametrize(
    "text", ['{"a":1}', "[1,2]", "null", 'Here is:\n```json\n{"a":1}\n```\nbye', "Plain words"]
)
async def test_without_a_form_a_flow_says_what_its_model_said(text: str) -> None:
    backend = BackendSettings(name="m", provider="scripted", responses=(ScriptedReply(text=text),))
    flows = {"one": FlowSettings.model_validate({"stages": [{"name": "make", "backend": "m"}]})}
    given = Settings(backends=(backend,), flows=flows, resilience=QUICK)
    asked = {"model": "flow:one", "messages": [{"role": "user", "content": "Say something"}]}
    response = await post("/v1/chat/completions", asked, given)
    assert response.json()["choices"][0]["message"]["content"] == text
    assert response.headers["x-mock-filled"] == "0"


async def test_what_a_flow_had_to_fill_is_told() -> None:
    response = await post("/v1/chat/completions", ASKED, settings(reply={"users": [{"city": "O"}]}))
    assert response.status_code == 200
    assert int(response.headers["x-mock-filled"]) > 0
