from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import httpx
import orjson
import pytest
import respx

from mockwright.backends.ollama import OllamaBackend, native_url
from mockwright.backends.transport import Transport
from mockwright.errors import BackendStatusError, TransportError
from mockwright.settings import BackendSettings
from mockwright.types import JsonObject, Task
from tests.backends.conftest import SCHEMA, endpoint

ROOT = "http://ollama.test:11434"
CHAT = f"{ROOT}/api/chat"
ANSWER = '{"id":1,"name":"Ada"}'
Build = Callable[..., OllamaBackend]


def said(content: str = ANSWER, **extra: object) -> JsonObject:
    return {
        "model": "gemma3:4b",
        "message": {"role": "assistant", "content": content},
        "done": True,
        "done_reason": "stop",
        "prompt_eval_count": 20,
        "eval_count": 8,
        **extra,
    }


@pytest.fixture
async def ollama(router: respx.MockRouter) -> AsyncIterator[Build]:
    transport = Transport(endpoint(ROOT), httpx.MockTransport(router.async_handler))

    def build(**settings: object) -> OllamaBackend:
        values: dict[str, object] = {"name": "up", "provider": "ollama", "model": "gemma3:4b"}
        return OllamaBackend(BackendSettings.model_validate({**values, **settings}), transport)

    yield build
    await transport.aclose()


def sent(route: respx.Route) -> list[JsonObject]:
    return [orjson.loads(call.request.content) for call in route.calls]


async def test_the_native_protocol_is_spoken(router: respx.MockRouter, ollama: Build) -> None:
    route = router.post(CHAT).respond(json=said())
    backend = ollama(context_window=8192, max_tokens=300, temperature=0.2, keep_alive="10m")
    completion = await backend.complete(Task(schema=SCHEMA, seed=5, variant=1))
    (payload,) = sent(route)
    assert payload["model"] == "gemma3:4b"
    assert payload["stream"] is False
    assert payload["keep_alive"] == "10m"
    assert payload["format"]["type"] == "object"
    assert payload["options"] == {
        "num_ctx": 8192,
        "num_predict": 300,
        "temperature": 0.2,
        "seed": 6,
    }
    assert completion.text == ANSWER
    assert completion.seed == 6
    assert (completion.usage.input_tokens, completion.usage.output_tokens) == (20, 8)
    assert completion.finish_reason == "stop"


async def test_what_is_not_configured_is_not_sent(router: respx.MockRouter, ollama: Build) -> None:
    route = router.post(CHAT).respond(json=said())
    await ollama().complete(Task(schema=SCHEMA))
    assert set(sent(route)[0]) == {"model", "messages", "stream", "format"}


async def test_a_prompt_that_was_cached_has_no_count(
    router: respx.MockRouter, ollama: Build
) -> None:
    body = said()
    del body["prompt_eval_count"]
    router.post(CHAT).respond(json=body)
    completion = await ollama().complete(Task(schema=SCHEMA))
    assert completion.usage.output_tokens == 8
    assert not completion.usage.estimated


async def test_usage_that_is_not_told_is_estimated(router: respx.MockRouter, ollama: Build) -> None:
    router.post(CHAT).respond(json={"message": {"content": ANSWER}})
    completion = await ollama().complete(Task(schema=SCHEMA))
    assert completion.usage.estimated
    assert completion.finish_reason is None


@pytest.mark.parametrize("status", [400, 500])
async def test_a_refused_format_steps_down_and_is_remembered(
    router: respx.MockRouter, ollama: Build, status: int
) -> None:
    route = router.post(CHAT).mock(
        side_effect=[
            httpx.Response(status, json={"error": 'invalid format: expected "json"'}),
            *[httpx.Response(200, json=said())] * 2,
        ]
    )
    backend = ollama()
    modes = [(await backend.complete(Task(schema=SCHEMA))).mode for _ in range(2)]
    assert modes == ["json", "json"]
    assert [payload["format"] == "json" for payload in sent(route)] == [False, True, True]
    assert backend.profile.json_schema is False


async def test_a_missing_model_is_told(router: respx.MockRouter, ollama: Build) -> None:
    router.post(CHAT).respond(404, json={"error": "model 'gemma3:4b' not found"})
    with pytest.raises(BackendStatusError, match="model 'gemma3:4b' not found"):
        await ollama().complete(Task(schema=SCHEMA))


@pytest.mark.parametrize("body", [{}, {"error": "out of memory"}, {"message": "hi"}])
async def test_an_answer_without_a_message_is_malformed(
    router: respx.MockRouter, ollama: Build, body: JsonObject
) -> None:
    router.post(CHAT).respond(json=body)
    with pytest.raises(TransportError, match=body.get("error", "no message")):
        await ollama().complete(Task(schema=SCHEMA))


@pytest.mark.parametrize(
    "url", [ROOT, f"{ROOT}/", f"{ROOT}/v1", f"{ROOT}/v1/", f"{ROOT}/api", f"{ROOT}/api/"]
)
def test_the_url_is_understood_with_or_without_a_path(url: str) -> None:
    assert native_url(url) == ROOT


def test_a_path_before_the_protocols_own_is_kept() -> None:
    assert native_url("https://host/ollama/v1/") == "https://host/ollama"


@pytest.mark.parametrize(
    ("names", "model", "present"),
    [
        (["gemma3:4b"], "gemma3:4b", True),
        (["gemma3:latest"], "gemma3", True),
        (["gemma3:1b"], "gemma3:4b", False),
        ([], "gemma3:4b", False),
    ],
)
async def test_a_probe_looks_for_the_model(
    router: respx.MockRouter, ollama: Build, names: list[str], model: str, present: bool
) -> None:
    tags = {"models": [{"name": name} for name in names]}
    router.get(f"{ROOT}/api/tags").respond(json=tags)
    probe = await ollama(model=model).probe()
    assert (probe.reachable, probe.model_present) == (True, present)
    assert probe.detail == ("" if present else f"ollama pull {model}")


async def test_a_probe_of_nobody_does_not_raise(router: respx.MockRouter, ollama: Build) -> None:
    router.get(f"{ROOT}/api/tags").mock(side_effect=httpx.ConnectError("refused"))
    assert not (await ollama().probe()).reachable
