"""Parsing of one raw distribution, sequence or formula into the source of a column's values."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from itertools import pairwise
from typing import Final

from mockwright.compute.spec import default_ranges
from mockwright.compute.spec.arithmetic import parse_arithmetic
from mockwright.compute.spec.date_numbers import number, span
from mockwright.compute.spec.distributions import PARAMETRIC, SPELLED, Family, known_family, settle
from mockwright.compute.spec.field_request import FieldRequest, check_members, list_of
from mockwright.compute.spec.ratios import categorical, pairs_of
from mockwright.compute.spec.spec import Distribution, Formula, Groups, Sequence, Series
from mockwright.errors import ContradictionError, GuardError, SpecError
from mockwright.shapes.rules.field_paths import parse_path
from mockwright.shapes.type_words import nearest
from mockwright.types import Json, JsonObject

_MOST_PARTS: Final = 10
"""The most parts of a mixture."""
# A family called as a function or named alone: "normal(35, 12)", "log-normal", "pareto(alpha=2)".
# Not "normal(f(1))": arguments have no parentheses.
_CALL: Final = re.compile(r"\s*([A-Za-z_ -]{1,30}?)\s*(?:\(([^()]{0,200})\))?\s*")


def read_distribution(raw: Json, asked: FieldRequest) -> Distribution | Groups:
    """Return the distribution that a directive, a rule or words ask for.

    Raises :class:`SpecError` for what is none, :class:`ContradictionError` where it cannot lie
    within its bounds.
    """
    given = _parse_call(raw, asked) if isinstance(raw, str) else raw
    if not isinstance(given, dict):
        raise SpecError("a distribution is an object or text as in 'normal(35, 12)'", asked.place)
    if "groups" in given:
        return _read_groups(given, asked)
    name = given.get("family")
    if name is None:
        told = _moments(given, asked)
        return assumed(replace(asked, mean=told.get("mean"), sd=told.get("sd")))
    family = known_family(name) if isinstance(name, str) else None
    if family is None:
        near = nearest(str(name)[:40].lower(), (*PARAMETRIC, "categorical", "histogram", "mixture"))
        hint = f"did you mean {near!r}?" if near else f"known: {', '.join(PARAMETRIC)}"
        raise SpecError(f"unknown distribution {str(name)[:40]!r}; {hint}", asked.place)
    rest = {key: value for key, value in given.items() if key != "family"}
    match family:
        case "categorical":
            return categorical(pairs_of(rest, asked), asked, rest, weighted=True)
        case "histogram":
            return _with_bounds(_read_histogram(rest, asked), asked)
        case "mixture":
            return _with_bounds(_read_mixture(rest, asked), asked)
    found = _read_parametric(family, rest, asked)
    return _with_bounds(found, asked if rest else _with_usual_bounds(asked))


def read_sequence(raw: Json, asked: FieldRequest) -> Sequence | Series:
    """Return a sequence ``{start, step}``, or a series ``{level, trend, season, noise}``."""
    if not isinstance(raw, dict):
        raise SpecError("a sequence is an object {start, step} or {level, trend, ...}", asked.place)
    kind = asked.field.kind
    if "level" in raw:
        return _read_series(raw, asked)
    check_members(raw, ("start", "step"), asked)
    start = number(raw.get("start", 1), kind, asked.place)
    # One day, also for date-times, whose number counts seconds.
    step = span(raw.get("step", "1d" if kind in ("date", "date-time") else 1), kind, asked.place)
    if step == 0:
        raise SpecError("step is not 0", asked.place)
    return Sequence(start, step)


def read_formula(raw: Json, asked: FieldRequest, names: tuple[str, ...]) -> Formula:
    """Return a formula, a CEL expression over the fields of an item: ``quantity * price``."""
    text, noise = (raw, 0.0) if isinstance(raw, str) else (None, 0.0)
    if isinstance(raw, dict):
        check_members(raw, ("is", "noise"), asked)
        text, noise = raw.get("is"), number(raw.get("noise", 0), "number", asked.place)
    if not isinstance(text, str) or noise < 0:
        raise SpecError("a formula is text, or {is: text, noise: sd}", asked.place)
    try:
        return Formula(parse_arithmetic(text, names), noise)
    except GuardError as error:
        raise SpecError(str(error), asked.place) from None


def assumed(asked: FieldRequest) -> Distribution:
    """Return a normal distribution for a field of which at most moments and bounds are asked.

    Only those moments that were asked for will be tested.
    """
    mean, sd, least, _ = default_ranges.usual(asked.field)
    low = asked.low if asked.low is not None else asked.field.low
    high = asked.high if asked.high is not None else asked.field.high
    if asked.mean is not None:
        if (low is not None and asked.mean <= low) or (high is not None and asked.mean >= high):
            raise ContradictionError(
                f"a mean of {asked.mean:g} is not within {_range(low, high)}", asked.place
            )
        mean = asked.mean
        # Four deviations from 0, so that what is positive by nature hardly ever gets below it.
        sd = abs(mean) * 0.25 or 1.0
        least = min(least, mean - 4 * sd) if mean < 0 else 0.0
    elif low is not None and high is not None and not low < mean < high:
        mean, sd = (low + high) / 2, (high - low) / 6
    elif (low is not None and mean <= low) or (high is not None and mean >= high):
        # The usual mean is beyond a bound: three deviations inside, nothing of note is cut off.
        mean = low + 3 * sd if low is not None else (high or 0.0) - 3 * sd
    if asked.sd is not None:
        sd = asked.sd
    else:
        # A mean near a bound must stay the mean when the bound cuts the tail off: four deviations
        # of room.
        rooms = [mean - low] if low is not None else [mean - least] if mean > least else []
        rooms += [high - mean] if high is not None else []
        sd = min([sd, *(room / 4 for room in rooms)])
    params = {"mean": mean, "sd": sd or 1.0}
    told = (("mean", asked.mean), ("sd", asked.sd))
    named = tuple(name for name, value in told if value is not None)
    return _with_bounds(Distribution("normal", params, assumed=True, asked=named), asked)


def _moments(given: JsonObject, asked: FieldRequest) -> dict[str, float]:
    """Return mean and sd of a distribution without a family; nothing else has a meaning there."""
    read = {}
    for key, value in given.items():
        name = SPELLED.get(key, key)
        if name not in ("mean", "sd"):
            raise SpecError(f"which family? beside it stands {key[:40]!r}", asked.place)
        kind = asked.field.kind if name == "mean" else "number"
        read[name] = number(value, kind, asked.place)
    return read


def _read_parametric(family: Family, given: JsonObject, asked: FieldRequest) -> Distribution:
    """Return a distribution of a family with parameters; mean and ends may be dates."""
    law = PARAMETRIC[family]
    params: dict[str, float] = {}
    for key, value in given.items():
        name = key if key in law.params else SPELLED.get(key, key)
        if name in params:
            raise ContradictionError(f"{family}: {name} stands there twice", asked.place)
        temporal = name in ("mean", "min", "max", "mode")
        kind = asked.field.kind if temporal else "number"
        params[name] = number(value, kind, asked.place)
    return Distribution(
        family, settle(family, _with_usual_params(family, params, asked), asked.place)
    )


def _with_usual_params(
    family: Family, params: dict[str, float], asked: FieldRequest
) -> dict[str, float]:
    """Return parameters with open ones from what such a field usually has."""
    if params:
        if family == "lognormal" and "median" in params and "sigma" not in params:
            # The spread of incomes and prices: the 90th percentile is 2.8 times the median.
            return {**params, "sigma": 0.8}
        if family in ("normal", "lognormal") and params.keys() == {"mean"}:
            return {**params, "sd": abs(params["mean"]) * 0.3 or 1.0}
        return params
    mean, sd, least, most = default_ranges.usual(asked.field)
    low = asked.low if asked.low is not None else least
    high = asked.high if asked.high is not None else most
    if not low < mean < high:
        mean, sd = (low + high) / 2, (high - low) / 6
    match family:
        case "normal" | "lognormal" | "gamma":
            return {"mean": mean, "sd": sd}
        case "uniform":
            return {"min": low, "max": high}
        case "triangular":
            return {"min": low, "mode": mean, "max": high}
        case "exponential" | "poisson":
            return {"mean": mean}
        case "pareto":
            # alpha = log(5) / log(4), about 1.16, is the Pareto principle: 20 % hold 80 %.
            return {"alpha": 1.16, "min": max(low, 1.0)}
        case "zipf":
            # Close to Zipf's own law (a = 1), within a bounded table of ranks.
            return {"a": 1.1, "max": min(max(high, 2.0), 1_000.0)}
        case "weibull":
            return {"shape": 1.5, "scale": mean}
        case "beta":
            return {"a": 2.0, "b": 5.0, "min": low, "max": high}
        case "binomial":
            return {"n": 10.0, "p": 0.5}
        case "geometric":
            return {"p": 0.2}
    return params


def _with_usual_bounds(asked: FieldRequest) -> FieldRequest:
    """Return the request with usual bounds, for a family that is told without any parameter."""
    _, _, least, most = default_ranges.usual(asked.field)
    low = least if asked.low is None else asked.low
    high = most if asked.high is None else asked.high
    return replace(asked, low=low, high=high) if low < high else asked


def _parse_call(text: str, asked: FieldRequest) -> JsonObject:
    """Return ``normal(35, 12)`` as an object, by the order of the family's parameters."""
    found = _CALL.fullmatch(text[:300])
    family = known_family(found[1]) if found else None
    if found is None or family is None or family not in PARAMETRIC:
        near = nearest(text.partition("(")[0][:40].strip().lower(), PARAMETRIC)
        hint = f"did you mean {near!r}?" if near else "expected e.g. 'normal(35, 12)'"
        raise SpecError(f"{text[:60]!r} is no distribution; {hint}", asked.place)
    given: JsonObject = {"family": family}
    for i, part in enumerate(part.strip() for part in (found[2] or "").split(",") if part.strip()):
        key, equals, value = part.partition("=")
        names = PARAMETRIC[family].params
        if not equals and i >= len(names):
            raise SpecError(f"{family} takes {len(names)} parameters", asked.place)
        name, written = (key.strip(), value.strip()) if equals else (names[i], part)
        try:
            given[name] = float(written)
        except ValueError:
            given[name] = written
    return given


