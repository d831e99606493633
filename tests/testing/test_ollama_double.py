from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise

import httpx
import ollama as official
import orjson
import pytest

from mockwright.schema.validate import compile_schema
from mockwright.testing import OllamaCall, OllamaDouble, OllamaModel, OllamaReply
from mockwright.types import JsonObject
from tests.waiting import PATIENCE

ASKED = {"model": "llama3.2", "messages": [{"role": "user", "content": "Hi"}]}
THINKER = OllamaModel("qwen3:8b", capabilities=("completion", "tools", "thinking"))
EMBEDDER = OllamaModel("all-minilm", capabilities=("embedding",), embedding_length=384)
COUNTS = {
    "total_duration",
    "load_duration",
    "prompt_eval_count",
    "prompt_eval_duration",
    "eval_count",
    "eval_duration",
}


@pytest.fixture
def ollama() -> Iterator[OllamaDouble]:
    with OllamaDouble(models=["llama3.2", THINKER, EMBEDDER]) as double:
        yield double


def post(double: OllamaDouble, path: str, **body: object) -> httpx.Response:
    return httpx.post(f"{double.url}{path}", json=body)


def events(response: httpx.Response) -> list[JsonObject]:
    assert response.headers["content-type"] == "application/x-ndjson"
    return [orjson.loads(line) for line in response.iter_lines()]


def test_a_chat_streams_unless_told_not_to(ollama: OllamaDouble) -> None:
    ollama.replies = [OllamaReply("Hello to you")]
    *pieces, last = events(post(ollama, "/api/chat", **ASKED))
    assert [piece["message"]["content"] for piece in pieces] == ["Hello", " to", " you"]
    assert not any(piece["done"] for piece in pieces)
    assert all(piece.keys() == {"model", "created_at", "message", "done"} for piece in pieces)
    assert last["message"] == {"role": "assistant", "content": ""}
    assert last["done"]
    assert last["done_reason"] == "stop"
    assert last.keys() >= COUNTS
    assert last["eval_count"] == 3
    stamps = [datetime.fromisoformat(event["created_at"]) for event in [*pieces, last]]
    assert all(a <= b for a, b in pairwise(stamps))


def test_a_chat_comes_whole_where_it_is_told_to(ollama: OllamaDouble) -> None:
    ollama.replies = [OllamaReply("Hello", done_reason="length", prompt_eval_count=None)]
    response = post(ollama, "/api/chat", **ASKED, stream=False)
    assert response.headers["content-type"] == "application/json; charset=utf-8"
    body = response.json()
    assert body["message"] == {"role": "assistant", "content": "Hello"}
    assert (body["done"], body["done_reason"]) == (True, "length")
    assert body.keys() >= COUNTS - {"prompt_eval_count"}
    assert "prompt_eval_count" not in body


def test_a_generation_has_a_response_in_place_of_a_message(ollama: OllamaDouble) -> None:
    ollama.replies = [OllamaReply("Blue sky")]
    asked = {"model": "llama3.2", "prompt": "Why?"}
    *pieces, last = events(post(ollama, "/api/generate", **asked))
    assert [piece["response"] for piece in pieces] == ["Blue", " sky"]
    assert (last["response"], last["done"]) == ("", True)
    assert post(ollama, "/api/generate", **asked, stream=False).json()["response"] == "Blue sky"


def test_replies_come_in_turn_and_from_the_start_again() -> None:
    with OllamaDouble(["a", "b"]) as ollama:
        told = [post(ollama, "/api/chat", **ASKED, stream=False).json() for _ in range(3)]
    assert [body["message"]["content"] for body in told] == ["a", "b", "a"]


