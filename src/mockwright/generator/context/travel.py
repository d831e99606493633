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
    """The flight number with the airline's code: ``LH400``."""
    origin: tuple[str, str]
    """IATA code and city of the airport it leaves from."""
    target: tuple[str, str]
    """IATA code and city of the airport it goes to."""
    hours: float
    """Hours from gate to gate."""


def flight(scope: ObjectScope) -> Flight:
    """Return the flight that the object is about; each of a list has another airline."""
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
    # At 850 km/h, with half an hour for the rest.
    hours = 0.5 + _distance_km(origin, target) / 850
    if rng.chance(0.3):
        origin, target = target, origin
    number = f"{code}{rng.between(100, 1999)}"
    return Flight(airline, number, (origin[0], origin[1]), (target[0], target[1]), hours)


def _distance_km(a: tuple[str, ...], b: tuple[str, ...]) -> float:
    """Return kilometres along the great circle between two airports."""
    south, west, north, east = (math.radians(float(x)) for x in (a[2], a[3], b[2], b[3]))
    chord = math.sin(south) * math.sin(north)
    chord += math.cos(south) * math.cos(north) * math.cos(west - east)
    return 6371 * math.acos(max(-1.0, min(1.0, chord)))
