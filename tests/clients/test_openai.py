"""OpenAI's own Python SDK."""

from __future__ import annotations

import base64
import json
import struct
import time
from typing import Any, Literal

import pytest
from pydantic import BaseModel

openai = pytest.importorskip("openai", reason="run by `make test-clients`")
pytestmark = pytest.mark.clients

HELLO: list[Any] = [{"role": "user", "content": "Hello"}]
TOOL: dict[str, Any] = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "Get the current weather for a city",
        "strict": True,
        "parameters": {
            "type": "object",
            "properties": {
                "city": {"type": "string"},
                "unit": {"type": "string", "enum": ["c", "f"]},
            },
            "required": ["city", "unit"],
            "additionalProperties": False,
        },
    },
}


class Address(BaseModel):
    street: str
    city: str
    country: Literal["DE", "FR", "US"]


class Person(BaseModel):
    name: str
    age: int
    email: str | None
    addresses: list[Address]


@pytest.fixture
def client(base_url: str) -> Any:
    return openai.OpenAI(base_url=base_url, api_key="any", max_retries=0)


def test_models_are_listed(client: Any) -> None:
    names = [model.id for model in client.models.list()]
    assert {"auto", "embedded", "scripted"} <= set(names)
    assert client.models.retrieve("embedded").owned_by == "embedded"


@pytest.mark.parametrize("model", ["auto", "embedded", "gpt-4o-mini"])
def test_a_chat_is_answered(client: Any, model: str) -> None:
    answer = client.chat.completions.create(model=model, messages=HELLO)
    assert answer.choices[0].message.content
    assert answer.usage.total_tokens > 0
    assert answer._request_id


def test_the_scripted_backend_says_its_lines(client: Any) -> None:
    answer = client.chat.completions.create(model="scripted", messages=HELLO)
    assert answer.choices[0].message.content == "scripted answer"


def test_a_seed_gives_the_same_answer(client: Any) -> None:
    first, second = [
        client.chat.completions.create(model="auto", messages=HELLO, seed=5) for _ in range(2)
    ]
    assert first == second


def test_a_stream_is_read_piece_by_piece(client: Any) -> None:
    stream = client.chat.completions.create(
        model="auto", messages=HELLO, stream=True, stream_options={"include_usage": True}
    )
    chunks = list(stream)
    assert "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)
    assert chunks[-1].usage.total_tokens > 0


def test_pieces_come_when_they_are_made(client: Any) -> None:
    start = time.monotonic()
    stream = client.chat.completions.create(
        model="scripted", messages=[{"role": "user", "content": "slowly"}], stream=True
    )
    times = [time.monotonic() - start for chunk in stream if chunk.choices[0].delta.content]
    assert len(times) == 4
    assert times[-1] - times[0] > 0.1


def test_the_streaming_helper_gathers_events(client: Any) -> None:
    with client.chat.completions.stream(model="auto", messages=HELLO) as stream:
        kinds = {event.type for event in stream}
        final = stream.get_final_completion()
    assert {"chunk", "content.delta", "content.done"} <= kinds
    assert final.choices[0].message.content


def test_parse_gives_a_model_of_pydantic(client: Any) -> None:
    answer = client.chat.completions.parse(
        model="auto",
        messages=[{"role": "user", "content": "Make a person with two addresses"}],
        response_format=Person,
    )
    person = answer.choices[0].message.parsed
    assert isinstance(person, Person)
    assert person.name


def test_a_parsed_stream_ends_in_a_model_of_pydantic(client: Any) -> None:
    with client.chat.completions.stream(
        model="auto", messages=HELLO, response_format=Person
    ) as stream:
        final = stream.get_final_completion()
    assert isinstance(final.choices[0].message.parsed, Person)


@pytest.mark.parametrize(
    "choice", ["required", {"type": "function", "function": {"name": "get_weather"}}]
)
def test_a_tool_is_called(client: Any, choice: Any) -> None:
    answer = client.chat.completions.create(
        model="auto",
        messages=[{"role": "user", "content": "What's the weather in Paris?"}],
        tools=[TOOL],
        tool_choice=choice,
    )
    (call,) = answer.choices[0].message.tool_calls
    arguments = json.loads(call.function.arguments)
    assert answer.choices[0].finish_reason == "tool_calls"
    assert arguments["city"] == "Paris"
    assert arguments["unit"] in ("c", "f")


def test_a_tool_is_called_of_its_own_accord_and_its_result_is_used(client: Any) -> None:
    messages: list[Any] = [{"role": "user", "content": "What's the weather in Paris, in c?"}]
    first = client.chat.completions.create(model="auto", messages=messages, tools=[TOOL])
    message = first.choices[0].message
    messages.append(message)
    messages.append(
        {"role": "tool", "tool_call_id": message.tool_calls[0].id, "content": "21 degrees, sunny"}
    )
    second = client.chat.completions.create(model="auto", messages=messages, tools=[TOOL])
    assert second.choices[0].finish_reason == "stop"
    assert "21" in second.choices[0].message.content


