"""What the chat surfaces have in common: a table of routes, keys, controls, and the way out.

How an error looks is each surface's own; the rest of a request's life is the
:class:`~mockwright.web.http.cycle.Cycle`'s.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass, field, replace
from typing import Final, TypeAlias

from mockwright.errors import NotFoundError, ParameterError
from mockwright.gateway.call import with_overrides
from mockwright.gateway.chats import ChatCall, ChatSession
from mockwright.gateway.conversation import Conversation
from mockwright.jsontext import dump
from mockwright.memory.state.scopes import Scope
from mockwright.settings import Settings
from mockwright.types import (
    MISSING,
    ErrorSimulation,
    Json,
    JsonObject,
    MockRequest,
    Trace,
    Usage,
)
from mockwright.web.chat.keys import Caller
from mockwright.web.controls.controls import Header, RawRequest, decode
from mockwright.web.http.body import Receive, check_length, parse_body, read_bytes, read_media
from mockwright.web.http.exchange import Exchange, Reply, encode_ignored, encode_recording
from mockwright.web.services import InForce, Services

_JSON: Final = (b"content-type", b"application/json")


@dataclass(slots=True)
class SurfaceCall:
    """One call to a chat surface, read and admitted."""

    exchange: Exchange
    request: MockRequest
    """The controls of the call; its body is not part of it."""
    body: JsonObject
    """The JSON object that was sent; empty where nothing was."""
    services: Services
    caller: Caller
    """Whose key it came with; counts what the call takes."""
    stack: AsyncExitStack
    """Closed when the call is over, however it ends."""
    params: tuple[str, ...] = ()
    """What stands for each ``{}`` of the route's path."""
    ignored: list[str] = field(default_factory=list)
    """Fields that have no effect, whether they are known or not; a header field lists them."""

    @property
    def conversation(self) -> Conversation:
        """The conversation, which knows the models."""
        return self.services.conversation

    def open_session(self, trace: Trace | None = None) -> ChatSession:
        """Return what the call may ask; what happens is noted in ``trace``, by default the call's
        own.

        Raises as :meth:`backends`, except where only recorded answers are wanted.
        """
        model = self.body.get("model")
        recordings = self.settings.recordings
        mode = self.request.mode or recordings.mode
        # An unknown model is an error at once, unless a recording can answer for it.
        if mode != "replay":
            self.backends(model)
        call = ChatCall(
            trace=trace or self.exchange.trace,
            scope=self.services.scopes.of(self.exchange.test),
            backends=lambda: self.backends(model),
            model=_model(model),
            named=self.request.backends,
            mode=mode,
            ignore=recordings.ignore,
        )
        return ChatSession(self.services.chats, call)

    @property
    def settings(self) -> Settings:
        """The whole configuration as it is at the time of the call."""
        return self.services.settings

    def backends(self, model: Json) -> tuple[str, ...]:
        """Return the backends that ``X-LLM-Backend`` names, else those that answer for ``model``.

        An empty tuple means the whole pool. Raises UnknownBackendError, UnknownModelError or
        ParameterError.
        """
        name = _model(model)
        if self.request.backends:
            return self.conversation.pool.resolve(self.request.backends)
        return self.conversation.resolve(name)

    def spend(self, usage: Usage, cost_usd: float) -> None:
        """Count what the call took against the caller's key."""
        self.caller.spend(usage.input_tokens + usage.output_tokens, cost_usd)


@dataclass(frozen=True, slots=True)
class WholeReply:
    """An answer that is there as a whole."""

    body: Json
    """Sent as JSON; MISSING for no body."""
    head: tuple[Header, ...] = ()
    status: int = 200
    backend: str = ""


@dataclass(frozen=True, slots=True)
class StreamedReply:
    """An answer that comes piece by piece; its backend has begun to answer already."""

    pieces: AsyncGenerator[bytes, None]
    head: tuple[Header, ...] = ()
    media: bytes = b"text/event-stream; charset=utf-8"
    """The media type of the pieces together."""
    backend: str = ""


