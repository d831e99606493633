"""Tests of how two columns go together. Needs NumPy and SciPy."""

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
"""Pairs in one repeat of a bootstrap."""
_GLANCE: Final = 150
"""Repeats that show whether more of them could matter."""
_REPEATS: Final = 1_000
_CLOSE: Final = 2.0
"""Standard errors up to which nothing is going to fail."""
_SIGNS: Final = {"is": "is", "at_least": "is at least", "at_most": "is at most"}
_GRID: Final = np.linspace(-8.2, 8.2, 2_001)
_NODES: Final = np.linspace(-8.2, 8.2, 165)
_SKEWED, _TAILED = 0.3, 0.5
"""Skewness and excess of a column up to which Fisher's z is as good as normal."""


def pair_tests(
    spec: Spec,
    numbers: Mapping[Path, Floats],
    redrawn: Mapping[Path, float],
    rng: np.random.Generator,
) -> Iterator[Test]:
    """One test for each correlation, over the items that have both values."""
    for one in spec.correlations:
        if one.a in numbers and one.b in numbers:
            bent = min(1.0, redrawn.get(one.a, 0.0) + redrawn.get(one.b, 0.0))
            yield _pair(one, spec, numbers[one.a], numbers[one.b], bent, rng)
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


def _pair(
    one: Correlation, spec: Spec, a: Floats, b: Floats, bent: float, rng: np.random.Generator
) -> Test:
    there = ~(np.isnan(a) | np.isnan(b))
    a, b = _scaled(a[there], one.scales[0]), _scaled(b[there], one.scales[1])
    if len(a) < LEAST:
        note = f"too few items to tell: {len(a)}"
        return Test(_names(one), _sentence(one), one.measure, True, 1.0, note=note)
    r = _measured(one, a, b)
    if not np.isfinite(r):
        note = "one of them does not vary, or has no logarithm"
        return exact(_names(one), _sentence(one), one.measure, passed=False, note=note)
    if one.relation == "is":
        return _close(one, spec, (a, b), r, bent, rng)
    found = r * r if one.measure == "r2" else r
    held = found >= one.target if one.relation == "at_least" else found <= one.target
    if one.measure == "r2" and one.relation == "at_least":
        held = held and (r < 0) == one.negative
    short = 0.0 if held else abs(found - one.target) / 2
    return Test(
        _names(one), _sentence(one), one.measure, held, 1.0 - short,
        expected=one.target, found=round(found, 4),
    )  # fmt: skip


def _measured(one: Correlation, a: Floats, b: Floats) -> float:
    if one.measure == "spearman":
        a, b = stats.rankdata(a), stats.rankdata(b)
    a, b = a - a.mean(), b - b.mean()
    return float((a @ b) / np.sqrt((a @ a) * (b @ b)))


def _scaled(values: Floats, scale: Scale) -> Floats:
    """NaN or infinite where there is no logarithm."""
    scaled: Floats = values if scale == "raw" else np.log(values)
    return scaled


def _close(
    one: Correlation, spec: Spec, values: tuple[Floats, Floats], r: float, bent: float,
    rng: np.random.Generator,
) -> Test:  # fmt: skip
    """By how many standard errors Fisher's z of what was found is off."""
    target, count = aim(one), len(values[0])
    off = _z(r) - _z(target)
    off = float(np.sign(off)) * max(0.0, abs(off) - bent)
    a, b = (
        _curve(spec.column(path), scale, part)
        for path, scale, part in zip((one.a, one.b), one.scales, values, strict=True)
    )
    if one.measure == "spearman":
        score = off / float(np.sqrt((1 + target**2 / 2) / (count - 3)))
        p, note = two_sided(score), "Fisher's z, its error by Bonett and Wright (2000)"
    elif a.is_normal and b.is_normal:
        score = off * float(np.sqrt(count - 3))
        p, note = two_sided(score), "Fisher's z"
    else:
        score, p = _bootstrapped(off, a, b, target, count, rng)
        note = "Fisher's z, its error by parametric bootstrap: the columns are not normal"
    found = r * r if one.measure == "r2" else r
    return Test(
        _names(one), _sentence(one), one.measure, True, 1.0 - abs(r - target) / 2,
        statistic=score, p=p, expected=one.target, found=round(found, 4), note=note,
    )  # fmt: skip