def test_a_tool_call_has_its_arguments_as_an_object(ollama: OllamaDouble) -> None:
    ollama.replies = [OllamaReply(tool_calls=[OllamaCall("f", {"x": 1}), OllamaCall("g")])]
    tools = [{"type": "function", "function": {"name": "f", "parameters": {}}}]
    body = post(ollama, "/api/chat", **ASKED, tools=tools, stream=False).json()
    first, second = body["message"]["tool_calls"]
    assert first["function"] == {"index": 0, "name": "f", "arguments": {"x": 1}}
    assert second["function"] == {"index": 1, "name": "g", "arguments": {}}
    assert first["id"] != second["id"]
    streamed = events(post(ollama, "/api/chat", **ASKED, tools=tools))
    assert len(streamed[0]["message"]["tool_calls"]) == 2
    assert streamed[-1]["done"]


@pytest.mark.parametrize(("think", "told"), [({}, "Hmm"), ({"think": True}, "Hmm")])
def test_thoughts_stand_beside_the_text(
    ollama: OllamaDouble, think: dict[str, bool], told: str
) -> None:
    ollama.replies = [OllamaReply("Yes", thinking="Hmm")]
    asked = {**ASKED, "model": "qwen3:8b", **think}
    body = post(ollama, "/api/chat", **asked, stream=False).json()
    assert body["message"] == {"role": "assistant", "content": "Yes", "thinking": told}
    first, second, _ = events(post(ollama, "/api/chat", **asked))
    assert first["message"] == {"role": "assistant", "content": "", "thinking": "Hmm"}
    assert second["message"] == {"role": "assistant", "content": "Yes"}


def test_no_thoughts_where_none_are_wanted_or_had(ollama: OllamaDouble) -> None:
    ollama.replies = [OllamaReply("Yes", thinking="Hmm")]
    asked = {**ASKED, "stream": False}
    unwanted = post(ollama, "/api/chat", **{**asked, "model": "qwen3:8b", "think": False})
    assert "thinking" not in unwanted.json()["message"]
    assert "thinking" not in post(ollama, "/api/chat", **asked).json()["message"]
    refused = post(ollama, "/api/chat", **asked, think=True)
    assert refused.status_code == 400
    assert refused.json() == {"error": '"llama3.2" does not support thinking'}


SCHEMA = {
    "type": "object",
    "properties": {"age": {"type": "integer", "minimum": 1}, "open": {"type": "boolean"}},
    "required": ["age", "open"],
}


def test_an_answer_that_is_not_laid_down_keeps_to_the_format(ollama: OllamaDouble) -> None:
    asked = {**ASKED, "stream": False}
    body = post(ollama, "/api/chat", **asked, format=SCHEMA).json()
    assert compile_schema(SCHEMA).is_valid(orjson.loads(body["message"]["content"]))
    assert post(ollama, "/api/chat", **asked, format="json").json()["message"]["content"] == "{}"
    assert post(ollama, "/api/chat", **asked).json()["message"]["content"]
    seeded = {**asked, "format": SCHEMA, "options": {"seed": 7}}
    texts = [post(ollama, "/api/chat", **seeded).json()["message"]["content"] for _ in range(2)]
    assert texts[0] == texts[1]
    refused = post(ollama, "/api/chat", **asked, format="yaml")
    assert refused.status_code == 400
    assert "invalid format" in refused.json()["error"]


def test_log_probabilities_come_where_they_are_asked_for(ollama: OllamaDouble) -> None:
    ollama.replies = [OllamaReply("Hi you")]
    asked = {**ASKED, "logprobs": True, "top_logprobs": 1}
    first, *_ = events(post(ollama, "/api/chat", **asked))
    (entry,) = first["logprobs"]
    assert entry["token"] == "Hi"
    assert entry["bytes"] == [72, 105]
    assert entry["top_logprobs"][0]["token"] == "Hi"
    whole = post(ollama, "/api/chat", **asked, stream=False).json()
    assert [entry["token"] for entry in whole["logprobs"]] == ["Hi", " you"]