def test_streamed_calls_are_put_together(client: Any) -> None:
    with client.chat.completions.stream(
        model="auto", messages=HELLO, tools=[TOOL], tool_choice="required"
    ) as stream:
        final = stream.get_final_completion()
    (call,) = final.choices[0].message.tool_calls
    assert json.loads(call.function.arguments)["unit"] in ("c", "f")


def test_choices_stops_and_limits(client: Any) -> None:
    answer = client.chat.completions.create(
        model="auto", messages=HELLO, n=2, max_tokens=3, logprobs=True, top_logprobs=2
    )
    assert [choice.index for choice in answer.choices] == [0, 1]
    assert answer.choices[0].finish_reason == "length"
    assert answer.choices[0].logprobs.content[0].top_logprobs


def test_a_response_is_made_streamed_and_gone_on_from(client: Any) -> None:
    first = client.responses.create(model="auto", input="My name is Ada.")
    assert first.output_text
    second = client.responses.create(
        model="auto", input="What is my name?", previous_response_id=first.id
    )
    assert "Ada" in second.output_text
    assert client.responses.retrieve(first.id).id == first.id
    client.responses.delete(first.id)
    with pytest.raises(openai.NotFoundError):
        client.responses.retrieve(first.id)


def test_the_events_of_a_response_are_typed(client: Any) -> None:
    with client.responses.stream(model="auto", input="Hello") as stream:
        kinds = [event.type for event in stream]
        final = stream.get_final_response()
    assert kinds[0] == "response.created"
    assert kinds[-1] == "response.completed"
    assert final.output_text


def test_a_response_is_parsed(client: Any) -> None:
    answer = client.responses.parse(model="auto", input="A person", text_format=Person)
    assert isinstance(answer.output_parsed, Person)


def test_completions_and_moderations(client: Any) -> None:
    assert client.completions.create(model="auto", prompt="Once upon").choices[0].text
    assert client.moderations.create(input="hello").results[0].flagged is False


def test_embeddings_are_similar_where_texts_are(client: Any) -> None:
    texts = ["how to bake bread", "baking bread at home", "quarterly tax report"]
    answer = client.embeddings.create(model="text-embedding-3-small", input=texts)
    a, b, c = (entry.embedding for entry in answer.data)

    def cosine(x: list[float], y: list[float]) -> float:
        return sum(p * q for p, q in zip(x, y, strict=True))

    assert cosine(a, b) > cosine(a, c) + 0.1
    packed = client.embeddings.create(
        model="auto", input=texts[0], encoding_format="base64", dimensions=8
    )
    raw = base64.b64decode(packed.data[0].embedding)
    assert len(struct.unpack("<8f", raw)) == 8


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, "BadRequestError"),
        (401, "AuthenticationError"),
        (403, "PermissionDeniedError"),
        (404, "NotFoundError"),
        (409, "ConflictError"),
        (422, "UnprocessableEntityError"),
        (429, "RateLimitError"),
        (500, "InternalServerError"),
        (503, "InternalServerError"),
    ],
)
def test_each_error_is_the_sdks_own(client: Any, status: int, kind: str) -> None:
    with pytest.raises(getattr(openai, kind)) as raised:
        client.chat.completions.create(
            model="auto", messages=HELLO, extra_headers={"X-Error-Code": str(status)}
        )
    assert raised.value.status_code == status


def test_errors_name_their_parameter_and_code(client: Any) -> None:
    with pytest.raises(openai.BadRequestError) as wrong:
        client.chat.completions.create(model="auto", messages=HELLO, temperature=9)
    assert wrong.value.param == "temperature"
    with pytest.raises(openai.NotFoundError) as unknown:
        client.chat.completions.create(model="none", messages=HELLO)
    assert unknown.value.code == "model_not_found"
    with pytest.raises(openai.RateLimitError):
        client.chat.completions.create(
            model="scripted", messages=[{"role": "user", "content": "refuse"}]
        )


def test_the_sdk_tries_again_as_it_is_told(base_url: str) -> None:
    patient = openai.OpenAI(base_url=base_url, api_key="any", max_retries=1)
    start = time.monotonic()
    with pytest.raises(openai.RateLimitError):
        patient.chat.completions.create(
            model="auto", messages=HELLO, extra_headers={"X-Error-Code": "429"}
        )
    assert time.monotonic() - start >= 1  # Retry-After: 1


async def test_the_asynchronous_client_streams(base_url: str) -> None:
    async with openai.AsyncOpenAI(base_url=base_url, api_key="any") as client:
        stream = await client.chat.completions.create(model="auto", messages=HELLO, stream=True)
        pieces = [chunk.choices[0].delta.content or "" async for chunk in stream]
    assert "".join(pieces)
