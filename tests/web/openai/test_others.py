"""The smaller endpoints of OpenAI's API, and what they have in common."""

from __future__ import annotations

import math
from base64 import b64decode
from hashlib import sha256
from struct import unpack

import pytest

from mockwright.settings import ApiKey, ApiSettings, BackendSettings, ScriptedReply, Settings
from tests.web.surfaces import client, events, post, scripted

KEYED = Settings(
    api=ApiSettings(
        api_keys=(
            ApiKey(name="team", sha256=sha256(b"sk-team").hexdigest(), requests_per_minute=2),
        )
    )
)


async def test_models_are_the_pool_its_backends_and_what_is_behind_them() -> None:
    settings = Settings(
        backends=(
            BackendSettings(name="local", provider="ollama", model="gemma3:4b"),
            BackendSettings(name="off", provider="embedded", enabled=False),
        ),
        api=ApiSettings(aliases={"gpt-*": "local", "mini": "local"}),
    )
    async with client(settings) as http:
        listed = (await http.get("/v1/models")).json()
        one = (await http.get("/v1/models/gemma3:4b")).json()
        none = await http.get("/v1/models/off")
    owners = {model["id"]: model["owned_by"] for model in listed["data"]}
    assert owners == {
        "auto": "mockwright",
        "local": "ollama",
        "gemma3:4b": "ollama",
        "mini": "mockwright",
    }
    assert one["object"] == "model"
    assert none.status_code == 404


async def test_an_alias_stands_for_a_backend() -> None:
    settings = Settings(api=ApiSettings(aliases={"gpt-*": "embedded"}))
    body = {"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"}]}
    assert (await post("/v1/chat/completions", body, settings)).status_code == 200


async def test_completions_answer_each_prompt() -> None:
    settings = scripted(ScriptedReply(text="four"))
    body = {"model": "auto", "prompt": ["2+2=", "3+1="], "n": 2, "echo": True}
    answer = (await post("/v1/completions", body, settings)).json()
    assert answer["object"] == "text_completion"
    assert [choice["index"] for choice in answer["choices"]] == [0, 1, 2, 3]
    assert answer["choices"][2]["text"] == "3+1=four"


async def test_a_streamed_completion_is_text() -> None:
    settings = scripted(ScriptedReply(text="one two three"))
    body = {"model": "auto", "prompt": "count", "stream": True}
    response = await post("/v1/completions", body, settings)
    pieces = [choice["text"] for event in events(response) for choice in event["choices"]]
    assert "".join(pieces) == "one two three"
    assert response.text.endswith("[DONE]\n\n")


@pytest.mark.parametrize("prompt", [5, [], [[1, 2]], {}])
async def test_a_prompt_has_to_be_text(prompt: object) -> None:
    response = await post("/v1/completions", {"model": "auto", "prompt": prompt})
    assert response.status_code == 400
    assert response.json()["error"]["param"].startswith("prompt")


async def test_embeddings_are_unit_vectors_of_the_asked_length() -> None:
    body = {"model": "auto", "input": ["a red car", "a blue car"], "dimensions": 64}
    answer = (await post("/v1/embeddings", body)).json()
    assert [entry["index"] for entry in answer["data"]] == [0, 1]
    for entry in answer["data"]:
        assert len(entry["embedding"]) == 64
        assert math.hypot(*entry["embedding"]) == pytest.approx(1, abs=1e-6)
    assert answer["usage"]["prompt_tokens"] > 0


async def test_embeddings_come_as_base64_too() -> None:
    body = {"model": "auto", "input": "hello"}
    numbers = (await post("/v1/embeddings", body)).json()["data"][0]["embedding"]
    packed = (await post("/v1/embeddings", {**body, "encoding_format": "base64"})).json()
    raw = b64decode(packed["data"][0]["embedding"])
    assert list(unpack(f"<{len(raw) // 4}f", raw)) == pytest.approx(numbers, abs=1e-6)


@pytest.mark.parametrize("given", ["", [], [""], 5, None, [{"a": 1}]])
async def test_an_input_that_cannot_be_embedded_is_named(given: object) -> None:
    response = await post("/v1/embeddings", {"model": "auto", "input": given})
    assert response.status_code == 400
    assert response.json()["error"]["param"].startswith("input")


async def test_moderations_judge_each_input() -> None:
    body = {"input": ["a sunny day", "I will kill you"]}
    results = (await post("/v1/moderations", body)).json()["results"]
    assert [result["flagged"] for result in results] == [False, True]


@pytest.mark.parametrize("path", ["/v1/images/generations", "/v1", "/v1/nothing/here"])
async def test_anything_else_is_openais_404(path: str) -> None:
    response = await post(path, {})
    assert response.status_code == 404
    assert response.json()["error"]["type"] == "invalid_request_error"


async def test_keys_are_asked_for_and_counted() -> None:
    async with client(KEYED) as http:
        without = await http.get("/v1/models")
        bearer = {"authorization": "Bearer sk-team"}
        first = await http.get("/v1/models", headers=bearer)
        await http.get("/v1/models", headers=bearer)
        over = await http.get("/v1/models", headers=bearer)
    assert without.status_code == 401
    assert without.json()["error"]["code"] == "invalid_api_key"
    assert first.headers["x-ratelimit-remaining-requests"] == "1"
    assert over.status_code == 429
    assert int(over.headers["retry-after"]) > 0
    assert over.json()["error"]["code"] == "rate_limit_exceeded"


async def test_browsers_may_call() -> None:
    async with client() as http:
        response = await http.options(
            "/v1/chat/completions",
            headers={"origin": "http://a", "access-control-request-method": "POST"},
        )
        answer = await http.get("/v1/models", headers={"origin": "http://a"})
    assert response.status_code == 204
    assert response.headers["access-control-allow-origin"] == "*"
    assert answer.headers["access-control-allow-origin"] == "*"


async def test_a_body_over_the_limit_is_a_413() -> None:
    async with client() as http:
        response = await http.post("/v1/chat/completions", content=b" " * (10 * 2**20 + 1))
    assert response.status_code == 413
