"""Phrases that say how many of the items have which value."""

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
_TOLD: Final = (
    r"(?P<percent>\d{1,3}(?:\.\d{1,4})?) ?(?:%|percent\b|per cent\b|pct\b)"
    rf"|\b(?P<some>{_COUNT}) (?:in|out of) (?P<every>{_COUNT})\b"
    rf"|\b(?:(?P<many>{_COUNT})[- ])?(?P<part>{'|'.join(_FRACTIONS)})s?\b"
)
SHARE: Final = rf"(?:{_TOLD}|\b(?:the )?(?P<rest>rest|remaining|remainder|others)\b)"
_SHARE: Final = re.compile(SHARE, re.IGNORECASE)
_NOUNS: Final = r"(?:of (?:the |all |our |these |those )*(?:[a-z]{2,20} ){1,3}?|[a-z]{3,20}s )"
_VERB: Final = (
    r"(?:(?:that |who |which )?(?:are|is|be|being|were|have been|has been|have|has|should be"
    r"|must be|should have|must have|will be|should|must|on|in|with|from|use|using|choose|prefer"
    r"|marked(?: as)?|flagged(?: as)?|set to|=|of)\s+)"
)
_TO_VALUE: Final = re.compile(
    rf"[\s:,]*(?:chance of |chance to be |likely )?(?:{_NOUNS}?{_VERB}{{1,2}}|{_NOUNS})?"
    r"(?:already |currently |still |a |an |the |status |all |also ){0,3}['\"]?",
    re.IGNORECASE,
)
_TO_SHARE: Final = re.compile(
    r"['\"]?\s*(?:[a-z]{3,20}s? )?(?:[:=(-]|is|are|at|in|with|for|make up|makes up|account for"
    r"|accounts for|to be|should be|must be|true|holds?|happens?|ratio|share|occurs?)?\s?"
    r"(?:true )?(?:in |for |of )?(?:about |around |roughly |approximately |~)?",
    re.IGNORECASE,
)
_COLONS: Final = re.compile(
    r"(?<![\d:/.-])(?P<parts>\d{1,4}(?:\.\d{1,3})?(?:[:/]\d{1,4}(?:\.\d{1,3})?){1,9})(?![\d:/-])"
)
_SPLIT: Final = re.compile(
    r"\b(?:ratio|split|mix|proportions?|divided|distributed)\b", re.IGNORECASE
)
_ASPECT: Final = re.compile(r"\b(?:aspect|gear|p/e|price)\b", re.IGNORECASE)
_EQUAL: Final = re.compile(
    r"\b(?:(?:evenly|equally|uniformly) (?:split|divided|distributed|spread|likely)"
    r"|equal (?:numbers?|shares?|parts?|amounts?|proportions?|split)|fifty[- ]fifty)\b",
    re.IGNORECASE,
)
_NOBODY: Final = re.compile(
    rf"{SHARE} of (?:the |all |our )?[a-z]{{3,20}} (?:are|is|have|has|own|should|must|were|use"
    r"|live|prefer)\b",
    re.IGNORECASE,
)


def share_in(found: re.Match[str]) -> float | None:
    """What share a match of :data:`SHARE` tells; None of what is left."""
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
    """``70% active, 30% inactive``, ``3:2:1 free, pro, enterprise``, ``evenly split``."""
    _read_parts(clause)
    _read_equal(clause)
    _read_percents(clause)
    for found in clause.find(_NOBODY):
        clause.doubt(found.start())


def _read_parts(clause: Clause) -> None:
    for found in clause.find(_COLONS):
        parts = [float(part) for part in re.split(r"[:/]", found["parts"])]
        named = _values(clause)
        split = _SPLIT.search(clause.text) is not None
        if len(named) != len(parts) and split:
            named = _listed_values(clause)
        if len(named) == len(parts) and sum(parts) > 0:
            total = sum(parts)
            clause.take(found.start(), found.end())
            _say(clause, list(zip(named, (part / total for part in parts), strict=True)))
        elif split and ":" in found["parts"] and not _ASPECT.search(clause.text):
            clause.doubt(found.start())


