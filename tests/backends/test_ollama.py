from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import httpx
import orjson
import pytest
import respx

from mockwright.backends.ollama import OllamaBackend, native_url
from mockwright.backends.transport import Transport
from mockwright.chat.types import EmbedRequest
from mockwright.errors import BackendStatusError, TransportError, UnsupportedError
from mockwright.settings import BackendSettings
from mockwright.testing import OllamaCall, OllamaDouble, OllamaModel, OllamaReply
from mockwright.types import JsonObject, Task
from tests.backends.chats import TIME, WEATHER, asking, finishes, gathered, usage
from tests.backends.conftest import SCHEMA, endpoint
from tests.waiting import PATIENCE

ROOT = "http://ollama.test:11434"
CHAT = f"{ROOT}/api/chat"
ANSWER = '{"id":1,"name":"Ada"}'
Build = Callable[..., OllamaBackend]


def said(content: str = ANSWER, **extra: object) -> JsonObject:
    return {
        "model": "gemma3:4b",
        "message": {"role": "assistant", "content": content},
        "done": True,
        "done_reason": "stop",
        "prompt_eval_count": 20,
        "eval_count": 8,
        **extra,
    }


@pytest.fixture
async def ollama(router: respx.MockRouter) -> AsyncIterator[Build]:
    transport = Transport(endpoint(ROOT), httpx.MockTransport(router.async_handler))

    def build(**settings: object) -> OllamaBackend:
        values: dict[str, object] = {"name": "up", "provider": "ollama", "model": "gemma3:4b"}
        return OllamaBackend(BackendSettings.model_validate({**values, **settings}), transport)

    yield build
    await transport.aclose()


def sent(route: respx.Route) -> list[JsonObject]:
    return [orjson.loads(call.request.content) for call in route.calls]


async def test_the_native_protocol_is_spoken(router: respx.MockRouter, ollama: Build) -> None:
    route = router.post(CHAT).respond(json=said())
    backend = ollama(context_window=8192, max_tokens=300, temperature=0.2, keep_alive="10m")
    completion = await backend.complete(Task(schema=SCHEMA, seed=5, variant=1))
    (payload,) = sent(route)
    assert payload["model"] == "gemma3:4b"
    assert payload["stream"] is False
    assert payload["keep_alive"] == "10m"
    assert payload["format"]["type"] == "object"
    assert payload["options"] == {
        "num_ctx": 8192,
        "num_predict": 300,
        "temperature": 0.2,
        "seed": 6,
    }
    assert completion.text == ANSWER
    assert completion.seed == 6
    assert (completion.usage.input_tokens, completion.usage.output_tokens) == (20, 8)
    assert completion.finish_reason == "stop"


async def test_what_is_not_configured_is_not_sent(router: respx.MockRouter, ollama: Build) -> None:
    route = router.post(CHAT).respond(json=said())
    await ollama().complete(Task(schema=SCHEMA))
    assert set(sent(route)[0]) == {"model", "messages", "stream", "format"}


async def test_a_prompt_that_was_cached_has_no_count(
    router: respx.MockRouter, ollama: Build
) -> None:
    body = said()
    del body["prompt_eval_count"]
    router.post(CHAT).respond(json=body)
    completion = await ollama().complete(Task(schema=SCHEMA))
    assert completion.usage.output_tokens == 8
    assert not completion.usage.estimated


async def test_usage_that_is_not_told_is_estimated(router: respx.MockRouter, ollama: Build) -> None:
    router.post(CHAT).respond(json={"message": {"content": ANSWER}})
    completion = await ollama().complete(Task(schema=SCHEMA))
    assert completion.usage.estimated
    assert completion.finish_reason is None


@pytest.mark.parametrize("status", [400, 500])
async def test_a_refused_format_steps_down_and_is_remembered(
    router: respx.MockRouter, ollama: Build, status: int
) -> None:
    route = router.post(CHAT).mock(
        side_effect=[
            httpx.Response(status, json={"error": 'invalid format: expected "json"'}),
            *[httpx.Response(200, json=said())] * 2,
        ]
    )
    backend = ollama()
    modes = [(await backend.complete(Task(schema=SCHEMA))).mode for _ in range(2)]
    assert modes == ["json", "json"]
    assert [payload["format"] == "json" for payload in sent(route)] == [False, True, True]
    assert backend.profile.json_schema is False


