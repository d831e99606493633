from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockwright.chat.tool_calls import finish_reason
from mockwright.chat.types import ChatRequest, Conformed, Tool
from mockwright.errors import UnsatisfiableError
from mockwright.gateway.conform_message import conform_message
from mockwright.generator.interfaces import Hints
from mockwright.schema.validate import compile_schema
from mockwright.types import Json, JsonObject
from tests.embedded_chat.chats import ADD, TIME, USER, WEATHER, ask, called
from tests.strategies import garbage, schemas

VALID = '{ "name": "Ada", "age": 36,\n "email": "a@b.example", "city": "London" }'
TOOLS = (WEATHER, TIME, ADD)


def conform(message: JsonObject, request: ChatRequest, seed: int = 1) -> Conformed:
    prompt = str(request.messages[-1]["content"]) if request.messages else None
    return conform_message(message, request, seed=seed, hints=Hints(prompt=prompt))


def text(content: Json, request: ChatRequest) -> Any:
    found = conform({"role": "assistant", "content": content}, request).message
    return json.loads(found["content"])


def calls(message: JsonObject, **asked: Any) -> list[tuple[str, Any]]:
    request = ask("What's the weather in Paris?", tools=TOOLS, **asked)
    made = conform(message, request).message.get("tool_calls", [])
    schema = {tool.name: tool.schema for tool in TOOLS}
    for call in made:
        told = json.loads(call["function"]["arguments"])
        assert compile_schema(schema[call["function"]["name"]]).is_valid(told)
        assert call["id"]
        assert call["type"] == "function"
    return [(c["function"]["name"], json.loads(c["function"]["arguments"])) for c in made]


def test_nothing_is_done_where_nothing_was_asked() -> None:
    message = {"role": "assistant", "content": "hello"}
    assert conform(message, ask("hi")).message is message


@pytest.mark.parametrize("form", ["json_schema", "json_object"])
def test_valid_content_is_left_byte_for_byte(form: Any) -> None:
    message = {"role": "assistant", "content": VALID}
    done = conform(message, ask("x", form=form, schema=USER))
    assert done.message is message
    assert done == Conformed(message)


def test_a_refusal_is_left_alone() -> None:
    message = {"role": "assistant", "content": None, "refusal": "I can't."}
    request = ask("x", form="json_schema", schema=USER, tools=TOOLS, tool_mode="required")
    assert conform(message, request).message is message


def test_content_is_extracted_and_coerced() -> None:
    said = 'Sure!\n```json\n{"name": "Ada", "age": "36", "email": "a@b.example", "city": "X"}\n```'
    request = ask("x", form="json_schema", schema=USER)
    done = conform({"role": "assistant", "content": said}, request)
    assert json.loads(done.message["content"])["age"] == 36
    assert [repair.pointer for repair in done.repairs] == ["/content/age"]
    assert done.filled == 0
    assert 0 < done.quality < 1


def test_what_is_missing_is_made_and_counted() -> None:
    request = ask("x", form="json_schema", schema=USER)
    done = conform({"role": "assistant", "content": '{"name": "Ada"}'}, request)
    made = json.loads(done.message["content"])
    assert made["name"] == "Ada"
    assert set(made) == set(USER["properties"])
    assert done.filled == 3
    assert done.quality == pytest.approx(0.25)


def test_text_without_json_is_made_from_the_words_of_the_request() -> None:
    request = ask("Create a user named Ada Lovelace", form="json_schema", schema=USER)
    done = conform({"role": "assistant", "content": "I would rather not."}, request)
    assert json.loads(done.message["content"])["name"] == "Ada Lovelace"
    assert done.quality == 0


@pytest.mark.parametrize("content", [None, "", "no json here", "[1, 2]", "7", '{"a": 1'])
def test_json_object_is_always_an_object(content: Json) -> None:
    assert isinstance(text(content, ask("x", form="json_object")), dict)


def test_parts_of_text_are_read_as_one() -> None:
    parts = [{"type": "text", "text": VALID}]
    assert text(parts, ask("x", form="json_schema", schema=USER))["name"] == "Ada"


def test_a_schema_that_allows_nothing_is_the_callers_fault() -> None:
    with pytest.raises(UnsatisfiableError):
        text("{}", ask("x", form="json_schema", schema=False))


def test_a_valid_call_is_left_as_it_is() -> None:
    message = called("get_weather", '{"location": "Oslo",  "unit": "celsius"}')
    done = conform(message, ask("x", tools=TOOLS))
    assert done.message is message
    assert done.repairs == ()


def test_arguments_are_made_valid() -> None:
    told = '{"location": "Oslo", "unit": "CELSIUS"'
    assert calls(called("get_weather", told)) == [
        ("get_weather", {"location": "Oslo", "unit": "celsius"})
    ]


def test_missing_arguments_are_filled() -> None:
    ((name, told),) = calls(called("get_weather", '{"unit": "celsius"}'))
    assert name == "get_weather"
    assert told["unit"] == "celsius"
    assert told["location"]


def test_arguments_that_are_an_object_become_text() -> None:
    assert calls(called("add", {"a": 1, "b": 2})) == [("add", {"a": 1, "b": 2})]


@pytest.mark.parametrize("name", ["getWeather", "get-weather", "functions.get_weather", "weather"])
def test_a_name_that_is_nearly_right_is_mended(name: str) -> None:
    message = called(name, '{"location": "Oslo", "unit": "celsius"}')
    done = conform(message, ask("x", tools=TOOLS))
    assert done.message["tool_calls"][0]["function"]["name"] == "get_weather"
    assert [(r.pointer, r.kind) for r in done.repairs] == [
        ("/tool_calls/0/function/name", "renamed")
    ]


