"""The embedded generator: any schema in, a valid, realistic, seeded value out.

Two halves meet in ``interfaces``. The solver knows schemas and nothing of the world: ``generate``
runs rounds of ``search`` over nodes that ``merge_constraints`` makes of a schema. The realist
(``realism``) knows what a city looks like and nothing of schemas: ``field_kinds`` tells what a name
means, ``providers`` make single values, ``context`` holds what belongs together, and ``relations``
what must hold within a record.
"""

from __future__ import annotations

from typing import Final

from mockwright.generator.generate import solve
from mockwright.generator.interfaces import Hints, Realist
from mockwright.generator.realism import DEFAULT
from mockwright.types import Json, JsonObject

GENERATOR_VERSION: Final = 2
"""The version of what a seed means: raised when the same seed gives another answer than before."""

__all__ = ["GENERATOR_VERSION", "Hints", "generate"]


def generate(
    schema: JsonObject | bool,
    *,
    seed: int,
    hints: Hints = Hints(),  # noqa: B008 - frozen, so sharing it is safe
    realist: Realist | None = None,
) -> Json:
    """Return a value that satisfies ``schema``, the same for the same arguments everywhere.

    ``realist`` takes the place of the built-in one. Raises UnsatisfiableError where no
    value satisfies the schema or none was found within the search bound, and ShapeError
    where it is malformed.
    """
    return solve(schema, seed, hints, realist or DEFAULT)
