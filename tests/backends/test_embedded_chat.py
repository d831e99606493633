from __future__ import annotations

import json
import threading
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockwright.backends import embedded
from mockwright.backends.embedded import EmbeddedBackend
from mockwright.chat.chunks import GatheredMessage
from mockwright.chat.types import ChatRequest, EmbedRequest
from mockwright.embedded_chat.respond import answer
from mockwright.errors import ParameterError, TransportError, UnsatisfiableError
from mockwright.settings import BackendSettings, Price
from mockwright.types import JsonObject, Task
from tests.embedded_chat.chats import TIME, USER, WEATHER, ask


def backend(**settings: Any) -> EmbeddedBackend:
    return EmbeddedBackend(
        BackendSettings.model_validate({"name": "e", "provider": "embedded", **settings})
    )


async def streamed(request: ChatRequest, **settings: Any) -> list[JsonObject]:
    return [chunk async for chunk in backend(**settings).stream(request)]


REQUESTS = st.builds(
    ask,
    st.sampled_from(
        ["hello", "weather in Paris and London", "three users as JSON", "Count to 9", "", "a\n b "]
    )
    | st.text(max_size=30),
    seed=st.integers(0, 2**40),
    choices=st.integers(1, 3),
    max_tokens=st.none() | st.integers(1, 8),
    tools=st.sampled_from([(), (WEATHER, TIME)]),
    tool_mode=st.sampled_from(["auto", "none", "required"]),
    body=st.sampled_from([{}, {"logprobs": True, "top_logprobs": 3}]),
)


@given(request=REQUESTS)
async def test_the_pieces_joined_are_the_whole(request: ChatRequest) -> None:
    whole = (await backend().chat(request)).body
    chunks = await streamed(request)
    gathered: dict[int, GatheredMessage] = {}
    ends: dict[int, str] = {}
    probable: dict[int, list[Any]] = {}
    for chunk in chunks[:-1]:
        assert {**chunk, "object": "", "choices": []} == {**whole, "object": "", "choices": []}
        (choice,) = chunk["choices"]
        if choice["index"] not in gathered:
            assert choice["delta"]["role"] == "assistant"
        gathered.setdefault(choice["index"], GatheredMessage()).add(choice["delta"])
        ends[choice["index"]] = choice["finish_reason"]
        told = (choice["logprobs"] or {}).get("content", [])
        probable.setdefault(choice["index"], []).extend(told)
    for choice in whole["choices"]:
        message = {k: v for k, v in choice["message"].items() if k != "refusal"}
        joined = gathered[choice["index"]].message()
        assert {**message, "content": message["content"] or None} == {
            **joined,
            "content": joined["content"] or None,
        }
        assert ends[choice["index"]] == choice["finish_reason"]
        assert probable[choice["index"]] == (choice["logprobs"] or {}).get("content", [])
    assert chunks[-1]["choices"] == []
    assert chunks[-1]["usage"]["total_tokens"] > 0 or not request.messages[0]["content"]


async def test_a_seed_gives_the_same_bytes() -> None:
    request = ask("a user", seed=7, choices=2, form="json_schema", schema=USER)
    first, second = [await backend().chat(request) for _ in range(2)]
    assert json.dumps(first.body) == json.dumps(second.body)
    assert first.body["created"] == 1749988800
    contents = {choice["message"]["content"] for choice in first.body["choices"]}
    assert len(contents) == 2


async def test_without_a_seed_answers_differ() -> None:
    request = ask("a user", form="json_schema", schema=USER)
    bodies = [(await backend().chat(request)).body for _ in range(5)]
    assert len({body["id"] for body in bodies}) == 5


