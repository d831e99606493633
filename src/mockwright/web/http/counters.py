"""Counters of all answers, cheap enough to be kept on every cache hit."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from typing import Final

from mockwright.web.http.cors import METHODS

BUCKETS: Final = (0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0)
"""Upper bounds of the latency histogram in seconds."""


class Counters:
    """Answers by method, status and cache state, and how long they took."""

    def __init__(self) -> None:
        self.answers: Counter[tuple[str, int, str]] = Counter()
        self.buckets = [0] * (len(BUCKETS) + 1)
        self.seconds = 0.0
        self.problems: Counter[str] = Counter()
        self.in_flight = 0

    def count(self, method: str, status: int, cache: str, seconds: float) -> None:
        """Count one answer, which took ``seconds``."""
        # A caller may send any word as its method, and each would be a metric series for ever.
        self.answers[method if method in METHODS else "other", status, cache] += 1
        self.buckets[bisect_left(BUCKETS, seconds)] += 1
        self.seconds += seconds
