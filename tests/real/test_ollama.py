"""A real Ollama, where ``OLLAMA_HOST`` names one that answers and has a model."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator

import httpx
import orjson
import pytest

from mockwright.backends.factory import build_pool
from mockwright.backends.pool import Pool
from mockwright.schema.validate import compile_schema
from mockwright.settings import BackendSettings, ResilienceSettings
from mockwright.testing import OllamaDouble
from mockwright.types import JsonObject, Task
from tests.backends.chats import asking, finishes, gathered, usage
from tests.real.test_backends import USER

pytestmark = [pytest.mark.real, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def host() -> str:
    """The URL of a server; no continuous integration has one."""
    named = os.environ.get("OLLAMA_HOST", "")
    url = named if "//" in named else f"http://{named}"
    if not named:
        pytest.skip("OLLAMA_HOST is not set")
    try:
        httpx.get(f"{url}/api/version", timeout=5).raise_for_status()
    except httpx.HTTPError as error:
        pytest.skip(f"OLLAMA_HOST={named} does not answer: {error}")
    return url


@pytest.fixture(scope="module")
def model(host: str) -> str:
    for entry in httpx.get(f"{host}/api/tags").json()["models"]:
        shown = httpx.post(f"{host}/api/show", json={"model": entry["name"]}).json()
        if "completion" in shown.get("capabilities", ("completion",)):
            return str(entry["name"])
    pytest.skip(f"{host} has no model that writes text")


@pytest.fixture
async def pool(host: str, model: str) -> AsyncIterator[Pool]:
    settings = BackendSettings(
        name="real", provider="ollama", base_url=host, model=model, max_tokens=64
    )
    made = build_pool([settings], ResilienceSettings(timeout=120), upstream_bytes=2**20)
    yield made
    await made.aclose()


async def test_it_answers_a_task_a_chat_and_a_stream(pool: Pool) -> None:
    completion = await pool.complete(Task(schema=USER, path="/users/1", seed=7))
    assert compile_schema(USER).is_valid(orjson.loads(completion.text))
    reply = await pool.chat(asking("Say hello.", max_tokens=12))
    assert reply.usage.output_tokens > 0
    async with pool.open(asking("Say hello.", max_tokens=12)) as stream:
        message, chunks = await gathered(aiter(stream))
    assert message["content"] or message.get("reasoning_content")
    assert finishes(chunks) in (["stop"], ["length"])
    assert usage(chunks)[1] > 0


@pytest.mark.parametrize("stream", [True, False])
def test_the_double_has_the_fields_of_the_real_one(host: str, model: str, stream: bool) -> None:
    asked = {
        "model": model,
        "messages": [{"role": "user", "content": "Say hello."}],
        "options": {"num_predict": 8},
        "stream": stream,
    }
    with OllamaDouble(models=[model]) as double:
        assert _fields(double.url, asked) == _fields(host, asked)


def _fields(url: str, asked: JsonObject) -> list[set[str]]:
    """Those of the first event and of the last."""
    lines = httpx.post(f"{url}/api/chat", json=asked, timeout=120).text.splitlines()
    return [set(orjson.loads(line)) for line in (lines[0], lines[-1])]
