"""Chance with a memory: named streams, and items of a list that differ from one another."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, TypeVar

from mockwright.generator.interfaces import ObjectScope
from mockwright.naming import LONGEST
from mockwright.rng import Rng

T = TypeVar("T")
"""Whatever is dealt."""

_MASK: Final = (1 << 64) - 1
_MIX: Final = 0xBF58476D1CE4E5B9
"""A constant of SplitMix64's output function; odd, so that no bits are lost."""


@lru_cache(maxsize=16_384)
def _name_hash(key: tuple[str | int, ...]) -> int:
    text = "\x1f".join([f"{type(part).__name__[0]}{part}" for part in key])
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "little")


def stream(scope: ObjectScope, *key: str | int) -> Rng:
    """Return a stream named by ``key``, independent of how much was drawn before.

    It is :meth:`Rng.child` of the scope's stream at a fifth of the cost: names are hashed once.
    """
    return Rng(scope.rng.seed ^ _name_hash(key))


@dataclass(frozen=True, slots=True)
class Seat:
    """An object's place in the nearest list around it."""

    seed: int
    """A number that all items of the list share, and what is nested alike in them."""
    index: int
    """The position in the list, from 0."""


def seat(scope: ObjectScope) -> Seat | None:
    """Return where the object sits, or None outside of lists."""
    if "seat" not in scope.facts:
        scope.facts["seat"] = _find_seat(scope)
    found: Seat | None = scope.facts["seat"]
    return found


def _find_seat(scope: ObjectScope) -> Seat | None:
    names: list[str] = []
    item = scope
    while item.index is None:
        names.append(item.name[:LONGEST])
        if item.parent is None:
            return None
        item = item.parent
    if item.parent is None:
        return None
    return Seat(stream(item.parent, "seat", item.name[:LONGEST], *names).seed, item.index)


def deal(scope: ObjectScope, label: str, options: Sequence[T], index: int | None = None) -> T:
    """Return one of ``options``; each item of a list gets another one, while there are enough.

    ``index`` is that of a scalar in a list; without it the object's own place in a list counts.
    """
    if index is not None:
        return options[permuted(index, len(options), stream(scope, "deck", label).seed)]
    at = seat(scope)
    if at is None:
        return stream(scope, "deck", label).choice(options)
    return options[permuted(at.index, len(options), at.seed ^ _name_hash((label,)))]


def permuted(index: int, size: int, seed: int) -> int:
    """Return the ``index``-th of a shuffled ``range(size)``, without shuffling it.

    Beyond the end it begins anew. It is a Feistel network over the next power of four, walked until
    it lands inside (Black and Rogaway, "Ciphers with Arbitrary Finite Domains", 2002).
    """
    half = max(1, ((size - 1).bit_length() + 1) // 2)
    low = (1 << half) - 1
    value = index % size
    while True:
        left, right = value >> half, value & low
        for turn in range(4):
            mixed = (((right + 1) * _MIX) ^ (seed + turn * _MIX)) & _MASK
            mixed = ((mixed ^ (mixed >> 29)) * _MIX) & _MASK
            left, right = right, left ^ ((mixed >> 40) & low)
        value = (left << half) | right
        if value < size:
            return value