def _z(r: float) -> float:
    """Fisher's transformation."""
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


def _curve(column: Column | None, scale: Scale, values: Floats) -> _Curve:
    """By the column's distribution; by the values themselves where it has not one."""
    if column is not None and isinstance(column.source, Distribution):
        sample = Sample(column, column.source, values)
        drawn = _scaled(sample.marginal.ppf(ndtr(_GRID)), scale)
        if np.isfinite(drawn).all() and not column.source.assumed:
            return _Curve(drawn)
    return _Curve(np.quantile(values, ndtr(_GRID)))


def _density(normal: Floats) -> Floats:
    density = np.exp(-(normal**2) / 2)
    shares: Floats = density / density.sum()
    return shares


def _bootstrapped(
    off: float, a: _Curve, b: _Curve, target: float, count: int, rng: np.random.Generator
) -> tuple[float, float]:
    """The score, and the share of repeats that stray as far; beyond all of them by a curve."""
    rho, reached = _copula(a, b, target)
    strays = _strays(a, b, rho, count, _GLANCE, rng) - _z(reached)
    if abs(off - float(strays.mean())) > _CLOSE * float(strays.std()):
        more = min(_REPEATS, _REPEATS * 1_000 // min(count, _MOST))
        strays = _strays(a, b, rho, count, more, rng) - _z(reached)
    # Bias shrinks with the number of pairs, the error with its root.
    bias, smaller = float(strays.mean()), min(count, _MOST) / count
    strays = bias * smaller + (strays - bias) * np.sqrt(smaller)
    found = of(strays, np.full(len(strays), 1 / len(strays)))
    score = (off - found.mean) / max(found.sd, 1e-9)
    nearer = min(int((strays <= off).sum()), int((strays >= off).sum()))
    if nearer:
        return score, min(1.0, 2 * (nearer + 1) / (len(strays) + 1))
    return score, min(2 / (len(strays) + 1), two_sided(score, found.skewness))


def _strays(
    a: _Curve, b: _Curve, rho: float, count: int, repeats: int, rng: np.random.Generator
) -> Floats:
    """Fisher's z of samples of a Gaussian copula of the columns."""
    first, second = rng.standard_normal((2, repeats, min(count, _MOST)))
    x, y = a(first), b(rho * first + np.sqrt(1 - rho**2) * second)
    x, y = x - x.mean(axis=1, keepdims=True), y - y.mean(axis=1, keepdims=True)
    spread = np.sqrt((x * x).sum(axis=1) * (y * y).sum(axis=1))
    r = (x * y).sum(axis=1) / np.where(spread > 0, spread, 1.0)
    return np.asarray(np.arctanh(np.clip(r, -0.9999, 0.9999)), dtype=np.float64)


def _copula(a: _Curve, b: _Curve, target: float) -> tuple[float, float]:
    """The correlation of the normal numbers, and what the columns have by it (by bisection)."""
    low, high = -1.0, 1.0
    for _ in range(24):
        rho = (low + high) / 2
        reached = _outcome(a, b, rho)
        low, high = (low, rho) if reached >= target else (rho, high)
    return rho, reached


def _outcome(a: _Curve, b: _Curve, rho: float) -> float:
    weights = _density(_NODES)
    x = a(_NODES)
    y = b(rho * _NODES[:, None] + np.sqrt(1 - rho**2) * _NODES[None, :])
    x_of, y_of = of(x, weights), of(b(_NODES), weights)
    covariance = float(((x - x_of.mean) * weights) @ ((y - y_of.mean) @ weights))
    spread = x_of.sd * y_of.sd
    return covariance / spread if spread > 0 else 0.0
