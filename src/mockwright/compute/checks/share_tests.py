"""Tests of counts against the shares that were asked for. Needs NumPy and SciPy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from typing import Final

import numpy as np
from scipy.special import chdtrc

from mockwright.compute.checks.column_values import brief
from mockwright.compute.checks.report import Method, Test
from mockwright.compute.sampling.marginals import Floats
from mockwright.compute.sampling.sampler import apportioned
from mockwright.compute.spec.spec import Distribution
from mockwright.types import Json

LEAST: Final = 8
"""The fewest items at which one distribution can be told from another."""
_CELL: Final = 5.0
"""The fewest expected items in a cell of a chi-square test (Cochran, 1954)."""
_SHOWN: Final = 50
"""The most values whose counts a report shows."""


def chi_square(shares: Floats, counts: Floats, redrawn: float = 0.0) -> tuple[float, float] | None:
    """Return Pearson's chi-square statistic and its p-value; None where there is only one cell.

    Cells are pooled with their neighbours until enough is expected in each. With ``redrawn``, the
    counts are first moved so far towards what is expected: what is tested is whether any
    distribution within that distance could have made them.
    """
    total = float(counts.sum())
    shares, counts = _pool(shares, counts, total)
    if len(shares) < 2:
        return None
    expected = shares * total
    away = distance(shares, counts)
    kept = max(0.0, 1.0 - redrawn / away) if away > 0 else 1.0
    statistic = float(((kept * (counts - expected)) ** 2 / expected).sum())
    return statistic, float(chdtrc(len(shares) - 1, statistic))


def distance(shares: Floats, counts: Floats) -> float:
    """Return the total variation distance, 0..1: the share that would have to be moved."""
    return 0.5 * float(np.abs(counts / max(1.0, float(counts.sum())) - shares).sum())


def shares_test(
    name: str, source: Distribution, values: Sequence[Json], *, redrawn: float = 0.0
) -> Test:
    """Return a test of whether values have their shares, to the item or as a random draw would."""
    total = len(values)
    found = Counter(_identity(value) for value in values)
    counts = np.array([found[_identity(value)] for value in source.values], dtype=np.float64)
    strays = total - int(counts.sum())
    # A value with the share 0 must not occur.
    strays += int(counts[np.asarray(source.weights) == 0].sum())
    tested = chi_square(np.array(source.weights), counts, redrawn) if total >= LEAST else None
    statistic, p = (None, None) if tested is None or strays else tested
    method: Method = "ratio" if p is None else "chi-square"
    return Test(
        (name,),
        f"{name} is {_describe_shares(source)}",
        method,
        not strays,
        (1.0 - distance(np.array(source.weights), counts)) * (1.0 - strays / max(1, total)),
        statistic=statistic,
        p=p,
        expected=_counts_by_name(source, apportioned(source.weights, total)),
        found=_counts_by_name(source, [int(count) for count in counts]),
        note=_shares_note(source, counts, strays, total, redrawn),
    )  # fmt: skip


def _shares_note(
    source: Distribution, counts: Floats, strays: int, total: int, redrawn: float
) -> str:
    if strays:
        return f"{strays} of {total} items have other values"
    if total < LEAST:
        return f"too few items to tell: {total}"
    exact = bool((np.abs(counts - np.asarray(source.weights) * total) <= 1.0).all())
    told = "exact to the item" if exact else "not exact to the item, as a random draw is not"
    if redrawn > 0:
        told += f"; up to {redrawn:.1%} of the items may be others, by the conditions they hold"
    return told


def _describe_shares(source: Distribution) -> str:
    pairs = list(zip(source.values, source.weights, strict=True))
    told = ", ".join(f"{brief(value)} {weight:.4g}" for value, weight in pairs[:8])
    return told + (f" and {len(pairs) - 8} more" if len(pairs) > 8 else "")


def _counts_by_name(source: Distribution, counts: Sequence[int]) -> dict[str, int]:
    names = [value if isinstance(value, str) else brief(value) for value in source.values]
    return {name[:60]: count for name, count in list(zip(names, counts, strict=True))[:_SHOWN]}


def _identity(value: Json) -> Hashable:
    """Return what counts as the same value: in JSON 1 and 1.0 do, 1 and true do not."""
    if isinstance(value, (bool, str)):
        return type(value), value
    return (int, value) if isinstance(value, (int, float)) else None


def _pool(shares: Floats, counts: Floats, total: float) -> tuple[Floats, Floats]:
    """Return shares and counts with neighbours pooled until enough is expected in each cell."""
    kept: list[list[float]] = [[0.0, 0.0]]
    for share, count in zip(shares.tolist(), counts.tolist(), strict=True):
        if kept[-1][0] * total >= _CELL:
            kept.append([0.0, 0.0])
        kept[-1][0] += share
        kept[-1][1] += count
    # The last cell may have too little left, and joins the one before.
    if len(kept) > 1 and kept[-1][0] * total < _CELL:
        share, count = kept.pop()
        kept[-1][0] += share
        kept[-1][1] += count
    cells = np.array(kept)
    return cells[:, 0], cells[:, 1]