def test_a_tool_that_nobody_knows_is_dropped_on_the_record() -> None:
    done = conform(called("launch_rockets", "{}"), ask("x", tools=TOOLS))
    assert "tool_calls" not in done.message
    assert [(r.pointer, r.kind) for r in done.repairs] == [("/tool_calls/0", "dropped")]


def test_missing_ids_are_made_the_same_under_a_seed_and_double_ones_differ() -> None:
    message = called("add", '{"a": 1, "b": 2}', None)
    request = ask("x", tools=TOOLS)
    first, second = (conform(message, request).message["tool_calls"][0]["id"] for _ in range(2))
    assert first == second
    assert first.startswith("call_")
    double = called("add", '{"a": 1, "b": 2}')
    double["tool_calls"] *= 2
    ids = [call["id"] for call in conform(double, request).message["tool_calls"]]
    assert len(set(ids)) == 2


def test_no_calls_where_none_may_be_made() -> None:
    message = {**called("add", '{"a": 1, "b": 2}'), "content": "Three."}
    done = conform(message, ask("x", tools=TOOLS, tool_mode="none"))
    assert done.message == {"role": "assistant", "content": "Three."}


def test_a_required_call_is_made_of_the_words() -> None:
    ((name, told),) = calls({"role": "assistant", "content": "It rains."}, tool_mode="required")
    assert (name, told["location"]) == ("get_weather", "Paris")


@pytest.mark.parametrize(
    "said",
    [
        '{"name": "add", "arguments": {"a": 1, "b": 2}}',
        '<tool_call>{"name": "add", "arguments": {"a": 1, "b": 2}}</tool_call>',
        '{"function": {"name": "add", "parameters": {"a": 1, "b": 2}}}',
        '[{"name": "add", "arguments": "{\\"a\\": 1, \\"b\\": 2}"}]',
        '```json\n{"a": 1, "b": 2}\n```',
    ],
)
def test_a_required_call_is_read_from_the_text(said: str) -> None:
    message = {"role": "assistant", "content": said}
    assert calls(message, tool_mode="required") == [("add", {"a": 1, "b": 2})]
    request = ask("x", tools=TOOLS, tool_mode="required")
    assert conform(message, request).message["content"] is None


def test_the_named_tool_is_called_and_no_other() -> None:
    asked = {"tool_mode": "required", "tool_name": "get_time"}
    assert [name for name, _ in calls(called("add", '{"a": 1, "b": 2}'), **asked)] == ["get_time"]


def test_without_parallel_calls_the_first_is_kept() -> None:
    message = called("add", '{"a": 1, "b": 2}')
    message["tool_calls"].append({**message["tool_calls"][0], "id": "call_2"})
    done = conform(message, ask("x", tools=TOOLS, parallel_tools=False))
    assert [call["id"] for call in done.message["tool_calls"]] == ["call_1"]
    assert [(r.pointer, r.kind) for r in done.repairs] == [("/tool_calls/1", "dropped")]


@pytest.mark.parametrize("said", ["text", 7, None, [None, 1, {}], [{"function": "add"}], {"a": 1}])
def test_calls_that_are_none_are_dropped(said: Json) -> None:
    message = {"role": "assistant", "content": "x", "tool_calls": said}
    assert not conform(message, ask("x", tools=TOOLS)).message.get("tool_calls")


@pytest.mark.parametrize(
    ("reason", "message", "expected"),
    [
        ("stop", called("add", "{}"), "tool_calls"),
        ("tool_calls", {"content": "x"}, "stop"),
        ("tool_calls", called("add", "{}"), "tool_calls"),
        ("length", {"content": "x"}, "length"),
        ("content_filter", called("add", "{}"), "content_filter"),
    ],
)
def test_the_reason_fits_the_message(reason: str, message: JsonObject, expected: str) -> None:
    assert finish_reason(reason, message) == expected


@given(schema=schemas(), said=garbage() | st.text(max_size=60))
def test_content_always_conforms(schema: JsonObject, said: Json) -> None:
    content = said if isinstance(said, str) else json.dumps(said)
    request = ask("x", form="json_schema", schema=schema)
    try:
        done = conform({"role": "assistant", "content": content}, request)
    except UnsatisfiableError:
        return
    assert compile_schema(schema).is_valid(json.loads(done.message["content"]))
    assert 0 <= done.quality <= 1


@given(
    schema=schemas(),
    arguments=garbage() | st.text(max_size=40),
    name=st.sampled_from(["do_it", "doIt", "other", ""]),
    required=st.booleans(),
)
def test_arguments_always_conform(
    schema: JsonObject, arguments: Json, name: str, required: bool
) -> None:
    tool = Tool("do_it", schema)
    mode: Any = "required" if required else "auto"
    request = ask("x", tools=(tool,), tool_mode=mode)
    try:
        done = conform(called(name, arguments), request)
    except UnsatisfiableError:
        return
    made = done.message.get("tool_calls", [])
    assert made or not required
    for call in made:
        assert call["function"]["name"] == "do_it"
        assert compile_schema(schema).is_valid(json.loads(call["function"]["arguments"]))


@given(said=garbage())
def test_what_conforms_is_left_alone_the_second_time(said: Json) -> None:
    request = ask("x", form="json_schema", schema=USER, tools=TOOLS)
    first = conform({"role": "assistant", "content": json.dumps(said)}, request)
    assert conform(first.message, request).message is first.message
