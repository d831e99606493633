"""What is counted for each backend, and how it is told."""

from __future__ import annotations

import math
import time
from bisect import bisect_left
from collections import deque
from dataclasses import dataclass
from typing import Final, Literal, Protocol, TypeAlias

from mockwright.errors import BackendError
from mockwright.types import Usage

BreakerState: TypeAlias = Literal["closed", "open", "half-open"]
BackendState: TypeAlias = Literal["ready", "drained", "disabled", "open", "half-open", "saturated"]

BUCKETS: Final = (0.001, 0.005, 0.025, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, math.inf)
"""Upper bounds of the latency histogram, in seconds."""
_RING: Final = 1024
"""How many of the latest successful calls means and percentiles are of."""


class Costed(Protocol):
    """What a backend gave: a completion, a chat, embeddings or a stream."""

    @property
    def usage(self) -> Usage:
        """Tokens read and written, reported or estimated."""

    @property
    def cost_usd(self) -> float:
        """The price of those tokens."""


@dataclass(frozen=True, slots=True)
class BackendStatus:
    """One backend, as the admin surface and the metrics show it. Times in seconds."""

    name: str
    provider: str
    model: str
    state: BackendState
    enabled: bool
    weight: int
    priority: int
    breaker: BreakerState
    retry_after: float | None
    """How long until an open breaker lets a probe pass."""
    in_flight: int
    queued: int
    calls: int
    """Attempts that reached the backend and ended; those whose client left are not among them."""
    errors: int
    success_rate: float | None
    """0..1; ``None`` before the first call."""
    latency_mean: float | None
    latency_p50: float | None
    latency_p95: float | None
    latency_sum: float
    """The sum over all successful calls since the start."""
    latency_buckets: tuple[tuple[float, int], ...]
    """Upper bounds and how many successful calls took at most that long; the last is infinite."""
    errors_by_code: tuple[tuple[str, int], ...]
    last_error: str | None
    last_error_at: float | None
    """Unix time."""
    input_tokens: int
    output_tokens: int
    cost_usd: float


class BackendStats:
    """The counters of one backend, since the start of the process."""

    def __init__(self) -> None:
        self.successes = 0
        self.errors: dict[str, int] = {}
        self.latency_sum = 0.0
        self.last_error: str | None = None
        self.last_error_at: float | None = None
        self.input_tokens = 0
        self.output_tokens = 0
        self.cost_usd = 0.0
        self._ring: deque[float] = deque(maxlen=_RING)
        self._buckets = [0] * len(BUCKETS)

    def succeeded(self, answer: Costed, latency: float) -> None:
        """Count one answer that took ``latency`` seconds."""
        self.successes += 1
        self.latency_sum += latency
        self._ring.append(latency)
        self._buckets[bisect_left(BUCKETS, latency)] += 1
        self.spent(answer)

    def failed(self, error: BackendError) -> None:
        """Count one failed attempt."""
        self.errors[error.code] = self.errors.get(error.code, 0) + 1
        self.last_error = str(error)
        self.last_error_at = time.time()

    def mean(self) -> float | None:
        """Return the mean seconds of the latest successful calls; ``None`` before the first."""
        return sum(self._ring) / len(self._ring) if self._ring else None

    def percentiles(self, *shares: float) -> tuple[float | None, ...]:
        """Return percentiles of the same seconds, by nearest rank; ``shares`` are from 0 to 1."""
        ordered = sorted(self._ring)
        if not ordered:
            return tuple(None for _ in shares)
        return tuple(ordered[math.ceil(share * len(ordered)) - 1] for share in shares)

    def cumulative(self) -> tuple[tuple[float, int], ...]:
        """Return the histogram as Prometheus wants it: each bucket counts those below it, too."""
        total = 0
        counted = []
        for bound, count in zip(BUCKETS, self._buckets, strict=True):
            total += count
            counted.append((bound, total))
        return tuple(counted)

    def spent(self, answer: Costed) -> None:
        """Count what was paid for: also the part of an answer that broke off."""
        usage = answer.usage
        self.input_tokens += usage.input_tokens
        self.output_tokens += usage.output_tokens
        self.cost_usd += answer.cost_usd
