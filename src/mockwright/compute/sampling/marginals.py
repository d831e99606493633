"""The marginal distribution of a column, as values leave: within its bounds, and rounded.

Values are drawn by inverting the distribution function, and tested by the same function, so that
bounds and rounding are part of both. Needs NumPy and SciPy.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from scipy.special import zeta

from mockwright.compute.spec.spec import Distribution

Floats: TypeAlias = NDArray[np.float64]
"""An array of doubles."""

_EDGE: Final = 2.0**-53
"""Uniform numbers keep this far from 0 and 1, where many distributions are infinite."""


class BaseDistribution(Protocol):
    """A distribution over the whole line, without bounds or rounding."""

    def cdf(self, x: Floats) -> Floats:
        """Return the share at or below each ``x``."""

    def below(self, x: Floats) -> Floats:
        """Return the share strictly below each ``x``."""

    def ppf(self, u: Floats) -> Floats:
        """Return the least value at or below which a share ``u`` lies."""


@dataclass(frozen=True, slots=True)
class _Continuous:
    """A continuous distribution of SciPy's; ``frozen`` has no types there."""

    frozen: Any

    def cdf(self, x: Floats) -> Floats:
        return np.asarray(self.frozen.cdf(x), dtype=np.float64)

    def below(self, x: Floats) -> Floats:
        return self.cdf(x)

    def ppf(self, u: Floats) -> Floats:
        return np.asarray(self.frozen.ppf(u), dtype=np.float64)


@dataclass(frozen=True, slots=True)
class _Discrete:
    """A distribution of SciPy's over whole numbers."""

    frozen: Any

    def cdf(self, x: Floats) -> Floats:
        return np.asarray(self.frozen.cdf(np.floor(x)), dtype=np.float64)

    def below(self, x: Floats) -> Floats:
        return np.asarray(self.frozen.cdf(np.ceil(x) - 1), dtype=np.float64)

    def ppf(self, u: Floats) -> Floats:
        return np.asarray(self.frozen.ppf(u), dtype=np.float64)


@dataclass(frozen=True, slots=True)
class _Stepped:
    """A distribution over given points, each with a probability."""

    points: Floats
    cumulative: Floats

    def cdf(self, x: Floats) -> Floats:
        return self._share_at(np.searchsorted(self.points, x, side="right"))

    def below(self, x: Floats) -> Floats:
        return self._share_at(np.searchsorted(self.points, x, side="left"))

    def _share_at(self, found: NDArray[np.intp]) -> Floats:
        share: Floats = np.concatenate(([0.0], self.cumulative))[found]
        return share

    def ppf(self, u: Floats) -> Floats:
        found = np.searchsorted(self.cumulative, u, side="left")
        least: Floats = self.points[np.minimum(found, len(self.points) - 1)]
        return least


@dataclass(frozen=True, slots=True)
class _Piecewise:
    """A histogram: uniform within each bin."""

    edges: Floats
    cumulative: Floats
    """The shares below the edges, from 0 to 1."""

    def cdf(self, x: Floats) -> Floats:
        return np.interp(x, self.edges, self.cumulative)

    def below(self, x: Floats) -> Floats:
        return self.cdf(x)

    def ppf(self, u: Floats) -> Floats:
        return np.interp(u, self.cumulative, self.edges)


