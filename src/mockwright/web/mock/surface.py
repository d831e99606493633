"""``/api/mock/{any path}``: any path answers in the shape that is asked for.

The fast way comes first: the raw bytes of a request that was answered from variants before lead
straight to the next stored answer; nothing is parsed, validated or copied. Everything else is
decoded and handled by the engine.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from hashlib import blake2b
from typing import Final

from mockwright.errors import MethodNotAllowedError, UnverifiedError
from mockwright.gateway.call import Call
from mockwright.gateway.engine import Engine
from mockwright.memory.state.scopes import Scope
from mockwright.settings import LimitSettings, Settings
from mockwright.telemetry import remote_parent
from mockwright.types import MISSING, ErrorSimulation, Json, Missing, MockRequest, MockResponse
from mockwright.web.controls.controls import DecodedRequest, Header, RawRequest, decode
from mockwright.web.http import problems, sse
from mockwright.web.http.access_log import begin
from mockwright.web.http.body import (
    Media,
    Receive,
    check_length,
    parse_body,
    read_bytes,
    read_chunks,
    read_media,
)
from mockwright.web.http.cors import METHODS
from mockwright.web.http.exchange import (
    BODILESS,
    Exchange,
    Reply,
    encode_begun,
    encode_cost,
    encode_head,
    encode_ignored,
    located,
    problem_reply,
)
from mockwright.web.http.uploads import read_multipart
from mockwright.web.mock.delay import delay_reply
from mockwright.web.mock.ndjson import stream_ndjson, to_ndjson
from mockwright.web.mock.review_reply import request_review
from mockwright.web.services import Services

MOUNT: Final = "/api/mock"
"""The path below which the surface is served."""
_FINGERPRINT_BYTES: Final = 1 << 20
"""Bodies that are larger cost more to hash than a look-up saves."""


class MockSurface:
    """Answers any path; served by :class:`~mockwright.web.http.cycle.Cycle`."""

    mount = MOUNT.encode()
    id_header = b"x-request-id"

    def __init__(self, settings: Settings) -> None:
        self._limits = settings.limits
        self._max_variants = settings.cache.max_variants
        self._seen: Engine | None = None
        self._epoch = 0

    async def read(self, exchange: Exchange, receive: Receive) -> None:
        """Read the body into the exchange; a multipart body is read part by part, and not kept as
        bytes.

        Raises MethodNotAllowedError, TooLargeError and UnreadableBodyError.
        """
        if exchange.method not in METHODS:
            detail = f"{exchange.method[:20]} is not answered here"
            raise MethodNotAllowedError(detail, METHODS)
        known = exchange.known
        length = known.get(b"content-length", b"")
        if known.get(b"content-type", b"")[:10].lower() == b"multipart/":
            check_length(length, self._limits.upload_bytes)
            exchange.upload = await read_multipart(
                read_chunks(receive, self._limits.upload_bytes),
                _media(exchange),
                field_bytes=self._limits.body_bytes,
                max_depth=self._limits.json_depth,
            )
        else:
            check_length(length, self._limits.body_bytes)
            exchange.body = await read_bytes(receive, self._limits.body_bytes)

    def recall(self, exchange: Exchange, services: Services, scope: Scope) -> Reply | None:
        """Return the next stored answer to the same raw request; None where there is none."""
        engine = services.engine
        exchange.digest = self._fingerprint(exchange, engine, scope)
        served = engine.recall(exchange.digest, scope.turns) if exchange.digest else None
        if served is None:
            return None
        # A request with a fault is recorded in full: the short form has no place for the fault.
        exchange.recalled = exchange.fault is None
        return Reply(200, served.variant.headers, served.variant.body, served.state)

    async def answer(self, exchange: Exchange, services: Services, scope: Scope) -> Reply:
        """Return the engine's answer, after the delay that was asked for; raises
        MockwrightError."""
        engine = services.engine
        lines = exchange.accepts(b"ndjson")
        decoded = self._decode(exchange, _body(exchange, self._limits))
        begin(exchange, services.journal)
        reply, call = await _respond(exchange, engine, scope, decoded, lines=lines)
        may_repeat = call is not None and not reply.problem and _is_repeatable(decoded, call)
        if call is not None and may_repeat and exchange.digest is not None:
            engine.remember(exchange.digest, call)
        return to_ndjson(reply) if lines and reply.stream is None else reply

    def head(self, exchange: Exchange, reply: Reply) -> Sequence[Header]:
        """Return where the answer comes from and what it cost, which may differ each time it is
        sent."""
        if not reply.cache:
            return ()
        return ((b"x-mock-cache", reply.cache.encode()), encode_cost(reply.cost_usd))

    def describe(self, error: BaseException, exchange: Exchange) -> Reply:
        """Return the problem document of an error (RFC 9457)."""
        return problem_reply(problems.describe(error, exchange.id))

    def simulate(self, asked: ErrorSimulation, exchange: Exchange) -> Reply:
        """Return the problem document of an error that the caller asked for."""
        return problem_reply(problems.simulate(asked, exchange.id))

    def _decode(self, exchange: Exchange, body: Json | Missing) -> DecodedRequest:
        raw = RawRequest(
            method=exchange.answered_method,
            raw_path=exchange.raw_path,
            query=exchange.query,
            headers=exchange.headers,
            body=body,
        )
        return decode(raw, exchange.id, self._limits, self._max_variants)

    def _fingerprint(self, exchange: Exchange, engine: Engine, scope: Scope) -> bytes | None:
        """Return a digest of the raw request; None where none would be of use.

        A large body is not worth it, an uploaded one is not kept, and NDJSON is another answer to
        the same request.
        """
        if len(exchange.body) > _FINGERPRINT_BYTES or exchange.upload is not MISSING:
            return None
        if exchange.accepts(b"ndjson"):
            return None
        if engine is not self._seen:
            # A reload brought another engine, whose path rules may differ: nothing that was
            # remembered under the old ones may be recalled.
            self._seen = engine
            self._epoch += 1
        salt = self._epoch.to_bytes(4, "little") + scope.epoch.to_bytes(8, "little")
        return blake2b(exchange.fingerprint(), digest_size=16, salt=salt).digest()


def _media(exchange: Exchange) -> Media:
    known = exchange.known
    return read_media(known.get(b"content-type", b""), known.get(b"content-encoding", b""))


def _body(exchange: Exchange, limits: LimitSettings) -> Json | Missing:
    if exchange.upload is not MISSING:
        return exchange.upload
    return parse_body(
        exchange.body, _media(exchange), limit=limits.body_bytes, max_depth=limits.json_depth
    )


async def _respond(
    exchange: Exchange, engine: Engine, scope: Scope, decoded: DecodedRequest, *, lines: bool
) -> tuple[Reply, Call | None]:
    """Return the simulated error or the engine's answer, not before the asked delay is over.

    With it comes the call that the engine answered, if it did.
    """
    request, call = decoded.request, None
    if request.error is not None:
        reply = problem_reply(problems.simulate(request.error, exchange.id))
    else:
        try:
            reply, call = await _handle(exchange, engine, scope, request, lines=lines)
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
    request = request if call is None else call.request
    return await delay_reply(exchange, engine, request, reply), call


async def _handle(
    exchange: Exchange, engine: Engine, scope: Scope, request: MockRequest, *, lines: bool
) -> tuple[Reply, Call]:
    """Return the engine's answer, made within the caller's tracing span if there is one."""
    with (
        remote_parent(exchange.headers),
        engine.observe(f"{request.method} {MOUNT}", request_id=request.id) as span,
    ):
        call = engine.plan(request, exchange.trace, scope)
        span.tell(flow=call.plan.flow, route=call.plan.route)
        pieces = engine.stream(call) if lines else None
        if pieces is not None and call.plan.status is None:
            # Awaited before the head goes out, so that an error can still become a status.
            first = await anext(pieces)
            head = encode_begun(engine.begun(call), sse.NDJSON)
            return Reply(200, head, b"", stream=stream_ndjson(first, pieces)), call
        response = await engine.answer(call)
        span.tell(quality=response.quality, filled=response.filled, cost_usd=response.cost_usd)
        reply = _encode(response, call.plan.status)
        if call.plan.state:
            reply = replace(reply, head=located(reply.head, exchange.target))
        return reply, call


def _encode(response: MockResponse, asked: int | None) -> Reply:
    head = response.head or encode_head(response)
    status = asked or response.status
    body = response.body
    if status in BODILESS:
        head = tuple(field for field in head if not field[0].startswith(b"content-"))
        body = b""
    return Reply(status, head, body, response.cache, response.backend, response.cost_usd)


def _is_repeatable(decoded: DecodedRequest, call: Call) -> bool:
    """Whether the stored bytes alone are the whole answer, sent at once and with the status 200."""
    if decoded.request.delay_range is not None or decoded.ignored:
        return False
    return call.plan.status is None and not call.plan.delay
