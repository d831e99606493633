"""Readers of values that follow each other: ids, moments and time series."""

from __future__ import annotations

import re
from typing import Final

from mockwright.compute.detect.clause import Clause
from mockwright.compute.detect.names import NUMERIC, TEMPORAL, NamedField
from mockwright.compute.detect.text import DAY, NUMBER, VALUE, number_in, value_in
from mockwright.shapes.rules.field_paths import words
from mockwright.types import Json, JsonObject

_FIRST_DAY: Final = "2024-01-01"
"""The default start of a sequence of days; today's date would change the answer each day."""
_LEVEL: Final = 100
"""The level of a series of which none is told; season, noise and trend are shares of it."""
_SEASON: Final = 0.1
_NOISE: Final = 0.03
_TREND: Final = 0.01

# "starting at 1000", "from 2024-01-01", "beginning with 5"
_START: Final = (
    r"(?:starting|starts?|beginning|begins?|from|since)(?: from| at| with| on| in)?"
    rf"\s(?P<start>{VALUE})"
)
# Behind the name of an integer: " are sequential", " numbered from 1000 up", " auto-incremented",
# " start at 5".
_COUNTED: Final = re.compile(
    r"\s?(?:(?:(?:are|is|run|running|count|counting|up|numbered|should|must|be|increasing"
    r"|sequential) )*"
    rf"{_START}(?: onwards?| upwards?| up)?"
    r"|(?:are |is |should be |must be )?"
    r"(?P<words>sequential(?:ly)?|auto-?increment\w*|consecutive))",
    re.IGNORECASE,
)
# Ahead of it: "sequential ", "auto-increment ".
_AHEAD: Final = re.compile(
    r"\b(?:sequential|consecutive|auto-?increment\w*|running|serial|increasing)\s$", re.IGNORECASE
)
# "increments of 5", "increasing by 2", "in steps of 10", "step 3"
_STEP: Final = re.compile(
    rf"\b(?:increment\w*|increas\w+|step\w*|in steps of|rising)(?: of| by)?\s(?P<step>{NUMBER})",
    re.IGNORECASE,
)
# "from 100", "since 2024-01-01", "starting with 7"
_FROM: Final = re.compile(rf"\b{_START}", re.IGNORECASE)
# What comes at intervals: "readings", "data", "time series".
_THINGS: Final = (
    r"(?:readings?|measurements?|samples?|data|observations?|intervals?|entries|rows?|records?"
    r"|timestamps?|ticks?|points?|values?|figures?|time series|steps?|dates?|snapshots?|metrics?)"
)
# How far apart moments are: "one per day", "a reading every hour", "every 15 minutes",
# "hourly readings", "daily", "consecutive days". A number "calls per hour" matches too, and is told
# apart by ``_is_a_rate``.
_RHYTHM: Final = re.compile(
    r"\b(?:(?:one(?: \w{2,12})?|an? \w{2,12}|\w{2,12}) (?:per|each|every|an?)"
    r" (?P<unit>second|minute|hour|day|week|month)\b"
    r"|every (?P<many>\d{1,4}) ?(?P<units>seconds?|minutes?|mins?|hours?|days?|weeks?|months?)\b"
    rf"|(?P<adverb>hourly|daily|weekly|monthly|yearly|quarterly) {_THINGS}"
    rf"|(?P<bare>hourly|daily|weekly)\b"
    rf"|consecutive (?P<days>days|hours|weeks|months))",
    re.IGNORECASE,
)
# "starting 2024-01-01", "from January 5, 2023", "since 5 May 2020". Not "from 1000".
_SINCE: Final = re.compile(
    r"\b(?:starting|starts?|beginning|from|since)(?: from| at| with| on| in)?"
    rf"\s(?P<start>{DAY})",
    re.IGNORECASE,
)
# By the first letters of the spoken unit; minutes need two, since months have the first.
_UNITS: Final = {"s": "s", "mi": "min", "h": "h", "d": "d", "w": "w"}
# Seconds in each unit; a month counts 30 days.
_PER: Final = {"s": 1, "min": 60, "h": 3_600, "d": 86_400, "w": 604_800, "month": 2_592_000}
# "upward trend", "rising linear trend", "growth trend of 2% per month",
# "downward trend of about 5 a day"
_TREND_OF: Final = re.compile(
    r"\b(?:(?P<how>upwards?|downwards?|rising|falling|linear|increasing|decreasing|positive|negative|growth)\s)"
    r"(?:linear )?trend\b"
    rf"(?: of (?:about )?(?P<number>{NUMBER}) ?(?P<percent>%|percent)?"
    r"(?: (?:a|per|each|every) (?P<unit>second|minute|hour|day|week|month|year|step))?)?",
    re.IGNORECASE,
)
# "weekly seasonality", "daily cycle", "yearly pattern", "seasonal pattern"
_SEASONS: Final = re.compile(
    r"\b(?P<unit>hourly|daily|weekly|monthly|yearly|annual|seasonal)"
    r" (?:season(?:s|al\w*)?|cycles?|patterns?)\b",
    re.IGNORECASE,
)
# "noise", "noisy", "noise of 3%", "noise with sd 2"
_NOISY: Final = re.compile(
    rf"\bnois[ey](?: (?:of|with sd|sd)\s(?P<number>{NUMBER}) ?(?P<percent>%)?)?", re.IGNORECASE
)
# Seconds; a yearly season has ``_YEAR``.
_PERIODS: Final = {"hourly": 3_600, "daily": 86_400, "weekly": 604_800, "monthly": 2_592_000}
_YEAR: Final = 31_536_000


