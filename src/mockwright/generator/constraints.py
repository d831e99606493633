"""All that is asked of one place of a value, merged into one set of constraints."""

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
"""The keyword that a choice comes from; ``depends`` is a dependency on a property."""


class Contradiction(Exception):  # noqa: N818 - a turn of the search, not a fault
    """No value can be made here."""

    def __init__(self, *reasons: tuple[str, str], bound: bool = False) -> None:
        super().__init__(reasons)
        self.reasons = reasons
        """Why, as pairs of a pointer into the schema and a message."""
        self.bound = bound
        """Whether the search ran into its bound, so that there may be a value after all."""


@dataclass(frozen=True, slots=True)
class ChoiceGroup:
    """A choice that is open, as between the branches of ``anyOf``."""

    name: tuple[int, str]
    """The number of the part it comes from, and the keyword: what a choice is known by."""
    kind: GroupKind
    options: tuple[tuple[Subschema, ...], ...]
    """The parts that each option adds."""
    pointer: str
    """Where the choice stands in the schema."""


@dataclass(frozen=True, slots=True)
class Fields:
    """What one subschema says of an object's properties."""

    properties: dict[str, Subschema]
    patterns: tuple[tuple[str, Subschema], ...]
    """Expressions for names, with what they ask."""
    additional: Subschema | None
    """What is asked of a property that neither names nor expressions speak of."""


@dataclass(frozen=True, slots=True)
class Items:
    """What one subschema says of a list's items."""

    prefix: tuple[Subschema, ...]
    """What is asked of the first items, each on its own."""
    rest: Subschema | None
    """What is asked of the items after them."""


@dataclass(frozen=True, slots=True)
class Contains:
    """What some items of a list have to match, and how many: ``low`` to ``high``."""

    part: Subschema
    low: int
    high: int | None


@dataclass(slots=True, eq=False)
class Constraints:
    """The constraints on one place; made once for each combination of parts, and kept."""

    parts: tuple[Subschema, ...]
    """The subschemas that they were merged from."""
    types: set[str] = field(default_factory=lambda: set(ALL_TYPES))
    """The types that are left."""
    words: JsonObject = field(default_factory=dict)
    """Keywords that hold one value, merged; with them ``title``, ``description``, ``examples``."""
    origin: dict[str, str] = field(default_factory=dict)
    """The pointer to where a merged value came from, by keyword."""
    enum: list[Json] | None = None
    """The values there are to choose from, where they are listed."""
    patterns: list[str] = field(default_factory=list)
    """Expressions that a text has to match, all of them."""
    formats: list[str] = field(default_factory=list)
    multiples: list[Fraction] = field(default_factory=list)
    """Steps that a number is a multiple of, all of them."""
    fields: list[Fields] = field(default_factory=list)
    items: list[Items] = field(default_factory=list)
    contains: list[Contains] = field(default_factory=list)
    required: dict[str, str] = field(default_factory=dict)
    """The pointer to where each required property is asked for."""
    dependents: dict[str, list[str]] = field(default_factory=dict)
    """Properties that are required as soon as another one is there."""
    names: list[Subschema] = field(default_factory=list)
    """What the names of properties have to match."""
    excluded: list[Json] = field(default_factory=list)
    """Values that are not allowed."""
    not_patterns: list[str] = field(default_factory=list)
    """Expressions that a text must not match."""
    unevaluated_properties: Subschema | None = None
    unevaluated_items: Subschema | None = None
    groups: list[ChoiceGroup] = field(default_factory=list)
    """Choices that are still open; the first is made first."""
    dead: Contradiction | None = None
    """Why there is no value, where that is known from the merging alone."""
    risky: bool = False
    """Whether some constraints are only known to hold when the finished value is judged."""
    stated_type: bool = False
    """Whether any part states a type."""
    weight: int = 0
    """How many subschemas it was merged from; what the merging cost."""
    memo: dict[Any, Any] = field(default_factory=dict)
    """What others have worked out from these constraints, under names of their own."""

    def number_range(self, *, whole: bool) -> Range | None:
        """Return the lowest and highest number allowed, and their grid; None where there is none.

        What is not bounded is None. ``whole`` asks for integers.
        """
        refused = self.memo.get("not_multiples", ())
        return number_range(self.words, self.multiples, refused, whole=whole)


def bound(node: Constraints, low: str, high: str) -> tuple[Json, Json]:
    """Return the values of two keywords, None where one is absent."""
    return node.words.get(low), node.words.get(high)


_BOUNDS: Final = ("minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum")


def settle(node: Constraints) -> None:
    """Drop the types that the other constraints rule out.

    Raises Contradiction where none is left.
    """
    reasons: list[tuple[str, str]] = []
    for kind, low, high in (
        ("string", "minLength", "maxLength"),
        ("array", "minItems", "maxItems"),
        ("object", "minProperties", "maxProperties"),
    ):
        if kind in node.types and _is_crossed(node, low, high):
            node.types = node.types - {kind}
            # Both bounds are told: either may be the one that is wrong.
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


def _is_crossed(node: Constraints, low: str, high: str) -> bool:
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
        # What cannot be read here is left to the validator, which judges the finished value.
        parse(pattern)
    except RegexError:
        return True
    return search(pattern, text)


def summary(node: Constraints) -> JsonObject:
    """Return the constraints as one schema, as far as a single object can say them.

    It is what the realist gets to see.
    """
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
