"""Conversion of one scalar: numbers in strings, words for booleans, dates in other formats.

Only what can be read in one way is converted; MISSING says that it cannot.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Final
from uuid import UUID

from dateutil import parser as dates

from mockwright.types import MISSING, Json, Missing

_TRUE: Final = frozenset({"true", "yes", "y", "on", "1", "t", "enabled"})
_FALSE: Final = frozenset({"false", "no", "n", "off", "0", "f", "disabled"})
_NULL: Final = frozenset({"", "null", "none", "nil", "n/a", "undefined"})

# A unit: "kg", "€", "km/h", "°C".
_UNIT = r"(?:[A-Za-z%°²³µ/€$£¥]{1,12})"
# A number with signs of money and units: "1,299.00", "$12.50", "EUR 5", "1 234,5", "1.234,56",
# "3,5 kg", "-2e3", "12 sq ft", "~40". Not "1-2", not "1,23,4", not "v2".
_NUMBER = re.compile(
    rf"(?P<before>[€$£¥₹#~≈]|[A-Z]{{3}}\s)?\s*"
    r"(?P<sign>[-+]?)[€$£¥₹]?(?P<digits>\d{1,3}(?:,\d{3})+(?:\.\d+)?"
    r"|\d{1,3}(?:[ \u00a0\u202f']\d{3})+(?:[.,]\d+)?"
    r"|\d{1,3}(?:\.\d{3})+,\d+|\d+,\d{1,2}(?!\d)|\d+(?:\.\d+)?)"
    rf"(?P<exponent>[eE][-+]?\d{{1,3}})?\s*(?P<unit>{_UNIT}(?:\s[A-Za-z]{{1,12}})?)?"
)
_MULTIPLIERS: Final = frozenset(
    ["k", "m", "b", "bn", "mn", "mio", "mrd", "million", "billion", "thousand"]
)
"""Units with which it may be another number: ``5 m`` is five million, or as many metres."""
_NEGATIONS: Final = frozenset({"not", "no", "non", "never", "nor", "neither", "without"})
"""Words that turn the meaning of a text around, so that the option in it is not the one meant."""
_MAX_TEXT: Final = 64
"""The most characters of a text that is read as something else."""
# The last, perhaps broken word of a text that was cut: " wor" of "Hello wor".
_WORD_END = re.compile(r"[\s,;:.!?\-][^\s]*$")


def to_number(value: Json) -> float | int | Missing:
    """Return the number in a text such as ``1,299.00``, ``$12.50``, ``12 kg``, or of a boolean."""
    if isinstance(value, bool):
        return int(value)
    if not isinstance(value, str) or len(value) > _MAX_TEXT:
        return MISSING
    match = _NUMBER.fullmatch(value.strip())
    if match is None:
        return MISSING
    if (match["unit"] or "").lower().partition(" ")[0] in _MULTIPLIERS:
        return MISSING
    digits = re.sub(r"[ \u00a0\u202f']", "", match["digits"])
    # "3,5" alone may be three and a half or a list; with a unit or a currency it is a number.
    if re.fullmatch(r"\d+,\d{1,2}", match["digits"]) and not (match["before"] or match["unit"]):
        return MISSING
    # A decimal comma: "3,5" or "1.234,56".
    if re.fullmatch(r"\d+,\d{1,2}|\d+(?:\.\d{3})+,\d+", digits):
        digits = digits.replace(".", "").replace(",", ".")
    plain = match["sign"] + digits.replace(",", "") + (match["exponent"] or "")
    if plain.lstrip("+-").isdecimal():
        return int(plain)
    number = float(plain)
    return number if math.isfinite(number) else MISSING


def to_integer(value: Json) -> int | Missing:
    """Return an integer; a fraction is rounded."""
    number = value if isinstance(value, float) else to_number(value)
    if isinstance(number, float):
        return round(number) if math.isfinite(number) else MISSING
    return number


def to_boolean(value: Json) -> bool | Missing:
    """Return a boolean for a word such as ``yes``, or for 0 and 1."""
    word = str(value).strip().lower() if isinstance(value, (str, int)) else ""
    return True if word in _TRUE else False if word in _FALSE else MISSING


def to_null(value: Json) -> Missing | None:
    """Return null for a word that says so, such as ``n/a``."""
    return None if isinstance(value, str) and value.strip().lower() in _NULL else MISSING


def to_string(value: Json) -> str | Missing:
    """Return the text of a number or a boolean."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, (int, float)) else MISSING


def to_format(text: str, wanted: str) -> str | Missing:
    """Return ``text`` in the form that the format ``wanted`` asks for."""
    if len(text) > _MAX_TEXT * 4:
        return MISSING
    if wanted == "uuid":
        return _to_uuid(text)
    if wanted in ("uri", "url"):
        # "example.com/a", without a scheme.
        return f"https://{text}" if re.fullmatch(r"[\w-]+(\.[\w-]+)+(/\S*)?", text) else MISSING
    if wanted == "email":
        # An address with a name, as in RFC 5322: "Ada <ada@example.com>".
        named = re.fullmatch(r"[^<>]*<([^<>\s]+)>\s*", text)
        return (named[1] if named else text.strip()).removeprefix("mailto:")
    if wanted not in ("date", "date-time", "time") or len(text) > _MAX_TEXT:
        return MISSING
    # A Unix time in seconds or milliseconds.
    if re.fullmatch(r"\d{10}|\d{13}", text.strip()):
        return from_timestamp(int(text), wanted)
    try:
        moment = _only_moment(text, whole_date=wanted != "time")
        return MISSING if moment is MISSING else _rendered(moment, wanted)
    except (ValueError, OverflowError, TypeError):
        # An offset of more than a day is found out only when the moment is used.
        return MISSING


