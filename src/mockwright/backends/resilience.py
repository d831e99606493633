"""Retry and breaker: tenacity and pybreaker stay in this file, and show nowhere else."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final, NoReturn, TypeVar, cast

from pybreaker import CircuitBreaker
from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception,
    wait_exponential,
    wait_random,
)

from mockwright.backends.stats import BreakerState
from mockwright.errors import (
    BackendError,
    BackendStatusError,
    BackendTimeoutError,
    CircuitOpenError,
    TransportError,
)
from mockwright.settings import ResilienceSettings
from mockwright.types import Attempt

T = TypeVar("T")

_RETRIED: Final = frozenset({408, 409, 429})
"""Statuses below 500 that another try may change."""


@dataclass(slots=True)
class PoolCall:
    """One request to a pool, on its way through the members it is offered to."""

    deadline: float
    """A time of the event loop's clock that no attempt outlasts."""
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
        """The circuit's state; open turns into half-open only when a call is admitted again."""
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
        """Return a ticket, to be given back with the outcome; raises CircuitOpenError."""
        if not self.admits:
            raise self.refusal()
        ticket = object()
        if self.state != "closed":
            self._machine.half_open()
            self._probe = ticket
        return ticket

    def refusal(self) -> CircuitOpenError:
        """Return what a call is told that is not admitted."""
        return CircuitOpenError(
            f"backend {self._name!r} is skipped: its circuit is {self.state}",
            backend=self._name,
            # While a probe is under way, its outcome is a matter of one call, not of a cooldown.
            retry_after=self.retry_after or 1.0,
        )

    def succeed(self, ticket: object) -> None:
        """Note that the call came back well; closes a half-open circuit."""
        if self._settle(ticket):
            self._machine.call(lambda: None)

    def fail(self, ticket: object) -> None:
        """Note that the call failed; may open the circuit."""
        if not self._settle(ticket):
            return
        try:
            self._machine.call(_raise, _Failure())
        except _Failure:
            if self.state == "open":
                self._opened_at = time.monotonic()

    def abandon(self, ticket: object) -> None:
        """Let another probe: the call told nothing, or its outcome is known by now."""
        if ticket is self._probe:
            self._probe = None

    def reset(self) -> None:
        """Close the circuit and forget the failures."""
        self._probe = None
        self._machine.close()

    def _settle(self, ticket: object) -> bool:
        """End the probe, if it is one; return whether the call was admitted in this state."""
        if self._probe is not None and ticket is self._probe:
            self._probe = None
            return True
        return self.state == "closed"


class _Failure(Exception):  # noqa: N818 - a signal to pybreaker, not an error of ours
    """What pybreaker is shown in place of the real error."""


def _raise(error: Exception) -> NoReturn:
    raise error


class Retry:
    """Has an attempt made again, as often as it is worth it."""

    def __init__(self, settings: ResilienceSettings, breaker: Breaker) -> None:
        self._max_retries = settings.num_retries if settings.retry else 0
        self._settings = settings
        self._breaker = breaker
        first = settings.retry_backoff_initial
        self._backoff = wait_exponential(multiplier=first) + wait_random(0, first)

    async def __call__(self, attempt: Callable[[], Awaitable[T]], deadline: float) -> T:
        """Return what ``attempt`` does, the first time or a later one.

        Raises the last attempt's BackendError. ``deadline`` is of the event loop's clock.
        """
        try:
            return await attempt()
        except BackendError as error:
            if not self._is_worth_it(error):
                raise
            failed = error
        return await self._again(attempt, deadline, failed)

    async def _again(
        self, attempt: Callable[[], Awaitable[T]], deadline: float, failed: BackendError
    ) -> T:
        # tenacity is shown the first failure, and only then makes attempts of its own: it costs
        # more than the embedded generator does, and what succeeds at once need not pay for it.
        loop = asyncio.get_running_loop()
        pending = [failed]

        async def next_attempt() -> T:
            if pending:
                raise pending.pop()
            return await attempt()

        def exhausted(state: RetryCallState) -> bool:
            late = loop.time() + state.upcoming_sleep >= deadline
            return late or state.attempt_number > self._max_retries

        retrying = AsyncRetrying(
            sleep=asyncio.sleep,
            stop=exhausted,
            wait=self._wait,
            retry=retry_if_exception(self._is_worth_it),
            reraise=True,
        )
        return await retrying(next_attempt)

    def _is_worth_it(self, error: BaseException) -> bool:
        if not self._breaker.admits:
            return False
        if isinstance(error, BackendStatusError):
            patient = (error.retry_after or 0.0) <= self._settings.retry_after_cap
            return patient and (error.status in _RETRIED or error.status >= 500)
        return isinstance(error, TransportError | BackendTimeoutError)

    def _wait(self, state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        asked = error.retry_after if isinstance(error, BackendError) else None
        if asked is not None:
            return asked
        return min(self._backoff(state), self._settings.retry_backoff_max)