async def test_a_missing_model_is_told(router: respx.MockRouter, ollama: Build) -> None:
    router.post(CHAT).respond(404, json={"error": "model 'gemma3:4b' not found"})
    with pytest.raises(BackendStatusError, match="model 'gemma3:4b' not found"):
        await ollama().complete(Task(schema=SCHEMA))


@pytest.mark.parametrize("body", [{}, {"error": "out of memory"}, {"message": "hi"}])
async def test_an_answer_without_a_message_is_malformed(
    router: respx.MockRouter, ollama: Build, body: JsonObject
) -> None:
    router.post(CHAT).respond(json=body)
    with pytest.raises(TransportError, match=body.get("error", "no message")):
        await ollama().complete(Task(schema=SCHEMA))


@pytest.mark.parametrize(
    "url", [ROOT, f"{ROOT}/", f"{ROOT}/v1", f"{ROOT}/v1/", f"{ROOT}/api", f"{ROOT}/api/"]
)
def test_the_url_is_understood_with_or_without_a_path(url: str) -> None:
    assert native_url(url) == ROOT


def test_a_path_before_the_protocols_own_is_kept() -> None:
    assert native_url("https://host/ollama/v1/") == "https://host/ollama"


@pytest.mark.parametrize(
    ("names", "model", "present"),
    [
        (["gemma3:4b"], "gemma3:4b", True),
        (["gemma3:latest"], "gemma3", True),
        (["gemma3:1b"], "gemma3:4b", False),
        ([], "gemma3:4b", False),
    ],
)
async def test_a_probe_looks_for_the_model(
    router: respx.MockRouter, ollama: Build, names: list[str], model: str, present: bool
) -> None:
    tags = {"models": [{"name": name} for name in names]}
    router.get(f"{ROOT}/api/tags").respond(json=tags)
    probe = await ollama(model=model).probe()
    assert (probe.reachable, probe.model_present) == (True, present)
    assert probe.detail == ("" if present else f"ollama pull {model}")


async def test_a_probe_of_nobody_does_not_raise(router: respx.MockRouter, ollama: Build) -> None:
    router.get(f"{ROOT}/api/tags").mock(side_effect=httpx.ConnectError("refused"))
    assert not (await ollama().probe()).reachable


# What follows speaks to a double on a real socket.

ABLE = OllamaModel("gemma3:4b", capabilities=("completion", "tools", "thinking", "vision"))
EMBEDDER = OllamaModel("all-minilm", capabilities=("embedding",), embedding_length=16)


@pytest.fixture(scope="module")
def serving() -> Iterator[OllamaDouble]:
    with OllamaDouble(models=[ABLE, EMBEDDER]) as running:
        yield running


@pytest.fixture
def double(serving: OllamaDouble) -> OllamaDouble:
    serving.requests.clear()
    serving.replies = [OllamaReply("Hello")]
    serving.left.clear()
    return serving


@pytest.fixture
async def real(double: OllamaDouble) -> AsyncIterator[Build]:
    transport = Transport(endpoint(double.url, read_timeout=PATIENCE))

    def build(**settings: object) -> OllamaBackend:
        values: dict[str, object] = {"name": "up", "provider": "ollama", "model": "gemma3:4b"}
        return OllamaBackend(BackendSettings.model_validate({**values, **settings}), transport)

    yield build
    await transport.aclose()


async def asks(double: OllamaDouble, real: Build, *messages: Any, **fields: Any) -> JsonObject:
    """What a chat of ``messages`` sends."""
    settings = fields.pop("settings", {})
    await real(**settings).chat(asking(*messages, **fields))
    return double.requests[-1].body


async def test_a_chat_is_translated_both_ways(double: OllamaDouble, real: Build) -> None:
    price = {"input_per_million": 1.0, "output_per_million": 10.0}
    reply = await real(price=price).chat(asking("Hi"))
    (request,) = double.requests
    assert request.path == "/api/chat"
    assert request.body == {
        "model": "gemma3:4b",
        "messages": [{"role": "user", "content": "Hi"}],
        "stream": False,
    }
    (choice,) = reply.body["choices"]
    assert choice["message"] == {"role": "assistant", "content": "Hello"}
    assert choice["finish_reason"] == "stop"
    assert (reply.usage.input_tokens, reply.usage.output_tokens) == (10, 1)
    assert reply.cost_usd == pytest.approx(20e-6)


