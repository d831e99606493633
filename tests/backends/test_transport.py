from __future__ import annotations

import asyncio
import gzip
from datetime import UTC, datetime

import httpx
import pytest
import respx
from hypothesis import given
from hypothesis import strategies as st

from mockwright.backends.transport import Transport, parse_retry_after, scrub
from mockwright.errors import (
    BackendStatusError,
    BackendTimeoutError,
    TransportError,
)
from mockwright.types import JsonObject
from tests.backends.conftest import CHAT, SECRET, endpoint
from tests.doubles import Exchange, upstream
from tests.waiting import PATIENCE

NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)


async def post(transport: Transport) -> JsonObject:
    return await transport.post("chat/completions", {"a": 1})


async def test_a_json_object_comes_back(router: respx.MockRouter, transport: Transport) -> None:
    route = router.post(CHAT).respond(json={"ok": True})
    assert await post(transport) == {"ok": True}
    sent = route.calls.last.request
    assert sent.content == b'{"a":1}'
    assert sent.headers["authorization"] == f"Bearer {SECRET}"
    assert sent.headers["content-type"] == "application/json"


@pytest.mark.parametrize("status", [400, 401, 403, 404, 408, 409, 422, 429, 500, 502, 503, 504])
async def test_an_error_status_is_told_with_what_the_upstream_said(
    router: respx.MockRouter, transport: Transport, status: int
) -> None:
    router.post(CHAT).respond(status, json={"error": {"message": "too bad"}})
    with pytest.raises(BackendStatusError, match="too bad") as raised:
        await post(transport)
    assert raised.value.status == status
    assert raised.value.code == f"status_{status}"
    assert raised.value.backend == "up"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"error": "model not found"}, "model not found"),
        ({"detail": "nope"}, "nope"),
        ({"error": {"message": "m", "code": 1}}, ": m"),
        ({"other": 1}, '{"other":1}'),
        ([1], r"\[1\]"),
        (None, "HTTP 500$"),
    ],
)
async def test_error_bodies_of_any_form_are_understood(
    router: respx.MockRouter, transport: Transport, body: object, said: str
) -> None:
    router.post(CHAT).respond(500, json=body)
    with pytest.raises(BackendStatusError, match=said):
        await post(transport)


async def test_a_redirect_is_not_followed(router: respx.MockRouter, transport: Transport) -> None:
    elsewhere = router.post("http://elsewhere.test/").respond(json={})
    router.post(CHAT).respond(302, headers={"location": "http://elsewhere.test/"})
    with pytest.raises(BackendStatusError, match="redirects are not followed"):
        await post(transport)
    assert not elsewhere.called


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", "did not answer JSON"),
        (b'{"choices": [', "did not answer JSON"),
        (b"<html>busy</html>", "did not answer JSON"),
        (b"[]", "a JSON list"),
        (b"[" * 5000, "did not answer JSON"),
        (b'{"a":\xff}', "did not answer JSON"),
    ],
)
async def test_a_malformed_body_is_a_transport_error(
    router: respx.MockRouter, transport: Transport, content: bytes, fault: str
) -> None:
    router.post(CHAT).respond(200, content=content)
    with pytest.raises(TransportError, match=fault):
        await post(transport)


@pytest.mark.parametrize(
    ("foreign", "ours"),
    [
        (httpx.ConnectError("refused"), TransportError),
        (httpx.ReadError("reset"), TransportError),
        (httpx.WriteError("pipe"), TransportError),
        (httpx.RemoteProtocolError("half"), TransportError),
        (httpx.ConnectTimeout("slow"), BackendTimeoutError),
        (httpx.ReadTimeout("slow"), BackendTimeoutError),
        (httpx.PoolTimeout("slow"), BackendTimeoutError),
    ],
)
async def test_foreign_exceptions_are_translated(
    router: respx.MockRouter, transport: Transport, foreign: Exception, ours: type[Exception]
) -> None:
    router.post(CHAT).mock(side_effect=foreign)
    with pytest.raises(ours) as raised:
        await post(transport)
    assert type(raised.value) is ours


async def test_a_secret_never_shows_in_an_error(
    router: respx.MockRouter, transport: Transport
) -> None:
    said = f"Incorrect API key provided: {SECRET}; also sk-abcdef123456 and Bearer abcdef123456"
    router.post(CHAT).respond(401, json={"error": {"message": said}})
    with pytest.raises(BackendStatusError) as raised:
        await post(transport)
    shown = f"{raised.value} {raised.value.body} {raised.value!r}"
    for secret in (SECRET, "sk-abcdef123456", "abcdef123456"):
        assert secret not in shown
    assert "Incorrect API key" in shown


@given(before=st.text(), after=st.text(), secret=st.text(min_size=8))
def test_scrubbed_text_holds_no_secret(before: str, after: str, secret: str) -> None:
    if secret not in "***" * 3:
        assert secret not in scrub(before.replace(secret, "") + secret, [secret])
    assert len(scrub(before + after, [])) <= 500


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("0", 0.0),
        ("7", 7.0),
        (" 7 ", 7.0),
        ("-1", None),
        ("1.5", None),
        ("soon", None),
        ("", None),
        ("Sun, 01 Mar 2026 12:00:30 GMT", 30.0),
        ("Sunday, 01-Mar-26 12:00:30 GMT", 30.0),
        ("Sun, 01 Mar 2026 11:59:00 GMT", 0.0),
        ("Sun, 99 Mar 2026 11:59:00 GMT", None),
        ("٣", None),
    ],
)
def test_retry_after_is_read_in_both_forms(header: str | None, seconds: float | None) -> None:
    assert parse_retry_after(header, NOW) == seconds


