from __future__ import annotations

from collections.abc import Callable

import httpx
import orjson
import pytest
import respx

from mockwright.backends.openai import OpenAIBackend
from mockwright.backends.transport import Transport
from mockwright.errors import BackendStatusError, TransportError
from mockwright.prompting.tokens import count_tokens
from mockwright.settings import BackendSettings
from mockwright.types import JsonObject, Task
from tests.backends.conftest import BASE, CHAT, SCHEMA, SECRET, endpoint
from tests.doubles import chat

Build = Callable[..., OpenAIBackend]
ANSWER = '{"id":1,"name":"Ada"}'


def payloads(route: respx.Route) -> list[JsonObject]:
    return [orjson.loads(call.request.content) for call in route.calls]


def refusal(message: str, param: str | None = None, status: int = 400) -> httpx.Response:
    return httpx.Response(status, json={"error": {"message": message, "param": param}})


async def test_the_schema_and_the_settings_are_sent(
    router: respx.MockRouter, openai: Build, task: Task
) -> None:
    route = router.post(CHAT).respond(json=chat(ANSWER))
    backend = openai(max_tokens=99, temperature=0.5)
    await backend.complete(Task(schema=SCHEMA, seed=7, variant=2))
    (sent,) = payloads(route)
    assert sent["model"] == "m"
    assert sent["max_tokens"] == 99
    assert sent["temperature"] == 0.5
    assert sent["seed"] == 9
    assert sent["stream"] is False
    assert [message["role"] for message in sent["messages"]] == ["system", "user"]
    form = sent["response_format"]
    assert form["type"] == "json_schema"
    assert form["json_schema"]["strict"] is True
    assert set(form["json_schema"]["schema"]["properties"]) == {"id", "name"}


async def test_what_is_not_configured_is_not_sent(
    router: respx.MockRouter, openai: Build, task: Task
) -> None:
    route = router.post(CHAT).respond(json=chat(ANSWER))
    await openai(model="").complete(task)
    assert set(payloads(route)[0]) == {"messages", "stream", "response_format"}


async def test_the_answer_is_passed_on(router: respx.MockRouter, openai: Build, task: Task) -> None:
    router.post(CHAT).respond(json=chat(ANSWER))
    price = {"input_per_million": 30.0, "output_per_million": 60.0}
    completion = await openai(price=price).complete(task)
    assert completion.text == ANSWER
    assert (completion.backend, completion.provider, completion.model) == ("up", "openai", "m")
    assert completion.mode == "schema"
    assert (completion.usage.input_tokens, completion.usage.output_tokens) == (10, 5)
    assert completion.finish_reason == "stop"
    assert completion.cost_usd == pytest.approx((10 * 30 + 5 * 60) / 1e6)
    assert "a user" in completion.prompt


@pytest.mark.parametrize("usage", [None, {}, {"prompt_tokens": "x"}, [1], {"prompt_tokens": 1}])
async def test_usage_that_is_not_told_is_estimated(
    router: respx.MockRouter, openai: Build, task: Task, usage: object
) -> None:
    router.post(CHAT).respond(json=chat(ANSWER, usage=usage))
    completion = await openai().complete(task)
    assert completion.usage.estimated
    assert completion.usage.output_tokens == count_tokens(ANSWER)
    assert completion.usage.input_tokens == count_tokens(completion.prompt)


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ({"content": "I cannot."}, "I cannot."),
        ({"content": None, "refusal": "I won't."}, "I won't."),
        ({"content": ""}, ""),
        ({"content": None, "tool_calls": [{"id": "1"}]}, ""),
        ({"content": [{"type": "text", "text": "{"}, {"type": "text", "text": "}"}, 3]}, "{}"),
        ({"content": 7}, ""),
        ({}, ""),
        ("hello", ""),
        (None, ""),
    ],
)
async def test_answers_of_any_kind_are_text(
    router: respx.MockRouter, openai: Build, task: Task, message: object, text: str
) -> None:
    router.post(CHAT).respond(json={"choices": [{"message": message, "finish_reason": "length"}]})
    completion = await openai().complete(task)
    assert completion.text == text
    assert completion.finish_reason == "length"


