"""What the constrained mode of each kind of server takes. Sources are in ``docs/providers.md``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

Dialect: TypeAlias = Literal["openai", "azure", "anthropic", "llamacpp", "ollama", "plain"]
"""A kind of server by how it reads schemas; ``plain`` takes any, and enforces none."""


@dataclass(frozen=True, slots=True)
class Subset:
    """The part of JSON Schema that a constrained mode enforces."""

    string: frozenset[str]
    """Keywords about strings that it takes."""
    number: frozenset[str]
    """Keywords about numbers that it takes."""
    integer: frozenset[str]
    """Keywords about integers that it takes."""
    array: frozenset[str]
    """Keywords about lists that it takes."""
    formats: frozenset[str]
    """Values of ``format`` that it takes."""
    all_required: bool = False
    """Whether every property has to be listed as required, and every object closed."""
    object_root: bool = False
    """Whether the root has to be an object, and no choice."""
    max_properties: int = 5_000
    """Properties of all objects together."""
    max_depth: int = 10
    """Levels of objects and lists."""
    max_enum: int = 1_000
    """Members of all enums together."""
    max_text: int = 120_000
    """Characters of all names and enumerated strings together."""
    max_length: int | None = None
    """The bound given to strings without one, where a model would otherwise
    run to its token limit.
    """
    max_items: int | None = None
    """The bound given to lists without one."""
    grammar_patterns: bool = False
    r"""Whether patterns become a grammar: anchored, and without classes such as ``\\d``."""


_BOUNDS: Final = frozenset(["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"])
_ITEMS: Final = frozenset(["minItems", "maxItems"])
_NONE: Final = frozenset[str]()

_OPENAI: Final = Subset(
    string=frozenset(["pattern", "format"]),
    number=_BOUNDS | {"multipleOf"},
    integer=_BOUNDS | {"multipleOf"},
    array=_ITEMS,
    formats=frozenset(
        ["date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid"]
    ),
    all_required=True,
    object_root=True,
)
_AZURE: Final = Subset(
    string=_NONE,
    number=_NONE,
    integer=_NONE,
    array=_NONE,
    formats=_NONE,
    all_required=True,
    object_root=True,
    max_properties=100,
    max_depth=5,
    max_enum=500,
    max_text=15_000,
)
_ANTHROPIC: Final = Subset(
    string=frozenset(["format"]),
    number=_NONE,
    integer=_NONE,
    array=_NONE,
    formats=frozenset(
        [
            *("date-time", "time", "date", "duration", "email", "hostname"),
            *("uri", "ipv4", "ipv6", "uuid"),
        ]
    ),
    all_required=True,
    object_root=True,
)
_LLAMACPP: Final = Subset(
    string=frozenset(["pattern", "format", "minLength", "maxLength"]),
    number=_NONE,
    integer=_BOUNDS,
    array=_ITEMS,
    formats=frozenset(["date-time", "time", "date", "uuid"]),
    max_depth=32,
    max_length=200,
    max_items=12,
    grammar_patterns=True,
)

SUBSETS: Final[dict[Dialect, Subset]] = {
    "openai": _OPENAI,
    "azure": _AZURE,
    "anthropic": _ANTHROPIC,
    "llamacpp": _LLAMACPP,
    "ollama": _LLAMACPP,
}
