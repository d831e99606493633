"""The command line. Heavy modules are imported by the command that needs them."""

from __future__ import annotations

import asyncio
import json
import os
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mockwright import __version__
from mockwright.errors import ConfigError, MockwrightError
from mockwright.types import MISSING, Json, MockRequest, MockResponse

if TYPE_CHECKING:
    from uvicorn import Config

    from mockwright.app import Application
    from mockwright.config import Loaded
    from mockwright.settings import BackendSettings, ServerSettings, Settings

_CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
_config = click.option(
    "--config",
    "-c",
    type=click.Path(path_type=Path),
    help="YAML, JSON or TOML; else $MOCKWRIGHT_CONFIG, else config/mockwright.yaml if it is there.",
)


@click.group(context_settings=_CONTEXT)
@click.version_option(__version__, prog_name="mockwright")
def main() -> None:
    """A mock API gateway: any URL answers with realistic JSON in the shape you ask for.

    \b
    Start it; no model, key or file is needed:
      mockwright serve
    \b
    Ask it for something:
      curl localhost:5116/api/mock/users -d '{"count": 3, "shape": {"users": [{"name": "string"}]}}'
    \b
    Or get one answer without a server:
      mockwright ask /users/42 --shape '{"id": 0, "email": "email"}'
    """


@main.command()
@_config
@click.option("--host", help="Address to listen on; default 127.0.0.1.")
@click.option("--port", type=click.IntRange(0, 65535), help="Default 5116; 0 takes a free one.")
@click.option("--workers", type=click.IntRange(1, 256), help="Processes; default 1.")
@click.option("--reload", is_flag=True, help="Start again when the source changes (development).")
def serve(
    config: Path | None, host: str | None, port: int | None, workers: int | None, reload: bool
) -> None:
    """Run the gateway.

    SIGHUP reads the configuration again without dropping a request; a broken file keeps the old
    configuration. Several workers share nothing: each has its own variants and breakers.

    \b
    Examples:
      mockwright serve
      mockwright serve --config config/ollama.yaml --port 8080
      MOCKWRIGHT_SERVER__PORT=8080 mockwright serve
    """
    from mockwright import logs

    loaded = _load(config)
    logs.configure(loaded.settings.log)
    given = {"host": host, "port": port, "workers": workers}
    server = loaded.settings.server.model_copy(
        update={k: v for k, v in given.items() if v is not None}
    )
    with _listen(server) as listener:
        _run(loaded, server, listener, reload=reload)


def _run(loaded: Loaded, server: ServerSettings, listener: socket.socket, *, reload: bool) -> None:
    from uvicorn import Server
    from uvicorn.supervisors import ChangeReload, Multiprocess

    if not reload and server.workers == 1:
        application = _application(loaded.settings, loaded.path)
        _greet(loaded, listener)
        Server(_uvicorn(application, server)).run(sockets=[listener])
        return
    if loaded.path is not None:
        os.environ["MOCKWRIGHT_CONFIG"] = str(loaded.path)
    options = _uvicorn("mockwright.cli:worker", server, factory=True, reload=reload)
    _greet(loaded, listener)
    if reload:
        ChangeReload(options, target=Server(options).run, sockets=[listener]).run()
    else:
        Multiprocess(options, sockets=[listener]).run()


def _uvicorn(app: Any, server: ServerSettings, **options: Any) -> Config:
    from uvicorn import Config

    return Config(
        app,
        workers=server.workers,
        lifespan="on",
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=10,
        **options,
    )


def worker() -> Application:
    """The application of one of several worker processes, which share only the environment."""
    from mockwright import logs

    loaded = _load(None)
    logs.configure(loaded.settings.log)
    return _application(loaded.settings, loaded.path)


def _application(settings: Settings, path: Path | None) -> Application:
    from mockwright.app import create_app

    try:
        return create_app(settings, path)
    except MockwrightError as error:
        raise click.ClickException(str(error)) from None


def _listen(server: ServerSettings) -> socket.socket:
    family = socket.AF_INET6 if ":" in server.host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((server.host, server.port))
        # Without this a second server could bind as well, until the first one listens.
        listener.listen(2048)
    except OSError as error:
        listener.close()
        reason = error.strerror or str(error)
        raise click.ClickException(
            f"cannot listen on {server.host}:{server.port}: {reason.lower()}; "
            "choose another with --port"
        ) from None
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


