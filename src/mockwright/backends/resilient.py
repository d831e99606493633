"""A backend behind its limits: timeout, retry, breaker and concurrency limit around every call.

What counts against the breaker: everything that says the backend is unwell or wrongly set up,
401, 403 and 404 included, since no request can succeed until somebody mends it. A 400, 413 or 422
is about the one request, and shows that the backend is alive. A client that leaves, a call cut
short by the request's own deadline, and a function that the backend does not have, say nothing.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import replace
from functools import partial
from typing import Final, TypeAlias, TypeVar

import structlog

from mockwright.backends.base import Backend, Probe, ignored_fields
from mockwright.backends.concurrency import Limiter
from mockwright.backends.resilience import Breaker, PoolCall, Retry
from mockwright.backends.stats import BackendStats
from mockwright.backends.streaming import Ending, OutOfTimeError, Stream
from mockwright.chat.types import ChatReply, ChatRequest, Embeddings, EmbedRequest
from mockwright.errors import (
    BackendError,
    BackendStatusError,
    BackendTimeoutError,
    TransportError,
    UnsupportedError,
)
from mockwright.settings import BackendSettings, ResilienceSettings
from mockwright.types import Attempt, Completion, JsonObject, Task

log = structlog.get_logger(__name__)

T = TypeVar("T")
Answer = TypeVar("Answer", Completion, ChatReply, Embeddings)
Operation: TypeAlias = Callable[[Backend], Awaitable[Answer]]
"""Asks something of a backend."""

_ABOUT_THE_REQUEST: Final = frozenset({400, 413, 422})


class ResilientBackend:
    """A ``Backend`` around another: it answers as that one does, or not at all.

    Each call may be handed the ``PoolCall`` that it is part of, whose deadline then holds and which
    is told every attempt; otherwise it makes its own, with the configured deadline.
    """

    def __init__(
        self, inner: Backend, settings: BackendSettings, resilience: ResilienceSettings
    ) -> None:
        self.inner = inner
        self.stats = BackendStats()
        self.limiter = Limiter(inner.name, settings.max_parallel_requests, settings.max_queue)
        allowed = resilience.allowed_fails if resilience.breaker else sys.maxsize
        self.breaker = Breaker(inner.name, allowed, resilience.cooldown_time)
        self._retry = Retry(resilience, self.breaker)
        self._timeout = settings.timeout or resilience.timeout
        self._deadline = resilience.deadline
        self._stream_deadline = resilience.stream_deadline
        self._price = settings.price

    @property
    def name(self) -> str:
        """The name of the backend within."""
        return self.inner.name

    @property
    def provider(self) -> str:
        """The provider of the backend within."""
        return self.inner.provider

    @property
    def model(self) -> str:
        """The model of the backend within."""
        return self.inner.model

    @property
    def supported_fields(self) -> frozenset[str] | None:
        """The fields that the backend within acts on."""
        return self.inner.supported_fields

    @property
    def usable(self) -> bool:
        """Whether a call made now would be let through."""
        return self.breaker.admits and not self.limiter.saturated

    def refusal(self) -> BackendError | None:
        """Return why a call made now would not be let through; ``None`` where it would."""
        if not self.breaker.admits:
            return self.breaker.refusal()
        return self.limiter.refusal(self.stats.mean) if self.limiter.saturated else None

    async def complete(self, task: Task, call: PoolCall | None = None) -> Completion:
        """Answer a task, if need be in several attempts, each of which is added to ``call``.

        Raises the last attempt's BackendError.
        """
        return await self._answer(lambda inner: inner.complete(task), call)

    async def chat(self, request: ChatRequest, call: PoolCall | None = None) -> ChatReply:
        """Answer a chat as :meth:`complete` does a task; tell what was not acted on."""
        reply = await self._answer(lambda inner: inner.chat(request), call)
        ignored = ignored_fields(self.inner, request)
        return replace(reply, ignored=ignored) if ignored else reply

    async def embed(self, request: EmbedRequest, call: PoolCall | None = None) -> Embeddings:
        """Embed texts as :meth:`complete` answers a task."""
        return await self._answer(lambda inner: inner.embed(request), call)

    async def stream(
        self, request: ChatRequest, call: PoolCall | None = None
    ) -> AsyncGenerator[JsonObject]:
        """Yield the chunks of :meth:`open`, which is called with the first."""
        async with aclosing(await self.open(request, call)) as opened:
            async for chunk in opened:
                yield chunk

    async def open(self, request: ChatRequest, call: PoolCall | None = None) -> Stream:
        """Return a stream whose first chunk has arrived, to be closed by the caller.

        Until then it is tried again, and no more after that. It keeps its slot and its ticket of
        the breaker to its end.
        """
        call = call or self._call()
        return await self._retry(lambda: self._begin(request, call), call.deadline)

    async def probe(self) -> Probe:
        """Probe the backend within, past the breaker and the limit."""
        return await self.inner.probe()

    async def aclose(self) -> None:
        """Give up the connections of the backend within."""
        await self.inner.aclose()

    def _call(self) -> PoolCall:
        return PoolCall(asyncio.get_running_loop().time() + self._deadline)

    async def _answer(self, operation: Operation[Answer], call: PoolCall | None) -> Answer:
        call = call or self._call()
        return await self._retry(lambda: self._attempt(operation, call), call.deadline)

    async def _attempt(self, operation: Operation[Answer], call: PoolCall) -> Answer:
        start, number = time.perf_counter(), self._attempt_number(call)
        try:
            ticket = await self._admit(call)
            try:
                begun = time.perf_counter()
                answer = await self._run(lambda: operation(self.inner), call, ticket)
                latency = time.perf_counter() - begun
                self.stats.succeeded(answer, latency)
                self.breaker.succeed(ticket)
            finally:
                self._leave(ticket)
        except BackendError as error:
            self._record(call, number, time.perf_counter() - start, error)
            raise
        self._record(call, number, latency)
        return replace(answer, latency=latency, attempts=tuple(call.attempts))

    async def _begin(self, request: ChatRequest, call: PoolCall) -> Stream:
        start, number = time.perf_counter(), self._attempt_number(call)
        try:
            ticket = await self._admit(call)
            begun = time.perf_counter()
            try:
                chunks = self.inner.stream(request)
                first = await self._run(lambda: self._first(chunks), call, ticket)
            except BaseException:
                self._leave(ticket)
                raise
        except BackendError as error:
            self._record(call, number, time.perf_counter() - start, error)
            raise
        return Stream(
            self.inner,
            request,
            first,
            chunks,
            price=self._price,
            gap=self._timeout,
            seconds=self._stream_deadline,
            attempts=tuple(call.attempts),
            on_end=partial(self._end_stream, call, number, begun, ticket),
        )

    async def _first(self, chunks: AsyncGenerator[JsonObject]) -> JsonObject:
        async for chunk in chunks:
            return chunk
        raise TransportError(f"backend {self.name!r} sent an empty stream", backend=self.name)

    def _end_stream(
        self,
        call: PoolCall,
        number: int,
        begun: float,
        ticket: object,
        stream: Stream,
        ending: Ending,
    ) -> tuple[Attempt, ...]:
        """Count a stream that has ended, and let others in."""
        latency = time.perf_counter() - begun
        if ending == "done":
            self.stats.succeeded(stream, latency)
            self.breaker.succeed(ticket)
            self._record(call, number, latency)
        else:
            self.stats.spent(stream)
        if isinstance(ending, BackendError):
            self._report_failure(ending, ticket)
            self._record(call, number, latency, ending)
        self._leave(ticket)
        return tuple(call.attempts)

    async def _admit(self, call: PoolCall) -> object:
        """Take a slot and return the breaker's ticket; :meth:`_leave` gives both back."""
        if not self.breaker.admits:
            raise self.breaker.refusal()  # nobody queues for a backend that is open
        await self.limiter.enter(call.deadline, self.stats.mean)
        try:
            return self.breaker.admit()
        except BackendError:
            self.limiter.leave()
            raise

    def _leave(self, ticket: object) -> None:
        self.breaker.abandon(ticket)
        self.limiter.leave()

    async def _run(self, ask: Callable[[], Awaitable[T]], call: PoolCall, ticket: object) -> T:
        try:
            return await self._run_in_time(ask, call.deadline)
        except BackendError as error:
            self._report_failure(error, ticket)
            raise

    async def _run_in_time(self, ask: Callable[[], Awaitable[T]], deadline: float) -> T:
        own = asyncio.get_running_loop().time() + self._timeout
        try:
            async with asyncio.timeout_at(min(own, deadline)):
                return await ask()
        except TimeoutError:
            if own > deadline:
                fault = f"backend {self.name!r} had not answered when the request's time was up"
                raise OutOfTimeError(fault, backend=self.name) from None
            fault = f"backend {self.name!r} did not answer within {self._timeout:g} s"
            raise BackendTimeoutError(fault, backend=self.name) from None

    def _report_failure(self, error: BackendError, ticket: object) -> None:
        if isinstance(error, UnsupportedError):
            return
        self.stats.failed(error)
        log.warning("backend failed", backend=self.name, code=error.code, detail=str(error))
        if isinstance(error, OutOfTimeError):
            self.breaker.abandon(ticket)
        elif isinstance(error, BackendStatusError) and error.status in _ABOUT_THE_REQUEST:
            self.breaker.succeed(ticket)
        else:
            self.breaker.fail(ticket)

    def _attempt_number(self, call: PoolCall) -> int:
        return 1 + sum(attempt.backend == self.name for attempt in call.attempts)

    def _record(
        self, call: PoolCall, number: int, latency: float, error: BackendError | None = None
    ) -> None:
        code, detail = (None, None) if error is None else (error.code, str(error))
        attempt = Attempt(self.name, number, latency, code, detail, self.breaker.state)
        call.attempts.append(attempt)
