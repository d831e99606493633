from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import orjson
import pytest
import respx

from mockwright.backends.anthropic import AnthropicBackend, key_headers, messages_url
from mockwright.backends.transport import Transport
from mockwright.chat.types import EmbedRequest
from mockwright.errors import (
    BackendError,
    BackendStatusError,
    BackendTimeoutError,
    TransportError,
    UnsupportedError,
)
from mockwright.settings import BackendSettings
from mockwright.types import Json, JsonObject, Task
from tests.backends.chats import TIME, WEATHER, asking, finishes, gathered, usage
from tests.backends.conftest import SCHEMA, SECRET, endpoint

ROOT = "http://claude.test/v1"
MESSAGES = f"{ROOT}/messages"
ANSWER = '{"id":1,"name":"Ada"}'
Build = Callable[..., AnthropicBackend]


def said(*blocks: JsonObject | str, **extra: object) -> JsonObject:
    content = [{"type": "text", "text": b} if isinstance(b, str) else b for b in blocks]
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude-x",
        "content": content,
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": {"input_tokens": 12, "output_tokens": 6},
        **extra,
    }


def refused(message: str, kind: str = "invalid_request_error") -> JsonObject:
    return {"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_1"}


def stream(*events: JsonObject) -> httpx.Response:
    lines = "".join(f"event: {e['type']}\ndata: {orjson.dumps(e).decode()}\n\n" for e in events)
    return httpx.Response(
        200, content=lines.encode(), headers={"content-type": "text/event-stream"}
    )


def start(**told: int) -> JsonObject:
    counts = {"input_tokens": 12, "output_tokens": 1, **told}
    return {"type": "message_start", "message": said(stop_reason=None, usage=counts)}


def block(index: int, kind: str, *deltas: JsonObject, **fields: Json) -> list[JsonObject]:
    """One content block's events."""
    return [
        {
            "type": "content_block_start",
            "index": index,
            "content_block": {"type": kind, **fields},
        },
        *({"type": "content_block_delta", "index": index, "delta": delta} for delta in deltas),
        {"type": "content_block_stop", "index": index},
    ]


def text(piece: str) -> JsonObject:
    return {"type": "text_delta", "text": piece}


def part(piece: str) -> JsonObject:
    return {"type": "input_json_delta", "partial_json": piece}


def end(reason: str = "end_turn", written: int = 6, **delta: Json) -> list[JsonObject]:
    told = {"stop_reason": reason, "stop_sequence": None, **delta}
    return [
        {"type": "message_delta", "delta": told, "usage": {"output_tokens": written}},
        {"type": "message_stop"},
    ]


@pytest.fixture
async def claude(router: respx.MockRouter) -> AsyncIterator[Build]:
    given = endpoint(ROOT, headers=key_headers(SECRET))
    transport = Transport(given, httpx.MockTransport(router.async_handler))

    def build(**settings: object) -> AnthropicBackend:
        values: dict[str, object] = {"name": "up", "provider": "anthropic", "model": "claude-x"}
        return AnthropicBackend(BackendSettings.model_validate({**values, **settings}), transport)

    yield build
    await transport.aclose()


def sent(route: respx.Route) -> list[JsonObject]:
    return [orjson.loads(call.request.content) for call in route.calls]


async def ask(router: respx.MockRouter, claude: Build, *messages: Any, **fields: Any) -> JsonObject:
    """What a chat of ``messages`` sends."""
    settings = fields.pop("settings", {})
    route = router.post(MESSAGES).respond(json=said("Hi"))
    await claude(**settings).chat(asking(*messages, **fields))
    return sent(route)[-1]


