"""Anthropic's own Python SDK."""

from __future__ import annotations

from typing import Any

import pytest

anthropic = pytest.importorskip("anthropic", reason="run by `make test-clients`")
pytestmark = pytest.mark.clients

HELLO: dict[str, Any] = {
    "model": "claude-sonnet",
    "max_tokens": 200,
    "messages": [{"role": "user", "content": "Hello"}],
}
TOOL: dict[str, Any] = {
    "name": "get_weather",
    "description": "Get the weather in a city",
    "input_schema": {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
    },
}


@pytest.fixture
def client(gateway: Any) -> Any:
    return anthropic.Anthropic(base_url=gateway.url, api_key="any", max_retries=0)


def test_a_message_is_answered(client: Any) -> None:
    answer = client.messages.create(**HELLO)
    assert answer.content[0].text
    assert answer.stop_reason == "end_turn"
    assert answer.usage.output_tokens > 0


def test_a_stream_is_gathered(client: Any) -> None:
    with client.messages.stream(**HELLO) as stream:
        text = "".join(stream.text_stream)
        final = stream.get_final_message()
    assert final.content[0].text == text


def test_a_tool_is_called_and_its_result_used(client: Any) -> None:
    messages: list[Any] = [{"role": "user", "content": "What is the weather in Paris?"}]
    asked = {**HELLO, "tools": [TOOL], "messages": messages}
    first = client.messages.create(**asked)
    (call,) = [block for block in first.content if block.type == "tool_use"]
    assert call.input == {"city": "Paris"}
    result = {"type": "tool_result", "tool_use_id": call.id, "content": "19 degrees"}
    messages += [
        {"role": "assistant", "content": first.content},
        {"role": "user", "content": [result]},
    ]
    second = client.messages.create(**{**asked, "messages": messages})
    assert "19" in second.content[0].text


def test_streamed_tool_input_is_gathered(client: Any) -> None:
    asked = {**HELLO, "tools": [TOOL], "tool_choice": {"type": "any"}}
    with client.messages.stream(**asked) as stream:
        final = stream.get_final_message()
    assert isinstance(final.content[-1].input["city"], str)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, "BadRequestError"),
        (401, "AuthenticationError"),
        (429, "RateLimitError"),
        (529, "InternalServerError"),
    ],
)
def test_each_error_is_the_sdks_own(client: Any, status: int, kind: str) -> None:
    with pytest.raises(getattr(anthropic, kind)):
        client.messages.create(**HELLO, extra_headers={"X-Error-Code": str(status)})


def test_models_are_listed_and_tokens_counted(client: Any) -> None:
    assert "auto" in [model.id for model in client.models.list()]
    counted = client.messages.count_tokens(model="auto", messages=HELLO["messages"])
    assert counted.input_tokens > 0
