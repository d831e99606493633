"""Dates of an answer: which come first, and moving them by whole days in the form they have."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from math import ceil
from typing import Final

from mockwright.consistency.entity_names import plain
from mockwright.types import MISSING, Json, Missing

BEGINS: Final = (
    "createdat", "created", "createdon", "creationdate", "datecreated", "registeredat",
    "registrationdate", "joinedat", "joindate", "membersince", "signedupat", "signupdate",
    "orderedat", "orderdate", "placedat", "issuedat", "issuedate", "bookedat", "submittedat",
    "sentat", "postedat",
)  # fmt: skip
"""When something came to be; the first that there is counts."""
_DATE: Final = re.compile(r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d.*))?")
_SECOND: Final = (300_000_000, 5_000_000_000)
"""Epoch seconds from 1979 to 2128; a thousand times that are milliseconds."""
_BIRTH: Final = re.compile(r"birth|^dob$|^born")
_DAY: Final = 86_400


def begin_of(fields: Mapping[str, Json]) -> str | None:
    """The name of the field that tells when something came to be."""
    by_name = {plain(name): name for name in reversed(list(fields))}
    names = (by_name[said] for said in BEGINS if said in by_name)
    return next((name for name in names if moment(fields[name]) is not None), None)


def moves(name: str, value: Json) -> bool:
    """Whether a field is a date that goes along when its owner came to be on another day."""
    return moment(value) is not None and not _BIRTH.search(plain(name)) and _is_date(name, value)


def _is_date(name: str, value: Json) -> bool:
    said = plain(name)
    return isinstance(value, str) or said.endswith(("at", "on", "date", "time", "timestamp"))


def moment(value: Json) -> datetime | None:
    """The instant a value names; a date is its first moment, a time without a zone is UTC."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return _epoch(value)
    if not isinstance(value, str) or len(value) > 40 or not _DATE.fullmatch(value):
        return None
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _epoch(value: float) -> datetime | None:
    low, high = _SECOND
    if low <= value <= high:
        return datetime.fromtimestamp(value, UTC)
    if low * 1000 <= value <= high * 1000:
        return datetime.fromtimestamp(value / 1000, UTC)
    return None


def days_between(first: Json, then: Json) -> int:
    """Whole days that ``then`` has to move to be not before ``first``; 0 where it is not."""
    start, end = moment(first), moment(then)
    if start is None or end is None:
        return 0
    if _only_date(first) or _only_date(then):
        return max(0, (start.astimezone(UTC).date() - end.astimezone(UTC).date()).days)
    return max(0, ceil((start - end).total_seconds() / _DAY))


def moved(value: Json, days: int) -> Json | Missing:
    """A date so many days later, written as it was; MISSING beyond the calendar."""
    try:
        if isinstance(value, str):
            day = date.fromisoformat(value[:10]) + timedelta(days=days)
            return f"{day.isoformat()}{value[10:]}"
    except (ValueError, OverflowError):
        return MISSING
    scale = 1 if abs(value) <= _SECOND[1] else 1000
    later = value + days * _DAY * scale
    return later if _epoch(later) is not None else MISSING


def _only_date(value: Json) -> bool:
    return isinstance(value, str) and len(value) <= 10
