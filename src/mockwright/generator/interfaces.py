"""What the two halves of the generator tell each other.

The *solver* (``generate.py`` and its neighbours) knows schemas and nothing of the world; the
*realist* (``realism.py``) knows what a city looks like and nothing of schemas. The solver walks the
schema, opens a :class:`ObjectScope` for every object, offers every free scalar to the realist as a
:class:`Leaf`, and takes the proposal only if the leaf's schema accepts it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal, Protocol, TypeAlias

from mockwright.rng import Rng
from mockwright.types import MISSING, Json, JsonObject, Missing

REFERENCE_NOW = datetime(2025, 6, 15, 12, 0, 0, tzinfo=UTC)
"""The present, under a seed: a seeded answer must not change from day to day."""

ScalarType: TypeAlias = Literal["string", "integer", "number", "boolean"]
"""The types of which the realist makes values; null is no question of what things look like."""


def present(seed: int | None) -> datetime:
    """Return the instant that dates count from: a fixed one under a seed, else now."""
    return datetime.now(UTC) if seed is None else REFERENCE_NOW


@dataclass(frozen=True, slots=True)
class Hints:
    """What is known of the request beside its schema."""

    method: str = "GET"
    path: str = "/"
    query: tuple[tuple[str, str], ...] = ()
    """The parameters of the query in their order."""
    prompt: str | None = None
    """What the caller said of the answer in words."""
    locale: str = "en"
    """A locale as the caller wrote it, or an ``Accept-Language``."""
    now: datetime = REFERENCE_NOW
    """The moment that dates count from."""
    given: Json | Missing = MISSING
    """A partial value that the answer will be laid under.

    Its values are kept, and what is made beside them should agree with them.
    """


@dataclass(slots=True, eq=False)
class ObjectScope:
    """One object being made, and its place in the answer."""

    rng: Rng
    """This object's own stream."""
    hints: Hints
    name: str = ""
    """The property it stands under; for an item of a list, the list's property."""
    path: tuple[str | int, ...] = ()
    """Names and indexes that lead to it from the root."""
    index: int | None = None
    """Its position, where it is an item of a list."""
    parent: ObjectScope | None = None
    """The object around it, or None at the root."""
    siblings: Mapping[str, JsonObject] = field(default_factory=dict)
    """The properties that this object will have, each with its merged schema."""
    made: dict[str, Json] = field(default_factory=dict)
    """The scalars it has so far, those given by the caller included."""
    facts: dict[str, Any] = field(default_factory=dict)
    """The realist's own memory for this object: the person, place or time line that it
    describes.
    """


@dataclass(frozen=True, slots=True)
class Leaf:
    """A scalar to be made."""

    name: str
    """Its property; for an item of a list of scalars, the list's property; ``""`` at the root."""
    path: tuple[str | int, ...]
    type: ScalarType
    schema: JsonObject
    """Its merged schema: ``$ref`` resolved, ``allOf`` folded in."""
    index: int | None = None
    """Its position, where it is an item of a list of scalars."""


class Realist(Protocol):
    """Knows what things look like."""

    def leaf(self, leaf: Leaf, scope: ObjectScope) -> Json | Missing:
        """Return a realistic value, or MISSING where the name says nothing.

        It need not fit the schema.
        """

    def harmonise(self, value: Json, hints: Hints, accepts: Callable[[Json], bool]) -> Json:
        """Return the finished answer with its parts made to agree (totals, dates, foreign keys).

        Each change is kept only while ``accepts`` holds for the whole answer; values that the
        caller gave are never changed.
        """
