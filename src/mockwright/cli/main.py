"""The commands of ``mockwright``, whose docstrings are their ``--help``.

A command imports what is slow to import itself, so that ``--help`` answers at once.
"""

from __future__ import annotations

import asyncio
import json
import os
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mockwright import __version__
from mockwright.cli.mocks import mocks
from mockwright.errors import ConfigError, MockwrightError
from mockwright.types import MISSING, BudgetLevel, Json, MockRequest, MockResponse

if TYPE_CHECKING:
    from mockwright.config import Loaded
    from mockwright.settings import Settings

_CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
_config = click.option(
    "--config",
    "-c",
    type=click.Path(path_type=Path),
    help="YAML, JSON or TOML file; default $MOCKWRIGHT_CONFIG, then config/mockwright.yaml.",
)
_LLM = (
    {"name": "llm", "provider": "llamacpp"},
    {"name": "embedded", "provider": "embedded", "weight": 0},
)
"""The backends of ``--llm``: a small model in a process of its own, and the generator by name
only."""


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
@click.option("--reload", is_flag=True, help="Restart when the source changes (for development).")
@click.option(
    "--llm", is_flag=True, help="Serve a small local model instead of the configured backends."
)
@click.option(
    "--seed-data",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help='JSON file of initial resources: {"users": [{"id": 1}]}; makes every path stateful.',
)
def serve(
    config: Path | None,
    host: str | None,
    port: int | None,
    workers: int | None,
    reload: bool,
    llm: bool,
    seed_data: Path | None,
) -> None:
    """Run the gateway.

    SIGHUP reads the configuration again without dropping a request; if the file is broken, the old
    configuration stays. Workers share nothing: each has its own variants and breakers.

    \b
    Examples:
      mockwright serve
      mockwright serve --config config/ollama.yaml --port 8080
      MOCKWRIGHT_SERVER__PORT=8080 mockwright serve
      mockwright serve --seed-data db.json
      mockwright serve --llm     (needs: pip install 'mockwright[llm]')
    """
    from mockwright.cli import serve as serving
    from mockwright.telemetry import logs

    if llm:
        # Workers and reloads read the configuration again, and share nothing but the environment.
        os.environ["MOCKWRIGHT_BACKENDS"] = json.dumps(_LLM)
    if seed_data is not None:
        os.environ["MOCKWRIGHT_STATE__SEED_DATA"] = str(seed_data.resolve())
        os.environ["MOCKWRIGHT_STATE__ENABLED"] = "true"
    loaded = _load(config)
    logs.configure(loaded.settings.log)
    given = {"host": host, "port": port, "workers": workers}
    server = loaded.settings.server.model_copy(
        update={k: v for k, v in given.items() if v is not None}
    )
    try:
        serving.run(loaded, server, reload=reload)
    except MockwrightError as error:
        raise click.ClickException(str(error)) from None


@main.command("check-config")
@_config
@click.option("--offline", is_flag=True, help="Only read the configuration; try no backend.")
def check_config(config: Path | None, offline: bool) -> None:
    """Show the configuration in force, and try each backend.

    Secrets are masked. The exit status is 1 if the configuration has a fault, or if an enabled
    backend cannot be reached or lacks its model.

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
    if not offline and any("code" in backend.roles for backend in loaded.settings.backends):
        asyncio.run(_try_sandbox(loaded.settings))


async def _try_sandbox(settings: Settings) -> None:
    """Print how the programs that models write will be confined."""
    from mockwright.app import build_sandbox

    sandbox = build_sandbox(settings.compute)
    try:
        await sandbox.open()
        click.echo(f"sandbox: {sandbox.tier}")
        for tier, told in sandbox.report.items():
            click.echo(f"  {tier}: {told}")
    finally:
        await sandbox.aclose()


async def _probe(settings: Settings) -> bool:
    """Try each enabled backend and print the result; return whether all can be used."""
    from mockwright.app import build_engine

    try:
        pool = build_engine(settings).pool
    except MockwrightError as error:
        raise click.ClickException(str(error)) from None
    try:
        probes = await pool.probe_members()
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


@main.command("hash-key")
@click.argument("key", required=False)
def hash_key(key: str | None) -> None:
    """Print the hash of an API key, which goes into the configuration under api.api_keys.

    Without KEY the command asks for it, so that the key stays out of the shell's history.
    """
    if key is None:
        key = click.prompt("Key", hide_input=True, err=True)
    click.echo(sha256(key.strip().encode()).hexdigest())


@main.command()
@click.argument("path")
@click.option("--shape", help="An example or a JSON Schema: JSON, or @file.")
@click.option("--method", default="GET", show_default=True, help="What the request would use.")
@click.option("--body", help="Input data: JSON, or @file.")
@click.option("--count", type=click.IntRange(0), help="How many items.")
@click.option(
    "--seed", type=click.IntRange(0, 2**63 - 1), help="The same seed gives the same answer."
)
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

    The JSON goes to standard output, the name of the backend that made it to standard error.

    \b
    Examples:
      mockwright ask /users/42
      mockwright ask /users --shape '{"users": [{"name": "string", "age": 0}]}' --count 3 --seed 7
      mockwright ask /orders --method POST --body @order.json --shape @shape.json
    """
    from mockwright.telemetry import logs

    if "?" in path:
        raise click.BadParameter("a query is not read here: use the options", param_hint="PATH")
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


