"""Who calls a chat surface, and how much they may use.

Keys are configured by their SHA-256 alone. A key is long and random, unlike a password, so that a
plain hash cannot be reversed by guessing, and is fast enough to be taken on each call.
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
"""OpenAI's, Anthropic's and Azure's."""
_MINUTE: Final = 60.0


class Bucket:
    """A token bucket: ``limit`` a minute, which may be used in one go."""

    def __init__(self, limit: int, clock: Callable[[], float]) -> None:
        self.limit = limit
        self._clock = clock
        self._left = float(limit)
        self._at = clock()

    @property
    def left(self) -> float:
        """May be below 0: what a call takes is known only when it is over."""
        now = self._clock()
        self._left = min(self.limit, self._left + (now - self._at) * self.limit / _MINUTE)
        self._at = now
        return self._left

    def take(self, amount: float) -> None:
        """Use so much, whether it is there or not."""
        self._left = self.left - amount

    def wait(self, amount: float = 1.0) -> float:
        """Seconds until ``amount`` is there."""
        return max(0.0, (amount - self.left) * _MINUTE / self.limit)


class Caller:
    """Somebody who may call; without limits where no keys are configured."""

    def __init__(self, key: ApiKey | None = None, clock: Callable[[], float] = time.monotonic):
        self.name = "" if key is None else key.name
        self.spent_usd = 0.0
        self._budget = None if key is None else key.budget_usd
        self._requests = _bucket(None if key is None else key.requests_per_minute, clock)
        self._tokens = _bucket(None if key is None else key.tokens_per_minute, clock)

    def admit(self) -> None:
        """Count one request; raises RateLimitError where one more is too many."""
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
        """Count what a call took."""
        self.spent_usd += usd
        if self._tokens is not None:
            self._tokens.take(tokens)

    def go_on(self, before: Caller | None) -> None:
        """From where the same key stood under another configuration."""
        if before is None:
            return
        self.spent_usd = before.spent_usd
        pairs = ((self._requests, before._requests), (self._tokens, before._tokens))
        for bucket, old in pairs:
            if bucket is not None and old is not None:
                bucket.take(old.limit - old.left)

    def headers(self) -> list[Header]:
        """``x-ratelimit-*``, as OpenAI sends them, for the limits there are."""
        found: list[Header] = []
        for what, bucket in (("requests", self._requests), ("tokens", self._tokens)):
            if bucket is not None:
                left = max(0, int(bucket.left))
                reset = f"{bucket.wait(bucket.limit):.3f}s"
                for name, value in (("limit", bucket.limit), ("remaining", left), ("reset", reset)):
                    found.append((f"x-ratelimit-{name}-{what}".encode(), str(value).encode()))
        return found


class ApiKeys:
    """The configured keys."""

    def __init__(self, keys: Sequence[ApiKey], before: ApiKeys | None = None) -> None:
        """``before``: those of the configuration that was; what they have used stays used."""
        self._callers = {key.sha256: Caller(key) for key in keys}
        self._anyone = Caller()
        if before is not None:
            for digest, caller in self._callers.items():
                caller.go_on(before._callers.get(digest))

    def caller(self, headers: Iterable[Header]) -> Caller:
        """Whose key the request brings; raises AuthenticationError."""
        if not self._callers:
            return self._anyone
        sent = next((value for name, value in headers if name in _HEADERS and value), None)
        if sent is None:
            raise AuthenticationError(
                "You didn't provide an API key: send it as `Authorization: Bearer <key>`."
            )
        key = sent[7:] if sent[:7].lower() == b"bearer " else sent
        # A look-up by the hash takes no longer for a key that is nearly right.
        caller = self._callers.get(sha256(key.strip()).hexdigest())
        if caller is None:
            raise AuthenticationError("Incorrect API key provided.")
        return caller


def _bucket(limit: int | None, clock: Callable[[], float]) -> Bucket | None:
    return None if limit is None else Bucket(limit, clock)
