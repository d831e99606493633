"""Reading streams: server-sent events and lines of JSON, each as soon as it is in, none too big."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator
from contextlib import aclosing
from typing import Final

import httpx
from httpx_sse import EventSource

from mockwright.errors import TransportError

EVENT_BYTES: Final = 4 * 2**20
"""Bound on one event or line: an image that a model made may come in one piece."""


class Meter(httpx.AsyncByteStream):
    """Passes on the bytes of a stream, and raises TransportError when they are too many.

    Whoever reads events from it sets ``held`` to 0 with each: it cannot tell where one ends.
    """

    def __init__(self, inner: httpx.AsyncByteStream, most: int, backend: str) -> None:
        self.held = 0
        self._inner = inner
        self._most = most
        self._backend = backend
        self._total = 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._inner:
            self.held += len(chunk)
            self._total += len(chunk)
            if self._total > self._most:
                raise self._fault("a stream", self._most)
            if self.held > EVENT_BYTES:
                raise self._fault("an event", EVENT_BYTES)
            yield chunk

    async def aclose(self) -> None:
        """Give up the connection."""
        await self._inner.aclose()

    def _fault(self, what: str, most: int) -> TransportError:
        fault = f"backend {self._backend!r} sent {what} of more than {most} bytes"
        return TransportError(fault, backend=self._backend)


async def events(response: httpx.Response) -> AsyncGenerator[str]:
    """Yield the data of each server-sent event; of an ``error`` event as an ``error`` member."""
    # Servers that stream events do not all say so in the header; the library insists on it.
    response.headers["content-type"] = "text/event-stream"
    async with aclosing(EventSource(response).aiter_sse()) as events:
        async for event in events:
            named = event.event == "error" and '"error"' not in event.data
            yield f'{{"error":{event.data or "{}"}}}' if named else event.data


async def lines(chunks: AsyncIterable[bytes]) -> AsyncGenerator[bytes]:
    """Yield the lines of JSON, each when it is whole.

    They end with newlines only: JSON may hold the other line ends of Unicode as they are.
    """
    held: list[bytes] = []
    async for chunk in chunks:
        first, *others = chunk.split(b"\n")
        held.append(first)
        for other in others:
            yield b"".join(held).strip()
            held = [other]
    yield b"".join(held).strip()
