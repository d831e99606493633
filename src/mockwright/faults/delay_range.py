"""The delay of an answer as a caller asks for it: ``500-2000``, ``max`` or ``avg``."""

from __future__ import annotations

import re
from collections import OrderedDict, deque
from dataclasses import dataclass
from typing import Final, Literal

_NUMBER: Final = r"([0-9]{1,9}(?:\.[0-9]{1,9})?)"
# Milliseconds: "500", "500-2000", "0.5 - 2.5". Not "-5", not "1e3".
_RANGE: Final = re.compile(rf"{_NUMBER}(?:\s*-\s*{_NUMBER})?")
_EXPECTED: Final = "milliseconds such as 500 or 500-2000 (at most {most:g}), max or avg"


@dataclass(frozen=True, slots=True)
class DelayBounds:
    """How long to wait before each answer; times in seconds."""

    kind: Literal["between", "max", "avg"]
    low: float
    high: float
    """The longest that is waited, whatever the kind."""

    def seconds(self, draw: float, took: float, average: float) -> float:
        """Return the seconds to wait; ``draw`` is a random number from 0 to 1.

        ``max`` waits as long as the answer itself ``took``, ``avg`` as long as answers to this path
        take on ``average``.
        """
        wanted = {"max": took, "avg": average}.get(self.kind, self._between(draw))
        return min(max(wanted, self.low), self.high)

    def _between(self, draw: float) -> float:
        return self.low + (self.high - self.low) * draw


def read_delay_range(text: str, most: float) -> DelayBounds:
    """Return the delay that a caller asks for; ``most`` is the longest, in seconds.

    Raises :class:`ValueError`, which says what was expected.
    """
    word = text.strip().lower()
    if word in ("max", "avg"):
        return DelayBounds("max" if word == "max" else "avg", 0.0, most)
    match = _RANGE.fullmatch(word)
    if match is None:
        raise ValueError(_EXPECTED.format(most=most * 1000))
    low, high = float(match[1]) / 1000, float(match[2] or match[1]) / 1000
    if not low <= high <= most:
        raise ValueError(_EXPECTED.format(most=most * 1000))
    return DelayBounds("between", low, high)


class Averages:
    """How long answers took on average, by path template: of the last ``window`` of each.

    The template that was used least recently is forgotten first.
    """

    def __init__(self, most: int = 1000, window: int = 10) -> None:
        self._most = most
        self._window = window
        self._taken: OrderedDict[str, deque[float]] = OrderedDict()

    def add(self, template: str, seconds: float) -> None:
        """Note how many seconds an answer took."""
        taken = self._taken.setdefault(template, deque(maxlen=self._window))
        taken.append(seconds)
        self._taken.move_to_end(template)
        if len(self._taken) > self._most:
            self._taken.popitem(last=False)

    def of(self, template: str) -> float:
        """Return the average in seconds; 0 where none is known."""
        taken = self._taken.get(template)
        return sum(taken) / len(taken) if taken else 0.0
