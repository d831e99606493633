"""Estimates of how much redrawing bends the columns of a correct generator. Needs NumPy.

Values that repeat, or items that break a condition, are drawn again, by whatever makes them. When a
share q of the values of a sample is replaced, its empirical distribution function moves by q at
most; so a test that allows the distance q more is never wrong with a correct generator, however the
others were replaced.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from mockwright.compute.checks.column_values import shown, unit
from mockwright.compute.checks.fit_tests import Sample
from mockwright.compute.checks.row_tests import items
from mockwright.compute.spec.spec import Column, Distribution, Groups, Path, Source, Spec
from mockwright.errors import GuardError
from mockwright.shapes.rules.cel import Expression
from mockwright.types import Json, JsonObject

_TRIALS: Final = 500
"""The items that are drawn to estimate a share."""
_SECONDS: Final = 1.0
"""How long all trials may take; those left over count as broken."""


def redrawn_shares(
    spec: Spec, columns: Mapping[Path, Sequence[Json]], rng: np.random.Generator
) -> dict[Path, float]:
    """Return for each bent column at most which share of its values is not as first drawn."""
    shares: dict[Path, float] = {}
    for column in spec.columns:
        if column.unique:
            repeats = (
                _repeated_share(column, part, spec.count, rng)
                for part in _number_distributions(column.source)
            )
            shares[column.path] = max(repeats, default=0.0)
    broken = _broken_share(spec, columns, rng) if spec.constraints else 0.0
    if broken:
        for path in _concerned_columns(spec):
            shares[path] = min(1.0, shares.get(path, 0.0) + broken)
    return {path: share for path, share in shares.items() if share > 0}


def _number_distributions(source: Source | None) -> list[Distribution]:
    """Return the distributions of numbers in a source."""
    match source:
        case Groups(each=each, otherwise=otherwise):
            parts = [*each.values(), *([otherwise] if otherwise else [])]
        case Distribution():
            parts = [source]
        case _:
            parts = []
    return [part for part in parts if part.family != "categorical"]


def _repeated_share(
    column: Column, source: Distribution, count: int, rng: np.random.Generator
) -> float:
    """Return the share of as many independent values that repeat another."""
    law = Sample(column, source, np.empty(0)).marginal
    return 1.0 - len(np.unique(law.ppf(rng.random(count)))) / max(1, count)


def _concerned_columns(spec: Spec) -> set[Path]:
    """Return the columns that the conditions refer to, and those that go with them."""
    used = {name for constraint in spec.constraints for name in constraint.speaks_of}
    found = {c.path for c in spec.columns if "this" in used or (c.path and c.path[0] in used)}
    links = [(one.a, one.b) for one in spec.correlations]
    links += [(c.path, c.source.by) for c in spec.columns if isinstance(c.source, Groups)]
    # As many rounds as the longest chain of columns can need.
    for _ in spec.columns:
        found |= {path for link in links if found & set(link) for path in link}
    return found


def _broken_share(
    spec: Spec, columns: Mapping[Path, Sequence[Json]], rng: np.random.Generator
) -> float:
    """Return the share of items, drawn without regard to the conditions, that break one of them."""
    drawn = {path: _trial_values(spec, path, values, rng) for path, values in columns.items()}
    held = np.ones(_TRIALS, dtype=np.bool_)
    until = time.monotonic() + _SECONDS
    for constraint in spec.constraints:
        for i, facts in enumerate(items(constraint, _TRIALS, drawn)):
            held[i] = held[i] and time.monotonic() < until and _holds(constraint, facts)
    share = 1.0 - float(held.mean())
    # Two standard errors more, since a share that is too small would fail a correct generator.
    return min(1.0, share + 2 * float(np.sqrt(share * (1 - share) / _TRIALS)))


def _holds(constraint: Expression, facts: JsonObject) -> bool:
    try:
        return constraint.value(facts) is True
    except GuardError:
        return False


def _trial_values(
    spec: Spec, path: Path, values: Sequence[Json], rng: np.random.Generator
) -> list[Json]:
    """Return values of a field for the trials.

    Fields that are not drawn from a distribution of numbers are taken as they were found. Lists and
    objects are left out: how deep they are is not known.
    """
    column = spec.column(path)
    source = None if column is None else column.source
    if column is None or not isinstance(source, Distribution) or source.family == "categorical":
        places = rng.integers(0, max(1, len(values)), _TRIALS)
        found = [values[i] if len(values) else None for i in places]
        return [value if isinstance(value, (str, int, float)) else None for value in found]
    drawn = Sample(column, source, np.empty(0)).marginal.ppf(rng.random(_TRIALS)).tolist()
    if column.kind in ("date", "date-time"):
        return [shown(value, column) for value in drawn]
    return (
        [int(value) if np.isfinite(value) else None for value in drawn]
        if unit(column) == 1.0
        else list(drawn)
    )