@given(st.text(max_size=40))
def test_any_retry_after_is_survived(header: str) -> None:
    seconds = parse_retry_after(header)
    assert seconds is None or seconds >= 0


async def test_retry_after_is_on_the_error(router: respx.MockRouter, transport: Transport) -> None:
    router.post(CHAT).respond(429, headers={"retry-after": "12"})
    with pytest.raises(BackendStatusError) as raised:
        await post(transport)
    assert raised.value.retry_after == 12


# What follows runs on real sockets, through the transport that is used in service.


async def test_a_refused_connection_is_no_timeout() -> None:
    transport = Transport(endpoint("http://127.0.0.1:9"))
    with pytest.raises(TransportError):
        await post(transport)
    await transport.aclose()


async def test_a_name_that_does_not_resolve_is_a_transport_error() -> None:
    transport = Transport(endpoint("http://nowhere.invalid"))
    with pytest.raises(TransportError):
        await post(transport)
    await transport.aclose()


async def test_a_reset_is_a_transport_error() -> None:
    async with upstream(Exchange.reset) as server:
        transport = Transport(endpoint(server.url))
        with pytest.raises(TransportError):
            await post(transport)
        await transport.aclose()


async def test_an_answer_that_is_no_http_is_a_transport_error() -> None:
    async def babble(exchange: Exchange) -> None:
        exchange.writer.write(b"SSH-2.0-OpenSSH_9.6\r\n\r\n")
        exchange.writer.close()

    async with upstream(babble) as server:
        transport = Transport(endpoint(server.url))
        with pytest.raises(TransportError):
            await post(transport)
        await transport.aclose()


async def test_a_body_that_breaks_off_is_a_transport_error() -> None:
    async def half(exchange: Exchange) -> None:
        exchange.writer.write(b'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"a":')
        await exchange.writer.drain()
        exchange.writer.close()

    async with upstream(half) as server:
        transport = Transport(endpoint(server.url))
        with pytest.raises(TransportError):
            await post(transport)
        await transport.aclose()


async def test_silence_is_a_timeout() -> None:
    async with upstream(Exchange.gone) as server:
        transport = Transport(endpoint(server.url, read_timeout=0.05))
        with pytest.raises(BackendTimeoutError):
            await post(transport)
        await transport.aclose()


@pytest.mark.parametrize("status", [b"200 OK", b"500 No"])
async def test_a_body_that_never_ends_is_cut_by_size(status: bytes) -> None:
    async def endless(exchange: Exchange) -> None:
        exchange.writer.write(b"HTTP/1.1 " + status + b"\r\nconnection: close\r\n\r\n")
        while True:
            exchange.writer.write(b"[" * 65536)
            await exchange.writer.drain()

    async with upstream(endless) as server:
        transport = Transport(endpoint(server.url))
        with pytest.raises((TransportError, BackendStatusError)) as raised:
            await asyncio.wait_for(post(transport), PATIENCE)
        if status.startswith(b"200"):
            assert "more than 65536 bytes" in str(raised.value)
        await transport.aclose()


async def test_a_compressed_bomb_is_counted_decoded() -> None:
    bomb = gzip.compress(b" " * 10_000_000)

    async def explode(exchange: Exchange) -> None:
        head = f"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: {len(bomb)}\r\n\r\n"
        exchange.writer.write(head.encode() + bomb)
        await exchange.writer.drain()

    async with upstream(explode) as server:
        transport = Transport(endpoint(server.url))
        with pytest.raises(TransportError, match="more than 65536 bytes"):
            await post(transport)
        assert server.requests[0].headers["accept-encoding"] == "identity"
        await transport.aclose()


async def test_connections_are_kept() -> None:
    async def ok(exchange: Exchange) -> None:
        await exchange.reply({"ok": True})

    async with upstream(ok) as server:
        transport = Transport(endpoint(server.url))
        for _ in range(3):
            await post(transport)
        peers = {exchange.writer.get_extra_info("peername") for exchange in server.requests}
        assert len(peers) == 1
        await transport.aclose()


async def test_a_caller_that_leaves_hangs_up_on_the_upstream() -> None:
    asked, hung_up = asyncio.Event(), asyncio.Event()

    async def wait(exchange: Exchange) -> None:
        asked.set()
        await exchange.gone()
        hung_up.set()

    async with upstream(wait) as server:
        transport = Transport(endpoint(server.url, read_timeout=10 * PATIENCE))
        call = asyncio.create_task(post(transport))
        await asked.wait()
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        await asyncio.wait_for(hung_up.wait(), PATIENCE)
        await transport.aclose()


async def test_a_proxy_named_by_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    async def ok(exchange: Exchange) -> None:
        await exchange.reply({"through": "proxy"})

    async with upstream(ok) as server:
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{server.port}")
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        transport = Transport(endpoint("http://model.invalid/v1"))
        assert await post(transport) == {"through": "proxy"}
        assert server.requests[0].path == "http://model.invalid/v1/chat/completions"
        await transport.aclose()


async def test_this_machine_is_asked_without_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    async def ok(exchange: Exchange) -> None:
        await exchange.reply({"through": "nobody"})

    async with upstream(ok) as server:
        monkeypatch.setenv("http_proxy", "http://proxy.invalid:1")
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        transport = Transport(endpoint(server.url))
        assert await post(transport) == {"through": "nobody"}
        await transport.aclose()
