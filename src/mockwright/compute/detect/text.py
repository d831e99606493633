"""Clauses of a text, and the numbers and dates written in it.

Every change made to a text keeps each character where it was, so that a phrase can be quoted as it
was written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Final

MOST_READ: Final = 10_000
"""The most characters of a request's words that are read."""
MOST_CLAUSES: Final = 200
"""The most clauses that are read; what is beyond them is ignored."""
LONGEST: Final = 600
"""The most characters of one clause; patterns with repeats stay cheap on a bounded text."""

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
# "1,000", "$50", "-3.5", ".25"
_DIGITS: Final = r"(?:[$€£] ?)?-?(?:\d{1,3}(?:,\d{3}){1,5}|\d{1,15})(?:\.\d{1,10})?|-?\.\d{1,10}"
# "50k", "1.5 million", "twelve", "two hundred"
NUMBER: Final = (
    rf"(?:(?:{_DIGITS})(?:(?:k|m|bn)\b| (?:thousand|million|billion)\b)?"
    rf"|\b(?:{'|'.join(_ONES + _TENS)})\b(?: (?:hundred|thousand|million)\b)?)"
)
"""The pattern of a number in figures or words, for use without regard to case."""
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
# "2024-01-31", "2024-01-31T08:00:00Z", "March 5, 2024", "5th Mar 2024"
DAY: Final = (
    r"(?:\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?(?:Z|[+-]\d{2}:?\d{2})?)?"
    rf"|{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?,? \d{{4}}|\d{{1,2}}(?:st|nd|rd|th)? {_MONTH},? \d{{4}})"
)
"""The pattern of a date: ISO 8601, or a month's name with day and year."""
VALUE: Final = rf"(?:{DAY}|{NUMBER})"
"""The pattern of a bound: a date or a number."""

# Typographic signs and what is typed for them, one character for one.
_ALIKE: Final = str.maketrans(
    "‘’“”–—−×≈\u00a0\u202f²\t\r\u2022", "''\"\"---*~  2  \n"
)  # fmt: skip
# A line break inside a sentence. Not one behind a full stop, and not one before a list item ("- "
# or "2.") or an empty line, which end a clause.
_WRAPPED: Final = re.compile(r"(?<![.:;!?\n])\n(?!\s{0,20}(?:[-*\n]|\d{1,3}[.)]))")
# The end of a clause: "ages.", ";", a line break. Not the point of an abbreviation, "std. dev", and
# not one before what belongs to the clause: "normal. Mean 35".
_END: Final = re.compile(
    r"\n+|(?<!\bstd)(?<!\bdev)(?<!\bapprox)(?<!\bavg)(?<!\bca)(?<!\bvs)[.;!?]+"
    r"(?=\s|$)(?!\s(?:with |the |a )?(?:mean|average|sd|std|standard dev))",
    re.IGNORECASE,
)
# A number and its scale: "1.5 million", "50k".
_READ: Final = re.compile(r"([-.\d]+) ?([a-z]*)")


def plain(text: str) -> str:
    """Return the text with one form of each sign and without wrapped lines; as long as before."""
    return _WRAPPED.sub(" ", text[:MOST_READ].translate(_ALIKE))


def clauses(text: str) -> Iterator[tuple[int, int]]:
    """Yield start and end of each clause of a :func:`plain` text."""
    start = 0
    ends = [(found.start(), found.end()) for found in _END.finditer(text)]
    for end, following in [*ends, (len(text), len(text))][:MOST_CLAUSES]:
        part = text[start:end]
        inner = part.strip(" -*:")
        begin = start + part.index(inner)
        yield from _pieces_of(text, begin, begin + len(inner))
        start = following


def _pieces_of(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield a clause, cut between words where it is longer than :data:`LONGEST`."""
    while end - start > LONGEST:
        cut = text.rfind(" ", start + 1, start + LONGEST)
        cut = cut if cut > start else start + LONGEST
        yield start, cut
        start = cut
    if start < end:
        yield start, end


def number_in(text: str) -> int | float:
    """Return the number in ``50k``, ``$1,000``, ``1.5 million``, ``twelve``; an int if whole."""
    found = _READ.search(text.lower().replace(",", ""))
    if found is not None:
        value, scale = float(found[1]), found[2]
    else:
        word, _, scale = text.lower().strip().partition(" ")
        value = float(_WORDS.get(word, 0))
    value = round(value * _SCALES.get(scale, 1.0), 10)
    return int(value) if value == int(value) else value


def value_in(text: str) -> int | float | str:
    """Return a number, or a date as ISO 8601; of a day that does not exist its year."""
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
