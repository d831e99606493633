"""The life of one HTTP request, which is the same on every surface: plain ASGI around a surface.

Admit it, then recall a stored answer, carry out a fault or have the surface answer, then send and
record what happened. A stored answer takes the short way: no task, no watcher, nothing parsed.
Everything else runs in a task of its own, which is cancelled when the caller leaves.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Coroutine, MutableMapping, Sequence
from contextlib import AsyncExitStack, aclosing
from dataclasses import replace
from typing import Any, Final, Protocol, TypeAlias, TypeVar

import structlog

from mockwright.errors import MethodNotAllowedError
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
    """What answers the requests of one API; the cycle does everything that all APIs share."""

    mount: bytes
    """The path below which the API is served, without a slash at its end: ``/api/mock``."""
    id_header: bytes
    """The header field that carries the request's id in the answer, in lower case."""
    methods: frozenset[str] | None
    """The methods that are answered; None leaves it to the routes of the API."""
    has_plans: bool
    """Whether what its requests cost is counted by flow and route."""

    async def read(self, exchange: Exchange, receive: Receive) -> None:
        """Read the body within its bounds; raises RequestError and ClientGoneError."""

    def recall(self, exchange: Exchange, services: Services, scope: Scope) -> Reply | None:
        """Return the stored answer to a raw request; None where it has to be answered."""

    async def answer(self, exchange: Exchange, services: InForce, scope: Scope) -> Reply:
        """Return the answer; raises MockwrightError.

        Whoever waits asks for the services afterwards: a reload may put others in force meanwhile.
        """

    def head(self, exchange: Exchange, reply: Reply) -> Sequence[Header]:
        """Return the header fields that are known only as the reply goes out."""

    def describe(self, error: BaseException, exchange: Exchange) -> Reply:
        """Return an error in the form of the API; unexpected errors are logged with their
        traceback."""

    def simulate(self, asked: ErrorSimulation, exchange: Exchange) -> Reply:
        """Return an error that the caller asked for, in the form of the API."""


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
            # What is there already is sent from here: a task and a watcher would cost more than a
            # cache hit does.
            if isinstance(admitted, Reply):
                await self._send(exchange, services, admitted, send)
            else:
                # Here rather than in `_serve`: after the caller was cut off, `settle` below still
                # needs the object.
                if exchange.fault is not None:
                    send = faulty = FaultySend(exchange.fault, scope, send)
                work = self._serve(exchange, *admitted, send)
                await until_gone(work, receive, lambda: exchange.sent)
        except ClientGoneError:
            # Nobody is there to be answered. The journal gets the status 499, also for a stream
            # that was half sent; a reply that names a problem keeps its own status.
            sent = exchange.reply or Reply(CLIENT_GONE, (), b"")
            exchange.reply = sent if sent.problem else replace(sent, status=CLIENT_GONE)
        finally:
            if not exchange.noted:
                self._close(exchange, services)
        if faulty is not None:
            faulty.settle()

    async def _admit(self, exchange: Exchange, receive: Receive) -> Reply | tuple[Services, Scope]:
        """Return the reply to a request that needs no work, else what the work needs."""
        try:
            if exchange.method == "OPTIONS":
                return self._options(exchange)
            methods = self._surface.methods
            if methods is not None and exchange.method not in methods:
                detail = f"{exchange.method[:20]} is not answered here"
                raise MethodNotAllowedError(detail, METHODS)
            assign(exchange)
            await self._surface.read(exchange, receive)
            # Only after the body was read: a slow upload may last over a reload, which closes the
            # services that were in force before.
            services = self._services()
            scope = services.scopes.of(exchange.test)
            scope.requests += 1
            if scope.faults is not None and match_fault(exchange, scope) is not None:
                return services, scope
            return self._surface.recall(exchange, services, scope) or (services, scope)
        except ClientGoneError:
            raise
        except Exception as error:  # unexpected ones, too: they are logged, and become a 500
            return self._surface.describe(error, exchange)

    async def _serve(
        self, exchange: Exchange, services: Services, scope: Scope, send: Send
    ) -> None:
        """Answer and send the answer; whatever was opened for it is closed once it is out."""
        with structlog.contextvars.bound_contextvars(request_id=exchange.id):
            try:
                async with AsyncExitStack() as exchange.stack:
                    reply = await self._reply(exchange, services, scope)
                    await self._send(exchange, services, reply, send)
            except ClientGoneError:
                raise
            except Exception as error:
                if exchange.fault is not None and isinstance(error, ConnectionError):
                    raise  # a fault script breaks the connection of an in-process caller
                # The head is out, so the status can no longer change. The log and the journal say
                # what happened, and the connection ends without the end of the answer.
                told = self._surface.describe(error, exchange)
                if not exchange.sent and exchange.reply is not None:
                    exchange.reply = replace(exchange.reply, problem=told.problem)
                    raise ClientGoneError from error

    async def _reply(self, exchange: Exchange, services: Services, scope: Scope) -> Reply:
        """Return what a fault script or the surface answers; an error becomes a reply here."""
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
            return await self._surface.answer(exchange, self._services, scope)
        except ClientGoneError:
            raise
        except Exception as error:  # unexpected ones, too: they are logged, and become a 500
            return self._surface.describe(error, exchange)

    def _options(self, exchange: Exchange) -> Reply:
        known = exchange.known
        if b"access-control-request-method" not in known:
            return Reply(204, (_ALLOW,), b"")
        asked = known.get(b"access-control-request-headers", b"")
        cors = self._services().cors
        return Reply(204, (_ALLOW, *cors.preflight(known.get(b"origin"), asked)), b"")

    async def _send(self, exchange: Exchange, services: Services, reply: Reply, send: Send) -> None:
        known = exchange.known
        head = [
            *reply.head,
            (self._surface.id_header, exchange.id.encode()),
            (b"server-timing", encode_timings(exchange.trace.timings, exchange.seconds)),
            *self._surface.head(exchange, reply),
        ]
        if exchange.fault is not None:
            reply = apply_fault(replace(reply, head=tuple(head)), exchange.fault)
            head = [*reply.head]
        exchange.reply = reply
        # The reply to a preflight has its CORS headers already.
        if exchange.method != "OPTIONS" or b"access-control-request-method" not in known:
            head.extend(services.cors.headers(known.get(b"origin")))
        await send({"type": "http.response.start", "status": reply.status, "headers": head})
        if reply.stream is not None:
            await self._send_stream(exchange, services, reply, send)
        body = b"" if exchange.method == "HEAD" else reply.body
        # Set before: a caller may close the connection as soon as the last byte has come, which
        # must not look as if it had left too early.
        exchange.sent = True
        await send({"type": "http.response.body", "body": body})
        # At once: whoever has the answer may look for it in the journal, or ask for the next one.
        self._close(exchange, services)

    def _close(self, exchange: Exchange, services: Services) -> None:
        """Note what became of a request; called once for each."""
        exchange.noted = True
        services.counters.in_flight -= 1
        reply = exchange.reply or Reply(CLIENT_GONE, (), b"")
        ledger = services.ledger if self._surface.has_plans else None
        finish(exchange, reply, services.journal, services.counters, ledger)

    async def _send_stream(
        self, exchange: Exchange, services: Services, reply: Reply, send: Send
    ) -> None:
        """Send the parts as they come, and keep as many bytes of them as the journal takes."""
        assert reply.stream is not None  # noqa: S101 - for the type checker
        kept: list[bytes] = []
        room = services.settings.journal.max_body_bytes
        try:
            async with aclosing(reply.stream) as parts:
                if exchange.method == "HEAD":
                    return  # closes the stream unread: its backend need not go on
                async for part in parts:
                    if room > 0:
                        kept.append(part)
                        room -= len(part)
                    await send({"type": "http.response.body", "body": part, "more_body": True})
        finally:
            # Also of a stream that broke off, the journal shows what went out.
            exchange.reply = replace(reply, body=b"".join(kept))