async def test_the_stream_is_cut_as_openai_cuts_it() -> None:
    chunks = await streamed(ask("Say 'one two'", seed=1))
    deltas = [chunk["choices"][0]["delta"] for chunk in chunks[:-1]]
    assert deltas == [
        {"role": "assistant", "content": ""},
        {"content": "one"},
        {"content": " two"},
        {},
    ]
    assert chunks[-1]["usage"] == {"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7}


async def test_calls_begin_with_a_name_and_no_arguments() -> None:
    chunks = await streamed(ask("weather in Paris", seed=1, tools=(WEATHER,)))
    deltas = [chunk["choices"][0]["delta"] for chunk in chunks[:-1]]
    assert deltas[0] == {"role": "assistant", "content": None}
    (head,) = deltas[1]["tool_calls"]
    assert (head["index"], head["function"]) == (0, {"name": "get_weather", "arguments": ""})
    assert head["id"].startswith("call_")
    pieces = [delta["tool_calls"][0]["function"]["arguments"] for delta in deltas[2:-1]]
    assert json.loads("".join(pieces))["location"] == "Paris"
    assert chunks[-2]["choices"][0]["finish_reason"] == "tool_calls"


async def test_usage_is_counted_and_priced() -> None:
    reply = await backend(price=Price(output_per_million=1_000_000)).chat(ask("Say 'hello world'"))
    assert (reply.usage.input_tokens, reply.usage.output_tokens) == (5, 2)
    assert reply.usage.estimated
    assert reply.cost_usd == 2


async def test_a_contradiction_is_the_callers_fault() -> None:
    with pytest.raises(UnsatisfiableError):
        await backend().chat(ask("x", form="json_schema", schema=False))


async def test_much_work_leaves_the_event_loop_free(monkeypatch: pytest.MonkeyPatch) -> None:
    threads: list[int] = []

    def watch(*args: Any, **named: Any) -> Any:
        threads.append(threading.get_ident())
        return answer(*args, **named)

    monkeypatch.setattr(embedded, "answer", watch)
    many = {"type": "array", "items": USER, "minItems": 500}
    await backend().chat(ask("x", form="json_schema", schema=many))
    await backend().chat(ask("x", form="json_schema", schema=USER))
    assert threads[0] != threading.get_ident()
    assert threads[1] == threading.get_ident()


async def test_texts_become_vectors() -> None:
    found = await backend().embed(EmbedRequest(("a cat", "a dog", "a cat"), dimensions=8))
    assert [len(vector) for vector in found.vectors] == [8, 8, 8]
    assert found.vectors[0] == found.vectors[2] != found.vectors[1]
    assert found.usage.input_tokens == 5
    assert len((await backend().embed(EmbedRequest(("x",)))).vectors[0]) == 1536


@pytest.mark.parametrize("dimensions", [0, 5000])
async def test_dimensions_out_of_bounds_name_the_parameter(dimensions: int) -> None:
    with pytest.raises(ParameterError) as raised:
        await backend().embed(EmbedRequest(("x",), dimensions=dimensions))
    assert raised.value.param == "dimensions"


async def test_laid_down_answers_come_first_and_the_rest_is_made() -> None:
    responses = [
        {"match": {"contains": "ping"}, "reply": "pong"},
        {"match": {"contains": "fail"}, "error": "connection"},
    ]
    known = backend(responses=responses)
    reply = await known.chat(ask("Ping!"))
    assert reply.body["choices"][0]["message"]["content"] == "pong"
    with pytest.raises(TransportError):
        await known.chat(ask("fail now"))
    made = await known.chat(ask("Say 'other'"))
    assert made.body["choices"][0]["message"]["content"] == "other"


async def test_laid_down_answers_are_for_tasks_too() -> None:
    known = backend(responses=[{"match": {"contains": "/users"}, "value": {"id": 9}}])
    assert (await known.complete(Task(schema={}, path="/users/9"))).value == {"id": 9}
    assert (await known.complete(Task(schema={"const": 5}, path="/orders"))).value == 5


async def test_a_conversation_longer_than_the_configured_window_is_refused() -> None:
    small = backend(context_window=128)
    assert (await small.chat(ask("Hello"))).body["choices"]
    with pytest.raises(ParameterError, match="maximum context length is 128") as refused:
        await small.chat(ask("word " * 2000))
    assert refused.value.code == "context_length_exceeded"
    with pytest.raises(ParameterError):
        await anext(aiter(small.stream(ask("word " * 2000))))
