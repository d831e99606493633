"""Tests of time series and of noise. Needs NumPy and SciPy."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
from scipy.special import chdtrc

from mockwright.compute.checks.column_values import unit
from mockwright.compute.checks.exact_tests import beyond_rounding, name_of
from mockwright.compute.checks.report import Method, Test, exact
from mockwright.compute.checks.share_tests import LEAST
from mockwright.compute.sampling.marginals import Floats
from mockwright.compute.sampling.sample_moments import two_sided
from mockwright.compute.spec.spec import Column, Series
from mockwright.types import Json

_PARTS: Final[tuple[Method, ...]] = ("level", "trend")


def series_tests(column: Column, source: Series, numbers: Floats) -> Iterator[Test]:
    """Yield tests of level, trend and season by least squares, and of what is left as noise.

    The noise is normal and its standard deviation is given, so that each test is exact up to
    rounding: what least squares finds strays from what was asked with a known covariance.
    """
    there = ~np.isnan(numbers)
    wanted = wanted_of(source, len(numbers))
    off = numbers - wanted
    if not source.noise:
        what = f"{_describe(column, source)}, without noise"
        wrong = int(beyond_rounding(off, wanted, column)[there].sum())
        yield exact((name_of(column),), what, "sequence", passed=not wrong, expected=0, found=wrong)
        return
    i = np.arange(len(numbers), dtype=np.float64)
    # Centred, so that level and trend are independent of each other.
    basis = [np.ones_like(i), i - (len(i) - 1) / 2]
    if source.period:
        turn = 2 * np.pi / source.period
        basis += [np.sin(turn * i), np.cos(turn * i)]
    yield from _regression(column, source, np.stack(basis, axis=1)[there], off[there])


def wanted_of(source: Series, count: int) -> Floats:
    """Return the series without its noise."""
    i = np.arange(count, dtype=np.float64)
    wanted: Floats = source.level + source.trend * i
    if source.period:
        wanted += source.amplitude * np.sin(2 * np.pi * (i + source.phase) / source.period)
    return wanted


def _regression(column: Column, source: Series, basis: Floats, off: Floats) -> Iterator[Test]:
    """Yield the tests of a series, by regressing its deviations ``off`` on ``basis``."""
    count, size = basis.shape
    # Fewer items leave too few degrees of freedom for the noise.
    if count < max(LEAST, 2 * size):
        note = f"too few items to tell: {count}"
        what = _describe(column, source)
        yield Test((name_of(column),), what, "residuals", True, 1.0, note=note)
        return
    noise = _with_rounding(source.noise, column)
    strays: Floats = np.asarray(np.linalg.lstsq(basis, off, rcond=None)[0], dtype=np.float64)
    inverse: Floats = np.asarray(np.linalg.pinv(basis.T @ basis), dtype=np.float64)
    # The covariance of least squares is sd² (X'X)^-1.
    covariance = inverse * noise**2
    middle = source.level + source.trend * (count - 1) / 2
    for k, (method, wanted) in enumerate(zip(_PARTS, (middle, source.trend), strict=True)):
        error = float(np.sqrt(covariance[k, k]))
        yield _part_test(column, method, wanted, float(strays[k]), error)
    if size > 2:
        yield _season_test(column, source, strays[2:], covariance[2:, 2:])
    what = f"the noise of {name_of(column)}"
    yield _spread_test(column, what, source.noise, off - basis @ strays, count - size)


def _part_test(column: Column, method: Method, wanted: float, stray: float, error: float) -> Test:
    name = name_of(column)
    place = "in the middle" if method == "level" else "an item"
    return Test(
        (name,), f"the {method} of {name} is {wanted:.6g} {place}", method, True,
        1.0 - min(1.0, abs(stray) / (abs(wanted) or 1.0)),
        statistic=stray / error, p=two_sided(stray / error),
        expected=float(f"{wanted:.6g}"), found=float(f"{wanted + stray:.6g}"),
    )  # fmt: skip


def _season_test(column: Column, source: Series, strays: Floats, covariance: Floats) -> Test:
    """Return a test of amplitude and phase together: Wald's, with two degrees of freedom."""
    angle = 2 * np.pi * source.phase / source.period
    # a sin(wt + p) = a cos(p) sin(wt) + a sin(p) cos(wt)
    asked = source.amplitude * np.array([np.cos(angle), np.sin(angle)])
    statistic = float(strays @ np.linalg.pinv(covariance) @ strays)
    found = float(np.hypot(*(asked + strays)))
    apart = float(np.hypot(*strays)) / (abs(source.amplitude) or 1.0)
    name = name_of(column)
    return Test(
        (name,), f"the season of {name} is {source.amplitude:g} over {source.period:g} items",
        "season", True, 1.0 - min(1.0, apart),
        statistic=statistic, p=float(chdtrc(2, statistic)),
        expected=source.amplitude, found=float(f"{found:.6g}"),
        note="its amplitude and its phase, together",
    )  # fmt: skip


def noise_tests(column: Column, what: str, noise: float, off: Floats) -> Iterator[Test]:
    """Yield tests of whether numbers are noise of mean 0 and the given standard deviation."""
    names, strays = (name_of(column),), int(np.isnan(off).sum())
    if strays or len(off) < LEAST:
        note = f"{strays} items are no numbers" if strays else f"too few items to tell: {len(off)}"
        yield Test(names, what, "residuals", not strays, float(not strays), note=note)
        return
    mean = float(off.mean())
    score = mean / (_with_rounding(noise, column) / np.sqrt(len(off)))
    yield Test(
        names, what, "residuals", True, 1.0 - min(1.0, abs(mean) / noise),
        statistic=score, p=two_sided(score), expected=0.0, found=float(f"{mean:.6g}"),
        note="the mean of what is left",
    )  # fmt: skip
    yield _spread_test(column, f"{what}: the noise", noise, off - mean, len(off) - 1)


def _spread_test(column: Column, what: str, noise: float, left: Floats, freedom: int) -> Test:
    """Return a test of the deviation: squares of normal noise sum to a chi-square variable."""
    statistic = float((left**2).sum()) / _with_rounding(noise, column) ** 2
    upper = float(chdtrc(freedom, statistic))
    sd = float(np.sqrt((left**2).sum() / freedom))
    expected: Json = float(f"{noise:.6g}")
    return Test(
        (name_of(column),), f"{what} has the standard deviation {noise:.6g}", "residuals", True,
        1.0 - min(1.0, abs(sd - noise) / noise),
        statistic=statistic, p=min(1.0, 2 * min(upper, 1.0 - upper)),
        expected=expected, found=float(f"{sd:.6g}"),
    )  # fmt: skip


def _with_rounding(noise: float, column: Column) -> float:
    """Return the deviation of rounded noise: its variance has unit² / 12 more (Sheppard)."""
    return float(np.sqrt(noise**2 + unit(column) ** 2 / 12))


def _describe(column: Column, source: Series) -> str:
    return f"{name_of(column)} is a series from {source.level:g} by {source.trend:g} an item"