async def until_gone(
    work: Coroutine[Any, Any, T], receive: Receive, is_over: Callable[[], bool] = lambda: False
) -> T:
    """Return the result of ``work``; cancel it when the caller leaves before it is done.

    ``is_over`` returns whether the answer is out: then a disconnect means nothing. Raises
    ClientGoneError.
    """
    task = asyncio.ensure_future(work)
    try:
        # Work that awaits nothing, such as the embedded generator's, is done after one turn of the
        # event loop: then no second task is needed to watch the caller.
        await asyncio.sleep(0)
        if not task.done():
            await _wait_for_either(task, receive, is_over)
        if not task.done():
            raise ClientGoneError
        return task.result()
    finally:
        # Awaited, so that the work has given back what it held when the request counts as over.
        await _cancel(task)


async def _wait_for_either(
    task: asyncio.Task[Any], receive: Receive, is_over: Callable[[], bool]
) -> None:
    """Wait until ``task`` is done or the caller has left."""
    watch = asyncio.ensure_future(_disconnected(receive, is_over))
    try:
        await asyncio.wait((task, watch), return_when=asyncio.FIRST_COMPLETED)
    finally:
        await _cancel(watch)


async def _disconnected(receive: Receive, is_over: Callable[[], bool]) -> None:
    """Wait until the caller has left; for ever if the answer is out.

    ASGI sends ``http.disconnect`` after a complete answer, too, so that the two look the same here.
    """
    while (await receive())["type"] != "http.disconnect":
        pass
    if is_over():
        await asyncio.get_running_loop().create_future()


async def _cancel(task: asyncio.Task[Any]) -> None:
    if not task.done():
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(task, return_exceptions=True)