def _read_groups(given: JsonObject, asked: FieldRequest) -> Groups:
    """Return a distribution for each value of another field."""
    check_members(given, ("by", "groups", "otherwise"), asked)
    by = parse_path(given["by"]) if isinstance(given.get("by"), str) else None
    each = given["groups"]
    if by is None or not isinstance(each, dict) or not 0 < len(each) <= 50:
        raise SpecError("groups are {by: field, groups: {value: distribution}}", asked.place)
    read = {str(value): _read_single(raw, asked) for value, raw in each.items()}
    otherwise = given.get("otherwise")
    return Groups(by.tokens, read, None if otherwise is None else _read_single(otherwise, asked))


def _read_single(raw: Json, asked: FieldRequest) -> Distribution:
    """Return a distribution that has no groups itself."""
    found = read_distribution(raw, asked)
    if isinstance(found, Groups):
        raise SpecError("groups have no groups", asked.place)
    return found


def _read_histogram(given: JsonObject, asked: FieldRequest) -> Distribution:
    check_members(given, ("edges", "weights", "counts"), asked)
    edges = [number(x, asked.field.kind, asked.place) for x in list_of(given, "edges", asked)]
    name = "counts" if "counts" in given else "weights"
    weights = [number(x, "number", asked.place) for x in list_of(given, name, asked)]
    if len(edges) != len(weights) + 1 or any(a >= b for a, b in pairwise(edges)):
        raise SpecError("edges ascend, and are one more than the weights", asked.place)
    if min(weights) < 0 or sum(weights) <= 0:
        raise SpecError("weights are 0 or more, and one is above 0", asked.place)
    total = sum(weights)
    return Distribution("histogram", weights=tuple(w / total for w in weights), edges=tuple(edges))


