"""HTTP/2 where it is wanted, with a server that takes either, over TLS."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import orjson
import pytest
import trustme
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import StreamEnded

from mockwright.backends import transport
from mockwright.backends.factory import build_pool
from mockwright.backends.pool import Pool
from mockwright.settings import BackendSettings
from tests.backends.chats import asking, gathered
from tests.backends.conftest import FAST
from tests.doubles import DONE, chat, piece, sse

WHOLE = orjson.dumps(chat("Hello"))
STREAM = sse(piece("Hello")) + sse(piece(finish="stop")) + DONE


@dataclass
class Server:
    """Counts the requests of each protocol on each connection."""

    tls: ssl.SSLContext
    port: int = 0
    served: list[tuple[str, int]] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        protocol = writer.get_extra_info("ssl_object").selected_alpn_protocol()
        speak = self._two if protocol == "h2" else self._one
        try:
            self.served.append((protocol or "http/1.1", await speak(reader, writer)))
        finally:
            writer.close()

    async def _two(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> int:
        http = H2Connection(H2Configuration(client_side=False))
        http.initiate_connection()
        writer.write(http.data_to_send())
        requests = 0
        while data := await reader.read(65536):
            for event in http.receive_data(data):
                if isinstance(event, StreamEnded):
                    requests += 1
                    head = [(":status", "200"), ("content-type", "application/json")]
                    http.send_headers(event.stream_id, head)
                    http.send_data(event.stream_id, WHOLE, end_stream=True)
            writer.write(http.data_to_send())
        return requests

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> int:
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        streamed = orjson.loads(await reader.readexactly(length)).get("stream")
        kind, body = ("text/event-stream", STREAM) if streamed else ("application/json", WHOLE)
        answer = f"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-type: {kind}\r\n\r\n"
        writer.write(answer.encode() + body)
        await writer.drain()
        return 1


@pytest.fixture
def tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ssl.SSLContext]:
    """Of a server that this process trusts."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.set_alpn_protocols(["h2", "http/1.1"])
    authority.issue_cert("localhost").configure_cert(context)
    transport._tls.cache_clear()
    yield context
    transport._tls.cache_clear()


@asynccontextmanager
async def running(tls: ssl.SSLContext) -> AsyncIterator[Server]:
    server = Server(tls)
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0, ssl=tls)
    server.port = listening.sockets[0].getsockname()[1]
    yield server
    listening.close()
    await asyncio.sleep(0.05)  # the last connections end


async def ask(pool: Pool) -> None:
    for _ in range(2):
        assert (await pool.chat(asking("Hi"))).body["choices"][0]["message"]["content"] == "Hello"
    async with pool.open(asking("Hi")) as stream:
        message, _ = await gathered(aiter(stream))
    assert message["content"] == "Hello"


@pytest.mark.parametrize(
    ("http2", "served"),
    [
        (True, [("h2", 2), ("http/1.1", 1)]),
        (False, [("http/1.1", 1), ("http/1.1", 1), ("http/1.1", 1)]),
    ],
)
async def test_whole_answers_share_a_connection_of_http2_and_streams_have_their_own(
    tls: ssl.SSLContext, http2: bool, served: list[tuple[str, int]]
) -> None:
    async with running(tls) as server:
        url = f"https://localhost:{server.port}/v1"
        backend = BackendSettings(name="a", base_url=url, model="m", http2=http2)
        pool = build_pool([backend], FAST, upstream_bytes=2**20)
        await ask(pool)
        await pool.aclose()
    assert sorted(server.served, key=lambda it: it[0]) == served
