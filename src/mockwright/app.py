"""The composition root: settings in, a running ASGI application out.

``build_*`` put one component together each. ``Gateway`` holds what is in force and replaces it at a
reload; ``Application`` is what a server calls.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal
from urllib.parse import urlsplit

import structlog
from starlette.types import ASGIApp, Receive, Send
from starlette.types import Scope as AsgiScope

from mockwright import __version__
from mockwright.backends.factory import build_pool, build_realist
from mockwright.backends.pool import Pool
from mockwright.compute.programs.program_runner import ProgramRunner
from mockwright.compute.recognize import recognize
from mockwright.compute.sandbox import Sandbox, SandboxLimits
from mockwright.config import load_settings
from mockwright.errors import ConfigError, FaultScriptError, MockwrightError, RequestError
from mockwright.faults import Averages, FaultScript, read_delay_range, read_faults
from mockwright.gateway.cached import CacheSource
from mockwright.gateway.chat_replay import RecordedConversation
from mockwright.gateway.conversation import Conversation
from mockwright.gateway.engine import Engine, plan_in
from mockwright.gateway.flow_models import Flows
from mockwright.gateway.generated import GeneratedSource
from mockwright.gateway.producer import Producer
from mockwright.gateway.replay import RecordingPlayer, RecordingSource
from mockwright.gateway.sources import build_sources
from mockwright.gateway.stateful import ResourceSource
from mockwright.memory.cache.variants import Variants
from mockwright.memory.journal.cost_ledger import CostLedger
from mockwright.memory.journal.journal import Journal
from mockwright.memory.journal.redact import Redactor
from mockwright.memory.journal.reviews import Reviews
from mockwright.memory.state.collections import Seeds, State, StateLimits, read_seeds
from mockwright.memory.state.contexts import Contexts
from mockwright.memory.state.scopes import Scope, Scopes, Structures
from mockwright.memory.store import Store
from mockwright.planning.models import models_of
from mockwright.planning.path_rules import RouteTable, check_routes
from mockwright.planning.planner import Planner
from mockwright.recordings import read_ignore
from mockwright.settings import ComputeSettings, Settings
from mockwright.telemetry import build_observe
from mockwright.types import DelayRange
from mockwright.web.chat.keys import ApiKeys
from mockwright.web.http.cors import Cors
from mockwright.web.http.counters import Counters
from mockwright.web.http.cycle import Cycle
from mockwright.web.http.exchange import encode_head
from mockwright.web.mock.surface import MockSurface
from mockwright.web.services import InForce, Services

if TYPE_CHECKING:
    from mockwright.web.chat.surface import ChatSurface
    from mockwright.web.openai.responses.routes import Responses

log = structlog.get_logger(__name__)

_OLLAMA: Final = frozenset(
    f"/api/{name}"
    for name in ("tags", "show", "chat", "generate", "embed", "embeddings", "version", "ps")
)
"""Paths of Ollama's API, which has no prefix of its own."""
# Sections that are read once, when the process starts: memory and sockets are built of them.
_AT_RESTART = (
    *("server", "cache", "journal", "storage", "log", "telemetry", "limits", "compute"),
    *("recordings", "tests", "contexts", "state", "faults"),
)


class Memory:
    """Everything that outlives a request, and a reload of the configuration."""

    def __init__(self, settings: Settings) -> None:
        self.store = Store(settings.storage.path) if settings.storage.path else None
        self.variants = Variants(settings.cache, self.store)
        self.journal = Journal(settings.journal, Redactor(secrets_of(settings)))
        self.ledger = CostLedger()
        self.averages = Averages()
        self.reviews = Reviews(self.store)
        self.scopes = build_scopes(settings)
        self.counters = Counters()
        self.player = RecordingPlayer(settings.recordings, lambda: self.journal.redactor)
        self.observe = build_observe(settings.telemetry)
        self.sandbox = build_sandbox(settings.compute)

    async def start(self) -> None:
        """Load what was stored. Raises ConfigError where the file cannot be used."""
        await self.variants.start()
        await self.reviews.start()

    async def aclose(self) -> None:
        """Write what is not yet written, close the file, and stop the processes that run
        programs."""
        # The store last of those that write to it.
        await self.sandbox.aclose()
        await self.player.aclose()
        await self.variants.aclose()
        if self.store is not None:
            await self.store.aclose()
        await self.observe.aclose()


