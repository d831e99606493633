"""Tests of correlations, by Fisher's z. Needs NumPy and SciPy.

Where the columns are not as good as normal, the error of z is found by a parametric bootstrap from
a Gaussian copula of the columns.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import stats
from scipy.special import ndtr

from mockwright.compute.checks.fit_tests import Sample
from mockwright.compute.checks.report import Test, exact
from mockwright.compute.checks.share_tests import LEAST
from mockwright.compute.sampling.copula import aim
from mockwright.compute.sampling.marginals import Floats
from mockwright.compute.sampling.sample_moments import of, two_sided
from mockwright.compute.spec.spec import Column, Correlation, Distribution, Path, Scale, Spec

_MOST: Final = 4_000
"""The most pairs in one repeat of a bootstrap."""
_GLANCE: Final = 150
"""Repeats that show whether more of them could matter."""
_REPEATS: Final = 1_000
"""Repeats that decide, for up to a thousand pairs; fewer for more."""
_CLOSE: Final = 2.0
"""Standard errors up to which nothing is going to fail."""
_SIGNS: Final = {"is": "is", "at_least": "is at least", "at_most": "is at most"}
_GRID: Final = np.linspace(-8.2, 8.2, 2_001)
"""Normal scores at which a column's curve is tabulated."""
_NODES: Final = np.linspace(-8.2, 8.2, 165)
"""Normal scores of the quadrature over both columns."""
_SKEWED, _TAILED = 0.3, 0.5
"""Skewness and excess kurtosis of a column up to which Fisher's z is as good as normal."""


def pair_tests(
    spec: Spec,
    numbers: Mapping[Path, Floats],
    redrawn: Mapping[Path, float],
    rng: np.random.Generator,
) -> Iterator[Test]:
    """Yield one test for each correlation, over the items that have both values."""
    for one in spec.correlations:
        if one.a in numbers and one.b in numbers:
            bent = min(1.0, redrawn.get(one.a, 0.0) + redrawn.get(one.b, 0.0))
            yield _pair_test(one, spec, numbers[one.a], numbers[one.b], bent, rng)
        else:
            note = "one of them is not there, or holds something else"
            yield exact(_names(one), _sentence(one), one.measure, passed=False, note=note)


def _names(one: Correlation) -> tuple[str, str]:
    return ".".join(one.a), ".".join(one.b)


def _sentence(one: Correlation) -> str:
    measure = "R2" if one.measure == "r2" else f"the {one.measure.title()} correlation"
    what = f"{measure} of {' and '.join(_names(one))} {_SIGNS[one.relation]} {one.target:g}"
    if one.scales != ("raw", "raw"):
        what += f" (scales: {one.scales[0]}, {one.scales[1]})"
    return what + (", the one falling as the other rises" if one.negative else "")


def _pair_test(
    one: Correlation, spec: Spec, a: Floats, b: Floats, bent: float, rng: np.random.Generator
) -> Test:
    there = ~(np.isnan(a) | np.isnan(b))
    a, b = _on_scale(a[there], one.scales[0]), _on_scale(b[there], one.scales[1])
    if len(a) < LEAST:
        note = f"too few items to tell: {len(a)}"
        return Test(_names(one), _sentence(one), one.measure, True, 1.0, note=note)
    r = _coefficient(one, a, b)
    if not np.isfinite(r):
        note = "one of them does not vary, or has no logarithm"
        return exact(_names(one), _sentence(one), one.measure, passed=False, note=note)
    if one.relation == "is":
        return _closeness_test(one, spec, (a, b), r, bent, rng)
    found = r * r if one.measure == "r2" else r
    held = found >= one.target if one.relation == "at_least" else found <= one.target
    if one.measure == "r2" and one.relation == "at_least":
        held = held and (r < 0) == one.negative
    # A bound holds or not: the sampler aims beyond it, so that chance plays no part.
    short = 0.0 if held else abs(found - one.target) / 2
    return Test(
        _names(one), _sentence(one), one.measure, held, 1.0 - short,
        expected=one.target, found=round(found, 4),
    )  # fmt: skip


def _coefficient(one: Correlation, a: Floats, b: Floats) -> float:
    """Return Pearson's r; for Spearman that of the ranks."""
    if one.measure == "spearman":
        a, b = stats.rankdata(a), stats.rankdata(b)
    a, b = a - a.mean(), b - b.mean()
    return float((a @ b) / np.sqrt((a @ a) * (b @ b)))


def _on_scale(values: Floats, scale: Scale) -> Floats:
    """Return values or their logarithms; NaN or infinite where there is none."""
    scaled: Floats = values if scale == "raw" else np.log(values)
    return scaled


def _closeness_test(
    one: Correlation, spec: Spec, values: tuple[Floats, Floats], r: float, bent: float,
    rng: np.random.Generator,
) -> Test:  # fmt: skip
    """Return a test of whether Fisher's z of what was found is near that of the target."""
    target, count = aim(one), len(values[0])
    off = _z(r) - _z(target)
    # By how much the values that were drawn again may have moved it.
    off = float(np.sign(off)) * max(0.0, abs(off) - bent)
    a, b = (
        _curve_of(spec.column(path), scale, part)
        for path, scale, part in zip((one.a, one.b), one.scales, values, strict=True)
    )
    if one.measure == "spearman":
        # The variance of z of a rank correlation is (1 + r² / 2) / (n - 3).
        score = off / float(np.sqrt((1 + target**2 / 2) / (count - 3)))
        p, note = two_sided(score), "Fisher's z, its error by Bonett and Wright (2000)"
    elif a.is_normal and b.is_normal:
        # The variance of z of normal columns is 1 / (n - 3) (Fisher, 1921).
        score = off * float(np.sqrt(count - 3))
        p, note = two_sided(score), "Fisher's z"
    else:
        score, p = _bootstrap(off, a, b, target, count, rng)
        note = "Fisher's z, its error by parametric bootstrap: the columns are not normal"
    found = r * r if one.measure == "r2" else r
    return Test(
        _names(one), _sentence(one), one.measure, True, 1.0 - abs(r - target) / 2,
        statistic=score, p=p, expected=one.target, found=round(found, 4), note=note,
    )  # fmt: skip


