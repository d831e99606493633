from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockwright.chat.types import ChatRequest, Tool
from mockwright.embedded_chat.entities import extract_entities
from mockwright.embedded_chat.respond import EmbeddedReply, answer
from mockwright.errors import UnsatisfiableError
from mockwright.gateway.conform_message import conform_message
from mockwright.generator.interfaces import REFERENCE_NOW, Hints
from mockwright.schema.validate import compile_schema
from tests.embedded_chat.chats import ADD, STRING, TIME, USER, WEATHER, ask, called, obj
from tests.strategies import schemas

TOOLS = (WEATHER, TIME, ADD)


def said(request: ChatRequest, seed: int = 1) -> EmbeddedReply:
    found = answer(request, seed=seed, now=REFERENCE_NOW)
    assert found == answer(request, seed=seed, now=REFERENCE_NOW)
    conformed = conform_message(found.message, request, seed=2, hints=Hints())
    assert conformed.message is found.message, "what it says needs no mending"
    return found


def text(request: ChatRequest) -> str:
    content = said(request).message["content"]
    assert isinstance(content, str)
    return content


def calls(request: ChatRequest) -> list[tuple[str, Any]]:
    found = said(request)
    made = found.message.get("tool_calls", [])
    assert found.finish_reason == ("tool_calls" if made else "stop")
    return [(c["function"]["name"], json.loads(c["function"]["arguments"])) for c in made]


def test_a_schema_is_filled_from_the_words() -> None:
    request = ask("a user named Ada Lovelace, aged 36", form="json_schema", schema=USER)
    made = json.loads(text(request))
    assert (made["name"], made["age"]) == ("Ada Lovelace", 36)


def test_the_name_of_the_schema_tells_what_it_is() -> None:
    schema = obj(name=STRING, price={"type": "number"})
    told = {"response_format": {"json_schema": {"name": "product"}}}
    made = json.loads(text(ask("make one", form="json_schema", schema=schema, body=told)))
    assert made["price"] > 0


def test_json_object_gives_an_object_that_fits_the_words() -> None:
    assert set(json.loads(text(ask("JSON with name and city", form="json_object")))) == {
        "name",
        "city",
    }
    assert len(json.loads(text(ask("three users, as JSON", form="json_object")))["users"]) == 3
    assert isinstance(json.loads(text(ask("a JSON array of 2 users", form="json_object"))), dict)


def test_a_schema_in_the_prompt_is_answered_in_json() -> None:
    system = {"role": "system", "content": f"Answer in JSON by this schema: {json.dumps(USER)}"}
    made = json.loads(text(ask(system, "Jason is 25 years old")))
    assert (made["name"], made["age"]) == ("Jason", 25)
    fenced = text(ask(system, "Jason, in a ```json code block"))
    assert fenced.startswith("```json\n{")
    assert fenced.endswith("}\n```")


def test_a_tool_is_called_where_the_words_fit() -> None:
    ((name, told),) = calls(ask("What's the weather in Paris?", tools=TOOLS))
    assert (name, told["location"]) == ("get_weather", "Paris")


def test_several_calls_where_the_words_ask_for_several() -> None:
    request = ask("the weather in Paris and London in celsius", tools=TOOLS)
    assert calls(request) == [
        ("get_weather", {"location": "Paris", "unit": "celsius"}),
        ("get_weather", {"location": "London", "unit": "celsius"}),
    ]
    assert len({call["id"] for call in said(request).message["tool_calls"]}) == 2
    one = ask("the weather in Paris and London", tools=TOOLS, parallel_tools=False)
    assert len(calls(one)) == 1


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ({}, []),
        ({"tool_mode": "none"}, []),
        ({"tool_mode": "required"}, ["get_weather"]),
        ({"tool_mode": "required", "tool_name": "add"}, ["add"]),
    ],
)
def test_the_mode_is_honoured_where_no_tool_fits(asked: Any, names: list[str]) -> None:
    assert [name for name, _ in calls(ask("hello", tools=TOOLS, **asked))] == names


