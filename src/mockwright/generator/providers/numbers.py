"""Counts: how many of something there usually are."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from mockwright.generator.providers.base import Draw, provider
from mockwright.generator.tables import records
from mockwright.naming import LONGEST, singular, tokens
from mockwright.types import MISSING, Json, Missing


@dataclass(frozen=True, slots=True)
class _Range:
    """A row of ``counts.txt``: what names count in what, and from where to where."""

    what: str
    words: frozenset[str]
    low: int
    high: int
    step: int


@lru_cache(maxsize=1)
def _read_ranges() -> tuple[_Range, ...]:
    return tuple(_read_range(*row) for row in records("counts"))


def _read_range(names: str, low: str, high: str, step: str) -> _Range:
    words = names.split(", ")
    what = words.pop(0).removeprefix("of ") if words[0].startswith("of ") else ""
    return _Range(what, frozenset(map(singular, words)), int(low), int(high), int(step))


@lru_cache(maxsize=4096)
def usual(name: str, what: str) -> tuple[int, int, int] | None:
    """Return the fewest, the most and the step of what ``name`` counts in a ``what``.

    None where nothing is known.
    """
    named = {singular(word) for word in tokens(name)}
    for found in _read_ranges():
        if found.what in ("", what) and named & found.words:
            return found.low, found.high, found.step
    return None


def counted(d: Draw) -> int | float | None:
    """Return a usual number for the leaf's name, or None; a float where its type is ``number``."""
    known = usual(d.leaf.name[:LONGEST], d.what)
    if known is None:
        return None
    low, high, step = known
    found = low + step * d.rng.below((high - low) // step + 1)
    return found if d.leaf.type == "integer" else float(found)


@provider("count")
def _count(d: Draw) -> Json | Missing:
    if d.leaf.type == "string":
        return MISSING
    found = counted(d)
    if found is None:
        found = d.rng.between(3, 480)
    return found if d.leaf.type == "integer" else float(found)
