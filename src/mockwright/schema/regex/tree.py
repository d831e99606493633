"""What a regular expression is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

Ranges: TypeAlias = tuple[tuple[int, int], ...]
"""Code points, as sorted pairs low..high, both included, that do not touch."""

MAX_CODE_POINT: Final = 0x10FFFF


@dataclass(frozen=True, slots=True)
class Chars:
    """One character out of a class."""

    ranges: Ranges


@dataclass(frozen=True, slots=True)
class Seq:
    """One part after the other; without parts, the empty string."""

    items: tuple[Tree, ...]


@dataclass(frozen=True, slots=True)
class Alt:
    """One of several."""

    options: tuple[Tree, ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """``low`` to ``high`` times; without end where ``high`` is None."""

    item: Tree
    low: int
    high: int | None


@dataclass(frozen=True, slots=True)
class CapturingGroup:
    """A capturing group, by number, counted from 1."""

    item: Tree
    number: int


@dataclass(frozen=True, slots=True)
class Backref:
    """What a group caught, again."""

    number: int


@dataclass(frozen=True, slots=True)
class Anchor:
    """A place without width: start, end, a word's edge or no edge."""

    kind: Literal["start", "end", "edge", "no-edge"]


@dataclass(frozen=True, slots=True)
class LookAround:
    """What follows, or comes before, has to match, or must not."""

    item: Tree
    ahead: bool
    negative: bool


Tree: TypeAlias = Chars | Seq | Alt | Repeat | CapturingGroup | Backref | Anchor | LookAround


def normal(ranges: list[tuple[int, int]]) -> Ranges:
    """Sorted and joined."""
    joined: list[tuple[int, int]] = []
    for low, high in sorted(ranges):
        if joined and low <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(high, joined[-1][1]))
        else:
            joined.append((low, high))
    return tuple(joined)


def inverted(ranges: Ranges) -> Ranges:
    """Every other code point."""
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
    """Whether a code point is in the class."""
    return any(low <= code <= high for low, high in ranges)
