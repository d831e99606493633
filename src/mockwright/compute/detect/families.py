"""Readers of phrases that name a distribution, with the parameters that stand beside it."""

from __future__ import annotations

import re
from typing import Final

from mockwright.compute.detect.clause import Clause
from mockwright.compute.detect.names import MEASURED, NUMERIC, NamedField
from mockwright.compute.detect.parameters import SD, arguments, params
from mockwright.compute.detect.text import NUMBER, number_in
from mockwright.types import JsonObject

# The order matters where one name contains another: "log-normal" is tried before "normal".
# "gausian" and "normaly" are common misspellings.
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
"""The most characters between a family and its parameters."""
_MOST_SPOKEN: Final = 12
_MOST_BARE: Final = 4
"""The most phrases of one form that are read in one clause; for bare names fewer."""
_PLAIN: Final = ("lognormal", "poisson", "zipf", "weibull")
"""Families whose names have no everyday meaning."""
# A family that is said to be a distribution: "normal distribution", "Poisson-distributed",
# "gamma curve". Needs no more evidence, unlike the bare name.
_SPOKEN: Final = re.compile(
    rf"\b(?:{_NAME})[- ]?(?:di?e?stribut\w{{2,4}}|curve|shaped|spread|random)\b", re.IGNORECASE
)
# A family that is called as a function: "N(35, 12)", "lognormal (mu=1, sigma=2)". Not "n(35, 12)":
# a lower-case n is more often a count.
_CALLED: Final = re.compile(
    rf"(?:\b(?:{_NAME})|(?P<n>(?-i:\bN)))\s?\((?P<args>[^()]{{1,120}})\)", re.IGNORECASE
)
# The name alone, "normal" or "Pareto": an everyday word more often than not, see
# ``_names_a_distribution``.
_BARE: Final = re.compile(rf"\b(?:{_NAME})\b", re.IGNORECASE)
# Other names: "bell curve", "power law", "80/20 rule", "Pareto principle", "Zipf's law".
_NICKNAMES: Final = re.compile(
    r"(?P<normal>\bbell[- ](?:curve|shaped?)(?: curve| distribution)?)"
    r"|(?P<pareto>\bpower[- ]law(?: distribution)?|\b80[/-]20(?: rule| principle| law)?\b"
    r"|\bpareto(?:'s)? (?:principle|rule|law))"
    r"|(?P<zipf>\bzipf(?:'s|s)? law)",
    re.IGNORECASE,
)
# Where the next distribution begins: "normal distribution", "~N". The groups are renamed since one
# pattern cannot have a group twice.
_NEXT: Final = re.compile(rf"{_SPOKEN.pattern.replace('?P<', '?P<x_')}|~\s?[A-Za-z]", re.IGNORECASE)
# The verb right before a bare name, at the end of what is ahead of it: "ages are ", "follows a ",
# "score ~ ". Then "ages are normal" is a distribution.
_VERB: Final = re.compile(
    r"(?:\b(?:is|are|be|follows?|following|obeys?|roughly|approximately|from|a|an|distribution:?"
    r"|being|show|shows|strictly)|[:~=,(])\s*$",
    re.IGNORECASE,
)
# Two modes: "bimodal with peaks at 20 and 60", "two modes around 5 and near 9".
_PEAKS: Final = re.compile(
    r"\b(?:bimodal(?:ly)?|two peaks|two modes|double[- ]peak\w*|peaks?|modes?)\b"
    r"[^.;\d]{0,60}?\b(?:at|around|near|of|:)"
    rf"\s(?P<a>{NUMBER})\s?(?:and|&)\s(?:at |around |near )?(?P<b>{NUMBER})",
    re.IGNORECASE,
)
# One bin of a histogram: "18-29: 30%", "30 to 49 (45 %".
_BIN: Final = re.compile(
    rf"(?P<a>{NUMBER})\s?(?:-|to)\s?(?P<b>{NUMBER})\s?[:=(]?"
    r"\s?(?P<share>\d{1,3}(?:\.\d{1,4})?) ?%"
)


def read_families(clause: Clause) -> None:
    """Read distributions: ``ages follow a normal distribution with mean 35 and sd 12``."""
    # The surest form first.
    for pattern in (_CALLED, _NICKNAMES, _SPOKEN, _BARE):
        bare = pattern is _BARE
        most = _MOST_BARE if bare else _MOST_SPOKEN
        for found in clause.find(pattern, most, doubting=not bare):
            if "\x00" not in found[0]:
                _read_family(clause, found, bare=bare)


