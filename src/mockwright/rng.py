"""A random generator whose stream is part of the product's contract.

``random.Random`` promises only that :meth:`random.Random.random` keeps its stream; ``choice``,
``shuffle`` and ``randint`` have changed between Python versions. A seed here has to give the same
bytes on every Python, so the few draws the generator needs are defined on SplitMix64 (Steele, Lea
and Flood, OOPSLA 2014; constants of the reference implementation), which is also a hundred times
cheaper to seed than a Mersenne twister: every object can afford a stream of its own.
"""

from __future__ import annotations

import hashlib
import math
import secrets
from collections.abc import MutableSequence, Sequence
from typing import TypeVar

T = TypeVar("T")
"""Whatever is drawn from: the options of a choice, the items of a list."""

_MASK = (1 << 64) - 1


def seed_or_drawn(seed: int | None) -> int:
    """Return ``seed``; where there is none, one that nobody can foresee.

    It has 53 bits, as many as every reader of JSON keeps.
    """
    return secrets.randbits(53) if seed is None else seed


class Rng:
    """One stream of random draws, started from a seed of which the lower 64 bits count."""

    __slots__ = ("_state", "seed")

    def __init__(self, seed: int) -> None:
        self.seed = seed & _MASK
        self._state = self.seed

    def bits64(self) -> int:
        """Return the next 64 random bits as an integer: one step of SplitMix64."""
        self._state = (self._state + 0x9E3779B97F4A7C15) & _MASK
        z = self._state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _MASK
        return z ^ (z >> 31)

    def child(self, *key: str | int) -> Rng:
        """Return an independent stream that is named by ``key``.

        It depends on this stream's seed, not on how much was drawn from it: adding a field to a
        shape leaves the values of the other fields as they were.
        """
        # The type's initial keeps 1 and "1" apart, the separator ("a", "b") and ("ab",).
        text = "\x1f".join(f"{type(part).__name__[0]}{part}" for part in key)
        digest = hashlib.blake2b(
            text.encode("utf-8", "surrogatepass"),
            digest_size=8,
            key=self.seed.to_bytes(8, "little"),
        )
        return Rng(int.from_bytes(digest.digest(), "little"))

    def random(self) -> float:
        """Return a float that is uniform in [0, 1), in steps of 2**-53."""
        return (self.bits64() >> 11) * 2.0**-53

    def below(self, n: int) -> int:
        """Return an integer that is uniform in [0, n), for ``n`` of any size.

        Raises ValueError where ``n`` is below 1.
        """
        if n <= 0:
            raise ValueError(f"empty range: {n}")
        # A float tells 2**53 numbers apart; beyond, twice as many bits as needed make the bias of
        # the remainder too small to be seen.
        if n <= 1 << 53:
            return int(self.random() * n)
        words = (n.bit_length() + 127) // 64
        wide = 0
        for _ in range(words):
            wide = (wide << 64) | self.bits64()
        return wide % n

    def between(self, low: int, high: int) -> int:
        """Return an integer that is uniform over ``low`` to ``high``, both included."""
        return low + self.below(high - low + 1)

    def uniform(self, low: float, high: float) -> float:
        """Return a float that is uniform between ``low`` and ``high``."""
        return low + (high - low) * self.random()

    def normal(self, mean: float, deviation: float) -> float:
        """Return a float of the normal distribution (Box and Muller, 1958); it takes two draws."""
        # Not log(random()): that may be log(0).
        radius = math.sqrt(-2.0 * math.log(1.0 - self.random()))
        return mean + deviation * radius * math.cos(2.0 * math.pi * self.random())

    def chance(self, probability: float) -> bool:
        """Return True with ``probability``, a number from 0 to 1."""
        return self.random() < probability

    def choice(self, options: Sequence[T]) -> T:
        """Return one of ``options``, each equally likely.

        Raises ValueError where there are none.
        """
        return options[self.below(len(options))]

    def weighted(self, options: Sequence[T], weights: Sequence[float]) -> T:
        """Return one of ``options``, in proportion to ``weights``, whose sum need not be 1."""
        point = self.random() * sum(weights)
        for option, weight in zip(options, weights, strict=True):
            point -= weight
            if point < 0:
                return option
        # Rounding may leave the point at 0 after the last weight.
        return options[-1]

    def shuffle(self, items: MutableSequence[T]) -> None:
        """Put ``items`` into a random order, in place (Fisher and Yates)."""
        for i in range(len(items) - 1, 0, -1):
            j = self.below(i + 1)
            items[i], items[j] = items[j], items[i]

    def sample(self, options: Sequence[T], k: int) -> list[T]:
        """Return ``k`` different members of ``options`` in random order, or all there are."""
        pool = list(options)
        self.shuffle(pool)
        return pool[:k]