async def test_the_api_gets_its_headers_and_the_least_it_wants(
    router: respx.MockRouter, claude: Build
) -> None:
    route = router.post(MESSAGES).respond(json=said("Hello"))
    reply = await claude(price={"input_per_million": 1.0, "output_per_million": 10.0}).chat(
        asking("Hi")
    )
    headers = route.calls[0].request.headers
    assert headers["x-api-key"] == SECRET
    assert headers["anthropic-version"] == "2023-06-01"
    assert sent(route) == [
        {
            "model": "claude-x",
            "messages": [{"role": "user", "content": [{"type": "text", "text": "Hi"}]}],
            "stream": False,
            "max_tokens": 8192,
        }
    ]
    choice = reply.body["choices"][0]
    assert choice["message"] == {"role": "assistant", "content": "Hello"}
    assert choice["finish_reason"] == "stop"
    assert reply.body["id"] == "msg_1"
    assert (reply.usage.input_tokens, reply.usage.output_tokens) == (12, 6)
    assert reply.cost_usd == pytest.approx(72e-6)


async def test_the_parameters_are_told_in_its_words(
    router: respx.MockRouter, claude: Build
) -> None:
    body = {"temperature": 1.7, "top_p": 0.9, "top_k": 5, "user": "u1", "reasoning_effort": "low"}
    payload = await ask(router, claude, "Hi", body=body, stop=("END", " \n"), max_tokens=50, seed=3)
    told = {k: v for k, v in payload.items() if k not in ("model", "messages", "stream")}
    assert told == {
        "max_tokens": 50,
        "temperature": 1.0,
        "top_p": 0.9,
        "top_k": 5,
        "stop_sequences": ["END"],
        "metadata": {"user_id": "u1"},
        "output_config": {"effort": "low"},
    }


async def test_configured_values_stand_where_the_caller_gave_none(
    router: respx.MockRouter, claude: Build
) -> None:
    settings = {"max_tokens": 99, "temperature": 0.3}
    payload = await ask(router, claude, "Hi", settings=settings)
    assert (payload["max_tokens"], payload["temperature"]) == (99, 0.3)
    payload = await ask(router, claude, "Hi", settings=settings, body={"temperature": 0.0})
    assert payload["temperature"] == 0.0


CALL = {"id": "call.1", "type": "function", "function": {"name": "f", "arguments": '{"x":1}'}}


async def test_roles_become_turns(router: respx.MockRouter, claude: Build) -> None:
    payload = await ask(
        router,
        claude,
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "One"},
        {"role": "user", "content": [{"type": "text", "text": "Two"}]},
        {"role": "assistant", "content": "", "tool_calls": [CALL, {**CALL, "id": "call_2"}]},
        {"role": "tool", "tool_call_id": "call.1", "content": "22"},
        {"role": "tool", "tool_call_id": "call_2", "content": ""},
        {"role": "developer", "content": "Be kind."},
        {"role": "assistant", "content": None, "refusal": "No."},
        {"role": "user", "content": "   "},
    )
    assert payload["system"] == "Be brief.\n\nBe kind."
    use = {"type": "tool_use", "name": "f", "input": {"x": 1}}
    assert payload["messages"] == [
        {
            "role": "user",
            "content": [{"type": "text", "text": "One"}, {"type": "text", "text": "Two"}],
        },
        {"role": "assistant", "content": [{**use, "id": "call_1"}, {**use, "id": "call_2"}]},
        {
            "role": "user",
            "content": [
                {
                    "type": "tool_result",
                    "tool_use_id": "call_1",
                    "content": [{"type": "text", "text": "22"}],
                },
                {"type": "tool_result", "tool_use_id": "call_2"},
            ],
        },
        {"role": "assistant", "content": [{"type": "text", "text": "No."}]},
    ]


async def test_a_system_message_alone_is_the_users(router: respx.MockRouter, claude: Build) -> None:
    payload = await ask(router, claude, {"role": "system", "content": "Sing."})
    assert payload["messages"] == [{"role": "user", "content": "Sing."}]
    assert "system" not in payload


async def test_images_and_documents_become_blocks(router: respx.MockRouter, claude: Build) -> None:
    parts = [
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}},
        {"type": "image_url", "image_url": {"url": "https://pictures.test/1.png"}},
        {"type": "file", "file": {"file_data": "data:application/pdf;base64,BBBB"}},
    ]
    payload = await ask(router, claude, {"role": "user", "content": parts})
    png = {"type": "base64", "media_type": "image/png", "data": "AAAA"}
    pdf = {"type": "base64", "media_type": "application/pdf", "data": "BBBB"}
    assert payload["messages"][0]["content"] == [
        {"type": "image", "source": png},
        {"type": "image", "source": {"type": "url", "url": "https://pictures.test/1.png"}},
        {"type": "document", "source": pdf},
    ]


