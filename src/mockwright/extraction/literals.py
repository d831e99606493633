"""Numbers, words and calls as models write them in place of JSON's literals."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Final

from mockwright.types import Json

_MAX_DIGITS: Final = 400
"""Characters of a number; no float has more to say, and Python reads longer
ones in quadratic time.
"""

WORDS: Final[dict[str, Json]] = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys(("null", "None", "NULL", "Null", "nil", "undefined"), None),
    # JSON has no such numbers; null is the one honest reading.
    **dict.fromkeys(
        sign + word for sign in ("", "-", "+") for word in ("NaN", "nan", "Infinity", "inf")
    ),
}
"""The values of words, in the spellings of JSON, JavaScript, Python, Ruby and SQL."""
FIRST_LETTERS: Final = {
    word[:n]: value for word, value in WORDS.items() for n in range(1, len(word) + 1)
}
"""The values of words that the end of the text cut short: ``tr``, ``Non``."""
NUMBER: Final = re.compile(
    r"[-+]?(?:0[xX][0-9a-fA-F]+|(?:\d[\d_]*+(?:\.\d*+)?|\.\d++)(?:[eE][-+]?\d++)?)"
    r"(?=[\s,;}\])，、]|//|/\*|\Z)"
)
"""A number with what may follow it: ``-1.5e3``, ``.5``, ``0xFF``, ``1_000``; not
``192.168.0.1``.
"""
CUT_NUMBER: Final = re.compile(r"[-+]?[\d.][\d._]*+(?:[eE][-+]?\d*+)?\Z|[-+]\Z")
"""A number that the end of the text cut short: ``12.``, ``1e``, ``-``."""
WORD: Final = re.compile(r"[-+]?[^\W\d][\w$-]*+")
"""A word: ``true``, ``-Infinity``, ``in-progress``."""
# Atomic, as nothing of 1,234,5678 is a number; what has more groups is none for to_number either.
GROUPED: Final = re.compile(
    rf"[-+]?\d{{1,3}}(?>(?:,\d{{3}}){{1,{_MAX_DIGITS // 4}}})(?:\.\d++)?(?=\s*+[,}}\n])"
)
"""``1,234.50``; only in an object, where what follows a comma is a key."""
MORE_WORDS: Final = re.compile(r"[ \t]++[^\W\d_][\w .%/'-]{0,80}+(?=[,}\]\n]|\Z)")
"""What makes a text of the number or word before it: the rest of ``10 kg`` and ``true story``."""
CALL: Final = re.compile(
    r"(?:new\s+)?[^\W\d][\w.]*+\(\s*(?:\"([^\"\\\n]*)\"|'([^'\\\n]*)'|(-?\d++(?:\.\d++)?))\s*\)"
)
"""A call with one argument: ``ObjectId("5f1e")``, ``new Date('2024-05-01')``, ``Decimal(1.5)``."""
PLAIN_CALL: Final = re.compile(r"([^\W\d][\w.]*+)\(([^()\n\"']{0,200}+)\)")
"""A call without quotes in it: ``datetime.date(2024, 5, 1)``."""
_DATES: Final = {"date": date, "datetime": datetime}


def to_number(text: str) -> Json:
    """Return the number that is written in ``text``; None for what no float can hold.

    Underscores and commas between digits are passed over; ``0x`` is hexadecimal.
    """
    if len(text) > _MAX_DIGITS:
        return None
    plain = text.replace("_", "").replace(",", "")
    if "x" in plain or "X" in plain:
        return int(plain, 16)
    if plain.lstrip("+-").isdecimal():
        return int(plain)
    number = float(plain)
    return number if abs(number) != float("inf") else None


def called(match: re.Match[str]) -> Json:
    """Return the one argument of a :data:`CALL`: a string or a number."""
    double, single, number = match.groups()
    return to_number(number) if number else double or single or ""


def called_plainly(match: re.Match[str]) -> str:
    """Return a :data:`PLAIN_CALL` of a date as ISO 8601 text, any other as it is written."""
    make = _DATES.get(match[1].rpartition(".")[2])
    parts = [part.strip() for part in match[2].split(",")]
    if make is None or not all(part.isdecimal() and len(part) < 7 for part in parts):
        return match[0]
    try:
        return make(*map(int, parts)).isoformat()
    except (ValueError, TypeError):
        return match[0]
