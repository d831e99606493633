"""Default mean, deviation and range of a field of which a request says nothing.

They are chosen by the words of the field's name and cut to its bounds in the schema. The report
marks what was assumed.
"""

from __future__ import annotations

from typing import Final

from mockwright.compute.spec.fields import ListField
from mockwright.shapes.rules.field_paths import words

# The first row that shares a word with the field's name counts. Money is in no particular currency,
# heights are in cm, weights in kg, temperatures in °C, durations in any unit.
_KNOWN: Final[tuple[tuple[frozenset[str], float, float, float, float], ...]] = (
    # Words of a name; mean, standard deviation and the ends of what is sensible.
    (frozenset({"age"}), 38, 14, 18, 90),
    (frozenset({"revenue", "turnover"}), 10_000_000, 29_000_000, 100_000, 10_000_000_000),
    (frozenset({"salary", "income", "wage", "earnings"}), 62_000, 28_000, 15_000, 500_000),
    (frozenset({"employees", "size", "headcount", "staff"}), 240, 480, 1, 50_000),
    (frozenset({"price", "amount", "cost", "total", "subtotal", "fee"}), 60, 45, 0.5, 5_000),
    (frozenset({"quantity", "qty", "count", "stock", "visits", "views"}), 20, 12, 0, 1_000),
    (frozenset({"rating", "stars"}), 3.8, 0.8, 1, 5),
    (frozenset({"score", "percent", "percentage", "rate"}), 60, 18, 0, 100),
    (frozenset({"height"}), 170, 10, 120, 220),
    (frozenset({"weight"}), 72, 14, 2, 250),
    (frozenset({"temperature", "temp"}), 15, 8, -40, 50),
    (frozenset({"latency", "duration", "ms", "seconds", "minutes"}), 120, 60, 0, 10_000),
)
_OPEN: Final = (100.0, 30.0, 0.0, 1_000.0)
"""Mean, standard deviation, least and greatest value of a field whose name says nothing."""
_DAYS: Final = (18_993.0, 20_088.0)
"""The range of dates, 2022-01-01 to 2024-12-31, in days since 1970-01-01."""


def usual(field: ListField) -> tuple[float, float, float, float]:
    """Return mean, standard deviation, least and greatest value of a field, within its bounds."""
    mean, sd, low, high = _by_name(field)
    least = low if field.low is None else field.low
    most = high if field.high is None else field.high
    # A bound far beyond the usual range must leave room for a distribution.
    if field.low is not None and field.high is None:
        most = max(high, least + 10 * sd)
    if field.high is not None and field.low is None:
        least = min(low, most - 10 * sd)
    if not least < mean < most:
        # Three deviations to either side: nearly all of a normal distribution (99.7 %) is within.
        mean, sd = (least + most) / 2, (most - least) / 6
    return mean, min(sd, (most - least) / 2), least, most


def _by_name(field: ListField) -> tuple[float, float, float, float]:
    if field.kind in ("date", "date-time"):
        unit = 1.0 if field.kind == "date" else 86_400.0
        first, last = (day * unit for day in _DAYS)
        return (first + last) / 2, (last - first) / 6, first, last
    name = frozenset(words(field.path[-1])) if field.path else frozenset()
    for known, mean, sd, low, high in _KNOWN:
        if known & name:
            return mean, sd, low, high
    return _OPEN
