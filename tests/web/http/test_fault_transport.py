"""Faults on the wire: what a client on a real socket sees of them, and what an application does."""

from __future__ import annotations

import asyncio
import json
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from itertools import pairwise
from typing import Any

import httpx
import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st

from mockwright.faults import Fault
from mockwright.jsontext import dump
from mockwright.types import Json
from mockwright.web.http.body import ClientGoneError
from mockwright.web.http.fault_transport import EXTENSION, FaultySend
from tests.clock import Clock
from tests.waiting import PATIENCE, until
from tests.web.http.test_protocol import listening

BODY = dump({"users": [{"name": "Ada"}] * 20})
EVENTS = [b": hello\n\n", *(b'data: {"n":%d}\n\n' % n for n in range(5)), b"data: [DONE]\n\n"]
GET = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n"


def whole(body: bytes = BODY, status: int = 200) -> Any:
    """An application that answers at once."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        head = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": status, "headers": head})
        await send({"type": "http.response.body", "body": body})

    return app


def streamed(parts: Sequence[bytes] = EVENTS, media: bytes = b"text/event-stream") -> Any:
    """An application that answers part by part."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        head = [(b"content-type", media)]
        await send({"type": "http.response.start", "status": 200, "headers": head})
        for part in parts:
            await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    return app


def faulty(fault: Fault, app: Any = None) -> Any:
    """``app``, with a fault in all its answers."""

    async def wrapped(scope: Any, receive: Any, send: Any) -> None:
        await (app or whole())(scope, receive, FaultySend(fault.named(), scope, send))

    return wrapped


@asynccontextmanager
async def client(app: Any, **bounds: Any) -> AsyncIterator[httpx.AsyncClient]:
    async with (
        listening(app, **bounds) as port,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as opened,
    ):
        yield opened


async def sent(
    fault: Fault, app: Any, method: str = "GET"
) -> tuple[list[Any], BaseException | None]:
    """The messages that reach a server without a connection to break, and what is raised."""
    messages: list[Any] = []

    async def send(message: Any) -> None:
        messages.append(message)

    scope = {"type": "http", "method": method}
    try:
        await faulty(fault, app)(scope, None, send)
    except ConnectionError as error:
        return messages, error
    return messages, None


def body_of(messages: Sequence[Any]) -> bytes:
    return b"".join(message.get("body", b"") for message in messages)


# On real sockets, on both event loops.


def on(loop: str, scenario: Coroutine[Any, Any, None]) -> None:
    if loop == "asyncio":
        asyncio.run(scenario)
        return
    try:
        import uvloop
    except ImportError:  # there is none for Windows
        scenario.close()
        pytest.skip("uvloop is not at hand")
    uvloop.run(scenario)


