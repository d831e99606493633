"""Dates of an answer: which field tells a beginning, and moving dates by whole days as written."""

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
"""Plain names of fields that tell when something came to be; the first that is there counts."""
# A date, or a moment: "2024-01-31", "2024-01-31T08:00:00Z", "2024-01-31 08:00".
_DATE: Final = re.compile(r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d.*))?")
_SECOND: Final = (300_000_000, 5_000_000_000)
"""The range of epoch seconds, 1979 to 2128; a thousand times that are milliseconds."""
# A person's birth, which does not move with an account: "birthdate", "dob", "bornon". Not
# "airborne".
_BIRTH: Final = re.compile(r"birth|^dob$|^born")
_DAY: Final = 86_400


def begin_of(fields: Mapping[str, Json]) -> str | None:
    """Return the name of the field that tells when something came to be, or None."""
    # Reversed, so that of two spellings of one name the first counts.
    by_name = {plain(name): name for name in reversed(list(fields))}
    names = (by_name[said] for said in BEGINS if said in by_name)
    return next((name for name in names if moment(fields[name]) is not None), None)


def moves(name: str, value: Json) -> bool:
    """Whether a field is a date that moves along when its owner came to be on another day."""
    return moment(value) is not None and not _BIRTH.search(plain(name)) and _is_date(name, value)


def _is_date(name: str, value: Json) -> bool:
    """Whether a field is a date: a number by the field's name, a text by how it reads."""
    said = plain(name)
    return isinstance(value, str) or said.endswith(("at", "on", "date", "time", "timestamp"))


def moment(value: Json) -> datetime | None:
    """Return the instant a value names, or None.

    A date is its first moment, a time without an offset is UTC, a number counts epoch seconds or
    milliseconds.
    """
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
    """Return the whole days that ``then`` must move to be not before ``first``; 0 if it is not."""
    start, end = moment(first), moment(then)
    if start is None or end is None:
        return 0
    # A date means all of its day: "2024-05-01" is not before "2024-05-01T09:00:00Z".
    if _only_date(first) or _only_date(then):
        return max(0, (start.astimezone(UTC).date() - end.astimezone(UTC).date()).days)
    return max(0, ceil((start - end).total_seconds() / _DAY))


def moved(value: Json, days: int) -> Json | Missing:
    """Return a date so many days later, written as it was; MISSING beyond the calendar."""
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
