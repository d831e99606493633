"""Requests that never reach an application: too large a head, too slow, or no HTTP at all."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from uvicorn import Config
from uvicorn.server import ServerState

from mockwright.types import JsonObject
from mockwright.web.http.protocol import Protocol
from tests.waiting import PATIENCE

Talk = Callable[..., Any]
KIB = 1024


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """Answers with the size of the body, once it is there."""
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        size, more = size + len(message["body"]), message["more_body"]
    body = str(size).encode()
    head = [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": head})
    await send({"type": "http.response.body", "body": body})


async def early(scope: Any, receive: Any, send: Any) -> None:
    """Answers before the body is there."""
    await send(
        {"type": "http.response.start", "status": 413, "headers": [(b"content-length", b"0")]}
    )
    await send({"type": "http.response.body"})


@asynccontextmanager
async def listening(
    app: Any = echo, tls: ssl.SSLContext | None = None, **bounds: Any
) -> AsyncIterator[int]:
    config = Config(app, lifespan="off", log_config=None, access_log=False)
    config.load()
    state = ServerState()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: Protocol(config=config, server_state=state, app_state={}, **bounds),
        "127.0.0.1",
        0,
        ssl=tls,
    )
    async with server:
        yield server.sockets[0].getsockname()[1]
        for connection in list(state.connections):
            connection.transport.abort()
        await asyncio.gather(*state.tasks)


async def talk(
    port: int, *pieces: bytes, pause: float = 0.0, written: asyncio.Event | None = None
) -> bytes:
    """What comes back for some bytes, until the other side closes.

    ``written`` is set once all of them are written, and there was time to read them.
    """
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    answer = asyncio.create_task(_read(reader))
    try:
        async with asyncio.timeout(PATIENCE):
            for piece in pieces:
                writer.write(piece)
                await asyncio.sleep(pause)
            if written is not None:
                await asyncio.sleep(0.05)
                written.set()
            return await answer
    finally:
        answer.cancel()
        writer.close()


async def _read(reader: asyncio.StreamReader) -> bytes:
    """To the end, which is a reset where the other side closed before it had read all."""
    answer = b""
    try:
        while piece := await reader.read(65_536):
            answer += piece
    except ConnectionResetError:
        pass
    return answer


def problem(answer: bytes, status: int) -> JsonObject:
    head, _, body = answer.partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    assert lines[0].split()[1] == str(status).encode(), head
    assert b"content-type: application/problem+json" in lines
    assert b"connection: close" in lines
    assert f"content-length: {len(body)}".encode() in lines
    document: JsonObject = json.loads(body)
    assert document["status"] == status
    return document


GET = b"GET / HTTP/1.1\r\nhost: x\r\n"
POST = b"POST / HTTP/1.1\r\nhost: x\r\n"


async def test_a_request_is_answered_whole_or_in_pieces() -> None:
    async with listening() as port:
        whole = POST + b"connection: close\r\ncontent-length: 3\r\n\r\nabc"
        assert (await talk(port, whole)).endswith(b"\r\n\r\n3")
        pieces = [whole[i : i + 5] for i in range(0, len(whole), 5)]
        assert (await talk(port, *pieces, pause=0.001)).endswith(b"\r\n\r\n3")


@pytest.mark.parametrize(
    "request_",
    [
        b"\x16\x03\x01\r\n\r\n",
        b"GET /a b HTTP/1.1\r\n\r\n",
        b"FOO / HTTP/1.1\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\n\r\n",
        POST + b"content-length: -5\r\n\r\n",
        POST + b"transfer-encoding: chunked\r\n\r\nzz\r\n",
    ],
)
async def test_what_is_no_http_is_a_problem(request_: bytes) -> None:
    async with listening() as port:
        assert "HTTP/1.1" in problem(await talk(port, request_), 400)["detail"]


async def test_a_url_over_64_kib_is_a_414() -> None:
    async with listening() as port:
        answer = await talk(port, b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n\r\n")
    assert "65535 bytes" in problem(answer, 414)["detail"]


@pytest.mark.parametrize("header", [b"x: " + b"a" * 40 * KIB, b"x: 1\r\n" * 8 * KIB])
async def test_a_head_over_its_limit_is_refused_before_it_ends(header: bytes) -> None:
    async with listening(max_head=32 * KIB) as port:
        answer = await talk(port, GET + header)
    assert "32768 bytes" in problem(answer, 431)["detail"]


async def test_a_body_may_be_larger_than_a_head() -> None:
    size = 200 * KIB
    head = POST + b"connection: close\r\ncontent-length: %d\r\n\r\n" % size
    async with listening(max_head=KIB) as port:
        assert (await talk(port, head, b"x" * size)).endswith(b"\r\n\r\n%d" % size)


async def test_a_trailer_is_bounded_as_a_head_is() -> None:
    head = POST + b"transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n"
    async with listening(max_head=32 * KIB) as port:
        answer = await talk(port, head, b"x: " + b"a" * 50 * KIB, pause=0.05)
    problem(answer, 431)


async def test_a_head_has_so_much_time_however_it_trickles_in() -> None:
    async with listening(patience=0.2) as port:
        answer = await talk(port, *[GET, *[b"x: 1\r\n"] * 5], pause=0.06)
    assert "0.2 seconds" in problem(answer, 408)["detail"]


async def test_a_body_that_does_not_go_on_is_a_408() -> None:
    async with listening(patience=0.1) as port:
        answer = await talk(port, POST + b"content-length: 10\r\n\r\nabc")
    problem(answer, 408)


async def test_a_body_that_goes_on_slowly_is_waited_for() -> None:
    head = POST + b"connection: close\r\ncontent-length: 10\r\n\r\n"
    async with listening(patience=0.4) as port:
        answer = await talk(port, head, *[b"x"] * 10, pause=0.05)
    assert answer.endswith(b"\r\n\r\n10")


async def test_who_says_nothing_is_hung_up_on_without_a_word() -> None:
    async with listening(patience=0.1) as port:
        assert await talk(port) == b""


async def test_an_answer_that_takes_its_time_is_not_cut_off() -> None:
    async def slow(scope: Any, receive: Any, send: Any) -> None:
        await asyncio.sleep(0.3)
        await echo(scope, receive, send)

    async with listening(slow, patience=0.1) as port:
        answer = await talk(port, GET + b"connection: close\r\n\r\n")
    assert answer.endswith(b"\r\n\r\n0")


async def test_after_an_early_answer_the_rest_of_a_body_is_not_waited_for() -> None:
    async with listening(early, patience=0.1) as port:
        answer = await talk(port, POST + b"content-length: 10\r\n\r\nabc")
    assert answer.startswith(b"HTTP/1.1 413")
    assert b"408" not in answer


@pytest.mark.parametrize("pause", [0.0, 0.05])
async def test_a_bad_request_behind_a_good_one_leaves_the_good_one_its_answer(pause: float) -> None:
    written = asyncio.Event()
    pieces = (GET + b"\r\n", b'{"no": "length"}', b"\r\n\r\n")

    async def slow(scope: Any, receive: Any, send: Any) -> None:
        await written.wait()
        await echo(scope, receive, send)

    async with listening(slow) as port:
        answer = await talk(port, *pieces, pause=pause, written=written)
    assert answer.startswith(b"HTTP/1.1 200")
    assert answer.endswith(b"connection: close\r\n\r\n0")


SIZE = 20_000 * KIB


async def large(scope: Any, receive: Any, send: Any) -> None:
    """Answers with more than sockets hold."""
    head = [(b"content-length", str(SIZE).encode()), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": 200, "headers": head})
    await send({"type": "http.response.body", "body": bytes(SIZE)})


async def test_an_answer_that_nobody_takes_is_thrown_away() -> None:
    async with listening(large, patience=0.1) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=KIB)
        writer.write(GET + b"\r\n")
        await asyncio.sleep(0.5)
        taken = await _read(reader)
        writer.close()
    assert len(taken) < SIZE


async def test_an_answer_that_is_taken_slowly_is_given_to_the_end() -> None:
    async with listening(large, patience=0.5) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=KIB)
        writer.write(GET + b"\r\n")
        await reader.readuntil(b"\r\n\r\n")
        taken = 0
        for _ in range(6):
            taken += len(await reader.readexactly(SIZE // 10))
            await asyncio.sleep(0.1)
        taken += len(await _read(reader))
        writer.close()
    assert taken == SIZE


async def test_an_upgraded_connection_is_left_to_its_protocol() -> None:
    class Socket(asyncio.Protocol):
        def __init__(self, **options: Any) -> None:
            self.transport: Any = None

        def connection_made(self, transport: Any) -> None:
            self.transport = transport

        def data_received(self, data: bytes) -> None:
            asyncio.get_running_loop().call_later(0.3, self.transport.write, b"still here")
            asyncio.get_running_loop().call_later(0.4, self.transport.close)

    upgrade = GET + b"connection: upgrade\r\nupgrade: websocket\r\n\r\n"
    config = Config(echo, lifespan="off", log_config=None, access_log=False, ws=Socket)
    config.load()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: Protocol(config=config, server_state=ServerState(), app_state={}, patience=0.1),
        "127.0.0.1",
        0,
    )
    async with server:
        assert await talk(server.sockets[0].getsockname()[1], upgrade) == b"still here"