async def test_parameters_become_options(double: OllamaDouble, real: Build) -> None:
    body = {
        "temperature": 0.0,
        "top_p": 0.9,
        "presence_penalty": 0.5,
        "frequency_penalty": 0.25,
        "min_p": 0.05,
        "options": {"mirostat": 1},
        "keep_alive": "1m",
        "logprobs": True,
        "top_logprobs": 2,
        "reasoning_effort": "low",
    }
    settings = {"context_window": 8192, "temperature": 0.7, "keep_alive": "10m", "max_tokens": 5}
    sent = await asks(
        double, real, "Hi", body=body, settings=settings, seed=3, stop=("END",), max_tokens=50
    )
    assert sent["options"] == {
        "num_ctx": 8192,
        "num_predict": 50,
        "temperature": 0.0,
        "top_p": 0.9,
        "presence_penalty": 0.5,
        "frequency_penalty": 0.25,
        "min_p": 0.05,
        "mirostat": 1,
        "seed": 3,
        "stop": ["END"],
    }
    rest = {k: sent[k] for k in ("keep_alive", "logprobs", "top_logprobs", "think")}
    assert rest == {"keep_alive": "1m", "logprobs": True, "top_logprobs": 2, "think": "low"}
    sent = await asks(double, real, "Hi", settings=settings)
    assert sent["options"] == {"num_ctx": 8192, "num_predict": 5, "temperature": 0.7}
    assert sent["keep_alive"] == "10m"


@pytest.mark.parametrize(
    ("body", "think"),
    [
        ({"reasoning_effort": "none"}, False),
        ({"reasoning_effort": "high"}, "high"),
        ({"think": False, "reasoning_effort": "high"}, False),
    ],
)
async def test_how_much_to_think_is_told(
    double: OllamaDouble, real: Build, body: JsonObject, think: bool | str
) -> None:
    assert (await asks(double, real, "Hi", body=body))["think"] == think


async def test_messages_of_every_kind_are_translated(double: OllamaDouble, real: Build) -> None:
    call = {"id": "call_1", "type": "function"}
    sent = await asks(
        double,
        real,
        {"role": "developer", "content": "Be brief."},
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "What"},
                {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}},
                {"type": "text", "text": "is it?"},
            ],
        },
        {
            "role": "assistant",
            "content": None,
            "reasoning_content": "Hmm",
            "tool_calls": [
                {**call, "function": {"name": "look", "arguments": '{"at": "it"}'}},
                {**call, "id": "call_2", "function": {"name": "touch", "arguments": "oops"}},
            ],
        },
        {"role": "tool", "tool_call_id": "call_2", "content": "soft"},
    )
    assert sent["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "What\nis it?", "images": ["AAAA"]},
        {
            "role": "assistant",
            "content": "",
            "thinking": "Hmm",
            "tool_calls": [
                {"id": "call_1", "function": {"name": "look", "arguments": {"at": "it"}}},
                {"id": "call_2", "function": {"name": "touch", "arguments": {"raw": "oops"}}},
            ],
        },
        {"role": "tool", "content": "soft", "tool_name": "touch", "tool_call_id": "call_2"},
    ]


@pytest.mark.parametrize(
    "part",
    [
        {"type": "image_url", "image_url": {"url": "https://pictures.test/1.png"}},
        {"type": "image_url"},
        {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}},
    ],
)
async def test_content_it_cannot_take_is_for_another_backend(
    double: OllamaDouble, real: Build, part: JsonObject
) -> None:
    with pytest.raises(UnsupportedError, match="cannot take"):
        await real().chat(asking({"role": "user", "content": [part]}))
    assert not double.requests


async def test_a_tool_is_offered_called_and_answered(double: OllamaDouble, real: Build) -> None:
    double.replies = [OllamaReply(tool_calls=[OllamaCall("get_weather", {"city": "Rome"})])]
    reply = await real().chat(asking("Hi", tools=(WEATHER, TIME)))
    tools = [tool["function"] for tool in double.requests[0].body["tools"]]
    assert tools[0] == {
        "name": "get_weather",
        "description": WEATHER.description,
        "parameters": WEATHER.schema,
    }
    assert tools[1]["parameters"] == {"type": "object", "properties": {}}
    (choice,) = reply.body["choices"]
    assert choice["finish_reason"] == "tool_calls"
    assert choice["message"]["content"] is None
    (call,) = choice["message"]["tool_calls"]
    assert call["function"] == {"name": "get_weather", "arguments": '{"city":"Rome"}'}
    assert call["id"].startswith("call_")
    assert call["type"] == "function"