async def raw(
    port: int, request: bytes = GET, tls: ssl.SSLContext | None = None
) -> tuple[bytes, str]:
    """What comes back, and how it ends: ``FIN``, or ``RST``."""
    name = None if tls is None else "localhost"
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=tls, server_hostname=name)
    taken = b""
    try:
        async with asyncio.timeout(PATIENCE):
            writer.write(request)
            while piece := await reader.read(65_536):
                taken += piece
        return taken, "FIN"
    except ConnectionResetError:
        return taken, "RST"
    finally:
        writer.close()


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
@pytest.mark.parametrize(
    ("fault", "body", "end"),
    [
        (Fault(reset=True), None, "RST"),
        (Fault(close=True), None, "FIN"),
        (Fault(truncate=0.5), BODY[: len(BODY) // 2], "FIN"),
        (Fault(truncate=0.0), b"", "FIN"),
        (Fault(truncate=0.0, reset=True), b"", "RST"),
        (Fault(truncate=0.5, reset=True), BODY[: len(BODY) // 2], "RST"),
        (Fault(truncate=0.5, close=True), BODY[: len(BODY) // 2], "FIN"),
        (Fault(truncate=0.5, slow=10_000), BODY[: len(BODY) // 2], "FIN"),
    ],
)
def test_a_connection_breaks_where_and_how_it_is_asked(
    loop: str, fault: Fault, body: bytes | None, end: str
) -> None:
    async def scenario() -> None:
        async with listening(faulty(fault)) as port:
            answer, seen = await raw(port)
        assert seen == end
        head, _, rest = answer.partition(b"\r\n\r\n")
        assert rest == (body or b"")
        assert (b"content-length: %d" % len(BODY) in head) == (body is not None)

    on(loop, scenario())


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
def test_a_half_closed_connection_still_takes_what_the_caller_sends(loop: str) -> None:
    """A full close would answer the late bytes with a RST."""

    async def scenario() -> None:
        async with listening(faulty(Fault(close=True))) as port:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(GET)
            assert await reader.read() == b""
            for _ in range(5):
                writer.write(b"x" * 10_000)
                await writer.drain()
                await asyncio.sleep(0.01)
            assert await reader.read() == b""
            writer.close()
            await writer.wait_closed()

    on(loop, scenario())


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
@pytest.mark.parametrize(("fault", "end"), [(Fault(reset=True), "RST"), (Fault(close=True), "FIN")])
def test_a_connection_breaks_under_tls_too(
    loop: str, fault: Fault, end: str, authority: trustme.CA
) -> None:
    async def scenario() -> None:
        server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        client = ssl.create_default_context()
        authority.issue_cert("localhost").configure_cert(server)
        authority.configure_trust(client)
        async with listening(faulty(fault), tls=server) as port:
            assert await raw(port, tls=client) == (b"", end)

    on(loop, scenario())


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


async def test_a_half_closed_connection_ends_with_the_caller_also_behind_queued_requests() -> None:
    """Queued requests stop the reading, without which nobody hears the caller leave."""
    lines: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        lines.append(scope["extensions"][EXTENSION])
        await faulty(Fault(close=True))(scope, receive, send)

    async with listening(app) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(GET * 2)
        assert await reader.read() == b""
        assert not lines[0].gone
        writer.close()
        await until(lambda: lines[0].gone)


async def test_an_application_that_waits_hears_of_a_half_close_at_once() -> None:
    heard: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        watch = asyncio.ensure_future(receive())
        await asyncio.sleep(0)
        await faulty(Fault(close=True))(scope, receive, send)
        heard.append((await watch)["type"])

    async with listening(app) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(GET)
        assert await reader.read() == b""
        await until(lambda: heard)
        assert heard == ["http.disconnect"]
        writer.close()


async def test_a_half_closed_connection_that_the_caller_keeps_is_ended_in_the_end() -> None:
    lines: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        lines.append(scope["extensions"][EXTENSION])
        await faulty(Fault(close=True))(scope, receive, send)

    async with listening(app, patience=0.1) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(GET)
        assert await reader.read() == b""
        await until(lambda: lines[0].gone)
        with pytest.raises(ConnectionError):
            await _insist(writer)
        writer.close()


async def _insist(writer: asyncio.StreamWriter) -> None:
    async with asyncio.timeout(PATIENCE):
        while True:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("fault", [Fault(reset=True), Fault(close=True)])
async def test_a_request_behind_it_is_not_answered_either(
    fault: Fault, caplog: pytest.LogCaptureFixture
) -> None:
    asked: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        asked.append(scope["path"])
        await asyncio.sleep(0.05)  # until the second request has come
        await faulty(fault)(scope, receive, send)

    async with listening(app) as port:
        answer, _ = await raw(port, GET + b"GET /second HTTP/1.1\r\nhost: x\r\n\r\n")
        await asyncio.sleep(0.05)
    assert answer == b""
    assert asked == ["/"]
    assert not caplog.records


@pytest.mark.parametrize("fault", [Fault(reset=True), Fault(close=True), Fault(truncate=0.5)])
async def test_the_application_hears_that_the_caller_has_left(fault: Fault) -> None:
    heard: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        watch = asyncio.ensure_future(receive())
        await faulty(fault)(scope, receive, send)
        async with asyncio.timeout(PATIENCE):
            heard.append((await watch)["type"])

    async with listening(app) as port:
        await raw(port)
        await until(lambda: heard)
    assert heard == ["http.disconnect"]


async def test_nothing_is_logged_as_an_error(caplog: pytest.LogCaptureFixture) -> None:
    for fault in (Fault(reset=True), Fault(close=True), Fault(truncate=0.5)):
        async with listening(faulty(fault)) as port:
            await raw(port)
    assert not caplog.records


async def test_a_server_that_stops_does_not_wait_for_who_was_hung_up_on() -> None:
    connections: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        connections.append(scope["extensions"][EXTENSION])
        await faulty(Fault(close=True))(scope, receive, send)

    async with listening(app) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(GET)
        assert await reader.read() == b""
        assert not connections[0].gone
        connections[0]._protocol.shutdown()
        assert connections[0].gone
        writer.close()


async def test_a_reset_is_a_read_error_to_a_client() -> None:
    async with client(faulty(Fault(reset=True))) as http:
        with pytest.raises(httpx.ReadError):
            await http.get("/")


async def test_a_close_is_a_server_that_disconnected_to_a_client() -> None:
    async with client(faulty(Fault(close=True))) as http:
        with pytest.raises(httpx.RemoteProtocolError, match="without sending a response"):
            await http.get("/")


@pytest.mark.parametrize("app", [whole(), streamed()])
async def test_a_truncated_body_is_incomplete_to_a_client(app: Any) -> None:
    async with client(faulty(Fault(truncate=0.5), app)) as http:
        with pytest.raises(httpx.RemoteProtocolError, match="peer closed connection"):
            await http.get("/")


async def test_a_truncated_stream_ends_within_its_second_part() -> None:
    async with listening(faulty(Fault(truncate=0.5), streamed(EVENTS[1:]))) as port:
        answer, end = await raw(port)
    half = len(EVENTS[2]) // 2
    chunks = (EVENTS[1], EVENTS[2][:half])
    body = b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks)
    assert end == "FIN"
    assert answer.endswith(b"\r\n\r\n" + body)


async def test_a_connection_with_whole_answers_is_kept() -> None:
    ports: list[int] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        ports.append(scope["client"][1])
        await faulty(Fault(malformed=True, slow=1e6))(scope, receive, send)

    async with client(app) as http:
        for _ in range(3):
            await http.get("/")
    assert len(set(ports)) == 1


async def test_a_slow_body_comes_in_parts_to_a_client() -> None:
    async with (
        client(faulty(Fault(slow=len(BODY) / 0.25))) as http,
        http.stream("GET", "/") as answer,
    ):
        parts = [part async for part in answer.aiter_raw()]
    assert b"".join(parts) == BODY
    assert len(parts) >= 3


async def test_a_caller_who_leaves_is_not_waited_for() -> None:
    started, ended = asyncio.Event(), asyncio.Event()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        started.set()
        try:
            await faulty(Fault(slow=1))(scope, receive, send)
        except ClientGoneError:
            ended.set()

    async with listening(app) as port:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(GET)
        await started.wait()
        writer.close()
        async with asyncio.timeout(PATIENCE):
            await ended.wait()


# Without a server.


async def timed(clock: Clock, fault: Fault, app: Any) -> list[tuple[float, bytes]]:
    """When each message was sent, from the beginning on, and what of the body was in it."""
    start, messages = clock.now, []

    async def send(message: Any) -> None:
        messages.append((clock.now - start, message.get("body", b"")))

    await faulty(fault, app)({"type": "http", "method": "GET"}, None, send)
    return messages


@pytest.mark.parametrize(("app", "whole"), [(whole(), BODY), (streamed(), b"".join(EVENTS))])
async def test_a_slow_body_comes_at_its_rate_behind_a_head_that_is_not_slow(
    app: Any, whole: bytes, clock: Clock
) -> None:
    rate = len(whole) / 20
    (head, _), *parts = await timed(clock, Fault(slow=rate), app)
    assert head == 0
    assert b"".join(part for _, part in parts) == whole
    sent = 0
    for at, part in parts:
        sent += len(part)
        assert at == pytest.approx(sent / rate)
    assert len(parts) >= 20


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (Fault(reset=True), ConnectionResetError),
        (Fault(close=True), ConnectionAbortedError),
        (Fault(truncate=0.5), ConnectionAbortedError),
        (Fault(truncate=0.5, reset=True), ConnectionResetError),
    ],
)
async def test_a_connection_that_cannot_be_broken_is_an_error(
    fault: Fault, kind: type[ConnectionError]
) -> None:
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(faulty(fault)), base_url="http://x"
    ) as http:
        with pytest.raises(kind, match="as a fault script asks"):
            await http.get("/")


async def test_an_application_that_keeps_errors_to_itself_can_settle() -> None:
    messages: list[Any] = []

    async def send(message: Any) -> None:
        messages.append(message)

    wire = FaultySend(Fault(truncate=0.5), {"method": "GET"}, send)
    wire.settle()
    with pytest.raises(ConnectionAbortedError):
        await whole()(None, None, wire)
    await wire({"type": "http.response.body", "body": b"more"})
    assert body_of(messages) == BODY[: len(BODY) // 2]
    with pytest.raises(ConnectionAbortedError):
        wire.settle()


class Line:
    """A connection that notes what is done to it, and when."""

    gone = False

    def __init__(self) -> None:
        self.done: list[tuple[str, float]] = []

    def reset(self) -> None:
        self.done.append(("reset", time.monotonic()))

    def close(self) -> None:
        self.done.append(("close", time.monotonic()))


@pytest.mark.usefixtures("clock")
async def test_a_reset_lets_what_was_sent_arrive_first() -> None:
    line = Line()
    sent_at: list[float] = []

    async def send(message: Any) -> None:
        sent_at.append(time.monotonic())

    fault = Fault(truncate=0.5, reset=True)
    scope = {"method": "GET", "extensions": {EXTENSION: line}}
    await whole()(None, None, FaultySend(fault, scope, send))
    [(done, at)] = line.done
    assert done == "reset"
    assert at - sent_at[-1] >= 0.04


async def test_a_fault_without_an_effect_on_the_wire_changes_nothing() -> None:
    fault = Fault(status=503, delay=5, retry_after=1)
    assert await sent(fault, whole()) == await sent(Fault(), whole())


async def test_an_answer_to_head_keeps_its_head() -> None:
    fault = Fault(truncate=0.5, malformed=True, slow=1)
    messages, error = await sent(fault, whole(b""), "HEAD")
    assert error is None
    assert [message["type"] for message in messages] == [
        "http.response.start",
        "http.response.body",
    ]


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)  # fmt: skip


@given(VALUES, st.lists(st.integers(1, 40), max_size=4), st.sampled_from([b"", b"\n", b" \r\n"]))
async def test_a_malformed_body_is_never_json_and_as_long(
    value: Json, cuts: list[int], tail: bytes
) -> None:
    """Whole or in parts, cut anywhere."""
    body = json.dumps(value).encode() + tail
    edges = [0, *sorted(min(cut, len(body)) for cut in cuts), len(body)]
    parts = [body[a:b] for a, b in pairwise(edges)]
    for app in (whole(body), streamed(parts, b"application/json")):
        messages, _ = await sent(Fault(malformed=True), app)
        assert len(body_of(messages)) == len(body)
        with pytest.raises(ValueError, match=r"."):
            json.loads(body_of(messages))


async def test_of_a_malformed_stream_an_event_is_broken_and_not_its_framing() -> None:
    messages, _ = await sent(Fault(malformed=True), streamed())
    events = body_of(messages).split(b"\n\n")
    assert events[0] == b": hello"
    with pytest.raises(ValueError, match=r"."):
        json.loads(events[1].removeprefix(b"data: "))
    assert [e + b"\n\n" for e in events[2:-1]] == EVENTS[2:]


@given(st.floats(0, 1, exclude_max=True), st.integers(1, 300), st.integers(1, 50))
async def test_a_truncated_body_is_a_shorter_beginning(share: float, size: int, step: int) -> None:
    body = bytes(i % 251 for i in range(size))

    async def app(scope: Any, receive: Any, send: Any) -> None:
        head = [(b"content-length", b"%d" % size)]
        await send({"type": "http.response.start", "status": 200, "headers": head})
        for i in range(0, size, step):
            part = {"type": "http.response.body", "body": body[i : i + step]}
            await send({**part, "more_body": i + step < size})

    messages, error = await sent(Fault(truncate=share), app)
    left = body_of(messages)
    assert isinstance(error, ConnectionAbortedError)
    assert left == body[: len(left)]
    assert len(left) == int(size * share) < size
    assert all(message.get("more_body", True) for message in messages)


@pytest.mark.parametrize(
    ("parts", "share", "left"),
    [
        ([b"one", b"three"], 0.5, b"oneth"),
        ([b"", b"one", b"three"], 0.5, b"oneth"),
        ([b"one"], 0.5, b"one"),
        ([b"one", b"three"], 0.0, b""),
        ([], 0.5, b""),
    ],
)
async def test_of_a_stream_the_first_part_and_a_share_of_the_second_are_sent(
    parts: list[bytes], share: float, left: bytes
) -> None:
    messages, error = await sent(Fault(truncate=share), streamed(parts))
    assert isinstance(error, ConnectionAbortedError)
    assert body_of(messages) == left


async def test_a_stream_is_not_held_back() -> None:
    """Each part is out before the next is made."""
    out: list[bytes] = []

    async def send(message: Any) -> None:
        out.append(message.get("body", b""))

    async def app(send: Callable[[Any], Awaitable[None]]) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for n in range(3):
            await send({"type": "http.response.body", "body": b"%d" % n * 4, "more_body": True})
            assert len(b"".join(out)) == 4 * (n + 1)

    await app(FaultySend(Fault(malformed=True, slow=1e5), {"method": "GET"}, send))
