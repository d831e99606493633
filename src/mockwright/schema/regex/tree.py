"""The parts of a parsed regular expression, and sets of characters as ranges."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

Ranges: TypeAlias = tuple[tuple[int, int], ...]
"""Code points, as sorted pairs low..high, both included, that do not touch."""

MAX_CODE_POINT: Final = 0x10FFFF
"""The last code point of Unicode."""


@dataclass(frozen=True, slots=True)
class Chars:
    """One character out of a class."""

    ranges: Ranges


@dataclass(frozen=True, slots=True)
class Seq:
    """One part after the other; without parts, it matches the empty string."""

    items: tuple[Tree, ...]


@dataclass(frozen=True, slots=True)
class Alt:
    """One of several alternatives."""

    options: tuple[Tree, ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """A part repeated ``low`` to ``high`` times; without a bound where ``high`` is None."""

    item: Tree
    low: int
    high: int | None


@dataclass(frozen=True, slots=True)
class CapturingGroup:
    """A capturing group with its number, counted from 1."""

    item: Tree
    number: int


@dataclass(frozen=True, slots=True)
class Backref:
    """The text that a group caught, once more."""

    number: int


@dataclass(frozen=True, slots=True)
class Anchor:
    """A place without width: start or end of the text, a word's edge or none."""

    kind: Literal["start", "end", "edge", "no-edge"]


@dataclass(frozen=True, slots=True)
class LookAround:
    """What follows (``ahead``) or comes before has to match, or must not (``negative``)."""

    item: Tree
    ahead: bool
    negative: bool


Tree: TypeAlias = Chars | Seq | Alt | Repeat | CapturingGroup | Backref | Anchor | LookAround
"""Any part of an expression, and so the expression itself."""


def normal(ranges: list[tuple[int, int]]) -> Ranges:
    """Return the ranges sorted, with those that touch or overlap joined."""
    joined: list[tuple[int, int]] = []
    for low, high in sorted(ranges):
        if joined and low <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(high, joined[-1][1]))
        else:
            joined.append((low, high))
    return tuple(joined)


def inverted(ranges: Ranges) -> Ranges:
    """Return the ranges of all other code points."""
    result = []
    start = 0
    for low, high in ranges:
        if start < low:
            result.append((start, low - 1))
        start = high + 1
    if start <= MAX_CODE_POINT:
        result.append((start, MAX_CODE_POINT))
    return tuple(result)


def contains(ranges: Ranges, code: int) -> bool:
    """Whether the code point is in one of the ranges."""
    return any(low <= code <= high for low, high in ranges)