@pytest.mark.parametrize(
    ("fields", "offered", "words"),
    [
        ({}, ["get_weather", "get_time"], None),
        ({"tool_mode": "none"}, None, None),
        ({"tool_mode": "required"}, ["get_weather", "get_time"], "one of the tools"),
        ({"tool_mode": "required", "tool_name": "get_time"}, ["get_time"], "'get_time'"),
    ],
)
async def test_a_choice_of_tools_is_told_as_far_as_it_can_be(
    double: OllamaDouble,
    real: Build,
    fields: dict[str, Any],
    offered: list[str] | None,
    words: str | None,
) -> None:
    sent = await asks(double, real, "Hi", tools=(WEATHER, TIME), **fields)
    names = [tool["function"]["name"] for tool in sent["tools"]] if "tools" in sent else None
    assert names == offered
    first = sent["messages"][0]
    assert (first["role"] == "system") is (words is not None)
    assert (words or "") in first["content"]


async def test_a_form_is_asked_for_and_told(double: OllamaDouble, real: Build) -> None:
    double.replies = []
    schema = {**SCHEMA, "properties": {**SCHEMA["properties"], "tags": {"type": "array"}}}
    system = {"role": "system", "content": "Be."}
    reply = await real().chat(asking(system, "Hi", form="json_schema", schema=schema))
    sent = double.requests[0].body
    assert sent["format"]["properties"]["tags"]["maxItems"] == 12, "so that it ends"
    assert sent["messages"][0]["content"].startswith("Be.\n\nAnswer with JSON")
    assert '"required":["id","name"]' in sent["messages"][0]["content"]
    value = orjson.loads(reply.body["choices"][0]["message"]["content"])
    assert {"id", "name"} <= value.keys()
    sent = await asks(double, real, "Hi", form="json_object")
    assert sent["format"] == "json"


async def test_a_refused_form_of_a_chat_steps_down(router: respx.MockRouter, ollama: Build) -> None:
    route = router.post(CHAT).mock(
        side_effect=[
            httpx.Response(500, json={"error": "failed to load model vocabulary: format"}),
            *[httpx.Response(200, json=said())] * 3,
        ]
    )
    backend = ollama()
    for _ in range(2):
        await backend.chat(asking("Hi", form="json_schema", schema=SCHEMA))
    assert [payload["format"] == "json" for payload in sent(route)] == [False, True, True]
    await backend.chat(asking("Hi"))
    assert "format" not in sent(route)[-1]


async def test_a_refusal_of_a_chat_without_a_form_teaches_nothing(
    router: respx.MockRouter, ollama: Build
) -> None:
    fault = {"error": "invalid message format: unknown schema"}
    route = router.post(CHAT).respond(400, json=fault)
    backend = ollama()
    with pytest.raises(BackendStatusError):
        await backend.chat(asking("Hi"))
    assert route.call_count == 1
    assert backend.profile.json_schema


async def test_log_probabilities_are_passed_on(double: OllamaDouble, real: Build) -> None:
    double.replies = [OllamaReply("Hi you")]
    reply = await real().chat(asking("Hi", body={"logprobs": True}))
    told = reply.body["choices"][0]["logprobs"]["content"]
    assert [entry["token"] for entry in told] == ["Hi", " you"]
    _, chunks = await gathered(real().stream(asking("Hi", body={"logprobs": True})))
    assert chunks[0]["choices"][0]["logprobs"]["content"][0]["token"] == "Hi"


async def test_a_stream_is_passed_on_in_chunks(double: OllamaDouble, real: Build) -> None:
    calls = [OllamaCall("get_weather", {"city": "Rome"}), OllamaCall("get_time")]
    double.replies = [OllamaReply("Hello you", thinking="Hmm", tool_calls=calls)]
    message, chunks = await gathered(real().stream(asking("Hi", tools=(WEATHER, TIME))))
    assert double.requests[0].body["stream"] is True
    assert message["content"] == "Hello you"
    assert message["reasoning_content"] == "Hmm"
    functions = [call["function"] for call in message["tool_calls"]]
    assert functions == [
        {"name": "get_weather", "arguments": '{"city":"Rome"}'},
        {"name": "get_time", "arguments": "{}"},
    ]
    assert chunks[0]["choices"][0]["delta"]["role"] == "assistant"
    assert len({chunk["id"] for chunk in chunks}) == 1
    assert finishes(chunks) == ["tool_calls"]
    assert usage(chunks) == (10, 2)