def test_after_a_result_it_answers_with_it() -> None:
    result = {"role": "tool", "tool_call_id": "call_1", "content": '{"temperature": 21}'}
    request = ask("weather in Paris?", called("get_weather", "{}"), result, tools=TOOLS)
    assert "temperature: 21" in text(request)


def test_after_a_result_the_call_that_ends_the_matter_is_made() -> None:
    final = Tool("final_result", obj(city=STRING), "The final answer.")
    result = {"role": "tool", "tool_call_id": "call_1", "content": "sunny"}
    request = ask(
        *("weather in Paris?", called("get_weather", "{}"), result),
        tools=(WEATHER, final),
        tool_mode="required",
    )
    assert calls(request) == [("final_result", {"city": "Paris"})]


def test_the_call_that_ends_the_matter_says_what_was_found() -> None:
    final = Tool("final_result", obj(name=STRING, age={"type": "integer"}))
    result = {"role": "tool", "tool_call_id": "call_1", "content": '{"name": "Zoe", "age": 31}'}
    request = ask(
        *("look up user 7", called("get_user", "{}"), result),
        tools=(final,),
        tool_mode="required",
    )
    assert calls(request) == [("final_result", {"name": "Zoe", "age": 31})]


def test_a_schema_and_tools_go_together() -> None:
    asked: Any = {"tools": TOOLS, "form": "json_schema", "schema": USER}
    assert calls(ask("weather in Paris", **asked))
    assert json.loads(text(ask("a user named Ada", **asked)))["name"] == "Ada"


def test_it_stops_at_a_stop_word() -> None:
    found = said(ask("Count to 5", stop=("3", "9")))
    assert (found.message["content"], found.finish_reason) == ("1, 2, ", "stop")


def test_it_says_no_more_than_it_may() -> None:
    found = said(ask("Count to 50", max_tokens=2))
    assert (found.message["content"], found.finish_reason) == ("1, 2, 3,", "length")
    request = ask("Ada", max_tokens=1, form="json_schema", schema=USER)
    assert compile_schema(USER).is_valid(json.loads(text(request)))


def test_logprobs_are_told_where_asked() -> None:
    body = {"logprobs": True, "top_logprobs": 2}
    told = said(ask("Say 'a b c'", body=body)).logprobs
    assert told is not None
    assert [token["token"] for token in told["content"]] == ["a", " b", " c"]
    assert all(len(token["top_logprobs"]) == 2 for token in told["content"])
    assert said(ask("Say 'a b c'")).logprobs is None


def test_another_seed_says_something_else() -> None:
    request = ask("a user", form="json_schema", schema=USER)
    assert len({said(request, seed).message["content"] for seed in range(5)}) > 1


@given(schema=schemas(), prompt=st.text(max_size=40), seed=st.integers(0, 2**63))
def test_what_it_answers_always_conforms(schema: Any, prompt: str, seed: int) -> None:
    request = ask(prompt, form="json_schema", schema=schema)
    tool = ask(prompt, tools=(Tool("t", schema),), tool_mode="required")
    try:
        said(request, seed)
        said(tool, seed)
    except UnsatisfiableError:
        return


PERSON = Tool(
    "Person",
    {
        "type": "object",
        "properties": {"name": {"type": "string"}, "age": {"type": "integer"}},
        "required": ["name", "age"],
    },
)


def test_a_statement_that_gives_all_a_tool_has_to_be_told_is_a_call() -> None:
    made = calls(ask("Ada Lovelace is 36 years old", tools=(PERSON,)))
    assert made == [("Person", {"name": "Ada Lovelace", "age": 36})]
    assert calls(ask("Tell me a joke about Paris", tools=(PERSON,))) == []


def test_a_system_prompt_that_wants_a_call_gets_one() -> None:
    order = {"role": "system", "content": "Return only the tool call and no additional text."}
    assert [n for n, _ in calls(ask(order, "Something", tools=(PERSON,)))] == ["Person"]


def test_where_a_journey_goes_is_a_place() -> None:
    assert extract_entities("Please book a trip to Paris.").places == ("Paris",)
    assert extract_entities("Reply to Anna").places == ()
