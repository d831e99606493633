"""Readers of phrases that say between which bounds the values of a field lie."""

from __future__ import annotations

import re
from typing import Final

from mockwright.compute.detect.clause import Clause
from mockwright.compute.detect.names import MEASURED, NUMERIC, TEMPORAL, NamedField
from mockwright.compute.detect.text import NUMBER, VALUE, value_in
from mockwright.types import JsonObject

# Two bounds: "clipped to 18-100" (what is beyond lies on the bound), "truncated at 0 and 10" (what
# is beyond is drawn again), "between 5 and 9", "in the range [0, 1]".
_BETWEEN: Final = re.compile(
    r"\b(?:(?P<clip>clip(?:ped)?|clamp(?:ed)?|winsori[sz]ed)|"
    r"(?P<cut>truncated|limited|restricted|bounded|capped"
    r"|confined|kept)|(?P<plain>between|ranging|from|within|in the range|range))"
    r"(?: to| at| by| from| between| of| within)*"
    rf"\s\[?(?P<a>{VALUE})\s?(?:and|to|-|\.\.|,|&)\s?(?P<b>{VALUE})(?![-:]\d)\]?",
    re.IGNORECASE,
)
# Two bounds right behind a field's name, in "ages 18-65" or "age: 18 to 65": " 18-65",
# ": 18 to 65". Not " 18-65%", which is a bin of a histogram.
_SPAN: Final = re.compile(
    rf":?\s(?P<a>{NUMBER})\s?(?:to|-)\s?(?P<b>{NUMBER})(?![-:\w%])", re.IGNORECASE
)
# A bound that may be reached: "at least 20k", "never below 0", ">= 5", "no younger than 18".
_LOW: Final = re.compile(
    r"(?:\b(?:at least|(?:no|not|never) less than|(?:never|not) (?:below|under)|minimum(?: of)?"
    r"|min|floor of|no (?:younger|lower|smaller) than)|>=|≥)"
    rf"\s?(?P<number>{VALUE})",
    re.IGNORECASE,
)
# Its counterpart: "at most 10", "up to 5", "never exceeding 100", "<= 3", "capped at 50".
_HIGH: Final = re.compile(
    r"(?:\b(?:at most|(?:no|not|never) more than|up to|(?:never|not) (?:above|over"
    r"|exceed(?:s|ing)?)"
    r"|maximum(?: of)?|max|(?:capped|topped) at"
    r"|no (?:older|higher|larger) than)"
    rf"|<=|≤)\s?(?P<number>{VALUE})",
    re.IGNORECASE,
)
# A bound that may not be reached: "> 5", "is above 10", "are greater than 3". Not ">= 5".
_OVER: Final = re.compile(
    rf"(?:(?<![<=])>|\b(?:is|are|be) (?:above|over|(?:greater|more|higher) than))"
    rf"\s?(?P<number>{VALUE})",
    re.IGNORECASE,
)
# Its counterpart: "< 5", "is below 10".
_UNDER: Final = re.compile(
    rf"(?:<|\b(?:is|are|be) (?:below|under|(?:less|lower) than))\s?(?P<number>{VALUE})",
    re.IGNORECASE,
)
# One bound of which the words do not tell the side: "truncated at 0", "clipped to 100". It is found
# when the distribution is known: see ``combine_statements``.
_AT: Final = re.compile(
    rf"\b(?:truncated|(?P<clip>clipped|clamped)) (?:at|to) (?P<number>{VALUE})", re.IGNORECASE
)


def read_bounds(clause: Clause) -> None:
    """Read bounds: ``clipped to 18-100``, ``at least 20k``, ``ages 30 to 40``."""
    for found in clause.find(_BETWEEN):
        _read_both_bounds(clause, found, clip=bool(found["clip"]), cut=bool(found["cut"]))
    for mention in clause.mentions:
        span = _SPAN.match(clause.left, mention.end)
        if span is not None and mention.of(NUMERIC) is not None:
            _read_both_bounds(clause, span, clip=False, cut=False)
    for pattern, side in ((_LOW, "min"), (_HIGH, "max"), (_OVER, "min"), (_UNDER, "max")):
        for found in clause.find_any(pattern):
            _read_one_bound(clause, found, side, strict=pattern in (_OVER, _UNDER))
    for found in clause.find(_AT):
        fields = clause.about(found.start(), found.end(), MEASURED)
        if fields:
            clause.take(found.start(), found.end())
            told: JsonObject = {"path": fields[0].name, "at": value_in(found["number"])}
            clause.beside.append({**told, "clip": True} if found["clip"] else told)


def _read_one_bound(clause: Clause, found: re.Match[str], side: str, *, strict: bool) -> None:
    """Note a bound on one ``side``, ``min`` or ``max``; ``strict`` excludes the bound itself."""
    fields = clause.about(found.start(), found.end(), MEASURED)
    if not fields:
        return
    clause.take(found.start(), found.end())
    value = _bound_value(found["number"], fields[0], last=side == "max")
    if strict and fields[0].kind == "integer":
        value = _next_integer(value, 1 if side == "min" else -1)
    clause.beside.append({"path": fields[0].name, side: value})


def _read_both_bounds(clause: Clause, found: re.Match[str], *, clip: bool, cut: bool) -> None:
    """Note both bounds, as a statement of its own where the field is named right beside them."""
    fields = clause.about(found.start(), found.end(), MEASURED)
    # A NUL is what another reader has taken already.
    if not fields or "\x00" in found[0]:
        return
    bound = clause.mention_before(found.start()) or clause.mention_at(found.end())
    alone = bound is not None and not clip and not cut
    for one in fields:
        ends = {
            "min": _bound_value(found["a"], one),
            "max": _bound_value(found["b"], one, last=True),
        }
        told: JsonObject = {"path": one.name, **ends, **({"clip": True} if clip else {})}
        (clause.statements if alone else clause.beside).append(told)
    clause.take(found.start(), found.end())


def _next_integer(value: int | float | str, step: int) -> int | float | str:
    """Return the integer beside a strict bound; a fraction has no neighbour and stays as it is."""
    return value + step if isinstance(value, int) else value


def _bound_value(text: str, one: NamedField, *, last: bool = False) -> int | float | str:
    """Return the value of a bound; of dates, a year is its first day, or with ``last`` its last."""
    value = value_in(text)
    if one.kind in TEMPORAL and isinstance(value, int) and 1_000 < value < 9_999:
        return f"{value}-12-31" if last else f"{value}-01-01"
    return value
