"""Bounds on what a shape may be: it is a stranger's text that recursive code will walk."""

from __future__ import annotations

import math
import re
from typing import Final

from mockwright.errors import ShapeError
from mockwright.schema.keywords import join
from mockwright.types import Json

MAX_DEPTH: Final = 100
"""Levels of nesting: far below Python's limit on recursion, of which each takes several frames."""
MAX_NODES_EXAMPLE: Final = 10_000
"""Values in an example, every one of which is written into the schema made of it."""
MAX_NODES_SCHEMA: Final = 50_000
"""Values in a JSON Schema; the largest of 1,000 real ones seen has 4,447."""

# Half of a UTF-16 pair, as the JSON escape `\ud83d` without `\ude00` after it leaves it behind.
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


def check_bounds(raw: Json, max_nodes: int, *, nul: bool = True) -> None:
    """Raise ShapeError where ``raw`` is too deep, too large or holds text that is no Unicode text.

    A lone surrogate has no UTF-8 form, so no answer could carry it; NUL is refused where ``nul`` is
    False, because databases and C programs behind a mock choke on it.
    """
    nodes = 0
    stack: list[tuple[Json, tuple[str | int, ...]]] = [(raw, ())]
    # Not recursive: this is what protects the recursive code.
    while stack:
        value, path = stack.pop()
        nodes += 1
        if nodes > max_nodes:
            raise ShapeError(f"more than {max_nodes} values")
        if len(path) > MAX_DEPTH:
            raise ShapeError(f"nested more than {MAX_DEPTH} deep", join(*path[:8]))
        if isinstance(value, str):
            _check_text(value, path, nul)
        elif isinstance(value, float) and not math.isfinite(value):
            raise ShapeError(f"{value} is no JSON number", join(*path))
        elif isinstance(value, dict):
            for key, item in value.items():
                _check_text(key, path, nul)
                stack.append((item, (*path, key)))
        elif isinstance(value, list):
            stack.extend((item, (*path, i)) for i, item in enumerate(value))


def _check_text(text: str, path: tuple[str | int, ...], nul: bool) -> None:
    if _SURROGATE.search(text):
        raise ShapeError("a lone surrogate is no Unicode text", join(*path))
    if not nul and "\0" in text:
        raise ShapeError("NUL is not allowed in text", join(*path))
