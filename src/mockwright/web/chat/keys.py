"""API keys of the chat surfaces: who calls, and how much they may use.

Keys are configured by their SHA-256 only. A key is long and random, unlike a password, so a plain
hash cannot be reversed by guessing, and it is fast enough to be computed on each call.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256
from typing import Final

from mockwright.errors import AuthenticationError, RateLimitError
from mockwright.settings import ApiKey
from mockwright.web.controls.controls import Header

_HEADERS: Final = (b"authorization", b"x-api-key", b"api-key")
"""The header fields of OpenAI, Anthropic and Azure."""
_MINUTE: Final = 60.0
"""Seconds."""


class Bucket:
    """A token bucket: ``limit`` a minute, which may be used up in one go."""

    def __init__(self, limit: int, clock: Callable[[], float]) -> None:
        self.limit = limit
        self._clock = clock
        self._left = float(limit)
        self._at = clock()

    @property
    def left(self) -> float:
        """What may be used now.

        It may be below 0, because what a call takes is known only when it is over.
        """
        now = self._clock()
        self._left = min(self.limit, self._left + (now - self._at) * self.limit / _MINUTE)
        self._at = now
        return self._left

    def take(self, amount: float) -> None:
        """Use ``amount``, whether it is there or not."""
        self._left = self.left - amount

    def wait(self, amount: float = 1.0) -> float:
        """Return the seconds until ``amount`` is there; 0 if it is."""
        return max(0.0, (amount - self.left) * _MINUTE / self.limit)


class Caller:
    """Someone who may call; without limits where no keys are configured."""

    def __init__(self, key: ApiKey | None = None, clock: Callable[[], float] = time.monotonic):
        self.name = "" if key is None else key.name
        self.spent_usd = 0.0
        self._budget = None if key is None else key.budget_usd
        self._requests = _bucket(None if key is None else key.requests_per_minute, clock)
        self._tokens = _bucket(None if key is None else key.tokens_per_minute, clock)

    def admit(self) -> None:
        """Count one request; raises RateLimitError where a limit or the budget is used up."""
        if self._budget is not None and self.spent_usd >= self._budget:
            raise RateLimitError(
                f"key {self.name!r} has spent its budget of {self._budget:g} USD",
                code="insufficient_quota",
            )
        for what, bucket in (("requests", self._requests), ("tokens", self._tokens)):
            if bucket is not None and bucket.left < 1:
                raise RateLimitError(
                    f"key {self.name!r} has used its {bucket.limit} {what} per minute;"
                    f" try again in {bucket.wait():.1f} s",
                    code="rate_limit_exceeded",
                    retry_after=bucket.wait(),
                )
        if self._requests is not None:
            self._requests.take(1)

    def spend(self, tokens: int, usd: float) -> None:
        """Count the tokens and USD that a call took."""
        self.spent_usd += usd
        if self._tokens is not None:
            self._tokens.take(tokens)

    def go_on(self, before: Caller | None) -> None:
        """Take over what the same key has used under the previous configuration.

        A reload must not give anyone a fresh budget.
        """
        if before is None:
            return
        self.spent_usd = before.spent_usd
        pairs = ((self._requests, before._requests), (self._tokens, before._tokens))
        for bucket, old in pairs:
            if bucket is not None and old is not None:
                bucket.take(old.limit - old.left)

    def headers(self) -> list[Header]:
        """Return ``x-ratelimit-*`` header fields, as OpenAI sends them, for the limits there
        are."""
        found: list[Header] = []
        for what, bucket in (("requests", self._requests), ("tokens", self._tokens)):
            if bucket is not None:
                left = max(0, int(bucket.left))
                reset = f"{bucket.wait(bucket.limit):.3f}s"
                for name, value in (("limit", bucket.limit), ("remaining", left), ("reset", reset)):
                    found.append((f"x-ratelimit-{name}-{what}".encode(), str(value).encode()))
        return found


class ApiKeys:
    """The configured keys, and what each has used."""

    def __init__(self, keys: Sequence[ApiKey], before: ApiKeys | None = None) -> None:
        """Take over from ``before``, the keys of the previous configuration, what they have
        used."""
        self._callers = {key.sha256: Caller(key) for key in keys}
        self._anyone = Caller()
        if before is not None:
            for digest, caller in self._callers.items():
                caller.go_on(before._callers.get(digest))

    def caller(self, headers: Iterable[Header]) -> Caller:
        """Return the caller whose key a request brings; raises AuthenticationError."""
        if not self._callers:
            return self._anyone
        sent = next((value for name, value in headers if name in _HEADERS and value), None)
        if sent is None:
            raise AuthenticationError(
                "You didn't provide an API key: send it as `Authorization: Bearer <key>`."
            )
        key = sent[7:] if sent[:7].lower() == b"bearer " else sent
        # Looked up by the hash, so that the time taken says nothing about how right a key is.
        caller = self._callers.get(sha256(key.strip()).hexdigest())
        if caller is None:
            raise AuthenticationError("Incorrect API key provided.")
        return caller


def _bucket(limit: int | None, clock: Callable[[], float]) -> Bucket | None:
    return None if limit is None else Bucket(limit, clock)
