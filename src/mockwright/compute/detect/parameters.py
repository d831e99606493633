"""The parameters that stand beside the name of a distribution."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Final

from mockwright.compute.detect.text import NUMBER, VALUE, number_in, value_in
from mockwright.types import Json, JsonObject

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
    rf"\b(?:between|from|over|on|in)\s\[?(?P<a>{VALUE})\s?(?:and|to|-|\.\.|,)\s?(?P<b>{VALUE})(?![-:]\d)\]?",
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


def arguments(args: str, family: str) -> JsonObject | None:
    """``35, 12`` by their order; None where they have names."""
    parts = [part.strip() for part in args.split(",")]
    if not all(re.fullmatch(rf"{VALUE}(?:\^2)?", part, re.IGNORECASE) for part in parts):
        return None
    names = _ORDER[family]
    return {
        name: value_in(part.removesuffix("^2")) for name, part in zip(names, parts, strict=False)
    }


def params(
    text: str, start: int, end: int, family: str
) -> tuple[JsonObject, list[tuple[int, int]]]:
    """Those told in a part of a text, and where each stands."""
    given: JsonObject = {}
    spans: list[tuple[int, int]] = []
    for names, match in _all_params(text, start, end, family):
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
