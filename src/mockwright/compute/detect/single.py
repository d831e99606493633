"""Readers of what is said about one field: its mean, its total, that it is unique."""

from __future__ import annotations

import re
from typing import Final

from mockwright.compute.detect.clause import Clause
from mockwright.compute.detect.names import NUMERIC
from mockwright.compute.detect.parameters import SD
from mockwright.compute.detect.text import NUMBER, number_in
from mockwright.types import JsonObject

# "mean", "averages", "avg", "median"
_AVERAGE: Final = re.compile(r"\b(?:mean|averages?|averaging|averaged|avg|median)\b", re.IGNORECASE)
# Words and signs between an average and its number: " of about ", " is ", ": ", " should be ".
_GLUE: Final = re.compile(
    r"(?:\s?(?:of|is|are|=|:|at|on|being|around|about|approximately|roughly|near|should be|must be"
    r"|the|a|an|close to|~|,)(?![a-z]))*\s*",
    re.IGNORECASE,
)
# Up to two words between an average and a field: "order ", "monthly net ".
_FILLER: Final = re.compile(r"(?:[a-z]{3,20} ){0,2}", re.IGNORECASE)
_NUMBER: Final = re.compile(NUMBER, re.IGNORECASE)
# "twelve calls per hour on average", "3.2 items, on average"
_ON_AVERAGE: Final = re.compile(
    rf"(?P<number>{NUMBER})(?P<what>(?: [a-z]\w{{0,20}}){{0,4}}?),? on average\b", re.IGNORECASE
)


def read_moments(clause: Clause) -> None:
    """Read means: ``mean salary 85000``, ``pay averages 50k``, ``12 calls per hour on average``."""
    for found in clause.find(_ON_AVERAGE):
        fields = clause.about(found.start("what"), found.start("what"), NUMERIC)
        if fields and not _is_of_some(clause, found.start(), found.end("number")):
            clause.take(found.start(), found.end())
            clause.say(fields[0], mean=number_in(found["number"]))
    # "average" is an everyday word: a refusal of it is no statistics.
    for found in clause.find(_AVERAGE, doubting=False):
        _read_average(clause, found)


def _read_average(clause: Clause, found: re.Match[str]) -> None:
    """Read a mean or median with the number that follows it."""
    at = _skip_glue(clause, found.end())
    # The word may be a part of the field's own name: "average_price".
    around = [m for m in clause.mentions if m.start <= found.start() < m.end]
    inner = next((m for m in clause.mentions if m.start >= at), None)
    if inner is not None and not _FILLER.fullmatch(clause.text, at, inner.start):
        inner = None
    named = around[0] if around else inner
    if named is not None:
        at = _skip_glue(clause, named.end)
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
        # Of all families only the lognormal has its median as a parameter, and what is usually told
        # by a median (incomes, prices, times) is skewed as it is.
        members = {"distribution": {"family": "lognormal", "median": members["mean"]}}
    elif (spread := SD.search(clause.left, told.end())) is not None:
        clause.take(spread.start(), spread.end())
        members["sd"] = number_in(spread["number"])
    clause.say(fields[0], **members)


# " basket of 3.2 ", " household size of two "
_OF: Final = re.compile(rf"(?: [a-z]{{3,20}}){{1,2}} of (?P<number>{NUMBER})\s", re.IGNORECASE)


def _read_average_of(clause: Clause, found: re.Match[str]) -> None:
    """Read a mean whose field stands behind the number: ``an average basket of 3.2 items``."""
    told = _OF.match(clause.left, found.end())
    counted = next((m for m in clause.mentions if told and m.start == told.end()), None)
    one = counted.of(NUMERIC) if counted is not None else None
    if told is not None and one is not None:
        clause.take(found.start(), told.end())
        clause.say(one, mean=number_in(told["number"]))


def _is_of_some(clause: Clause, start: int, end: int) -> bool:
    """Whether the mean is that of the items with one value: ``averages 50k for enterprise``."""
    gaps = [
        gap
        for said in clause.said
        if said.field.kind == "string"
        for gap in (said.start - end, start - said.end)
    ]
    # Twelve characters hold "for the " and the like.
    return any(0 <= gap < 12 for gap in gaps)


def _skip_glue(clause: Clause, at: int) -> int:
    glue = _GLUE.match(clause.text, at)
    return glue.end() if glue is not None else at


# "sum to 10000", "adds up to exactly 5", "totaling 300", "total of 12 units"
_TOTAL: Final = re.compile(
    r"\b(?P<verb>sums? (?:up )?to|adds? (?:up )?to|adding up to|summing (?:up )?to"
    r"|totall?(?:ing|s|ed)?(?: up)?(?: of| to)?)"
    rf"\s(?:exactly |about )?(?P<number>{NUMBER})(?P<next> [a-z]+)?",
    re.IGNORECASE,
)
# "the sum of all ", "total of the "
_SUM_OF: Final = re.compile(r"\b(?:sum|total) of (?:all |the |all the )?", re.IGNORECASE)
# What may follow the number of a total; in "a total of 50 users" the next word is what is counted.
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
    """Read totals: ``amounts sum to 10000``, ``the sum of all amounts is 10000``."""
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
        told = _NUMBER.match(clause.left, _skip_glue(clause, mention.end)) if mention else None
        if one is not None and told is not None:
            clause.take(found.start(), told.end())
            clause.say(one, total=number_in(told[0]))


# Behind the field: " must be unique", " are all different", "s fields are distinct".
_UNIQUE_AFTER: Final = re.compile(
    r"(?: fields?| values?)?(?:'s)? (?:is|are|(?:must|should|have to|has to|must all) be|be)"
    r" (?:all |always )?(?:uniq(?:ue)?|distinct|all different|different from each other)\b",
    re.IGNORECASE,
)
# Ahead of the field: "unique ", "no duplicate ", "without duplicates in the ",
# "distinct values for ".
_UNIQUE_BEFORE: Final = re.compile(
    r"\b(?:uniq(?:ue)?|distinct|(?:no|without|without any|zero) (?:duplicated?|repeated|repeating"
    r"|identical)|(?:no|without|without any) duplicates? (?:in|of|among)|non-?repeating)"
    r"(?: values (?:for|in|of))? (?:the )?",
    re.IGNORECASE,
)
# "no two users share the same ", "no two items have an identical "
_SHARED: Final = re.compile(
    r"\bno two (?:[a-z]{2,20} ){1,3}?(?:share|have|with|has) (?:the |an? )?(?:same |identical )?"
    r"(?:the same )?",
    re.IGNORECASE,
)


def read_unique(clause: Clause) -> None:
    """Read that values are unique: ``unique emails``, ``no two users share an email``."""
    for mention in clause.mentions:
        found = _UNIQUE_AFTER.match(clause.left, mention.end)
        # Eight characters back is where "unique" begins: a "not" ahead of it counts.
        if found is not None and not clause.dismisses(found.end() - 8):
            clause.take(mention.end, found.end())
            clause.say(mention.fields[0], unique=True)
    for pattern in (_UNIQUE_BEFORE, _SHARED):
        for found in clause.find(pattern):
            mention_ = next((m for m in clause.mentions if m.start == found.end()), None)
            if mention_ is not None:
                clause.take(found.start(), found.end())
                clause.say(mention_.fields[0], unique=True)
