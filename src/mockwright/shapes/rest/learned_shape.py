"""The structure of an answer, kept so that later answers to the same path template have it too.

A structure is a schema: names, types and formats, no values. What the later request itself fixes
(the id of its path, a filter of its query) stays, and so does what is known of a field beyond its
type; the fields are those of the first answer.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from mockwright.types import Json, JsonObject

_MAX_DEPTH: Final = 20
"""Levels of nesting that are kept."""
_MAX_FIELDS: Final = 500
"""Fields of one object that are kept."""
_MAX_ITEMS: Final = 50
"""Items of one list that are looked at."""
_FORMATS: Final = (
    # `2025-01-31T08:00:00Z`, `2025-01-31T08:00:00.5+02:00`
    ("date-time", re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)")),
    # `2025-01-31`
    ("date", re.compile(r"\d{4}-\d\d-\d\d")),
    ("uuid", re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)),
    # `ann.lee@example.com`; not `ann@localhost`
    ("email", re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")),
    # `https://example.com/x`
    ("uri", re.compile(r"https?://\S+")),
)


def structure_of(value: Json, depth: int = 0) -> JsonObject:
    """Return the structure of ``value``; the items of a list together have one structure."""
    if depth >= _MAX_DEPTH or value is None:
        return {}
    if isinstance(value, dict):
        parts = {name: structure_of(v, depth + 1) for name, v in list(value.items())[:_MAX_FIELDS]}
        return {"type": "object", "properties": parts, "required": list(parts)}
    if isinstance(value, list):
        return {"type": "array", "items": _common_structure(value[:_MAX_ITEMS], depth + 1)}
    if isinstance(value, str):
        return _text_structure(value)
    return {"type": _SCALARS[type(value)]}


_SCALARS: Final = {bool: "boolean", int: "integer", float: "number"}


def with_structure(schema: JsonObject, kept: JsonObject) -> JsonObject:
    """Return ``schema`` with the fields of the structure ``kept``, where both are of one type."""
    if schema.get("type") != kept.get("type"):
        return schema
    if schema.get("type") == "array":
        items = schema.get("items")
        if not isinstance(items, dict) or "properties" not in kept["items"]:
            return schema
        return {**schema, "items": with_structure(items, kept["items"])}
    own = schema.get("properties")
    if not isinstance(own, dict) or "properties" not in kept:
        return schema
    parts = {
        name: part for name, part in own.items() if name in kept["properties"] or _is_fixed(part)
    }
    for name, part in kept["properties"].items():
        parts[name] = _structured_part(parts.get(name), part)
    required = [name for name in parts if name in kept["required"] or _is_fixed(parts[name])]
    return {**schema, "properties": parts, "required": required}


def _structured_part(own: Json, kept: JsonObject) -> Json:
    if own is None:
        return kept
    return with_structure(own, kept) if isinstance(own, dict) else own


def _is_fixed(part: Json) -> bool:
    return isinstance(part, dict) and "const" in part


def _text_structure(value: str) -> JsonObject:
    named = next((name for name, form in _FORMATS if form.fullmatch(value[:2000])), None)
    return {"type": "string"} if named is None else {"type": "string", "format": named}


def _common_structure(values: Sequence[Json], depth: int) -> JsonObject:
    """Return one structure for all: fields that some lack are optional, mixed types are open."""
    structures = [structure_of(value, depth) for value in values]
    merged = structures[0] if structures else {}
    for other in structures[1:]:
        merged = _merge_structures(merged, other)
    return merged


def _merge_structures(one: JsonObject, two: JsonObject) -> JsonObject:
    if one == two:
        return one
    kinds = {one.get("type"), two.get("type")}
    if kinds == {"object"}:
        first, second = one["properties"], two["properties"]
        parts = {
            name: _merge_structures(first[name], second[name])
            if name in first and name in second
            else (first.get(name) or second.get(name) or {})
            for name in {**first, **second}
        }
        both = [name for name in one["required"] if name in two["required"]]
        return {"type": "object", "properties": parts, "required": both}
    if kinds == {"array"}:
        return {"type": "array", "items": _merge_structures(one["items"], two["items"])}
    if kinds == {"integer", "number"}:
        return {"type": "number"}
    return {"type": one["type"]} if len(kinds) == 1 and None not in kinds else {}