def _rendered(moment: datetime, wanted: str) -> str:
    if wanted == "date":
        return moment.date().isoformat()
    stamp = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    rendered = stamp.isoformat().replace("+00:00", "Z")
    return rendered if wanted == "date-time" else rendered.split("T")[1]


def from_timestamp(value: Json, wanted: str) -> str | Missing:
    """Return the date of a Unix time in seconds or milliseconds, between 2001 and 2099."""
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return MISSING
    # 1e11 seconds are the year 5138: larger numbers are milliseconds.
    seconds = value / 1000 if value > 1e11 else value
    if not 1e9 <= seconds <= 4.1e9 or wanted not in ("date", "date-time"):
        return MISSING
    moment = datetime.fromtimestamp(seconds, UTC)
    if wanted == "date":
        return moment.date().isoformat()
    return moment.isoformat().replace("+00:00", "Z")


def _to_uuid(text: str) -> str | Missing:
    try:
        return str(UUID(text.strip()))
    except ValueError:
        return MISSING


# "2024-01-05", "2024/1/5", "2024.01.05"
_YEAR_FIRST = re.compile(r"\s*\d{4}[-/.]\d")
_DEFAULTS: Final = (datetime(2000, 1, 1), datetime(2003, 12, 28))
"""Two dates that differ in every part: what a text leaves open comes out differently."""


def _only_moment(text: str, *, whole_date: bool) -> datetime | Missing:
    """Return the moment ``text`` means, if it is one whichever way its numbers are read."""
    readings: set[datetime] = set()
    # With the year in front only one order is in use.
    for day_first in (False,) if _YEAR_FIRST.match(text) else (False, True):
        for default in _DEFAULTS:
            found = dates.parse(text, dayfirst=day_first, default=default, tzinfos=_zone)
            readings.add(found if whole_date else found.replace(year=2000, month=1, day=1))
    return readings.pop() if len(readings) == 1 else MISSING


def _zone(name: str | None, offset: int | None) -> tzinfo | None:
    """Return a text's time zone; raise :class:`ValueError` for a name, since zones share them."""
    if offset is not None:
        return timezone(timedelta(seconds=offset))
    if name is None:
        return None
    if name in ("UTC", "GMT", "Z"):
        return UTC
    raise ValueError(f"ambiguous time zone {name}")


def near_miss(value: Json, options: Sequence[Json]) -> Json | Missing:
    """Return the one of ``options`` that ``value`` was most likely meant to be; else MISSING."""
    if isinstance(value, str):
        return _near_text(value, [option for option in options if isinstance(option, str)], options)
    twins = [option for option in options if isinstance(option, str) and option == str(value)]
    return twins[0] if len(twins) == 1 else MISSING


def _near_text(text: str, names: Sequence[str], options: Sequence[Json]) -> Json | Missing:
    folded = fold(text)
    same = [name for name in names if fold(name) == folded]
    if len(same) == 1 or (same and text.strip() in same):
        return same[0] if len(same) == 1 else text.strip()
    # A text for an option that is a number: "3" or "3 stars" for 3.
    number = to_number(text)
    if number is not MISSING and number in [o for o in options if type(o) in (int, float)]:
        return number
    # An option within a sentence: "The status is active" for "active", but not of "not active".
    words = {fold(word) for word in re.findall(r"\w+", text[:_MAX_TEXT])}
    if not words & _NEGATIONS and len(words) > 1:
        said = [name for name in names if fold(name) in words]
        return said[0] if len(said) == 1 else MISSING
    return near_name(folded, names)


def fold(text: str) -> str:
    """Return letters and digits alone, in lower case: ``customer_id`` is like ``CustomerID``."""
    return "".join(char for char in text.lower() if char.isalnum())


def near_name(folded: str, names: Sequence[str]) -> str | Missing:
    """Return the one of ``names`` within a bounded edit distance, if only one is as near."""
    bound = bound_for(folded)
    if bound == 0 or len(folded) > _MAX_TEXT:
        return MISSING
    near = [(edits(folded, fold(name), bound), name) for name in names[:200]]
    within = sorted(pair for pair in near if pair[0] <= bound)
    if not within or (len(within) > 1 and within[1][0] == within[0][0]):
        return MISSING
    return within[0][1]


def bound_for(folded: str) -> int:
    """Return how many edits a name may be off: short ones are all near to one another."""
    return 2 if len(folded) >= 9 else 1 if len(folded) >= 5 else 0


def edits(a: str, b: str, bound: int) -> int:
    """Return the edit distance from ``a`` to ``b``, or more than ``bound`` if it is more.

    Insertions, deletions, replacements and swaps of neighbours count one each (optimal string
    alignment, the restricted Damerau-Levenshtein distance).
    """
    if abs(len(a) - len(b)) > bound:
        return bound + 1
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        last, before, row = before, row, [i, *([0] * len(b))]
        for j, y in enumerate(b, 1):
            row[j] = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                row[j] = min(row[j], last[j - 2] + 1)
        # Distances along a path never fall, so that nothing below this row can be within the bound.
        if min(row) > bound:
            return bound + 1
    return row[-1]


def cut_text(text: str, limit: int) -> str:
    """Return the first ``limit`` characters, to the end of a word if one is not too far back."""
    head = text[:limit]
    if len(text) <= limit or not head or text[limit].isspace():
        return head.rstrip() or head
    shorter = _WORD_END.sub("", head)
    return shorter if len(shorter) * 2 > limit else head
