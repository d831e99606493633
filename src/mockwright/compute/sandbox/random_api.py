"""The random numbers of a program without NumPy: a small part of ``numpy.random.Generator``.

This file is not only imported: its text is fed to the interpreter before a program, and runs there.
So it is written in the part of Python that the interpreter reads (where a method can be called, but
not handed on), and imports nothing of its own. All draws come from ``random()``, the one method of
``random.Random`` whose stream is promised to stay; each is exact for its distribution, none an
approximation.
"""

import math
import random
from typing import Any


class SandboxRng:
    """A seeded generator with NumPy's names; ``size`` is an int, and gives a list."""

    def __init__(self, seed: int) -> None:
        self._source = random.Random(seed)

    def random(self, size: int | None = None) -> Any:
        """Draw from 0 up to, but without, 1."""
        return _draw(size, lambda: self._source.random())

    def uniform(self, low: float = 0.0, high: float = 1.0, size: int | None = None) -> Any:
        """Draw from low up to high."""
        return _draw(size, lambda: low + (high - low) * self._source.random())

    def integers(
        self, low: int, high: int | None = None, size: int | None = None, endpoint: bool = False
    ) -> Any:
        """Draw a whole number from low up to high; high itself only if endpoint says so."""
        first, last = (0, low) if high is None else (low, high)
        count = last - first + (1 if endpoint else 0)
        if count < 1:
            raise ValueError("low >= high")
        return _draw(size, lambda: first + int(self._source.random() * count))

    def normal(self, loc: float = 0.0, scale: float = 1.0, size: int | None = None) -> Any:
        """Draw from a normal distribution of mean loc and standard deviation scale."""
        return _draw(size, lambda: loc + scale * self._normal())

    def standard_normal(self, size: int | None = None) -> Any:
        """Draw from a normal distribution of mean 0 and standard deviation 1."""
        return _draw(size, lambda: self._normal())

    def lognormal(self, mean: float = 0.0, sigma: float = 1.0, size: int | None = None) -> Any:
        """Draw a number whose logarithm is normal of this mean and standard deviation."""
        return _draw(size, lambda: math.exp(mean + sigma * self._normal()))

    def exponential(self, scale: float = 1.0, size: int | None = None) -> Any:
        """Draw from an exponential distribution of mean scale."""
        return _draw(size, lambda: scale * self._exponential())

    def poisson(self, lam: float = 1.0, size: int | None = None) -> Any:
        """Draw a count of which lam are to be expected."""
        return _draw(size, lambda: self._poisson(lam))

    def binomial(self, n: int, p: float, size: int | None = None) -> Any:
        """Draw how many of n trials succeed, each with probability p."""
        return _draw(size, lambda: sum([1 for _ in range(n) if self._source.random() < p]))

    def geometric(self, p: float, size: int | None = None) -> Any:
        """Draw the number of the first trial to succeed, from 1."""
        if p >= 1:
            return _draw(size, lambda: 1)
        # The whole part of an exponential number is geometric.
        return _draw(size, lambda: 1 + int(self._exponential() / -math.log(1 - p)))

    def gamma(self, shape: float, scale: float = 1.0, size: int | None = None) -> Any:
        """Draw from a gamma distribution of mean shape times scale."""
        return _draw(size, lambda: scale * self._gamma(shape))

    def beta(self, a: float, b: float, size: int | None = None) -> Any:
        """Draw from a beta distribution, from 0 to 1."""
        return _draw(size, lambda: self._beta(a, b))

    def pareto(self, a: float, size: int | None = None) -> Any:
        """Draw from 0, as in NumPy: the classical Pareto is 1 more, times its least value."""
        return _draw(size, lambda: math.exp(self._exponential() / a) - 1)

    def weibull(self, a: float, size: int | None = None) -> Any:
        """Draw from a Weibull distribution of scale 1."""
        return _draw(size, lambda: self._exponential() ** (1 / a))

    def triangular(self, left: float, mode: float, right: float, size: int | None = None) -> Any:
        """Draw from left to right, most often about mode."""
        return _draw(size, lambda: self._triangular(left, mode, right))

    def choice(self, a: Any, size: int | None = None, replace: bool = True, p: Any = None) -> Any:
        """Draw one of a, or of range(a); with weights where p is given."""
        values = list(range(a)) if isinstance(a, int) else list(a)
        if not replace:
            return self._sample(values, size, p)
        return _draw(size, lambda: values[self._index(len(values), p)])

    def shuffle(self, x: Any) -> None:
        """Put x into random order, in place (Fisher-Yates)."""
        for i in range(len(x) - 1, 0, -1):
            j = int(self._source.random() * (i + 1))
            x[i], x[j] = x[j], x[i]

    def permutation(self, x: Any) -> Any:
        """Return a shuffled copy of x, or of range(x)."""
        values = list(range(x)) if isinstance(x, int) else list(x)
        self.shuffle(values)
        return values

    def _normal(self) -> float:
        # Box and Muller, 1958.
        radius = math.sqrt(2 * self._exponential())
        return radius * math.cos(2 * math.pi * self._source.random())

    def _exponential(self) -> float:
        # 1 - random() is never 0.
        return -math.log(1 - self._source.random())

    def _poisson(self, lam: float) -> int:
        # Sums of such counts are such counts, and exp(-lam) has to stay a number.
        count = 0
        while lam > 30:
            count += self._count(30)
            lam -= 30
        return count + self._count(lam)

    def _count(self, lam: float) -> int:
        # Knuth, The Art of Computer Programming, volume 2, section 3.4.1: as many factors as
        # exp(-lam) takes.
        limit, count, product = math.exp(-lam), 0, self._source.random()
        while product > limit:
            count += 1
            product *= self._source.random()
        return count

    def _gamma(self, shape: float) -> float:
        # Marsaglia and Tsang, ACM TOMS 26(3), 2000.
        if shape < 1:
            power: float = (1 - self._source.random()) ** (1 / shape)
            return self._gamma(shape + 1) * power
        d = shape - 1 / 3
        c = 1 / math.sqrt(9 * d)
        while True:
            x = self._normal()
            v = (1 + c * x) ** 3
            if v <= 0:
                continue
            u = 1 - self._source.random()
            if math.log(u) < x * x / 2 + d - d * v + d * math.log(v):
                return d * v

    def _beta(self, a: float, b: float) -> float:
        # Of two gamma numbers, the share of the one in their sum is beta distributed.
        x: float = self._gamma(a)
        return x / (x + self._gamma(b))

    def _triangular(self, left: float, mode: float, right: float) -> float:
        u = self._source.random()
        # By inversion: below and above the mode the distribution function is a parabola.
        turn = (mode - left) / (right - left)
        if u < turn:
            return left + math.sqrt(u * (right - left) * (mode - left))
        return right - math.sqrt((1 - u) * (right - left) * (right - mode))

    def _index(self, count: int, p: Any) -> int:
        if p is None:
            return int(self._source.random() * count)
        u = self._source.random() * sum(p)
        for i in range(count):
            u -= p[i]
            if u < 0:
                return i
        return count - 1

    def _sample(self, values: Any, size: int | None, p: Any) -> Any:
        left, weights = list(values), None if p is None else list(p)
        taken = []
        for _ in range(1 if size is None else size):
            i = self._index(len(left), weights)
            taken.append(left.pop(i))
            if weights is not None:
                weights.pop(i)
        return taken[0] if size is None else taken


def _draw(size: int | None, one: Any) -> Any:
    return one() if size is None else [one() for _ in range(size)]
