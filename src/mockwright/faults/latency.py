"""Distributions of latency, in seconds."""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Protocol

from mockwright.faults.parse_node import ScriptNode
from mockwright.rng import Rng

_Z95: Final = 1.6448536269514722
"""The 95th percentile of the standard normal distribution."""
_MAX_ROWS: Final = 100
"""The most rows of a table of percentiles."""
# "95", "p95", "p99.9". Not "95%".
_PERCENTILE: Final = re.compile(r"p?([0-9]{1,3}(?:\.[0-9]{1,6})?)")


class Latency(Protocol):
    """How long answers take."""

    def draw(self, rng: Rng) -> float:
        """Return seconds, 0 or more, of any size."""


@dataclass(frozen=True, slots=True)
class Fixed:
    """Always the same time."""

    seconds: float

    def draw(self, rng: Rng) -> float:
        """Return the one time, in seconds."""
        return self.seconds


@dataclass(frozen=True, slots=True)
class Uniform:
    """Any time between two, each as likely."""

    low: float
    high: float

    def draw(self, rng: Rng) -> float:
        """Return a time between the two, in seconds."""
        return rng.uniform(self.low, self.high)


@dataclass(frozen=True, slots=True)
class Lognormal:
    """A time whose logarithm is normal: mostly short, with a long tail, as services are."""

    mu: float
    """The mean of the logarithm."""
    sigma: float
    """The standard deviation of the logarithm."""

    @classmethod
    def by_p95(cls, median: float, p95: float) -> Lognormal:
        """Return the one of which half is below ``median`` and 95 % below ``p95``, in seconds."""
        # p95 = exp(mu + z sigma), and the median is exp(mu).
        return cls(math.log(median), math.log(p95 / median) / _Z95)

    @classmethod
    def by_median(cls, median: float, sigma: float) -> Lognormal:
        """Return the one of which half is below ``median`` seconds."""
        return cls(math.log(median), sigma)

    @classmethod
    def by_mean(cls, mean: float, sigma: float) -> Lognormal:
        """Return the one whose own mean, not that of its logarithm, is ``mean`` seconds."""
        # mean = exp(mu + sigma² / 2)
        return cls(math.log(mean) - sigma * sigma / 2, sigma)

    def draw(self, rng: Rng) -> float:
        """Return a time above 0, in seconds."""
        return math.exp(rng.normal(self.mu, self.sigma))


@dataclass(frozen=True, slots=True)
class Percentiles:
    """A table of percentiles, as monitoring shows it.

    Between two of them the time grows linearly. Below the lowest every answer takes the lowest
    time, above the highest the highest: what the table does not say does not happen. Who wants more
    of a tail gives the percentiles 0 and 100 too.
    """

    table: tuple[tuple[float, float], ...]
    """Percentile, from 0 to 100, and seconds; both ascending."""

    def draw(self, rng: Rng) -> float:
        """Return seconds, by inversion of the table."""
        return self.at(100 * rng.random())

    def at(self, percentile: float) -> float:
        """Return the seconds that so many of 100 answers take at most."""
        index = bisect_right(self.table, percentile, key=lambda row: row[0])
        if index == 0:
            return self.table[0][1]
        if index == len(self.table):
            return self.table[-1][1]
        (below, low), (above, high) = self.table[index - 1 : index + 1]
        return low + (high - low) * (percentile - below) / (above - below)


def read_latency(node: ScriptNode, most: float) -> Latency:
    """Return a distribution as it is written, of times up to ``most`` seconds.

    Raises :class:`FaultScriptError`.
    """
    if not isinstance(node.value, dict):
        return Fixed(node.seconds(most))
    kinds = ("fixed", "uniform", "lognormal", "percentiles")
    given = node.members(kinds, "a time or a distribution")
    if len(given) != 1:
        node.fail(f"expected exactly one of {', '.join(kinds)}")
    kind, inner = next(iter(given.items()))
    if kind == "fixed":
        return Fixed(inner.seconds(most))
    if kind == "uniform":
        return _uniform(inner, most)
    return _lognormal(inner, most) if kind == "lognormal" else _percentiles(inner, most)


def _uniform(node: ScriptNode, most: float) -> Uniform:
    low, high = (bound.seconds(most) for bound in node.items(2, 2, "times"))
    if low > high:
        node.refuse("the lower time first")
    return Uniform(low, high)


def _lognormal(node: ScriptNode, most: float) -> Lognormal:
    names = ("median", "p95", "mean", "sigma")
    given = node.members(names, f"an object of two of {', '.join(names)}")
    least = 1e-6  # the logarithm of 0 is none
    match tuple(sorted(given)):
        case ("median", "p95"):
            median = given["median"].seconds(most, least)
            return Lognormal.by_p95(median, given["p95"].seconds(most, median))
        case ("median", "sigma"):
            return Lognormal.by_median(given["median"].seconds(most, least), _sigma(given))
        case ("mean", "sigma"):
            return Lognormal.by_mean(given["mean"].seconds(most, least), _sigma(given))
    return node.fail("expected median and p95, median and sigma, or mean and sigma")


def _sigma(given: dict[str, ScriptNode]) -> float:
    """Return sigma; beyond 10 a float soon cannot hold the times any more."""
    return given["sigma"].number(0, 10)


def _percentiles(node: ScriptNode, most: float) -> Percentiles:
    if not isinstance(node.value, dict) or not 1 <= len(node.value) <= _MAX_ROWS:
        node.refuse(f"an object of 1 to {_MAX_ROWS} percentiles and their times")
    rows = sorted(
        (_percentile(node, name), node.at(name, value).seconds(most))
        for name, value in node.value.items()
    )
    for (below, low), (above, high) in pairwise(rows):
        if below == above or low > high:
            node.fail(f"the times have to grow with the percentiles; at {above:g} they do not")
    return Percentiles(tuple(rows))


def _percentile(node: ScriptNode, name: object) -> float:
    """Return a percentile, written as ``95`` or ``p95``."""
    match = _PERCENTILE.fullmatch(str(name))
    if match is None or float(match[1]) > 100:
        node.at(name, None).fail("expected a percentile from 0 to 100, such as 95 or 99.9")
    return float(match[1])
