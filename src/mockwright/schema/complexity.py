"""How much a shape asks of a model, 0 to 10.

The formula is the one of the article this project implements: fields, depth, lists and rules, each
with a cap, so that no single trait decides alone.
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
    """The score, and what it is the sum of (before the cap of 10)."""

    score: float
    fields: float
    """A fifth of the number of top-level fields, at most 3."""
    depth: float
    """Levels of objects, at most 3; lists are transparent."""
    arrays: float
    """2 where there is a list anywhere."""
    rules: float
    """1 for each rule."""


def score(shape: Shape, rules: tuple[Json, ...] = ()) -> Complexity:
    """How complex an answer of ``shape`` under ``rules`` is."""
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
class _Found:
    """What a schema asks for at its own place and below."""

    names: frozenset[str] = frozenset()
    depth: int = 0
    """Levels of objects."""
    arrays: bool = False

    def beside(self, other: _Found) -> _Found:
        """Both, of one place."""
        return _Found(
            self.names | other.names, max(self.depth, other.depth), self.arrays or other.arrays
        )


@dataclass(slots=True)
class _Measure:
    """Walks one schema; what a reference leads to is measured once, within itself as nothing."""

    root: JsonObject
    known: dict[str, _Found] = field(default_factory=dict)

    def of(self, schema: Schema) -> _Found:
        if not isinstance(schema, dict):
            return _Found()
        found = self._referred(schema.get("$ref"))
        for keyword in ("allOf", "anyOf", "oneOf"):
            for part in schema.get(keyword) or ():
                found = found.beside(self.of(part))
        properties = schema.get("properties")
        for name, item in properties.items() if isinstance(properties, dict) else ():
            below = self.of(item)
            found = found.beside(_Found(frozenset([name]), below.depth + 1, below.arrays))
        if schema.get("type") == "array" or "items" in schema:
            below = self.of(schema.get("items", True))
            found = found.beside(_Found(below.names, below.depth, arrays=True))
        return found

    def _referred(self, ref: Json) -> _Found:
        if not isinstance(ref, str):
            return _Found()
        if ref not in self.known:
            self.known[ref] = _Found()
            target = resolve_local(self.root, ref)
            self.known[ref] = self.of(True if target is None else target)
        return self.known[ref]
