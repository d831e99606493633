"""A model server that says what it is told to, on a real socket: for faults no mock can play."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import orjson

from mockwright.types import Json, JsonObject

Handler = Callable[["Exchange"], Awaitable[None]]
"""Answers one request by writing to the exchange."""


@dataclass
class Exchange:
    """One request, and the socket to answer it on."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    @property
    def json(self) -> Json:
        return orjson.loads(self.body)

    async def reply(self, value: Json, status: int = 200, **headers: str) -> None:
        """A whole JSON response, keeping the connection."""
        body = orjson.dumps(value)
        lines = [f"HTTP/1.1 {status} Status", f"content-length: {len(body)}"]
        lines += [f"{name.replace('_', '-')}: {text}" for name, text in headers.items()]
        self.writer.write("\r\n".join([*lines, "", ""]).encode() + body)
        await self.writer.drain()

    async def begin(self, kind: str = "text/event-stream") -> None:
        """The head of a streamed response."""
        head = f"HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ntransfer-encoding: chunked\r\n\r\n"
        self.writer.write(head.encode())
        await self.writer.drain()

    async def send(self, data: bytes) -> None:
        """A part of a streamed response."""
        self.writer.write(b"%x\r\n%s\r\n" % (len(data), data))
        await self.writer.drain()

    async def end(self) -> None:
        """The end of a streamed response, keeping the connection."""
        self.writer.write(b"0\r\n\r\n")
        await self.writer.drain()

    async def reset(self) -> None:
        """Close with a RST instead of an answer."""
        self.writer.transport.abort()

    async def gone(self) -> None:
        """Return once the client has closed its side."""
        while await self.reader.read(1024):
            pass


@dataclass
class Upstream:
    """A running server and what it was asked."""

    port: int
    requests: list[Exchange] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"


@asynccontextmanager
async def upstream(handler: Handler, port: int = 0) -> AsyncIterator[Upstream]:
    """A server on 127.0.0.1 that answers each request with ``handler``."""
    connections: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        connections.add(task)
        try:
            while exchange := await _read(reader, writer):
                running.requests.append(exchange)
                await handler(exchange)
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", port)
    running = Upstream(server.sockets[0].getsockname()[1])
    try:
        yield running
    finally:
        server.close()
        for task in connections:
            task.cancel()
        await asyncio.gather(*connections, return_exceptions=True)


async def _read(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Exchange | None:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    first, *lines = head.decode("latin-1").rstrip().split("\r\n")
    method, path, _ = first.split(" ", 2)
    pairs = (line.split(":", 1) for line in lines)
    headers = {name.lower(): value.strip() for name, value in pairs}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Exchange(method, path, headers, body, reader, writer)


def chat(content: str | None, **extra: Json) -> JsonObject:
    """A chat completion as OpenAI's API writes it."""
    message = {"role": "assistant", "content": content}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "model": "upstream-model",
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15},
        **extra,
    }


def piece(content: str | None = None, finish: str | None = None, **extra: Json) -> JsonObject:
    """A chunk of a chat completion as OpenAI's API writes it."""
    delta = {} if content is None else {"content": content}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "model": "upstream-model",
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
        **extra,
    }


def sse(value: Json) -> bytes:
    """One server-sent event."""
    return b"data: " + (value if isinstance(value, bytes) else orjson.dumps(value)) + b"\n\n"


DONE = sse(b"[DONE]")