@dataclass(frozen=True, slots=True)
class ErrorReply:
    """An error in the form of a surface's protocol."""

    status: int
    body: Json
    code: str
    """Short and stable, for the journal and the metrics."""
    retry_after: float | None = None
    """Seconds; None where waiting does not help."""
    head: tuple[Header, ...] = ()


Handler: TypeAlias = Callable[[SurfaceCall], Awaitable[WholeReply | StreamedReply]]
"""Answers one call; raises MockwrightError."""


@dataclass(frozen=True, slots=True)
class SurfaceRoute:
    """A method and a path, whose parts match one by one: ``{}`` is any part, ``{*}`` the rest."""

    method: str
    path: str
    handler: Handler

    def match(self, path: str) -> tuple[str, ...] | None:
        """Return what stands for each ``{}``; None for another path."""
        wanted, given = self.path.split("/"), path.rstrip("/").split("/")
        # Names of models may have slashes in them: `meta-llama/Llama-3.1-8B`.
        if wanted[-1] == "{*}" and len(given) >= len(wanted):
            given = [*given[: len(wanted) - 1], "/".join(given[len(wanted) - 1 :])]
        if len(wanted) != len(given):
            return None
        pairs = list(zip(wanted, given, strict=True))
        if any(w != g for w, g in pairs if w[:1] != "{") or any(not g for w, g in pairs if w != g):
            return None
        return tuple(g for w, g in pairs if w[:1] == "{")


class ChatSurface:
    """Serves ``routes``; ``describe`` and ``simulate`` put errors into the form of the protocol.

    Served by :class:`~mockwright.web.http.cycle.Cycle`.
    """

    mount = b""
    methods: frozenset[str] | None = None
    has_plans = False

    def __init__(
        self,
        settings: Settings,
        routes: Sequence[SurfaceRoute],
        describe: Callable[[BaseException, str], ErrorReply],
        simulate: Callable[[ErrorSimulation], ErrorReply],
        *,
        id_header: bytes = b"x-request-id",
    ) -> None:
        self.id_header = id_header
        self._limits = settings.limits
        self._routes = routes
        self._describe = describe
        self._simulate = simulate

    async def read(self, exchange: Exchange, receive: Receive) -> None:
        """Read the body into the exchange; raises TooLargeError."""
        check_length(exchange.known.get(b"content-length", b""), self._limits.body_bytes)
        exchange.body = await read_bytes(receive, self._limits.body_bytes)

    def recall(self, exchange: Exchange, services: Services, scope: Scope) -> Reply | None:
        """Return None: chats are stored as recordings only, which have to be looked up by their
        content."""
        return None

    async def answer(self, exchange: Exchange, services: InForce, scope: Scope) -> Reply:
        """Return what the route's handler answers; raises MockwrightError."""
        decoded = decode(_controls(exchange), exchange.id, self._limits, 1)
        exchange.ignored = (*decoded.ignored, *_mock_controls(decoded.request))
        request = with_overrides(decoded.request, scope)
        if request.delay:
            await asyncio.sleep(max(0.0, request.delay - exchange.seconds))
        if request.error is not None:
            return self.simulate(request.error, exchange)
        if request.status is not None and request.status >= 400:
            return self.simulate(ErrorSimulation(request.status), exchange)
        route, params = self._route(exchange.answered_method, request.path)
        in_force = services()  # only now: the key may have been revoked during the delay
        caller = in_force.keys.caller(exchange.headers)
        # A function rather than its result: what the call takes is counted until the head goes out.
        exchange.late_head = caller.headers
        caller.admit()
        assert exchange.stack is not None  # noqa: S101 - the cycle opens it for every answer
        body = _body(exchange, in_force.settings)
        call = SurfaceCall(exchange, request, body, in_force, caller, exchange.stack, params)
        answer = await route.handler(call)
        exchange.ignored += tuple(call.ignored)
        if isinstance(answer, WholeReply):
            return _whole_reply(answer, exchange)
        return await _streamed_reply(answer, exchange)

    def head(self, exchange: Exchange, reply: Reply) -> Sequence[Header]:
        """Return header fields that are known as the reply goes out: a key's rest, what is
        ignored."""
        head = [*exchange.late_head()]
        if exchange.ignored:
            head.append(encode_ignored(exchange.ignored))
        if exchange.trace.recording:
            head.append(encode_recording(exchange.trace.recording))
        return head

    def describe(self, error: BaseException, exchange: Exchange) -> Reply:
        """Return an error in the form of the surface's protocol."""
        return _error_reply(self._describe(error, exchange.id))

    def simulate(self, asked: ErrorSimulation, exchange: Exchange) -> Reply:
        """Return an error that the caller asked for, in the form of the surface's protocol."""
        return _error_reply(self._simulate(asked))

    def _route(self, method: str, path: str) -> tuple[SurfaceRoute, tuple[str, ...]]:
        others = []
        for route in self._routes:
            params = route.match(path)
            if params is not None and route.method == method:
                return route, params
            if params is not None:
                others.append(route.method)
        if others:
            raise NotFoundError(f"Not allowed: {method} {path[:200]}; it takes {', '.join(others)}")
        raise NotFoundError(f"Unknown request URL: {method} {path[:200]}")