@main.command()
@click.argument("path")
@click.option("--shape", help="An example or a JSON Schema: JSON, or @file.")
@click.option("--method", default="GET", show_default=True, help="What the request would use.")
@click.option("--body", help="Input data: JSON, or @file.")
@click.option("--count", type=click.IntRange(0), help="How many items.")
@click.option("--flow", help="A configured flow, a pattern, auto, or a flow as JSON or @file.")
@click.option(
    "--rule", "rules", multiple=True, help="A rule that the answer must keep; may be repeated."
)
@click.option("--prompt", help="What the data is about.")
@click.option("--budget", type=click.Choice(["low", "medium", "high", "unlimited"]))
@click.option("--max-cost-usd", type=click.FloatRange(0), help="The most that one answer may cost.")
@click.option("--mermaid", is_flag=True, help="Print a Mermaid flow chart instead of JSON.")
@_config
def plan(
    path: str,
    shape: str | None,
    method: str,
    body: str | None,
    count: int | None,
    flow: str | None,
    rules: tuple[str, ...],
    prompt: str | None,
    budget: BudgetLevel | None,
    max_cost_usd: float | None,
    mermaid: bool,
    config: Path | None,
) -> None:
    """Print the plan for a request and what it would cost, without calling any model.

    \b
    Examples:
      mockwright plan /users --shape '{"users": [{"name": "string"}]}' --flow auto
      mockwright plan /products --flow product --mermaid
    """
    from mockwright.app import build_engine
    from mockwright.planning import plan_tree

    loaded = _load(config)
    try:
        request = MockRequest(
            id="cli",
            method=method.upper(),
            path="/" + path.lstrip("/"),
            input=MISSING if body is None else _json("--body", body),
            shape=None if shape is None else _shape(shape),
            count=count,
            rules=rules,
            prompt=prompt,
            flow=_json("--flow", flow) if flow and flow.lstrip()[:1] in "{@" else flow,
            budget=budget,
            max_cost_usd=max_cost_usd,
        )
        made = build_engine(loaded.settings).planner.plan(request, estimated=True)
    except MockwrightError as error:
        raise click.ClickException(str(error)) from None
    shown = json.dumps(plan_tree.to_json(made), indent=2, ensure_ascii=False)
    click.echo(plan_tree.mermaid(made) if mermaid else shown)


async def _answer(settings: Settings, request: MockRequest) -> MockResponse:
    from mockwright.app import build_engine

    engine = build_engine(settings)
    try:
        return await engine.handle(request)
    finally:
        await engine.pool.aclose()


main.add_command(mocks)


_HTTP_DIRECTIVES = {"cache", "cacheCount", "error", "prompt", "seed"}
"""Directives that only the decoder of HTTP controls acts on."""


def _shape(text: str) -> Any:
    from mockwright.shapes.parse import parse_shape

    shape = parse_shape(_json("--shape", text))
    for name in sorted(_HTTP_DIRECTIVES & shape.directives.keys()):
        click.echo(f"note: ${name} is for requests over HTTP, and not read here", err=True)
    return shape


def _names(text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    return () if [name.lower() for name in names] == ["auto"] else names


def _json(option: str, text: str) -> Json:
    try:
        content = Path(text[1:]).read_text("utf-8") if text.startswith("@") else text
        return json.loads(content, parse_constant=_no_json)
    except OSError as error:
        raise click.BadParameter(f"{text[1:]}: {error.strerror}", param_hint=option) from None
    except (ValueError, RecursionError) as error:
        raise click.BadParameter(f"not JSON: {error}", param_hint=option) from None


def _no_json(word: str) -> Json:
    raise ValueError(f"{word} is no JSON value")


def _load(config: Path | None) -> Loaded:
    from mockwright.config import read_settings

    try:
        return read_settings(config, os.environ)
    except ConfigError as error:
        raise click.ClickException(f"the configuration cannot be used\n{error}") from None


if __name__ == "__main__":
    main()
