"""Values of a column as numbers. They are not to be trusted: anything may stand there."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final

import numpy as np

from mockwright.compute.sampling.marginals import Floats
from mockwright.compute.spec.date_numbers import written
from mockwright.compute.spec.spec import Column, Kind
from mockwright.types import Json

_TYPES: Final[dict[Kind, tuple[type, ...]]] = {
    "integer": (int, float),
    "number": (int, float),
    "string": (str,),
    "boolean": (bool,),
    "date": (str,),
    "date-time": (str,),
}
_LARGEST: Final = 1e300
"""Larger numbers count as strays: sums of them could not be told from infinity."""
_EPOCH: Final = date(1970, 1, 1).toordinal()
_YEARS: Final = {
    "date": (-719_162.0, 2_932_896.0),
    "date-time": (-62_135_596_800.0, 253_402_300_799.0),
}
"""The years 1 to 9999, as far as dates can be written, in days and in seconds since 1970."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One column as it was found."""

    numbers: Floats
    """A number for each item: NaN for a missing value, a stray, or a kind without order."""
    strays: int = 0
    """How many values are not of the column's kind."""
    stray: str = ""
    """The first of them, in short."""

    @property
    def there(self) -> Floats:
        """The numbers without those that are missing."""
        return self.numbers[~np.isnan(self.numbers)]


def measured(column: Column, values: Sequence[Json]) -> Measured:
    """Return a column's values as numbers; never raises, whatever they are."""
    types = _TYPES[column.kind]
    # The usual case by whole columns; ``type`` and not ``isinstance``, since true is an int in
    # Python.
    if set(map(type, values)) <= set(types):
        places: slice | list[int] = slice(None)
        known, strays = list(values), list[Json]()
    else:
        places = [i for i, value in enumerate(values) if type(value) in types]
        known = [values[i] for i in places]
        strays = [v for v in values if v is not None and type(v) not in types]
    numbers = np.full(len(values), np.nan)
    read = _read_numbers(known, column.kind)
    if read is not None:
        numbers[places] = read
        strays += [known[k] for k in np.flatnonzero(np.isnan(read))]
    return Measured(numbers, len(strays), brief(strays[0]) if strays else "")


def brief(value: Json) -> str:
    """Return a value in at most some 60 characters.

    Python refuses to write whole numbers of more than 4,300 digits, and to go down deep lists.
    """
    if isinstance(value, str):
        return repr(value[:60])
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    if isinstance(value, int) and value.bit_length() > 128:
        return f"a whole number of some {int(value.bit_length() * math.log10(2)) + 1} digits"
    if isinstance(value, (int, float)):
        return repr(value)
    return "a list" if isinstance(value, list) else "an object"


def unit(column: Column) -> float:
    """Return what the values are rounded to; 0 where they are not."""
    if column.decimals is not None:
        return 10.0**-column.decimals
    return 1.0 if column.kind in ("integer", "date", "date-time") else 0.0


def shown(value: float, column: Column) -> Json:
    """Return a value of the column as people read it: six digits, dates as dates."""
    if not math.isfinite(value):
        return None
    if column.kind in ("date", "date-time"):
        first, last = _YEARS[column.kind]
        return written(min(max(value, first), last), column.kind)
    short = float(f"{value:.6g}")
    return int(short) if short.is_integer() and abs(short) < 1e15 else short


def _read_numbers(values: Sequence[Json], kind: Kind) -> Floats | None:
    """Return values as numbers, NaN for each of another kind; None for kinds without numbers."""
    match kind:
        case "integer" | "number":
            return _finite_numbers(values, whole=kind == "integer")
        case "date":
            return np.array([_day(text) for text in values], dtype=np.float64)
        case "date-time":
            return np.array([_second(text) for text in values], dtype=np.float64)
    return None


def _finite_numbers(values: Sequence[Json], *, whole: bool) -> Floats:
    try:
        numbers = np.array(values, dtype=np.float64)
    except OverflowError:
        numbers = np.array([_as_float(value) for value in values], dtype=np.float64)
    good = np.isfinite(numbers) & (np.abs(numbers) <= _LARGEST)
    if whole:
        good &= np.floor(numbers) == numbers
    return np.where(good, numbers, np.nan)


def _as_float(value: int | float) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf


def _day(text: str) -> float:
    try:
        return float(date.fromisoformat(text).toordinal() - _EPOCH)
    except ValueError:
        return math.nan


def _second(text: str) -> float:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return math.nan
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
