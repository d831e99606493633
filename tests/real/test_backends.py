"""Backends and pool against a real llama.cpp server: protocol and behaviour, never content."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import orjson
import pytest

from mockwright.backends.factory import build_pool
from mockwright.backends.pool import Pool
from mockwright.errors import AllBackendsFailedError
from mockwright.settings import BackendSettings, ResilienceSettings
from mockwright.types import JsonObject, Task
from tests.real.llama import MODEL, Llama, llama

pytestmark = [pytest.mark.real, pytest.mark.timeout(180)]

USER: JsonObject = {
    "type": "object",
    "properties": {
        "id": {"type": "integer", "minimum": 1, "maximum": 999},
        "name": {"type": "string", "maxLength": 12},
        "active": {"type": "boolean"},
    },
    "required": ["id", "name", "active"],
    "additionalProperties": False,
}
ENDLESS: JsonObject = {
    "type": "array",
    "items": {"type": "integer"},
    "minItems": 900,
    "maxItems": 900,
}
"""Takes the model far longer than any of these tests waits."""
SETTINGS = ResilienceSettings(
    timeout=60, num_retries=1, retry_backoff_initial=0, allowed_fails=2, cooldown_time=0.5
)


def to(*servers: Llama, **values: object) -> Pool:
    backends = [
        BackendSettings.model_validate(
            {
                "name": f"llama{i}",
                "base_url": server.url,
                "model": MODEL,
                "max_tokens": 48,
                "max_parallel_requests": 2,
                **values,
            }
        )
        for i, server in enumerate(servers)
    ]
    return build_pool(backends, SETTINGS, upstream_bytes=2**20)


async def until(condition: Callable[[], bool], seconds: float = 20) -> float:
    """The seconds it took."""
    start = time.monotonic()
    while not await asyncio.to_thread(condition):
        if time.monotonic() - start > seconds:
            raise AssertionError(f"not within {seconds} s")
        await asyncio.sleep(0.02)
    return time.monotonic() - start


async def test_the_probe_finds_server_and_model(server: Llama) -> None:
    pool = to(server)
    probe = (await pool.probe_members())["llama0"]
    assert (probe.reachable, probe.model_present) == (True, True)
    other = to(server, model="another")
    assert (await other.probe_members())["llama0"].model_present is False
    await pool.aclose()
    await other.aclose()


async def test_a_schema_is_filled_through_response_format(server: Llama) -> None:
    pool = to(server)
    completion = await pool.complete(Task(schema=USER, method="GET", path="/users/1", seed=7))
    await pool.aclose()
    assert completion.mode == "schema"
    value = orjson.loads(completion.text)
    assert set(value) == {"id", "name", "active"}
    assert isinstance(value["active"], bool)
    assert completion.usage.output_tokens > 0
    assert not completion.usage.estimated
    assert completion.finish_reason == "stop"


async def test_the_same_seed_gives_the_same_text(server: Llama) -> None:
    pool = to(server, max_parallel_requests=1)
    task = Task(schema=USER, path="/users/1", seed=11)
    # The first fills the prompt cache, which changes the arithmetic by a hair.
    texts = [(await pool.complete(task)).text for _ in range(3)]
    await pool.aclose()
    assert texts[1] == texts[2]


async def test_words_alone_give_whatever_the_model_writes(server: Llama) -> None:
    pool = to(server, profile={"json_schema": False, "json_mode": False})
    completion = await pool.complete(Task(schema=USER, path="/users/1"))
    await pool.aclose()
    assert completion.mode == "prompt"
    assert completion.text
    assert completion.finish_reason in ("stop", "length")


async def test_what_the_grammar_does_not_take_is_kept_from_the_server(server: Llama) -> None:
    pool = to(server)
    # llama.cpp refuses a bad pattern and a sub-schema `true`; the schema sent has neither.
    hard = {
        "type": "object",
        "properties": {
            "code": {"type": "string", "pattern": "(?<!x)[0-9]+"},
            "free": True,
            "id": {"$ref": "#/$defs/id"},
        },
        "required": ["code", "free", "id"],
        "$defs": {"id": {"type": "integer"}},
    }
    completion = await pool.complete(Task(schema=hard))
    await pool.aclose()
    assert completion.mode == "schema"


@asynccontextmanager
async def wiretapped(server: Llama) -> AsyncIterator[tuple[str, asyncio.Event]]:
    """The server's URL through a relay, and an event for the gateway hanging up on it."""
    hung_up = asyncio.Event()

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        _, onward = await asyncio.open_connection("127.0.0.1", server.port)
        while data := await reader.read(65536):
            onward.write(data)
            await onward.drain()
        hung_up.set()
        onward.close()
        writer.close()

    listener = await asyncio.start_server(relay, "127.0.0.1", 0)
    async with listener:
        yield f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}/v1", hung_up


async def test_a_caller_that_leaves_hangs_up_on_the_model(server: Llama) -> None:
    # What the server makes of it is its own: this build, tried with a bare socket, writes on to
    # its token limit, streaming or not. So the wire is what is watched here.
    async with wiretapped(server) as (url, hung_up):
        pool = to(server, base_url=url, max_tokens=100)
        call = asyncio.create_task(pool.complete(Task(schema=ENDLESS)))
        await until(lambda: server.busy() == 1)
        assert not hung_up.is_set()
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        await asyncio.wait_for(hung_up.wait(), 1)
        (status,) = pool.status()
        assert (status.in_flight, status.breaker, status.errors) == (0, "closed", 0)
        await pool.aclose()
    await until(lambda: server.busy() == 0)


async def test_a_timeout_hangs_up_too(server: Llama) -> None:
    async with wiretapped(server) as (url, hung_up):
        pool = to(server, base_url=url, max_tokens=100, timeout=0.3)
        with pytest.raises(AllBackendsFailedError, match=r"within 0\.3 s"):
            await pool.complete(Task(schema=ENDLESS))
        await asyncio.wait_for(hung_up.wait(), 1)
        await pool.aclose()
    await until(lambda: server.busy() == 0)


async def test_a_server_killed_amid_requests_is_left_and_taken_back(server: Llama) -> None:
    task = Task(schema=USER, path="/users/1")
    with llama() as second:
        pool = to(server, second)
        calls = [asyncio.create_task(pool.complete(task)) for _ in range(8)]
        await until(lambda: second.busy() > 0)
        second.kill()
        done = await asyncio.gather(*calls)

    faults = {attempt.error for completion in done for attempt in completion.attempts}
    assert "connection" in faults
    assert any(
        completion.backend == "llama0" for completion in done if len(completion.attempts) > 1
    )
    assert pool.status()[1].breaker == "open"
    moved = [await pool.complete(task) for _ in range(3)]
    assert {completion.backend for completion in moved} == {"llama0"}
    assert {len(completion.attempts) for completion in moved} <= {1, 2, 3}

    with llama(port=second.port):
        await asyncio.sleep(SETTINGS.cooldown_time)
        back = [await pool.complete(task) for _ in range(4)]
        assert "llama1" in {completion.backend for completion in back}
        assert pool.status()[1].breaker == "closed"
    await pool.aclose()
