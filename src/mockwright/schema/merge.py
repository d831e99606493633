"""Merging several schemas for one place into one that asks for all of them, as far as one can.

For what is sent to a model, not for judging: what cannot be merged is named, and the full schema is
enforced on the answer.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, Final

from mockwright.schema.keywords import Schema
from mockwright.types import Json, JsonObject

_ANNOTATIONS: Final = frozenset(["title", "description", "default", "examples", "$comment"])


def merge(a: Schema, b: Schema, lost: set[str]) -> Schema:
    """Return the conjunction of ``a`` and ``b``. What could not be merged is named in ``lost``."""
    if a is False or b is False:
        return False
    if not isinstance(a, dict):
        return b
    if not isinstance(b, dict):
        return a
    result = dict(a)
    for keyword, theirs in b.items():
        if keyword not in result:
            result[keyword] = theirs
        elif result[keyword] != theirs and keyword not in _ANNOTATIONS:
            _merge_keyword(result, keyword, theirs, lost)
    return _drop_refused(a, b, result)


def _merge_keyword(result: JsonObject, keyword: str, theirs: Json, lost: set[str]) -> None:
    ours = result[keyword]
    if keyword in ("properties", "patternProperties"):
        result[keyword] = _merge_maps(ours, theirs, lost)
    elif keyword in ("items", "additionalProperties"):
        result[keyword] = merge(ours, theirs, lost)
    elif keyword in ("anyOf", "oneOf"):
        # A choice of each: the pairs are distributed where they are reduced.
        result["allOf"] = [*result.get("allOf", []), {keyword: theirs}]
    elif keyword == "allOf":
        result[keyword] = [*ours, *theirs]
    elif keyword in _MERGERS and type(ours) is not bool and type(theirs) is not bool:
        # Draft-04's exclusive bounds are booleans, which say nothing without the bound beside them.
        result[keyword] = _MERGERS[keyword](ours, theirs)
    else:
        lost.add(keyword)


def _merge_maps(ours: JsonObject, theirs: JsonObject, lost: set[str]) -> JsonObject:
    both = dict(ours)
    for name, schema in theirs.items():
        both[name] = merge(both[name], schema, lost) if name in both else schema
    return both


def _drop_refused(a: JsonObject, b: JsonObject, result: JsonObject) -> JsonObject:
    """Drop from ``result`` the properties that one schema declares and the other refuses."""
    for closed, other in ((a, b), (b, a)):
        if closed.get("additionalProperties") is False and "properties" in other:
            surplus = set(other["properties"]) - set(closed.get("properties", {}))
            # Whether a pattern allows the name is not looked at; keeping the property is the safe
            # side.
            if surplus and not closed.get("patternProperties"):
                kept = {k: v for k, v in result["properties"].items() if k not in surplus}
                result["properties"] = kept
    return result


def _common_types(ours: Json, theirs: Json) -> Json:
    a, b = ([kind] if isinstance(kind, str) else list(kind) for kind in (ours, theirs))
    both = [kind for kind in a if kind in b or (kind == "integer" and "number" in b)]
    both += ["integer"] * ("integer" in b and "number" in a and "integer" not in both)
    # Without a common type nothing can conform; a model is better asked for something.
    return both[0] if len(both) == 1 else both or ours


def _common_values(ours: list[Json], theirs: list[Json]) -> list[Json]:
    return [value for value in ours if value in theirs] or ours


def _common_multiple(ours: float, theirs: float) -> float:
    if isinstance(ours, int) and isinstance(theirs, int):
        return math.lcm(ours, theirs)
    # Fractions may have no common multiple that a float can hold; the full schema judges later.
    return max(ours, theirs)


_MERGERS: Final[Mapping[str, Callable[[Any, Any], Any]]] = {
    "type": _common_types,
    "enum": _common_values,
    "required": lambda a, b: [*a, *(name for name in b if name not in a)],
    "multipleOf": _common_multiple,
    **dict.fromkeys(
        ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties", "minContains"),
        max,
    ),
    **dict.fromkeys(
        ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties", "maxContains"),
        min,
    ),
}
