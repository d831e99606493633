"""Readers of clauses: each notes one kind of statement, or nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

from mockwright.compute import phrases
from mockwright.compute.families import known_family
from mockwright.compute.speech import Clause, Field, number_in
from mockwright.shapes.rule_paths import words
from mockwright.types import Json, JsonObject

_PARTS: Final = {
    "half": 0.5, "a third": 1 / 3, "one third": 1 / 3, "a quarter": 0.25, "one quarter": 0.25,
    "two thirds": 2 / 3, "one in ten": 0.1, "one in five": 0.2, "three quarters": 0.75,
}  # fmt: skip
_NUMERIC: Final = ("integer", "number", "date", "date-time")


def _distribution(clause: Clause) -> None:
    found = phrases.FAMILY.search(clause.text)
    if found is None or clause.dismisses(found.start()):
        return
    about = clause.nearest(found.start(), _NUMERIC)
    if found["inner"] is not None:
        inner = [one for _, one in clause.spoken(found.start("inner"), found.end("inner"))]
        about = inner[0] if inner else about
    if about is None:
        return
    name = next((found[g] for g in ("family", "followed", "called") if found[g]), "normal")
    family = known_family(re.sub(r"(?<=ic)ally$|ly$", "", name.lower()))
    if family == "mixture":
        _bimodal(clause, about)
        return
    if family is None:
        return
    given: JsonObject = {"family": family}
    pair = phrases.PAIR.search(clause.text)
    if pair is not None:
        given |= {"mean": number_in(pair["a"]), "sd": number_in(pair["b"])}
    if family not in ("uniform", "zipf", "pareto", "binomial"):
        for member, pattern in (("mean", phrases.MEAN), ("sd", phrases.SD), ("rate", phrases.RATE)):
            told = pattern.search(clause.text)
            if told is not None and member not in given:
                median = member == "mean" and told[0].lower().startswith("median")
                given["median" if median else member] = number_in(told["number"])
    bounds = phrases.BETWEEN.search(clause.text)
    if bounds is not None:
        given |= {"min": number_in(bounds["a"]), "max": number_in(bounds["b"])}
        if bounds["how"].lower().startswith("clip"):
            given["clip"] = True
    clause.say(about, distribution=given)


def _bimodal(clause: Clause, about: Field) -> None:
    peaks = phrases.PEAKS.search(clause.text)
    if peaks is None:
        return
    a, b = sorted((number_in(peaks["a"]), number_in(peaks["b"])))
    sd = (b - a) / 6 or 1.0
    parts = [{"weight": 0.5, "family": "normal", "mean": mean, "sd": sd} for mean in (a, b)]
    clause.say(about, distribution={"family": "mixture", "parts": parts})


def _moments(clause: Clause) -> None:
    found = phrases.MEAN.search(clause.text)
    if found is None or clause.found or clause.dismisses(found.start()):
        return
    about = clause.nearest(found.start(), ("integer", "number"))
    if about is None or phrases.FAMILY.search(clause.text):
        return
    told: JsonObject = {"mean": number_in(found["number"])}
    spread = phrases.SD.search(clause.text)
    if spread is not None:
        told["sd"] = number_in(spread["number"])
    if found[0].lower().startswith("median"):
        told = {"distribution": {"family": "lognormal", "median": told["mean"]}}
    clause.say(about, **told)


def _correlation(clause: Clause) -> None:
    found = phrases.CORRELATION.search(clause.text)
    if found is None or clause.dismisses(found.start()):
        return
    before = [one for _, one in clause.spoken(0, found.start()) if one.kind in _NUMERIC]
    after = [one for _, one in clause.spoken(found.end()) if one.kind in _NUMERIC]
    after = [one for one in after if not before or one.path != before[-1].path]
    if not before or not after:
        return
    told: JsonObject = {"between": [".".join(before[-1].path), ".".join(after[0].path)]}
    how = ((found["how"] or "") + (found["how2"] or "")).lower()
    falling = "negative" in how or "inverse" in how
    measure = phrases.MEASURE.search(clause.text, found.end())
    if measure is None:
        strength = 0.8 if "strong" in how else 0.3 if "weak" in how else 0.6
        told["spearman"] = -strength if falling else strength
    else:
        told |= _measured(measure, falling=falling)
    clause.found.append({"correlation": told})


def _measured(measure: re.Match[str], *, falling: bool) -> JsonObject:
    value, sign = float(measure["number"]), (measure["sign"] or "").lower()
    name = measure["name"].lower()
    kind = "r2" if "2" in name or "²" in name or "squared" in name else "pearson"
    kind = "spearman" if name in ("spearman", "rho") else kind
    target: Json = value
    if kind != "r2" and falling and value > 0:
        target = value = -value
    if sign in (">", ">=", "≥", "above", "over", "at least", "of at least"):
        target = {"at_least": value}
    elif sign in ("<", "<=", "≤"):
        target = {"at_most": value}
    return {kind: target, "negative": True} if kind == "r2" and falling else {kind: target}


def _missing(clause: Clause) -> None:
    for found in phrases.MISSING.finditer(clause.text):
        about = clause.nearest(found.end())
        inner = clause.spoken(found.start(), found.end())
        about = inner[0][1] if inner else about
        if about is not None:
            clause.say(about, missing=float(found["share"]) / 100)


def _shares(clause: Clause) -> None:
    """``80 % active, 20 % inactive``: of the field that has such values, or is so named."""
    if phrases.MISSING.search(clause.text):
        return
    shares: dict[tuple[str, ...], dict[str, float]] = {}
    for share, word in _told_shares(clause.text):
        for one in clause.fields:
            value = _value_of(one, word)
            if value is not None:
                shares.setdefault(one.path, {}).setdefault(value, share)
                break
    for one in clause.fields:
        if one.path in shares:
            clause.say(one, ratio=_completed(shares[one.path], one))


def _told_shares(text: str) -> Iterator[tuple[float, str]]:
    for found in phrases.SHARE.finditer(text):
        tail = re.findall(r"[A-Za-z][\w-]{1,30}", found[0])
        for word in tail:
            yield float(found["share"]) / 100, word
        following = re.match(r"\W{0,2}([A-Za-z][\w-]{1,30})", text[found.end() :])
        if following:
            yield float(found["share"]) / 100, following[1]
    lowered = text.lower()
    for name, share in _PARTS.items():
        at = lowered.find(name + " ")
        if at >= 0:
            for word in re.findall(
                r"[A-Za-z][\w-]{1,30}", text[at + len(name) : at + len(name) + 60]
            ):
                yield share, word


def _value_of(one: Field, word: str) -> str | None:
    """The value of a field that a word means; ``true`` where it is the name of a truth value."""
    lowered = word.lower()
    for value in one.values:
        if isinstance(value, str) and value.lower() == lowered:
            return value
    names = set(words(one.path[-1])) - {"is", "has"} if one.path else set()
    if one.kind == "boolean" and lowered in names:
        return "true"
    if one.kind == "boolean" and lowered.startswith(("in", "un", "non")):
        bare = re.sub(r"^(?:in|un|non-?)", "", lowered)
        return "false" if bare in names else None
    return None


def _completed(shares: dict[str, float], one: Field) -> JsonObject:
    total = sum(shares.values())
    if abs(total - 1) < 1e-3 or total > 1:
        return dict(shares)
    if one.kind == "boolean":
        other = "false" if "true" in shares else "true"
        return {**shares, other: round(1 - total, 6)}
    return {**shares, "*": round(1 - total, 6)}


def _real_world(clause: Clause) -> None:
    found = phrases.WORLD.search(clause.text)
    if found is None or clause.dismisses(found.start()):
        return
    about = clause.nearest(found.start(), ("string",))
    if about is None:
        return
    name = set(words(about.path[-1]))
    if name & {"industry", "sector"}:
        table = "us_industries_by_firms"
    elif name & {"country", "nation"}:
        table = "countries_by_population"
    elif "state" in name:
        table = "us_states_by_population"
    elif name & {"city", "location", "headquarters", "town"}:
        table = "us_cities_by_population"
    else:
        return
    clause.say(about, ratio={"proportional_to": table})


def _unique(clause: Clause) -> None:
    found = phrases.UNIQUE.search(clause.text)
    if found is None or clause.dismisses(found.start()):
        return
    after = clause.spoken(found.end())
    about = after[0][1] if after else clause.nearest(found.start())
    if about is not None:
        clause.say(about, unique=True)


def _order(clause: Clause) -> None:
    found = phrases.ORDER.search(clause.text) or phrases.CHRONOLOGICAL.search(clause.text)
    if found is None or clause.dismisses(found.start()):
        return
    dates = [one for one in clause.fields if one.kind in ("date", "date-time")]
    after = [one for _, one in clause.spoken(found.end()) if one.kind in _NUMERIC]
    timely = phrases.CHRONOLOGICAL.search(clause.text)
    about = after[0] if after else dates[0] if timely and dates else None
    if about is not None:
        down = re.search(r"descend|newest|latest|highest|reverse", clause.text, re.IGNORECASE)
        clause.say(about, order="descending" if down else "ascending")


def _total(clause: Clause) -> None:
    found = phrases.TOTAL.search(clause.text)
    if found is None or clause.dismisses(found.start()):
        return
    about = clause.nearest(found.start(), ("integer", "number"))
    if about is not None:
        clause.say(about, total=number_in(found["number"]))


def _formula(clause: Clause) -> None:
    found = phrases.PRODUCT.search(clause.text)
    if found is None:
        return
    sides = [clause.spoken(found.start(g), found.end(g)) for g in ("left", "a", "b")]
    if not all(sides) or any(
        one.kind not in ("integer", "number") for s in sides for _, one in s[:1]
    ):
        return
    left, a, b = (side[0][1] for side in sides)
    sign = {"times": "*", "x": "*", "multiplied by": "*", "plus": "+", "minus": "-"}
    operator = sign.get(found["sign"].lower(), found["sign"])
    parts = [f"double({'.'.join(one.path)})" for one in (a, b)]
    clause.say(left, formula=f"{parts[0]} {operator} {parts[1]}")


def _sequence(clause: Clause) -> None:
    daily = phrases.DAILY.search(clause.text)
    dates = [one for one in clause.fields if one.kind in ("date", "date-time")]
    if daily is not None and dates:
        unit = (daily["unit"] or daily["adverb"]).lower()
        step = {"d": "1d", "h": "1h", "w": "1w", "m": "1min"}[unit[0]]
        clause.say(dates[0], sequence={"start": daily["date"], "step": step})
        return
    found = phrases.SEQUENCE.search(clause.text)
    about = clause.nearest(found.start(), ("integer",)) if found is not None else None
    if found is not None and about is not None:
        clause.say(about, sequence={"start": number_in(found["number"]), "step": 1})


def _bounds(clause: Clause) -> None:
    """Of a field of which something else is said, in this clause or another."""
    found = phrases.BETWEEN.search(clause.text)
    if found is None or any("distribution" in one for one in clause.found):
        return
    about = clause.nearest(found.start(), ("integer", "number"))
    how = found["how"].lower()
    if about is not None and how.startswith(("clip", "trunc", "limited")):
        clause.say(about, min=number_in(found["a"]), max=number_in(found["b"]))


READERS: Final[tuple[Callable[[Clause], None], ...]] = (
    _distribution, _moments, _correlation, _missing, _shares, _real_world, _unique, _order,
    _total, _formula, _sequence, _bounds,
)  # fmt: skip
