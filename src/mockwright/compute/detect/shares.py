"""Readers of phrases that say what share of the items has which value."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from mockwright.compute.detect.clause import MOST_FOUND, Clause, ratio_of
from mockwright.compute.detect.names import NamedValue
from mockwright.types import JsonObject

_FRACTIONS: Final[dict[str, float]] = {
    "half": 1 / 2, "third": 1 / 3, "quarter": 1 / 4, "fourth": 1 / 4, "fifth": 1 / 5,
    "tenth": 1 / 10,
}  # fmt: skip
_COUNTS: Final = {
    word: i
    for i, word in enumerate(
        ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
    )
} | {"a": 1, "an": 1}
_COUNT: Final = rf"(?:\d{{1,4}}|{'|'.join(_COUNTS)})"
# A share in figures or words: "70%", "12.5 percent", "one in ten", "2 out of 3", "half",
# "two thirds".
_FRACTION: Final = (
    r"(?P<percent>\d{1,3}(?:\.\d{1,4})?) ?(?:%|percent\b|per cent\b|pct\b)"
    rf"|\b(?P<some>{_COUNT}) (?:in|out of) (?P<every>{_COUNT})\b"
    rf"|\b(?:(?P<many>{_COUNT})[- ])?(?P<part>{'|'.join(_FRACTIONS)})s?\b"
)
SHARE: Final = rf"(?:{_FRACTION}|\b(?:the )?(?P<rest>rest|remaining|remainder|others)\b)"
"""The pattern of a share, with "the rest" for what the others leave; see :func:`share_in`."""
_SHARE: Final = re.compile(SHARE, re.IGNORECASE)
# Words for the items between a share and its value: "of the users ", "customers ".
_NOUNS: Final = r"(?:of (?:the |all |our |these |those )*(?:[a-z]{2,20} ){1,3}?|[a-z]{3,20}s )"
# Words that bind a share to its value: "are ", "that have ", "should be ", "set to ".
_VERB: Final = (
    r"(?:(?:that |who |which )?(?:are|is|be|being|were|have been|has been|have|has|should be"
    r"|must be|should have|must have|will be|should|must|on|in|with|from|use|using|choose|prefer"
    r"|marked(?: as)?|flagged(?: as)?|set to|=|of)\s+)"
)
# All that may stand between a share and the value after it: " of users are ", " chance of ",
# " customers currently ", ": ".
_TO_VALUE: Final = re.compile(
    rf"[\s:,]*(?:chance of |chance to be |likely )?(?:{_NOUNS}?{_VERB}{{1,2}}|{_NOUNS})?"
    r"(?:already |currently |still |a |an |the |status |all |also ){0,3}['\"]?",
    re.IGNORECASE,
)
# All that may stand between a value and the share after it: ": ", " is ", " users make up about ",
# " (", " in roughly ".
_TO_SHARE: Final = re.compile(
    r"['\"]?\s*(?:[a-z]{3,20}s? )?(?:[:=(-]|is|are|at|in|with|for|make up|makes up|account for"
    r"|accounts for|to be|should be|must be|true|holds?|happens?|ratio|share|occurs?)?\s?"
    r"(?:true )?(?:in |for |of )?(?:about |around |roughly |approximately |~)?",
    re.IGNORECASE,
)
# Shares as a proportion: "3:2:1", "80/20", "1.5:1". A date such as "2024/01/02" matches too; only
# as many values make shares of it. Not the range "1-2:3".
_COLONS: Final = re.compile(
    r"(?<![\d:/.-])(?P<parts>\d{1,4}(?:\.\d{1,3})?(?:[:/]\d{1,4}(?:\.\d{1,3})?){1,9})(?![\d:/-])"
)
# Words that make a proportion out of two numbers with a colon: "in the ratio", "split", "mix".
_SPLIT: Final = re.compile(
    r"\b(?:ratio|split|mix|proportions?|divided|distributed)\b", re.IGNORECASE
)
# Ratios that are values and not shares: "aspect ratio", "gear ratio", "P/E ratio", "price ratio".
_ASPECT: Final = re.compile(r"\b(?:aspect|gear|p/e|price)\b", re.IGNORECASE)
# Equal shares: "evenly split", "uniformly distributed", "in equal parts", "fifty-fifty".
_EQUAL: Final = re.compile(
    r"\b(?:(?:evenly|equally|uniformly) (?:split|divided|distributed|spread|likely)"
    r"|equal (?:numbers?|shares?|parts?|amounts?|proportions?|split)|fifty[- ]fifty)\b",
    re.IGNORECASE,
)
# A share of items that have something which is no known value: "30% of users have",
# "half of the people are".
_NOBODY: Final = re.compile(
    rf"{SHARE} of (?:the |all |our )?[a-z]{{3,20}} (?:are|is|have|has|own|should|must|were|use"
    r"|live|prefer)\b",
    re.IGNORECASE,
)


def share_in(found: re.Match[str]) -> float | None:
    """Return the share, from 0 to 1, that a match of :data:`SHARE` tells; None of "the rest"."""
    if found["percent"]:
        return float(found["percent"]) / 100
    if found["some"]:
        every = _counted(found["every"])
        return _counted(found["some"]) / every if every else None
    if found["part"]:
        return _counted(found["many"] or "one") * _FRACTIONS[found["part"].lower()]
    return None


def _counted(text: str) -> int:
    return int(text) if text.isdigit() else _COUNTS[text.lower()]


def read_shares(clause: Clause) -> None:
    """Read shares: ``70% active, 30% inactive``, ``3:2:1 free, pro, team``, ``evenly split``."""
    _read_proportions(clause)
    _read_equal(clause)
    _read_percents(clause)
    for found in clause.find(_NOBODY):
        clause.doubt(found.start())


def _read_proportions(clause: Clause) -> None:
    for found in clause.find(_COLONS):
        parts = [float(part) for part in re.split(r"[:/]", found["parts"])]
        named = _named_values(clause)
        split = _SPLIT.search(clause.text) is not None
        if len(named) != len(parts) and split:
            named = _listed_values(clause)
        if len(named) == len(parts) and sum(parts) > 0:
            total = sum(parts)
            clause.take(found.start(), found.end())
            _say_ratio(clause, list(zip(named, (part / total for part in parts), strict=True)))
        elif split and ":" in found["parts"] and not _ASPECT.search(clause.text):
            clause.doubt(found.start())


def _named_values(clause: Clause) -> list[NamedValue]:
    """Return the values named, without doubles, of the field of which most are named."""
    counted: dict[tuple[str, ...], list[NamedValue]] = {}
    for said in clause.said:
        of_one = counted.setdefault(said.field.path, [])
        if all(other.value != said.value for other in of_one):
            of_one.append(said)
    return max(counted.values(), key=len, default=[])


def _listed_values(clause: Clause) -> list[NamedValue]:
    """Return all values of the one text field that is named, in the order of the schema."""
    named = [m.of(("string",)) for m in clause.mentions]
    one = next((one for one in named if one is not None and one.values), None)
    return [NamedValue(0, 0, one, str(value)) for value in one.values] if one is not None else []


def _read_equal(clause: Clause) -> None:
    for found in clause.find(_EQUAL):
        named = _named_values(clause)
        named = named if len(named) > 1 else _listed_values(clause)
        if named:
            clause.take(found.start(), found.end())
            _say_ratio(clause, [(said, 1 / len(named)) for said in named])


def _read_percents(clause: Clause) -> None:
    """Read each share with the value after it, or else each with the value before it."""
    told = [found for found in clause.find(_SHARE) if "\x00" not in found[0]]
    # As many as are looked for means that there may be more: some would be lost without a word.
    if not told or len(told) == MOST_FOUND:
        if told:
            clause.doubt(told[0].start())
        return
    after = [_value_after(clause, found) for found in told]
    before = [_value_before(clause, found) for found in told]
    # One text has one order: "70% active" or "active: 70%".
    chosen = before if before.count(None) < after.count(None) else after
    pairs = [(found, said) for found, said in zip(told, chosen, strict=True) if said is not None]
    by_field: dict[tuple[str, ...], list[tuple[re.Match[str], NamedValue]]] = {}
    for found, said in pairs:
        by_field.setdefault(said.field.path, []).append((found, said))
    for group in by_field.values():
        _say_group(clause, group)
    if not pairs and len(told) > 1:
        _read_literal(clause, told)


def _say_group(clause: Clause, group: Sequence[tuple[re.Match[str], NamedValue]]) -> None:
    """Note the shares of one field's values; "the rest" is what the others leave."""
    shares = [(said, share_in(found)) for found, said in group]
    known = sum(share for _, share in shares if share is not None)
    full = [(said, 1 - known if share is None else share) for said, share in shares]
    if all(share is None for _, share in shares):
        return
    for found, said in group:
        clause.take(min(found.start(), said.start), max(found.end(), said.end))
    _say_ratio(clause, full)


