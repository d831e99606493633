"""When an object's events happened, or will."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final

from mockwright.generator.context.streams import seat, stream
from mockwright.generator.context.subject import PEOPLE, entity, inherits, topic
from mockwright.generator.context.travel import flight
from mockwright.generator.interfaces import ObjectScope
from mockwright.generator.tables import group, records
from mockwright.rng import Rng

STREAMS: Final = group("streams")
"""Nouns of what comes one after the other, minutes apart: messages, readings."""
_AHEAD: Final = group("ahead")
"""Nouns of what is mostly spoken of before it happens: events, bookings, flights."""
_LONG_SPAN: Final = timedelta(days=30)
"""From this length on, a span begins at nine o'clock."""


@dataclass(slots=True)
class Timeline:
    """A stretch of time that everything dated in the object falls into."""

    start: datetime
    """When the object came to be."""
    now: datetime
    """The present, as the request sees it."""

    def at(self, fraction: float) -> datetime:
        """Return a moment in whole seconds: 0 is the beginning, 1 the present, 2 lies ahead."""
        moment = self.start + (self.now - self.start) * fraction
        return moment.replace(microsecond=0)


def timeline(scope: ObjectScope) -> Timeline:
    """Return when the object's events happened."""
    known: Timeline | None = scope.facts.get("timeline")
    if known is None:
        known = scope.facts["timeline"] = _new_timeline(scope)
    return known


def _new_timeline(scope: ObjectScope) -> Timeline:
    now, what = scope.hints.now, entity(scope)
    if inherits(scope, "time") and scope.parent is not None and what not in PEOPLE:
        return timeline(scope.parent)
    rng = stream(scope, "time")
    if what in STREAMS:
        at = seat(scope)
        # Seven minutes apart, and up to five more: never out of order.
        gap = 7 * (at.index + 1) if at is not None else 60
        start = now - timedelta(hours=9) + timedelta(minutes=gap, seconds=rng.below(300))
        return Timeline(min(start, now), now)
    if what in ("weather", "forecast"):
        return Timeline(now - timedelta(minutes=rng.below(60)), now)
    if what == "patient":
        days = rng.between(1, 13)
    elif topic(scope) in ("person", "company"):
        days = rng.between(120, 900)
    else:
        days = rng.between(6, 75)
    return Timeline(now - timedelta(days=days, seconds=rng.between(0, 50_000)), now)


@dataclass(frozen=True, slots=True)
class TimeSpan:
    """A stretch of time from a beginning to an end."""

    begin: datetime
    end: datetime


@lru_cache(maxsize=1)
def _usual_lengths() -> dict[str, tuple[int, int, int]]:
    return {
        what: (int(low), int(high), int(step))
        for names, low, high, step in records("spans")
        for what in names.split(", ")
    }


def span(scope: ObjectScope) -> TimeSpan | None:
    """Return beginning and end of what the object is, or None for what has none."""
    if "span" not in scope.facts:
        length = _usual_lengths().get(entity(scope))
        scope.facts["span"] = None if length is None else _new_span(scope, length)
    found: TimeSpan | None = scope.facts["span"]
    return found


def _new_span(scope: ObjectScope, length: tuple[int, int, int]) -> TimeSpan:
    low, high, step = length
    rng, what = stream(scope, "span"), entity(scope)
    lasts = timedelta(minutes=low + step * rng.below((high - low) // step + 1))
    if what in ("subscription", "membership") and "monthly" in scope.made.values():
        lasts = timedelta(days=30)
    if what == "flight":
        lasts = timedelta(minutes=5 * round(12 * flight(scope).hours))
    # What is over began early in its stretch of time, so that what follows has room in it.
    if what not in _AHEAD:
        begin = timeline(scope).at(rng.uniform(0.22, 0.3))
        whole = lasts >= _LONG_SPAN
        return TimeSpan(
            begin.replace(hour=9, minute=0, second=0) if whole else begin, begin + lasts
        )
    begin = _moment_ahead(scope.hints.now, rng, what)
    return TimeSpan(begin, begin + lasts)


def _moment_ahead(now: datetime, rng: Rng, what: str) -> datetime:
    day = now + timedelta(days=rng.between(1, 45))
    hours = (
        (5, 22) if what == "flight" else (8, 16) if what in ("appointment", "visit") else (9, 18)
    )
    return day.replace(hour=rng.between(*hours), minute=15 * rng.below(4), second=0, microsecond=0)