@pytest.mark.parametrize(
    "body", [{}, {"choices": []}, {"choices": None}, {"choices": ["x"]}, {"choices": {"0": 1}}]
)
async def test_an_answer_without_choices_is_malformed(
    router: respx.MockRouter, openai: Build, task: Task, body: JsonObject
) -> None:
    router.post(CHAT).respond(json=body)
    with pytest.raises(TransportError, match="no choices"):
        await openai().complete(task)


async def test_an_error_inside_a_200_is_an_error_without_secrets(
    router: respx.MockRouter, openai: Build, task: Task
) -> None:
    router.post(CHAT).respond(json={"error": {"message": f"bad key {SECRET}"}})
    with pytest.raises(TransportError, match="bad key") as raised:
        await openai().complete(task)
    assert SECRET not in str(raised.value)


async def test_a_refused_schema_steps_down_once_and_is_remembered(
    router: respx.MockRouter, openai: Build, task: Task
) -> None:
    route = router.post(CHAT).mock(
        side_effect=[
            refusal("'response_format' of type 'json_schema' is not supported", "response_format"),
            refusal("response_format is not supported"),
            *[httpx.Response(200, json=chat(ANSWER))] * 2,
        ]
    )
    backend = openai()
    completion = await backend.complete(task)
    assert completion.mode == "prompt"
    again = await backend.complete(task)
    assert again.mode == "prompt"
    forms = [sent.get("response_format", {}).get("type") for sent in payloads(route)]
    assert forms == ["json_schema", "json_object", None, None]
    assert (backend.profile.json_schema, backend.profile.json_mode) == (False, False)


async def test_json_mode_that_works_is_kept(
    router: respx.MockRouter, openai: Build, task: Task
) -> None:
    router.post(CHAT).mock(
        side_effect=[
            refusal("Invalid parameter: json_schema"),
            *[httpx.Response(200, json=chat(ANSWER))] * 2,
        ]
    )
    backend = openai()
    assert (await backend.complete(task)).mode == "json"
    assert (await backend.complete(task)).mode == "json"


async def test_a_mode_that_has_worked_is_not_given_up_for_one_schema(
    router: respx.MockRouter, openai: Build, task: Task
) -> None:
    router.post(CHAT).mock(
        side_effect=[
            httpx.Response(200, json=chat(ANSWER)),
            refusal("JSON schema conversion failed: unknown type"),
            httpx.Response(200, json=chat(ANSWER)),
            httpx.Response(200, json=chat(ANSWER)),
        ]
    )
    backend = openai()
    modes = [(await backend.complete(task)).mode for _ in range(3)]
    assert modes == ["schema", "json", "schema"]


@pytest.mark.parametrize(
    "said",
    [
        "Automatic parser generation failed: JSON schema error at #: unrecognized type",
        "JSON schema conversion failed:\nError resolving ref",
        "Invalid schema for response_format 'answer': 'allOf' is not permitted",
    ],
)
async def test_a_fault_of_the_first_schema_is_not_taken_for_the_servers(
    router: respx.MockRouter, openai: Build, task: Task, said: str
) -> None:
    router.post(CHAT).mock(
        side_effect=[refusal(said), *[httpx.Response(200, json=chat(ANSWER))] * 2]
    )
    backend = openai()
    assert [(await backend.complete(task)).mode for _ in range(2)] == ["json", "schema"]


async def test_json_mode_that_is_configured_off_is_stepped_over(
    router: respx.MockRouter, openai: Build, task: Task
) -> None:
    router.post(CHAT).mock(
        side_effect=[refusal("no json_schema here"), httpx.Response(200, json=chat(ANSWER))]
    )
    completion = await openai(profile={"json_mode": False}).complete(task)
    assert completion.mode == "prompt"


@pytest.mark.parametrize(
    ("profile", "mode"),
    [
        ({}, "schema"),
        ({"json_schema": False}, "json"),
        ({"json_schema": False, "json_mode": False}, "prompt"),
    ],
)
async def test_the_configured_profile_decides_the_first_try(
    router: respx.MockRouter, openai: Build, task: Task, profile: JsonObject, mode: str
) -> None:
    router.post(CHAT).respond(json=chat(ANSWER))
    assert (await openai(profile=profile).complete(task)).mode == mode


