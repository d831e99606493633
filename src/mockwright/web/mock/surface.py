"""``/api/mock/{any path}``: a plain ASGI application.

The fast way comes first: the raw bytes of a request that was answered from variants before lead
straight to the next stored answer; nothing is parsed, validated or copied. Everything else is
decoded, handled by the engine, and cancelled when the caller leaves.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Coroutine, MutableMapping
from dataclasses import replace
from hashlib import blake2b
from typing import Any, Final, TypeAlias, TypeVar

import structlog

from mockwright.errors import UnverifiedError
from mockwright.gateway.engine import Engine, with_overrides
from mockwright.memory.state.scopes import Scope
from mockwright.settings import Settings
from mockwright.telemetry import remote_parent
from mockwright.types import Json, Missing, MockRequest, MockResponse, Plan
from mockwright.web.controls.controls import DecodedRequest, RawRequest, decode
from mockwright.web.http import problems, sse
from mockwright.web.http.access_log import begin, finish
from mockwright.web.http.body import (
    ClientGoneError,
    Media,
    Receive,
    check_length,
    parse_body,
    read_bytes,
    read_chunks,
    read_media,
)
from mockwright.web.http.cors import METHODS, Cors
from mockwright.web.http.counters import Counters
from mockwright.web.http.exchange import (
    BODILESS,
    CLIENT_GONE,
    Exchange,
    Reply,
    assign,
    encode_begun,
    encode_cost,
    encode_head,
    encode_ignored,
    encode_timings,
    located,
    open_exchange,
    problem_reply,
)
from mockwright.web.http.fault_reply import apply_fault, fault_response, match_fault
from mockwright.web.http.fault_transport import faulty_send
from mockwright.web.http.uploads import read_multipart
from mockwright.web.mock.delay import delay_reply
from mockwright.web.mock.ndjson import stream_ndjson, to_ndjson, wants_ndjson
from mockwright.web.mock.review_reply import request_review

__all__ = ["MOUNT", "MockSurface", "encode_head"]

MOUNT: Final = "/api/mock"
T = TypeVar("T")
AsgiScope: TypeAlias = MutableMapping[str, Any]
Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_ALLOW: Final = (b"allow", ", ".join(METHODS).encode())
_FINGERPRINT_BYTES: Final = 1 << 20
"""Larger bodies are not worth hashing before they are understood."""


class MockSurface:
    """Answers any path in the shape that is asked for.

    ``engine`` is asked anew for each request, so that it can be replaced while others run.
    """

    def __init__(
        self, engine: Callable[[], Engine], settings: Settings, counters: Counters | None = None
    ) -> None:
        self._engine = engine
        self._limits = settings.limits
        self._max_variants = settings.cache.max_variants
        self._cors = Cors(settings.server.cors_origins)
        self.counters = counters or Counters()
        self._seen: Engine | None = None
        self._epoch = 0

    async def __call__(self, scope: AsgiScope, receive: Receive, send: Send) -> None:
        """Serve one HTTP request."""
        exchange = open_exchange(scope, MOUNT.encode())
        self.counters.in_flight += 1
        reply = Reply(CLIENT_GONE, (), b"")
        try:
            reply = await self._reply(exchange, receive)
            if exchange.fault is not None:
                reply = apply_fault(reply, exchange.fault)
                send = faulty_send(exchange.fault, scope, send)
                await until_gone(self._send(exchange, reply, send), receive)
            elif reply.stream is None:
                await self._send(exchange, reply, send)
            else:
                await until_gone(self._send(exchange, reply, send), receive)
        except ClientGoneError:
            # There is nobody to answer; the journal says so.
            reply = Reply(CLIENT_GONE, (), b"")
        finally:
            self.counters.in_flight -= 1
            engine = self._engine()
            finish(exchange, reply, engine.journal, self.counters, engine.ledger)

    def _epoch_of(self, engine: Engine) -> int:
        """Counts engines, so that what was remembered under old path rules is not recalled."""
        if engine is not self._seen:
            self._seen = engine
            self._epoch += 1
        return self._epoch

    async def _reply(self, exchange: Exchange, receive: Receive) -> Reply:
        """An answer in any case, unless nobody waits for one."""
        try:
            if exchange.method == "OPTIONS":
                return self._options(exchange)
            if exchange.method not in METHODS:
                return _not_allowed(exchange)
            assign(exchange)
            return await self._answer(exchange, receive)
        except ClientGoneError:
            raise
        except Exception as error:  # the last row of the problem table: a 500, logged
            return problem_reply(problems.describe(error, exchange.id))

    async def _answer(self, exchange: Exchange, receive: Receive) -> Reply:
        known = exchange.known
        media = read_media(known.get(b"content-type", b""), known.get(b"content-encoding", b""))
        if media.type.startswith("multipart/"):
            body = await self._read_upload(exchange, media, receive)
            engine = self._engine()
            scope = engine.scopes.of(exchange.test)
            scope.requests += 1
            if failure := await self._fail(exchange, scope, receive):
                return failure
            answer = _respond(exchange, engine, scope, self._decode(exchange, body))
            return await until_gone(answer, receive)
        check_length(known.get(b"content-length", b""), self._limits.body_bytes)
        exchange.body = await read_bytes(receive, self._limits.body_bytes)
        # Not before the body is there: a reload meanwhile retires the engine that was.
        engine = self._engine()
        scope = engine.scopes.of(exchange.test)
        scope.requests += 1
        if scope.faults is not None and (failure := await self._fail(exchange, scope, receive)):
            return failure
        lines = wants_ndjson(known.get(b"accept", b""))
        fingerprint = None if lines else _fingerprint(exchange, scope, self._epoch_of(engine))
        served = engine.recall(fingerprint, scope.turns) if fingerprint else None
        if served is not None:
            exchange.recalled = exchange.fault is None
            return Reply(200, served.variant.headers, served.variant.body, served.state)
        body = parse_body(
            exchange.body, media, limit=self._limits.body_bytes, max_depth=self._limits.json_depth
        )
        decoded = self._decode(exchange, body)
        begin(exchange, engine.journal)
        reply = await until_gone(_respond(exchange, engine, scope, decoded, lines=lines), receive)
        plan = exchange.trace.plan
        if fingerprint and plan and not reply.problem and _is_repeatable(decoded, plan):
            engine.remember(fingerprint, decoded.request, plan, scope)
        return to_ndjson(reply) if lines and reply.stream is None else reply

    async def _fail(self, exchange: Exchange, scope: Scope, receive: Receive) -> Reply | None:
        """What a fault script answers in place of the engine, if it does; a delay is waited for."""
        fault = match_fault(exchange, scope)
        if fault is None:
            return None
        if fault.delay:
            await until_gone(asyncio.sleep(fault.delay), receive)
        if fault.error is not None:
            return problem_reply(problems.simulate(fault.error, exchange.id))
        return fault_response(fault)

    async def _read_upload(self, exchange: Exchange, media: Media, receive: Receive) -> Json:
        check_length(exchange.known.get(b"content-length", b""), self._limits.upload_bytes)
        return await read_multipart(
            read_chunks(receive, self._limits.upload_bytes),
            media,
            field_bytes=self._limits.body_bytes,
            max_depth=self._limits.json_depth,
        )

    def _decode(self, exchange: Exchange, body: Json | Missing) -> DecodedRequest:
        wire = RawRequest(
            method=exchange.answered_method,
            raw_path=exchange.raw_path,
            query=exchange.query,
            headers=exchange.headers,
            body=body,
        )
        return decode(wire, exchange.id, self._limits, self._max_variants)

    def _options(self, exchange: Exchange) -> Reply:
        known = exchange.known
        if b"access-control-request-method" not in known:
            return Reply(204, (_ALLOW,), b"")
        asked = known.get(b"access-control-request-headers", b"")
        return Reply(204, (_ALLOW, *self._cors.preflight(known.get(b"origin"), asked)), b"")

    async def _send(self, exchange: Exchange, reply: Reply, send: Send) -> None:
        preflight = b"access-control-request-method" in exchange.known
        head = [
            *reply.head,
            (b"x-request-id", exchange.id.encode()),
            (b"server-timing", encode_timings(exchange.trace.timings, exchange.seconds)),
        ]
        if reply.cache:
            head += ((b"x-mock-cache", reply.cache.encode()), encode_cost(reply.cost_usd))
        if not (preflight and exchange.method == "OPTIONS"):
            head.extend(self._cors.headers(exchange.known.get(b"origin")))
        body = b"" if exchange.method == "HEAD" else reply.body
        await send({"type": "http.response.start", "status": reply.status, "headers": head})
        if reply.stream is not None:
            async with contextlib.aclosing(reply.stream) as parts:
                if exchange.method != "HEAD":
                    async for part in parts:
                        await send(_part(part))
        await send({"type": "http.response.body", "body": body})


def _part(body: bytes) -> MutableMapping[str, Any]:
    return {"type": "http.response.body", "body": body, "more_body": True}


async def until_gone(work: Coroutine[Any, Any, T], receive: Receive) -> T:
    """The result of ``work``; cancels it and raises ClientGoneError when the caller leaves."""
    task = asyncio.ensure_future(work)
    try:
        # Work that never waits, such as the embedded generator's, is done after one turn.
        await asyncio.sleep(0)
        if not task.done():
            await _first(task, receive)
        if not task.done():
            raise ClientGoneError
        return task.result()
    finally:
        await _cancel(task)


async def _first(task: asyncio.Task[Any], receive: Receive) -> None:
    """Until ``task`` is done or the caller has left."""
    watch = asyncio.ensure_future(_disconnected(receive))
    try:
        await asyncio.wait((task, watch), return_when=asyncio.FIRST_COMPLETED)
    finally:
        await _cancel(watch)


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _cancel(task: asyncio.Task[Any]) -> None:
    if not task.done():
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(task, return_exceptions=True)


async def _respond(
    exchange: Exchange,
    engine: Engine,
    scope: Scope,
    decoded: DecodedRequest,
    *,
    lines: bool = False,
) -> Reply:
    """The simulated error, or the engine's answer; not before the asked delay is over."""
    request = with_overrides(decoded.request, scope)
    with structlog.contextvars.bound_contextvars(request_id=exchange.id):
        if request.error is not None:
            reply = problem_reply(problems.simulate(request.error, exchange.id))
        else:
            try:
                reply = await _handle(exchange, engine, scope, request, lines=lines)
            except UnverifiedError as error:
                if not error.review:
                    raise
                reply = request_review(exchange, engine, error)
    if decoded.ignored:
        reply = replace(reply, head=(*reply.head, encode_ignored(decoded.ignored)))
    plan = exchange.trace.plan
    delay = request.delay if plan is None else plan.delay
    if (left := delay - exchange.seconds) > 0:
        await asyncio.sleep(left)
    return await delay_reply(exchange, engine, request, reply)