def _read_mixture(given: JsonObject, asked: FieldRequest) -> Distribution:
    """Return a mixture of at most ten distributions, with its weights normalised."""
    check_members(given, ("parts",), asked)
    raw = list_of(given, "parts", asked)
    if not 0 < len(raw) <= _MOST_PARTS or not all(isinstance(part, dict) for part in raw):
        raise SpecError(f"a mixture has 1 to {_MOST_PARTS} parts, each an object", asked.place)
    weights = [number(part.get("weight", 1), "number", asked.place) for part in raw]
    # The bounds cut the mixture off, not each part.
    bare = replace(asked, low=None, high=None, field=replace(asked.field, low=None, high=None))
    parts = []
    for part in raw:
        own = {key: value for key, value in part.items() if key != "weight"}
        found = _read_single(own, bare)
        if found.family in ("categorical", "mixture"):
            raise SpecError(f"{found.family} is no part of a mixture", asked.place)
        parts.append(found)
    if min(weights) < 0 or sum(weights) <= 0:
        raise SpecError("weights are 0 or more, and one is above 0", asked.place)
    total = sum(weights)
    return Distribution("mixture", weights=tuple(w / total for w in weights), parts=tuple(parts))


def _read_series(raw: JsonObject, asked: FieldRequest) -> Series:
    check_members(raw, ("level", "trend", "season", "noise"), asked)
    season = raw.get("season", {})
    if not isinstance(season, dict):
        raise SpecError("a season is {period, amplitude}", asked.place)
    check_members(season, ("period", "amplitude", "phase"), asked)
    read = {
        name: number(source.get(name, 0), "number", asked.place)
        for name, source in (
            ("level", raw), ("trend", raw), ("noise", raw),
            ("period", season), ("amplitude", season), ("phase", season),
        )
    }  # fmt: skip
    if read["noise"] < 0 or read["period"] < 0 or (season and read["period"] < 2):
        raise SpecError("noise is 0 or more, a period 2 or more", asked.place)
    return Series(**read)


