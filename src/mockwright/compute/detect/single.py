"""Phrases about one field: its mean, what it sums to, that it is unique."""

from __future__ import annotations

import re
from typing import Final

from mockwright.compute.detect.clause import Clause
from mockwright.compute.detect.names import NUMERIC
from mockwright.compute.detect.parameters import SD
from mockwright.compute.detect.text import NUMBER, number_in
from mockwright.types import JsonObject

_AVERAGE: Final = re.compile(r"\b(?:mean|averages?|averaging|averaged|avg|median)\b", re.IGNORECASE)
_GLUE: Final = re.compile(
    r"(?:\s?(?:of|is|are|=|:|at|on|being|around|about|approximately|roughly|near|should be|must be"
    r"|the|a|an|close to|~|,)(?![a-z]))*\s*",
    re.IGNORECASE,
)
_FILLER: Final = re.compile(r"(?:[a-z]{3,20} ){0,2}", re.IGNORECASE)
_NUMBER: Final = re.compile(NUMBER, re.IGNORECASE)
_ON_AVERAGE: Final = re.compile(
    rf"(?P<number>{NUMBER})(?P<what>(?: [a-z]\w{{0,20}}){{0,4}}?),? on average\b", re.IGNORECASE
)


def read_moments(clause: Clause) -> None:
    """``mean salary 85000``, ``pay averages 50k``, ``twelve calls per hour on average``."""
    for found in clause.find(_ON_AVERAGE):
        fields = clause.about(found.start("what"), found.start("what"), NUMERIC)
        if fields and not _is_of_some(clause, found.start(), found.end("number")):
            clause.take(found.start(), found.end())
            clause.say(fields[0], mean=number_in(found["number"]))
    for found in clause.find(_AVERAGE, doubting=False):
        _read_average(clause, found)


def _read_average(clause: Clause, found: re.Match[str]) -> None:
    at = _glued(clause, found.end())
    around = [m for m in clause.mentions if m.start <= found.start() < m.end]
    inner = next((m for m in clause.mentions if m.start >= at), None)
    if inner is not None and not _FILLER.fullmatch(clause.text, at, inner.start):
        inner = None
    named = around[0] if around else inner
    if named is not None:
        at = _glued(clause, named.end)
    told = _NUMBER.match(clause.left, at)
    if told is None:
        _read_average_of(clause, found)
        return
    one = named.of(NUMERIC) if named is not None else None
    fields = (
        (one,) if one is not None else clause.about(found.start(), told.end(), NUMERIC, sure=True)
    )
    if not fields or _is_of_some(clause, found.start(), told.end()):
        clause.doubt(found.start())
        return
    clause.take(found.start(), told.end())
    members: JsonObject = {"mean": number_in(told[0])}
    if found[0].lower() == "median":
        members = {"distribution": {"family": "lognormal", "median": members["mean"]}}
    elif (spread := SD.search(clause.left, told.end())) is not None:
        clause.take(spread.start(), spread.end())
        members["sd"] = number_in(spread["number"])
    clause.say(fields[0], **members)


_OF: Final = re.compile(rf"(?: [a-z]{{3,20}}){{1,2}} of (?P<number>{NUMBER})\s", re.IGNORECASE)


def _read_average_of(clause: Clause, found: re.Match[str]) -> None:
    """``an average basket of 3.2 items``."""
    told = _OF.match(clause.left, found.end())
    counted = next((m for m in clause.mentions if told and m.start == told.end()), None)
    one = counted.of(NUMERIC) if counted is not None else None
    if told is not None and one is not None:
        clause.take(found.start(), told.end())
        clause.say(one, mean=number_in(told["number"]))


def _is_of_some(clause: Clause, start: int, end: int) -> bool:
    """Whether the average is that of the items with one value: ``averages 50k for enterprise``."""
    gaps = [
        gap
        for said in clause.said
        if said.field.kind == "string"
        for gap in (said.start - end, start - said.end)
    ]
    return any(0 <= gap < 12 for gap in gaps)


def _glued(clause: Clause, at: int) -> int:
    glue = _GLUE.match(clause.text, at)
    return glue.end() if glue is not None else at


_TOTAL: Final = re.compile(
    r"\b(?P<verb>sums? (?:up )?to|adds? (?:up )?to|adding up to|summing (?:up )?to"
    r"|totall?(?:ing|s|ed)?(?: up)?(?: of| to)?)"
    rf"\s(?:exactly |about )?(?P<number>{NUMBER})(?P<next> [a-z]+)?",
    re.IGNORECASE,
)
_SUM_OF: Final = re.compile(r"\b(?:sum|total) of (?:all |the |all the )?", re.IGNORECASE)
_UNITS: Final = frozenset(
    [
        "and",
        "by",
        "across",
        "per",
        "for",
        "in",
        "over",
        "units",
        "dollars",
        "euros",
        "usd",
        "percent",
        "overall",
        "with",
    ]
)


def read_total(clause: Clause) -> None:
    """``amounts sum to 10000``."""
    for found in clause.find(_TOTAL):
        counted = (found["next"] or "").strip().lower()
        if found["verb"].lower().startswith("total") and counted and counted not in _UNITS:
            continue
        fields = clause.about(found.start(), found.end("number"), NUMERIC, sure=True)
        if fields:
            clause.take(found.start(), found.end("number"))
            clause.say(fields[0], total=number_in(found["number"]))
        else:
            clause.doubt(found.start())
    for found in clause.find(_SUM_OF):
        mention = next((m for m in clause.mentions if m.start == found.end()), None)
        one = mention.of(NUMERIC) if mention is not None else None
        told = _NUMBER.match(clause.left, _glued(clause, mention.end)) if mention else None
        if one is not None and told is not None:
            clause.take(found.start(), told.end())
            clause.say(one, total=number_in(told[0]))


_UNIQUE_AFTER: Final = re.compile(
    r"(?: fields?| values?)?(?:'s)? (?:is|are|(?:must|should|have to|has to|must all) be|be)"
    r" (?:all |always )?(?:uniq(?:ue)?|distinct|all different|different from each other)\b",
    re.IGNORECASE,
)
_UNIQUE_BEFORE: Final = re.compile(
    r"\b(?:uniq(?:ue)?|distinct|(?:no|without|without any|zero) (?:duplicated?|repeated|repeating"
    r"|identical)|(?:no|without|without any) duplicates? (?:in|of|among)|non-?repeating)"
    r"(?: values (?:for|in|of))? (?:the )?",
    re.IGNORECASE,
)
_SHARED: Final = re.compile(
    r"\bno two (?:[a-z]{2,20} ){1,3}?(?:share|have|with|has) (?:the |an? )?(?:same |identical )?"
    r"(?:the same )?",
    re.IGNORECASE,
)


def read_unique(clause: Clause) -> None:
    """``unique emails``."""
    for mention in clause.mentions:
        found = _UNIQUE_AFTER.match(clause.left, mention.end)
        if found is not None and not clause.dismisses(found.end() - 8):
            clause.take(mention.end, found.end())
            clause.say(mention.fields[0], unique=True)
    for pattern in (_UNIQUE_BEFORE, _SHARED):
        for found in clause.find(pattern):
            mention_ = next((m for m in clause.mentions if m.start == found.end()), None)
            if mention_ is not None:
                clause.take(found.start(), found.end())
                clause.say(mention_.fields[0], unique=True)
