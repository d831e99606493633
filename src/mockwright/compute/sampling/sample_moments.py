"""Moments of a marginal, and p-values for moments of a sample of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.special import gammainc, gammaincc, ndtr

from mockwright.compute.sampling.marginals import Floats, Marginal

_SCORES: Final = np.linspace(-8.2, 8.2, 4_001)
"""Normal scores; even steps of these reach far into both tails, even steps of shares do not."""
_WEIGHTS: Final = np.exp(-(_SCORES**2) / 2) / np.exp(-(_SCORES**2) / 2).sum()
"""The share of each score: the normal density, normalised."""
_WHOLE: Final = 1.0 - 1e-9
"""What the shares of all values sum to, up to arithmetic."""


@dataclass(frozen=True, slots=True)
class Moments:
    """The moments of a marginal with its bounds and rounding, computed numerically.

    They are NaN or vast where the distribution has none. ``of_square`` has those of (x - mean)²,
    which the variance of a sample is a mean of.
    """

    mean: float
    sd: float
    skewness: float
    of_square: Moments | None = None


def moments(marginal: Marginal) -> Moments:
    """Return the moments as sums over all values, or over 4,001 quantiles if there are more."""
    values, weights = marginal.ppf(ndtr(_SCORES)), _WEIGHTS
    distinct = np.unique(values)
    shares = marginal.cdf(distinct) - marginal.below(distinct)
    if shares.sum() >= _WHOLE:
        values, weights = distinct, shares / shares.sum()
    plain = of(values, weights)
    square = of((values - plain.mean) ** 2, weights)
    return Moments(plain.mean, plain.sd, plain.skewness, square)


def of(values: Floats, weights: Floats) -> Moments:
    """Return the moments of values with weights that sum to 1."""
    mean = float(values @ weights)
    off = values - mean
    variance = float((off**2) @ weights)
    sd = float(np.sqrt(variance))
    skewness = float((off**3) @ weights) / sd**3 if sd > 0 else 0.0
    return Moments(mean, sd, skewness)


def two_sided(score: float, skewness: float = 0.0) -> float:
    """Return the two-sided p-value of a statistic in standard errors, whose own skewness is known.

    It is taken from a Pearson type III curve (a shifted gamma distribution) of that skewness, which
    is the normal one at 0: means of skewed values stray further to one side than a normal curve
    allows, even a thousand of them.
    """
    if abs(skewness) < 1e-3:
        return float(2 * ndtr(-abs(score)))
    if skewness < 0:
        score, skewness = -score, -skewness
    # A gamma distribution of shape k has the skewness 2 / sqrt(k).
    shape = 4.0 / skewness**2
    at = max(0.0, shape + score * np.sqrt(shape))
    return min(1.0, 2 * float(min(gammainc(shape, at), gammaincc(shape, at))))
