"""Dates as numbers: days since 1970-01-01 for a date, seconds since then for a date-time."""

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
# A time with its unit: "1d", "-1.5 h", "30min". Not "1 month", which has no one length.
_SPAN: Final = re.compile(r"(-?\d{1,9}(?:\.\d{1,6})?)\s*(s|min|m|h|d|w)")
# Doubles end at 1.8e308: this leaves room for a sum of many values.
_LARGEST: Final = 1e300


def number(raw: Json, kind: Kind, place: str) -> float:
    """Return a number as it is, or ISO 8601 text as the number of a date or date-time.

    Raises :class:`SpecError` for what is neither.
    """
    if is_number(raw):
        if not math.isfinite(raw) or abs(raw) > _LARGEST:
            raise SpecError(f"{str(raw)[:40]} is too large a number", place)
        return float(raw)
    if isinstance(raw, str):
        read = _parse_moment(raw, kind) if kind in ("date", "date-time") else _parse_number(raw)
        if read is not None:
            return read
    wanted = "a number or a date" if kind in ("date", "date-time") else "a number"
    raise SpecError(f"expected {wanted}, got {str(raw)[:40]!r}", place)


def span(raw: Json, kind: Kind, place: str) -> float:
    """Return a step in the unit that such values count: days, seconds, or plain numbers.

    Of dates it may be a time with a unit, as in ``1d``.
    """
    found = _SPAN.fullmatch(raw.strip()) if isinstance(raw, str) else None
    if found is None or kind not in ("date", "date-time"):
        return number(raw, "number", place)
    seconds = float(found[1]) * _UNITS[found[2]]
    return seconds / _DAY if kind == "date" else seconds


def written(value: float, kind: Kind) -> str:
    """Return the date, or the date-time in UTC, that a number stands for (RFC 3339).

    Raises :class:`OverflowError` before the year 1 and after 9999.
    """
    if kind == "date":
        return (_EPOCH + timedelta(days=round(value))).isoformat()
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=round(value))
    return moment.isoformat().replace("+00:00", "Z")


def _parse_moment(text: str, kind: Kind) -> float | None:
    """Return ISO 8601 text as days or seconds; UTC is assumed where it names no offset."""
    try:
        moment = datetime.fromisoformat(text[:40])
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    seconds = moment.timestamp()
    return float(math.floor(seconds / _DAY)) if kind == "date" else seconds


def _parse_number(text: str) -> float | None:
    try:
        value = float(text[:40])
    except ValueError:
        return None
    return value if math.isfinite(value) else None
