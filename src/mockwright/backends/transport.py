"""HTTP to a model server: one client, bounded bodies and streams, and our own exceptions.

Connections go through aiohttp underneath httpx, which costs about half of httpx's own transport
for each call; ``bench/transport.py`` measures it.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from ssl import SSLContext
from typing import Final, NoReturn
from urllib.request import getproxies, proxy_bypass

import aiohttp
import httpx
import orjson
from httpx_aiohttp import AiohttpTransport

from mockwright import jsontext
from mockwright.backends import sse
from mockwright.errors import (
    BackendError,
    BackendStatusError,
    BackendTimeoutError,
    TransportError,
)
from mockwright.types import JsonObject

# Shorter than the 5 s after which uvicorn and llama.cpp close an idle connection: a request sent
# into a connection that is just being closed fails.
_KEEPALIVE = 4.0
_ERROR_BYTES = 16 * 1024
"""How much of an error body is read."""
_ERROR_CHARS = 500
"""How much of it is shown in a message."""
_BODY_CHARS = 4000
"""How much of it is kept, to be searched for what was refused."""
DONE: Final = "[DONE]"
"""What OpenAI's protocol ends a stream with."""
TOO_LONG: Final = "context_length_exceeded"
"""OpenAI's code for it, whatever the server calls it: clients act on this one."""
_TOO_LONG = re.compile(
    r"context[ _](?:length|size|window|overflow)|exceed_context|prompt is too long"
    r"|reduce the length of the (?:messages|prompt)|maximum context"
)
_THIS_MACHINE = ("localhost", "127.0.0.1", "::1")
# What credentials look like when a server repeats one that is not ours word for word.
_CREDENTIAL = re.compile(r"\b(?:sk|pk|rk|key)[-_][\w*.-]{6,}|(?<=[Bb]earer )[\w.~+/=*-]{6,}")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a model server is, and what holds for every call to it."""

    name: str
    """The backend's, for messages."""
    base_url: str
    """With or without a slash at its end."""
    headers: Mapping[str, str]
    secrets: tuple[str, ...]
    """Texts that must not show up in any message."""
    connect_timeout: float
    """Seconds until there is a connection."""
    read_timeout: float | None
    """Seconds between two reads; the time for the whole call is the caller's business."""
    max_connections: int
    max_bytes: int
    """Bound on one decoded response body, and on a stream altogether."""
    params: Mapping[str, str] = field(default_factory=dict)
    """The query of every call."""
    proxy: str | None = None
    """The proxy's URL; ``None`` takes what the environment says."""
    http2: bool = False
    """Offer HTTP/2 for whole answers. Streams stay with HTTP/1.1, where closing the connection
    tells the server to stop: httpcore 1.0 drops a stream of HTTP/2 without a word."""


