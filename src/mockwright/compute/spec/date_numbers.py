"""Dates as numbers: days since 1970-01-01 of a date, seconds of a date-time."""

from __future__ import annotations

import math
import re
from datetime import UTC, date, datetime, timedelta
from typing import Final

from mockwright.compute.spec.spec import Kind
from mockwright.errors import SpecError
from mockwright.schema.types import is_number
from mockwright.types import Json

_DAY: Final = 86_400.0
_EPOCH: Final = date(1970, 1, 1)
_UNITS: Final = {"s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": _DAY, "w": 7 * _DAY}
_SPAN: Final = re.compile(r"(-?\d{1,9}(?:\.\d{1,6})?)\s*(s|min|m|h|d|w)")
_LARGEST: Final = 1e300


def number(raw: Json, kind: Kind, place: str) -> float:
    """A number, or for dates also ISO 8601 text; raises SpecError for what is neither."""
    if is_number(raw):
        if not math.isfinite(raw) or abs(raw) > _LARGEST:
            raise SpecError(f"{str(raw)[:40]} is too large a number", place)
        return float(raw)
    if isinstance(raw, str):
        read = _time(raw, kind) if kind in ("date", "date-time") else _written(raw)
        if read is not None:
            return read
    wanted = "a number or a date" if kind in ("date", "date-time") else "a number"
    raise SpecError(f"expected {wanted}, got {str(raw)[:40]!r}", place)


def span(raw: Json, kind: Kind, place: str) -> float:
    """A step: a number, or for dates a time as in ``1d``, in the unit that such values count."""
    found = _SPAN.fullmatch(raw.strip()) if isinstance(raw, str) else None
    if found is None or kind not in ("date", "date-time"):
        return number(raw, "number", place)
    seconds = float(found[1]) * _UNITS[found[2]]
    return seconds / _DAY if kind == "date" else seconds


def written(value: float, kind: Kind) -> str:
    """The date, or the date-time in UTC, that a number stands for (RFC 3339).

    Raises OverflowError before the year 1 and after 9999.
    """
    if kind == "date":
        return (_EPOCH + timedelta(days=round(value))).isoformat()
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=round(value))
    return moment.isoformat().replace("+00:00", "Z")


def _time(text: str, kind: Kind) -> float | None:
    try:
        moment = datetime.fromisoformat(text[:40])
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    seconds = moment.timestamp()
    return float(math.floor(seconds / _DAY)) if kind == "date" else seconds


def _written(text: str) -> float | None:
    try:
        value = float(text[:40])
    except ValueError:
        return None
    return value if math.isfinite(value) else None
