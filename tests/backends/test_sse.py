"""Events and lines are the same however their bytes are cut."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import aclosing

import httpx
import orjson
import pytest
import respx
from hypothesis import given
from hypothesis import strategies as st

from mockwright.backends import sse as events
from mockwright.backends.transport import Transport
from mockwright.errors import BackendStatusError, TransportError
from mockwright.types import Json, JsonObject
from tests.backends.conftest import CHAT, SECRET, endpoint
from tests.doubles import DONE, Exchange, sse, upstream
from tests.waiting import PATIENCE

VALUES = st.lists(st.dictionaries(st.text(max_size=3), st.text(max_size=8)), max_size=4)
CUTS = st.lists(st.integers(1, 7), min_size=1)


def cut(data: bytes, sizes: Iterable[int]) -> list[bytes]:
    """``data`` in pieces of these sizes, the last size repeated."""
    pieces, rest, size = [], data, 1
    wanted = iter(sizes)
    while rest:
        size = next(wanted, size)
        pieces.append(rest[:size])
        rest = rest[size:]
    return pieces


async def pieces(chunks: Iterable[bytes]) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


class Stream(httpx.AsyncByteStream):
    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = chunks

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for chunk in self._chunks:
            yield chunk


async def streamed(transport: Transport) -> list[JsonObject]:
    async with aclosing(transport.stream("chat/completions", {})) as read:
        return [value async for value in read]


def answers(router: respx.MockRouter, *chunks: bytes, kind: str, **headers: str) -> None:
    response = httpx.Response(200, headers={"content-type": kind, **headers}, stream=Stream(chunks))
    router.post(CHAT).mock(return_value=response)


@given(VALUES, CUTS, st.sampled_from(["\n", "\r\n", "\r"]))
def test_events_do_not_depend_on_how_their_bytes_arrive(
    values: list[Json], sizes: list[int], end: str
) -> None:
    async def read() -> list[Json]:
        chunks = cut(data, sizes)
        response = httpx.Response(200, stream=Stream(chunks), request=httpx.Request("POST", CHAT))
        return [orjson.loads(text) async for text in events.events(response) if text]

    texts = [f": comment{end}event: e{end}data: {_dump(value)}{end}{end}" for value in values]
    data = "".join(texts).encode()
    assert asyncio.run(read()) == values


@given(VALUES, CUTS)
def test_lines_do_not_depend_on_how_their_bytes_arrive(
    values: list[Json], sizes: list[int]
) -> None:
    async def read() -> list[Json]:
        lines = events.lines(pieces(cut(data, sizes)))
        return [orjson.loads(line) async for line in lines if line]

    data = "\n".join(map(_dump, values)).encode()
    assert asyncio.run(read()) == values


def _dump(value: Json) -> str:
    return orjson.dumps(value).decode()


async def test_events_of_several_lines_comments_and_other_fields_are_read(
    router: respx.MockRouter, transport: Transport
) -> None:
    answers(
        router,
        b": OPENROUTER PROCESSING\r\n\r\n",
        b'id: 1\r\nretry: 5\r\nevent: delta\r\ndata: {"a":\r\ndata: 1}\r\n\r\n',
        b"\r\n\r\ndata:\r\n\r\n",
        b'data:{"b": "\xe2\x80\xa8"}\r\n\r\ndata: [DONE]\r\n\r\ndata: {"late": 1}\r\n\r\n',
        kind="text/event-stream; charset=utf-8",
    )
    assert await streamed(transport) == [{"a": 1}, {"b": "\u2028"}]


async def test_an_error_event_is_told_as_an_error(
    router: respx.MockRouter, transport: Transport
) -> None:
    answers(router, b'event: error\ndata: {"message": "no"}\n\n', kind="text/event-stream")
    assert await streamed(transport) == [{"error": {"message": "no"}}]


async def test_lines_may_hold_other_line_ends_and_have_no_last_newline(
    router: respx.MockRouter, transport: Transport
) -> None:
    text = '{"a":"x\u2028y\x85z"}\r\n\n{"b":1}'.encode()
    answers(router, text, kind="application/x-ndjson")
    assert await streamed(transport) == [{"a": "x\u2028y\x85z"}, {"b": 1}]


async def test_a_server_that_does_not_stream_gives_one_object(
    router: respx.MockRouter, transport: Transport
) -> None:
    answers(router, b'{\n "a": 1\n}', kind="application/json")
    assert await streamed(transport) == [{"a": 1}]


@pytest.mark.parametrize("data", [b"data: nope\n\n", b"data: [1]\n\n", b"data: 1\n\n"])
async def test_what_is_no_object_is_malformed(
    router: respx.MockRouter, transport: Transport, data: bytes
) -> None:
    answers(router, data, kind="text/event-stream")
    with pytest.raises(TransportError, match="JSON"):
        await streamed(transport)


async def test_a_line_without_an_end_is_bounded(
    router: respx.MockRouter, transport: Transport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "EVENT_BYTES", 1000)
    answers(router, b"data: {}\n\n" * 200, b"x" * 600, b"x" * 600, kind="text/event-stream")
    with pytest.raises(TransportError, match="an event of more than 1000 bytes"):
        await streamed(transport)


async def test_small_events_are_not_counted_together(
    router: respx.MockRouter, transport: Transport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "EVENT_BYTES", 100)
    answers(router, *[sse({"a": 1})] * 200, DONE, kind="text/event-stream")
    assert await streamed(transport) == [{"a": 1}] * 200


async def test_a_packed_stream_is_refused(router: respx.MockRouter, transport: Transport) -> None:
    answers(router, b"", kind="text/event-stream", **{"content-encoding": "gzip"})
    with pytest.raises(TransportError, match="coding 'gzip'"):
        await streamed(transport)


async def test_a_refusal_is_an_error_status(router: respx.MockRouter, transport: Transport) -> None:
    router.post(CHAT).respond(429, json={"error": {"message": f"slow, {SECRET}"}})
    with pytest.raises(BackendStatusError, match="slow") as raised:
        await streamed(transport)
    assert raised.value.status == 429
    assert SECRET not in str(raised.value)


async def test_closing_the_iterator_closes_the_connection() -> None:
    async def endless(exchange: Exchange) -> None:
        await exchange.begin("application/x-ndjson")
        await exchange.send(b'{"a": 1}\n')
        await exchange.gone()
        hung_up.set()

    hung_up = asyncio.Event()
    async with upstream(endless) as server, asyncio.timeout(PATIENCE):
        transport = Transport(endpoint(server.url))
        async with aclosing(transport.stream("api/chat", {})) as read:
            assert await anext(read) == {"a": 1}
        await hung_up.wait()
        await transport.aclose()


async def test_a_connection_that_breaks_is_a_transport_error() -> None:
    async def breaks(exchange: Exchange) -> None:
        await exchange.begin()
        await exchange.send(sse({"a": 1}))
        await exchange.reset()

    async with upstream(breaks) as server, asyncio.timeout(PATIENCE):
        transport = Transport(endpoint(server.url))
        with pytest.raises(TransportError):
            await streamed(transport)
        await transport.aclose()
