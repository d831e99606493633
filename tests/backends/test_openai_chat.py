"""Chats and embeddings passed through to servers that speak OpenAI's protocol."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import Any

import httpx
import orjson
import pytest
import respx

from mockwright.backends.openai import OpenAIBackend
from mockwright.chat.types import ChatRequest, EmbedRequest
from mockwright.errors import BackendStatusError, TransportError, UnsupportedError
from mockwright.types import Json, JsonObject, Usage
from tests.backends.chats import asking, gathered
from tests.backends.conftest import BASE, CHAT, SCHEMA
from tests.doubles import DONE, chat, piece, sse

Build = Callable[..., OpenAIBackend]
EMBEDDINGS = f"{BASE}/embeddings"
FORM = {"type": "json_schema", "json_schema": {"name": "user", "strict": True, "schema": SCHEMA}}
FORMED = asking("A user", body={"response_format": FORM}, form="json_schema", schema=SCHEMA)
JSON_MODE = asking(
    "A user as JSON", body={"response_format": {"type": "json_object"}}, form="json_object"
)


def sent(route: respx.Route) -> list[JsonObject]:
    return [orjson.loads(call.request.content) for call in route.calls]


def refusal(message: str, **error: Json) -> httpx.Response:
    return httpx.Response(400, json={"error": {"message": message, **error}})


def events(*values: Json) -> httpx.Response:
    content = b"".join(map(sse, values)) + DONE
    return httpx.Response(200, headers={"content-type": "text/event-stream"}, content=content)


async def stream(backend: OpenAIBackend, request: ChatRequest) -> list[JsonObject]:
    async with aclosing(backend.stream(request)) as chunks:
        return [chunk async for chunk in chunks]


OK = httpx.Response(200, json=chat("Hello"))
SPOKEN = events(piece("Hel"), piece("lo"), piece(finish="stop"))


# --- passing through -----------------------------------------------------------------------------


async def test_a_request_goes_through_with_fields_nobody_here_knows(
    router: respx.MockRouter, openai: Build
) -> None:
    body = {
        "temperature": 0.3,
        "max_completion_tokens": 7,
        "logit_bias": {"50256": -100},
        "store": True,
        "x_new": [1, {"a": None}],
    }
    route = router.post(CHAT).mock(return_value=OK)
    request = asking({"role": "developer", "content": [{"type": "text", "text": "!"}]}, body=body)
    await openai(temperature=0.9, max_tokens=100).chat(request)
    assert sent(route) == [{**body, "messages": list(request.messages), "model": "m"}]


async def test_what_is_configured_stands_where_the_caller_says_nothing(
    router: respx.MockRouter, openai: Build
) -> None:
    route = router.post(CHAT).mock(return_value=OK)
    await openai(temperature=0.9, max_tokens=100).chat(asking("Hi"))
    (payload,) = sent(route)
    assert (payload["temperature"], payload["max_tokens"]) == (0.9, 100)


async def test_without_a_configured_model_the_server_takes_its_own(
    router: respx.MockRouter, openai: Build
) -> None:
    route = router.post(CHAT).mock(return_value=OK)
    reply = await openai(model="").chat(asking("Hi"))
    assert "model" not in sent(route)[0]
    assert reply.model == "upstream-model"


async def test_an_answer_comes_back_whole(router: respx.MockRouter, openai: Build) -> None:
    message = {
        "role": "assistant",
        "content": None,
        "refusal": "I won't.",
        "reasoning_content": "Should I?",
        "tool_calls": [
            {"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
        ],
    }
    body = chat(None, system_fingerprint="fp_1", service_tier="default")
    logprobs: JsonObject = {"content": []}
    finish = "tool_calls"
    body["choices"] = [
        {"index": 0, "message": message, "logprobs": logprobs, "finish_reason": finish}
    ]
    router.post(CHAT).respond(json=body)
    reply = await openai(price={"input_per_million": 1e6}).chat(asking("Hi"))
    assert reply.body == body
    assert reply.usage == Usage(10, 5)
    assert reply.cost_usd == 10
    assert (reply.backend, reply.provider, reply.model) == ("up", "openai", "m")


@pytest.mark.parametrize("usage", [None, {}, {"prompt_tokens": -1, "completion_tokens": 1}])
async def test_usage_that_is_not_told_is_estimated(
    router: respx.MockRouter, openai: Build, usage: Json
) -> None:
    router.post(CHAT).respond(json=chat("Hello there, you", usage=usage))
    assert (await openai().chat(asking("Hi there"))).usage == Usage(2, 4, estimated=True)


async def test_chunks_come_back_as_they_were_sent(router: respx.MockRouter, openai: Build) -> None:
    delta = {"role": "assistant", "reasoning_content": "Hm", "refusal": None}
    chunks = [
        piece("Hel", system_fingerprint="fp_1", usage=None, service_tier="default"),
        {"id": "1", "choices": [{"index": 0, "delta": delta, "logprobs": {"content": []}}]},
        piece(finish="stop"),
        {**piece(), "choices": [], "usage": {"prompt_tokens": 1, "completion_tokens": 2}},
    ]
    route = router.post(CHAT).mock(return_value=events(*chunks))
    assert await stream(openai(), asking("Hi")) == chunks
    (payload,) = sent(route)
    assert payload["stream"] is True
    assert payload["stream_options"] == {"include_usage": True}


async def test_a_whole_answer_to_a_streamed_question_is_one_chunk(
    router: respx.MockRouter, openai: Build
) -> None:
    call = {"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    body = chat("Hello")
    body["choices"][0]["message"]["tool_calls"] = [call]
    router.post(CHAT).respond(json=body)
    message, (chunk,) = await gathered(openai().stream(asking("Hi")))
    assert message["content"] == "Hello"
    assert message["tool_calls"] == [call]
    assert chunk["usage"]["prompt_tokens"] == 10


async def test_chunks_that_are_none_are_read_as_far_as_they_go(
    router: respx.MockRouter, openai: Build
) -> None:
    broken = [
        {"choices": None},
        {"id": "1"},
        {"choices": ["x", {"delta": None}, {"delta": {"content": "Hi"}, "finish_reason": "stop"}]},
    ]
    router.post(CHAT).mock(return_value=events(*broken))
    message, chunks = await gathered(openai().stream(asking("Hi")))
    assert message["content"] == "Hi"
    assert [len(chunk["choices"]) for chunk in chunks] == [0, 0, 2]


async def test_a_choice_has_an_index_and_an_end(router: respx.MockRouter, openai: Build) -> None:
    message = {"role": "assistant", "content": "Hi"}
    router.post(CHAT).respond(json={"choices": [{"message": message}, {"message": message}]})
    choices = (await openai().chat(asking("Hi"))).body["choices"]
    assert [(one["index"], one["finish_reason"]) for one in choices] == [(0, "stop"), (1, "stop")]


@pytest.mark.parametrize(
    "body", [{}, {"choices": []}, {"choices": ["x"]}, {"choices": [{"message": "x"}]}]
)
async def test_an_answer_without_a_message_is_malformed(
    router: respx.MockRouter, openai: Build, body: JsonObject
) -> None:
    router.post(CHAT).respond(json=body)
    with pytest.raises(TransportError, match=r"no choices|without a message"):
        await openai().chat(asking("Hi"))


# --- refusals ------------------------------------------------------------------------------------


async def test_stream_options_that_are_refused_are_left_out_from_then_on(
    router: respx.MockRouter, openai: Build
) -> None:
    route = router.post(CHAT).mock(
        side_effect=[refusal("Unrecognized request argument: stream_options"), SPOKEN, SPOKEN]
    )
    backend = openai()
    for _ in range(2):
        assert len(await stream(backend, asking("Hi"))) == 3
    assert ["stream_options" in payload for payload in sent(route)] == [True, False, False]


@pytest.mark.parametrize(
    ("given", "message", "taken"),
    [
        (
            {"max_tokens": 5},
            "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.",
            {"max_completion_tokens": 5},
        ),
        (
            {"max_completion_tokens": 5},
            "Unknown parameter: max_completion_tokens",
            {"max_tokens": 5},
        ),
        ({"temperature": 0.1}, "'temperature': only the default (1) value is supported", {}),
        ({"seed": 5}, "seed: Extra inputs are not permitted", {}),
    ],
)
async def test_a_refused_parameter_is_renamed_or_left_out(
    router: respx.MockRouter, openai: Build, given: JsonObject, message: str, taken: JsonObject
) -> None:
    route = router.post(CHAT).mock(side_effect=[refusal(message), OK, OK])
    backend = openai()
    for _ in range(2):
        await backend.chat(asking("Hi", body=given))
    first, *others = sent(route)
    assert {name: first.get(name) for name in given} == given
    for payload in others:
        assert {k: v for k, v in payload.items() if k not in ("messages", "model")} == taken


async def test_a_limit_on_tokens_that_has_no_name_is_given_up(
    router: respx.MockRouter, openai: Build
) -> None:
    faults = [refusal("unknown max_tokens"), refusal("unknown max_completion_tokens")]
    route = router.post(CHAT).mock(side_effect=[*faults, OK])
    await openai(max_tokens=5).chat(asking("Hi"))
    assert not {"max_tokens", "max_completion_tokens"} & set(sent(route)[-1])


async def test_a_schema_goes_as_it_came(router: respx.MockRouter, openai: Build) -> None:
    route = router.post(CHAT).mock(return_value=OK)
    await openai().chat(FORMED)
    assert sent(route)[0]["response_format"] == FORM
    assert sent(route)[0]["messages"] == list(FORMED.messages)


@pytest.mark.parametrize("streamed", [False, True])
async def test_a_refused_schema_is_told_in_words_and_that_is_remembered(
    router: respx.MockRouter, openai: Build, streamed: bool
) -> None:
    last = SPOKEN if streamed else OK
    fault = refusal("response_format: json_schema is not supported")
    route = router.post(CHAT).mock(side_effect=[fault, fault, last, last])
    backend = openai()
    for _ in range(2):
        await (stream(backend, FORMED) if streamed else backend.chat(FORMED))
    forms = [payload.get("response_format", {}).get("type") for payload in sent(route)]
    assert forms == ["json_schema", "json_object", None, None]
    for payload in sent(route)[1:]:
        system, *others = payload["messages"]
        assert system["role"] == "system"
        assert '"required":["id","name"]' in system["content"]
        assert others == list(FORMED.messages)


async def test_the_words_go_into_a_system_message_that_is_there(
    router: respx.MockRouter, openai: Build
) -> None:
    route = router.post(CHAT).mock(return_value=OK)
    system = {"role": "system", "content": "Be brief."}
    request = replace(FORMED, messages=(system, *FORMED.messages))
    await openai(profile={"json_schema": False, "json_mode": False}).chat(request)
    first, *others = sent(route)[0]["messages"]
    assert first["content"].startswith("Be brief.\n\n")
    assert '"required"' in first["content"]
    assert others == list(FORMED.messages)
    assert system["content"] == "Be brief.", "the caller's message is its own"


async def test_json_mode_that_is_refused_is_asked_for_in_words(
    router: respx.MockRouter, openai: Build
) -> None:
    fault = refusal("'response_format.type' must be 'json_schema' or 'text'")
    route = router.post(CHAT).mock(side_effect=[fault, OK])
    await openai().chat(JSON_MODE)
    assert "response_format" not in sent(route)[1]
    assert "one JSON object" in sent(route)[1]["messages"][0]["content"]


async def test_a_prompt_that_does_not_say_json_is_no_fault_of_the_mode(
    router: respx.MockRouter, openai: Build
) -> None:
    fault = refusal(
        "'messages' must contain the word 'json' in some form, to use"
        " 'response_format' of type 'json_object'."
    )
    router.post(CHAT).mock(side_effect=[fault, OK])
    backend = openai()
    await backend.chat(JSON_MODE)
    assert backend.profile.json_mode


async def test_refused_tools_are_an_error(router: respx.MockRouter, openai: Build) -> None:
    route = router.post(CHAT).mock(return_value=refusal("'tools' is not supported by this model"))
    with pytest.raises(BackendStatusError, match="'tools' is not supported"):
        await openai().chat(asking("Hi", body={"tools": []}))
    assert route.call_count == 1


@pytest.mark.parametrize(
    "error",
    [
        {"message": "This model's maximum context length is 8192 tokens.", "code": None},
        {"message": "Too long. " * 60, "code": "context_length_exceeded"},
        {"message": "request (9000 tokens) exceeds the available context size (4096 tokens)"},
        {"message": "x", "type": "exceed_context_size_error", "n_ctx": 4096},
        {"message": "Please reduce the length of the messages or completion."},
    ],
)
async def test_a_context_that_is_too_long_has_a_code(
    router: respx.MockRouter, openai: Build, error: JsonObject
) -> None:
    router.post(CHAT).respond(400, json={"error": error})
    for ask in (lambda b: b.chat(asking("Hi")), lambda b: stream(b, asking("Hi"))):
        with pytest.raises(BackendStatusError) as raised:
            await ask(openai())
        assert raised.value.code == "context_length_exceeded"
        assert raised.value.status == 400


@pytest.mark.parametrize(
    ("error", "status"),
    [
        ({"message": "no provider", "code": 502}, 502),
        ({"message": "slow down", "status": 429}, 429),
        ({"message": "odd", "code": "server_error"}, None),
        ("just text", None),
    ],
)
async def test_an_error_inside_a_200_has_the_status_it_says(
    router: respx.MockRouter, openai: Build, error: Json, status: int | None
) -> None:
    router.post(CHAT).mock(
        side_effect=[httpx.Response(200, json={"error": error}), events({"error": error})]
    )
    kind = TransportError if status is None else BackendStatusError
    for ask in (lambda b: b.chat(asking("Hi")), lambda b: stream(b, asking("Hi"))):
        with pytest.raises(kind) as raised:
            await ask(openai())
        assert getattr(raised.value, "status", None) == status


# --- embeddings ----------------------------------------------------------------------------------


def embedded(*vectors: Sequence[Any], **extra: Json) -> JsonObject:
    data = [{"object": "embedding", "index": i, "embedding": v} for i, v in enumerate(vectors)]
    usage = {"prompt_tokens": 4, "total_tokens": 4}
    return {"object": "list", "data": data[::-1], "model": "e-1", "usage": usage, **extra}


async def test_texts_become_vectors_in_their_order(router: respx.MockRouter, openai: Build) -> None:
    route = router.post(EMBEDDINGS).respond(json=embedded([0.5, 1], [0.25, -1.0]))
    backend = openai(embedding_model="e", price={"input_per_million": 1e6})
    request = EmbedRequest(("a", "b"), dimensions=2, body={"user": "u", "dimensions": 2})
    made = await backend.embed(request)
    assert made.vectors == ((0.5, 1.0), (0.25, -1.0))
    assert (made.model, made.usage, made.cost_usd) == ("e", Usage(4, 0), 4)
    assert sent(route) == [{"user": "u", "dimensions": 2, "input": ["a", "b"], "model": "e"}]


@pytest.mark.parametrize(
    "body",
    [
        embedded([1.0]),
        embedded([1.0], [1.0], [1.0]),
        embedded(["x"], [1.0]),
        {"data": [{"embedding": None}, {}]},
        {"data": "x"},
        {},
    ],
)
async def test_vectors_that_are_not_as_many_as_the_texts_are_malformed(
    router: respx.MockRouter, openai: Build, body: JsonObject
) -> None:
    router.post(EMBEDDINGS).respond(json=body)
    with pytest.raises(TransportError, match="embeddings for 2 texts"):
        await openai().embed(EmbedRequest(("a", "b")))


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (404, "Unknown request URL"),
        (501, "This server does not support embeddings. Start it with `--embeddings`"),
        (400, "The model does not support Embeddings API"),
        (403, "You are not allowed to generate embeddings from this model"),
    ],
)
async def test_a_server_without_embeddings_is_no_faulty_server(
    router: respx.MockRouter, openai: Build, status: int, message: str
) -> None:
    router.post(EMBEDDINGS).respond(status, json={"error": {"message": message}})
    with pytest.raises(UnsupportedError):
        await openai().embed(EmbedRequest(("a",)))


async def test_any_other_refusal_of_embeddings_is_an_error(
    router: respx.MockRouter, openai: Build
) -> None:
    router.post(EMBEDDINGS).respond(400, json={"error": {"message": "input too long"}})
    with pytest.raises(BackendStatusError, match="input too long"):
        await openai().embed(EmbedRequest(("a",)))


# --- what other servers write --------------------------------------------------------------------

HEAD = {"id": "c-1", "object": "chat.completion.chunk", "created": 1, "model": "x"}


def choice(delta: JsonObject, finish: str | None = None, **extra: Json) -> JsonObject:
    return {"index": 0, "delta": delta, "finish_reason": finish, **extra}


def lines(*values: Json, end: str = "\n\n", done: bool = True) -> bytes:
    data = [f"data: {orjson.dumps(value).decode()}{end}" for value in values]
    return ("".join(data) + (f"data: [DONE]{end}" if done else "")).encode()


def recorded() -> Iterator[tuple[str, bytes, str, tuple[int, int] | None]]:
    """Server, its stream, the text, and the usage it tells: in the form of its documentation."""
    usage = {"prompt_tokens": 7, "completion_tokens": 2, "total_tokens": 9}
    role = choice({"role": "assistant", "content": ""})
    said = [choice({"content": "Hel"}), choice({"content": "lo"})]
    stop = choice({}, "stop")
    told = {**HEAD, "choices": [], "usage": usage}

    def chunks(*choices: JsonObject, **extra: Json) -> list[JsonObject]:
        return [{**HEAD, "choices": [one], **extra} for one in choices]

    yield (
        "openai",
        lines(
            *chunks(role, *said, stop, usage=None, system_fingerprint="fp", obfuscation="x"), told
        ),
        "Hello",
        (7, 2),
    )
    filters = {"hate": {"filtered": False, "severity": "safe"}}
    first = {
        "id": "",
        "object": "",
        "created": 0,
        "model": "",
        "choices": [],
        "prompt_filter_results": [{"prompt_index": 0, "content_filter_results": filters}],
    }
    yield (
        "azure",
        lines(first, *chunks(*({**one, "content_filter_results": {}} for one in said), stop), told),
        "Hello",
        (7, 2),
    )
    comment = b": OPENROUTER PROCESSING\n\n"
    thinking = choice({"role": "assistant", "content": "", "reasoning": "Hm"})
    last = choice({"role": "assistant", "content": ""}, "stop", native_finish_reason="end_turn")
    yield (
        "openrouter",
        comment * 3
        + lines(*chunks(thinking, *said, provider="Anthropic"), done=False)
        + comment
        + lines(*chunks(last), {**told, "choices": [role], "usage": {**usage, "cost": 0.01}}),
        "Hello",
        (7, 2),
    )
    timed = {**usage, "queue_time": 0.01, "prompt_time": 0.02, "completion_time": 0.03}
    opening = {**HEAD, "choices": [role], "x_groq": {"id": "req_1", "seed": 1}}
    closing = {**HEAD, "choices": [stop], "x_groq": {"id": "req_1", "usage": timed}}
    yield "groq", lines(opening, *chunks(*said), closing), "Hello", (7, 2)
    matched = choice({"content": ""}, "stop", stop_reason=None, token_ids=None)
    yield (
        "vllm",
        lines(*chunks(role, *said, matched), told),
        "Hello",
        (7, 2),
    )
    yield "vllm, usage in each", lines(*chunks(role, *said, stop, usage=usage)), "Hello", (7, 2)
    yield (
        "lm studio",
        lines(*chunks(*said, stop, system_fingerprint="m"), end="\r\n\r\n"),
        "Hello",
        None,
    )
    timings = {"prompt_n": 7, "predicted_n": 2, "predicted_per_second": 50.0}
    yield (
        "llama.cpp",
        lines(*chunks(choice({"role": "assistant", "content": None}), *said, stop))[:-14]
        + lines({**told, "timings": timings}),
        "Hello",
        (7, 2),
    )
    yield "no [DONE]", lines(*chunks(*said, stop), done=False), "Hello", None
    yield "no finish reason", lines(*chunks(*said)), "Hello", None
    spread = orjson.dumps({**HEAD, "choices": said}, option=orjson.OPT_INDENT_2).split(b"\n")
    yield (
        "multi-line data",
        b"\r\n".join(b"data: " + one for one in spread) + b"\r\n\r\n" + lines(*chunks(stop)),
        "Hello",
        None,
    )


@pytest.mark.parametrize(
    ("content", "text", "usage"), [pytest.param(*it[1:], id=it[0]) for it in recorded()]
)
async def test_the_stream_of_each_server_is_read(
    router: respx.MockRouter,
    guarded: Callable[..., Any],
    content: bytes,
    text: str,
    usage: tuple[int, int] | None,
) -> None:
    router.post(CHAT).respond(content=content, headers={"content-type": "text/event-stream"})
    stream = await guarded().open(asking("Hi"))
    async with aclosing(stream):
        message, _ = await gathered(stream)
    assert message["content"] == text
    assert stream.usage.estimated is (usage is None)
    if usage is not None:
        assert (stream.usage.input_tokens, stream.usage.output_tokens) == usage


@pytest.mark.parametrize(
    "broken",
    [
        {**HEAD, "error": {"code": 502, "message": "lost"}, "choices": [choice({}, "error")]},
        {"error": {"object": "error", "message": "lost", "code": 500}},
        {"object": "error", "message": "lost", "type": "InternalServerError", "code": 500},
        {"error": "lost"},
    ],
)
async def test_an_error_in_the_middle_is_raised_whatever_its_form(
    router: respx.MockRouter, openai: Build, broken: JsonObject
) -> None:
    router.post(CHAT).mock(return_value=events(piece("Hel"), broken, piece("lo")))
    async with aclosing(openai().stream(asking("Hi"))) as chunks:
        assert await anext(chunks) == piece("Hel")
        with pytest.raises((TransportError, BackendStatusError), match="lost"):
            await anext(chunks)


@pytest.mark.parametrize(
    ("name", "extra"),
    [
        ("groq", {"x_groq": {"id": "req_1"}, "usage_breakdown": None}),
        ("openrouter", {"provider": "OpenAI", "native_finish_reason": "stop"}),
        ("vllm", {"prompt_logprobs": None, "kv_transfer_params": None, "service_tier": None}),
        ("lm studio", {"stats": {}, "system_fingerprint": "m"}),
        ("llama.cpp", {"timings": {"prompt_n": 7}, "__verbose": {"a": 1}}),
        ("azure", {"prompt_filter_results": [{"prompt_index": 0}]}),
    ],
)
async def test_the_answer_of_each_server_is_kept_with_its_own_fields(
    router: respx.MockRouter, openai: Build, name: str, extra: JsonObject
) -> None:
    body = chat("Hello", **extra)
    router.post(CHAT).respond(json=body)
    assert (await openai().chat(asking("Hi"))).body == body, name
