"""Phrases that name a distribution, and the parameters that stand beside them."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Final

from mockwright.compute.detect.clause import Clause
from mockwright.compute.detect.names import MEASURED, NUMERIC, Field
from mockwright.compute.detect.text import NUMBER, VALUE, number_in, value_in
from mockwright.types import Json, JsonObject

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
_GLUE: Final = (
    r"(?:\s?(?:of|is|are|=|:|at|on|being|around|about|approximately|roughly|near|equal to|value|~))"
    r"{0,3}\s?"
)


def _told(words: str) -> re.Pattern[str]:
    return re.compile(rf"(?:{words}){_GLUE}(?P<number>{VALUE})", re.IGNORECASE)


_MEAN: Final = _told(
    r"\b(?:mean|average|averaging|averages|averaged|avg\.?|mu|loc|expected value"
    r"|cent(?:er|re)d)\b|μ"
)
SD: Final = _told(
    r"\b(?:standa?ra?d dev\w*|std\.? ?dev\w*\.?|std|stddev|stdev|s\.?d\.?|sigma|deviation)(?!\w)|σ"
)
_VARIANCE: Final = _told(r"\bvariance\b")
_AROUND: Final = _told(r"\b(?:around|about|near)\b")
_SPREAD: Final = re.compile(rf"(?P<number>{NUMBER})\s?(?:\+/-|\+-|±)\s?(?P<sd>{NUMBER})")
_BOTH: Final = re.compile(
    r"\bmean (?:and|/) (?:standard deviation|std|sd)(?: of| are|:| =)?"
    rf"\s(?P<number>{NUMBER})\s?(?:and|/|,)\s?(?P<sd>{NUMBER})",
    re.IGNORECASE,
)
_ENDS: Final = re.compile(
    rf"\b(?:between|from|over|on|in)\s\[?(?P<a>{VALUE})\s?(?:and|to|-|\.\.|,)\s?(?P<b>{VALUE})\]?",
    re.IGNORECASE,
)
_LEAST: Final = ("min", _told(r"\b(?:min(?:imum)?|low|lowest)\b"))
_MOST: Final = ("max", _told(r"\b(?:max(?:imum)?|high|highest)\b"))
_RATE: Final = _told(r"\brate\b")
_PROBABILITY: Final = _told(r"\b(?:p|probability|success(?: probability| rate)?)\b")
_SHAPES: Final = {
    "shape": _told(r"\b(?:shape|k)\b"),
    "scale": _told(r"\b(?:scale|theta|lambda)\b|[θλ]"),
}
_SIGMA: Final = _told(r"\bsigma\b|σ")
_PARAMS: Final[dict[str, tuple[tuple[str, re.Pattern[str]], ...]]] = {
    "normal": (("mean", _MEAN), ("sd", SD)),
    "lognormal": (
        ("median", _told(r"\bmedian\b")), ("sigma", _SIGMA), ("mu", _told(r"\bmu\b|μ")),
        ("mean", _MEAN), ("sd", SD),
    ),
    "uniform": (_LEAST, _MOST),
    "exponential": (("rate", _RATE), ("mean", _MEAN)),
    "poisson": (("mean", _told(r"\b(?:lambda|lam|rate|mean|average|averaging|mu)\b|[λμ]")),),
    "binomial": (
        ("n", _told(r"\b(?:n|trials)\b")),
        ("p", _PROBABILITY),
    ),
    "geometric": (("p", _PROBABILITY), ("mean", _MEAN)),
    "zipf": (("a", _told(r"\b(?:exponent|a|s|alpha|parameter)\b|α")), _MOST),
    "pareto": (
        ("alpha", _told(r"\b(?:alpha|a|shape|index)\b|α")),
        ("min", _told(r"\b(?:min(?:imum)?|scale|xm|starting)\b")),
    ),
    "weibull": tuple(_SHAPES.items()),
    "gamma": (*_SHAPES.items(), ("mean", _MEAN), ("sd", SD)),
    "beta": (("a", _told(r"\b(?:a|alpha)\b|α")), ("b", _told(r"\b(?:b|beta)\b|β"))),
    "triangular": (
        _LEAST, ("mode", _told(r"\b(?:mode|peak|peaking|peaks|most likely|most common)\b")), _MOST,
    ),
}  # fmt: skip
_ORDER: Final[dict[str, tuple[str, ...]]] = {
    "normal": ("mean", "sd"), "lognormal": ("mu", "sigma"), "uniform": ("min", "max"),
    "exponential": ("mean",), "poisson": ("mean",), "binomial": ("n", "p"), "geometric": ("p",),
    "zipf": ("a",), "pareto": ("alpha", "min"), "weibull": ("shape", "scale"),
    "gamma": ("shape", "scale"), "beta": ("a", "b"), "triangular": ("min", "mode", "max"),
}  # fmt: skip
"""Of parameters without names; as in what a shape's directives call."""
_TRIALS: Final = re.compile(rf"(?P<number>{NUMBER}) trials", re.IGNORECASE)
_EXPONENT: Final = re.compile(rf"\bexponent{_GLUE}(?P<number>{NUMBER})", re.IGNORECASE)
_SQUARED: Final = re.compile(rf"(?P<number>{NUMBER})(?:\^2|²)")

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
        for found in clause.find(pattern):
            if "\x00" not in found[0]:
                _read(clause, found, bare=pattern is _BARE)


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
) -> tuple[tuple[Field, ...], JsonObject, list[tuple[int, int]]]:
    args = found.groupdict().get("args")
    called = _arguments(args, family) if args else None
    fields = clause.about(found.start(), found.end(), MEASURED, sure=bool(called))
    if called:
        return fields, called, []
    start = found.start("args") if args else found.end()
    given, spans = _params(clause, start, _window(clause, start, fields), family)
    if not given:
        given, spans = _params(clause, _reach_back(clause, found.start()), found.start(), family)
    if not fields and given:
        fields = clause.about(found.start(), found.end(), MEASURED, sure=True)
    return fields, given, spans