@main.command("check-config")
@_config
@click.option("--offline", is_flag=True, help="Read only; try no backend.")
def check_config(config: Path | None, offline: bool) -> None:
    """Show the configuration in force, and try each backend.

    Secrets are masked. Ends with 1 where the configuration has a fault, or an enabled backend
    cannot be reached or lacks its model.

    \b
    Examples:
      mockwright check-config
      mockwright check-config --config config/pool.yaml --offline
    """
    import yaml

    from mockwright.config import masked

    loaded = _load(config)
    click.echo(f"# {loaded.path or 'no configuration file: the defaults'}")
    click.echo(yaml.safe_dump(masked(loaded.settings), sort_keys=False, allow_unicode=True))
    for note in loaded.notes:
        click.echo(f"note: {note}")
    if not offline and not asyncio.run(_probe(loaded.settings)):
        raise SystemExit(1)


async def _probe(settings: Settings) -> bool:
    """Try each enabled backend and tell; whether all are fit for use."""
    from mockwright.app import build_engine

    try:
        pool = build_engine(settings).pool
    except MockwrightError as error:
        raise click.ClickException(str(error)) from None
    try:
        probes = await pool.probe()
    finally:
        await pool.aclose()
    fit = True
    for name, probe in probes.items():
        good = probe.reachable and probe.model_present is not False
        fit = fit and good
        click.echo(
            f"{name}: {'ok' if good else 'FAULT'}{': ' if probe.detail else ''}{probe.detail}"
        )
    return fit


@main.command()
@click.argument("path")
@click.option("--shape", help="An example or a JSON Schema: JSON, or @file.")
@click.option("--method", default="GET", show_default=True, help="What the request would use.")
@click.option("--body", help="Input data: JSON, or @file.")
@click.option("--count", type=click.IntRange(0), help="How many items.")
@click.option("--seed", type=click.IntRange(0), help="The same seed gives the same answer.")
@click.option("--backend", default="", help="A name, a comma list, or auto.")
@click.option("--prompt", help="What the data is about.")
@_config
def ask(
    path: str,
    shape: str | None,
    method: str,
    body: str | None,
    count: int | None,
    seed: int | None,
    backend: str,
    prompt: str | None,
    config: Path | None,
) -> None:
    """Print one answer, without a server.

    The JSON goes to standard output; which backend made it, to standard error.

    \b
    Examples:
      mockwright ask /users/42
      mockwright ask /users --shape '{"users": [{"name": "string", "age": 0}]}' --count 3 --seed 7
      mockwright ask /orders --method POST --body @order.json --shape @shape.json
    """
    from mockwright import logs

    loaded = _load(config)
    logs.configure(loaded.settings.log)
    try:
        request = MockRequest(
            id="cli",
            method=method.upper(),
            path="/" + path.lstrip("/"),
            input=MISSING if body is None else _json("--body", body),
            shape=None if shape is None else _shape(shape),
            backends=_names(backend),
            count=count,
            seed=seed,
            prompt=prompt,
        )
        response = asyncio.run(_answer(loaded.settings, request))
    except MockwrightError as error:
        raise click.ClickException(str(error)) from None
    click.echo(json.dumps(json.loads(response.body), indent=2, ensure_ascii=False))
    click.echo(f"backend: {response.backend}  filled: {response.filled}", err=True)


async def _answer(settings: Settings, request: MockRequest) -> MockResponse:
    from mockwright.app import build_engine

    engine = build_engine(settings)
    try:
        return await engine.handle(request)
    finally:
        await engine.pool.aclose()


def _shape(text: str) -> Any:
    from mockwright.shapes.parse import parse_shape

    return parse_shape(_json("--shape", text))


def _names(text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    return () if [name.lower() for name in names] == ["auto"] else names


def _json(option: str, text: str) -> Json:
    try:
        content = Path(text[1:]).read_text("utf-8") if text.startswith("@") else text
        return json.loads(content)
    except OSError as error:
        raise click.BadParameter(f"{text[1:]}: {error.strerror}", param_hint=option) from None
    except (ValueError, RecursionError) as error:
        raise click.BadParameter(f"not JSON: {error}", param_hint=option) from None


def _load(config: Path | None) -> Loaded:
    from mockwright.config import read_settings

    try:
        return read_settings(config, os.environ)
    except ConfigError as error:
        raise click.ClickException(f"the configuration cannot be used\n{error}") from None


if __name__ == "__main__":
    main()
