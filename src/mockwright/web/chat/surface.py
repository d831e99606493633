"""What the chat surfaces have in common: a table of routes becomes a plain ASGI application.

Reads and bounds the body, asks for the key, simulates what the caller wants simulated, hands over
to the route's handler, sends its answer whole or piece by piece, gives everything up when the
caller leaves, and notes what happened. How an error looks is each surface's own.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections.abc import AsyncGenerator, Awaitable, Callable, MutableMapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from typing import Any, Final, Protocol, TypeAlias

import structlog

from mockwright.errors import NotFoundError, ParameterError, RequestError
from mockwright.faults import Fault as Struck
from mockwright.gateway.chat_replay import RecordedConversation
from mockwright.gateway.conversation import Conversation
from mockwright.gateway.engine import with_overrides
from mockwright.gateway.replay import RecordingPlayer
from mockwright.jsontext import dump
from mockwright.memory.journal.journal import Journal
from mockwright.memory.state.scopes import Scopes
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
from mockwright.web.chat.keys import ApiKeys, Caller
from mockwright.web.controls.controls import Header, RawRequest, decode
from mockwright.web.http.access_log import finish
from mockwright.web.http.body import (
    ClientGoneError,
    Receive,
    check_length,
    parse_body,
    read_bytes,
    read_media,
)
from mockwright.web.http.cors import METHODS, Cors
from mockwright.web.http.counters import Counters
from mockwright.web.http.exchange import (
    CLIENT_GONE,
    Exchange,
    Reply,
    assign,
    encode_ignored,
    encode_recording,
    encode_timings,
    open_exchange,
)
from mockwright.web.http.fault_reply import apply_fault, fault_response, match_fault
from mockwright.web.http.fault_transport import FaultySend, faulty_send

Scope: TypeAlias = MutableMapping[str, Any]
Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_JSON: Final = (b"content-type", b"application/json")
_ALLOW: Final = (b"allow", ", ".join(METHODS).encode())


@dataclass(slots=True)
class SurfaceCall:
    """One call to a surface, read and allowed."""

    exchange: Exchange
    request: MockRequest
    """Its controls; its body is not among them."""
    body: JsonObject
    services: ChatServices
    caller: Caller
    stack: AsyncExitStack
    """Left when the call is over, however it ends."""
    params: tuple[str, ...] = ()
    """What stands for each ``{}`` of the route's path."""
    ignored: list[str] = field(default_factory=list)
    """What was understood, or not known, and is not acted on; told in a header."""

    @property
    def conversation(self) -> Conversation:
        """What answers."""
        return self.services.conversation

    def talks(self, trace: Trace | None = None) -> RecordedConversation:
        """What the call may ask; what happens is noted in ``trace``, or else in its own.

        Raises what :meth:`backends` does, except where only recorded answers are wanted.
        """
        model = self.body.get("model")
        mode = self.request.mode or self.settings.recordings.mode
        if mode != "replay":
            self.backends(model)
        return RecordedConversation(
            conversation=self.conversation,
            replays=self.services.replays,
            scope=self.services.scopes.of(self.exchange.test),
            trace=trace or self.exchange.trace,
            model=_model(model),
            named=self.request.backends,
            backends=lambda: self.backends(model),
            mode=mode,
            ignore=self.settings.recordings.ignore,
        )

    @property
    def settings(self) -> Settings:
        """The whole configuration, as it is at the time of the call."""
        return self.services.settings

    def backends(self, model: Json) -> tuple[str, ...]:
        """Those that ``X-LLM-Backend`` names, else those that answer for ``model``.

        Raises UnknownBackendError, UnknownModelError or ParameterError.
        """
        name = _model(model)
        if self.request.backends:
            return self.conversation.pool.resolve(self.request.backends)
        return self.conversation.resolve(name)

    def spend(self, usage: Usage, cost_usd: float) -> None:
        """Count what a call took against the caller's key."""
        self.caller.spend(usage.input_tokens + usage.output_tokens, cost_usd)


