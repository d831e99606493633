"""Bounds on what a shape may be: it is a stranger's text that recursive code will walk."""

from __future__ import annotations

import math
import re
from typing import Final

from mockwright.errors import ShapeError
from mockwright.schema.keywords import join
from mockwright.types import Json

MAX_DEPTH: Final = 100
MAX_NODES_EXAMPLE: Final = 10_000
MAX_NODES_SCHEMA: Final = 50_000
"""The largest of 1,000 real schemas seen has 4,447."""

_SURROGATE: Final = re.compile("[\ud800-\udfff]")


def check_bounds(raw: Json, max_nodes: int, *, nul: bool = True) -> None:
    """Raises ShapeError where ``raw`` is too deep, too large or holds text that is no text.

    A lone surrogate has no UTF-8 form, so no answer could carry it; NUL is refused on request,
    because databases and C programs behind a mock choke on it.
    """
    nodes = 0
    stack: list[tuple[Json, tuple[str | int, ...]]] = [(raw, ())]
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
