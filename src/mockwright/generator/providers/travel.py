"""Flights, and where journeys begin and end."""

from __future__ import annotations

from typing import Final

from mockwright.generator import context
from mockwright.generator.providers.base import PROVIDERS, Draw, forms, provider
from mockwright.types import Json, Missing

forms({"gate": "B##", "seat": "2#C"})
_FROM: Final = frozenset(["origin", "departure", "from"])


@provider("airline")
def _airline(d: Draw) -> Json:
    return context.flight(d.scope).airline


@provider("flight_number")
def _number(d: Draw) -> Json:
    return context.flight(d.scope).number


@provider("airport", "airport_city")
def _airport(d: Draw) -> Json:
    trip = context.flight(d.scope)
    code, city = trip.origin if _FROM & set(d.words) else trip.target
    short = d.kind == "airport" or d.leaf.schema.get("maxLength") == 3
    return code if short or d.what == "flight" else city


_JOURNEYS: Final = frozenset(["flight", "trip", "journey", "ride", "train", "route", "leg"])
"""Nouns of what has a place at either end."""
_LETTERS: Final = frozenset(["message", "email", "mail", "sms", "chat", "letter"])
"""Nouns of what has a person at either end."""


@provider("from_to")
def _from_to(d: Draw) -> Json | Missing:
    """Return an end of a journey, a person of a letter, or else an end of a stretch of time."""
    if d.leaf.type == "string" and "format" not in d.leaf.schema:
        if d.what in _JOURNEYS:
            return _airport(d)
        if d.what in _LETTERS:
            return context.role(d.scope, "sender" if d.words == ("from",) else "recipient").full
    return PROVIDERS["timeline"](d)


@provider("aircraft")
def _aircraft(d: Draw) -> Json:
    far = context.flight(d.scope).hours > 6
    return d.rng.choice(
        ("Airbus A350-900", "Boeing 787-9", "Boeing 777-300ER")
        if far
        else ("Airbus A320neo", "Boeing 737-800", "Embraer E190", "Airbus A321")
    )