def _whole_reply(answer: WholeReply, exchange: Exchange) -> Reply:
    body = b"" if answer.body is MISSING else dump(answer.body)
    head = (_JSON, _length(body), *answer.head) if body else answer.head
    return Reply(answer.status, head, body, exchange.cache, backend=answer.backend)


async def _streamed_reply(answer: StreamedReply, exchange: Exchange) -> Reply:
    """Return the reply once its first piece is there: an error before that still has its own
    status."""
    if exchange.stack is not None:  # also where nothing of the stream is sent
        exchange.stack.push_async_callback(answer.pieces.aclose)
    first = await anext(answer.pieces, b"")
    head = ((b"content-type", answer.media), (b"cache-control", b"no-cache"), *answer.head)
    stream = _with_first(first, answer.pieces)
    return Reply(200, head, b"", exchange.cache, backend=answer.backend, stream=stream)


async def _with_first(
    first: bytes, pieces: AsyncGenerator[bytes, None]
) -> AsyncGenerator[bytes, None]:
    async with aclosing(pieces):
        yield first
        async for piece in pieces:
            yield piece


def _error_reply(error: ErrorReply) -> Reply:
    body = dump(error.body)
    head = (_JSON, _length(body), *error.head)
    if error.retry_after is not None:
        head = (*head, (b"retry-after", str(max(1, math.ceil(error.retry_after))).encode()))
    return Reply(error.status, head, body, problem=error.code)


def _length(body: bytes) -> Header:
    return (b"content-length", str(len(body)).encode())


def _mock_controls(request: MockRequest) -> tuple[str, ...]:
    """Return the names of controls that are understood, but have a meaning only on the mock
    surface."""
    return tuple(name for name in _MOCK_CONTROLS if getattr(request, name) is not None)


_MOCK_CONTROLS: Final = (
    *("flow", "budget", "max_cost_usd", "state", "context", "autoshape", "delay_range"),
)


def _controls(exchange: Exchange) -> RawRequest:
    return RawRequest(
        method=exchange.answered_method,
        raw_path=exchange.raw_path,
        query=exchange.query,
        headers=exchange.headers,
    )


def _body(exchange: Exchange, settings: Settings) -> JsonObject:
    """Return the JSON object that was sent; empty where nothing was. Raises RequestError."""
    limits = settings.limits
    known = exchange.known
    media = read_media(known.get(b"content-type", b""), known.get(b"content-encoding", b""))
    value = parse_body(
        exchange.body,
        # Read as JSON whatever its media type says: clients of these protocols send nothing else.
        replace(media, type="application/json"),
        limit=limits.body_bytes,
        max_depth=limits.json_depth,
    )
    if value is MISSING:
        return {}
    if not isinstance(value, dict):
        raise ParameterError(f"expected a JSON object as the body, got {_named(value)}")
    return value


def _model(value: Json) -> str:
    if not isinstance(value, str) or not value:
        raise ParameterError("you must provide a model parameter", "model")
    return value


def _named(value: Json) -> str:
    return {list: "a list", str: "a string", bool: "a boolean", type(None): "null"}.get(
        type(value), "a number"
    )