async def test_a_stream_has_a_connection_of_its_own(double: OllamaDouble, real: Build) -> None:
    await gathered(real().stream(asking("Hi")))
    await real().chat(asking("Hi"))
    stream, chat = double.requests
    assert stream.headers["connection"] == "close"
    assert chat.headers.get("connection") != "close"


@pytest.mark.parametrize(("reason", "finish"), [("stop", "stop"), ("length", "length")])
async def test_why_it_stopped_is_told(
    double: OllamaDouble, real: Build, reason: str, finish: str
) -> None:
    double.replies = [OllamaReply("Hi", done_reason=reason)]
    reply = await real().chat(asking("Hi"))
    assert reply.body["choices"][0]["finish_reason"] == finish
    _, chunks = await gathered(real().stream(asking("Hi")))
    assert finishes(chunks) == [finish]


async def test_an_error_before_a_stream_has_its_status(double: OllamaDouble, real: Build) -> None:
    double.replies = [OllamaReply(error="server busy", status=503)]
    with pytest.raises(BackendStatusError, match="server busy") as caught:
        await gathered(real().stream(asking("Hi")))
    assert caught.value.status == 503


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (OllamaReply("one two three", error="runner died", after=1), "answered runner died"),
        (OllamaReply("one two three", after=1), "backend 'up'"),
    ],
)
async def test_a_stream_that_breaks_off_says_so(
    double: OllamaDouble, real: Build, reply: OllamaReply, said: str
) -> None:
    double.replies = [reply]
    chunks = real().stream(asking("Hi"))
    first = await anext(chunks)
    assert first["choices"][0]["delta"]["content"] == "one"
    with pytest.raises(TransportError, match=said):
        await anext(chunks)


async def test_a_stream_without_an_end_is_broken(router: respx.MockRouter, ollama: Build) -> None:
    line = orjson.dumps(said("Hi", done=False)) + b"\n"
    headers = {"content-type": "application/x-ndjson"}
    router.post(CHAT).respond(200, content=line, headers=headers)
    with pytest.raises(TransportError, match="without an end"):
        await gathered(ollama().stream(asking("Hi")))


async def test_a_reader_that_leaves_hangs_up_on_the_server(
    double: OllamaDouble, real: Build
) -> None:
    double.replies = [OllamaReply("one two three four", pause=0.5)]
    chunks = real().stream(asking("Hi"))
    await anext(chunks)
    await chunks.aclose()
    assert await asyncio.to_thread(double.left.wait, 5)


async def test_embeddings_come_in_order(double: OllamaDouble, real: Build) -> None:
    backend = real(embedding_model="all-minilm", keep_alive="5m")
    found = await backend.embed(EmbedRequest(("one", "two", "one"), dimensions=8))
    assert double.requests[0].body == {
        "model": "all-minilm",
        "input": ["one", "two", "one"],
        "dimensions": 8,
        "keep_alive": "5m",
    }
    first, second, third = found.vectors
    assert first == third != second
    assert [len(vector) for vector in found.vectors] == [8, 8, 8]
    assert found.model == "all-minilm"
    assert found.usage.input_tokens == 3


async def test_a_model_without_embeddings_is_told_apart_from_a_fault(real: Build) -> None:
    with pytest.raises(UnsupportedError, match="does not support embeddings"):
        await real().embed(EmbedRequest(("x",)))
    with pytest.raises(BackendStatusError, match="not found"):
        await real(embedding_model="none").embed(EmbedRequest(("x",)))


@pytest.mark.parametrize("told", [None, [[1.0]], [[1.0], ["x"]], "vectors"])
async def test_embeddings_that_do_not_fit_are_malformed(
    router: respx.MockRouter, ollama: Build, told: object
) -> None:
    router.post(f"{ROOT}/api/embed").respond(json={"embeddings": told})
    with pytest.raises(TransportError, match="for 2 texts"):
        await ollama().embed(EmbedRequest(("x", "y")))
