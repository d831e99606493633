"""What is asked of one field, apart from the source of its values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from mockwright.compute.spec.fields import ListField
from mockwright.errors import SpecError
from mockwright.types import Json, JsonObject

MOST_VALUES: Final = 1_000
"""The most values of a categorical distribution, and the most bins of a histogram."""


@dataclass(frozen=True, slots=True)
class FieldRequest:
    """A field with the bounds and moments that its values must keep."""

    field: ListField
    low: float | None = None
    high: float | None = None
    clip: bool = False
    """Whether values beyond the bounds lie on them, instead of not being drawn at all."""
    mean: float | None = None
    sd: float | None = None

    @property
    def place(self) -> str:
        """The name of the field in messages."""
        return ".".join(self.field.path) or "the value"


def check_members(raw: Mapping[str, Json], known: tuple[str, ...], asked: FieldRequest) -> None:
    """Raise :class:`SpecError` for a member that is not ``known``."""
    for key in raw:
        if key not in known:
            raise SpecError(f"unknown {key[:40]!r}; known: {', '.join(known)}", asked.place)


def list_of(given: JsonObject, name: str, asked: FieldRequest) -> list[Json]:
    """Return the list under ``name``; raise :class:`SpecError` if it is none, or too long."""
    found = given.get(name)
    # A histogram has one edge more than it has bins.
    if not isinstance(found, list) or not 0 < len(found) <= MOST_VALUES + 1:
        raise SpecError(f"{name} is a list of 1 to {MOST_VALUES}", asked.place)
    return found
