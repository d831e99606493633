"""Patterns of the parameters that stand beside the name of a distribution."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Final

from mockwright.compute.detect.text import NUMBER, VALUE, number_in, value_in
from mockwright.types import Json, JsonObject

# Up to three words or signs between a parameter and its value: " of about ", " = ", ": ".
_GLUE: Final = (
    r"(?:\s?(?:of|is|are|=|:|at|on|being|around|about|approximately|roughly|near|equal to|value|~))"
    r"{0,3}\s?"
)


def _param(words: str) -> re.Pattern[str]:
    """Return the pattern of a parameter that is called by one of these words, and its value."""
    return re.compile(rf"(?:{words}){_GLUE}(?P<number>{VALUE})", re.IGNORECASE)


# "mean 35", "average of 50k", "mu = 0", "centred around 10", "μ=3".
_MEAN: Final = _param(
    r"\b(?:mean|average|averaging|averages|averaged|avg\.?|mu|loc|expected value"
    r"|cent(?:er|re)d)\b|μ"
)
# "standard deviation of 12", "std dev: 3", "sd 2", "sigma=1", "σ 4".
SD: Final = _param(
    r"\b(?:standa?ra?d dev\w*|std\.? ?dev\w*\.?|std|stddev|stdev|s\.?d\.?|sigma|deviation)(?!\w)|σ"
)
"""The pattern of a standard deviation; the value is the group ``number``."""
# "variance of 144", "variance 4"
_VARIANCE: Final = _param(r"\bvariance\b")
# "around 50", "near 3": a mean, if nothing else is.
_AROUND: Final = _param(r"\b(?:around|about|near)\b")
# "35 ± 12", "100+/-5": a mean and a standard deviation.
_SPREAD: Final = re.compile(rf"(?P<number>{NUMBER})\s?(?:\+/-|\+-|±)\s?(?P<sd>{NUMBER})")
# "mean and standard deviation of 35 and 12", "mean / sd 5, 2".
_BOTH: Final = re.compile(
    r"\bmean (?:and|/) (?:standard deviation|std|sd)(?: of| are|:| =)?"
    rf"\s(?P<number>{NUMBER})\s?(?:and|/|,)\s?(?P<sd>{NUMBER})",
    re.IGNORECASE,
)
# "between 0 and 10", "in [0, 1]", "from 5 to 9"
_ENDS: Final = re.compile(
    rf"\b(?:between|from|over|on|in)\s\[?(?P<a>{VALUE})\s?(?:and|to|-|\.\.|,)\s?(?P<b>{VALUE})(?![-:]\d)\]?",
    re.IGNORECASE,
)
# "minimum 0", "low of 5"
_LEAST: Final = ("min", _param(r"\b(?:min(?:imum)?|low|lowest)\b"))
# "max 10", "highest: 5"
_MOST: Final = ("max", _param(r"\b(?:max(?:imum)?|high|highest)\b"))
# "rate of 3", "rate = 0.5"
_RATE: Final = _param(r"\brate\b")
# "p = 0.3", "success rate of 0.5", "probability 0.2"
_PROBABILITY: Final = _param(r"\b(?:p|probability|success(?: probability| rate)?)\b")
# "shape 2", "k=3"; "scale 5", "θ = 2"
_SHAPES: Final = {
    "shape": _param(r"\b(?:shape|k)\b"),
    "scale": _param(r"\b(?:scale|theta|lambda)\b|[θλ]"),
}
# Apart from other deviations: a lognormal's sigma is that of the logarithm. "sigma 0.5", "σ=1"
_SIGMA: Final = _param(r"\bsigma\b|σ")
# The parameters of each family, by the names they have in ``compute.spec``; the first that is found
# counts.
_PARAMS: Final[dict[str, tuple[tuple[str, re.Pattern[str]], ...]]] = {
    "normal": (("mean", _MEAN), ("sd", SD)),
    "lognormal": (
        ("median", _param(r"\bmedian\b")), ("sigma", _SIGMA), ("mu", _param(r"\bmu\b|μ")),
        ("mean", _MEAN), ("sd", SD),
    ),
    "uniform": (_LEAST, _MOST),
    "exponential": (("rate", _RATE), ("mean", _MEAN)),
    "poisson": (("mean", _param(r"\b(?:lambda|lam|rate|mean|average|averaging|mu)\b|[λμ]")),),
    "binomial": (
        ("n", _param(r"\b(?:n|trials)\b")),
        ("p", _PROBABILITY),
    ),
    "geometric": (("p", _PROBABILITY), ("mean", _MEAN)),
    "zipf": (("a", _param(r"\b(?:exponent|a|s|alpha|parameter)\b|α")), _MOST),
    "pareto": (
        ("alpha", _param(r"\b(?:alpha|a|shape|index)\b|α")),
        ("min", _param(r"\b(?:min(?:imum)?|scale|xm|starting)\b")),
    ),
    "weibull": tuple(_SHAPES.items()),
    "gamma": (*_SHAPES.items(), ("mean", _MEAN), ("sd", SD)),
    "beta": (("a", _param(r"\b(?:a|alpha)\b|α")), ("b", _param(r"\b(?:b|beta)\b|β"))),
    "triangular": (
        _LEAST, ("mode", _param(r"\b(?:mode|peak|peaking|peaks|most likely|most common)\b")), _MOST,
    ),
}  # fmt: skip
_ORDER: Final[dict[str, tuple[str, ...]]] = {
    "normal": ("mean", "sd"), "lognormal": ("mu", "sigma"), "uniform": ("min", "max"),
    "exponential": ("mean",), "poisson": ("mean",), "binomial": ("n", "p"), "geometric": ("p",),
    "zipf": ("a",), "pareto": ("alpha", "min"), "weibull": ("shape", "scale"),
    "gamma": ("shape", "scale"), "beta": ("a", "b"), "triangular": ("min", "mode", "max"),
}  # fmt: skip
"""The parameters of each family by position, as in the calls of a shape's directives."""
# "20 trials"
_TRIALS: Final = re.compile(rf"(?P<number>{NUMBER}) trials", re.IGNORECASE)
# "exponent of 2.5", "exponent: 3"
_EXPONENT: Final = re.compile(rf"\bexponent{_GLUE}(?P<number>{NUMBER})", re.IGNORECASE)


