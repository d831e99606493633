"""Tests of how columns go together, and of how one goes along. Needs NumPy and SciPy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import numpy as np
from scipy import stats

from mockwright.compute.copula import aim
from mockwright.compute.marginals import Floats
from mockwright.compute.report import Method, Test
from mockwright.compute.spec import Column, Correlation, Path, Scale, Series, Spec

_RESAMPLES: Final = 400
_LEAST: Final = 8
_WIDE: Final = 3.3
"""Standard errors: two-sided, one in a thousand."""


def pair_tests(
    spec: Spec, numbers: Mapping[Path, Floats], rng: np.random.Generator
) -> Iterator[Test]:
    """One test for each correlation of a spec."""
    for one in spec.correlations:
        if one.a in numbers and one.b in numbers:
            yield _pair(one, numbers[one.a], numbers[one.b], rng)


def _pair(one: Correlation, a: Floats, b: Floats, rng: np.random.Generator) -> Test:
    names = (".".join(one.a), ".".join(one.b))
    sign = {"is": "=", "at_least": ">=", "at_most": "<="}[one.relation]
    what = f"{one.measure} of {names[0]} and {names[1]} {sign} {one.target:g}"
    if one.scales != ("raw", "raw"):
        what += f" (scales: {one.scales[0]}, {one.scales[1]})"
    there = ~(np.isnan(a) | np.isnan(b))
    a, b = _scaled(a[there], one.scales[0]), _scaled(b[there], one.scales[1])
    if len(a) < _LEAST or a.std() == 0 or b.std() == 0 or not np.isfinite(a + b).all():
        passed = len(a) < _LEAST
        note = "too few items to tell" if passed else "one of them does not vary, or has no log"
        return Test(names, what, one.measure, passed, float(passed), note=note)
    if one.measure == "spearman":
        a, b = stats.rankdata(a), stats.rankdata(b)
    r = float(np.corrcoef(a, b)[0, 1])
    found = r * r if one.measure == "r2" else r
    score = max(0.0, 1.0 - abs(r - aim(one)) / 2) if one.relation == "is" else 1.0
    if one.relation != "is":
        held = found >= one.target if one.relation == "at_least" else found <= one.target
        held = held and not (one.measure == "r2" and (r < 0) != one.negative)
        shortfall = 0.0 if held else abs(found - one.target) / 2
        return Test(
            names,
            what,
            one.measure,
            held,
            1.0 - shortfall,
            expected=one.target,
            found=_round(found),
        )
    error = _standard_error(a, b, r, rng)
    distance = _z(r) - _z(aim(one))
    p = float(2 * stats.norm.sf(abs(distance) / error))
    return Test(
        names, what, one.measure, True, score,
        statistic=float(distance), p=p, expected=one.target, found=_round(found),
        note="Fisher's z, its error by bootstrap",
    )  # fmt: skip


def _standard_error(a: Floats, b: Floats, r: float, rng: np.random.Generator) -> float:
    """Of Fisher's z: 1 / sqrt(n - 3) for normal columns, by bootstrap as large as the tails ask."""
    count = len(a)
    size = min(count, 2_000)
    resampled = np.empty(_RESAMPLES)
    for k in range(_RESAMPLES):
        chosen = rng.integers(0, count, size)
        x, y = a[chosen], b[chosen]
        spread = x.std() * y.std()
        value = 0.0 if spread == 0 else float(((x - x.mean()) * (y - y.mean())).mean() / spread)
        resampled[k] = _z(value)
    bootstrapped = float(resampled.std(ddof=1)) * np.sqrt(size / count)
    return float(max(bootstrapped, 1.0 / np.sqrt(max(1, count - 3))))


def _z(r: float) -> float:
    """Fisher's transformation."""
    return float(np.arctanh(np.clip(r, -0.9999, 0.9999)))


def _scaled(values: Floats, scale: Scale) -> Floats:
    if scale == "raw":
        return values
    with np.errstate(divide="ignore", invalid="ignore"):
        logged: Floats = np.log(values)
    return logged


def _round(value: float) -> float:
    return round(value, 4)


def series_tests(column: Column, source: Series, values: Floats) -> Iterator[Test]:
    """The trend and the season, by least squares, and what is left as noise."""
    what = f"{column.name} is a series of level {source.level:g} and trend {source.trend:g}"
    there = ~np.isnan(values)
    i = np.arange(len(values), dtype=np.float64)
    expected = source.level + source.trend * i
    if source.period:
        expected += source.amplitude * np.sin(2 * np.pi * (i + source.phase) / source.period)
    off = (values - expected)[there]
    if not source.noise:
        half = 0.5 * 10.0 ** -(column.decimals or 0) * 1.01
        wrong = int((np.abs(off) > half).sum())
        score = 1.0 - wrong / max(1, len(off))
        yield Test((column.name,), what, "series", not wrong, score, expected=0, found=wrong)
        return
    yield noise_test(column, what, source.noise, off, "series")


def noise_test(column: Column, what: str, noise: float, off: Floats, method: Method) -> Test:
    """Whether what is left is noise of mean 0 and the given standard deviation."""
    if len(off) < _LEAST:
        return Test((column.name,), what, method, True, 1.0, note="too few items to tell")
    sd, mean = float(off.std(ddof=1)), float(off.mean())
    room = _WIDE * noise / np.sqrt(2 * len(off)) + 10.0 ** -(column.decimals or 0)
    drift = _WIDE * noise / np.sqrt(len(off)) + 10.0 ** -(column.decimals or 0)
    passed = abs(sd - noise) <= room and abs(mean) <= drift
    score = max(0.0, 1.0 - abs(sd - noise) / noise)
    return Test(
        (column.name,), what, method, passed, score,
        expected={"mean": 0.0, "sd": noise}, found={"mean": _round(mean), "sd": _round(sd)},
    )  # fmt: skip
