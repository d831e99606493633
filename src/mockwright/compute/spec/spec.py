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
"""Of a field in an item: names alone."""
Measure: TypeAlias = Literal["pearson", "spearman", "r2"]
Scale: TypeAlias = Literal["raw", "log"]
Relation: TypeAlias = Literal["is", "at_least", "at_most"]


@dataclass(frozen=True, slots=True)
class Distribution:
    """Of one column. Dates are counted in days since 1970-01-01, date-times in seconds."""

    family: Family
    params: Mapping[str, float] = field(default_factory=dict)
    low: float | None = None
    high: float | None = None
    clip: bool = False
    """Values beyond ``low`` and ``high`` are set to them; else they are not drawn at all."""
    values: tuple[Json, ...] = ()
    """Of ``categorical``, each with its weight."""
    weights: tuple[float, ...] = ()
    """Of ``categorical``, ``histogram`` and ``mixture``; they sum to 1."""
    edges: tuple[float, ...] = ()
    """Of ``histogram``: one more than there are weights, ascending."""
    parts: tuple[Distribution, ...] = ()
    """Of ``mixture``."""
    assumed: bool = False
    """The family was not asked for: only the moments in ``asked`` are tested."""
    asked: tuple[str, ...] = ()
    """``mean``, ``sd``, as far as somebody asked for them."""


@dataclass(frozen=True, slots=True)
class Groups:
    """A distribution for each value of another column."""

    by: Path
    each: Mapping[str, Distribution]
    otherwise: Distribution | None = None


@dataclass(frozen=True, slots=True)
class Formula:
    """Computed from the other fields of the item, by an expression in CEL, plus noise."""

    expression: Expression
    noise: float = 0.0
    """Standard deviation."""


@dataclass(frozen=True, slots=True)
class Sequence:
    """One after another. Dates count days, date-times seconds."""

    start: float
    step: float


@dataclass(frozen=True, slots=True)
class Series:
    """A time series: ``level + trend * i + amplitude * sin(2 pi (i + phase) / period) + noise``."""

    level: float
    trend: float = 0.0
    """Per item."""
    amplitude: float = 0.0
    period: float = 0.0
    """Items of one season; 0 has none."""
    phase: float = 0.0
    noise: float = 0.0
    """Standard deviation."""


Source: TypeAlias = Distribution | Groups | Formula | Sequence | Series


@dataclass(frozen=True, slots=True)
class Column:
    """One field of the items, and what is asked of it."""

    path: Path
    kind: Kind
    source: Source | None
    """None where somebody else makes the values, and only which of them are missing is asked."""
    decimals: int | None = None
    """Digits after the point; None leaves a number as it is drawn. Integers have 0."""
    unique: bool = False
    order: Literal["ascending", "descending"] | None = None
    total: float | None = None
    """What the values sum to."""
    missing: float = 0.0
    """Share of the items where the value is null, exact to the item."""

    @property
    def name(self) -> str:
        """``address.city``."""
        return ".".join(self.path)


@dataclass(frozen=True, slots=True)
class Correlation:
    """How two columns go together."""

    a: Path
    b: Path
    measure: Measure
    target: float
    """-1..1; of ``r2``, 0..1."""
    relation: Relation = "is"
    scales: tuple[Scale, Scale] = ("raw", "raw")
    negative: bool = False
    """Of ``r2``: one falls as the other rises."""


@dataclass(frozen=True, slots=True)
class Spec:
    """All that is computed of one list."""

    place: Path | None
    """Of the list in the answer; ``()`` is the answer itself, None an answer that is one item."""
    count: int
    columns: tuple[Column, ...]
    correlations: tuple[Correlation, ...] = ()
    constraints: tuple[Expression, ...] = ()
    """Conditions that each item holds, over its fields."""

    def column(self, path: Path) -> Column | None:
        """The column at ``path``."""
        return next((column for column in self.columns if column.path == path), None)

    def to_json(self) -> JsonObject:
        """As JSON, for people, the journal and models."""
        told: JsonObject = {
            "place": "/" + "/".join(self.place) if self.place else "",
            "count": self.count,
            "columns": {column.name: _column(column) for column in self.columns},
        }
        if self.correlations:
            told["correlations"] = [_plain(one) for one in self.correlations]
        if self.constraints:
            told["constraints"] = [one.text for one in self.constraints]
        return told


def _column(column: Column) -> JsonObject:
    told: JsonObject = _plain(column)
    told.pop("path", None)
    if column.source is not None:
        told["source"] = {"is": type(column.source).__name__.lower(), **told["source"]}
    return told


def _plain(value: Json) -> Json:
    """Without what says nothing: defaults and empty values."""
    if isinstance(value, Expression):
        return value.text
    if hasattr(value, "__dataclass_fields__"):
        members = {item.name: getattr(value, item.name) for item in fields(value)}
        return {
            name: _plain(item)
            for name, item in members.items()
            if item not in (None, (), False) or name == "clip"
        }
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value
