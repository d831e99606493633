"""What a fault script asks for, done to an answer on its way out: any answer, whole or streamed.

Nothing is held back: a stream stays one, and what cannot be known of it (how long it is going to
be) is not waited for.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final, Protocol, TypeAlias

from mockwright.faults import Fault
from mockwright.web.http.body import ClientGoneError

Message: TypeAlias = MutableMapping[str, Any]
Send: TypeAlias = Callable[[Message], Awaitable[None]]

EXTENSION: Final = "mockwright.connection"
"""Of an ASGI scope: a :class:`Connection`, where the server lets its connections be broken."""
_TICK: Final = 0.1
"""Seconds: between the pieces of a slow answer, and until a caller who has left is noticed."""
_BEFORE_RESET: Final = 0.05
"""Seconds: a reset throws away what the other side has not read yet."""
_SPOILT: Final = b"\x1a"
_SPACE: Final = b" \t\r\n"


class Connection(Protocol):
    """What an application may do to the connection of its request; after it nothing is sent."""

    @property
    def gone(self) -> bool:
        """Whether there is nobody at the other end any more."""

    def reset(self) -> None:
        """End it with a TCP RST."""

    def close(self) -> None:
        """End the sending half with a FIN; what was sent before still arrives."""


class FaultySend:
    """An ASGI ``send`` that does to the answer what ``fault`` says.

    - ``reset`` and ``close`` end the connection in place of an answer.
    - ``truncate`` leaves the head as it is. Of a body of which the whole length is known
      (Content-Length, or a single message) that share is sent. Of a stream the first part is sent
      whole, of the second one that share, and a stream of one part lacks its end; with the share 0
      nothing of it is sent. Then the connection is closed, or reset where ``reset`` says so.
    - ``malformed`` puts a control character in place of the last visible byte of the first part:
      JSON allows none anywhere, in a string or between tokens. Comments of server-sent events
      are left alone.
    - ``slow`` sends the body in small pieces, ten a second at most.

    Its delay, status, body and header fields are for those to heed who make the answer. To HEAD
    there is no body, so that nothing happens but a ``reset`` or ``close``.

    Raises ClientGoneError when the caller leaves meanwhile, so that the work for it can end. Where
    the server offers no ``Connection`` (an in-process transport), a break is raised to the
    application instead, as ConnectionResetError or ConnectionAbortedError; one that keeps errors
    to itself calls :meth:`settle` at its end.
    """

    def __init__(self, fault: Fault, scope: MutableMapping[str, Any], send: Send) -> None:
        self._fault = fault
        self._send = send
        self._connection: Connection | None = (scope.get("extensions") or {}).get(EXTENSION)
        self._has_body = scope["method"] != "HEAD"
        self._is_events = False
        self._length: int | None = None
        self._sent = 0
        self._parts = 0
        self._spoilt = not fault.malformed
        self._over = False
        self._broken: ConnectionError | None = None

    async def __call__(self, message: Message) -> None:
        """Send one message, or what is left of it."""
        if self._over:
            return
        if message["type"] == "http.response.start":
            await self._start(message)
        elif message["type"] == "http.response.body" and self._has_body:
            await self._body(message.get("body", b""), more=message.get("more_body", False))
        else:
            await self._send(message)

    def settle(self) -> None:
        """Raise once more what was raised where the connection could not be broken."""
        if self._broken is not None:
            raise self._broken

    async def _start(self, message: Message) -> None:
        if self._fault.silent:
            await self._break_off()
            return
        known = dict(message.get("headers", ()))
        self._is_events = known.get(b"content-type", b"").startswith(b"text/event-stream")
        length = known.get(b"content-length")
        self._length = None if length is None else int(length)
        await self._send(message)

    async def _body(self, part: bytes, *, more: bool) -> None:
        self._parts += bool(part)
        part = self._spoil(part)
        if self._fault.truncate is None:
            await self._pass_on(part, more=more)
            return
        left = self._cut(part, self._fault.truncate, more=more)
        if left:
            await self._pass_on(part[:left], more=True)
        if left < len(part) or not more:
            await self._break_off()

    def _cut(self, part: bytes, share: float, *, more: bool) -> int:
        """How many bytes of a part are sent."""
        if self._length is None and more and share and self._parts <= 1:
            return len(part)
        whole = len(part) if self._length is None else self._length
        wanted = int(whole * share)
        return wanted if self._length is None else min(max(wanted - self._sent, 0), len(part))

    def _spoil(self, part: bytes) -> bytes:
        end = len(part.rstrip(_SPACE))
        if self._spoilt or not end or (self._is_events and part.startswith(b":")):
            return part
        self._spoilt = True
        return part[: end - 1] + _SPOILT + part[end:]

    async def _pass_on(self, part: bytes, *, more: bool) -> None:
        self._sent += len(part)
        if self._fault.slow is not None:
            await self._trickle(part, self._fault.slow)
            part = b""
        if part or not more:
            await self._send(_message(part, more=more))

    async def _trickle(self, part: bytes, rate: float) -> None:
        """Send a part in pieces, each when a line of that rate would have carried it."""
        size = max(1, int(rate * _TICK))
        due = time.monotonic()
        for start in range(0, len(part), size):
            piece = part[start : start + size]
            due += len(piece) / rate
            await self._until(due)
            await self._send(_message(piece, more=True))

    async def _until(self, moment: float) -> None:
        while (left := moment - time.monotonic()) > 0:
            await asyncio.sleep(min(left, _TICK))
            if self._connection is not None and self._connection.gone:
                self._over = True
                raise ClientGoneError

    async def _break_off(self) -> None:
        self._over = True
        connection, reset = self._connection, self._fault.reset
        if connection is None:
            kind = ConnectionResetError if reset else ConnectionAbortedError
            self._broken = kind(f"broken off, as a fault script asks: {self._fault.name}")
            raise self._broken
        if reset and not self._fault.silent:
            await asyncio.sleep(_BEFORE_RESET)
        if reset:
            connection.reset()
        else:
            connection.close()


def _message(body: bytes, *, more: bool) -> Message:
    return {"type": "http.response.body", "body": body, "more_body": more}
