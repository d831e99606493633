"""What types values have, what types a schema is about, and small rewritings of scalar schemas."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final, TypeGuard

from mockwright.schema.keywords import word_set
from mockwright.types import Json, JsonObject

ALL_TYPES: Final = ("object", "array", "string", "integer", "number", "boolean", "null")
SCALARS: Final = ("string", "number", "boolean", "null")
"""The types taken for a schema that says nothing of its type."""
KEYWORD_TYPES: Final = {
    "object": ("properties", "required", "additionalProperties", "patternProperties"),
    "array": ("items", "prefixItems", "minItems", "maxItems", "uniqueItems", "contains"),
    "string": ("pattern", "format", "minLength", "maxLength"),
    "number": ("minimum", "maximum", "multipleOf", "exclusiveMinimum", "exclusiveMaximum"),
}
"""The keywords that show a type where ``type`` does not state it."""


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
"""Keywords that ask something of a value; a schema without any of them is only notes."""


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
    """Return the types a schema is about: as stated, as its keywords show, or else every scalar.

    OpenAPI's ``nullable: true`` adds ``null``.
    """
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
    """Return the types of ``values``, each once, or every scalar where there are no values."""
    return list(dict.fromkeys(_json_type(value) for value in values)) or list(SCALARS)


def _json_type(value: Json) -> str:
    if value is None:
        return "null"
    names = {bool: "boolean", int: "integer", float: "number", str: "string", dict: "object"}
    return names.get(type(value), "array")


def strict_bounds(found: JsonObject) -> JsonObject:
    """Rewrite draft-04's ``exclusiveMinimum: true`` beside ``minimum`` as a number, in place.

    The same for the maximum; returns ``found``.
    """
    for strict, bound in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        if isinstance(found.get(strict), bool) and found.pop(strict) and bound in found:
            found[strict] = found.pop(bound)
    return found


def integer_bounds(found: JsonObject) -> JsonObject:
    """Return the bounds of a number as ``minimum`` and ``maximum`` of integers, both included."""
    lows = list(_lower_bounds(found))
    highs = list(_upper_bounds(found))
    result: JsonObject = {"minimum": max(lows)} if lows else {}
    return {**result, "maximum": min(highs)} if highs else result


def _lower_bounds(found: JsonObject) -> Iterator[int]:
    if "minimum" in found:
        yield math.ceil(found["minimum"])
    if "exclusiveMinimum" in found:
        yield math.floor(found["exclusiveMinimum"]) + 1


def _upper_bounds(found: JsonObject) -> Iterator[int]:
    if "maximum" in found:
        yield math.floor(found["maximum"])
    if "exclusiveMaximum" in found:
        yield math.ceil(found["exclusiveMaximum"]) - 1


def or_null(schema: JsonObject) -> JsonObject:
    """Return ``schema`` widened to accept null; it has an ``anyOf``, a ``$ref`` or a ``type``."""
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
