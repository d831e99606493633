"""HTTP to a model server: one client, bounded bodies, and our own exceptions.

Connections go through aiohttp underneath httpx, which costs about half of httpx's own transport
for each call; ``bench/transport.py`` measures it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from ssl import SSLContext
from typing import NoReturn
from urllib.request import getproxies, proxy_bypass

import aiohttp
import httpx
import orjson
from httpx_aiohttp import AiohttpTransport

from mockwright.errors import (
    BackendError,
    BackendStatusError,
    BackendTimeoutError,
    TransportError,
)
from mockwright.shapes import jsontext
from mockwright.types import JsonObject

# Shorter than the 5 s after which uvicorn and llama.cpp close an idle connection: a request sent
# into a connection that is just being closed fails.
_KEEPALIVE = 4.0
_ERROR_BYTES = 16 * 1024
_ERROR_CHARS = 500
# What credentials look like when a server repeats one that is not ours word for word.
_CREDENTIAL = re.compile(r"\b(?:sk|pk|rk|key)[-_][\w*.-]{6,}|(?<=[Bb]earer )[\w.~+/=*-]{6,}")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a model server is, and what holds for every call to it."""

    name: str
    """Of the backend, for messages."""
    base_url: str
    """With a trailing slash or without."""
    headers: Mapping[str, str]
    secrets: tuple[str, ...]
    """Texts that must not show up in any message."""
    connect_timeout: float
    """Seconds."""
    read_timeout: float | None
    """Seconds between two reads; the time for the whole call is the caller's business."""
    max_connections: int
    max_bytes: int
    """Of one response body, decoded."""