@pytest.mark.parametrize("kind", ["input_audio", "hologram", None])
async def test_content_it_has_no_place_for_is_for_another_backend(
    claude: Build, kind: str | None
) -> None:
    with pytest.raises(UnsupportedError, match="cannot take a part"):
        await claude().chat(asking({"role": "user", "content": [{"type": kind}]}))


@pytest.mark.parametrize(
    ("fields", "choice"),
    [
        ({}, {"type": "auto"}),
        ({"tool_mode": "none", "parallel_tools": False}, {"type": "none"}),
        ({"tool_mode": "required"}, {"type": "any"}),
        (
            {"tool_mode": "required", "tool_name": "get_time"},
            {"type": "tool", "name": "get_time"},
        ),
        ({"parallel_tools": False}, {"type": "auto", "disable_parallel_tool_use": True}),
    ],
)
async def test_tools_and_their_choice(
    router: respx.MockRouter, claude: Build, fields: dict[str, Any], choice: JsonObject
) -> None:
    payload = await ask(router, claude, "Hi", tools=(WEATHER, TIME), **fields)
    assert payload["tool_choice"] == choice
    assert payload["tools"] == [
        {"name": "get_weather", "description": WEATHER.description, "input_schema": WEATHER.schema},
        {"name": "get_time", "input_schema": {"type": "object"}},
    ]


async def test_calls_and_thoughts_come_back(router: respx.MockRouter, claude: Build) -> None:
    blocks: list[JsonObject] = [
        {"type": "thinking", "thinking": "Hmm", "signature": "s"},
        {"type": "tool_use", "id": "toolu_1", "name": "get_weather", "input": {"city": "Rome"}},
    ]
    router.post(MESSAGES).respond(json=said(*blocks, stop_reason="tool_use"))
    reply = await claude().chat(asking("Hi", tools=(WEATHER,)))
    (choice,) = reply.body["choices"]
    assert choice["finish_reason"] == "tool_calls"
    function = {"name": "get_weather", "arguments": '{"city":"Rome"}'}
    assert choice["message"] == {
        "role": "assistant",
        "content": None,
        "reasoning_content": "Hmm",
        "tool_calls": [{"id": "toolu_1", "type": "function", "function": function}],
    }


@pytest.mark.parametrize(
    ("reason", "finish"),
    [
        ("end_turn", "stop"),
        ("stop_sequence", "stop"),
        ("max_tokens", "length"),
        ("model_context_window_exceeded", "length"),
        ("refusal", "content_filter"),
        ("something new", "stop"),
        (None, "stop"),
    ],
)
async def test_why_it_stopped_is_told_in_openais_words(
    router: respx.MockRouter, claude: Build, reason: str | None, finish: str
) -> None:
    details = {"type": "refusal", "category": "bio", "explanation": "I will not."}
    given = details if reason == "refusal" else None
    router.post(MESSAGES).respond(json=said("x", stop_reason=reason, stop_details=given))
    (choice,) = (await claude().chat(asking("Hi"))).body["choices"]
    assert choice["finish_reason"] == finish
    assert choice["message"].get("refusal") == ("I will not." if given else None)


async def test_cached_tokens_are_counted_as_read(router: respx.MockRouter, claude: Build) -> None:
    counts = {
        "input_tokens": 1,
        "cache_creation_input_tokens": 20,
        "cache_read_input_tokens": 300,
        "output_tokens": 4,
    }
    router.post(MESSAGES).respond(json=said("x", usage=counts))
    reply = await claude().chat(asking("Hi"))
    assert (reply.usage.input_tokens, reply.usage.output_tokens) == (321, 4)


async def test_usage_that_is_not_told_is_estimated(router: respx.MockRouter, claude: Build) -> None:
    router.post(MESSAGES).respond(json=said("Hello you", usage=None))
    reply = await claude().chat(asking("Hi there"))
    assert reply.usage.estimated
    assert (reply.usage.input_tokens, reply.usage.output_tokens) == (2, 2)


