"""Devices and what they measure."""

from __future__ import annotations

from typing import Final

from mockwright.generator import context
from mockwright.generator.providers.base import Draw, amounts, provider
from mockwright.types import MISSING, Json, Missing

amounts(
    {
        "port": (3000, 9000, 0), "pressure": (1002, 1024, 1),
        "heart_rate": (58, 98, 0), "voltage": (3.5, 4.2, 2), "speed": (3, 90, 1),
        "power": (40, 900, 1), "signal": (-82, -48, 0),
    }
)  # fmt: skip

# what is measured: its unit, and from where to where it lies
_MEASURED: Final = {
    "humidity": ("%", 31, 68),
    "pressure": ("hPa", 1002, 1024),
    "temperature": ("°C", 17, 26),
    "voltage": ("V", 3.5, 4.2),
    "power": ("W", 40, 900),
    "motion": ("events", 0, 12),
}


def _measured(d: Draw) -> tuple[str, float, float]:
    kind = context.made(d.scope, "type", "metric")
    unit = context.made(d.scope, "unit")
    known = _MEASURED.get(kind if isinstance(kind, str) else "")
    if known is None and isinstance(unit, str):
        known = next((row for row in _MEASURED.values() if row[0] == unit), None)
    rng = context.stream(d.scope, "measured")
    return known or rng.choice([_MEASURED[k] for k in ("humidity", "pressure", "temperature")])


@provider("unit")
def _unit(d: Draw) -> Json:
    return _measured(d)[0]


@provider("sensor_value")
def _sensor_value(d: Draw) -> Json | Missing:
    if d.leaf.type == "string":
        return MISSING
    # The value of a sale, not of a sensor.
    if d.what in ("lead", "opportunity", "deal"):
        worth = 250 * d.rng.between(6, 190)
        return worth if d.leaf.type == "integer" else float(worth)
    _, low, high = _measured(d)
    value = d.rng.uniform(low, high)
    return round(value) if d.leaf.type == "integer" else round(value, 1)


@provider("feels_like")
def _feels_like(d: Draw) -> Json | Missing:
    """Return a temperature not far from the one beside it."""
    if d.leaf.type == "string":
        return MISSING
    real = context.made(d.scope, "temperature")
    base = float(real) if isinstance(real, int | float) and abs(real) < 200 else 20.0
    value = base + d.rng.uniform(-2.4, 1.8)
    return round(value) if d.leaf.type == "integer" else round(value, 1)


@provider("day_high", "day_low")
def _day_temperature(d: Draw) -> Json | Missing:
    """Return the highest or lowest temperature of a day; a ``high`` elsewhere may be anything."""
    if d.leaf.type == "string" or not context.is_weather(d.scope):
        return MISSING
    warmest = context.stream(d.scope, "warmest").between(15, 31)
    drop = context.stream(d.scope, "night").between(6, 12)
    return warmest if d.kind == "day_high" else warmest - drop


@provider("temperature")
def _temperature(d: Draw) -> Json | Missing:
    """Return the temperature of a room or of a body, in degrees Celsius."""
    if d.leaf.type == "string":
        return MISSING
    body = d.what in ("vital", "patient", "visit", "examination") or "body" in d.words
    value = d.rng.uniform(36.1, 38.2) if body else d.rng.uniform(17, 26)
    return round(value) if d.leaf.type == "integer" else round(value, 1)
