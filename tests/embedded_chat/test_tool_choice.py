from __future__ import annotations

import pytest

from mockwright.chat.types import Tool
from mockwright.embedded_chat.entities import extract_entities
from mockwright.embedded_chat.tool_choice import asked_calls, choose_tool, required_tool, score
from tests.embedded_chat.chats import ADD, INTEGER, STRING, TIME, WEATHER, obj

SEARCH = Tool("web_search", obj(query=STRING), "Search the web.")
MAGIC = Tool("magic_function", obj(input=INTEGER), "Applies a magic function to an input.")
CALCULATOR = Tool("calculator", obj(expression=STRING), "Evaluate a mathematical expression.")
FINAL = Tool("final_result", obj(answer=STRING), "The final answer, which ends the conversation.")
QUERY = Tool(
    "Query",
    obj(
        table={"enum": ["orders", "customers", "products"]},
        columns={"type": "array", "items": {"enum": ["id", "shipped_at", "delivered_at"]}},
    ),
)
ALL = (WEATHER, TIME, ADD, SEARCH, MAGIC, CALCULATOR)


def test_words_that_a_tool_takes_as_values_ask_for_it() -> None:
    said = extract_entities("look up all my orders of last year that were not delivered on time")
    assert [tool.name for tool, _ in asked_calls((QUERY,), said)] == ["Query"]
    assert asked_calls((QUERY,), extract_entities("Tell me about the order of Malta")) == []


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("What's the weather in Paris?", ["get_weather"]),
        ("weather in Paris and London", ["get_weather", "get_weather"]),
        ("the weather in Paris and the time in Tokyo", ["get_weather", "get_time"]),
        ("add 2 and 5", ["add"]),
        ("What is the value of magic_function(3)? Use the tool.", ["magic_function"]),
        ("search the web for llamas", ["web_search"]),
        ("Calculate 12 * 7", ["calculator"]),
        ("What is 12 * 7?", ["calculator"]),
        (
            "the weather in toronto and dallas and who won the cup?",
            ["get_weather", "get_weather", "web_search"],
        ),
        ("Who won the cup in 2010?", ["web_search"]),
        ("Who are you?", []),
        ("hello there", []),
        ("Tell me a joke", []),
        ("Write a poem about the sea", []),
        ("", []),
    ],
)
def test_the_tools_that_the_words_ask_for(text: str, names: list[str]) -> None:
    assert [tool.name for tool, _ in asked_calls(ALL, extract_entities(text))] == names


def test_words_written_apart_are_found() -> None:
    tool = Tool("lookup_user", obj(id=INTEGER))
    assert asked_calls([tool, FINAL], extract_entities("Please look up user 7"))[0][0] is tool


def test_each_call_has_words_of_its_own() -> None:
    calls = asked_calls([WEATHER], extract_entities("weather in Paris and London"))
    assert [extract_entities(words).places[-1] for _, words in calls] == ["Paris", "London"]


def test_each_address_is_written_to() -> None:
    tool = Tool("send_email", obj(to=STRING, body=STRING))
    calls = asked_calls([tool], extract_entities("email a@x.example and b@x.example saying hi"))
    assert [extract_entities(words).emails for _, words in calls] == [
        ("a@x.example",),
        ("b@x.example",),
    ]


def test_a_tool_that_takes_many_places_is_called_once() -> None:
    tool = Tool("get_weather", obj(city={"type": "array", "items": STRING}))
    assert len(asked_calls([tool], extract_entities("weather in Paris and London"))) == 1


def test_a_name_counts_more_than_a_description() -> None:
    said = extract_entities("the weather")
    described = Tool("look", obj(), "Tells the weather.")
    assert score(WEATHER, said) > score(described, said) > 0
    assert choose_tool([described, WEATHER], said) is WEATHER


def test_the_tool_that_ends_the_matter_comes_after_results() -> None:
    said = extract_entities("weather in Paris")
    assert required_tool([FINAL, WEATHER], said, frozenset()) is WEATHER
    assert required_tool([FINAL, WEATHER], said, frozenset(["get_weather"])) is FINAL
    assert required_tool([FINAL, WEATHER], extract_entities("hello"), frozenset()) is FINAL


def test_without_an_end_another_tool_is_called_next() -> None:
    said = extract_entities("weather")
    assert required_tool([WEATHER, TIME], said, frozenset(["get_weather"])) is TIME
    assert required_tool([WEATHER], said, frozenset(["get_weather"])) is WEATHER
