"""Listing all the values of a node that has but few."""

from __future__ import annotations

import math
from itertools import product
from typing import Final

from mockwright.generator.constraints import Constraints
from mockwright.generator.search import Search
from mockwright.generator.strings import text_check
from mockwright.schema.regex import RegexError, language
from mockwright.types import Json

MOST: Final = 400
"""Values that are listed."""
_DEPTH: Final = 6
"""Choices and objects within one another that are looked into."""


def domain(search: Search, node: Constraints, depth: int = 0) -> list[Json] | None:
    """Return every value that the node allows, or None where there are too many to be listed."""
    search.tick(4)
    if node.dead is not None:
        return []
    if depth > _DEPTH:
        return None
    if node.groups:
        return _choice_values(search, node, depth)
    if node.enum is not None:
        judges = [search.judge(part) for part in node.parts if not part.made_up]
        return [value for value in node.enum if all(judge(value) for judge in judges)]
    found: list[Json] = []
    for kind in sorted(node.types - ({"integer"} if "number" in node.types else set())):
        values = _type_values(search, node, kind, depth)
        if values is None:
            return None
        found += values
    return found if len(found) <= MOST else None


def _choice_values(search: Search, node: Constraints, depth: int) -> list[Json] | None:
    """Return what any option allows.

    Options that are too large to list are left out where others are small.
    """
    group = node.groups[0]
    found: list[Json] = []
    for option in range(min(len(group.options), 20)):
        values = domain(search, search.merger.chosen(node, group, option, True), depth + 1)
        found += values or ()
    return found or None


def _type_values(search: Search, node: Constraints, kind: str, depth: int) -> list[Json] | None:
    if kind == "null":
        return [None]
    if kind == "boolean":
        return [value for value in (True, False) if not any(value is v for v in node.excluded)]
    if kind in ("integer", "number"):
        return _number_values(node, whole=kind == "integer")
    if kind == "string":
        return _text_values(node)
    return _object_values(search, node, depth) if kind == "object" else None


def _number_values(node: Constraints, *, whole: bool) -> list[Json] | None:
    low, high, grid = node.number_range(whole=whole) or (None, None, None)
    if low is None or high is None or grid is None or (high - low) / grid > MOST:
        return None
    exact = [step * grid for step in range(math.ceil(low / grid), math.floor(high / grid) + 1)]
    return [int(n) if n.denominator == 1 else float(n) for n in exact]


def _text_values(node: Constraints) -> list[Json] | None:
    """Return the texts of expressions that take only a few, such as ``^[ab]{2}$``."""
    if not node.patterns or node.formats:
        return None
    try:
        known = language(tuple(node.patterns), tuple(node.not_patterns))
    except RegexError:
        return None
    texts = known.texts(MOST, int(node.words.get("maxLength", 40))) if known else None
    fits = text_check(node)
    return None if texts is None else [text for text in texts if fits(text)]


def _object_values(search: Search, node: Constraints, depth: int) -> list[Json] | None:
    """Return the values of an object with its required properties alone."""
    fields = [domain(search, search.merger.field(node, name), depth + 1) for name in node.required]
    if not fields or any(values is None for values in fields):
        return None
    if math.prod(len(values or ()) for values in fields) > MOST:
        return None
    return [dict(zip(node.required, row, strict=True)) for row in product(*filter(None, fields))]
