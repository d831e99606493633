"""Ollama's own Python client."""

from __future__ import annotations

import json
from typing import Any

import pytest

ollama = pytest.importorskip("ollama", reason="run by `make test-clients`")
pytestmark = pytest.mark.clients

HELLO: list[Any] = [{"role": "user", "content": "Hello"}]
CITY = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "population": {"type": "integer"}},
    "required": ["name", "population"],
}


@pytest.fixture
def client(gateway: Any) -> Any:
    return ollama.Client(host=gateway.url)


def test_models_are_listed_and_shown(client: Any) -> None:
    assert "auto" in [model.model for model in client.list().models]
    assert client.show("auto").capabilities
    assert client.ps().models


def test_a_chat_is_answered_and_streamed(client: Any) -> None:
    assert client.chat(model="auto", messages=HELLO).message.content
    pieces = list(client.chat(model="auto", messages=HELLO, stream=True))
    assert "".join(piece.message.content for piece in pieces)
    assert pieces[-1].done


def test_a_schema_is_kept(client: Any) -> None:
    answer = client.chat(model="auto", messages=HELLO, format=CITY)
    assert isinstance(json.loads(answer.message.content)["population"], int)


def test_a_tool_is_called(client: Any) -> None:
    def get_weather(city: str) -> str:
        """Get the weather in a city.

        Args:
            city: The name of the city
        """
        return city

    answer = client.chat(
        model="auto",
        messages=[{"role": "user", "content": "What is the weather in Paris?"}],
        tools=[get_weather],
    )
    (call,) = answer.message.tool_calls
    assert get_weather(**call.function.arguments) == "Paris"


def test_texts_are_generated_and_embedded(client: Any) -> None:
    assert client.generate(model="auto", prompt="Say hi").response
    assert len(client.embed(model="auto", input=["a", "b"]).embeddings) == 2


def test_an_unknown_model_is_an_error_of_its_own(client: Any) -> None:
    with pytest.raises(ollama.ResponseError) as raised:
        client.chat(model="none", messages=HELLO)
    assert raised.value.status_code == 404
