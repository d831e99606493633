"""Phrases that name a distribution, and the parameters that stand beside them."""

from __future__ import annotations

import re
from typing import Final

from mockwright.compute.detect.clause import Clause
from mockwright.compute.detect.names import MEASURED, NUMERIC, NamedField
from mockwright.compute.detect.parameters import SD, arguments, params
from mockwright.compute.detect.text import NUMBER, number_in
from mockwright.types import JsonObject

_NAMES: Final[dict[str, str]] = {
    "lognormal": r"log[- ]?normal(?:ly)?",
    "normal": r"(?:truncated )?(?:norma(?:l+y?)|gauss?ian)",
    "uniform": r"uniform(?:ly)?",
    "exponential": r"exponential(?:ly)?",
    "poisson": r"poisson",
    "binomial": r"binomial(?:ly)?",
    "geometric": r"geometric(?:ally)?",
    "zipf": r"zipf(?:ian)?",
    "pareto": r"pareto|power[- ]law",
    "weibull": r"weibull",
    "gamma": r"gamma",
    "beta": r"beta",
    "triangular": r"triangular(?:ly)?",
}
_NAME: Final = "|".join(f"(?P<{family}>{words})" for family, words in _NAMES.items())
_REACH: Final = 160
"""How far from a family its parameters stand, in characters."""
_MOST_SAID: Final = 12
_MOST_BARE: Final = 4
"""Phrases of one form in one clause."""
_PLAIN: Final = ("lognormal", "poisson", "zipf", "weibull")
"""Families whose names mean nothing else."""
_SPOKEN: Final = re.compile(
    rf"\b(?:{_NAME})[- ]?(?:di?e?stribut\w{{2,4}}|curve|shaped|spread|random)\b", re.IGNORECASE
)
_CALLED: Final = re.compile(
    rf"(?:\b(?:{_NAME})|(?P<n>(?-i:\bN)))\s?\((?P<args>[^()]{{1,120}})\)", re.IGNORECASE
)
_BARE: Final = re.compile(rf"\b(?:{_NAME})\b", re.IGNORECASE)
_NICKNAMES: Final = re.compile(
    r"(?P<normal>\bbell[- ](?:curve|shaped?)(?: curve| distribution)?)"
    r"|(?P<pareto>\bpower[- ]law(?: distribution)?|\b80[/-]20(?: rule| principle| law)?\b"
    r"|\bpareto(?:'s)? (?:principle|rule|law))"
    r"|(?P<zipf>\bzipf(?:'s|s)? law)",
    re.IGNORECASE,
)
_NEXT: Final = re.compile(rf"{_SPOKEN.pattern.replace('?P<', '?P<x_')}|~\s?[A-Za-z]", re.IGNORECASE)
_VERB: Final = re.compile(
    r"(?:\b(?:is|are|be|follows?|following|obeys?|roughly|approximately|from|a|an|distribution:?"
    r"|being|show|shows|strictly)|[:~=,(])\s*$",
    re.IGNORECASE,
)
_PEAKS: Final = re.compile(
    r"\b(?:bimodal(?:ly)?|two peaks|two modes|double[- ]peak\w*|peaks?|modes?)\b"
    r"[^.;\d]{0,60}?\b(?:at|around|near|of|:)"
    rf"\s(?P<a>{NUMBER})\s?(?:and|&)\s(?:at |around |near )?(?P<b>{NUMBER})",
    re.IGNORECASE,
)
_BIN: Final = re.compile(
    rf"(?P<a>{NUMBER})\s?(?:-|to)\s?(?P<b>{NUMBER})\s?[:=(]?"
    r"\s?(?P<share>\d{1,3}(?:\.\d{1,4})?) ?%"
)


def read_families(clause: Clause) -> None:
    """``ages follow a normal distribution with mean 35 and standard deviation 12``."""
    for pattern in (_CALLED, _NICKNAMES, _SPOKEN, _BARE):
        bare = pattern is _BARE
        most = _MOST_BARE if bare else _MOST_SAID
        for found in clause.find(pattern, most, doubting=not bare):
            if "\x00" not in found[0]:
                _read(clause, found, bare=bare)