@dataclass(frozen=True, slots=True)
class WholeReply:
    """An answer that is there at once."""

    body: Json
    head: tuple[Header, ...] = ()
    status: int = 200
    backend: str = ""


@dataclass(frozen=True, slots=True)
class StreamedReply:
    """An answer that comes piece by piece; its first piece is there already."""

    pieces: AsyncGenerator[bytes, None]
    head: tuple[Header, ...] = ()
    media: bytes = b"text/event-stream; charset=utf-8"
    backend: str = ""


@dataclass(frozen=True, slots=True)
class ErrorReply:
    """An error in the words of a surface."""

    status: int
    body: Json
    code: str
    """For the journal and the metrics."""
    retry_after: float | None = None
    head: tuple[Header, ...] = ()


Handler: TypeAlias = Callable[[SurfaceCall], Awaitable[WholeReply | StreamedReply]]


@dataclass(frozen=True, slots=True)
class SurfaceRoute:
    """``path`` is matched piece by piece; ``{}`` is one piece, ``{*}`` the rest."""

    method: str
    path: str
    handler: Handler

    def match(self, path: str) -> tuple[str, ...] | None:
        """What stands for each ``{}``; None where the path is another."""
        wanted, given = self.path.split("/"), path.rstrip("/").split("/")
        if wanted[-1] == "{*}" and len(given) >= len(wanted):
            given = [*given[: len(wanted) - 1], "/".join(given[len(wanted) - 1 :])]
        if len(wanted) != len(given):
            return None
        pairs = list(zip(wanted, given, strict=True))
        if any(w != g for w, g in pairs if w[:1] != "{") or any(not g for w, g in pairs if w != g):
            return None
        return tuple(g for w, g in pairs if w[:1] == "{")


class Surface:
    """Serves ``routes``; ``describe`` puts an error, ``simulate`` an asked-for one, in words."""

    def __init__(
        self,
        routes: Sequence[SurfaceRoute],
        describe: Callable[[BaseException, str], ErrorReply],
        simulate: Callable[[ErrorSimulation], ErrorReply],
        *,
        id_header: bytes = b"x-request-id",
    ) -> None:
        self._routes = routes
        self._describe = describe
        self._simulate = simulate
        self._id_header = id_header

    async def __call__(
        self, scope: Scope, receive: Receive, send: Send, services: ChatServices
    ) -> None:
        """Serve one HTTP request."""
        exchange = open_exchange(scope, b"")
        session = _Session(exchange, services, scope, send, self._id_header)
        services.counters.in_flight += 1
        try:
            exchange.body = await self._read(exchange, session, receive)
            if not session.reply:
                await _unless_gone(self._serve(session), session, receive)
        except ClientGoneError:
            # There is nobody to answer any more; the journal says so, also of a stream half sent.
            if session.reply and not session.reply.problem:
                session.reply = replace(session.reply, status=CLIENT_GONE)
        finally:
            services.counters.in_flight -= 1
            reply = session.reply or Reply(CLIENT_GONE, (), b"")
            finish(exchange, reply, services.journal, services.counters)
        session.settle()

    async def _read(self, exchange: Exchange, session: _Session, receive: Receive) -> bytes:
        limit = session.services.settings.limits.body_bytes
        try:
            check_length(exchange.known.get(b"content-length", b""), limit)
            return await read_bytes(receive, limit)
        except RequestError as error:
            await session.refuse(self._describe(error, exchange.id))
            return b""

    async def _serve(self, session: _Session) -> None:
        """Never raises an Exception: what goes wrong is told, in the head or in the stream."""
        exchange = session.exchange
        bound = structlog.contextvars.bound_contextvars(request_id=exchange.id)
        try:
            with bound:
                async with AsyncExitStack() as stack:
                    await self._answer(session, stack)
        except ClientGoneError:
            raise
        except Exception as error:  # the last row of the surface's table: a 500, logged
            await session.refuse(self._describe(error, exchange.id))

    async def _answer(self, session: _Session, stack: AsyncExitStack) -> None:
        exchange, services = session.exchange, session.services
        if exchange.method == "OPTIONS":
            return await session.preflight()
        assign(exchange)
        if await self._fail(session):
            return None
        decoded = decode(_controls(exchange), exchange.id, services.settings.limits, 1)
        session.ignored = (*decoded.ignored, *_of_mocks(decoded.request))
        request = with_overrides(decoded.request, services.scopes.of(exchange.test))
        if request.delay:
            await asyncio.sleep(max(0.0, request.delay - exchange.seconds))
        if request.error is not None:
            return await session.refuse(self._simulate(request.error))
        if request.status is not None and request.status >= 400:
            return await session.refuse(self._simulate(ErrorSimulation(request.status)))
        route, params = self._route(exchange.answered_method, request.path)
        caller = services.keys.caller(exchange.headers)
        session.caller = caller
        caller.admit()
        call = SurfaceCall(
            exchange,
            request,
            _body(exchange, services.settings),
            services,
            caller,
            stack,
            params,
        )
        answer = await route.handler(call)
        session.ignored += tuple(call.ignored)
        if isinstance(answer, WholeReply):
            return await session.send_whole(answer)
        return await session.send_stream(answer, self._describe)

    async def _fail(self, session: _Session) -> bool:
        """Whether a fault script answers, in the words of the surface; a delay is waited for."""
        exchange = session.exchange
        scope = session.services.scopes.of(exchange.test)
        scope.requests += 1
        struck = match_fault(exchange, scope)
        if struck is None:
            return False
        session.suffer(struck)
        await asyncio.sleep(struck.delay)
        reply = fault_response(struck)
        if reply is not None:
            await session.send(reply)
        elif struck.error is not None:
            await session.refuse(self._simulate(struck.error))
        return session.reply is not None

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


