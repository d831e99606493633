from __future__ import annotations

import json
from typing import Any

import pytest

from mockwright.backends.script import Script
from mockwright.backends.scripted import ScriptedBackend
from mockwright.chat.types import ChatRequest, EmbedRequest
from mockwright.errors import BackendStatusError, ConfigError, UnsupportedError
from mockwright.settings import ScriptedReply
from mockwright.types import JsonObject, Task
from tests.clock import Clock
from tests.embedded_chat.chats import ask


def replies(*raw: Any) -> list[ScriptedReply]:
    return [ScriptedReply.model_validate(one) for one in raw]


def backend(*raw: Any) -> ScriptedBackend:
    return ScriptedBackend(replies(*raw))


async def said(known: ScriptedBackend, request: ChatRequest) -> JsonObject:
    choice: JsonObject = (await known.chat(request)).body["choices"][0]
    return choice


async def content(known: ScriptedBackend, *messages: Any, **asked: Any) -> Any:
    return (await said(known, ask(*messages, **asked)))["message"]["content"]


async def test_the_first_match_wins_and_the_rest_come_in_turn() -> None:
    known = backend(
        {"reply": "a"},
        {"match": {"contains": "SPECIAL"}, "reply": "s"},
        {"match": {"regex": r"spec\w+"}, "reply": "never"},
        {"reply": "b"},
    )
    told = [await content(known, text) for text in ("x", "y", "special one", "z", "w")]
    assert told == ["a", "b", "s", "a", "b"]


@pytest.mark.parametrize(
    ("match", "holds"),
    [
        ({"contains": "PARIS"}, True),
        ({"contains": "rome"}, False),
        ({"regex": r"\bParis\b"}, True),
        ({"regex": "^Paris$"}, False),
        ({"json_path": "$.temperature"}, True),
        ({"json_path": "$.top_p"}, False),
        ({"json_path": "$.temperature", "equals": 0}, True),
        ({"json_path": "$.temperature", "equals": 1}, False),
        ({"json_path": "$.stop", "equals": None}, True),
        ({"json_path": "$.temperature", "equals": None}, False),
        ({"json_path": "$.messages[?@.role=='system'].content", "equals": "Be brief"}, True),
        ({"json_path": "$.messages[?search(@.content, 'Par.s')]"}, True),
        ({"json_path": "$.messages[?match(@.content, 'Par.s')]"}, False),
        ({"contains": "paris", "regex": "Rome"}, False),
        ({}, True),
    ],
)
async def test_all_that_a_match_asks_has_to_hold(match: JsonObject, holds: bool) -> None:
    known = backend({"match": match, "reply": "yes"}, {"reply": "no"})
    system = {"role": "system", "content": "Be brief"}
    request = ask(system, "To Paris, please", body={"temperature": 0, "stop": None})
    assert (await said(known, request))["message"]["content"] == ("yes" if holds else "no")


async def test_only_what_the_user_said_last_is_looked_at() -> None:
    known = backend({"match": {"contains": "cat"}, "reply": "meow"}, {"reply": "?"})
    assert await content(known, "a cat", {"role": "assistant", "content": "cat"}, "dog") == "?"


@pytest.mark.parametrize("pattern", ["^(a+)+$", "(a|aa)*$", "a*a*a*a*b"])
@pytest.mark.parametrize("form", ["regex", "search"])
async def test_hostile_texts_do_not_take_for_ever(pattern: str, form: str) -> None:
    query = f"$.messages[?search(@.content, '{pattern}')]"
    match = {"regex": pattern} if form == "regex" else {"json_path": query}
    known = backend({"match": match, "reply": "x"}, {"reply": "y"})
    assert await content(known, "a" * 5000 + "!") in ("x", "y")


async def test_tasks_are_matched_by_prompt_and_path() -> None:
    known = backend(
        {"match": {"contains": "vikings"}, "value": 1},
        {"match": {"json_path": "$.input.id", "equals": 7}, "value": 2},
        {"match": {"regex": "^/users", "json_path": "$.method"}, "value": 3},
        {"match": {"regex": "/users$"}, "value": 4},
    )
    tasks = [
        Task(schema={}, prompt="about Vikings"),
        Task(schema={}, input={"id": 7}),
        Task(schema={}, path="/users"),
    ]
    assert [(await known.complete(task)).value for task in tasks] == [1, 2, 4]


async def test_where_none_matches_another_backend_may() -> None:
    known = backend({"match": {"contains": "x"}, "reply": "y"})
    with pytest.raises(UnsupportedError):
        await known.chat(ask("no"))
    with pytest.raises(UnsupportedError):
        await known.complete(Task(schema={}))


async def test_values_are_written_as_json() -> None:
    assert await content(backend({"value": {"a": [1]}}), "x") == '{"a":[1]}'


async def test_tool_calls_are_made_with_ids_of_a_seed() -> None:
    known = backend({"tool_calls": [{"name": "f", "arguments": {"a": 1}}, {"name": "g"}]})
    first, second = [await said(known, ask("x", seed=1)) for _ in range(2)]
    assert first == second
    assert first["finish_reason"] == "tool_calls"
    assert first["message"]["content"] is None
    calls = first["message"]["tool_calls"]
    assert [(c["function"]["name"], json.loads(c["function"]["arguments"])) for c in calls] == [
        ("f", {"a": 1}),
        ("g", {}),
    ]
    assert calls[0]["id"] != calls[1]["id"]


async def test_errors_are_raised_before_the_first_piece() -> None:
    known = backend({"error": "status_429"})
    with pytest.raises(BackendStatusError) as raised:
        await anext(known.stream(ask("x")))
    assert raised.value.status == 429


async def test_streams_keep_their_time(clock: Clock) -> None:
    known = backend({"reply": "a b c d", "delay": 5, "tokens_per_second": 0.5})
    start = clock.now
    times = [
        clock.now - start
        async for chunk in known.stream(ask("x"))
        if chunk["choices"] and chunk["choices"][0]["delta"].get("content")
    ]
    assert times == [pytest.approx(5 + 2 * i) for i in range(4)]


async def test_as_many_choices_as_asked() -> None:
    reply = await backend({"reply": "a"}).chat(ask("x", choices=3))
    assert [choice["index"] for choice in reply.body["choices"]] == [0, 1, 2]


async def test_the_chats_are_remembered() -> None:
    known = backend({"reply": "a"})
    await known.chat(ask("one"))
    assert [request.messages[0]["content"] for request in known.heard] == ["one"]


async def test_a_double_has_embeddings_too() -> None:
    found = await backend({"reply": "a"}).embed(EmbedRequest(("x", "y"), 4))
    assert len(found.vectors) == 2


@pytest.mark.parametrize(
    ("reply", "place"),
    [
        ({"match": {"regex": "("}}, "backends.s.responses.1.match.regex"),
        ({"match": {"json_path": "$["}}, "backends.s.responses.1.match.json_path"),
        ({"error": "status_abc"}, "backends.s.responses.1.error"),
        ({"error": "status_200"}, "backends.s.responses.1.error"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_place(reply: JsonObject, place: str) -> None:
    with pytest.raises(ConfigError, match=place):
        Script(replies({"reply": "fine"}, reply), "s")