def read_sequences(clause: Clause) -> None:
    """Read sequences: ``ids from 1000``, ``one per day starting 2024-01-01``."""
    _read_ids(clause)
    for found in clause.find(_RHYTHM):
        _read_rhythm(clause, found)


def _read_ids(clause: Clause) -> None:
    """Read a sequence of integers at each field named."""
    for mention in clause.mentions:
        one = mention.of(("integer",))
        found = _COUNTED.match(clause.left, mention.end)
        ahead = _AHEAD.search(clause.left[: mention.start])
        if one is None or (found is None and ahead is None) or clause.dismisses(mention.start):
            continue
        step = _STEP.search(clause.left, mention.end)
        # "ids from 1 to 100" are bounds, not a start.
        if found is not None and re.match(r"\s?(?:to|and|-|\.\.)\s?\d", clause.text[found.end() :]):
            continue
        # "ages from 18" are bounds; without a word for a sequence only an id counts up.
        if not (ahead or (found and found["words"]) or step or _is_id(one)):
            continue
        start = found["start"] if found is not None and found["start"] else None
        _say_integer_sequence(
            clause, one, mention.start, found.end() if found else mention.end, start, step
        )
    _read_increments(clause)


def _read_increments(clause: Clause) -> None:
    """Read a sequence that is told by its step: ``ids increment by 5 from 100``."""
    for found in clause.find(_STEP):
        bound = clause.mention_before(found.start())
        one = bound.of(("integer",)) if bound is not None else None
        if one is not None and _is_id(one):
            _say_integer_sequence(clause, one, found.start(), found.end(), None, found)


def _say_integer_sequence(
    clause: Clause,
    one: NamedField,
    start: int,
    end: int,
    first: str | None,
    step: re.Match[str] | None,
) -> None:
    told = _FROM.search(clause.left, end) if first is None else None
    if told is not None:
        first = told["start"]
        clause.take(told.start(), told.end())
    begin: Json = number_in(first) if first is not None else 1
    clause.take(start, end)
    if step is not None:
        clause.take(step.start(), step.end())
    by = number_in(step["step"]) if step is not None else 1
    clause.say(one, sequence={"start": begin, "step": by})


def _is_id(one: NamedField) -> bool:
    return bool({"id", "number", "no", "index", "seq", "sequence"} & set(words(one.path[-1])))


def _read_rhythm(clause: Clause, found: re.Match[str]) -> None:
    """Read a sequence of moments."""
    fields = clause.about(found.start(), found.end(), TEMPORAL, sure=True)
    if len(fields) != 1 or _is_a_rate(found):
        return
    if found["bare"] and not _is_daily(clause, found):
        return
    short = unit_of(_spoken_unit(found))
    if short is None:
        clause.doubt(found.start())
        clause.take(found.start(), found.end())
        return
    step = f"{found['many'] or 1}{short}"
    told = _SINCE.search(clause.left, found.end())
    start = value_in(told["start"]) if told is not None else _default_start(fields[0])
    clause.take(found.start(), found.end())
    if told is not None:
        clause.take(told.start(), told.end())
    clause.say(fields[0], sequence={"start": start, "step": step})