class ChatServices(Protocol):
    """What a surface works with. Each is asked for when it is needed: a reload replaces some."""

    @property
    def conversation(self) -> Conversation:
        """What answers."""

    @property
    def settings(self) -> Settings:
        """The configuration in force."""

    @property
    def keys(self) -> ApiKeys:
        """Who may call."""

    @property
    def scopes(self) -> Scopes:
        """What belongs to each test."""

    @property
    def replays(self) -> RecordingPlayer:
        """What is recorded."""

    @property
    def journal(self) -> Journal:
        """Where calls are noted."""

    @property
    def counters(self) -> Counters:
        """Where calls are counted."""

    @property
    def cors(self) -> Cors:
        """What browsers are told."""


class _Session:
    """The way out of one call."""

    def __init__(
        self, exchange: Exchange, services: ChatServices, scope: Scope, send: Send, id_header: bytes
    ) -> None:
        self._scope = scope
        self._faulty: FaultySend | None = None
        self.exchange = exchange
        self.services = services
        self.caller: Caller | None = None
        self.ignored: tuple[str, ...] = ()
        self.reply: Reply | None = None
        """What went out, once its head has."""
        self.done = False
        self._send = send
        self._id_header = id_header

    def suffer(self, fault: Struck) -> None:
        """From here on, what is sent suffers ``fault``."""
        self._faulty = faulty_send(fault, self._scope, self._send)
        self._send = self._faulty

    def settle(self) -> None:
        """Raise what could not be done to the connection of an in-process caller."""
        if self._faulty is not None:
            self._faulty.settle()

    async def send(self, reply: Reply) -> None:
        self.reply = reply
        await self._start(reply)
        await self._end(reply.body)

    async def send_whole(self, answer: WholeReply) -> None:
        body = b"" if answer.body is MISSING else dump(answer.body)
        head = (_JSON, *answer.head) if body else answer.head
        self.reply = Reply(answer.status, head, body, self.exchange.cache, backend=answer.backend)
        await self._start(self.reply)
        await self._end(body)

    async def send_stream(
        self, answer: StreamedReply, describe: Callable[[BaseException, str], ErrorReply]
    ) -> None:
        pieces = answer.pieces
        first = await anext(pieces, b"")
        head = ((b"content-type", answer.media), (b"cache-control", b"no-cache"), *answer.head)
        self.reply = Reply(200, head, b"", self.exchange.cache, backend=answer.backend)
        await self._start(self.reply)
        kept, room = [first], self.services.settings.journal.max_body_bytes
        try:
            await self._send({"type": "http.response.body", "body": first, "more_body": True})
            async for piece in pieces:
                if room > 0:
                    kept.append(piece)
                    room -= len(piece)
                await self._send({"type": "http.response.body", "body": piece, "more_body": True})
        except Exception as error:
            # The head is out: all that can be done is to break off, and to say so in the journal.
            fault = describe(error, self.exchange.id)
            self.reply = replace(self.reply, problem=fault.code)
            raise ClientGoneError from error
        finally:
            await pieces.aclose()
            self.reply = replace(self.reply, body=b"".join(kept))
        await self._end(b"")

    async def refuse(self, fault: ErrorReply) -> None:
        if self.reply is not None:
            return
        body = b"" if self.exchange.method == "HEAD" else dump(fault.body)
        head = (_JSON, *fault.head)
        if fault.retry_after is not None:
            head = (*head, (b"retry-after", str(max(1, math.ceil(fault.retry_after))).encode()))
        self.reply = Reply(fault.status, head, body, problem=fault.code)
        await self._start(self.reply)
        await self._end(body)

    async def preflight(self) -> None:
        known = self.exchange.known
        asked = known.get(b"access-control-request-headers", b"")
        head = (_ALLOW, *self.services.cors.preflight(known.get(b"origin"), asked))
        self.reply = Reply(204, head, b"")
        await self._start(self.reply, cross=False)
        await self._end(b"")

    async def _start(self, reply: Reply, *, cross: bool = True) -> None:
        exchange = self.exchange
        head = [
            *reply.head,
            (self._id_header, exchange.id.encode()),
            (b"server-timing", encode_timings(exchange.trace.timings, exchange.seconds)),
        ]
        if reply.body and not any(name == b"content-length" for name, _ in head):
            head.append((b"content-length", str(len(reply.body)).encode()))
        if self.caller is not None:
            head += self.caller.headers()
        if self.ignored:
            head.append(encode_ignored(self.ignored))
        if exchange.trace.recording:
            head.append(encode_recording(exchange.trace.recording))
        if exchange.fault is not None:
            reply = self.reply = apply_fault(replace(reply, head=tuple(head)), exchange.fault)
            head = list(reply.head)
        if cross:
            head += self.services.cors.headers(exchange.known.get(b"origin"))
        await self._send({"type": "http.response.start", "status": reply.status, "headers": head})

    async def _end(self, body: bytes) -> None:
        self.done = True
        last = b"" if self.exchange.method == "HEAD" else body
        await self._send({"type": "http.response.body", "body": last})


