"""Tests of numbers against their distribution: form, mean and deviation.

Needs NumPy and SciPy.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import stats

from mockwright.compute.checks.column_values import shown, unit
from mockwright.compute.checks.report import Test
from mockwright.compute.checks.share_tests import LEAST, chi_square
from mockwright.compute.sampling.marginals import Floats, Marginal, marginal
from mockwright.compute.sampling.sample_moments import Moments, moments, two_sided
from mockwright.compute.spec.distributions import PARAMETRIC
from mockwright.compute.spec.spec import Column, Distribution
from mockwright.types import Json

_ABOUT: Final = 0.05
"""How far, as a share, "about" may be from the truth."""
_WIDE: Final = 3.3
"""Standard errors that one sample in a thousand exceeds, to either side."""
_SKEWED: Final = 0.3
"""The skewness of a statistic beyond which its error is not known well enough to be tested."""
_QUANTILES: Final = {"p5": 0.05, "median": 0.5, "p95": 0.95}
"""The quantiles that a report shows."""


@dataclass(frozen=True, slots=True)
class Sample:
    """The numbers of a column, or of one group of it, and the distribution asked of them."""

    column: Column
    source: Distribution
    values: Floats
    """The numbers that are not missing."""
    redrawn: float = 0.0
    """The share of values that a correct generator may have had to replace.

    Values that repeat or break a condition are drawn again.
    """

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the test's columns."""
        return (self.column.name or "the value",)

    @property
    def marginal(self) -> Marginal:
        """What the values are drawn from, rounded as they are."""
        digits = self.column.decimals
        if digits is None and unit(self.column) == 1.0:
            digits = 0
        return marginal(self.source, digits)


def fit_tests(sample: Sample, rng: np.random.Generator) -> Iterator[Test]:
    """Yield the tests of form, mean and standard deviation."""
    count = len(sample.values)
    if count < LEAST:
        note = f"too few items to tell: {count}"
        yield Test(sample.names, _sentence(sample), "ks", True, 1.0, note=note)
        return
    if sample.source.assumed:
        yield from _about_tests(sample)
        return
    of = moments(sample.marginal)
    yield _form_test(sample, of, rng)
    # How far redrawn values move a moment has no bound, as the distance of the form has.
    if not sample.redrawn:
        yield from _moment_tests(sample, of)


def describe_source(source: Distribution, column: Column) -> str:
    """Return the distribution in words: ``normal(mean 35, sd 12) within 18 and 100, clipped``."""
    match source.family:
        case "mixture":
            parts = zip(source.weights, source.parts, strict=True)
            text = "a mixture of " + " and ".join(
                f"{w:.3g} {describe_source(p, column)}" for w, p in parts
            )
        case "histogram":
            text = f"a histogram of {len(source.weights)} bins"
        case family:
            places = ("mean", "min", "max", "mode")
            params = (
                f"{name} {shown(value, column) if name in places else f'{value:.6g}'}"
                for name, value in source.params.items()
            )
            text = f"{family}({', '.join(params)})"
    return text + _describe_bounds(source, column)


def _describe_bounds(source: Distribution, column: Column) -> str:
    low = None if source.low is None else shown(source.low, column)
    high = None if source.high is None else shown(source.high, column)
    if low is None and high is None:
        return ""
    how = ", clipped" if source.clip else ", truncated"
    if low is None or high is None:
        return (f" from {low}" if high is None else f" up to {high}") + how
    return f" within {low} and {high}{how}"


def _sentence(sample: Sample) -> str:
    return f"{sample.names[0]} is {describe_source(sample.source, sample.column)}"


def _form_test(sample: Sample, of: Moments, rng: np.random.Generator) -> Test:
    """Return a test of the form: chi-square for counted families, else Kolmogorov-Smirnov."""
    law, counted = sample.marginal, _is_counted(sample)
    away = _kolmogorov_distance(_transform(law, sample.values, rng))
    if counted:
        tested = chi_square(*_cells(sample), redrawn=sample.redrawn)
    else:
        # The exact distribution of Kolmogorov's statistic for this many values.
        p = stats.kstwo.sf(max(0.0, away - sample.redrawn), len(sample.values))
        tested = away, float(p)
    shares = list(_QUANTILES.values())
    return Test(
        sample.names, _sentence(sample), "chi-square" if counted else "ks", True, 1.0 - away,
        statistic=tested[0] if tested else None,
        p=tested[1] if tested else None,
        expected=_quantiles(sample, law.ppf(np.array(shares))),
        found=_quantiles(sample, np.quantile(sample.values, shares)),
        note=_form_note(sample, of, randomised=not counted),
    )  # fmt: skip


def _is_counted(sample: Sample) -> bool:
    """Whether the family itself makes whole numbers; others are rounded to them."""
    family = sample.source.family
    return family in PARAMETRIC and PARAMETRIC[family].discrete


def _transform(law: Marginal, values: Floats, rng: np.random.Generator) -> Floats:
    """Return the randomised probability integral transform; see ``compute/checks/verify.py``."""
    below, upto = law.below(values), law.cdf(values)
    found: Floats = below + rng.random(len(values)) * (upto - below)
    return found


