"""Faults that a script asks for, applied to any answer on its way out, whole or streamed.

Nothing is held back: a stream stays a stream, and its length, which is not known, is not waited
for.
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
"""The key of a :class:`Connection` among the extensions of an ASGI scope, if the server offers
one."""
_TICK: Final = 0.1
"""Seconds between the pieces of a slow answer, and until a caller who has left is noticed."""
_BEFORE_RESET: Final = 0.05
"""Seconds to wait before a reset, which throws away what the other side has not read yet."""
_BAD_BYTE: Final = b"\x1a"
"""The control character SUB, which JSON allows nowhere (RFC 8259, section 7)."""
_SPACE: Final = b" \t\r\n"
"""JSON's white space."""


class Connection(Protocol):
    """What an application may do to the connection of its request; afterwards nothing is sent."""

    @property
    def gone(self) -> bool:
        """Whether nobody is at the other end any more."""

    def reset(self) -> None:
        """End the connection with a TCP RST."""

    def close(self) -> None:
        """End the sending half with a FIN; what was sent before still arrives."""


class FaultySend:
    """An ASGI ``send`` that does to the answer what ``fault`` says.

    - ``reset`` and ``close`` end the connection in place of an answer.
    - ``truncate`` leaves the head as it is. Of a body whose whole length is known
      (Content-Length, or a single message) that share is sent. Of a stream the first part is sent
      whole and the second one cut to that share, so a stream of one part only lacks its end; with
      the share 0 nothing of it is sent. Then the connection is closed, or reset where ``reset``
      is set.
    - ``malformed`` puts a control character in place of the last visible byte of the first part:
      JSON allows none anywhere, in a string or between tokens. Comments of server-sent events
      are left alone.
    - ``slow`` sends the body in small pieces, ten a second at most.

    The fault's delay, status, body and header fields are applied by those who make the answer. A
    HEAD request has no body, so only ``reset`` and ``close`` have an effect on it.

    Raises ClientGoneError when the caller leaves meanwhile, so that the work for it can end. Where
    the server offers no ``Connection`` (an in-process transport), breaking it raises
    ConnectionResetError or ConnectionAbortedError to the application instead; an application that
    keeps errors to itself calls :meth:`settle` at its end.
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
        self._spoiled = not fault.malformed
        self._over = False
        self._broken: ConnectionError | None = None

    async def __call__(self, message: Message) -> None:
        """Send one message, or what the fault leaves of it."""
        if self._over:
            return
        if message["type"] == "http.response.start":
            await self._start(message)
        elif message["type"] == "http.response.body" and self._has_body:
            await self._body(message.get("body", b""), more=message.get("more_body", False))
        else:
            await self._send(message)

    def settle(self) -> None:
        """Raise the error once more that stands for a connection which could not be broken."""
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
        """Return how many bytes of a part are sent."""
        # The first of several parts shows that the stream began well; the break comes after it.
        if self._length is None and more and share and self._parts <= 1:
            return len(part)
        whole = len(part) if self._length is None else self._length
        wanted = int(whole * share)
        return wanted if self._length is None else min(max(wanted - self._sent, 0), len(part))

    def _spoil(self, part: bytes) -> bytes:
        end = len(part.rstrip(_SPACE))
        # A comment (`: ping`) is read by no client, so that a fault in it would go unnoticed.
        if self._spoiled or not end or (self._is_events and part.startswith(b":")):
            return part
        self._spoiled = True
        return part[: end - 1] + _BAD_BYTE + part[end:]

    async def _pass_on(self, part: bytes, *, more: bool) -> None:
        self._sent += len(part)
        if self._fault.slow is not None:
            await self._trickle(part, self._fault.slow)
            part = b""
        if part or not more:
            await self._send(_message(part, more=more))

    async def _trickle(self, part: bytes, rate: float) -> None:
        """Send a part in pieces, each when a line of ``rate`` bytes a second would have carried
        it."""
        size = max(1, int(rate * _TICK))
        due = time.monotonic()
        for start in range(0, len(part), size):
            piece = part[start : start + size]
            due += len(piece) / rate
            await self._until(due)
            await self._send(_message(piece, more=True))

    async def _until(self, moment: float) -> None:
        # In short sleeps: at a slow rate the next piece may be minutes away, and the caller gone.
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
        # Something was sent that the other side is to see before the connection is gone.
        if reset and not self._fault.silent:
            await asyncio.sleep(_BEFORE_RESET)
        if reset:
            connection.reset()
        else:
            connection.close()


def _message(body: bytes, *, more: bool) -> Message:
    return {"type": "http.response.body", "body": body, "more_body": more}