async def _unless_gone(work: Awaitable[None], session: _Session, receive: Receive) -> None:
    """``work``, cancelled when the caller leaves before its answer is out."""
    task = asyncio.ensure_future(work)
    watch = asyncio.ensure_future(_gone(session, receive))
    try:
        await asyncio.wait((task, watch), return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            raise ClientGoneError
        task.result()
    finally:
        for one in (task, watch):
            one.cancel()
            with contextlib.suppress(asyncio.CancelledError, ClientGoneError):
                await one


async def _gone(session: _Session, receive: Receive) -> None:
    """Until the caller has left; never where the answer is out, which looks the same from here."""
    while (await receive())["type"] != "http.disconnect":
        pass
    if session.done:
        await asyncio.get_running_loop().create_future()


def _of_mocks(request: MockRequest) -> tuple[str, ...]:
    """Controls that are understood, and mean something only on the mock surface."""
    return tuple(name for name in _MOCKS if getattr(request, name) is not None)


_MOCKS: Final = (
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
    """The JSON object that was sent; empty where nothing was. Raises RequestError."""
    limits = settings.limits
    known = exchange.known
    media = read_media(known.get(b"content-type", b""), known.get(b"content-encoding", b""))
    value = parse_body(
        exchange.body,
        # Whatever it is called, it has to be JSON: clients of these protocols send nothing else.
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
