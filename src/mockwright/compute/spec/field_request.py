"""What is asked of one field beside where its values come from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from mockwright.compute.spec.fields import ListField
from mockwright.errors import SpecError
from mockwright.types import Json, JsonObject

MOST_VALUES: Final = 1_000


@dataclass(frozen=True, slots=True)
class FieldRequest:
    """The field, and the bounds and moments that its values keep."""

    field: ListField
    low: float | None = None
    high: float | None = None
    clip: bool = False
    mean: float | None = None
    sd: float | None = None

    @property
    def place(self) -> str:
        """For messages."""
        return ".".join(self.field.path) or "the value"


def check_members(raw: Mapping[str, Json], known: tuple[str, ...], asked: FieldRequest) -> None:
    """Raises SpecError for a member that is not known."""
    for key in raw:
        if key not in known:
            raise SpecError(f"unknown {key[:40]!r}; known: {', '.join(known)}", asked.place)


def list_of(given: JsonObject, name: str, asked: FieldRequest) -> list[Json]:
    """The list under ``name``; raises SpecError where there is none."""
    found = given.get(name)
    if not isinstance(found, list) or not 0 < len(found) <= MOST_VALUES + 1:
        raise SpecError(f"{name} is a list of 1 to {MOST_VALUES}", asked.place)
    return found