async def test_a_schema_goes_as_structured_output(router: respx.MockRouter, claude: Build) -> None:
    optional = {**SCHEMA, "required": ["id"]}
    route = router.post(MESSAGES).respond(json=said('{"id":1,"name":null}'))
    reply = await claude().chat(asking("Hi", form="json_schema", schema=optional))
    form = sent(route)[0]["output_config"]["format"]
    assert form["type"] == "json_schema"
    assert form["schema"]["additionalProperties"] is False
    assert form["schema"]["required"] == ["id", "name"]
    assert "system" not in sent(route)[0]
    message = reply.body["choices"][0]["message"]
    assert message["content"] == '{"id":1}', "led back to the caller's schema"


async def test_a_refused_schema_is_told_in_words_and_that_is_remembered(
    router: respx.MockRouter, claude: Build
) -> None:
    fault = refused("This model does not support structured outputs: output_config.format")
    route = router.post(MESSAGES).mock(
        side_effect=[
            httpx.Response(400, json=fault),
            *[httpx.Response(200, json=said(ANSWER))] * 2,
        ]
    )
    backend = claude()
    for _ in range(2):
        await backend.chat(asking("Hi", form="json_schema", schema=SCHEMA))
    first, *rest = sent(route)
    assert "output_config" in first
    for payload in rest:
        assert "output_config" not in payload
        assert '"required":["id","name"]' in payload["system"]


async def test_a_recursive_schema_is_told_in_words(router: respx.MockRouter, claude: Build) -> None:
    tree = {
        "type": "object",
        "properties": {"children": {"type": "array", "items": {"$ref": "#"}}},
        "required": ["children"],
    }
    payload = await ask(router, claude, "Hi", form="json_schema", schema=tree)
    assert "output_config" not in payload
    assert '"$ref":"#"' in payload["system"]


async def test_json_without_a_schema_is_asked_for_in_words(
    router: respx.MockRouter, claude: Build
) -> None:
    payload = await ask(
        router, claude, {"role": "system", "content": "Be."}, "Hi", form="json_object"
    )
    assert payload["system"] == "Be.\n\nAnswer with one JSON object, and nothing else."


@pytest.mark.parametrize(
    ("message", "gone"),
    [
        ("`temperature` is deprecated for this model.", ("temperature",)),
        ("top_k is not supported", ("top_k",)),
        ("effort: this model does not support the effort parameter", ("output_config",)),
    ],
)
async def test_a_refused_parameter_is_given_up_and_that_is_remembered(
    router: respx.MockRouter, claude: Build, message: str, gone: tuple[str, ...]
) -> None:
    route = router.post(MESSAGES).mock(
        side_effect=[
            httpx.Response(400, json=refused(message)),
            *[httpx.Response(200, json=said("Hi"))] * 2,
        ]
    )
    body = {"temperature": 0.5, "top_k": 3, "reasoning_effort": "high"}
    backend = claude()
    for _ in range(2):
        await backend.chat(asking("Hi", body=body))
    first, second, third = sent(route)
    assert second == third
    assert first.keys() - second.keys() == set(gone)


async def test_a_bad_value_is_the_callers_and_nothing_is_given_up(
    router: respx.MockRouter, claude: Build
) -> None:
    route = router.post(MESSAGES).respond(400, json=refused("temperature: range: 0..1"))
    with pytest.raises(BackendStatusError, match=r"HTTP 400: temperature: range"):
        await claude().chat(asking("Hi", body={"temperature": -1}))
    assert route.call_count == 1


