"""Conversion of a value of the wrong type into a type that its schema takes."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final

from mockwright.conformance import convert_scalar, match_keys
from mockwright.extraction.extract import extract
from mockwright.schema.types import ALL_TYPES, type_names
from mockwright.types import MISSING, Json, JsonObject, Missing

# "red, green;blue". Not "Hello there, you": a comma between several words may well be part of a
# text.
_LISTING: Final = re.compile(r"\s*[\w#@+.-]{1,40}(?:\s*[,;]\s*[\w#@+.-]{1,40}){1,99}\s*")
"""A list written as a text: words with commas between them."""


def allowed_types(flat: Sequence[JsonObject]) -> frozenset[str]:
    """Return the types that every one of ``flat`` allows, by ``type``, ``enum`` or ``const``."""
    allowed = set(ALL_TYPES)
    for schema in flat:
        stated = schema.get("type")
        kinds = {stated} if isinstance(stated, str) else set(stated or ())
        if not kinds and isinstance(schema.get("enum"), list):
            kinds = {type_names(option)[0] for option in schema["enum"]}
        elif not kinds and "const" in schema:
            kinds = {type_names(schema["const"])[0]}
        if kinds:
            allowed &= kinds | ({"integer"} if "number" in kinds else set())
    return frozenset(allowed)


def fits_type(value: Json, types: frozenset[str]) -> bool:
    """Whether ``value`` is of one of ``types``."""
    return not types.isdisjoint(type_names(value))


def retypings(
    value: Json, types: frozenset[str], flat: Sequence[JsonObject]
) -> list[tuple[str, Json]]:
    """Return what ``value`` could be, with the kind of repair, the likeliest first."""
    found: list[tuple[str, Json]] = []
    if isinstance(value, dict) and "array" in types:
        # A list written as ``{"0": ..., "1": ...}``.
        if value and all(key.isdecimal() for key in value):
            found.append(("unwrapped", list(value.values())))
        found.append(("wrapped", [value]))
    if isinstance(value, dict):
        found += _from_object(value, types)
    elif isinstance(value, list):
        found += _from_list(value, types, flat)
    else:
        found += _from_scalar(value, types, flat)
    if "array" in types and isinstance(value, str) and _LISTING.fullmatch(value):
        parts = [part.strip() for part in re.split("[,;]", value)]
        numbers = [convert_scalar.to_number(part) for part in parts]
        found += [("coerced", numbers)] if MISSING not in numbers else []
        found.append(("coerced", parts))
    if "array" in types and not isinstance(value, (list, dict)) and value is not None:
        found.append(("wrapped", [value]))
    return found


def _from_object(value: JsonObject, types: frozenset[str]) -> list[tuple[str, Json]]:
    """Return what an object could be: the list in it, its only member, or its members as a list."""
    found: list[tuple[str, Json]] = []
    lists = [item for item in value.values() if isinstance(item, list)]
    if "array" in types and len(lists) == 1:
        found.append(("unwrapped", lists[0]))
    if len(value) == 1:
        found.append(("unwrapped", next(iter(value.values()))))
    if "array" in types and value and all(isinstance(item, dict) for item in value.values()):
        found.append(("unwrapped", list(value.values())))
    return found


def _from_list(
    value: list[Json], types: frozenset[str], flat: Sequence[JsonObject]
) -> list[tuple[str, Json]]:
    """Return what a list could be: its only item, or the list property of an object."""
    found: list[tuple[str, Json]] = []
    if len(value) == 1:
        found.append(("unwrapped", value[0]))
    if "object" in types:
        found += [("wrapped", {name: value}) for name in match_keys.list_names(flat)]
    return found


_CONVERSIONS: Final[tuple[tuple[str, Callable[[Json], Json | Missing]], ...]] = (
    ("integer", convert_scalar.to_integer),
    ("number", convert_scalar.to_number),
    ("boolean", convert_scalar.to_boolean),
    ("null", convert_scalar.to_null),
    ("string", convert_scalar.to_string),
)
"""Conversions by type, the strictest first."""


def _from_scalar(
    value: Json, types: frozenset[str], flat: Sequence[JsonObject]
) -> list[tuple[str, Json]]:
    """Return what a scalar could be: a date, the JSON in a text, a scalar of another type."""
    found: list[tuple[str, Json]] = []
    for schema in flat:
        if "string" in types and isinstance(schema.get("format"), str):
            stamp = convert_scalar.from_timestamp(value, schema["format"])
            found += [("coerced", stamp)] if stamp is not MISSING else []
    if "object" in types or "array" in types:
        found += _from_json_text(value)
    for kind, convert in _CONVERSIONS:
        # An integer would round what a number keeps.
        if kind not in types or (kind == "integer" and "number" in types):
            continue
        converted = convert(value)
        if converted is not MISSING:
            found.append(("coerced", converted))
    return found


def _from_json_text(value: Json) -> list[tuple[str, Json]]:
    if not isinstance(value, str) or value.lstrip()[:1] not in ("{", "["):
        return []
    inner = extract(value)
    return [] if inner is None else [("unwrapped", inner.value)]