def test_a_request_without_messages_loads_the_model_or_puts_it_out(ollama: OllamaDouble) -> None:
    assert httpx.get(f"{ollama.url}/api/ps").json() == {"models": []}
    loaded = post(ollama, "/api/chat", model="llama3.2", messages=[], keep_alive="1h30m").json()
    assert (loaded["done"], loaded["done_reason"]) == (True, "load")
    (running,) = httpx.get(f"{ollama.url}/api/ps").json()["models"]
    assert running["name"] == "llama3.2:latest"
    assert running.keys() >= {"model", "size", "digest", "details", "size_vram", "context_length"}
    left = datetime.fromisoformat(running["expires_at"]) - datetime.now().astimezone()
    assert 5300 < left.total_seconds() <= 5400
    out = post(ollama, "/api/generate", model="llama3.2", keep_alive=0).json()
    assert (out["response"], out["done_reason"]) == ("", "unload")
    assert httpx.get(f"{ollama.url}/api/ps").json() == {"models": []}


def test_models_are_listed_and_shown(ollama: OllamaDouble) -> None:
    models = httpx.get(f"{ollama.url}/api/tags").json()["models"]
    names = [model["name"] for model in models]
    assert names == ["llama3.2:latest", "qwen3:8b", "all-minilm:latest"]
    assert models[0].keys() == {"name", "model", "modified_at", "size", "digest", "details"}
    assert re.fullmatch("[0-9a-f]{64}", models[0]["digest"])
    shown = post(ollama, "/api/show", model="qwen3:8b").json()
    assert "thinking" in shown["capabilities"]
    assert shown["model_info"]["llama.context_length"] == 131_072
    assert shown.keys() >= {"parameters", "license", "template", "details", "modified_at"}


def test_embeddings_are_unit_vectors_and_the_same_for_the_same_text(ollama: OllamaDouble) -> None:
    body = post(ollama, "/api/embed", model="all-minilm", input=["one", "two", "one"]).json()
    first, second, third = body["embeddings"]
    assert len(first) == 384
    assert first == third
    assert first != second
    assert sum(value * value for value in first) == pytest.approx(1)
    assert body.keys() == {
        "model",
        "embeddings",
        "total_duration",
        "load_duration",
        "prompt_eval_count",
    }
    short = post(ollama, "/api/embed", model="all-minilm", input="one", dimensions=16).json()
    assert [len(vector) for vector in short["embeddings"]] == [16]


@pytest.mark.parametrize(
    ("path", "body", "status", "said"),
    [
        ("/api/chat", {}, 400, "model is required"),
        ("/api/chat", {"model": "none"}, 404, "model 'none' not found"),
        ("/api/show", {"model": "none"}, 404, "model 'none' not found"),
        ("/api/chat", {**ASKED, "model": "all-minilm"}, 400, "does not support chat"),
        ("/api/embed", {"model": "llama3.2", "input": "x"}, 400, "does not support embeddings"),
        ("/api/embed", {"model": "all-minilm", "input": 5}, 400, "invalid input type"),
    ],
)
def test_what_cannot_be_done_is_an_error_body(
    ollama: OllamaDouble, path: str, body: JsonObject, status: int, said: str
) -> None:
    response = post(ollama, path, **body)
    assert response.status_code == status
    assert response.json().keys() == {"error"}
    assert said in response.json()["error"]


def test_a_model_without_tools_refuses_them() -> None:
    with OllamaDouble(models=[OllamaModel("gemma:2b", capabilities=("completion",))]) as ollama:
        response = post(ollama, "/api/chat", **{**ASKED, "model": "gemma:2b"}, tools=[{}])
    assert response.status_code == 400
    assert "gemma:2b does not support tools" in response.json()["error"]


@pytest.mark.parametrize("content", [b"", b"{", b"[1]"])
def test_a_body_that_is_no_json_object_is_refused(ollama: OllamaDouble, content: bytes) -> None:
    response = httpx.post(f"{ollama.url}/api/chat", content=content)
    assert response.status_code == 400
    assert response.json()["error"]


