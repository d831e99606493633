"""How much a shape asks of a model, as a score from 0 to 10.

The formula is the one of the article this project implements: fields, depth, lists and rules, each
of the first three with a cap, so that no single trait decides alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from mockwright.schema.keywords import Schema, resolve_local
from mockwright.types import Json, JsonObject, Shape

_MAX_FACTOR: Final = 3.0
_ARRAYS: Final = 2.0
_MAX_SCORE: Final = 10.0


@dataclass(frozen=True, slots=True)
class Complexity:
    """The score of a shape, and the four terms it is the sum of before it is capped at 10."""

    score: float
    """From 0 to 10, rounded to two digits."""
    fields: float
    """A fifth of the number of top-level properties, of a list those of its items; at most 3."""
    depth: float
    """Levels of objects, at most 3; a list adds none."""
    arrays: float
    """2 where there is a list anywhere, otherwise 0."""
    rules: float
    """1 for each rule, without a bound."""


def score(shape: Shape, rules: tuple[Json, ...] = ()) -> Complexity:
    """Return how complex an answer of ``shape`` under ``rules`` is."""
    root = shape.schema if isinstance(shape.schema, dict) else {}
    found = _Measure(root).of(root)
    factors = (
        min(len(found.names) / 5, _MAX_FACTOR),
        min(float(found.depth), _MAX_FACTOR),
        _ARRAYS if found.arrays else 0.0,
        float(len(rules)),
    )
    return Complexity(round(min(sum(factors), _MAX_SCORE), 2), *factors)


@dataclass(frozen=True, slots=True)
class _Traits:
    """What a schema asks for at one place and below it."""

    names: frozenset[str] = frozenset()
    """Names of the properties at its own place; a list has those of its items."""
    depth: int = 0
    """Levels of objects."""
    arrays: bool = False
    """Whether there is a list."""

    def beside(self, other: _Traits) -> _Traits:
        """Return the traits of a place that both schemas are about."""
        return _Traits(
            self.names | other.names, max(self.depth, other.depth), self.arrays or other.arrays
        )


@dataclass(slots=True)
class _Measure:
    """Measures the parts of one schema, each reference once."""

    root: JsonObject
    known: dict[str, _Traits] = field(default_factory=dict)

    def of(self, schema: Schema) -> _Traits:
        if not isinstance(schema, dict):
            return _Traits()
        found = self._referred(schema.get("$ref"))
        for keyword in ("allOf", "anyOf", "oneOf"):
            for part in schema.get(keyword) or ():
                found = found.beside(self.of(part))
        properties = schema.get("properties")
        for name, item in properties.items() if isinstance(properties, dict) else ():
            below = self.of(item)
            found = found.beside(_Traits(frozenset([name]), below.depth + 1, below.arrays))
        if schema.get("type") == "array" or "items" in schema:
            below = self.of(schema.get("items", True))
            found = found.beside(_Traits(below.names, below.depth, arrays=True))
        return found

    def _referred(self, ref: Json) -> _Traits:
        if not isinstance(ref, str):
            return _Traits()
        if ref not in self.known:
            # For the time of measuring it counts as nothing, so that a schema that refers to itself
            # ends.
            self.known[ref] = _Traits()
            target = resolve_local(self.root, ref)
            self.known[ref] = self.of(True if target is None else target)
        return self.known[ref]