class Transport:
    """Calls one endpoint; the client is made with the first call, on that call's event loop."""

    def __init__(self, endpoint: Endpoint, transport: httpx.AsyncBaseTransport | None = None):
        self._endpoint = endpoint
        self._transport = transport
        self._clients: dict[bool, httpx.AsyncClient] = {}
        self._urls: dict[str, httpx.URL] = {}

    async def post(self, path: str, payload: JsonObject) -> JsonObject:
        """Return the JSON object that ``path``, relative to the base URL, answers to ``payload``.

        Raises TransportError, BackendTimeoutError or BackendStatusError.
        """
        return await self._call("POST", path, jsontext.dump(payload))

    async def get(self, path: str) -> JsonObject:
        """Return what ``path`` answers to a GET; raises as :meth:`post`."""
        return await self._call("GET", path, None)

    async def stream(self, path: str, payload: JsonObject) -> AsyncGenerator[JsonObject]:
        """Yield the JSON objects that ``path`` answers to ``payload``, each when its bytes are in.

        They are those of server-sent events, to ``[DONE]`` or the end, or of lines. Closing the
        generator closes the connection. Raises as :meth:`post`.
        """
        async with aclosing(self.texts(path, payload)) as texts:
            async for text in texts:
                if text == DONE:
                    return
                yield self.decode(text)

    async def texts(self, path: str, payload: JsonObject) -> AsyncGenerator[str | bytes]:
        """Yield the data of each event, or each line, as it stands; otherwise as :meth:`stream`."""
        client = self._client(http2=False)
        try:
            async with client.stream(
                "POST",
                self._url(path),
                content=jsontext.dump(payload),
                headers=self._stream_headers,
            ) as response:
                if not response.is_success:
                    self._refuse(response, await _head(response))
                async with aclosing(self._texts(response)) as texts:
                    async for text in texts:
                        yield text
        except (httpx.HTTPError, httpx.InvalidURL, aiohttp.ClientError, OSError) as error:
            raise self._translate(error) from error

    async def aclose(self) -> None:
        """Close all connections."""
        clients, self._clients = self._clients, {}
        for client in clients.values():
            await client.aclose()

    async def _call(self, method: str, path: str, content: bytes | None) -> JsonObject:
        client = self._client(http2=self._endpoint.http2)
        try:
            async with client.stream(method, self._url(path), content=content) as response:
                if response.is_success:
                    return self.decode(await self._read(response))
                self._refuse(response, await _head(response))
        except (httpx.HTTPError, httpx.InvalidURL, aiohttp.ClientError, OSError) as error:
            raise self._translate(error) from error

    async def _texts(self, response: httpx.Response) -> AsyncGenerator[str | bytes]:
        kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind == "application/json":
            # It was not asked for in one piece, but there it is.
            yield await self._read(response)
            return
        if coding := response.headers.get("content-encoding", "").replace("identity", ""):
            # What a few bytes unpack to would not be measured.
            raise self._fault(f"sent a stream with the coding {coding[:40]!r}")
        assert isinstance(response.stream, httpx.AsyncByteStream)  # noqa: S101 - for mypy
        meter = sse.Meter(response.stream, self._endpoint.max_bytes, self._endpoint.name)
        response.stream = meter
        lines = "ndjson" in kind or "jsonl" in kind
        async with aclosing(sse.lines(meter) if lines else sse.events(response)) as texts:
            async for text in texts:
                meter.held = 0
                if text:
                    yield text

    async def _read(self, response: httpx.Response) -> bytes:
        chunks: list[bytes] = []
        size = 0
        async for chunk in response.aiter_bytes():
            size += len(chunk)
            if size > self._endpoint.max_bytes:
                raise self._fault(f"sent more than {self._endpoint.max_bytes} bytes")
            chunks.append(chunk)
        return b"".join(chunks)

    def decode(self, text: str | bytes) -> JsonObject:
        """Read ``text`` as a JSON object; raises TransportError."""
        try:
            value = orjson.loads(text)
        except orjson.JSONDecodeError as error:
            raise self._fault(f"did not answer JSON: {error}") from None
        if not isinstance(value, dict):
            raise self._fault(f"answered a JSON {type(value).__name__}, expected an object")
        return value

    def _fault(self, what: str) -> TransportError:
        return TransportError(f"{self._label} {what}", backend=self._endpoint.name)

    def _refuse(self, response: httpx.Response, body: bytes) -> NoReturn:
        text = scrub(body.decode("utf-8", "replace"), self._endpoint.secrets, _BODY_CHARS)
        message = _error_message(body)
        detail = f": {self.scrub(message)}" if message else ""
        if response.is_redirect:
            detail = " (redirects are not followed; correct the base_url)"
        error = BackendStatusError(
            f"{self._label} answered HTTP {response.status_code}{detail}",
            status=response.status_code,
            backend=self._endpoint.name,
            retry_after=parse_retry_after(response.headers.get("retry-after")),
            body=text,
        )
        if response.status_code in (400, 413, 422) and _TOO_LONG.search(text.lower()):
            error.code = TOO_LONG
        raise error

    def _translate(self, error: Exception) -> BackendError:
        kind = type(error).__name__
        if _is_timeout(error):
            fault = f"{self._label} timed out ({kind})"
            return BackendTimeoutError(fault, backend=self._endpoint.name)
        fault = f"{self._label} failed: {self.scrub(str(error)) or kind}"
        return TransportError(fault, backend=self._endpoint.name)

    def scrub(self, text: str) -> str:
        """Return ``text``, cut short and without anything that is or looks like a credential."""
        return scrub(text, self._endpoint.secrets)

    @property
    def _stream_headers(self) -> dict[str, str]:
        # llama.cpp hangs up after each stream and says that it does not: the next request on that
        # connection would fail. Without TLS a new one costs next to nothing; with it there is a
        # proxy or a service that keeps its word.
        plain = self._endpoint.base_url.startswith("http:")
        return {"connection": "close"} if plain else {}

    @property
    def _label(self) -> str:
        return f"backend {self._endpoint.name!r}"

    def _url(self, path: str) -> httpx.URL:
        # Kept, because to read a URL takes httpx as long as to send the request.
        url = self._urls.get(path)
        if url is None:
            url = self._urls[path] = httpx.URL(f"{self._endpoint.base_url.rstrip('/')}/{path}")
        return url

    def _client(self, *, http2: bool) -> httpx.AsyncClient:
        client = self._clients.get(http2)
        if client is None:
            client = self._clients[http2] = self._connect(http2=http2)
        return client

    def _connect(self, *, http2: bool) -> httpx.AsyncClient:
        endpoint = self._endpoint
        return httpx.AsyncClient(
            # A model's answer is small; decoding it is work, and a way to send a bomb.
            headers={
                "accept-encoding": "identity",
                "content-type": "application/json",
                **endpoint.headers,
            },
            params=endpoint.params,
            timeout=httpx.Timeout(endpoint.read_timeout, connect=endpoint.connect_timeout),
            transport=self._transport or _transport(endpoint, http2=http2),
            follow_redirects=False,
        )