def _read(clause: Clause, found: re.Match[str], *, bare: bool) -> None:
    family = next(
        (name for name, text in found.groupdict().items() if text and name in _NAMES), "normal"
    )
    fields, given, spans = _meant(clause, found, family)
    if bare and not _is_meant(clause, found, family, given):
        return
    if not fields:
        if (given or not bare) and not _is_of_values(clause, found, family):
            clause.doubt(found.start())
        return
    clause.take(found.start(), found.end())
    for start, end in spans:
        clause.take(start, end)
    if family == "pareto" and given:
        given.setdefault("min", 1)
    for one in fields:
        clause.say(one, distribution={"family": family, **given})
    clause.subject = fields


def _is_of_values(clause: Clause, found: re.Match[str], family: str) -> bool:
    """``statuses uniformly distributed``: of shares, not of numbers."""
    bound = clause.mention_before(found.start())
    one = bound.of(("string",)) if bound is not None else None
    return family == "uniform" and one is not None and bool(one.values)


def _meant(
    clause: Clause, found: re.Match[str], family: str
) -> tuple[tuple[NamedField, ...], JsonObject, list[tuple[int, int]]]:
    args = found.groupdict().get("args")
    called = arguments(args, family) if args else None
    fields = clause.about(found.start(), found.end(), MEASURED, sure=bool(called))
    if called:
        return fields, called, []
    start = found.start("args") if args else found.end()
    given, spans = params(clause.left, start, _window(clause, start, fields), family)
    if not given:
        given, spans = params(
            clause.left, _reach_back(clause, found.start()), found.start(), family
        )
    if not fields and given:
        fields = clause.about(found.start(), found.end(), MEASURED, sure=True)
    return fields, given, spans


def _is_meant(clause: Clause, found: re.Match[str], family: str, given: JsonObject) -> bool:
    """Whether a word alone, as ``normal``, is a distribution: by what stands around it."""
    bound = clause.mention_before(found.start())
    led = bound is not None and bound.of(MEASURED) is not None
    following = clause.mention_at(found.end())
    leads = following is not None and following.of(NUMERIC) is not None
    plain = family in _PLAIN or found[0].lower().endswith("ian")
    if given and (led or leads or plain):
        return True
    if plain:
        return led or leads
    ahead = clause.text[: found.start()]
    return led and _VERB.search(ahead) is not None and clause.text[found.end() :].strip(" .") == ""


def _window(clause: Clause, start: int, fields: tuple[NamedField, ...]) -> int:
    """Where the parameters of a phrase end: before another field is spoken of."""
    following = _NEXT.search(clause.left, start)
    ends = [following.start()] if following else []
    ends += [
        mention.start
        for mention in clause.mentions
        if mention.start > start + 12
        and (one := mention.of(MEASURED)) is not None
        and fields
        and one not in fields
    ]
    return min([*ends, start + _REACH, len(clause.text)])


def _reach_back(clause: Clause, at: int) -> int:
    return max(clause.left.rfind("\x00", 0, at) + 1, at - _REACH)


def read_peaks(clause: Clause) -> None:
    """``bimodal with peaks at 20 and 60``: two normal parts."""
    for found in clause.find(_PEAKS):
        fields = clause.about(found.start(), found.end(), MEASURED)
        a, b = number_in(found["a"]), number_in(found["b"])
        if not fields or a >= b:
            clause.doubt(found.start())
            continue
        told = SD.search(clause.left, found.end())
        sd = number_in(told["number"]) if told else round((b - a) / 8, 6)
        parts = [{"weight": 0.5, "family": "normal", "mean": mean, "sd": sd} for mean in (a, b)]
        clause.take(found.start(), told.end() if told else found.end())
        clause.say(fields[0], distribution={"family": "mixture", "parts": parts})


def read_histogram(clause: Clause) -> None:
    """``18-29: 30%, 30-49: 45%, 50-80: 25%``."""
    bins = list(clause.find(_BIN))
    if len(bins) < 2:
        return
    fields = clause.about(bins[0].start(), bins[-1].end(), NUMERIC, sure=True)
    lows = [number_in(found["a"]) for found in bins]
    highs = [number_in(found["b"]) for found in bins]
    touching = all(0 <= low - high <= 1 for low, high in zip(lows[1:], highs, strict=False))
    clause.take(bins[0].start(), bins[-1].end())
    if not fields or not touching:
        clause.doubt(bins[0].start())
        return
    shares = [round(float(found["share"]) / 100, 6) for found in bins]
    edges = [*lows, highs[-1]]
    clause.say(fields[0], distribution={"family": "histogram", "edges": edges, "weights": shares})