@dataclass(frozen=True, slots=True)
class _Mixture:
    """A weighted mixture of distributions."""

    laws: tuple[BaseDistribution, ...]
    weights: tuple[float, ...]

    def cdf(self, x: Floats) -> Floats:
        parts = [w * law.cdf(x) for w, law in zip(self.weights, self.laws, strict=True)]
        return np.asarray(sum(parts), dtype=np.float64)

    def below(self, x: Floats) -> Floats:
        parts = [w * law.below(x) for w, law in zip(self.weights, self.laws, strict=True)]
        return np.asarray(sum(parts), dtype=np.float64)

    def ppf(self, u: Floats) -> Floats:
        """Return quantiles by bisection between those of the parts: there is no closed form."""
        ends = np.stack([law.ppf(u) for law in self.laws])
        low, high = ends.min(axis=0), ends.max(axis=0)
        # A double has 53 bits: more halvings change nothing.
        for _ in range(60):
            middle = (low + high) / 2
            enough = self.cdf(middle) >= u
            low, high = np.where(enough, low, middle), np.where(enough, middle, high)
        return np.asarray(high, dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Marginal:
    """A distribution within bounds, rounded to so many digits."""

    law: BaseDistribution
    low: float = -np.inf
    high: float = np.inf
    clip: bool = False
    """Whether the share beyond a bound lies on it; else the rest is scaled up to 1."""
    decimals: int | None = None
    """Digits after the point; None does not round."""

    def ppf(self, u: Floats) -> Floats:
        """Return the values at the shares ``u``, each 0..1."""
        u = np.clip(u, _EDGE, 1 - _EDGE)
        if not self.clip:
            start, end = self._mass
            u = start + u * (end - start)
        drawn = np.clip(self.law.ppf(u), self.low, self.high)
        if self.decimals is None:
            return drawn
        least, most = self._ends
        return np.clip(np.round(drawn, self.decimals), least, most)

    def cdf(self, x: Floats) -> Floats:
        """Return the share of rounded values at or below each ``x``."""
        return self._share(x, self.law.cdf, above=True)

    def below(self, x: Floats) -> Floats:
        """Return the share of rounded values strictly below each ``x``."""
        return self._share(x, self.law.below, above=False)

    @property
    def _mass(self) -> tuple[float, float]:
        """The shares of the law below the lower and at or below the upper bound."""
        ends = np.array([self.low, self.high])
        start = 0.0 if np.isinf(self.low) else float(self.law.below(ends[:1])[0])
        end = 1.0 if np.isinf(self.high) else float(self.law.cdf(ends[1:])[0])
        return start, end

    @property
    def mass(self) -> float:
        """The share of the law that lies within the bounds."""
        start, end = self._mass
        return end - start

    @property
    def _ends(self) -> tuple[float, float]:
        """The least and the greatest value: the outermost round numbers within the bounds."""
        if self.decimals is None:
            return self.low, self.high
        unit = 10.0**-self.decimals
        # A bound such as 0.3 is no exact multiple of its unit in binary.
        low = np.ceil(self.low / unit - 1e-9) * unit
        high = np.floor(self.high / unit + 1e-9) * unit
        return float(np.round(low, self.decimals)), float(np.round(high, self.decimals))

    def _share(self, x: Floats, of: Any, *, above: bool) -> Floats:
        """Return the shares up to rounded values.

        A rounded value stands for all that round to it, an end also for what lies beyond.
        """
        half = 0.0 if self.decimals is None or self._is_whole else 0.5 * 10.0**-self.decimals
        share = np.asarray(of(x + half if above else x - half), dtype=np.float64)
        if not self.clip:
            start, end = self._mass
            share = np.clip((share - start) / (end - start), 0.0, 1.0)
        least, most = self._ends
        # Values are compared with half a step of room: they may come from JSON.
        room = half or 0.0
        under = x < least - room if above else x <= least + room * 0.5
        over = x >= most - room * 0.5 if above else x > most + room
        return np.where(over, 1.0, np.where(under, 0.0, share))

    @property
    def _is_whole(self) -> bool:
        return isinstance(self.law, _Discrete)


def marginal(distribution: Distribution, decimals: int | None) -> Marginal:
    """Return the marginal of a distribution; of ``categorical`` over its values' positions."""
    low = -np.inf if distribution.low is None else distribution.low
    high = np.inf if distribution.high is None else distribution.high
    return Marginal(law_of(distribution), low, high, distribution.clip, decimals)


def law_of(distribution: Distribution) -> BaseDistribution:
    """Return the distribution without its bounds."""
    p = distribution.params
    match distribution.family:
        case "categorical":
            points = np.arange(len(distribution.weights), dtype=np.float64)
            return _Stepped(points, _cumulative(distribution.weights))
        case "histogram":
            heights = np.concatenate(([0.0], _cumulative(distribution.weights)))
            return _Piecewise(np.asarray(distribution.edges), heights)
        case "mixture":
            parts = tuple(_part_law(part) for part in distribution.parts)
            return _Mixture(parts, distribution.weights)
        # SciPy's ``zipf`` has no end: a bounded one is a table.
        case "zipf" if "max" in p:
            return _bounded_zipf(p["a"], int(p["max"]))
        case "poisson" | "binomial" | "geometric" | "zipf":
            return _Discrete(_DISCRETE[distribution.family](p))
        case family:
            return _Continuous(_CONTINUOUS[family](p))


_CONTINUOUS: Final[dict[str, Any]] = {
    "normal": lambda p: stats.norm(p["mean"], p["sd"]),
    "lognormal": lambda p: stats.lognorm(p["sigma"], scale=np.exp(p["mu"])),
    "uniform": lambda p: stats.uniform(p["min"], p["max"] - p["min"]),
    "exponential": lambda p: stats.expon(scale=p["mean"]),
    "gamma": lambda p: stats.gamma(p["shape"], scale=p["scale"]),
    "beta": lambda p: stats.beta(
        p["a"], p["b"], p.get("min", 0.0), p.get("max", 1.0) - p.get("min", 0.0)
    ),
    "pareto": lambda p: stats.pareto(p["alpha"], scale=p["min"]),
    "weibull": lambda p: stats.weibull_min(p["shape"], scale=p["scale"]),
    "triangular": lambda p: stats.triang(
        (p["mode"] - p["min"]) / (p["max"] - p["min"]), p["min"], p["max"] - p["min"]
    ),
}
_DISCRETE: Final[dict[str, Any]] = {
    "poisson": lambda p: stats.poisson(p["mean"]),
    "binomial": lambda p: stats.binom(int(p["n"]), p["p"]),
    "geometric": lambda p: stats.geom(p["p"]),
    "zipf": lambda p: _Zipf(p["a"]),
}


@dataclass(frozen=True, slots=True)
class _Zipf:
    """The Zipf distribution P(k) ~ k^-a, over all whole numbers from 1.

    SciPy's ``zipf.ppf`` searches one value at a time, and with a heavy tail never ends.
    """

    a: float

    def cdf(self, k: Floats) -> Floats:
        # The share above k is ζ(a, k + 1) / ζ(a), with Hurwitz's zeta function.
        share = 1.0 - zeta(self.a, np.maximum(k, 0.0) + 1.0) / zeta(self.a, 1.0)
        return np.where(k < 1, 0.0, share)

    def ppf(self, u: Floats) -> Floats:
        # Bisection over the whole numbers that a double counts exactly.
        low, high = np.zeros_like(u), np.full_like(u, 2.0**53)
        while np.any(high - low > 1):
            middle = np.floor((low + high) / 2)
            enough = self.cdf(middle) >= u
            settled = high - low <= 1
            high = np.where(enough & ~settled, middle, high)
            low = np.where(~enough & ~settled, middle, low)
        return high


def _bounded_zipf(a: float, most: int) -> BaseDistribution:
    points = np.arange(1, most + 1, dtype=np.float64)
    return _Stepped(points, _cumulative(list(points**-a)))


def _part_law(part: Distribution) -> BaseDistribution:
    bounded = part.low is not None or part.high is not None
    return marginal(part, None) if bounded else law_of(part)


def _cumulative(weights: Sequence[float]) -> Floats:
    summed = np.cumsum(np.asarray(weights, dtype=np.float64))
    return np.asarray(summed / summed[-1], dtype=np.float64)