def _with_bounds(found: Distribution, asked: FieldRequest) -> Distribution:
    """Return a distribution with the bounds that are asked for, else those of the field."""
    low = asked.low if asked.low is not None else asked.field.low
    high = asked.high if asked.high is not None else asked.field.high
    if low is not None and high is not None and low > high:
        raise ContradictionError(f"min {low:g} is above max {high:g}", asked.place)
    if found.family in PARAMETRIC:
        _check_mean(found, low, high, asked)
    return replace(found, low=low, high=high, clip=asked.clip)


def _check_mean(
    found: Distribution, low: float | None, high: float | None, asked: FieldRequest
) -> None:
    """Raise :class:`ContradictionError` if the support or the mean of a family is out of bounds."""
    law = PARAMETRIC[found.family]
    least, most = law.support(found.params)
    if (high is not None and least > high) or (low is not None and most < low):
        raise ContradictionError(
            f"{found.family} lies within {_range(least, most)}, the bounds are {_range(low, high)}",
            asked.place,
        )
    mean = law.mean(found.params)
    # A Pareto or Zipf without a mean has none that could be out of bounds.
    if not math.isfinite(mean):
        return
    if (low is not None and mean < low) or (high is not None and mean > high):
        raise ContradictionError(
            f"the mean {mean:g} of the {found.family} distribution is not within"
            f" {_range(low, high)}",
            asked.place,
        )


def _range(low: float | None, high: float | None) -> str:
    return f"{'-inf' if low is None else f'{low:g}'} and {'inf' if high is None else f'{high:g}'}"
