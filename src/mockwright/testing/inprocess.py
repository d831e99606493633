"""A gateway in this process: on a port, or as an ASGI application."""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import AsyncIterator, Iterator, MutableMapping
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import structlog

from mockwright.testing.serve import App, Receive, Send, serve_app
from mockwright.testing.wire import Admin

if TYPE_CHECKING:
    from mockwright.settings import Settings

_OURS: Final = ContextVar("mockwright.testing.ours", default=False)
"""Whether the code that runs belongs to the gateway, rather than to the suite or what it tests."""


@contextlib.contextmanager
def running(settings: Settings | None = None, config: Path | None = None) -> Iterator[str]:
    """Run a gateway in a thread of this process, on a free port of 127.0.0.1; yields its URL.

    Without ``settings`` and ``config`` it has the defaults: the embedded generator, and no files.
    Raises ConfigError, and RuntimeError where it does not start.

    ```python
    with running() as url:
        httpx.get(f"{url}/api/mock/users/1")
    ```
    """
    from mockwright.app import create_app
    from mockwright.web.http.protocol import Protocol

    app = Quiet(create_app(_read(settings, config)))
    with (
        quiet(),
        serve_app(app, lifespan="on", http=Protocol, ws="websockets-sansio") as url,
    ):
        # A part is still being put together in a thread, where FastAPI silences a warning of
        # pydantic's. What is silenced is the whole process's affair, and so is what a suite makes
        # an error of: the two must not be at it at the same time.
        Admin(url).is_alive()
        yield url


@contextlib.asynccontextmanager
async def application(
    settings: Settings | None = None, config: Path | None = None
) -> AsyncIterator[App]:
    """Run a gateway as an ASGI application in this event loop, without a socket or a thread.

    It is for ``httpx.ASGITransport`` on asyncio; settings are as for ``running``. Raises
    ConfigError.

    ```python
    async with application() as app:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://mock") as client:
            await client.get("/api/mock/users/1")
    ```
    """
    from mockwright.app import create_app

    app = create_app(_read(settings, config))
    with quiet():
        async with app.gateway.running():
            yield Quiet(app)


class Quiet:
    """An application that logs nothing but errors while ``quiet`` holds."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Call the application, and mark what runs in it as the gateway's own."""
        token = _OURS.set(True)
        try:
            await self._app(scope, receive, send)
        finally:
            _OURS.reset(token)


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Mute what the gateway logs below an error, and nothing that other code logs.

    structlog has one configuration for the process, which may be the suite's as well: it stays as
    it is for everyone else.
    """
    before, was_configured = structlog.get_config(), structlog.is_configured()
    usual = before["wrapper_class"]
    muted = structlog.make_filtering_bound_logger(logging.ERROR)

    def bind(*args: Any, **options: Any) -> Any:
        return (muted if _OURS.get() else usual)(*args, **options)

    structlog.configure(wrapper_class=bind)  # type: ignore[arg-type]  # it is only ever called
    try:
        yield
    finally:
        # Undone only as far as nobody else has configured structlog meanwhile.
        now = structlog.get_config()
        if not was_configured and now == before | {"wrapper_class": bind}:
            structlog.reset_defaults()
        elif now["wrapper_class"] is bind:
            structlog.configure(wrapper_class=usual)


def _read(settings: Settings | None, config: Path | None) -> Settings:
    from mockwright.config import load_settings
    from mockwright.settings import Settings as Defaults

    if settings is not None:
        return settings
    return Defaults() if config is None else load_settings(config, os.environ)