def scrub(text: str, secrets: Iterable[str], most: int = _ERROR_CHARS) -> str:
    """Return ``text``, cut to ``most``, ``secrets`` and what looks like a credential masked."""
    for secret in secrets:
        text = text.replace(secret, "***")
    text = _CREDENTIAL.sub("***", text)
    return text if len(text) <= most else text[: most - 3] + "..."


_LONGEST_WAIT: Final = 1e9
"""Seconds: as good as for ever, and still a number to count with."""


def parse_retry_after(value: str | None, now: datetime | None = None) -> float | None:
    """Return seconds from now, of either form (RFC 9110, 10.2.3); ``None`` for anything else."""
    if value is None:
        return None
    text = value.strip()
    if text.isascii() and text.isdigit():
        return min(float(text), _LONGEST_WAIT)
    try:
        when = parsedate_to_datetime(value)
    except ValueError:
        return None
    when = when if when.tzinfo else when.replace(tzinfo=UTC)
    return max(0.0, (when - (now or datetime.now(UTC))).total_seconds())


async def _head(response: httpx.Response) -> bytes:
    """Read the start of an error body; the rest is not waited for."""
    body = b""
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) >= _ERROR_BYTES:
            break
    return body[:_ERROR_BYTES]


def _error_message(body: bytes) -> str:
    """Read ``{"error": {"message"}}``, ``{"error"}``, ``{"message"}``, ``{"detail"}`` or text."""
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        return body.decode("utf-8", "replace").strip()
    for key in ("error", "message", "detail"):
        if isinstance(value, dict) and key in value:
            value = value[key]
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def _is_timeout(error: Exception) -> bool:
    # httpx-aiohttp reports a refused or reset connection as ConnectTimeout; its cause tells.
    cause = error.__cause__
    if isinstance(cause, aiohttp.ClientError):
        return isinstance(cause, TimeoutError)
    return isinstance(error, httpx.TimeoutException | TimeoutError)


@cache
def _tls(*, http2: bool) -> SSLContext:
    # Reading the certificate authorities takes tens of milliseconds: once for all backends. Not
    # for both protocols: httpcore writes into the context that it offers HTTP/2.
    return httpx.create_ssl_context()


def _transport(endpoint: Endpoint, *, http2: bool) -> httpx.AsyncBaseTransport:
    limits = httpx.Limits(max_connections=endpoint.max_connections, keepalive_expiry=_KEEPALIVE)
    url = httpx.URL(endpoint.base_url)
    proxy = httpx.Proxy(endpoint.proxy) if endpoint.proxy else _proxy(url)
    if http2:
        return httpx.AsyncHTTPTransport(
            verify=_tls(http2=True), limits=limits, proxy=proxy, http2=True
        )
    if proxy is not None and proxy.auth is not None:
        # What httpx-aiohttp does with it is deprecated in aiohttp, which itself turns this header
        # into Proxy-Authorization, of the request or of its CONNECT.
        login = b64encode(":".join(proxy.auth).encode()).decode()
        proxy = httpx.Proxy(proxy.url, headers={"authorization": f"Basic {login}"})
    return AiohttpTransport(verify=_tls(http2=False), limits=limits, proxy=proxy)


def _proxy(url: httpx.URL) -> httpx.Proxy | None:
    """Return the proxy that HTTP_PROXY, HTTPS_PROXY and NO_PROXY name for ``url``."""
    if url.host in _THIS_MACHINE:
        return None
    proxies = getproxies()
    proxy = proxies.get(url.scheme) or proxies.get("all")
    if proxy is None or proxy_bypass(url.netloc.decode("ascii")):
        return None
    return httpx.Proxy(proxy)
