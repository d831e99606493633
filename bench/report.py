"""How benchmarks print: tables, and what was reached of what is aimed at."""

from __future__ import annotations

import math
import operator
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

Sign = Literal[">=", "<=", "<"]
_HOLDS: Final = {">=": operator.ge, "<=": operator.le, "<": operator.lt}


@dataclass(frozen=True)
class Bar:
    """A figure and the bound it has to keep; ``nan`` is a figure that could not be taken."""

    what: str
    measured: float
    sign: Sign
    bound: float
    unit: str = ""

    @property
    def met(self) -> bool:
        """Whether the figure keeps the bound."""
        return bool(_HOLDS[self.sign](self.measured, self.bound))

    def __str__(self) -> str:
        verdict = "not measured" if math.isnan(self.measured) else "met" if self.met else "MISSED"
        measured = f"{_number(self.measured)}{self.unit}"
        return (
            f"{self.what}: {measured} (bar {self.sign} {_number(self.bound)}{self.unit}) {verdict}"
        )


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


def print_bars(title: str, bars: Iterable[Bar]) -> None:
    """One line for each bar."""
    print(f"\n{title}")
    for bar in bars:
        print(f"  {bar}")


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A table with a label in front of each row; figures are set to the right."""
    lines = [["", *columns], *([row[0], *row[1:]] for row in rows)]
    widths = [max(len(line[place]) for line in lines) for place in range(len(columns) + 1)]
    print(f"\n{title}")
    for label, *cells in lines:
        figures = "  ".join(
            cell.rjust(width) for cell, width in zip(cells, widths[1:], strict=True)
        )
        print(f"  {label.ljust(widths[0])}  {figures}")


def share(part: int, whole: int) -> str:
    """``part`` of ``whole`` in per cent."""
    return f"{percent(part, whole):.2f} %" if whole else "-"


def percent(part: int, whole: int) -> float:
    """``part`` of ``whole``, 0 to 100; ``nan`` of nothing."""
    return 100 * part / whole if whole else math.nan


def quantile(values: Iterable[float], at: float) -> float:
    """The value below which the share ``at`` of ``values`` lies; ``nan`` of none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * at))] if ordered else math.nan


def spread(values: Sequence[float], digits: int = 2) -> str:
    """Median, 95th percentile and maximum."""
    if not values:
        return "-"
    return " / ".join(f"{quantile(values, at):.{digits}f}" for at in (0.5, 0.95, 1.0))