def _kolmogorov_distance(uniform: Floats) -> float:
    """Return Kolmogorov's distance of numbers from the uniform distribution; 1 if one is NaN."""
    ranked, count = np.sort(uniform), len(uniform)
    steps = np.arange(count + 1) / count
    away = max(float((steps[1:] - ranked).max()), float((ranked - steps[:-1]).max()))
    return away if np.isfinite(away) else 1.0


def _cells(sample: Sample) -> tuple[Floats, Floats]:
    """Return shares and counts of about 2 n^0.4 runs of whole numbers (Mann and Wald, 1942)."""
    law, count = sample.marginal, len(sample.values)
    edges = np.unique(law.ppf(np.linspace(0, 1, max(3, int(2 * count**0.4)))[1:-1]))
    upto = np.searchsorted(np.sort(sample.values), edges, side="right")
    shares = np.diff(np.concatenate(([0.0], law.cdf(edges), [1.0])))
    return shares, np.diff(np.concatenate(([0], upto, [count]))).astype(np.float64)


def _quantiles(sample: Sample, values: Floats) -> Json:
    return {
        name: shown(float(value), sample.column)
        for name, value in zip(_QUANTILES, values, strict=True)
    }


def _form_note(sample: Sample, of: Moments, *, randomised: bool) -> str | None:
    """Return what a reader must know of the test: clipping, rounding, a mean moved by bounds."""
    source, notes = sample.source, []
    if source.clip:
        notes.append("clipping puts the tails' share on the bounds")
    if randomised and unit(sample.column):
        notes.append("values are rounded")
    if notes:
        notes = [" and ".join(notes) + ": the test is randomised within each step, so stays exact"]
    asked = source.params.get("mean")
    bounded = source.low is not None or source.high is not None
    if asked is not None and bounded and abs(of.mean - asked) > 0.01 * of.sd:
        mean = shown(of.mean, sample.column)
        notes.append(f"within its bounds the mean is {mean} and the sd {of.sd:.4g}")
    if sample.redrawn:
        share = f"{min(1.0, sample.redrawn):.1%}"
        notes.append(f"up to {share} of the values may bend it, drawn again for other conditions")
    return "; ".join(notes) or None


def _moment_tests(sample: Sample, of: Moments) -> Iterator[Test]:
    """Yield tests of mean and standard deviation, if a sample of this size tells of them."""
    values, count = sample.values, len(sample.values)
    # The skewness of a mean is that of the values by sqrt(n).
    if of.sd > 0 and abs(of.skewness) / np.sqrt(count) < _SKEWED:
        off = float(values.mean()) - of.mean
        score = off / (of.sd / np.sqrt(count))
        yield Test(
            sample.names, f"the mean of {sample.names[0]} is {shown(of.mean, sample.column)}",
            "mean", True, 1.0 - min(1.0, abs(off) / of.sd),
            statistic=score, p=two_sided(score, of.skewness / np.sqrt(count)),
            expected=shown(of.mean, sample.column),
            found=shown(float(values.mean()), sample.column),
        )  # fmt: skip
    square = of.of_square
    if square is None or not square.sd > 0.2 * square.mean:
        return  # of two values alone: the mean says all
    if abs(square.skewness) / np.sqrt(count) < _SKEWED:
        sd = float(values.std(ddof=1))
        score = (sd**2 - square.mean) / (square.sd / np.sqrt(count))
        yield Test(
            sample.names, f"the standard deviation of {sample.names[0]} is {of.sd:.6g}",
            "sd", True, 1.0 - min(1.0, abs(sd - of.sd) / of.sd),
            statistic=score, p=two_sided(score, square.skewness / np.sqrt(count)),
            expected=float(f"{of.sd:.6g}"), found=float(f"{sd:.6g}"),
        )  # fmt: skip


def _about_tests(sample: Sample) -> Iterator[Test]:
    """Yield tests of moments asked without a family: within 5 %, or the sampling error."""
    values, params, column = sample.values, sample.source.params, sample.column
    spread = float(values.std(ddof=1))
    for name, found, error in (
        ("mean", float(values.mean()), spread / np.sqrt(len(values))),
        # The standard error of a normal sample's deviation is sd / sqrt(2 n).
        ("sd", spread, spread / np.sqrt(2 * len(values))),
    ):
        if name not in sample.source.asked:
            continue
        asked = params[name]
        # A share of a date says nothing: it is counted from 1970.
        dated = name == "mean" and column.kind in ("date", "date-time")
        scale = params.get("sd", spread) if dated else abs(asked)
        room = max(_ABOUT * scale, _WIDE * error, unit(column) / 2)
        yield Test(
            sample.names, f"the {name} of {sample.names[0]} is about {_show(name, asked, column)}",
            "mean" if name == "mean" else "sd", abs(found - asked) <= room,
            1.0 - min(1.0, abs(found - asked) / (scale or 1.0)),
            expected=_show(name, asked, column), found=_show(name, found, column),
            note=f"within {room:.4g}; its family was not asked for",
        )  # fmt: skip


def _show(name: str, value: float, column: Column) -> Json:
    return shown(value, column) if name == "mean" else float(f"{value:.6g}")
