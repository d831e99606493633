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

_START: Final = 30.0
"""Seconds that a start may take."""


@contextlib.contextmanager
def serve_app(app: App, port: int = 0, **options: Any) -> Iterator[str]:
    """Serve ``app`` on 127.0.0.1 while the context lasts; yields its URL.

    ``port`` 0 takes a free port; ``options`` are uvicorn's. Connections are cut at the end, even in
    the middle of an answer. Raises RuntimeError where the server does not start, and OSError for a
    port that is in use.
    """
    usual: dict[str, Any] = {
        "lifespan": "off",
        "ws": "none",
        "log_config": None,
        "access_log": False,
        "server_header": False,
        "timeout_graceful_shutdown": 1,
    }
    watched = _Watched(app)
    # Bound here, so that the port is known before the thread runs.
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        server = _Announcing(Config(watched, **(usual | options)))
        thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        try:
            server.settled.wait(_START)
            if not server.started:
                raise RuntimeError(f"the server did not start: {watched.fault or 'no reason'}")
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


class _Announcing(Server):
    """A server that sets ``settled`` once it listens, or will not."""

    def __init__(self, options: Config) -> None:
        super().__init__(options)
        self.settled = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.settled.set()

    def run(self, sockets: list[socket.socket] | None = None) -> None:
        try:
            with contextlib.suppress(SystemExit):  # uvicorn's way of saying that it did not start
                super().run(sockets)
        finally:
            self.settled.set()


class _Watched:
    """An application that remembers why it does not start, which uvicorn only writes to its log."""

    def __init__(self, app: App) -> None:
        self._app = app
        self.fault = ""

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            await self._app(scope, receive, send)
            return

        async def note(message: Message) -> None:
            if message["type"] == "lifespan.startup.failed":
                self.fault = message.get("message", "")
            await send(message)

        try:
            await self._app(scope, receive, note)
        except Exception as error:
            self.fault = self.fault or repr(error)
            raise
