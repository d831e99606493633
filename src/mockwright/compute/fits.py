"""Tests of one column against its distribution. Needs NumPy and SciPy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from scipy import stats

from mockwright.compute.families import LAWS
from mockwright.compute.marginals import Floats, Marginal, marginal
from mockwright.compute.report import Test
from mockwright.compute.sampler import apportioned
from mockwright.compute.spec import Column, Distribution
from mockwright.compute.times import written
from mockwright.types import Json

_CELL: Final = 5.0
"""Expected items in a cell of a chi-square test, at least (Cochran, 1954)."""
_CELLS: Final = 100
_ABOUT: Final = 0.05
"""How far "about" may be from the truth."""


def fit(
    column: Column,
    source: Distribution,
    values: Floats,
    rng: np.random.Generator,
    *,
    unique: bool = False,
) -> Test:
    """Chi-square for whole numbers that the family itself makes, else Kolmogorov-Smirnov."""
    expected = marginal(source, column.decimals)
    if source.family in LAWS and LAWS[source.family].discrete and not unique:
        return _chi_square(column, source, values, expected)
    below, upto = expected.below(values), expected.cdf(values)
    uniform = below + rng.random(len(values)) * (upto - below)
    found = stats.kstest(uniform, "uniform")
    return Test(
        (column.name,),
        told(column, source),
        "ks",
        True,
        1.0 - float(found.statistic),
        statistic=float(found.statistic),
        p=float(found.pvalue),
        expected=_moments_told(column, expected),
        found=[_shown(values.mean(), column), round(float(values.std()), 4)],
        note=_note(column, source, expected, unique=unique),
    )


def told(column: Column, source: Distribution) -> str:
    """``age is normal (mean 35, sd 12) within 18 and 100, clipped``."""
    params = ", ".join(f"{name} {value:g}" for name, value in source.params.items())
    text = f"{column.name or 'the value'} is {source.family}" + (f" ({params})" if params else "")
    if source.low is not None or source.high is not None:
        low = "-inf" if source.low is None else f"{source.low:g}"
        high = "inf" if source.high is None else f"{source.high:g}"
        text += f" within {low} and {high}, {'clipped' if source.clip else 'truncated'}"
    return text


def _note(column: Column, source: Distribution, expected: Marginal, *, unique: bool) -> str | None:
    notes = []
    asked = source.params.get("mean")
    if asked is not None and (source.low is not None or source.high is not None):
        mean = expected.mean_and_sd()[0]
        if abs(mean - asked) > 0.01 * (abs(asked) or 1.0):
            notes.append(f"within its bounds the mean is {mean:.4g}, not {asked:g}")
    if source.clip:
        notes.append("clipping puts the tails' share on the bounds")
    if column.decimals is not None:
        notes.append(f"rounded to {column.decimals} digits")
    if unique:
        notes.append("repeats were drawn again, which bends a narrow distribution")
    if not notes:
        return None
    return "; ".join(notes) + ": the test is randomised within each step, so that it stays exact"


def _moments_told(column: Column, expected: Marginal) -> list[Json]:
    mean, sd = expected.mean_and_sd()
    return [_shown(mean, column), round(sd, 4)]


def _shown(value: float, column: Column) -> Json:
    if column.kind in ("date", "date-time") and abs(value) < 2e11:
        return written(float(value), column.kind)
    return round(float(value), 4)


def _chi_square(column: Column, source: Distribution, values: Floats, expected: Marginal) -> Test:
    """Cells are runs of whole numbers with enough expected items in each."""
    grid = np.linspace(0, 1, min(_CELLS, max(2, int(len(values) / _CELL))) + 1)[1:-1]
    edges = np.unique(expected.ppf(grid))
    shares = np.diff(np.concatenate(([0.0], expected.cdf(edges), [1.0])))
    counts = np.diff(
        np.concatenate(([0], np.searchsorted(np.sort(values), edges, side="right"), [len(values)]))
    )
    shares, counts = _pooled(shares, counts, len(values))
    if len(shares) < 2:
        return Test((column.name,), told(column, source), "chi-square", True, 1.0, note="one cell")
    statistic = float(((counts - shares * len(values)) ** 2 / (shares * len(values))).sum())
    distance = 0.5 * float(np.abs(counts / len(values) - shares).sum())
    return Test(
        (column.name,),
        told(column, source),
        "chi-square",
        True,
        1.0 - distance,
        statistic=statistic,
        p=float(stats.chi2.sf(statistic, len(shares) - 1)),
        expected=_moments_told(column, expected),
        found=[round(float(values.mean()), 4), round(float(values.std()), 4)],
    )


def _pooled(shares: Floats, counts: Floats, total: int) -> tuple[Floats, Floats]:
    """Neighbouring cells put together until enough is expected in each."""
    kept_shares, kept_counts = [0.0], [0.0]
    for share, count in zip(shares, counts, strict=True):
        if kept_shares[-1] * total >= _CELL:
            kept_shares.append(0.0)
            kept_counts.append(0.0)
        kept_shares[-1] += float(share)
        kept_counts[-1] += float(count)
    if len(kept_shares) > 1 and kept_shares[-1] * total < _CELL:
        last_share, last_count = kept_shares.pop(), kept_counts.pop()
        kept_shares[-1] += last_share
        kept_counts[-1] += last_count
    return np.array(kept_shares), np.array(kept_counts)


def ratio_fit(column: Column, source: Distribution, values: Sequence[Json]) -> Test:
    """Shares of values: apportioned to the item, and tested as if they were drawn."""
    total = len(values)
    expected = apportioned(source.weights, total)
    marks = [(type(value), value) for value in source.values]
    found = [sum((type(v), v) == mark for v in values) for mark in marks]
    strays = total - sum(found)
    what = f"{column.name or 'the value'} has its shares: " + ", ".join(
        f"{str(value)[:20]} {weight:.3g}"
        for value, weight in list(zip(source.values, source.weights, strict=True))[:8]
    )
    distance = 0.5 * sum(abs(a - b) for a, b in zip(found, expected, strict=True)) + 0.5 * strays
    shares, counts = _pooled(np.array(source.weights), np.array(found, dtype=np.float64), total)
    p = statistic = None
    if len(shares) > 1 and total:
        statistic = float(((counts - shares * total) ** 2 / (shares * total)).sum())
        p = float(stats.chi2.sf(statistic, len(shares) - 1))
    return Test(
        (column.name,),
        what,
        "chi-square" if p is not None else "ratio",
        not strays,
        max(0.0, 1.0 - distance / max(1, total)),
        statistic=statistic,
        p=p,
        expected={str(v)[:60]: n for v, n in zip(source.values, expected, strict=True)},
        found={str(v)[:60]: n for v, n in zip(source.values, found, strict=True)},
        note=f"{strays} items have other values" if strays else None,
    )


def moments_fit(column: Column, source: Distribution, values: Floats) -> Iterator[Test]:
    """The moments that were asked, where no family was: within 5 %, or the sampling error."""
    count = len(values)
    sd = source.params["sd"]
    found = {"mean": float(values.mean()), "sd": float(values.std(ddof=1))}
    errors = {"mean": sd / np.sqrt(count), "sd": sd / np.sqrt(2 * count)}
    for name in ("mean", "sd"):
        asked = source.params[name]
        room = max(_ABOUT * abs(asked), 3.3 * float(errors[name]))
        off = abs(found[name] - asked)
        yield Test(
            (column.name,),
            f"the {name} of {column.name} is about {asked:g}",
            "mean" if name == "mean" else "sd",
            off <= room,
            max(0.0, 1.0 - off / (abs(asked) or 1.0)),
            expected=_shown(asked, column) if name == "mean" else asked,
            found=_shown(found[name], column) if name == "mean" else round(found[name], 4),
            note=f"within {room:.4g}; the family was not asked for",
        )
