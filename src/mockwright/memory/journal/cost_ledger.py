"""The cost ledger: what requests cost and yielded, by flow and by path rule; it outlives a
reload."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from mockwright.types import JsonObject, Trace

OTHER: Final = "other"
"""The name under which new names are added up once there are too many."""
_MAX_NAMES: Final = 1_000
"""Flows, and likewise routes, that have an account: a request may bring a flow of any name."""
_ERROR_CHARS: Final = 1_000
"""Characters of an error that are kept."""


@dataclass(slots=True)
class Account:
    """The totals of one flow or route."""

    requests: int = 0
    failures: int = 0
    calls: int = 0
    """Calls that were answered, by whichever backend."""
    cost_usd: float = 0.0
    input_tokens: int = 0
    output_tokens: int = 0
    estimated: bool = False
    """Whether any of the tokens were measured here rather than reported by a backend."""
    seconds: float = 0.0
    """Time to answer, of all requests together."""
    rated: int = 0
    """How many requests have an answer whose quality is known."""
    quality: float = 0.0
    """The sum of these qualities."""
    last_error: str | None = None
    last_error_at: float | None = None
    """Unix time."""

    def note(self, trace: Trace, seconds: float, error: str | None) -> None:
        """Add one request, which took ``seconds`` and ended in ``error`` if there is one."""
        self.requests += 1
        self.seconds += seconds
        for done in trace.completions:
            self.calls += 1
            self.cost_usd += done.cost_usd
            self.input_tokens += done.usage.input_tokens
            self.output_tokens += done.usage.output_tokens
            self.estimated |= done.usage.estimated
        if error is not None:
            self.failures += 1
            self.last_error, self.last_error_at = error[:_ERROR_CHARS], time.time()
        elif trace.candidates:
            self.rated += 1
            # Of several answers the worst, as in the header.
            self.quality += min(candidate.verdict.quality for candidate in trace.candidates)

    def render(self, text: Callable[[str], str]) -> JsonObject:
        """Return the totals as JSON: durations in seconds, averages None where there is nothing to
        average.

        ``text`` takes secrets out of the error.
        """
        return {
            "requests": self.requests,
            "failures": self.failures,
            "calls": self.calls,
            "cost_usd": self.cost_usd,
            "input_tokens": self.input_tokens,
            "output_tokens": self.output_tokens,
            "estimated": self.estimated,
            "average_duration": self.seconds / self.requests if self.requests else None,
            "total_duration": self.seconds,
            "average_quality": self.quality / self.rated if self.rated else None,
            "last_error": None if self.last_error is None else text(self.last_error),
            "last_error_at": iso(self.last_error_at),
        }


@dataclass(slots=True)
class CostLedger:
    """The accounts of all flows and routes."""

    since: float = field(default_factory=time.time)
    """Unix time from which on it counts."""
    flows: dict[str, Account] = field(default_factory=dict)
    routes: dict[str, Account] = field(default_factory=dict)

    def note(
        self, flow: str, route: str | None, trace: Trace, seconds: float, error: str | None
    ) -> None:
        """Add one request to its flow, and to its route if it has one.

        ``error`` is the problem that it was answered with, as text.
        """
        _account(self.flows, flow).note(trace, seconds, error)
        if route is not None:
            _account(self.routes, route).note(trace, seconds, error)

    def render(self, text: Callable[[str], str]) -> JsonObject:
        """Return all accounts as JSON; ``text`` takes secrets out of errors."""
        return {
            "flows": {name: it.render(text) for name, it in self.flows.items()},
            "routes": {name: it.render(text) for name, it in self.routes.items()},
            "since": iso(self.since),
        }


def iso(at: float | None) -> str | None:
    """Return Unix time as ISO 8601 in UTC, with milliseconds; None for None."""
    return (
        None if at is None else datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")
    )


def _account(accounts: dict[str, Account], name: str) -> Account:
    # One place is left for OTHER, until that is there.
    if name not in accounts and len(accounts) >= _MAX_NAMES - (OTHER not in accounts):
        name = OTHER
    return accounts.setdefault(name, Account())