def build_engine(settings: Settings, memory: Memory | None = None) -> Engine:
    """Return an engine; no connection is made until the first request.

    Raises ConfigError, also for faults that show only when the parts are put together.
    """
    check_routes(settings.routes)
    # Only to have a misspelt word refused now, rather than at the first recording.
    for words in (settings.recordings.ignore, *(route.ignore for route in settings.routes)):
        read_ignore(words)
    memory = memory or Memory(settings)
    pool = build_pool(
        settings.backends,
        settings.resilience,
        upstream_bytes=settings.limits.upstream_bytes,
        realism=settings.realism,
    )
    planner = Planner(
        routes=RouteTable(settings.routes),
        defaults=settings.mock,
        resolve=pool.resolve,
        limits=settings.limits,
        flows=settings.flows,
        models=models_of(settings.backends, settings.routing),
        see=recognize,
        recordings=settings.recordings,
        state=settings.state,
    )
    planner.check()
    producer = Producer(
        planner,
        pool,
        settings.resilience.deadline,
        build_realist(settings.realism),
        settings.quality.model_dump(),
        memory.observe,
        build_program_runner(settings, memory.sandbox),
    )
    recordings = RecordingSource(memory.player, encode_head)
    cache = CacheSource(memory.variants, encode_head, _salt(settings))
    resources = ResourceSource(partial(plan_in, planner))
    return Engine(
        producer,
        build_sources(resources, recordings, cache, GeneratedSource(producer)),
        recordings,
        cache,
        memory.scopes,
        memory.reviews,
        memory.averages,
        build_delay_range(settings),
    )


def build_services(settings: Settings, memory: Memory, keys: ApiKeys | None = None) -> Services:
    """Return what the surfaces work with; raises ConfigError.

    ``keys`` are those in force, where they stay.
    """
    engine = build_engine(settings, memory)
    flows = Flows(tuple(settings.flows), engine.handle)
    conversation = Conversation(engine.pool, settings.api.aliases, engine.realist, flows)
    return Services(
        settings=settings,
        engine=engine,
        conversation=conversation,
        chats=RecordedConversation(conversation, memory.player),
        keys=keys or ApiKeys(settings.api.api_keys),
        scopes=memory.scopes,
        journal=memory.journal,
        ledger=memory.ledger,
        reviews=memory.reviews,
        variants=memory.variants,
        counters=memory.counters,
        cors=Cors(settings.server.cors_origins),
    )


def build_scopes(settings: Settings) -> Scopes:
    """Return the state of tests, each of which starts with the configured seed data and faults.

    Raises ConfigError for seed data or a fault script that cannot be read.
    """
    seeds = read_seed_file(settings.state.seed_data)
    limits = StateLimits(
        settings.state.max_collections, settings.state.max_items, settings.state.max_bytes
    )

    # Once for the error, which belongs at the start rather than into the first request.
    try:
        State(seeds, limits)
    except RequestError as error:
        raise ConfigError(f"state.seed_data {settings.state.seed_data}: {error}") from None

    def build(test: str) -> Scope:
        contexts = Contexts(settings.contexts.expiry, settings.contexts.max_contexts)
        structures = Structures(settings.mock.autoshape_expiry)
        faults = build_faults(settings)
        return Scope(test, contexts, State(seeds, limits), faults, structures=structures)

    return Scopes(build, settings.tests)