def _read_family(clause: Clause, found: re.Match[str], *, bare: bool) -> None:
    """Note the distribution of a match, or doubt it where no field can be found for it."""
    family = next(
        (name for name, text in found.groupdict().items() if text and name in _NAMES), "normal"
    )
    fields, given, spans = _fields_and_parameters(clause, found, family)
    if bare and not _names_a_distribution(clause, found, family, given):
        return
    if not fields:
        if (given or not bare) and not _is_of_shares(clause, found, family):
            clause.doubt(found.start())
        return
    clause.take(found.start(), found.end())
    for start, end in spans:
        clause.take(start, end)
    if family == "pareto" and given:
        # Pareto's scale parameter; 1 where only the exponent is told.
        given.setdefault("min", 1)
    for one in fields:
        clause.say(one, distribution={"family": family, **given})
    clause.subject = fields


def _is_of_shares(clause: Clause, found: re.Match[str], family: str) -> bool:
    """Whether equal shares of values are meant, not numbers: ``statuses uniformly distributed``."""
    bound = clause.mention_before(found.start())
    one = bound.of(("string",)) if bound is not None else None
    return family == "uniform" and one is not None and bool(one.values)


def _fields_and_parameters(
    clause: Clause, found: re.Match[str], family: str
) -> tuple[tuple[NamedField, ...], JsonObject, list[tuple[int, int]]]:
    """Return the fields a family is said of, its parameters, and the spans these were read from."""
    args = found.groupdict().get("args")
    called = arguments(args, family) if args else None
    fields = clause.about(found.start(), found.end(), MEASURED, sure=bool(called))
    if called:
        return fields, called, []
    start = found.start("args") if args else found.end()
    given, spans = params(clause.left, start, _end_of_parameters(clause, start, fields), family)
    # The parameters may stand ahead of the family: "mean 35, sd 12, normal".
    if not given:
        given, spans = params(
            clause.left, _start_of_parameters(clause, found.start()), found.start(), family
        )
    # With parameters it can be nothing but a distribution.
    if not fields and given:
        fields = clause.about(found.start(), found.end(), MEASURED, sure=True)
    return fields, given, spans


def _names_a_distribution(
    clause: Clause, found: re.Match[str], family: str, given: JsonObject
) -> bool:
    """Whether a bare name such as ``normal`` means a distribution, by what is around it."""
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
    # "Ages are normal": a field, a verb, and nothing behind it.
    return led and _VERB.search(ahead) is not None and clause.text[found.end() :].strip(" .") == ""


def _end_of_parameters(clause: Clause, start: int, fields: tuple[NamedField, ...]) -> int:
    """Return where the parameters of a phrase end: where another field or distribution begins."""
    following = _NEXT.search(clause.left, start)
    ends = [following.start()] if following else []
    ends += [
        mention.start
        for mention in clause.mentions
        # A field right behind the family is the one it is said of: "normal distribution of ages".
        if mention.start > start + 12
        and (one := mention.of(MEASURED)) is not None
        and fields
        and one not in fields
    ]
    return min([*ends, start + _REACH, len(clause.text)])


def _start_of_parameters(clause: Clause, at: int) -> int:
    return max(clause.left.rfind("\x00", 0, at) + 1, at - _REACH)


def read_peaks(clause: Clause) -> None:
    """Read two peaks as a mixture of two normals: ``bimodal with peaks at 20 and 60``."""
    for found in clause.find(_PEAKS):
        fields = clause.about(found.start(), found.end(), MEASURED)
        a, b = number_in(found["a"]), number_in(found["b"])
        if not fields or a >= b:
            clause.doubt(found.start())
            continue
        told = SD.search(clause.left, found.end())
        # An eighth of the distance keeps the peaks four deviations from the middle: plainly two.
        sd = number_in(told["number"]) if told else round((b - a) / 8, 6)
        parts = [{"weight": 0.5, "family": "normal", "mean": mean, "sd": sd} for mean in (a, b)]
        clause.take(found.start(), told.end() if told else found.end())
        clause.say(fields[0], distribution={"family": "mixture", "parts": parts})


def read_histogram(clause: Clause) -> None:
    """Read a histogram from its bins: ``18-29: 30%, 30-49: 45%, 50-80: 25%``."""
    bins = list(clause.find(_BIN))
    if len(bins) < 2:
        return
    fields = clause.about(bins[0].start(), bins[-1].end(), NUMERIC, sure=True)
    lows = [number_in(found["a"]) for found in bins]
    highs = [number_in(found["b"]) for found in bins]
    # "18-29, 30-49": of whole numbers, bins touch with a gap of one.
    touching = all(0 <= low - high <= 1 for low, high in zip(lows[1:], highs, strict=False))
    clause.take(bins[0].start(), bins[-1].end())
    if not fields or not touching:
        clause.doubt(bins[0].start())
        return
    shares = [round(float(found["share"]) / 100, 6) for found in bins]
    edges = [*lows, highs[-1]]
    clause.say(fields[0], distribution={"family": "histogram", "edges": edges, "weights": shares})