async def test_max_tokens_is_renamed_where_the_model_wants_it(
    router: respx.MockRouter, openai: Build, task: Task
) -> None:
    said = (
        "Unsupported parameter: 'max_tokens' is not supported with this model. "
        "Use 'max_completion_tokens' instead."
    )
    route = router.post(CHAT).mock(
        side_effect=[
            refusal(said, "max_tokens"),
            *[httpx.Response(200, json=chat(ANSWER))] * 2,
        ]
    )
    backend = openai(max_tokens=50)
    await backend.complete(task)
    await backend.complete(task)
    sent = payloads(route)
    assert [("max_tokens" in one, one.get("max_completion_tokens")) for one in sent] == [
        (True, None),
        (False, 50),
        (False, 50),
    ]


@pytest.mark.parametrize(
    ("parameter", "said"),
    [
        ("temperature", "Unsupported value: 'temperature'. Only the default (1) is supported."),
        ("seed", "Unrecognized request argument supplied: seed"),
    ],
)
async def test_a_refused_parameter_is_dropped_and_remembered(
    router: respx.MockRouter, openai: Build, parameter: str, said: str
) -> None:
    route = router.post(CHAT).mock(
        side_effect=[refusal(said), *[httpx.Response(200, json=chat(ANSWER))] * 2]
    )
    backend = openai(temperature=0.1)
    task = Task(schema=SCHEMA, seed=1)
    await backend.complete(task)
    await backend.complete(task)
    assert [parameter in sent for sent in payloads(route)] == [True, False, False]
    assert all("response_format" in sent for sent in payloads(route))


@pytest.mark.parametrize(
    "said",
    [
        "This model's maximum context length is 4096 tokens",
        "max_tokens is too large: 9999",
        "prompt is empty",
        "",
    ],
)
async def test_any_other_400_is_raised_at_once(
    router: respx.MockRouter, openai: Build, task: Task, said: str
) -> None:
    route = router.post(CHAT).mock(return_value=refusal(said))
    with pytest.raises(BackendStatusError):
        await openai(max_tokens=9999).complete(task)
    assert route.call_count == 1


async def test_a_server_that_refuses_everything_is_asked_a_bounded_number_of_times(
    router: respx.MockRouter, openai: Build
) -> None:
    said = "response_format seed temperature max_tokens max_completion_tokens not supported"
    route = router.post(CHAT).mock(return_value=refusal(said))
    with pytest.raises(BackendStatusError):
        await openai(max_tokens=9, temperature=1).complete(Task(schema=SCHEMA, seed=1))
    assert route.call_count <= 8


async def test_a_list_comes_back_as_a_list_where_the_server_wants_an_object(
    router: respx.MockRouter,
) -> None:
    router.post(CHAT).respond(json=chat('{"value": [1, 2]}'))
    transport = Transport(endpoint(), httpx.MockTransport(router.async_handler))
    backend = OpenAIBackend(BackendSettings(name="up"), transport, dialect="openai")
    completion = await backend.complete(
        Task(schema={"type": "array", "items": {"type": "integer"}})
    )
    assert orjson.loads(completion.text) == [1, 2]
    await transport.aclose()


@pytest.mark.parametrize("answer", ['{"value": [1, ', "Sure! Here it is", ""])
async def test_an_answer_that_is_no_json_is_left_as_it_is(
    router: respx.MockRouter, openai: Build, answer: str
) -> None:
    router.post(CHAT).respond(json=chat(answer))
    completion = await openai().complete(Task(schema={"type": "array"}))
    assert completion.text == answer


@pytest.mark.parametrize(
    ("response", "reachable", "present"),
    [
        (httpx.Response(200, json={"data": [{"id": "m"}, {"id": "n"}]}), True, True),
        (httpx.Response(200, json={"data": [{"id": "n"}]}), True, False),
        (httpx.Response(200, json={"data": "?"}), True, None),
        (httpx.Response(200, json={}), True, None),
        (httpx.Response(404), True, None),
        (httpx.Response(401, json={"error": SECRET}), False, None),
        (httpx.ConnectError("refused"), False, None),
    ],
)
async def test_a_probe_tells_whether_the_model_is_there(
    router: respx.MockRouter,
    openai: Build,
    response: httpx.Response | Exception,
    reachable: bool,
    present: bool | None,
) -> None:
    router.get(f"{BASE}/models").mock(side_effect=[response])
    probe = await openai().probe()
    assert (probe.reachable, probe.model_present) == (reachable, present)
    assert SECRET not in probe.detail