def test_what_is_left_is_told(ollama: OllamaDouble) -> None:
    assert httpx.get(ollama.url).text == "Ollama is running"
    assert httpx.head(ollama.url).status_code == 200
    version = httpx.get(f"{ollama.url}/api/version").json()["version"]
    assert re.fullmatch(r"\d+\.\d+\.\d+", version)
    assert httpx.get(f"{ollama.url}/api/nothing").status_code == 404


def test_an_error_can_be_laid_down_before_and_within_a_stream(ollama: OllamaDouble) -> None:
    ollama.replies = [
        OllamaReply(error="out of memory", status=503),
        OllamaReply("one two three", error="runner died", after=2),
    ]
    before = post(ollama, "/api/chat", **ASKED)
    assert (before.status_code, before.json()) == (503, {"error": "out of memory"})
    *pieces, last = events(post(ollama, "/api/chat", **ASKED))
    assert [piece["message"]["content"] for piece in pieces] == ["one", " two"]
    assert last == {"error": "runner died"}


def test_a_connection_can_be_cut_within_a_stream(ollama: OllamaDouble) -> None:
    ollama.replies = [OllamaReply("one two three", after=1)]
    with (
        pytest.raises(httpx.RemoteProtocolError),
        httpx.stream("POST", f"{ollama.url}/api/chat", json=ASKED) as response,
    ):
        list(response.iter_lines())


def test_requests_are_kept_and_a_client_that_leaves_is_noticed(ollama: OllamaDouble) -> None:
    ollama.replies = [OllamaReply("one two three four", pause=0.2)]
    with httpx.stream(
        "POST", f"{ollama.url}/api/chat", json=ASKED, headers={"X-Mine": "yes"}
    ) as response:
        lines = response.iter_lines()
        next(lines)
        assert not ollama.left.is_set()
    assert ollama.left.wait(PATIENCE)
    (request,) = ollama.requests
    assert (request.method, request.path, request.body) == ("POST", "/api/chat", ASKED)
    assert request.headers["x-mine"] == "yes"


def test_there_is_no_url_before_and_after() -> None:
    ollama = OllamaDouble()
    with pytest.raises(RuntimeError, match="enter its context"):
        _ = ollama.url
    with ollama:
        url = ollama.url
    with pytest.raises(httpx.ConnectError):
        httpx.get(url)
    with pytest.raises(RuntimeError, match="enter its context"):
        _ = ollama.url


def test_ollamas_own_client_understands_every_answer(ollama: OllamaDouble) -> None:
    client = official.Client(host=ollama.url)
    assert next(model.model for model in client.list().models) == "llama3.2:latest"
    assert client.show("qwen3:8b").capabilities == ["completion", "tools", "thinking"]
    ollama.replies = [OllamaReply("Hi you", "Hmm", tool_calls=[OllamaCall("f", {"a": 1})])]
    asked = [{"role": "user", "content": "Hi"}]
    reply = client.chat("qwen3:8b", asked, think=True, logprobs=True)
    assert (reply.message.content, reply.message.thinking) == ("Hi you", "Hmm")
    assert reply.message.tool_calls is not None
    assert reply.message.tool_calls[0].function.arguments == {"a": 1}
    assert reply.logprobs is not None
    assert reply.logprobs[0].token == "Hi"
    *pieces, last = client.chat("qwen3:8b", asked, stream=True)
    assert "".join(piece.message.content or "" for piece in pieces) == "Hi you"
    assert (last.done, last.eval_count) == (True, 2)
    assert client.generate("llama3.2", "Hi").response == "Hi you"
    assert len(client.embed("all-minilm", ["a", "b"]).embeddings) == 2
    assert {model.model for model in client.ps().models} >= {"qwen3:8b", "all-minilm:latest"}
    with pytest.raises(official.ResponseError, match="model 'none' not found") as caught:
        client.chat("none", asked)
    assert caught.value.status_code == 404
    client._client.close()
