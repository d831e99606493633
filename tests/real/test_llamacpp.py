"""A real model inside the gateway's own process tree: protocol and behaviour, never content."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import orjson
import pytest

from mockwright.backends.factory import build_pool
from mockwright.backends.pool import Pool
from mockwright.schema.validate import compile_schema
from mockwright.settings import BackendSettings, ResilienceSettings
from mockwright.types import Task
from tests.backends.chats import asking, finishes, gathered, usage
from tests.real.llama import model_file
from tests.real.test_backends import USER
from tests.serving import Serving, serving

pytestmark = [pytest.mark.real, pytest.mark.timeout(180)]


@pytest.fixture
async def pool() -> AsyncIterator[Pool]:
    model_file()
    settings = BackendSettings(name="llm", provider="llamacpp", max_tokens=48)
    resilience = ResilienceSettings(timeout=60, num_retries=0)
    made = build_pool([settings], resilience, upstream_bytes=2**20)
    yield made
    await made.aclose()


async def test_it_answers_a_task_a_chat_and_a_stream(pool: Pool) -> None:
    completion = await pool.complete(Task(schema=USER, path="/users/1", seed=7))
    assert compile_schema(USER).is_valid(orjson.loads(completion.text))
    asked = asking("Say hello.", max_tokens=12, body={"max_tokens": 12})
    async with pool.open(asked) as stream:
        message, chunks = await gathered(aiter(stream))
    assert message["content"]
    assert len(chunks) > 2
    assert finishes(chunks) in (["stop"], ["length"])
    assert usage(chunks)[1] > 0
    # The server hangs up after a stream; nothing is tried again here, and must not need to be.
    reply = await pool.chat(asked)
    (choice,) = reply.body["choices"]
    assert choice["message"]["content"]
    assert reply.usage.output_tokens > 0
    assert not reply.usage.estimated


async def test_a_chat_with_a_schema_is_held_to_it(pool: Pool) -> None:
    form = {"type": "json_schema", "json_schema": {"name": "user", "schema": USER}}
    body = {"response_format": form, "max_tokens": 64}
    reply = await pool.chat(
        asking("A user.", body=body, form="json_schema", schema=USER, max_tokens=64, seed=3)
    )
    content = reply.body["choices"][0]["message"]["content"]
    assert compile_schema(USER).is_valid(orjson.loads(content))


@pytest.fixture
def gateway() -> Iterator[Serving]:
    model_file()
    with serving("--llm") as running:
        yield running


def children(pid: int) -> list[int]:
    """The processes that ``pid`` started."""
    told = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for child in told.read_text().split()]


def gone(pid: int, seconds: float = 10) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z":
                return True
        except FileNotFoundError:
            return True
        time.sleep(0.05)
    return False


def asked(gateway: Serving) -> httpx.Response:
    shape = {"name": "string 2..16", "age": "int 18..90"}
    return httpx.post(f"{gateway.url}/api/mock/people/1", json={"shape": shape}, timeout=90)


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="processes are told by /proc")
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_the_model_starts_with_its_first_request_and_ends_with_the_gateway(
    gateway: Serving, how: signal.Signals
) -> None:
    assert not children(gateway.process.pid)
    response = asked(gateway)
    assert response.status_code == 200
    assert response.headers["x-llm-backend"] == "llm"
    (model,) = children(gateway.process.pid)
    os.kill(gateway.process.pid, how)
    assert gone(model)


def test_a_model_that_is_killed_comes_back(gateway: Serving) -> None:
    assert asked(gateway).status_code == 200
    (first,) = children(gateway.process.pid)
    os.kill(first, signal.SIGKILL)
    assert gone(first)
    response = asked(gateway)
    assert response.headers["x-llm-backend"] == "llm"
    (second,) = children(gateway.process.pid)
    assert second != first
