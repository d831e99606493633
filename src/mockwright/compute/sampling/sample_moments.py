"""Moments of a marginal, and how far the moments of a sample stray from them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.special import gammainc, gammaincc, ndtr

from mockwright.compute.sampling.marginals import Floats, Marginal

_SCORES: Final = np.linspace(-8.2, 8.2, 4_001)
"""Normal scores: even steps of these reach far into both tails, even steps of shares do not."""
_WEIGHTS: Final = np.exp(-(_SCORES**2) / 2) / np.exp(-(_SCORES**2) / 2).sum()
_WHOLE: Final = 1.0 - 1e-9
"""What the shares of all values sum to, up to arithmetic."""


@dataclass(frozen=True, slots=True)
class Moments:
    """Of a marginal with its bounds and its rounding, by numbers; NaN or vast where there is none.

    ``of_square`` has the same of (x - mean)², which the variance of a sample is a mean of.
    """

    mean: float
    sd: float
    skewness: float
    of_square: Moments | None = None


def moments(marginal: Marginal) -> Moments:
    """As sums over its values, or over 4,001 quantiles where it has more than those."""
    values, weights = marginal.ppf(ndtr(_SCORES)), _WEIGHTS
    distinct = np.unique(values)
    shares = marginal.cdf(distinct) - marginal.below(distinct)
    if shares.sum() >= _WHOLE:
        values, weights = distinct, shares / shares.sum()
    plain = of(values, weights)
    square = of((values - plain.mean) ** 2, weights)
    return Moments(plain.mean, plain.sd, plain.skewness, square)


def of(values: Floats, weights: Floats) -> Moments:
    """Of values with weights that sum to 1."""
    mean = float(values @ weights)
    off = values - mean
    variance = float((off**2) @ weights)
    sd = float(np.sqrt(variance))
    skewness = float((off**3) @ weights) / sd**3 if sd > 0 else 0.0
    return Moments(mean, sd, skewness)


def two_sided(score: float, skewness: float = 0.0) -> float:
    """The p-value of a statistic in standard errors, whose own skewness is known.

    By a Pearson type III curve of that skewness, which is the normal one at 0: means of skewed
    values stray further to one side than a normal curve allows, even a thousand of them.
    """
    if abs(skewness) < 1e-3:
        return float(2 * ndtr(-abs(score)))
    if skewness < 0:
        score, skewness = -score, -skewness
    shape = 4.0 / skewness**2
    at = max(0.0, shape + score * np.sqrt(shape))
    return min(1.0, 2 * float(min(gammainc(shape, at), gammaincc(shape, at))))