def _values(clause: Clause) -> list[NamedValue]:
    """The values named, of the field of which most are."""
    counted: dict[tuple[str, ...], list[NamedValue]] = {}
    for said in clause.said:
        of_one = counted.setdefault(said.field.path, [])
        if all(other.value != said.value for other in of_one):
            of_one.append(said)
    return max(counted.values(), key=len, default=[])


def _listed_values(clause: Clause) -> list[NamedValue]:
    """All values of the one text field that is named, in their order."""
    named = [m.of(("string",)) for m in clause.mentions]
    one = next((one for one in named if one is not None and one.values), None)
    return [NamedValue(0, 0, one, str(value)) for value in one.values] if one is not None else []


def _read_equal(clause: Clause) -> None:
    for found in clause.find(_EQUAL):
        named = _values(clause)
        named = named if len(named) > 1 else _listed_values(clause)
        if named:
            clause.take(found.start(), found.end())
            _say(clause, [(said, 1 / len(named)) for said in named])


def _read_percents(clause: Clause) -> None:
    """Each share with the value after it, or else each with the one before it."""
    told = [found for found in clause.find(_SHARE) if "\x00" not in found[0]]
    if not told or len(told) == MOST_FOUND:
        if told:
            clause.doubt(told[0].start())
        return
    after = [_after(clause, found) for found in told]
    before = [_before(clause, found) for found in told]
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
    shares = [(said, share_in(found)) for found, said in group]
    known = sum(share for _, share in shares if share is not None)
    full = [(said, 1 - known if share is None else share) for said, share in shares]
    if all(share is None for _, share in shares):
        return
    for found, said in group:
        clause.take(min(found.start(), said.start), max(found.end(), said.end))
    _say(clause, full)


def _say(clause: Clause, shares: list[tuple[NamedValue, float]]) -> None:
    one = shares[0][0].field
    ratio: JsonObject = {}
    ratio |= ratio_of(shares, one)
    clause.say(one, ratio=ratio)


def _after(clause: Clause, found: re.Match[str]) -> NamedValue | None:
    if found["percent"] == "100" and not re.match(r"\s?of ", clause.text[found.end() :]):
        return None  # "100 % cotton" is praise.
    gap = _TO_VALUE.match(clause.text, found.end())
    end = gap.end() if gap is not None else found.end()
    for said in clause.said:
        if said.start < found.end():
            continue
        if said.start <= end or _bridges(clause.text[found.end() : said.start]):
            return said
        break
    return None


def _bridges(text: str) -> bool:
    return len(text) < 80 and _TO_VALUE.fullmatch(text) is not None


def _before(clause: Clause, found: re.Match[str]) -> NamedValue | None:
    for said in reversed(clause.said):
        if said.end <= found.start():
            gap = clause.text[said.end : found.start()]
            fits = len(gap) < 60 and _TO_SHARE.fullmatch(gap) is not None
            return said if fits else None
    return None


_LITERAL: Final = re.compile(
    rf"(?:{_TOLD}) (?:from |in |of )?(?P<value>[A-Z][\w-]{{1,30}}(?: [A-Z][\w-]{{1,30}})?)"
    r"(?=\s*(?:,|and\b|$))"
)


def _read_literal(clause: Clause, told: Sequence[re.Match[str]]) -> None:
    """``country: 60% Germany, 40% France``, of a field whose values are not listed."""
    bound = clause.mention_before(told[0].start())
    one = bound.of(("string",)) if bound is not None else None
    pairs = [(found["value"], share_in(found) or 0.0) for found in clause.find(_LITERAL)]
    if one is None or one.values or len(pairs) != len(told):
        return
    if abs(sum(share for _, share in pairs) - 1) < 1e-3:
        clause.take(told[0].start(), told[-1].end())
        clause.say(one, ratio={value: round(share, 6) for value, share in pairs})