def _is_meant(clause: Clause, found: re.Match[str], family: str, given: JsonObject) -> bool:
    """Whether a word alone, as ``normal``, is a distribution: by what stands around it."""
    bound = clause.mention_before(found.start())
    led = bound is not None and bound.of(MEASURED) is not None
    following = clause.mention_at(found.end())
    leads = following is not None and following.of(NUMERIC) is not None
    if given and (led or leads or family in _PLAIN):
        return True
    if family in _PLAIN or found[0].lower().endswith("ian"):
        return led or leads
    ahead = clause.text[: found.start()]
    return led and _VERB.search(ahead) is not None and clause.text[found.end() :].strip(" .") == ""


def _arguments(args: str, family: str) -> JsonObject | None:
    """``35, 12`` by their order; None where they have names."""
    parts = [part.strip() for part in args.split(",")]
    if not all(re.fullmatch(rf"{VALUE}(?:\^2)?", part, re.IGNORECASE) for part in parts):
        return None
    names = _ORDER[family]
    return {
        name: value_in(part.removesuffix("^2")) for name, part in zip(names, parts, strict=False)
    }


def _window(clause: Clause, start: int, fields: tuple[Field, ...]) -> int:
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
    return min(ends, default=len(clause.text))


def _reach_back(clause: Clause, at: int) -> int:
    return clause.left.rfind("\x00", 0, at) + 1


def _params(
    clause: Clause, start: int, end: int, family: str
) -> tuple[JsonObject, list[tuple[int, int]]]:
    given: JsonObject = {}
    spans: list[tuple[int, int]] = []
    for names, match in _all_params(clause.left, start, end, family):
        fresh = {name: value for name, value in names.items() if name not in given}
        if fresh:
            given |= fresh
            spans.append(match.span())
    if family == "lognormal" and "mu" in given and "mean" in given:
        del given["mean"]
    if family == "lognormal" and "sigma" in given and "sd" in given:
        del given["mu" if "mean" in given and "mu" in given else "sd"]
    return given, spans


def _all_params(
    text: str, start: int, end: int, family: str
) -> Iterator[tuple[JsonObject, re.Match[str]]]:
    if family in ("normal", "lognormal", "gamma"):
        for pattern in (_BOTH, _SPREAD):
            if (match := pattern.search(text, start, end)) is not None:
                yield {"mean": number_in(match["number"]), "sd": number_in(match["sd"])}, match
    if family in ("uniform", "triangular", "beta") and (ends := _ENDS.search(text, start, end)):
        yield {"min": value_in(ends["a"]), "max": value_in(ends["b"])}, ends
    for name, pattern in _PARAMS[family]:
        if (match := pattern.search(text, start, end)) is not None:
            yield {name: value_in(match["number"])}, match
    if family == "normal" and (match := _VARIANCE.search(text, start, end)) is not None:
        yield {"sd": _root(number_in(match["number"]))}, match
    if family in ("normal", "poisson", "exponential") and (
        match := _AROUND.search(text, start, end)
    ):
        yield {"mean": number_in(match["number"])}, match
    if family == "binomial" and (match := _TRIALS.search(text, start, end)) is not None:
        yield {"n": number_in(match["number"])}, match
    if family == "pareto" and (match := _EXPONENT.search(text, start, end)) is not None:
        # A density that falls with the power a is Pareto's with alpha = a - 1.
        yield {"alpha": round(number_in(match["number"]) - 1, 6)}, match


def _root(variance: float) -> Json:
    root = round(math.sqrt(max(variance, 0.0)), 6)
    return int(root) if root == int(root) else root


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