def _z(r: float) -> float:
    """Return Fisher's transformation artanh(r), bounded where it is infinite."""
    return float(np.arctanh(np.clip(r, -0.9999, 0.9999)))


@dataclass(frozen=True, slots=True)
class _Curve:
    """A column as a rising function of a normal number."""

    at: Floats
    """Its values over ``_GRID``."""

    def __call__(self, normal: Floats) -> Floats:
        return np.interp(normal, _GRID, self.at)

    @property
    def is_normal(self) -> bool:
        """Whether the column is as good as normally distributed."""
        weights = _density(_GRID)
        plain = of(self.at, weights)
        fourth = float(((self.at - plain.mean) ** 4) @ weights) / plain.sd**4
        return abs(plain.skewness) < _SKEWED and abs(fourth - 3) < _TAILED


def _curve_of(column: Column | None, scale: Scale, values: Floats) -> _Curve:
    """Return a column's curve by its distribution, else by the quantiles of its values."""
    if column is not None and isinstance(column.source, Distribution):
        sample = Sample(column, column.source, values)
        drawn = _on_scale(sample.marginal.ppf(ndtr(_GRID)), scale)
        if np.isfinite(drawn).all() and not column.source.assumed:
            return _Curve(drawn)
    return _Curve(np.quantile(values, ndtr(_GRID)))


def _density(normal: Floats) -> Floats:
    """Return the normal density at these scores, normalised to sum to 1."""
    density = np.exp(-(normal**2) / 2)
    shares: Floats = density / density.sum()
    return shares


def _bootstrap(
    off: float, a: _Curve, b: _Curve, target: float, count: int, rng: np.random.Generator
) -> tuple[float, float]:
    """Return the score in standard errors and its p-value, by samples of a copula with the target.

    The p-value is the share of samples that stray as far; beyond all of them it is that of a curve.
    """
    rho, reached = _normal_correlation(a, b, target)
    strays = _simulated_z(a, b, rho, count, _GLANCE, rng) - _z(reached)
    # Most correlations are right, and need no more than a glance.
    if abs(off - float(strays.mean())) > _CLOSE * float(strays.std()):
        more = min(_REPEATS, _REPEATS * 1_000 // min(count, _MOST))
        strays = _simulated_z(a, b, rho, count, more, rng) - _z(reached)
    # Bias shrinks with the number of pairs, the error with its root.
    bias, smaller = float(strays.mean()), min(count, _MOST) / count
    strays = bias * smaller + (strays - bias) * np.sqrt(smaller)
    found = of(strays, np.full(len(strays), 1 / len(strays)))
    score = (off - found.mean) / max(found.sd, 1e-9)
    nearer = min(int((strays <= off).sum()), int((strays >= off).sum()))
    if nearer:
        # The sample itself counts as one of the repeats (Davison and Hinkley, 1997, section 4.2).
        return score, min(1.0, 2 * (nearer + 1) / (len(strays) + 1))
    return score, min(2 / (len(strays) + 1), two_sided(score, found.skewness))


def _simulated_z(
    a: _Curve, b: _Curve, rho: float, count: int, repeats: int, rng: np.random.Generator
) -> Floats:
    """Return Fisher's z of samples of a Gaussian copula of the columns."""
    first, second = rng.standard_normal((2, repeats, min(count, _MOST)))
    x, y = a(first), b(rho * first + np.sqrt(1 - rho**2) * second)
    x, y = x - x.mean(axis=1, keepdims=True), y - y.mean(axis=1, keepdims=True)
    spread = np.sqrt((x * x).sum(axis=1) * (y * y).sum(axis=1))
    r = (x * y).sum(axis=1) / np.where(spread > 0, spread, 1.0)
    return np.asarray(np.arctanh(np.clip(r, -0.9999, 0.9999)), dtype=np.float64)


def _normal_correlation(a: _Curve, b: _Curve, target: float) -> tuple[float, float]:
    """Return the normal numbers' correlation, by bisection, and what the columns have by it."""
    low, high = -1.0, 1.0
    for _ in range(24):
        rho = (low + high) / 2
        reached = _correlation_at(a, b, rho)
        low, high = (low, rho) if reached >= target else (rho, high)
    return rho, reached


def _correlation_at(a: _Curve, b: _Curve, rho: float) -> float:
    """Return the columns' correlation when their normal numbers have the correlation ``rho``."""
    weights = _density(_NODES)
    x = a(_NODES)
    y = b(rho * _NODES[:, None] + np.sqrt(1 - rho**2) * _NODES[None, :])
    x_of, y_of = of(x, weights), of(b(_NODES), weights)
    covariance = float(((x - x_of.mean) * weights) @ ((y - y_of.mean) @ weights))
    spread = x_of.sd * y_of.sd
    return covariance / spread if spread > 0 else 0.0