def _is_a_rate(found: re.Match[str]) -> bool:
    """Whether a rate is meant, which is a number: ``12 calls per hour``."""
    return bool(found["unit"]) and not found[0].lower().startswith(("one ", "a ", "an "))


def _is_daily(clause: Clause, found: re.Match[str]) -> bool:
    """Whether ``daily sales`` is a rhythm: sales are a field, and a start or season is told."""
    named = any(m.start == found.end() + 1 and m.of(NUMERIC) for m in clause.mentions)
    return named and bool(_SINCE.search(clause.text) or _SEASONS.search(clause.text))


def _spoken_unit(rhythm: re.Match[str]) -> str:
    """Return the word for the unit, in lower case, whichever form the rhythm has."""
    told = (rhythm[name] for name in ("unit", "units", "adverb", "bare", "days"))
    return next(word for word in told if word).lower()


def unit_of(word: str) -> str | None:
    """Return the symbol of a unit, ``d`` of ``daily``; None of those whose length varies."""
    if word.startswith(("month", "year", "quarter")):
        return None
    return "d" if word.startswith("da") else _UNITS.get(word[:2]) or _UNITS.get(word[:1])


def _default_start(one: NamedField) -> str:
    return _FIRST_DAY if one.kind == "date" else f"{_FIRST_DAY}T00:00:00Z"


def read_series(clause: Clause) -> None:
    """Read a time series: ``an upward trend of 2 % a month with weekly seasonality``."""
    trend = next(clause.find(_TREND_OF), None)
    season = next(clause.find(_SEASONS), None)
    first = trend or season
    if first is None:
        return
    fields = clause.about(first.start(), first.end(), NUMERIC, sure=True)
    if not fields:
        clause.doubt(first.start())
        return
    noise = next(clause.find(_NOISY), None)
    item = _item_seconds(clause, season)
    told: JsonObject = {"level": _LEVEL}
    if trend is not None:
        told["trend"] = _slope(trend, item)
    if season is not None:
        period = _PERIODS.get(season["unit"].lower(), _YEAR) / item
        # In items; a period of less than two has no shape.
        told["season"] = {"period": max(2, round(period)), "amplitude": round(_LEVEL * _SEASON)}
    told["noise"] = _noise_deviation(noise)
    for found in (trend, season, noise):
        if found is not None:
            clause.take(found.start(), found.end())
    clause.say(fields[0], sequence=told)


def _item_seconds(clause: Clause, season: re.Match[str] | None) -> float:
    """Return the seconds between two items: as told, else as suits the season, else 0."""
    for rhythm in _RHYTHM.finditer(clause.text):
        # "weekly seasonality" says nothing of how far apart the items are.
        if _SEASONS.match(clause.text, rhythm.start()):
            continue
        unit = unit_of(_spoken_unit(rhythm)) or "month"
        return float(_PER.get(unit, 86_400)) * int(rhythm["many"] or 1)
    suited = {"hourly": 60, "daily": 3_600, "weekly": 86_400, "monthly": 86_400}
    return float(suited.get(season["unit"].lower(), 2_592_000)) if season else 0.0


def _slope(trend: re.Match[str], item: float) -> Json:
    """Return the trend per item; a percentage is one of the level."""
    falls = trend["how"].lower().startswith(("down", "fall", "decreas", "negat"))
    value = float(number_in(trend["number"])) if trend["number"] else _TREND * _LEVEL
    if trend["percent"]:
        value = value / 100 * _LEVEL
    unit = trend["unit"]
    if unit and item and unit.lower() != "step":
        seconds = (
            _YEAR if unit.lower() == "year" else _PER.get(unit_of(unit.lower()) or "month", item)
        )
        value = value * item / seconds
    value = round(-value if falls else value, 6)
    return int(value) if value == int(value) else value


def _noise_deviation(noise: re.Match[str] | None) -> Json:
    """Return the standard deviation of the noise; a percentage is one of the level."""
    if noise is None or not noise["number"]:
        return round(_LEVEL * _NOISE)
    value = number_in(noise["number"])
    return value * _LEVEL / 100 if noise["percent"] else value
