"""Flights."""

from __future__ import annotations

from typing import Final

from mockwright.shapes.fake import facts
from mockwright.shapes.fake.makers.base import Draw, forms, maker
from mockwright.types import Json

forms({"gate": "B##", "seat": "2#C"})
_FROM: Final = frozenset(["origin", "departure", "from"])


@maker("airline")
def _airline(d: Draw) -> Json:
    return facts.flight(d.scope).airline


@maker("flight_number")
def _number(d: Draw) -> Json:
    return facts.flight(d.scope).number


@maker("airport", "airport_city")
def _airport(d: Draw) -> Json:
    trip = facts.flight(d.scope)
    code, city = trip.origin if _FROM & set(d.words) else trip.target
    short = d.kind == "airport" or d.leaf.schema.get("maxLength") == 3
    return code if short or d.what == "flight" else city


@maker("aircraft")
def _aircraft(d: Draw) -> Json:
    far = facts.flight(d.scope).hours > 6
    return d.rng.choice(
        ("Airbus A350-900", "Boeing 787-9", "Boeing 777-300ER")
        if far
        else ("Airbus A320neo", "Boeing 737-800", "Embraer E190", "Airbus A321")
    )
