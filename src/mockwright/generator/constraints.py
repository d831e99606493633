"""All that is asked of one place of the value, merged into one set of constraints."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Final, Literal

from mockwright.generator.number_range import Range, fraction, number_range
from mockwright.schema.document import Subschema
from mockwright.schema.edit import equal
from mockwright.schema.regex import RegexError, parse, search
from mockwright.schema.types import ALL_TYPES, is_number, type_names
from mockwright.types import Json, JsonObject

GroupKind = Literal["anyOf", "oneOf", "if", "depends", "not"]


class Contradiction(Exception):  # noqa: N818 - a turn of the search, not a fault
    """No value can be made here; the reasons are (pointer into the schema, message)."""

    def __init__(self, *reasons: tuple[str, str], bound: bool = False) -> None:
        super().__init__(reasons)
        self.reasons = reasons
        self.bound = bound
        """True where the search ran into its bound instead."""


@dataclass(frozen=True, slots=True)
class ChoiceGroup:
    """A choice to be made: each option is the parts that it adds."""

    name: tuple[int, str]
    kind: GroupKind
    options: tuple[tuple[Subschema, ...], ...]
    pointer: str


@dataclass(frozen=True, slots=True)
class Fields:
    """What one subschema says of an object's properties."""

    properties: dict[str, Subschema]
    patterns: tuple[tuple[str, Subschema], ...]
    additional: Subschema | None


@dataclass(frozen=True, slots=True)
class Items:
    """What one subschema says of a list's items."""

    prefix: tuple[Subschema, ...]
    rest: Subschema | None


@dataclass(frozen=True, slots=True)
class Contains:
    """So many items have to match."""

    part: Subschema
    low: int
    high: int | None


@dataclass(slots=True, eq=False)
class Constraints:
    """The merged constraints; made once for each combination of parts, and kept."""

    parts: tuple[Subschema, ...]
    types: set[str] = field(default_factory=lambda: set(ALL_TYPES))
    words: JsonObject = field(default_factory=dict)
    """Keywords that hold one value, merged; with them ``title``, ``description``, ``examples``."""
    origin: dict[str, str] = field(default_factory=dict)
    """Keyword -> pointer to where its merged value came from."""
    enum: list[Json] | None = None
    patterns: list[str] = field(default_factory=list)
    formats: list[str] = field(default_factory=list)
    multiples: list[Fraction] = field(default_factory=list)
    fields: list[Fields] = field(default_factory=list)
    items: list[Items] = field(default_factory=list)
    contains: list[Contains] = field(default_factory=list)
    required: dict[str, str] = field(default_factory=dict)
    """Name -> pointer."""
    dependents: dict[str, list[str]] = field(default_factory=dict)
    names: list[Subschema] = field(default_factory=list)
    """What property names have to match."""
    excluded: list[Json] = field(default_factory=list)
    not_patterns: list[str] = field(default_factory=list)
    unevaluated_properties: Subschema | None = None
    unevaluated_items: Subschema | None = None
    groups: list[ChoiceGroup] = field(default_factory=list)
    dead: Contradiction | None = None
    risky: bool = False
    """Has constraints that are only known to hold when the finished value is judged."""
    stated_type: bool = False
    weight: int = 0
    """How many subschemas it was merged from."""
    memo: dict[Any, Any] = field(default_factory=dict)

    def number_range(self, *, whole: bool) -> Range | None:
        """Return what numbers are allowed; None where none, open ends are None."""
        refused = self.memo.get("not_multiples", ())
        return number_range(self.words, self.multiples, refused, whole=whole)


def bound(node: Constraints, low: str, high: str) -> tuple[Json, Json]:
    """The values of two keywords, None where absent."""
    return node.words.get(low), node.words.get(high)


_BOUNDS: Final = ("minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum")