@pytest.mark.parametrize(
    ("status", "kind"),
    [(401, "authentication_error"), (429, "rate_limit_error"), (529, "overloaded_error")],
)
async def test_an_error_keeps_its_status_and_when_to_come_back(
    router: respx.MockRouter, claude: Build, status: int, kind: str
) -> None:
    fault = refused(f"key {SECRET} is not welcome", kind)
    router.post(MESSAGES).respond(status, json=fault, headers={"retry-after": "7"})
    with pytest.raises(BackendStatusError) as caught:
        await claude().chat(asking("Hi"))
    assert (caught.value.status, caught.value.retry_after) == (status, 7)
    assert SECRET not in str(caught.value) + caught.value.body


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({}, TransportError),
        ({"content": "text"}, TransportError),
        (refused("busy", "overloaded_error"), BackendStatusError),
    ],
)
async def test_an_answer_without_content_is_malformed(
    router: respx.MockRouter, claude: Build, body: JsonObject, kind: type[BackendError]
) -> None:
    router.post(MESSAGES).respond(json=body)
    with pytest.raises(kind):
        await claude().chat(asking("Hi"))


async def test_a_task_is_answered_by_structured_output(
    router: respx.MockRouter, claude: Build
) -> None:
    route = router.post(MESSAGES).respond(json=said(ANSWER))
    completion = await claude(temperature=0.2).complete(Task(schema=SCHEMA, seed=5))
    (payload,) = sent(route)
    assert payload["output_config"]["format"]["schema"]["type"] == "object"
    assert payload["temperature"] == 0.2
    assert [message["role"] for message in payload["messages"]] == ["user"]
    assert payload["system"]
    assert "seed" not in payload
    assert (completion.text, completion.mode) == (ANSWER, "schema")
    assert (completion.usage.input_tokens, completion.finish_reason) == (12, "stop")


async def test_a_task_steps_down_to_words(router: respx.MockRouter, claude: Build) -> None:
    fault = refused("output_config.format: Extra inputs are not permitted")
    route = router.post(MESSAGES).mock(
        side_effect=[httpx.Response(400, json=fault), httpx.Response(200, json=said(ANSWER))]
    )
    completion = await claude().complete(Task(schema=SCHEMA))
    assert completion.mode == "prompt"
    assert "output_config" not in sent(route)[1]


async def test_a_list_is_asked_for_in_an_object_and_taken_out_of_it(
    router: respx.MockRouter, claude: Build
) -> None:
    router.post(MESSAGES).respond(json=said('{"value":[1,2]}'))
    schema = {"type": "array", "items": {"type": "integer"}}
    assert (await claude().complete(Task(schema=schema))).text == "[1,2]"


async def test_a_stream_is_passed_on_in_chunks(router: respx.MockRouter, claude: Build) -> None:
    use = {"id": "toolu_1", "name": "get_weather", "input": {}}
    route = router.post(MESSAGES).mock(
        return_value=stream(
            start(cache_read_input_tokens=100),
            {"type": "ping"},
            *block(0, "thinking", {"type": "thinking_delta", "thinking": "Hmm"}, thinking=""),
            *block(1, "text", text("Hel"), text("lo"), text=""),
            *block(2, "tool_use", part(""), part('{"city":'), part('"Rome"}'), **use),
            *block(3, "tool_use", id="toolu_2", name="get_time", input={}),
            *end("tool_use", 9),
        )
    )
    message, chunks = await gathered(claude().stream(asking("Hi", tools=(WEATHER, TIME))))
    assert sent(route)[0]["stream"] is True
    assert message["content"] == "Hello"
    assert message["reasoning_content"] == "Hmm"
    assert [call["function"] for call in message["tool_calls"]] == [
        {"name": "get_weather", "arguments": '{"city":"Rome"}'},
        {"name": "get_time", "arguments": ""},
    ]
    assert [call["id"] for call in message["tool_calls"]] == ["toolu_1", "toolu_2"]
    assert chunks[0]["choices"][0]["delta"]["role"] == "assistant"
    assert len({chunk["id"] for chunk in chunks}) == 1
    assert {chunk["object"] for chunk in chunks} == {"chat.completion.chunk"}
    assert finishes(chunks) == ["tool_calls"]
    assert usage(chunks) == (112, 9)


async def test_a_streamed_schema_is_led_back_as_a_whole(
    router: respx.MockRouter, claude: Build
) -> None:
    router.post(MESSAGES).mock(
        return_value=stream(
            start(), *block(0, "text", text('{"id":1,'), text('"name":null}'), text=""), *end()
        )
    )
    optional = {**SCHEMA, "required": ["id"]}
    message, chunks = await gathered(
        claude().stream(asking("Hi", form="json_schema", schema=optional))
    )
    assert message["content"] == '{"id":1}'
    assert finishes(chunks) == ["stop"]
    assert usage(chunks) == (12, 6)


