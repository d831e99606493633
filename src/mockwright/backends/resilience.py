"""Timeout, retry, breaker and concurrency limit around one backend.

tenacity and pybreaker stay in this file; nothing of theirs shows outside it.

What counts against the breaker: everything that says the backend is unwell or wrongly set up,
401, 403 and 404 included, since no request can succeed until somebody mends it. A 400, 413 or 422
is about the one request, and shows that the backend is alive. A client that leaves, and a call cut
short by the request's own deadline, say nothing.
"""

from __future__ import annotations

import asyncio
import sys
import time
from dataclasses import dataclass, field, replace
from typing import Final, NoReturn, cast

from pybreaker import CircuitBreaker
from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception,
    wait_exponential,
    wait_random,
)

from mockwright.backends.base import Backend, Probe
from mockwright.backends.limiter import Limiter
from mockwright.backends.stats import BreakerState, Stats
from mockwright.errors import (
    BackendError,
    BackendStatusError,
    BackendTimeoutError,
    CircuitOpenError,
    TransportError,
)
from mockwright.settings import BackendSettings, ResilienceSettings
from mockwright.types import Attempt, Completion, Task

_RETRIED: Final = frozenset({408, 409, 429})
_ABOUT_THE_REQUEST: Final = frozenset({400, 413, 422})


@dataclass(slots=True)
class Call:
    """One request to a pool, on its way through the backends it is offered to."""

    deadline: float
    """Of the event loop's clock; no attempt outlasts it."""
    attempts: list[Attempt] = field(default_factory=list)


class Breaker:
    """pybreaker's state machine, told of outcomes after the fact.

    Nothing is ever awaited inside pybreaker: what it offers for coroutines counts no failures,
    needs tornado, or takes a client that leaves for a failure. It has no notion of how many calls
    may probe at once either; admission is decided here.
    """

    def __init__(self, name: str, allowed_fails: int, cooldown: float) -> None:
        self._name = name
        self._cooldown = cooldown
        self._machine = CircuitBreaker(
            fail_max=allowed_fails, reset_timeout=cooldown, throw_new_error_on_trip=False
        )
        self._opened_at = 0.0
        self._probe: object | None = None

    @property
    def state(self) -> BreakerState:
        """Open turns into half-open only when a call is admitted after the cooldown."""
        return cast("BreakerState", self._machine.current_state)

    @property
    def admits(self) -> bool:
        """Whether a call made now would be let through."""
        if self.state == "closed":
            return True
        return self._probe is None and self.retry_after == 0

    @property
    def retry_after(self) -> float:
        """Seconds until a probe may pass; 0 where one may pass now."""
        if self.state != "open":
            return 0.0
        return max(0.0, self._opened_at + self._cooldown - time.monotonic())

    def admit(self) -> object:
        """A ticket to be given back with the outcome; raises CircuitOpenError."""
        if not self.admits:
            raise self.refusal()
        ticket = object()
        if self.state != "closed":
            self._machine.half_open()
            self._probe = ticket
        return ticket

    def refusal(self) -> CircuitOpenError:
        """What a call is told that is not admitted."""
        return CircuitOpenError(
            f"backend {self._name!r} is skipped: its circuit is {self.state}",
            backend=self._name,
            # While a probe is under way, its outcome is a matter of one call, not of a cooldown.
            retry_after=self.retry_after or 1.0,
        )

    def succeed(self, ticket: object) -> None:
        """The call came back well."""
        if self._current(ticket):
            self._machine.call(lambda: None)

    def fail(self, ticket: object) -> None:
        """The call failed; may open the circuit."""
        if not self._current(ticket):
            return
        try:
            self._machine.call(_raise, _Failure())
        except _Failure:
            if self.state == "open":
                self._opened_at = time.monotonic()

    def abandon(self, ticket: object) -> None:
        """The call told nothing, or its outcome is known by now; another may probe."""
        if ticket is self._probe:
            self._probe = None

    def reset(self) -> None:
        """Close the circuit and forget the failures."""
        self._probe = None
        self._machine.close()

    def _current(self, ticket: object) -> bool:
        """Whether the call was admitted in the present state; a probe is over with this."""
        if self._probe is not None and ticket is self._probe:
            self._probe = None
            return True
        return self.state == "closed"


class _Failure(Exception):  # noqa: N818 - a signal to pybreaker, not an error of ours
    """What pybreaker is shown in place of the real error."""


def _raise(error: Exception) -> NoReturn:
    raise error


