"""The life of one HTTP request, the same on every surface: plain ASGI around a surface.

admit -> (recall | fault | answer) -> send -> note what happened

A stored answer takes the short way: no task, no watcher, nothing parsed. Everything else runs in a
task of its own, which is cancelled when the caller leaves.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Coroutine, MutableMapping, Sequence
from contextlib import AsyncExitStack, aclosing
from dataclasses import replace
from typing import Any, Final, Protocol, TypeAlias, TypeVar

import structlog

from mockwright.memory.state.scopes import Scope
from mockwright.types import ErrorSimulation
from mockwright.web.controls.controls import Header
from mockwright.web.http.access_log import finish
from mockwright.web.http.body import ClientGoneError, Receive
from mockwright.web.http.cors import METHODS
from mockwright.web.http.exchange import (
    CLIENT_GONE,
    Exchange,
    Reply,
    assign,
    encode_timings,
    open_exchange,
)
from mockwright.web.http.fault_reply import apply_fault, fault_response, match_fault
from mockwright.web.http.fault_transport import FaultySend
from mockwright.web.services import InForce, Services

T = TypeVar("T")
AsgiScope: TypeAlias = MutableMapping[str, Any]
Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_ALLOW: Final = (b"allow", ", ".join(METHODS).encode())


class Surface(Protocol):
    """What answers the requests of one API; the cycle does all that is not its own."""

    mount: bytes
    """The path below which it stands, without a slash at its end."""
    id_header: bytes
    """The header field that tells the request's id, in lower case."""

    async def read(self, exchange: Exchange, receive: Receive) -> None:
        """Take in the body, within its bounds; raises RequestError and ClientGoneError."""

    def recall(self, exchange: Exchange, services: Services, scope: Scope) -> Reply | None:
        """Return the stored answer to a raw request; None where there is work to do."""

    async def answer(self, exchange: Exchange, services: Services, scope: Scope) -> Reply:
        """Return the answer; raises MockwrightError."""

    def head(self, exchange: Exchange, reply: Reply) -> Sequence[Header]:
        """Return the header fields that are only known as the reply goes out."""

    def describe(self, error: BaseException, exchange: Exchange) -> Reply:
        """Return an error in the surface's own words; one that nobody foresaw is logged."""

    def simulate(self, asked: ErrorSimulation, exchange: Exchange) -> Reply:
        """Return an error that was asked for, in the surface's own words."""