class Transport:
    """Calls one endpoint; the client is made with the first call, on that call's event loop."""

    def __init__(self, endpoint: Endpoint, transport: httpx.AsyncBaseTransport | None = None):
        self._endpoint = endpoint
        self._transport = transport
        self._client: httpx.AsyncClient | None = None

    async def post(self, path: str, payload: JsonObject) -> JsonObject:
        """The JSON object that ``path``, relative to the base URL, answers to ``payload``.

        Raises TransportError, BackendTimeoutError or BackendStatusError.
        """
        return await self._call("POST", path, jsontext.dump(payload))

    async def get(self, path: str) -> JsonObject:
        """As :meth:`post`, without a body."""
        return await self._call("GET", path, None)

    async def aclose(self) -> None:
        """Close all connections."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    async def _call(self, method: str, path: str, content: bytes | None) -> JsonObject:
        client = self._client or self._connect()
        try:
            async with client.stream(method, path, content=content) as response:
                if response.is_success:
                    return self._decode(await self._read(response))
                self._refuse(response, await _head(response))
        except (httpx.HTTPError, httpx.InvalidURL, aiohttp.ClientError, OSError) as error:
            raise self._translate(error) from error

    async def _read(self, response: httpx.Response) -> bytes:
        chunks: list[bytes] = []
        size = 0
        async for chunk in response.aiter_bytes():
            size += len(chunk)
            if size > self._endpoint.max_bytes:
                raise TransportError(
                    f"{self._named} sent more than {self._endpoint.max_bytes} bytes",
                    backend=self._endpoint.name,
                )
            chunks.append(chunk)
        return b"".join(chunks)

    def _decode(self, body: bytes) -> JsonObject:
        try:
            value = orjson.loads(body)
        except orjson.JSONDecodeError as error:
            fault = f"{self._named} did not answer JSON: {error}"
            raise TransportError(fault, backend=self._endpoint.name) from None
        if not isinstance(value, dict):
            fault = f"{self._named} answered a JSON {type(value).__name__}, expected an object"
            raise TransportError(fault, backend=self._endpoint.name)
        return value

    def _refuse(self, response: httpx.Response, body: bytes) -> NoReturn:
        text = self.scrub(body.decode("utf-8", "replace"))
        said = _message(body)
        shown = f": {self.scrub(said)}" if said else ""
        if response.is_redirect:
            shown = " (redirects are not followed; correct the base_url)"
        raise BackendStatusError(
            f"{self._named} answered HTTP {response.status_code}{shown}",
            status=response.status_code,
            backend=self._endpoint.name,
            retry_after=parse_retry_after(response.headers.get("retry-after")),
            body=text,
        )

    def _translate(self, error: Exception) -> BackendError:
        kind = type(error).__name__
        if _is_timeout(error):
            fault = f"{self._named} timed out ({kind})"
            return BackendTimeoutError(fault, backend=self._endpoint.name)
        fault = f"{self._named} failed: {self.scrub(str(error)) or kind}"
        return TransportError(fault, backend=self._endpoint.name)

    def scrub(self, text: str) -> str:
        """``text``, cut short and without anything that is or looks like a credential."""
        return scrub(text, self._endpoint.secrets)

    @property
    def _named(self) -> str:
        return f"backend {self._endpoint.name!r}"

    def _connect(self) -> httpx.AsyncClient:
        endpoint = self._endpoint
        limits = httpx.Limits(max_connections=endpoint.max_connections, keepalive_expiry=_KEEPALIVE)
        self._client = httpx.AsyncClient(
            base_url=endpoint.base_url,
            # A model's answer is small; decoding it is work, and a way to send a bomb.
            headers={
                "accept-encoding": "identity",
                "content-type": "application/json",
                **endpoint.headers,
            },
            timeout=httpx.Timeout(endpoint.read_timeout, connect=endpoint.connect_timeout),
            transport=self._transport
            or AiohttpTransport(
                verify=_tls(), limits=limits, proxy=_proxy(httpx.URL(endpoint.base_url))
            ),
            follow_redirects=False,
        )
        return self._client


def scrub(text: str, secrets: Iterable[str]) -> str:
    """``text``, cut to 500 characters, with ``secrets`` and what looks like a credential masked."""
    for secret in secrets:
        text = text.replace(secret, "***")
    text = _CREDENTIAL.sub("***", text)
    return text if len(text) <= _ERROR_CHARS else text[: _ERROR_CHARS - 3] + "..."


def parse_retry_after(value: str | None, now: datetime | None = None) -> float | None:
    """Seconds from now, of either form (RFC 9110, 10.2.3); ``None`` where it cannot be read."""
    if value is None:
        return None
    if value.strip().isascii() and value.strip().isdigit():
        return float(value)
    try:
        when = parsedate_to_datetime(value)
    except ValueError:
        return None
    when = when if when.tzinfo else when.replace(tzinfo=UTC)
    return max(0.0, (when - (now or datetime.now(UTC))).total_seconds())


async def _head(response: httpx.Response) -> bytes:
    """The start of an error body; the rest is not waited for."""
    body = b""
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) >= _ERROR_BYTES:
            break
    return body[:_ERROR_BYTES]


def _message(body: bytes) -> str:
    """What an error body says: ``{"error": {"message"}}``, ``{"error"}``, ``{"detail"}``, text."""
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        return body.decode("utf-8", "replace").strip()
    for key in ("error", "message", "detail"):
        if isinstance(value, dict) and key in value:
            value = value[key]
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def _is_timeout(error: Exception) -> bool:
    """httpx-aiohttp reports a refused or reset connection as ConnectTimeout; its cause tells."""
    cause = error.__cause__
    if isinstance(cause, aiohttp.ClientError):
        return isinstance(cause, TimeoutError)
    return isinstance(error, httpx.TimeoutException | TimeoutError)


@cache
def _tls() -> SSLContext:
    # Reading the certificate authorities takes tens of milliseconds: once for all backends.
    return httpx.create_ssl_context()


def _proxy(url: httpx.URL) -> httpx.Proxy | None:
    """The proxy that HTTP_PROXY, HTTPS_PROXY and NO_PROXY name for ``url``."""
    proxies = getproxies()
    proxy = proxies.get(url.scheme) or proxies.get("all")
    if proxy is None or proxy_bypass(url.netloc.decode("ascii")):
        return None
    return httpx.Proxy(proxy)