def build_faults(settings: Settings) -> FaultScript | None:
    """Return the configured fault script, from its beginning; None for none. Raises ConfigError."""
    if not settings.faults:
        return None
    try:
        return read_faults(list(settings.faults), settings.limits)
    except FaultScriptError as error:
        raise ConfigError(str(error)) from None


def build_delay_range(settings: Settings) -> DelayRange | None:
    """Return how slow every answer is to be; None for no delay. Raises ConfigError."""
    asked = settings.mock.delay_range
    try:
        return None if asked is None else read_delay_range(asked, settings.limits.max_delay)
    except ValueError as error:
        raise ConfigError(f"mock.delay_range: got {asked!r}, expected {error}") from None


def read_seed_file(path: Path | None) -> Seeds:
    """Return the resources of a JSON file, with which state starts; raises ConfigError."""
    if path is None:
        return {}
    try:
        data = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ConfigError(f"state.seed_data {path}: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"state.seed_data {path}: not JSON: {error}") from None
    try:
        return read_seeds(data)
    except RequestError as error:
        raise ConfigError(f"state.seed_data {path}: {error}") from None


def build_sandbox(settings: ComputeSettings) -> Sandbox:
    """Return where programs of models run; no process is started before a program is run."""
    limits = SandboxLimits(settings.seconds, settings.memory_mb, settings.result_mb)
    return Sandbox(settings.sandbox, settings.workers, limits)


def build_program_runner(settings: Settings, sandbox: Sandbox) -> ProgramRunner:
    """Return who writes programs (the backends with the role ``code``), and where they run."""
    coders = [one.name for one in settings.backends if one.enabled and "code" in one.roles]
    return ProgramRunner(sandbox, tuple(coders), settings.compute.seconds)


_ANSWER_FIELDS: Final = {
    "name",
    "provider",
    "base_url",
    "model",
    "temperature",
    "max_tokens",
    "context_window",
    "model_path",
    "profile",
}
"""The fields of a backend that can change what it answers."""


def _salt(settings: Settings) -> str:
    """Return everything in the configuration that can change an answer.

    Variants that were made under another configuration are not served any more.
    """
    return settings.model_dump_json(
        include={"backends": {"__all__": _ANSWER_FIELDS}, "realism": True, "mock": {"reasks"}}
    )


def secrets_of(settings: Settings) -> Iterator[str]:
    """Yield every configured secret, so that none is shown even where a backend repeats it.

    Some may be empty.
    """
    for backend in settings.backends:
        hidden = [*backend.headers.values(), *filter(None, (backend.api_key,))]
        yield from (secret.get_secret_value() for secret in hidden)
        yield urlsplit(backend.base_url or "").password or ""
    if settings.server.admin_token is not None:
        yield settings.server.admin_token.get_secret_value()


class Gateway:
    """The services in force, and their replacement while requests are in flight."""

    def __init__(self, settings: Settings, config: Path | None = None) -> None:
        self._started = settings
        self.memory = Memory(settings)
        self.services = build_services(settings, self.memory)
        """What the surfaces work with; a reload replaces it. Its sections of ``_AT_RESTART`` stay
        as they were at the start."""
        self._config = config
        self._retiring: set[asyncio.Task[None]] = set()
        self._opening: asyncio.Task[None] | None = None

    @property
    def settings(self) -> Settings:
        """The configuration in force."""
        return self.services.settings

    @property
    def engine(self) -> Engine:
        """The engine in force."""
        return self.services.engine

    def reload(self) -> tuple[str, ...]:
        """Read the configuration again and put it in force.

        Return the names of sections that changed but take effect only at the next start. Raises
        ConfigError where the new configuration is broken; then the old one stays.
        """
        wanted = load_settings(self._config, os.environ)
        fixed = {name: getattr(self._started, name) for name in _AT_RESTART}
        # An admin token is changed because someone has it who should not: that cannot wait.
        token = {"admin_token": wanted.server.admin_token}
        fixed["server"] = self._started.server.model_copy(update=token)
        waiting = tuple(name for name in _AT_RESTART if getattr(wanted, name) != fixed[name])
        settings = wanted.model_copy(update=fixed)
        old, keys = self.services, self.services.keys
        if settings.api.api_keys != old.settings.api.api_keys:
            keys = ApiKeys(settings.api.api_keys, keys)
        self.services = build_services(settings, self.memory, keys)
        self.memory.journal.redactor = Redactor(secrets_of(settings))
        self.memory.player.hide_anew()
        # Requests in flight still use the old pool. The set holds the task: asyncio itself keeps
        # only a weak reference to it.
        task = asyncio.get_running_loop().create_task(_retire(old.engine.pool, settings))
        self._retiring.add(task)
        task.add_done_callback(self._retiring.discard)
        log.info("configuration reloaded", backends=len(settings.backends), at_restart=waiting)
        return waiting

    def reload_on_signal(self) -> None:
        """Reload as SIGHUP asks for it; a broken configuration is reported in the log."""
        try:
            self.reload()
        except ConfigError as error:
            log.error("reload refused, the old configuration stays", fault=str(error))

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Load memory, have SIGHUP reload the configuration, and close everything at the end."""
        await self.memory.start()
        if self.engine.producer.runner.backends:
            self._opening = asyncio.create_task(self.memory.sandbox.open())
        loop = asyncio.get_running_loop()
        # Windows has no SIGHUP, and only the main thread may handle signals: a test's may be
        # another one.
        with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
            loop.add_signal_handler(signal.SIGHUP, self.reload_on_signal)
        try:
            yield
        finally:
            await self._close()

    async def _close(self) -> None:
        if self._opening is not None:
            self._opening.cancel()
            await asyncio.gather(self._opening, return_exceptions=True)
        for task in self._retiring:
            task.cancel()
        await asyncio.gather(*self._retiring, return_exceptions=True)
        await self.memory.aclose()
        await self.engine.pool.aclose()


async def _retire(pool: Pool, settings: Settings) -> None:
    """Close a replaced pool when its last request is done, at the latest after the longest
    deadline."""
    try:
        longest = max(settings.resilience.deadline, settings.resilience.stream_deadline)
        async with asyncio.timeout(longest):
            await pool.drained()
    except TimeoutError:
        pass
    finally:
        await pool.aclose()


class Application:
    """The ASGI application: the mock surface first, then the chat surfaces, the rest by FastAPI.

    FastAPI's routing and middleware cost more than answering a cached variant does, so they are not
    in its way (``bench/gateway.py`` measures by how much). Importing FastAPI takes as long as
    everything else together, so that is done in a thread while the mock surface serves already.
    """

    def __init__(self, gateway: Gateway) -> None:
        self.gateway = gateway
        self.mock = Cycle(MockSurface(gateway.settings), self.in_force)
        self._surfaces: dict[str, Cycle] = {}
        self._api: asyncio.Task[ASGIApp] | None = None

    def in_force(self) -> Services:
        """Return the services in force."""
        return self.gateway.services

    async def __call__(self, scope: AsgiScope, receive: Receive, send: Send) -> None:
        """Dispatch by the type of the scope and the beginning of the path."""
        path: str = scope.get("path", "")
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http" and (path.startswith("/api/mock/") or path == "/api/mock"):
            await self.mock(scope, receive, send)
        elif scope["type"] == "http" and (surface := self._surface(scope)) is not None:
            await surface(scope, receive, send)
        elif scope["type"] == "websocket" and path.rstrip("/") == "/v1/responses":
            await self._socket(scope, receive, send)
        else:
            # Shielded: a caller who leaves meanwhile must not cancel what others wait for.
            api = await asyncio.shield(self._prepare())
            await api(scope, receive, send)

    def _surface(self, scope: AsgiScope) -> Cycle | None:
        """Return the chat surface that a path belongs to, imported when it is first asked for."""
        name = surface_of(scope["path"], scope["headers"])
        if name is not None and name not in self._surfaces:
            self._surfaces[name] = Cycle(self._build_surface(name), self.in_force)
        return None if name is None else self._surfaces[name]

    def _build_surface(self, name: str) -> ChatSurface:
        settings = self.gateway.settings
        if name == "openai":
            from mockwright.web.openai.surface import build_openai

            return build_openai(settings, self._responses)
        if name == "anthropic":
            from mockwright.web.anthropic.surface import build_anthropic

            return build_anthropic(settings)
        from mockwright.web.ollama.surface import build_ollama

        return build_ollama(settings)

    @cached_property
    def _responses(self) -> Responses:
        from mockwright.web.openai.responses.routes import Responses
        from mockwright.web.openai.responses.store import ResponseStore

        return Responses(ResponseStore(self.gateway.settings.api.max_responses))

    async def _socket(self, scope: AsgiScope, receive: Receive, send: Send) -> None:
        from mockwright.web.openai.responses.socket import ResponseSocket

        await ResponseSocket(scope, send, self.in_force, self._responses).serve(receive)

    def _prepare(self) -> asyncio.Task[ASGIApp]:
        """Return the task that builds FastAPI's part of the application, once."""
        # A task belongs to one event loop, and tests use one application in several.
        if self._api is None or self._api.get_loop() is not asyncio.get_running_loop():
            build = asyncio.to_thread(_build_api, self.in_force, self.gateway.reload)
            self._api = asyncio.get_running_loop().create_task(build)
        return self._api

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        """Speak the ASGI lifespan protocol, version 2.0."""
        await receive()
        try:
            async with self.gateway.running():
                self._prepare()
                await send({"type": "lifespan.startup.complete"})
                await receive()
                if "_responses" in self.__dict__:  # only if one was ever asked for
                    await self._responses.aclose()
        except MockwrightError as error:
            await send({"type": "lifespan.startup.failed", "message": str(error)})
        else:
            await send({"type": "lifespan.shutdown.complete"})


def create_app(settings: Settings | None = None, config: Path | None = None) -> Application:
    """Return the application.

    Without ``settings`` they are read from the file ``config`` and the environment. Raises
    ConfigError.
    """
    if settings is None:
        settings = load_settings(config, os.environ)
    return Application(Gateway(settings, config))


def surface_of(
    path: str, headers: Iterable[tuple[bytes, bytes]] = ()
) -> Literal["openai", "anthropic", "ollama"] | None:
    """Return whose API a path belongs to; None for none of the chat surfaces.

    ``/v1/models`` is in both OpenAI's and Anthropic's API, of which only Anthropic's clients send
    ``anthropic-version``.
    """
    if path.startswith("/v1/messages"):
        return "anthropic"
    if path.startswith("/v1/models") and any(name == b"anthropic-version" for name, _ in headers):
        return "anthropic"
    if path.startswith("/v1/") or path == "/v1":
        return "openai"
    return "ollama" if path in _OLLAMA else None


def _build_api(services: InForce, reload: Callable[[], tuple[str, ...]]) -> ASGIApp:
    from fastapi import FastAPI

    from mockwright.web.admin.admin import build_admin
    from mockwright.web.admin.health import build_health
    from mockwright.web.admin.metrics import build_metrics
    from mockwright.web.admin.reviews import build_status
    from mockwright.web.http.handlers import add_problem_handlers

    api = FastAPI(
        title="Mockwright",
        version=__version__,
        summary="A mock API gateway: any path, any shape, always valid.",
    )
    add_problem_handlers(api)
    api.include_router(build_admin(services, reload))
    api.include_router(build_health(services))
    api.include_router(build_status(services))
    api.include_router(build_metrics(services))
    return api
