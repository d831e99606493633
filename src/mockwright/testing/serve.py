"""An ASGI application on a real socket, in a thread of its own."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from typing import Any, Final, TypeAlias

from uvicorn import Config, Server

Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
App: TypeAlias = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]

_START: Final = 10.0
"""Seconds that a start may take."""


@contextlib.contextmanager
def serve_app(app: App, port: int = 0, **options: Any) -> Iterator[str]:
    """Serve ``app`` on 127.0.0.1 while the context lasts; gives its URL.

    ``port`` 0 takes a free one; ``options`` are uvicorn's. Connections are cut at the end, also
    those in the middle of an answer. Raises RuntimeError where the server does not start.
    """
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    usual: dict[str, Any] = {
        "lifespan": "off",
        "ws": "none",
        "log_config": None,
        "access_log": False,
        "server_header": False,
        "timeout_graceful_shutdown": 1,
    }
    server = _Announcing(Config(app, **(usual | options)))
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    try:
        if not server.up.wait(_START):
            raise RuntimeError("the double did not start")
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


class _Announcing(Server):
    """A server that tells when it listens."""

    def __init__(self, options: Config) -> None:
        super().__init__(options)
        self.up = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.up.set()
