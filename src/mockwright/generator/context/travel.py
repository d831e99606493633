"""A flight: an airline from one of its airports, and how long that takes."""

from __future__ import annotations

import math
from dataclasses import dataclass

from mockwright.generator.context.streams import deal, stream
from mockwright.generator.interfaces import ObjectScope
from mockwright.generator.tables import records


@dataclass(frozen=True, slots=True)
class Flight:
    """One connection."""

    airline: str
    number: str
    origin: tuple[str, str]
    """Code and city."""
    target: tuple[str, str]
    hours: float


def flight(scope: ObjectScope) -> Flight:
    """The flight that the object is about; another airline for each of a list."""
    known: Flight | None = scope.facts.get("flight")
    if known is None:
        known = scope.facts["flight"] = _new_flight(scope)
    return known


def _new_flight(scope: ObjectScope) -> Flight:
    rng = stream(scope, "flight")
    said = {value for value in scope.made.values() if isinstance(value, str)}
    lines = tuple(row for row in records("airlines") if row[0] in said) or records("airlines")
    airline, code, base = deal(scope, "airlines", lines)
    airports = {row[0]: row for row in records("airports")}
    origin, target = airports[base], rng.choice([r for r in airports.values() if r[0] != base])
    hours = 0.5 + _distance(origin, target) / 850
    if rng.chance(0.3):
        origin, target = target, origin
    number = f"{code}{rng.between(100, 1999)}"
    return Flight(airline, number, (origin[0], origin[1]), (target[0], target[1]), hours)


def _distance(a: tuple[str, ...], b: tuple[str, ...]) -> float:
    """Kilometres along the great circle."""
    south, west, north, east = (math.radians(float(x)) for x in (a[2], a[3], b[2], b[3]))
    chord = math.sin(south) * math.sin(north)
    chord += math.cos(south) * math.cos(north) * math.cos(west - east)
    return 6371 * math.acos(max(-1.0, min(1.0, chord)))
