"""uvicorn's HTTP protocol, bounded and patient up to a point.

Left alone it takes a head of any size into memory, waits for ever for the rest of a request or for
a caller to take its answer, and tells in plain text what its parser cannot read. No application
sees any of that, so that only the protocol can mend it. The other way round, an application that
plays a broken server has no means to break a connection but those that are given to it here.
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
"""Bytes of a head, or of a chunked body's trailer; each control has a smaller limit of its own."""
PATIENCE: Final = 30.0
"""Seconds for a whole head, for a body to go on, and for some of an answer to be taken."""
_MAX_URL: Final = 65_535
"""What httptools counts the places within a URL in."""

_NO_LINGER: Final = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)
"""Of SO_LINGER: on, for 0 seconds, which makes closing a reset."""

log = structlog.get_logger(__name__)


class Protocol(HttpToolsProtocol):
    """One connection; what it refuses is told as a problem document, then it is closed."""

    def __init__(
        self, *args: Any, max_head: int = MAX_HEAD, patience: float = PATIENCE, **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self._max_head = max_head
        self._patience = patience
        self._unread = 0
        """Bytes that came since the application last got something of them."""
        self._timer: asyncio.TimerHandle | None = None
        self._untaken: asyncio.TimerHandle | None = None
        self._deaf = False
        """To what comes after a refusal."""
        self._handed_over = False
        """To the protocol of WebSockets."""
        self._extensions: dict[str, Any] = {EXTENSION: Breakable(self)}
        """Of every request of the connection."""
        self._running: RequestResponseCycle | None = None
        """The request that is being answered; ``cycle`` is the one that came last."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """As uvicorn's; a caller who never says anything is not kept either."""
        super().connection_made(transport)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """As uvicorn's."""
        self._stop_waiting()
        self._stop_watching()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """As uvicorn's, and sees to it that an unfinished request stays small and goes on."""
        if self._deaf:
            return
        self._unread += len(data)
        super().data_received(data)
        if self._deaf or self._is_whole():
            self._unread = 0
            self._stop_waiting()
        elif self._unread > self._max_head:
            self._refuse_head()
        elif self._timer is None or not self._unread:
            self._wait()

    def on_body(self, body: bytes) -> None:
        """As uvicorn's: from here on the application bounds what is kept."""
        self._unread = 0
        super().on_body(body)

    def pause_writing(self) -> None:
        """As uvicorn's; an answer that nobody takes is not kept for ever."""
        super().pause_writing()
        self._watch(self.transport.get_write_buffer_size())

    def resume_writing(self) -> None:
        """As uvicorn's."""
        self._stop_watching()
        super().resume_writing()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._running = cycle
        cycle.scope["extensions"] = self._extensions
        super()._start_asgi_task(cycle, app)

    def shutdown(self) -> None:
        """As uvicorn's; nothing more is owed to a caller who was hung up on."""
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
        """Send a FIN behind what was sent, in the middle of an answer or before it.

        What the caller still sends is read and dropped: closing with bytes unread would be a
        reset. The other half ends when the caller ends it, or after some patience. Under TLS, which
        knows no half-closed connections, both halves end.
        """
        if not self._hang_up():
            return
        if not self.transport.can_write_eof():
            self.transport.close()
            return
        self.transport.write_eof()
        self.flow.resume_reading()
        self._stop_waiting()
        self._timer = self.loop.call_later(self._patience, self.transport.abort)

    def _hang_up(self) -> bool:
        """Have the application hear that the caller has left; False where that is so."""
        if self._running is not None:
            self._running.disconnected = True
            self._running.message_event.set()
        self._deaf = True
        return not self.transport.is_closing()

    def handle_websocket_upgrade(self) -> None:
        """As uvicorn's."""
        self._handed_over = True
        super().handle_websocket_upgrade()

    def send_400_response(self, msg: str) -> None:
        """What the parser could not read, told as a problem."""
        if len(self.url if self.scope else b"") > _MAX_URL:
            self._refuse_head()
        else:
            self._refuse(400, "invalid-http", "this is no HTTP/1.1 request that can be read")

    def _is_whole(self) -> bool:
        """Whether nothing more is owed; ``raw_path`` is set when a head has been read."""
        if self._handed_over:
            return True
        return bool(self.scope) and "raw_path" in self.scope and not self.cycle.more_body

    def _wait(self) -> None:
        self._stop_waiting()
        self._timer = self.loop.call_later(self._patience, self._give_up)

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _watch(self, size: int) -> None:
        self._stop_watching()
        self._untaken = self.loop.call_later(self._patience, self._look_again, size)

    def _stop_watching(self) -> None:
        if self._untaken is not None:
            self._untaken.cancel()
            self._untaken = None

    def _look_again(self, before: int) -> None:
        """Where nothing of the answer was taken meanwhile, the rest is thrown away."""
        size = self.transport.get_write_buffer_size()
        if size < before:
            self._watch(size)
        else:
            self.transport.abort()

    def _give_up(self) -> None:
        if self.flow.read_paused:  # it is the caller who waits
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
        self._deaf = True
        if self._is_between() and self.cycle is not None and not self.cycle.response_complete:
            # The answer to the request before is still owed; it is the last on this connection.
            self.cycle.keep_alive = False
            return
        if self._is_between() or not self.cycle.response_started:
            self._tell(problems.refuse(status, code, detail))
        self.transport.close()

    def _is_between(self) -> bool:
        """Whether a head is being read, or awaited, rather than a body."""
        return not self.scope or "raw_path" not in self.scope or not self.cycle.more_body

    def _tell(self, problem: problems.Problem) -> None:
        head = [b"HTTP/1.1 %d %s" % (problem.status, problems.phrase(problem.status).encode())]
        head += [name + b": " + value for name, value in problem.headers]
        head += [b"connection: close", b"", problem.body]
        self.transport.write(b"\r\n".join(head))


class Breakable:
    """What an application may do to a connection; see ``fault_transport.Connection``."""

    __slots__ = ("_protocol",)

    def __init__(self, protocol: Protocol) -> None:
        self._protocol = protocol

    @property
    def gone(self) -> bool:
        """Whether the caller has left."""
        return self._protocol.transport.is_closing()

    def reset(self) -> None:
        """End it with a TCP RST."""
        self._protocol.reset()

    def close(self) -> None:
        """End the sending half with a FIN."""
        self._protocol.half_close()