def _say_ratio(clause: Clause, shares: list[tuple[NamedValue, float]]) -> None:
    one = shares[0][0].field
    ratio: JsonObject = {}
    ratio |= ratio_of(shares, one)
    clause.say(one, ratio=ratio)


def _value_after(clause: Clause, found: re.Match[str]) -> NamedValue | None:
    """Return the value that follows a share, if only words that bind the two stand between."""
    if found["percent"] == "100" and not re.match(r"\s?of ", clause.text[found.end() :]):
        return None  # "100 % cotton" is praise.
    gap = _TO_VALUE.match(clause.text, found.end())
    end = gap.end() if gap is not None else found.end()
    for said in clause.said:
        if said.start < found.end():
            continue
        if said.start <= end or _leads_to_value(clause.text[found.end() : said.start]):
            return said
        break
    return None


def _leads_to_value(text: str) -> bool:
    return len(text) < 80 and _TO_VALUE.fullmatch(text) is not None


def _value_before(clause: Clause, found: re.Match[str]) -> NamedValue | None:
    """Return the value that precedes a share, if only words that bind the two stand between."""
    for said in reversed(clause.said):
        if said.end <= found.start():
            gap = clause.text[said.end : found.start()]
            fits = len(gap) < 60 and _TO_SHARE.fullmatch(gap) is not None
            return said if fits else None
    return None


# A share with a capitalised value that no schema lists: "60% Germany,", "half from New York".
_LITERAL: Final = re.compile(
    rf"(?:{_FRACTION}) (?:from |in |of )?(?P<value>[A-Z][\w-]{{1,30}}(?: [A-Z][\w-]{{1,30}})?)"
    r"(?=\s*(?:,|and\b|$))"
)


def _read_literal(clause: Clause, told: Sequence[re.Match[str]]) -> None:
    """Read values that are not listed anywhere: ``country: 60% Germany, 40% France``."""
    bound = clause.mention_before(told[0].start())
    one = bound.of(("string",)) if bound is not None else None
    pairs = [(found["value"], share_in(found) or 0.0) for found in clause.find(_LITERAL)]
    if one is None or one.values or len(pairs) != len(told):
        return
    # That they sum to 1 is what shows that values are meant.
    if abs(sum(share for _, share in pairs) - 1) < 1e-3:
        clause.take(told[0].start(), told[-1].end())
        clause.say(one, ratio={value: round(share, 6) for value, share in pairs})
