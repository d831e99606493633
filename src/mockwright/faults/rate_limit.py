"""A rate limit as clients see it: so many requests in a window of time."""

from __future__ import annotations

import math
from dataclasses import dataclass

from mockwright.faults.fault import Fault, Header


@dataclass(frozen=True, slots=True)
class Quota:
    """So many requests in a window of so many seconds."""

    limit: int
    window: float

    @property
    def described(self) -> str:
        """The quota in words."""
        plural = "" if self.limit == 1 else "s"
        return f"{self.limit} request{plural} in {self.window:g} s"


@dataclass(frozen=True, slots=True)
class QuotaState:
    """A quota after one request was counted."""

    quota: Quota
    over: bool
    """Whether that request is over the limit."""
    remaining: int
    """Requests that are left in this window."""
    reset: float
    """Seconds until the window ends."""

    def fields(self) -> tuple[Header, ...]:
        """Return what the answer tells of the limit, in three dialects that do not collide.

        ``RateLimit-Policy`` and ``RateLimit`` are the structured fields of
        draft-ietf-httpapi-ratelimit-headers since its 7th revision (items are strings since the
        10th): ``"default";q=5;w=1`` and ``"default";r=4;t=1``. ``RateLimit-Limit``, ``-Remaining``
        and ``-Reset`` are those of its revisions up to the 6th, ``X-RateLimit-*`` their
        predecessors, and what most clients read. All times are seconds from now, rounded up, in
        ``X-RateLimit-Reset`` too, where some services send a Unix time.
        """
        seconds = math.ceil(self.reset)
        limit = self.quota.limit
        window = max(1, math.ceil(self.quota.window))
        counted = (("limit", limit), ("remaining", self.remaining), ("reset", seconds))
        return (
            (b"ratelimit-policy", f'"default";q={limit};w={window}'.encode()),
            (b"ratelimit", f'"default";r={self.remaining};t={seconds}'.encode()),
            *((f"ratelimit-{name}".encode(), str(value).encode()) for name, value in counted),
            *((f"x-ratelimit-{name}".encode(), str(value).encode()) for name, value in counted),
        )

    def refusal(self) -> Fault:
        """Return the answer to a request that is over the limit."""
        told = f"the rate limit of {self.quota.described} is used up"
        return Fault(
            status=429,
            message=f"{told}; try again in {math.ceil(self.reset)} s",
            retry_after=self.reset,
        )


class Window:
    """Counts the requests of fixed windows.

    A window begins with the first request after the one before has ended, not with the clock's full
    second, so that what a test sees does not depend on when it runs.
    """

    def __init__(self, quota: Quota) -> None:
        self._quota = quota
        self._began: float | None = None
        self._used = 0

    def take(self, now: float) -> QuotaState:
        """Count a request at a time in seconds; one that is over the limit uses up nothing."""
        quota = self._quota
        # A clock that went back begins a new window, too.
        if self._began is None or not 0 <= now - self._began < quota.window:
            self._began, self._used = now, 0
        over = self._used >= quota.limit
        self._used += not over
        reset = quota.window - (now - self._began)
        return QuotaState(quota, over, quota.limit - self._used, reset)
