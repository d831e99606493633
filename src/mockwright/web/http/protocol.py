"""uvicorn's HTTP protocol with bounds in size and time, and with connections that can be broken.

Left alone, uvicorn takes a head of any size into memory, waits for ever for the rest of a request
or for a caller to read the answer, and reports what its parser cannot read as plain text. No
application sees any of that, so only the protocol can change it. The other way round, an
application that plays a broken server can break a connection only by the means it is given here.
"""

from __future__ import annotations

import asyncio
import os
import socket
import struct
from typing import Any, Final

import structlog
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from mockwright.web.http import problems
from mockwright.web.http.fault_transport import EXTENSION

MAX_HEAD: Final = 2**20
"""Bytes of a head, or of the trailer of a chunked body; each control has a smaller limit of its
own."""
PATIENCE: Final = 30.0
"""Seconds within which a head must be whole, a body must go on, and some of an answer must be
read."""
_MAX_URL: Final = 65_535
"""The largest offset within a URL that httptools can count: its parser keeps them in 16 bits."""

_NO_LINGER: Final = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)
"""A value for SO_LINGER: on, for 0 seconds, which turns closing into a reset."""

log = structlog.get_logger(__name__)


class Protocol(HttpToolsProtocol):
    """One connection; what it refuses is answered with a problem document, and the connection
    closed."""

    def __init__(
        self, *args: Any, max_head: int = MAX_HEAD, patience: float = PATIENCE, **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self._max_head = max_head
        self._patience = patience
        self._unread = 0
        """Bytes that came since the application last received some of them."""
        self._read_timer: asyncio.TimerHandle | None = None
        self._write_timer: asyncio.TimerHandle | None = None
        self._ignores_input = False
        """Whether the connection is ending, so that further bytes are dropped."""
        self._handed_over = False
        """Whether the WebSocket protocol has taken over the connection."""
        self._extensions: dict[str, Any] = {EXTENSION: Breakable(self)}
        """The ASGI extensions of every request of the connection."""
        self._running: RequestResponseCycle | None = None
        """The request that is being answered; ``cycle`` is the one that came last, which may be
        pipelined."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the clock, too: a caller who never sends anything is not kept for ever."""
        super().connection_made(transport)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clocks, too."""
        self._stop_waiting()
        self._stop_watching()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take in bytes, and refuse an unfinished request that grows too large or does not go
        on."""
        if self._ignores_input:
            return
        self._unread += len(data)
        super().data_received(data)
        if self._ignores_input or self._is_whole():
            self._unread = 0
            self._stop_waiting()
        elif self._unread > self._max_head:
            self._refuse_head()
        # Each part of a body starts the clock anew (`on_body` has set `_unread` to 0). Parts of a
        # head do not, or a byte now and then would keep a connection open for ever (Slowloris).
        elif self._read_timer is None or not self._unread:
            self._wait()

    def on_body(self, body: bytes) -> None:
        """Pass on a part of the body, whose size is bounded by the application from here on."""
        self._unread = 0
        super().on_body(body)

    def pause_writing(self) -> None:
        """Start a clock, too: an answer that nobody reads is not kept for ever."""
        super().pause_writing()
        self._watch(self.transport.get_write_buffer_size())

    def resume_writing(self) -> None:
        """Stop that clock, too."""
        self._stop_watching()
        super().resume_writing()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        # The one place through which every request passes, pipelined ones included.
        self._running = cycle
        cycle.scope["extensions"] = self._extensions
        super()._start_asgi_task(cycle, app)

    def shutdown(self) -> None:
        """Close at once where the caller was cut off, else as uvicorn does, after the answer."""
        if self._running is not None and self._running.disconnected:
            self.transport.close()
        else:
            super().shutdown()

    def reset(self) -> None:
        """Throw the connection away, so that the caller sees a TCP RST."""
        if not self._hang_up():
            return
        if (sock := self.transport.get_extra_info("socket")) is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        self.transport.abort()

    def half_close(self) -> None:
        """Send a FIN after what was sent, even in the middle of an answer or before it.

        What the caller still sends is read and dropped: closing with unread bytes would be a reset.
        The other half ends when the caller ends it, or after ``PATIENCE``. Under TLS, which has no
        half-closed connections, both halves end.
        """
        if not self._hang_up():
            return
        if not self.transport.can_write_eof():
            self.transport.close()
            return
        self.transport.write_eof()
        self.flow.resume_reading()
        self._stop_waiting()
        self._read_timer = self.loop.call_later(self._patience, self.transport.abort)

    def _hang_up(self) -> bool:
        """Tell the application that the caller has left; return False where the connection is
        closing."""
        # What uvicorn does when a connection is lost: a pending `receive` returns.
        if self._running is not None:
            self._running.disconnected = True
            self._running.message_event.set()
        self._ignores_input = True
        return not self.transport.is_closing()

    def handle_websocket_upgrade(self) -> None:
        """Note, too, that the requests of this connection are somebody else's from now on."""
        self._handed_over = True
        super().handle_websocket_upgrade()

    def send_400_response(self, msg: str) -> None:
        """Report what the parser could not read as a problem document."""
        # A URL that is too long for the parser is reported by it like any other broken request.
        if len(self.url if self.scope else b"") > _MAX_URL:
            self._refuse_head()
        else:
            self._refuse(400, "invalid-http", "this is no HTTP/1.1 request that can be read")

    def _is_whole(self) -> bool:
        """Whether the last request has come to its end."""
        if self._handed_over:
            return True
        # uvicorn sets `raw_path` when it has read a head.
        return bool(self.scope) and "raw_path" in self.scope and not self.cycle.more_body

    def _wait(self) -> None:
        self._stop_waiting()
        self._read_timer = self.loop.call_later(self._patience, self._give_up)

    def _stop_waiting(self) -> None:
        if self._read_timer is not None:
            self._read_timer.cancel()
            self._read_timer = None

    def _watch(self, size: int) -> None:
        self._stop_watching()
        self._write_timer = self.loop.call_later(self._patience, self._look_again, size)

    def _stop_watching(self) -> None:
        if self._write_timer is not None:
            self._write_timer.cancel()
            self._write_timer = None

    def _look_again(self, before: int) -> None:
        """Abort where nothing of the answer was read since the last look."""
        size = self.transport.get_write_buffer_size()
        if size < before:
            self._watch(size)
        else:
            self.transport.abort()

    def _give_up(self) -> None:
        # uvicorn stopped reading, because the application is slow: the caller is not to blame.
        if self.flow.read_paused:
            self._wait()
        elif self.scope is None:
            self.transport.close()
        else:
            detail = f"the request did not go on within {self._patience:g} seconds"
            self._refuse(408, "request-timeout", detail)

    def _refuse_head(self) -> None:
        if len(self.url) > _MAX_URL:
            self._refuse(414, "too-large", f"the URL is over the limit of {_MAX_URL} bytes")
        else:
            limit = f"the request's head is over the limit of {self._max_head} bytes"
            self._refuse(431, "too-large", limit)

    def _refuse(self, status: int, code: str, detail: str) -> None:
        if self.transport.is_closing():
            return
        log.info("request refused", status=status, detail=detail)
        self._ignores_input = True
        if self._is_between() and self.cycle is not None and not self.cycle.response_complete:
            # The answer to the request before is still owed; it is the last on this connection.
            self.cycle.keep_alive = False
            return
        # In the middle of an answer a problem document would become a part of its body.
        if self._is_between() or not self.cycle.response_started:
            self._write_problem(problems.refuse(status, code, detail))
        self.transport.close()

    def _is_between(self) -> bool:
        """Whether a head is being read or awaited, rather than a body."""
        return not self.scope or "raw_path" not in self.scope or not self.cycle.more_body

    def _write_problem(self, problem: problems.Problem) -> None:
        head = [b"HTTP/1.1 %d %s" % (problem.status, problems.phrase(problem.status).encode())]
        head += [name + b": " + value for name, value in problem.headers]
        head += [b"connection: close", b"", problem.body]
        self.transport.write(b"\r\n".join(head))


class Breakable:
    """What an application may do to its connection: a ``fault_transport.Connection``."""

    __slots__ = ("_protocol",)

    def __init__(self, protocol: Protocol) -> None:
        self._protocol = protocol

    @property
    def gone(self) -> bool:
        """Whether the caller has left."""
        return self._protocol.transport.is_closing()

    def reset(self) -> None:
        """End the connection with a TCP RST."""
        self._protocol.reset()

    def close(self) -> None:
        """End the sending half of the connection with a FIN."""
        self._protocol.half_close()