def arguments(args: str, family: str) -> JsonObject | None:
    """Return arguments such as ``35, 12`` by their order; None where they have names."""
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
    """Return the parameters told in a part of a text, and the span of each."""
    given: JsonObject = {}
    spans: list[tuple[int, int]] = []
    for names, match in _all_params(text, start, end, family):
        fresh = {name: value for name, value in names.items() if name not in given}
        if fresh:
            given |= fresh
            spans.append(match.span())
    # "mu" matches as a mean too.
    if family == "lognormal" and "mu" in given and "mean" in given:
        del given["mean"]
    # "sigma" matches as a deviation too; the pair (mean, sd) or (mu, sigma) must be of one kind.
    if family == "lognormal" and "sigma" in given and "sd" in given:
        del given["mu" if "mean" in given and "mu" in given else "sd"]
    return given, spans


def _all_params(
    text: str, start: int, end: int, family: str
) -> Iterator[tuple[JsonObject, re.Match[str]]]:
    """Yield what each pattern of the family finds, the surer pattern first."""
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
        yield {"sd": _deviation_of(number_in(match["number"]))}, match
    if family in ("normal", "poisson", "exponential") and (
        match := _AROUND.search(text, start, end)
    ):
        yield {"mean": number_in(match["number"])}, match
    if family == "binomial" and (match := _TRIALS.search(text, start, end)) is not None:
        yield {"n": number_in(match["number"])}, match
    if family == "pareto" and (match := _EXPONENT.search(text, start, end)) is not None:
        # A density that falls with the power a is Pareto's with alpha = a - 1.
        yield {"alpha": round(number_in(match["number"]) - 1, 6)}, match


def _deviation_of(variance: float) -> Json:
    """Return the standard deviation of a variance, as an integer where it is one."""
    root = round(math.sqrt(max(variance, 0.0)), 6)
    return int(root) if root == int(root) else root
