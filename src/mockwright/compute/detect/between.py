"""Readers of what is said about two or more fields: correlations, formulas and conditions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from mockwright.compute.detect.clause import Clause, between_names
from mockwright.compute.detect.names import MEASURED, NUMERIC, TEMPORAL, Mention, NamedField
from mockwright.compute.detect.text import NUMBER, number_in
from mockwright.types import JsonObject

# "correlates with", "correlated strongly with", "uncorrelated", the misspelt "corelated to".
_CORRELATES: Final = re.compile(
    r"\b(?P<un>un)?(?:corr?el+at\w{1,5})\b(?P<with>(?: \w{4,12}ly)? (?:with|to)\b)?", re.IGNORECASE
)
# A coefficient with what is said of its size: "> 0.8", "at least .7", "-0.5", "1". Not "80%", not
# "12".
_MEASURE: Final = re.compile(
    r"(?P<sign>>=?|≥|<=?|≤|\b(?:at least|above|over|exceeding|greater than|more than|at most"
    r"|below|under|less than)\b)?\s?(?P<number>-?(?:[01]?\.\d{1,6}|1\b|0\b))(?![\w%])",
    re.IGNORECASE,
)
# What follows "with" in "a and b correlate with r = 0.8": there "with" leads to a measure and not
# to the second field. Matches " r", " a Pearson", " an R2", " -0.3".
_BY_MEASURE: Final = re.compile(
    r"\s(?:an? )?(?:r\b|r\^?2|r-squared|pearson|spearman|rho|coefficient|correlation|-?[\d.])",
    re.IGNORECASE,
)
# The coefficient of determination: "R2", "r^2", "R-squared", "r squared".
_R2: Final = re.compile(r"\br(?:\^?2|-squared| squared)\b", re.IGNORECASE)
# Spearman's rank correlation: "Spearman", "rank", "rho".
_RANKED: Final = re.compile(r"\b(?:spearman\w*|rank|rho)\b", re.IGNORECASE)
# A negative direction: "negatively", "inversely", "anti-correlated".
_FALLS: Final = re.compile(r"\b(?:negativ\w+|invers\w+|anti)\b", re.IGNORECASE)
# Words for a strength ("strongly", "weak", "moderate"), the coefficient that stands for each, and
# whether it is a lower bound. 0.3 and 0.5 are the middles of "weak" and "moderate" on the scale of
# Evans (1996); "strong" is asked to be 0.8 at least, where "very strong" begins there.
_STRENGTHS: Final = (
    (re.compile(r"\b(?:strong\w*|high\w*|tight\w*|close\w*)\b", re.IGNORECASE), 0.8, True),
    (re.compile(r"\b(?:weak\w*|slight\w*|loose\w*)\b", re.IGNORECASE), 0.3, False),
    (re.compile(r"\bmoderate\w*\b", re.IGNORECASE), 0.5, False),
)
_USUAL: Final = 0.5
"""The least coefficient of a correlation of whose strength nothing is said."""
# The words between two fields that go up or down together: " increases with ",
# " falls along with the ", " goes up with higher ".
_RISES: Final = re.compile(
    r"\s(?:(?P<up>(?:increas|ris|grow|climb|scal)\w{0,3}|goes up|go up)"
    r"|(?P<down>(?:decreas|fall|drop|declin)\w{0,3}|goes down|go down))"
    r"(?: along| together)? with (?:the |their |higher |more )?",
    re.IGNORECASE,
)


def read_correlation(clause: Clause) -> None:
    """Read correlations: ``size correlates with revenue (R² > 0.8)``, ``price rises with size``."""
    for found in clause.find(_CORRELATES):
        pair = _pair(clause, found)
        clause.take(found.start(), found.end())
        # It is certain that a correlation is meant, but not of what.
        if pair is None or pair[0].path == pair[1].path:
            clause.doubt(found.start())
            continue
        told: JsonObject = {"between": [one.name for one in pair]}
        told |= _strength(clause, found)
        clause.statements.append({"correlation": told})
        clause.subject = pair
    for a, b in between_names(clause):
        found_ = _RISES.fullmatch(clause.left, a.end, b.start)
        one, other = a.of(MEASURED), b.of(MEASURED)
        if found_ and one and other and not clause.dismisses(a.start):
            clause.take(a.end, b.start)
            target = {"at_least": _USUAL} if found_["up"] else {"at_most": -_USUAL}
            between = [one.name, other.name]
            clause.statements.append({"correlation": {"between": between, "pearson": target}})


def _pair(clause: Clause, found: re.Match[str]) -> tuple[NamedField, NamedField] | None:
    """Return the two measured fields that are correlated; None where that is not plain."""
    named = [(m, one) for m in clause.mentions if (one := m.of(MEASURED)) is not None]
    before = [one for mention, one in named if mention.end <= found.start()]
    after = [one for mention, one in named if mention.start >= found.end()]
    if found["with"] and not _BY_MEASURE.match(clause.text, found.end()):
        # "a correlates with b", or "and correlates with b" after a clause about a.
        following = clause.mention_at(found.end())
        other = following.of(MEASURED) if following is not None else None
        first = before[-1:] or [one for one in clause.subject if one.kind in MEASURED][-1:]
        return (first[0], other) if first and other is not None else None
    # "a correlation of 0.8 between a and b"; else "a and b are correlated".
    if len(after) >= 2 and re.match(r".{0,40}\bbetween\b", clause.text[found.end() :]):
        return after[0], after[1]
    return (before[-2], before[-1]) if len(before) >= 2 else None


def _strength(clause: Clause, found: re.Match[str]) -> JsonObject:
    """Return the target by measure: ``{"pearson": 0.5}``, ``{"r2": {"at_least": 0.8}}``."""
    near = clause.text[max(0, found.start() - 30) : found.end() + 60]
    falls = _FALLS.search(near) is not None
    if found["un"]:
        return {"pearson": 0}
    squared = _R2.search(clause.left)
    measure = _MEASURE.search(clause.left, squared.end() if squared else found.end())
    if measure is None:
        return {"pearson": _by_words(near, falls=falls)}
    clause.take(measure.start(), measure.end())
    name = "r2" if squared else "spearman" if _RANKED.search(near) else "pearson"
    value = float(number_in(measure["number"]))
    # "negatively correlated with r = 0.6" means -0.6.
    value = -value if falls and value > 0 and name != "r2" else value
    told: JsonObject = {name: _target(measure["sign"], value)}
    # R² has no sign, so that the direction is said apart.
    return {**told, "negative": True} if falls and squared else told


def _by_words(near: str, *, falls: bool) -> object:
    """Return the target that words such as "strongly" stand for; ``falls`` makes it negative."""
    sign = -1 if falls else 1
    bound = "at_most" if falls else "at_least"
    for pattern, value, least in _STRENGTHS:
        if pattern.search(near):
            return {bound: sign * value} if least else sign * value
    return {bound: sign * _USUAL}


def _target(sign: str | None, value: float) -> object:
    """Return an exact value, or a bound where there is a comparison: -0.5 is a bound towards -1."""
    spoken = (sign or "").lower()
    if spoken in ("<", "<=", "≤", "at most", "below", "under", "less than"):
        return {"at_most": value}
    if spoken:
        return {"at_most" if value < 0 else "at_least": value}
    return value


# What leads from a field to its formula: " = ", ": ", " is computed as ", " must equal ",
# " is the ".
_IS: Final = re.compile(
    r"\s?(?:=|:=|:|(?:is|are|equals?|must be|should be|must equal|should equal)"
    r"(?: equal to| computed as| calculated as| given by| the)?"
    r"|(?:computed|calculated) as)\s?",
    re.IGNORECASE,
)
# The four operations in signs and words: " * ", " x ", " divided by the ", " minus its ", " less ".
_OPERATORS: Final = re.compile(
    r"\s?(?:(?P<times>\*|\bx\b|\btimes\b|\bmultiplied by\b)|(?P<plus>\+|\bplus\b)"
    r"|(?P<minus>-|\bminus\b|\bless\b)|(?P<over>/|\bdivided by\b|\bover\b))\s?(?:the |its )?",
    re.IGNORECASE,
)
_SIGNS: Final = {"times": "*", "plus": "+", "minus": "-", "over": "/"}
# An operation that is named before its operands: "the sum of ", "difference between the ".
_OF: Final = re.compile(
    r"(?:the )?(?:(?P<sum>sum)|(?P<product>product)|(?P<difference>difference))"
    r" (?:of|between) (?:the )?",
    re.IGNORECASE,
)
# A share of another field: "20% of ", "7.5 percent of the ".
_PERCENT: Final = re.compile(
    r"(?P<n>\d{1,3}(?:\.\d{1,4})?) ?(?:%|percent) of (?:the |its )?", re.IGNORECASE
)
_NUMBER: Final = re.compile(NUMBER, re.IGNORECASE)
# What separates the operands of a named operation: ", ", " and the ", ", and ", " & ".
_LISTING: Final = re.compile(r"\s?(?:, and|,|and|&)\s(?:the )?", re.IGNORECASE)
# What may follow a whole formula: its end, punctuation, what another reader took (NUL), or words
# that begin something else (" and", " for"). Anything else means the formula was not understood.
_DONE: Final = re.compile(
    r"\s*(?:[,;.:)\x00]|$|and\b|for\b|with\b|where\b|in\b|per\b)", re.IGNORECASE
)
_JOINS: Final = {"sum": " + ", "product": " * ", "difference": " - "}


def read_formula(clause: Clause) -> None:
    """Read formulas: ``total = quantity * price``, ``tax is 20% of subtotal``."""
    for mention in clause.mentions:
        one = mention.of(NUMERIC)
        verb = _IS.match(clause.left, mention.end)
        if one is None or verb is None or clause.dismisses(mention.start):
            continue
        read = _expression(clause, verb.end())
        if read is None or not _DONE.match(clause.left, read[1]):
            continue
        clause.take(mention.start, read[1])
        clause.say(one, formula=read[0])


def _expression(clause: Clause, at: int) -> tuple[str, int] | None:
    """Return the CEL expression from ``at`` on and its end; None for less than two operands."""
    if (of := _OF.match(clause.text, at)) is not None:
        return _listed(clause, of)
    parts: list[str] = []
    percent = _PERCENT.match(clause.text, at)
    if percent is not None:
        parts = [repr(round(float(percent["n"]) / 100, 6)), "*"]
        at = percent.end()
    while True:
        operand = _operand(clause, at)
        if operand is None:
            return None
        parts.append(operand[0])
        at = operand[1]
        sign = _OPERATORS.match(clause.text, at)
        # A bound on the length, against hostile texts.
        if sign is None or len(parts) > 20:
            break
        parts.append(_SIGNS[sign.lastgroup or "times"])
        at = sign.end()
    # "2 + 2" without any field is no formula.
    speaks = any(part.startswith("double") for part in parts)
    return (" ".join(parts), at) if len(parts) > 2 and speaks else None


def _listed(clause: Clause, of: re.Match[str]) -> tuple[str, int] | None:
    """Return the expression of a named operation over a list: ``sum of a, b and c``."""
    parts: list[str] = []
    at = of.end()
    while (operand := _operand(clause, at)) is not None:
        parts.append(operand[0])
        at = operand[1]
        comma = _LISTING.match(clause.text, at)
        if comma is None or _operand(clause, comma.end()) is None:
            break
        at = comma.end()
    return (_JOINS[of.lastgroup or "sum"].join(parts), at) if len(parts) > 1 else None


def _operand(clause: Clause, at: int) -> tuple[str, int] | None:
    """Return a field or a number as CEL, and where it ends.

    Both become ``double``: CEL has no operator that mixes integers and fractions.
    """
    for mention in clause.mentions:
        if mention.start == at:
            one = mention.of(NUMERIC)
            # Only plain identifiers can be written as a CEL selection, "a.b".
            named = one is not None and all(part.isidentifier() for part in one.path)
            return (f"double({'.'.join(one.path)})", mention.end) if one and named else None
    found = _NUMBER.match(clause.text, at)
    return (repr(float(number_in(found[0]))), found.end()) if found is not None else None


# The verbs before a comparison: "must be ", "should always be ".
_MAY: Final = r"(?:(?:must|should|may|can|is|are|be|does|do|always|comes?) )*"
# How one field relates to the next, by all that stands between their names: " must be after the ",
# " >= ", " never before " (which is ">="), " is never more than its ", " exceeds ".
_RELATIONS: Final = tuple(
    (sign, re.compile(rf"\s?(?:{words})\s?(?:the |its |their )?", re.IGNORECASE))
    for sign, words in (
        (
            ">=",
            rf">=|≥|{_MAY}(?:never|not) (?:be )?(?:before|earlier than|less than|below|lower than"
            rf"|under)|{_MAY}(?:at least|on or after|no earlier than)",
        ),
        (
            "<=",
            rf"<=|≤|{_MAY}(?:never|not) (?:be )?(?:after|later than|more than|above|higher than"
            rf"|over|greater than|exceeds?)|{_MAY}(?:at most|on or before|no more than)",
        ),
        (">", rf">|{_MAY}(?:after|later than|(?:greater|more|higher|larger) than|above|exceeds?)"),
        ("<", rf"<|{_MAY}(?:before|earlier than|(?:less|lower|smaller) than|below)"),
    )
)


def read_constraint(clause: Clause) -> None:
    """Read conditions between two fields: ``end date after start date``."""
    for a, b in between_names(clause):
        sign = next(
            (sign for sign, words in _RELATIONS if words.fullmatch(clause.left, a.end, b.start)),
            None,
        )
        pair = _comparable(a, b) if sign is not None else None
        if pair is None or clause.dismisses(a.start):
            continue
        clause.take(a.end, b.start)
        clause.statements.append({"constraint": f"{pair[0]} {sign} {pair[1]}"})


def _comparable(a: Mention, b: Mention) -> tuple[str, str] | None:
    """Return the paths of two fields that can be compared, both numbers or both moments."""
    for kinds in (NUMERIC, TEMPORAL):
        one, other = a.of(kinds), b.of(kinds)
        if one is not None and other is not None and _are_names((one, other)):
            return ".".join(one.path), ".".join(other.path)
    return None


def _are_names(fields: Sequence[NamedField]) -> bool:
    """Whether every part of the fields' paths is an identifier, as CEL requires."""
    return all(part.isidentifier() for one in fields for part in one.path)