class Guarded:
    """A backend behind its limits; itself a backend."""

    def __init__(
        self, inner: Backend, settings: BackendSettings, resilience: ResilienceSettings
    ) -> None:
        self.inner = inner
        self.stats = Stats()
        self.limiter = Limiter(inner.name, settings.max_parallel_requests, settings.max_queue)
        allowed = resilience.allowed_fails if resilience.breaker else sys.maxsize
        self.breaker = Breaker(inner.name, allowed, resilience.cooldown_time)
        self._timeout = settings.timeout or resilience.timeout
        self._retries = resilience.num_retries if resilience.retry else 0
        self._resilience = resilience
        first = resilience.retry_backoff_initial
        self._backoff = wait_exponential(multiplier=first) + wait_random(0, first)

    @property
    def name(self) -> str:
        """Of the backend within."""
        return self.inner.name

    @property
    def provider(self) -> str:
        """Of the backend within."""
        return self.inner.provider

    @property
    def model(self) -> str:
        """Of the backend within."""
        return self.inner.model

    @property
    def usable(self) -> bool:
        """Whether a call made now would be let through."""
        return self.breaker.admits and not self.limiter.saturated

    def refusal(self) -> BackendError | None:
        """Why a call made now would not be let through; ``None`` where it would."""
        if not self.breaker.admits:
            return self.breaker.refusal()
        return self.limiter.refusal(self.stats.mean) if self.limiter.saturated else None

    async def complete(self, task: Task, call: Call | None = None) -> Completion:
        """One answer, with retries; every attempt is added to ``call``.

        Raises the last attempt's BackendError.
        """
        if call is None:
            call = Call(asyncio.get_running_loop().time() + self._resilience.deadline)
        try:
            return await self._attempt(task, call)
        except BackendError as error:
            if not self._worth_retrying(error):
                raise
            failed = error
        return await self._retry(task, call, failed)

    async def probe(self) -> Probe:
        """Of the backend within, past the breaker and the limit."""
        return await self.inner.probe()

    async def aclose(self) -> None:
        """Give up the connections of the backend within."""
        await self.inner.aclose()

    async def _retry(self, task: Task, call: Call, failed: BackendError) -> Completion:
        """tenacity is shown the first failure, and only then makes attempts of its own.

        It costs more than the embedded generator does; what succeeds at once need not pay for it.
        """
        loop = asyncio.get_running_loop()
        pending = [failed]

        async def attempt() -> Completion:
            if pending:
                raise pending.pop()
            return await self._attempt(task, call)

        def exhausted(state: RetryCallState) -> bool:
            late = loop.time() + state.upcoming_sleep >= call.deadline
            return late or state.attempt_number > self._retries

        retrying = AsyncRetrying(
            sleep=asyncio.sleep,
            stop=exhausted,
            wait=self._wait,
            retry=retry_if_exception(self._worth_retrying),
            reraise=True,
        )
        return await retrying(attempt)

    async def _attempt(self, task: Task, call: Call) -> Completion:
        start = time.perf_counter()
        number = 1 + sum(attempt.backend == self.name for attempt in call.attempts)
        try:
            completion = await self._admitted(task, call)
        except BackendError as error:
            latency = time.perf_counter() - start
            call.attempts.append(
                Attempt(self.name, number, latency, error.code, str(error), self.breaker.state)
            )
            raise
        call.attempts.append(
            Attempt(self.name, number, completion.latency, breaker=self.breaker.state)
        )
        return replace(completion, attempts=tuple(call.attempts))

    async def _admitted(self, task: Task, call: Call) -> Completion:
        if not self.breaker.admits:
            raise self.breaker.refusal()
        async with self.limiter.slot(call.deadline, self.stats.mean):
            ticket = self.breaker.admit()
            try:
                return await self._measured(task, call.deadline, ticket)
            finally:
                self.breaker.abandon(ticket)

    async def _measured(self, task: Task, deadline: float, ticket: object) -> Completion:
        start = time.perf_counter()
        try:
            completion = await self._timed(task, deadline)
        except BackendError as error:
            self.stats.failed(error)
            self._judge(error, ticket)
            raise
        latency = time.perf_counter() - start
        self.stats.succeeded(completion, latency)
        self.breaker.succeed(ticket)
        return replace(completion, latency=latency)

    async def _timed(self, task: Task, deadline: float) -> Completion:
        own = asyncio.get_running_loop().time() + self._timeout
        try:
            async with asyncio.timeout_at(min(own, deadline)):
                return await self.inner.complete(task)
        except TimeoutError:
            if own > deadline:
                fault = f"backend {self.name!r} had not answered when the request's time was up"
                raise _OutOfTimeError(fault, backend=self.name) from None
            fault = f"backend {self.name!r} did not answer within {self._timeout:g} s"
            raise BackendTimeoutError(fault, backend=self.name) from None

    def _judge(self, error: BackendError, ticket: object) -> None:
        if isinstance(error, _OutOfTimeError):
            self.breaker.abandon(ticket)
        elif isinstance(error, BackendStatusError) and error.status in _ABOUT_THE_REQUEST:
            self.breaker.succeed(ticket)
        else:
            self.breaker.fail(ticket)

    def _worth_retrying(self, error: BaseException) -> bool:
        if not self.breaker.admits:
            return False
        if isinstance(error, BackendStatusError):
            patient = (error.retry_after or 0.0) <= self._resilience.retry_after_cap
            return patient and (error.status in _RETRIED or error.status >= 500)
        return isinstance(error, TransportError | BackendTimeoutError)

    def _wait(self, state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        asked = error.retry_after if isinstance(error, BackendError) else None
        if asked is not None:
            return asked
        return min(self._backoff(state), self._resilience.retry_backoff_max)


class _OutOfTimeError(BackendTimeoutError):
    """The request's time was up before the attempt's."""
