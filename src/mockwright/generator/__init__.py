"""The embedded generator: any schema -> a valid, realistic, seeded value."""

from __future__ import annotations

from typing import Final

from mockwright.generator.generate import solve
from mockwright.generator.interfaces import Hints, Realist
from mockwright.generator.realism import DEFAULT
from mockwright.types import Json, JsonObject

GENERATOR_VERSION: Final = 2
"""Raised when the same seed gives another answer than before."""

__all__ = ["GENERATOR_VERSION", "Hints", "generate"]


def generate(
    schema: JsonObject | bool,
    *,
    seed: int,
    hints: Hints = Hints(),  # noqa: B008 - frozen, so sharing it is safe
    realist: Realist | None = None,
) -> Json:
    """A value that satisfies ``schema``; the same for the same arguments, everywhere.

    ``realist`` takes the place of the built-in one. Raises UnsatisfiableError where no value does,
    or none was found within the search bound, and ShapeError where the schema is malformed.
    """
    return solve(schema, seed, hints, realist or DEFAULT)
