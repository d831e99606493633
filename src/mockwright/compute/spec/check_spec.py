"""Checks of a spec as a whole, before anything is drawn, and the order of its columns."""

from __future__ import annotations

import math
from collections.abc import Sequence as Items

from mockwright.compute.spec.distributions import PARAMETRIC
from mockwright.compute.spec.spec import (
    Column,
    Correlation,
    Distribution,
    Formula,
    Groups,
    Path,
    Spec,
)
from mockwright.errors import ContradictionError, SpecError
from mockwright.types import Json


def check(spec: Spec) -> None:
    """Raise :class:`ContradictionError` where columns cannot be together as they are asked."""
    ordered = [column for column in spec.columns if column.order]
    correlated = {path for one in spec.correlations for path in (one.a, one.b)}
    # One column can be put in order by sorting the rows, which keeps correlations. A second one is
    # sorted by itself, and that would break its own.
    for column in ordered[1:]:
        if column.path in correlated:
            raise ContradictionError(
                "two fields are in order, and one goes with a third", column.name
            )
    for column in spec.columns:
        _check_column(column, spec)
    seen: dict[frozenset[Path], Correlation] = {}
    for one in spec.correlations:
        pair = frozenset((one.a, one.b))
        if pair in seen and seen[pair] != one:
            raise ContradictionError("correlated in two ways", ".".join(one.a))
        seen[pair] = one


def _check_column(column: Column, spec: Spec) -> None:
    if isinstance(column.source, Groups):
        _check_groups(column, column.source, spec)
    if isinstance(column.source, Distribution):
        _check_unique(column, column.source, spec.count)
        _check_total(column, column.source, spec.count)


def _check_groups(column: Column, source: Groups, spec: Spec) -> None:
    """Raise if the grouping field has no shares, or if groups and values do not match."""
    by = spec.column(source.by)
    if by is None or not isinstance(by.source, Distribution) or not by.source.values:
        raise SpecError("groups are by a field with a ratio", column.name)
    known = {group_name(value) for value in by.source.values}
    strays = [value for value in source.each if value not in known]
    if strays:
        raise ContradictionError(f"no group is {strays[0][:40]!r}", column.name)
    left = sorted(known - source.each.keys())
    if source.otherwise is None and left:
        raise SpecError(f"nothing is said of the group {left[0][:40]!r}", column.name)


def group_name(value: Json) -> str:
    """Return the key of a group: the value as text, truth values as ``true`` and ``false``."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _check_unique(column: Column, source: Distribution, count: int) -> None:
    """Raise if there are fewer different values than items."""
    if not column.unique:
        return
    least, most = ends(source)
    whole = column.kind in ("integer", "date", "date-time") or column.decimals == 0
    if source.family == "categorical":
        if len(source.values) < count:
            told = f"{count} items cannot differ in {len(source.values)} values"
            raise ContradictionError(told, column.name)
    elif whole and most - least + 1 < count:
        told = f"{count} different whole numbers do not fit within {least:g} and {most:g}"
        raise ContradictionError(told, column.name)


def _check_total(column: Column, source: Distribution, count: int) -> None:
    """Raise if not even values at one of the ends could sum to the total."""
    if column.total is None:
        return
    filled = count - round(count * column.missing)
    least, most = ends(source)
    if not filled or not least * filled <= column.total <= most * filled:
        told = f"{filled} values within {least:g} and {most:g} cannot sum to {column.total:g}"
        raise ContradictionError(told, column.name)


def ends(source: Distribution) -> tuple[float, float]:
    """Return the least and the greatest value that may be drawn, bounds included."""
    least, most = -math.inf, math.inf
    if source.family in PARAMETRIC:
        least, most = PARAMETRIC[source.family].support(source.params)
    elif source.family == "histogram":
        least, most = source.edges[0], source.edges[-1]
    low = -math.inf if source.low is None else source.low
    high = math.inf if source.high is None else source.high
    # Clipped values lie on the bounds, even where the family itself ends before them.
    return (low, high) if source.clip else (max(least, low), min(most, high))


def in_order(columns: Items[Column]) -> list[Column]:
    """Return the columns so that each follows those it is computed from.

    Raises :class:`ContradictionError` where some are computed from each other.
    """
    waiting, done = list(columns), list[Column]()
    while waiting:
        left = {column.path for column in waiting}
        ready = [column for column in waiting if not (_needs(column, columns) & left)]
        if not ready:
            circle = ", ".join(column.name for column in waiting)
            raise ContradictionError(f"each is computed from the others: {circle}")
        done += ready
        waiting = [column for column in waiting if column not in ready]
    return done


def _needs(column: Column, columns: Items[Column]) -> set[Path]:
    """Return the paths of the columns that one is computed from."""
    match column.source:
        case Groups(by=by):
            return {other.path for other in columns if other.path == by}
        case Formula(expression=expression):
            used = expression.speaks_of
            return {
                c.path
                for c in columns
                if c.path != column.path and (c.path[0] in used or "this" in used)
            }
    return set()