class Cycle:
    """A surface as an ASGI application for HTTP requests."""

    def __init__(self, surface: Surface, services: InForce) -> None:
        self._surface = surface
        self._services = services

    async def __call__(self, scope: AsgiScope, receive: Receive, send: Send) -> None:
        """Serve one HTTP request.

        Raises ConnectionError where a fault script breaks the connection of an in-process caller.
        """
        services = self._services()
        exchange = open_exchange(scope, self._surface.mount)
        faulty: FaultySend | None = None
        services.counters.in_flight += 1
        try:
            admitted = await self._admit(exchange, receive)
            if isinstance(admitted, Reply):
                await self._send(exchange, services, admitted, send)
            else:
                if exchange.fault is not None:
                    send = faulty = FaultySend(exchange.fault, scope, send)
                work = self._serve(exchange, *admitted, send)
                await until_gone(work, receive, lambda: exchange.sent)
        except ClientGoneError:
            # There is nobody to answer any more; the journal says so, also of a stream half sent.
            sent = exchange.reply or Reply(CLIENT_GONE, (), b"")
            exchange.reply = sent if sent.problem else replace(sent, status=CLIENT_GONE)
        finally:
            if not exchange.noted:
                self._close(exchange, services)
        if faulty is not None:
            faulty.settle()

    async def _admit(self, exchange: Exchange, receive: Receive) -> Reply | tuple[Services, Scope]:
        """The reply, where it takes no work; else what the work is done with."""
        try:
            if exchange.method == "OPTIONS":
                return self._options(exchange)
            assign(exchange)
            await self._surface.read(exchange, receive)
            # Not before the body is there: a reload meanwhile retires what was in force.
            services = self._services()
            scope = services.scopes.of(exchange.test)
            scope.requests += 1
            if scope.faults is not None and match_fault(exchange, scope) is not None:
                return services, scope
            return self._surface.recall(exchange, services, scope) or (services, scope)
        except ClientGoneError:
            raise
        except Exception as error:  # the last row of the surface's table: a 500, logged
            return self._surface.describe(error, exchange)

    async def _serve(
        self, exchange: Exchange, services: Services, scope: Scope, send: Send
    ) -> None:
        """Answer, and send the answer; what was opened for it is closed once it is out."""
        with structlog.contextvars.bound_contextvars(request_id=exchange.id):
            try:
                async with AsyncExitStack() as exchange.stack:
                    reply = await self._reply(exchange, services, scope)
                    if exchange.fault is not None:
                        reply = apply_fault(reply, exchange.fault)
                    await self._send(exchange, services, reply, send)
            except (ClientGoneError, ConnectionError):
                raise
            except Exception as error:
                # The head is out: all that can be done is to say so in the log and the journal.
                told = self._surface.describe(error, exchange)
                if not exchange.sent and exchange.reply is not None:
                    exchange.reply = replace(exchange.reply, problem=told.problem)
                    raise ClientGoneError from error

    async def _reply(self, exchange: Exchange, services: Services, scope: Scope) -> Reply:
        """What a fault script or the surface answers, or how the surface tells what went wrong."""
        try:
            fault = exchange.fault
            if fault is not None:
                await asyncio.sleep(fault.delay)
                if fault.error is not None:
                    return self._surface.simulate(fault.error, exchange)
                if (laid_down := fault_response(fault)) is not None:
                    return laid_down
                if (stored := self._surface.recall(exchange, services, scope)) is not None:
                    return stored
            return await self._surface.answer(exchange, services, scope)
        except ClientGoneError:
            raise
        except Exception as error:  # the last row of the surface's table: a 500, logged
            return self._surface.describe(error, exchange)

    def _options(self, exchange: Exchange) -> Reply:
        known = exchange.known
        if b"access-control-request-method" not in known:
            return Reply(204, (_ALLOW,), b"")
        asked = known.get(b"access-control-request-headers", b"")
        cors = self._services().cors
        return Reply(204, (_ALLOW, *cors.preflight(known.get(b"origin"), asked)), b"")

    async def _send(self, exchange: Exchange, services: Services, reply: Reply, send: Send) -> None:
        exchange.reply = reply
        known = exchange.known
        head = [
            *reply.head,
            (self._surface.id_header, exchange.id.encode()),
            (b"server-timing", encode_timings(exchange.trace.timings, exchange.seconds)),
            *self._surface.head(exchange, reply),
        ]
        if exchange.method != "OPTIONS" or b"access-control-request-method" not in known:
            head.extend(services.cors.headers(known.get(b"origin")))
        await send({"type": "http.response.start", "status": reply.status, "headers": head})
        if reply.stream is not None:
            await self._send_stream(exchange, services, reply, send)
        body = b"" if exchange.method == "HEAD" else reply.body
        exchange.sent = True
        await send({"type": "http.response.body", "body": body})
        # At once: whoever has the answer may look for it in the journal, or ask for the next one.
        self._close(exchange, services)

    def _close(self, exchange: Exchange, services: Services) -> None:
        """Note what became of a request; called once for each."""
        exchange.noted = True
        services.counters.in_flight -= 1
        reply = exchange.reply or Reply(CLIENT_GONE, (), b"")
        finish(exchange, reply, services.journal, services.counters, services.ledger)

    async def _send_stream(
        self, exchange: Exchange, services: Services, reply: Reply, send: Send
    ) -> None:
        """The parts as they come; as many of them as the journal takes are kept for it."""
        assert reply.stream is not None  # noqa: S101 - for the type checker
        kept: list[bytes] = []
        room = services.settings.journal.max_body_bytes
        try:
            async with aclosing(reply.stream) as parts:
                if exchange.method == "HEAD":
                    return
                async for part in parts:
                    if room > 0:
                        kept.append(part)
                        room -= len(part)
                    await send({"type": "http.response.body", "body": part, "more_body": True})
        finally:
            exchange.reply = replace(reply, body=b"".join(kept))


async def until_gone(
    work: Coroutine[Any, Any, T], receive: Receive, is_over: Callable[[], bool] = lambda: False
) -> T:
    """Return the result of ``work``; cancel it when the caller leaves before it is done.

    ``is_over`` tells whether the answer is out: then a departure means nothing. Raises
    ClientGoneError.
    """
    task = asyncio.ensure_future(work)
    try:
        # Work that never waits, such as the embedded generator's, is done after one turn.
        await asyncio.sleep(0)
        if not task.done():
            await _first(task, receive, is_over)
        if not task.done():
            raise ClientGoneError
        return task.result()
    finally:
        await _cancel(task)


async def _first(task: asyncio.Task[Any], receive: Receive, is_over: Callable[[], bool]) -> None:
    """Until ``task`` is done or the caller has left."""
    watch = asyncio.ensure_future(_disconnected(receive, is_over))
    try:
        await asyncio.wait((task, watch), return_when=asyncio.FIRST_COMPLETED)
    finally:
        await _cancel(watch)


async def _disconnected(receive: Receive, is_over: Callable[[], bool]) -> None:
    """Until the caller has left; never where the answer is out, which looks the same from here."""
    while (await receive())["type"] != "http.disconnect":
        pass
    if is_over():
        await asyncio.get_running_loop().create_future()


async def _cancel(task: asyncio.Task[Any]) -> None:
    if not task.done():
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(task, return_exceptions=True)
