"""What types values have, what types a schema is about, and small rewritings of scalar schemas."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final, TypeGuard

from mockwright.schema.keywords import word_set
from mockwright.types import Json, JsonObject

ALL_TYPES: Final = ("object", "array", "string", "integer", "number", "boolean", "null")
SCALARS: Final = ("string", "number", "boolean", "null")
KEYWORD_TYPES: Final = {
    "object": ("properties", "required", "additionalProperties", "patternProperties"),
    "array": ("items", "prefixItems", "minItems", "maxItems", "uniqueItems", "contains"),
    "string": ("pattern", "format", "minLength", "maxLength"),
    "number": ("minimum", "maximum", "multipleOf", "exclusiveMinimum", "exclusiveMaximum"),
}


STRUCTURE: Final = word_set(
    "$comment $defs $id $schema $anchor additionalProperties allOf anyOf const contentEncoding"
    " contentMediaType default definitions deprecated description discriminator enum example"
    " examples externalDocs id items nullable oneOf prefixItems properties readOnly required title"
    " type writeOnly xml"
)
"""Keywords that are read here, or that ask for nothing: not to be reported as dropped."""
ASKING: Final = word_set(
    "$ref additionalProperties allOf anyOf const enum exclusiveMaximum exclusiveMinimum format if"
    " items maxItems maxLength maximum minItems minLength minimum multipleOf not oneOf pattern"
    " patternProperties prefixItems properties required type uniqueItems"
)
"""Keywords that ask for something; a schema without any is only notes."""


def type_names(value: Json) -> tuple[str, ...]:
    """The schema types a value has, the narrowest first: ``1.0`` is an integer and a number."""
    if value is None:
        return ("null",)
    if isinstance(value, bool):
        return ("boolean",)
    if isinstance(value, str):
        return ("string",)
    if isinstance(value, dict):
        return ("object",)
    if isinstance(value, list):
        return ("array",)
    whole = isinstance(value, int) or (math.isfinite(value) and value == int(value))
    return ("integer", "number") if whole else ("number",)


def is_number(value: Json) -> TypeGuard[int | float]:
    """Whether it is a JSON number, which a boolean is not."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def types_of(flat: JsonObject) -> list[str]:
    """The types a schema is about: as it says, as its keywords show, or any scalar."""
    kind = flat.get("type")
    if isinstance(kind, str):
        kinds = [kind]
    elif isinstance(kind, list):
        kinds = list(kind)
    else:
        kinds = [k for k, words in KEYWORD_TYPES.items() if any(word in flat for word in words)]
    if flat.get("nullable") is True and kinds and "null" not in kinds:
        kinds.append("null")
    return kinds or list(SCALARS)


def kinds_of(values: list[Json]) -> list[str]:
    """The types of some values, each once."""
    return list(dict.fromkeys(_kind(value) for value in values)) or list(SCALARS)


def _kind(value: Json) -> str:
    if value is None:
        return "null"
    names = {bool: "boolean", int: "integer", float: "number", str: "string", dict: "object"}
    return names.get(type(value), "array")


def strict_bounds(found: JsonObject) -> JsonObject:
    """Draft-04's ``exclusiveMinimum: true`` beside ``minimum`` as a number of its own."""
    for strict, bound in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        if isinstance(found.get(strict), bool) and found.pop(strict) and bound in found:
            found[strict] = found.pop(bound)
    return found


def whole(found: JsonObject) -> JsonObject:
    """Bounds as ``minimum`` and ``maximum`` of whole numbers."""
    lows = list(_lows(found))
    highs = list(_highs(found))
    result: JsonObject = {"minimum": max(lows)} if lows else {}
    return {**result, "maximum": min(highs)} if highs else result


def _lows(found: JsonObject) -> Iterator[int]:
    if "minimum" in found:
        yield math.ceil(found["minimum"])
    if "exclusiveMinimum" in found:
        yield math.floor(found["exclusiveMinimum"]) + 1


def _highs(found: JsonObject) -> Iterator[int]:
    if "maximum" in found:
        yield math.floor(found["maximum"])
    if "exclusiveMaximum" in found:
        yield math.ceil(found["exclusiveMaximum"]) - 1


def or_null(schema: JsonObject) -> JsonObject:
    """A reduced schema, or null."""
    if "anyOf" in schema:
        null = {"type": "null"}
        return schema if null in schema["anyOf"] else {"anyOf": [*schema["anyOf"], null]}
    if "$ref" in schema or schema.get("type") in ("object", "array"):
        return {"anyOf": [schema, {"type": "null"}]}
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    if "null" in kinds:
        return schema
    result = {**schema, "type": [*kinds, "null"]}
    return {**result, "enum": [*schema["enum"], None]} if "enum" in schema else result
