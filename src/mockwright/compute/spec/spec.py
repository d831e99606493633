"""What of a list is computed: what the sampler draws from, and what the result is tested on.

A spec is a value. It is read in :mod:`mockwright.compute.spec.parse_spec` from directives and
rules, or in :mod:`mockwright.compute.detect` from words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Literal, TypeAlias

from mockwright.compute.spec.distributions import Family
from mockwright.shapes.rules.cel import Expression
from mockwright.types import Json, JsonObject

Kind: TypeAlias = Literal["integer", "number", "string", "boolean", "date", "date-time"]
"""What the values of a column are in JSON; the last two are strings."""
Path: TypeAlias = tuple[str, ...]
"""The names of members that lead from an item to a field."""
Measure: TypeAlias = Literal["pearson", "spearman", "r2"]
"""Pearson's r, Spearman's rank correlation, or the coefficient of determination."""
Scale: TypeAlias = Literal["raw", "log"]
"""Whether a correlation is of the values or of their logarithms."""
Relation: TypeAlias = Literal["is", "at_least", "at_most"]
"""Whether a target is to be met, or is a bound."""


@dataclass(frozen=True, slots=True)
class Distribution:
    """The distribution of one column.

    Dates are counted in days since 1970-01-01, date-times in seconds.
    """

    family: Family
    params: Mapping[str, float] = field(default_factory=dict)
    """The family's own parameters, by name; see :data:`PARAMETRIC`."""
    low: float | None = None
    high: float | None = None
    clip: bool = False
    """Whether values beyond ``low`` and ``high`` are set to them, instead of not drawn at all."""
    values: tuple[Json, ...] = ()
    """Those of ``categorical``, each with its weight."""
    weights: tuple[float, ...] = ()
    """Those of ``categorical``, ``histogram`` and ``mixture``; they sum to 1."""
    edges: tuple[float, ...] = ()
    """Those of ``histogram``, ascending: one more than there are weights."""
    parts: tuple[Distribution, ...] = ()
    """Those of ``mixture``, one for each weight."""
    assumed: bool = False
    """Whether the family was not asked for, so that only the moments in ``asked`` are tested."""
    asked: tuple[str, ...] = ()
    """``mean`` and ``sd``, as far as somebody asked for them."""


@dataclass(frozen=True, slots=True)
class Groups:
    """A distribution for each value of another column."""

    by: Path
    each: Mapping[str, Distribution]
    """By the value as text, see :func:`~mockwright.compute.spec.check_spec.group_name`."""
    otherwise: Distribution | None = None
    """The distribution for all values that ``each`` does not name."""


@dataclass(frozen=True, slots=True)
class Formula:
    """An expression in CEL over the other fields of the item, plus normal noise."""

    expression: Expression
    noise: float = 0.0
    """The standard deviation of what is added."""


@dataclass(frozen=True, slots=True)
class Sequence:
    """Values in equal steps. Dates count days, date-times seconds."""

    start: float
    step: float


@dataclass(frozen=True, slots=True)
class Series:
    """A time series: ``level + trend * i + amplitude * sin(2 pi (i + phase) / period) + noise``."""

    level: float
    trend: float = 0.0
    """What is added with each item."""
    amplitude: float = 0.0
    period: float = 0.0
    """The items of one season; 0 for none."""
    phase: float = 0.0
    """The items by which the season is shifted."""
    noise: float = 0.0
    """The standard deviation of the noise."""


Source: TypeAlias = Distribution | Groups | Formula | Sequence | Series


@dataclass(frozen=True, slots=True)
class Column:
    """One field of the items, and what is asked of it."""

    path: Path
    kind: Kind
    source: Source | None
    """Where the values come from; None if somebody else makes them, and some are missing."""
    decimals: int | None = None
    """The digits after the point; None leaves a number as it is drawn, integers have 0."""
    unique: bool = False
    order: Literal["ascending", "descending"] | None = None
    total: float | None = None
    """The sum of the values."""
    missing: float = 0.0
    """The share of the items where the value is null, exact to the item."""

    @property
    def name(self) -> str:
        """The path with dots: ``address.city``."""
        return ".".join(self.path)


@dataclass(frozen=True, slots=True)
class Correlation:
    """How two columns of numbers go together."""

    a: Path
    b: Path
    measure: Measure
    target: float
    """The coefficient or its bound: -1..1, for ``r2`` 0..1."""
    relation: Relation = "is"
    scales: tuple[Scale, Scale] = ("raw", "raw")
    negative: bool = False
    """Whether, for ``r2``, one falls as the other rises."""


@dataclass(frozen=True, slots=True)
class Spec:
    """All that is computed of one list."""

    place: Path | None
    """The path of the list: ``()`` if the answer is the list, None if it is one item."""
    count: int
    columns: tuple[Column, ...]
    correlations: tuple[Correlation, ...] = ()
    constraints: tuple[Expression, ...] = ()
    """Conditions over its fields that each item holds."""

    def column(self, path: Path) -> Column | None:
        """Return the column at ``path``, or None."""
        return next((column for column in self.columns if column.path == path), None)

    def to_json(self) -> JsonObject:
        """Return the spec as JSON, for people, the journal and models."""
        told: JsonObject = {
            "place": "/" + "/".join(self.place) if self.place else "",
            "count": self.count,
            "columns": {column.name: _column_json(column) for column in self.columns},
        }
        if self.correlations:
            told["correlations"] = [_without_defaults(one) for one in self.correlations]
        if self.constraints:
            told["constraints"] = [one.text for one in self.constraints]
        return told


def _column_json(column: Column) -> JsonObject:
    told: JsonObject = _without_defaults(column)
    told.pop("path", None)
    if column.source is not None:
        told["source"] = {"is": type(column.source).__name__.lower(), **told["source"]}
    return told


def _without_defaults(value: Json) -> Json:
    """Return a dataclass as JSON, without members that are empty or false and so say nothing."""
    if isinstance(value, Expression):
        return value.text
    if hasattr(value, "__dataclass_fields__"):
        members = {item.name: getattr(value, item.name) for item in fields(value)}
        return {
            name: _without_defaults(item)
            for name, item in members.items()
            if item not in (None, (), False) or name == "clip"
        }
    if isinstance(value, Mapping):
        return {str(key): _without_defaults(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return [_without_defaults(item) for item in value]
    return value