async def test_a_refusal_is_streamed_with_its_reason(
    router: respx.MockRouter, claude: Build
) -> None:
    details = {"type": "refusal", "category": None, "explanation": "I will not."}
    router.post(MESSAGES).mock(
        return_value=stream(start(), *end("refusal", 0, stop_details=details))
    )
    message, chunks = await gathered(claude().stream(asking("Hi")))
    assert message["refusal"] == "I will not."
    assert finishes(chunks) == ["content_filter"]


async def test_a_refused_parameter_is_given_up_before_a_stream_begins(
    router: respx.MockRouter, claude: Build
) -> None:
    route = router.post(MESSAGES).mock(
        side_effect=[
            httpx.Response(400, json=refused("`temperature` is deprecated for this model.")),
            stream(start(), *block(0, "text", text("Hi"), text=""), *end()),
        ]
    )
    message, _ = await gathered(claude().stream(asking("Hi", body={"temperature": 0.1})))
    assert message["content"] == "Hi"
    assert "temperature" not in sent(route)[1]


async def test_an_error_within_a_stream_has_the_status_it_would_have_had(
    router: respx.MockRouter, claude: Build
) -> None:
    fault = refused("Overloaded", "overloaded_error")
    router.post(MESSAGES).mock(return_value=stream(start(), *block(0, "text", text("Hi")), fault))
    chunks = claude().stream(asking("Hi"))
    first = await anext(chunks)
    assert first["choices"][0]["delta"]["content"] == "Hi"
    with pytest.raises(BackendStatusError, match="Overloaded") as caught:
        await anext(chunks)
    assert caught.value.status == 529


async def test_a_stream_without_an_end_is_broken(router: respx.MockRouter, claude: Build) -> None:
    router.post(MESSAGES).mock(return_value=stream(start(), *block(0, "text", text("Hi"))))
    with pytest.raises(TransportError, match="without an end"):
        await gathered(claude().stream(asking("Hi")))


async def test_a_refused_connection_and_a_timeout_are_told_apart(
    router: respx.MockRouter, claude: Build
) -> None:
    router.post(MESSAGES).mock(side_effect=[httpx.ConnectError("no"), httpx.ReadTimeout("slow")])
    with pytest.raises(TransportError):
        await gathered(claude().stream(asking("Hi")))
    with pytest.raises(BackendTimeoutError):
        await gathered(claude().stream(asking("Hi")))


async def test_there_are_no_embeddings(claude: Build) -> None:
    with pytest.raises(UnsupportedError, match="no embeddings"):
        await claude().embed(EmbedRequest(("x",)))


@pytest.mark.parametrize(
    ("status", "reachable", "present"),
    [(200, True, True), (404, True, False), (401, False, None), (500, True, None)],
)
async def test_a_probe_looks_for_the_model(
    router: respx.MockRouter, claude: Build, status: int, reachable: bool, present: bool | None
) -> None:
    router.get(f"{ROOT}/models/claude-x").respond(status, json={"id": "claude-x"})
    probe = await claude().probe()
    assert (probe.reachable, probe.model_present) == (reachable, present)


async def test_a_probe_of_nobody_does_not_raise(router: respx.MockRouter, claude: Build) -> None:
    router.get(f"{ROOT}/models/claude-x").mock(side_effect=httpx.ConnectError("refused"))
    assert not (await claude().probe()).reachable


@pytest.mark.parametrize(
    "url", ["https://a.test", "https://a.test/", "https://a.test/v1/", "https://a.test/v1/messages"]
)
def test_the_url_is_understood_with_or_without_a_path(url: str) -> None:
    assert messages_url(url) == "https://a.test/v1"


def test_a_path_before_the_apis_own_is_kept() -> None:
    assert messages_url("https://a.test/anthropic") == "https://a.test/anthropic/v1"


def test_without_a_key_none_is_sent() -> None:
    assert key_headers("") == {"anthropic-version": "2023-06-01"}
