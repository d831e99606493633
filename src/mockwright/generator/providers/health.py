"""Medicine, where everything said of one patient comes from one case; and the weather."""

from __future__ import annotations

from typing import Final

from mockwright.generator import context
from mockwright.generator.providers.base import Draw, provider
from mockwright.generator.tables import records
from mockwright.types import Json

_COLUMNS: Final = {
    "diagnosis": 0, "icd": 1, "specialty": 2, "ward": 3, "medication": 4, "dosage": 5,
}  # fmt: skip
"""Columns of ``cases.txt`` by kind."""


_FREQUENT: Final = ("monthly", "weekly", "yearly")
"""How often something is due."""
_SKIES: Final = ("Sunny", "Partly cloudy", "Light rain", "Overcast", "Clear", "Thunderstorm")


@provider(*_COLUMNS)
def _case_field(d: Draw) -> Json:
    # `condition` is a diagnosis to a patient, and the sky to a forecast.
    if d.kind == "diagnosis" and context.is_weather(d.scope):
        return d.rng.choice(_SKIES)
    if d.leaf.index is not None:
        return context.deal(d.scope, d.kind, _column(d.kind), d.leaf.index)
    return context.record(d.scope, "cases")[_COLUMNS[d.kind]]


def _column(kind: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(row[_COLUMNS[kind]] for row in records("cases")))


@provider("weather", "frequency")
def _frequency_or_weather(d: Draw) -> Json:
    if d.kind == "frequency" and d.what in ("prescription", "medication"):
        return d.rng.choice(("once daily", "twice daily", "three times daily", "as needed"))
    return d.rng.choice(_FREQUENT if d.kind == "frequency" else _SKIES)


@provider("room_number")
def _room_number(d: Draw) -> Json:
    return f"{d.rng.between(1, 5)}{d.rng.between(1, 32):02}"