def settle(node: Constraints) -> None:
    """Drop the types that the other constraints rule out; Contradiction where none is left."""
    reasons: list[tuple[str, str]] = []
    for kind, low, high in (
        ("string", "minLength", "maxLength"),
        ("array", "minItems", "maxItems"),
        ("object", "minProperties", "maxProperties"),
    ):
        if kind in node.types and _crossed(node, low, high):
            node.types = node.types - {kind}
            reasons.append((node.origin[low], f"{low} {node.words[low]} is over {high}"))
            reasons.append((node.origin[high], f"{high} is {node.words[high]}"))
    _settle_numbers(node, reasons)
    if (
        "null" not in node.types
        and "object" in node.types
        and len(node.required) > node.words.get("maxProperties", math.inf)
    ):
        node.types = node.types - {"object"}
        reasons.append((node.origin["maxProperties"], "fewer properties than are required"))
    _settle_enum(node, reasons)
    if not node.types:
        raise Contradiction(*reasons)


def _crossed(node: Constraints, low: str, high: str) -> bool:
    least, most = bound(node, low, high)
    return least is not None and most is not None and least > most


def _settle_numbers(node: Constraints, reasons: list[tuple[str, str]]) -> None:
    if not node.types & {"integer", "number"}:
        return
    for kind in ("integer", "number"):
        if kind in node.types and node.number_range(whole=kind == "integer") is None:
            node.types = node.types - {kind}
            reasons.extend(
                (node.origin[keyword], f"{keyword} is {node.words[keyword]}")
                for keyword in _BOUNDS
                if keyword in node.origin
            )


def _settle_enum(node: Constraints, reasons: list[tuple[str, str]]) -> None:
    if node.enum is None:
        return
    kept = [v for v in node.enum if any(name in node.types for name in type_names(v))]
    kept = [v for v in kept if not any(equal(v, other) for other in node.excluded)]
    kept = [v for v in kept if scalar_fits(node, v)]
    if not kept:
        pointer = node.origin.get("enum", "")
        reasons.append((pointer, "no listed value fits the other constraints"))
        raise Contradiction(*reasons)
    node.enum = kept


def scalar_fits(node: Constraints, value: Json) -> bool:
    """Whether a value fits the constraints that can be told without looking inside."""
    words = node.words
    if isinstance(value, str):
        if not words.get("minLength", 0) <= len(value) <= words.get("maxLength", math.inf):
            return False
        return all(_matches(p, value) for p in node.patterns)
    if is_number(value):
        exact = fraction(value)
        if any(exact % m for m in node.multiples):
            return False
        return bool(
            words.get("minimum", -math.inf) <= value <= words.get("maximum", math.inf)
            and words.get("exclusiveMinimum", -math.inf) < value
            and value < words.get("exclusiveMaximum", math.inf)
        )
    if isinstance(value, list):
        return bool(words.get("minItems", 0) <= len(value) <= words.get("maxItems", math.inf))
    if isinstance(value, dict):
        if not words.get("minProperties", 0) <= len(value) <= words.get("maxProperties", math.inf):
            return False
        return all(name in value for name in node.required)
    return True


def _matches(pattern: str, text: str) -> bool:
    try:
        parse(pattern)
    except RegexError:
        return True
    return search(pattern, text)


def summary(node: Constraints) -> JsonObject:
    """The node as one schema, as far as a single object can say it."""
    known: JsonObject | None = node.memo.get("summary")
    if known is None:
        known = node.memo["summary"] = _summary(node)
    return known


def _summary(node: Constraints) -> JsonObject:
    result: JsonObject = {key: node.words[key] for key in sorted(node.words)}
    if node.stated_type:
        names = sorted(t for t in node.types if not (t == "integer" and "number" in node.types))
        result["type"] = names[0] if len(names) == 1 else names
    elif node.fields:
        result["type"] = "object"
    if node.enum is not None:
        result["enum"] = node.enum
    for keyword, values in (("pattern", node.patterns), ("format", node.formats)):
        if values:
            result[keyword] = values[0]
    return result
