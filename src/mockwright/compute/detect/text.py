"""Clauses of a text, and the numbers and dates that are written in them.

Whatever is changed in a text leaves every character where it was, so that a phrase can be quoted as
it was written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Final

MOST_READ: Final = 10_000
"""Characters of a request's words that are read."""
MOST_CLAUSES: Final = 200
LONGEST: Final = 600
"""Characters of one clause."""

_ONES: Final = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
]
_TENS: Final = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_WORDS: Final = {word: i for i, word in enumerate(_ONES)} | {
    word: 20 + 10 * i for i, word in enumerate(_TENS)
}
_SCALES: Final = {
    "k": 1e3, "thousand": 1e3, "m": 1e6, "million": 1e6, "bn": 1e9, "billion": 1e9,
    "hundred": 1e2,
}  # fmt: skip
_DIGITS: Final = r"(?:[$€£] ?)?-?(?:\d{1,3}(?:,\d{3}){1,5}|\d{1,15})(?:\.\d{1,10})?|-?\.\d{1,10}"
NUMBER: Final = (
    rf"(?:(?:{_DIGITS})(?:(?:k|m|bn)\b| (?:thousand|million|billion)\b)?"
    rf"|\b(?:{'|'.join(_ONES + _TENS)})\b(?: (?:hundred|thousand|million)\b)?)"
)
_MONTHS: Final = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
_MONTH: Final = rf"(?:{'|'.join(f'{month[:3]}(?:{month[3:]})?' for month in _MONTHS)})"
DAY: Final = (
    r"(?:\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?(?:Z|[+-]\d{2}:?\d{2})?)?"
    rf"|{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?,? \d{{4}}|\d{{1,2}}(?:st|nd|rd|th)? {_MONTH},? \d{{4}})"
)
VALUE: Final = rf"(?:{DAY}|{NUMBER})"

_ALIKE: Final = str.maketrans(
    "‘’“”–—−×≈\u00a0\u202f²\t\r\u2022", "''\"\"---*~  2  \n"
)  # fmt: skip
_WRAPPED: Final = re.compile(r"(?<![.:;!?\n])\n(?!\s{0,20}(?:[-*\n]|\d{1,3}[.)]))")
_END: Final = re.compile(
    r"\n+|(?<!\bstd)(?<!\bdev)(?<!\bapprox)(?<!\bavg)(?<!\bca)(?<!\bvs)[.;!?]+"
    r"(?=\s|$)(?!\s(?:with |the |a )?(?:mean|average|sd|std|standard dev))",
    re.IGNORECASE,
)
_READ: Final = re.compile(r"([-.\d]+) ?([a-z]*)")


def plain(text: str) -> str:
    """With one form of each sign; as long as before."""
    return _WRAPPED.sub(" ", text[:MOST_READ].translate(_ALIKE))


def clauses(text: str) -> Iterator[tuple[int, int]]:
    """Where the clauses of a :func:`plain` text begin and end."""
    start = 0
    ends = [(found.start(), found.end()) for found in _END.finditer(text)]
    for end, following in [*ends, (len(text), len(text))][:MOST_CLAUSES]:
        part = text[start:end]
        inner = part.strip(" -*:")
        begin = start + part.index(inner)
        yield from _pieces(text, begin, begin + len(inner))
        start = following


def _pieces(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """A clause that is too long, cut between words."""
    while end - start > LONGEST:
        cut = text.rfind(" ", start + 1, start + LONGEST)
        cut = cut if cut > start else start + LONGEST
        yield start, cut
        start = cut
    if start < end:
        yield start, end


def number_in(text: str) -> int | float:
    """``50k``, ``$1,000``, ``1.5 million``, ``twelve``; whole numbers are integers."""
    found = _READ.search(text.lower().replace(",", ""))
    if found is not None:
        value, scale = float(found[1]), found[2]
    else:
        word, _, scale = text.lower().strip().partition(" ")
        value = float(_WORDS.get(word, 0))
    value = round(value * _SCALES.get(scale, 1.0), 10)
    return int(value) if value == int(value) else value


def value_in(text: str) -> int | float | str:
    """A number, or a date as ISO 8601."""
    if not re.fullmatch(DAY, text, re.IGNORECASE):
        return number_in(text)
    if text[:4].isdigit():
        return text
    bare = re.sub(r"(?<=\d)(?:st|nd|rd|th)|,", "", text, flags=re.IGNORECASE).split()
    name = next(part for part in bare if part.isalpha())
    month = next(i for i, known in enumerate(_MONTHS, 1) if known.startswith(name[:3].lower()))
    day, year = (int(part) for part in bare if part.isdigit())
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return year