async def _handle(
    exchange: Exchange, engine: Engine, scope: Scope, request: MockRequest, *, lines: bool
) -> Reply:
    """The engine's answer; what it takes is within the caller's span, where there is one."""
    with (
        remote_parent(exchange.headers),
        engine.observe(f"{request.method} {MOUNT}", request_id=request.id) as span,
    ):
        plan = engine.plan(request, exchange.trace, scope)
        span.tell(flow=plan.flow, route=plan.route)
        pieces = engine.stream(plan, exchange.trace) if lines else None
        if pieces is not None and plan.status is None:
            first = await anext(pieces)
            head = encode_begun(engine.begun(plan, exchange.trace), sse.NDJSON)
            return Reply(200, head, b"", stream=stream_ndjson(first, pieces))
        response = await engine.answer(request, plan, exchange.trace, scope)
        span.tell(quality=response.quality, filled=response.filled, cost_usd=response.cost_usd)
        reply = _encode(response, plan.status)
        return replace(reply, head=located(reply.head, exchange.target)) if plan.state else reply


def _encode(response: MockResponse, asked: int | None) -> Reply:
    head = response.head or encode_head(response)
    status = asked or response.status
    body = response.body
    if status in BODILESS:
        head = tuple(field for field in head if not field[0].startswith(b"content-"))
        body = b""
    return Reply(status, head, body, response.cache, response.backend, response.cost_usd)


def _is_repeatable(decoded: DecodedRequest, plan: Plan) -> bool:
    """Whether the stored bytes alone, with the status 200, are the whole answer."""
    if decoded.request.delay_range is not None or decoded.ignored:
        return False
    return plan.status is None and not plan.delay and not plan.state and plan.context is None


def _fingerprint(exchange: Exchange, scope: Scope, epoch: int) -> bytes | None:
    if len(exchange.body) > _FINGERPRINT_BYTES:
        return None
    salt = epoch.to_bytes(4, "little") + scope.epoch.to_bytes(8, "little")
    return blake2b(exchange.fingerprint(), digest_size=16, salt=salt).digest()


def _not_allowed(exchange: Exchange) -> Reply:
    detail = f"{exchange.method[:20]} is not answered here"
    problem = problems.refuse(405, "method-not-allowed", detail, exchange.id)
    return problem_reply(problem, _ALLOW)
