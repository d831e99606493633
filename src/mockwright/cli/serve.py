"""The process of ``mockwright serve``: its socket, its workers, and its greeting."""

from __future__ import annotations

import asyncio
import os
import socket
from typing import Any, cast

import click
from uvicorn import Config, Server

from mockwright import __version__
from mockwright.app import Application, create_app
from mockwright.config import Loaded, read_settings
from mockwright.errors import ConfigError
from mockwright.settings import BackendSettings, ServerSettings
from mockwright.telemetry import logs
from mockwright.web.http.protocol import Protocol


def run(loaded: Loaded, server: ServerSettings, *, reload: bool) -> None:
    """Serve until a signal ends it; raises ConfigError."""
    with _listen(server) as listener:
        _run(loaded, server, listener, reload=reload)


def worker() -> Application:
    """Return the application of one of several worker processes, which share only the
    environment."""
    loaded = read_settings(None, os.environ)
    logs.configure(loaded.settings.log)
    return create_app(loaded.settings, loaded.path)


def _run(loaded: Loaded, server: ServerSettings, listener: socket.socket, *, reload: bool) -> None:
    if not reload and server.workers == 1:
        application = create_app(loaded.settings, loaded.path)
        _greet(loaded, listener)
        Server(_uvicorn(application, server)).run(sockets=[listener])
        return
    from uvicorn.supervisors import ChangeReload, Multiprocess  # slow, and seldom needed

    if loaded.path is not None:
        os.environ["MOCKWRIGHT_CONFIG"] = str(loaded.path)
    options = _uvicorn("mockwright.cli.serve:worker", server, factory=True, reload=reload)
    _greet(loaded, listener)
    if reload:
        ChangeReload(options, target=Server(options).run, sockets=[listener]).run()
    else:
        Multiprocess(options, sockets=[listener]).run()


def _uvicorn(app: Any, server: ServerSettings, **options: Any) -> Config:
    return Config(
        app,
        workers=server.workers,
        lifespan="on",
        http=Protocol,
        ws=cast("type[asyncio.Protocol]", _websockets),
        log_config=None,
        access_log=False,
        server_header=False,
        # Nothing here uses the caller's address, so proxies' headers need not be read.
        proxy_headers=False,
        timeout_graceful_shutdown=10,
        **options,
    )


def _websockets(*args: Any, **options: Any) -> asyncio.Protocol:
    """Return uvicorn's WebSocket protocol, imported with the first one: most processes never see
    any."""
    from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

    return WebSocketsSansIOProtocol(*args, **options)


def _listen(server: ServerSettings) -> socket.socket:
    family = socket.AF_INET6 if ":" in server.host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((server.host, server.port))
        # With SO_REUSEADDR a second server could bind as well, until the first one listens.
        listener.listen(2048)
    except OSError as error:
        listener.close()
        reason = error.strerror or str(error)
        raise ConfigError(
            f"cannot listen on {server.host}:{server.port}: {reason.lower()}; "
            "choose another with --port"
        ) from None
    # Bound here and handed to the workers, so that a port in use is reported once.
    listener.set_inheritable(True)
    return listener


def _greet(loaded: Loaded, listener: socket.socket) -> None:
    host, port = listener.getsockname()[:2]
    shown = {"0.0.0.0": "localhost", "::": "localhost"}.get(host, host)  # noqa: S104 - compared only
    url = f"http://[{shown}]:{port}" if ":" in shown else f"http://{shown}:{port}"
    click.echo(f"Mockwright {__version__} on {url}  ({loaded.path or 'no configuration file'})")
    for backend in loaded.settings.backends:
        click.echo(f"  {backend.name:<20} {_described(backend)}")
    for note in loaded.notes:
        click.echo(f"  note: {note}")
    click.echo(
        f"Try:  curl {url}/api/mock/users "
        """-d '{"count": 3, "shape": {"users": [{"firstName": "string", "email": "string"}]}}'"""
    )


def _described(backend: BackendSettings) -> str:
    state = "disabled" if not backend.enabled else "on" if backend.weight else "on, only by name"
    model = f" {backend.model}" if backend.model else ""
    return f"{backend.provider}{model}  [{state}, weight {backend.weight}]"
