"""Which keywords of JSON Schema hold schemas, and how; JSON pointers into them.

A walk over a schema that does not know this takes ``{"properties": {"$ref": {...}}}`` for a
reference and a member of an ``enum`` for a schema.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, TypeAlias
from urllib.parse import unquote

from mockwright.types import MISSING, Json, JsonObject, Missing

Schema: TypeAlias = JsonObject | bool
"""An object, or ``true`` (accepts everything) or ``false`` (accepts nothing)."""


def word_set(text: str) -> frozenset[str]:
    """Return the words of ``text``: the form in which long tables of names are read best."""
    return frozenset(text.split())


SCHEMA_KEYWORDS: Final = word_set(
    "additionalItems additionalProperties contains contentSchema else if items not propertyNames"
    " then unevaluatedItems unevaluatedProperties"
)
"""Keywords that hold one schema (``items`` holds a list of them before 2020-12)."""
LIST_KEYWORDS: Final = frozenset(["allOf", "anyOf", "oneOf", "prefixItems", "items"])
"""Keywords that hold a list of schemas."""
MAP_KEYWORDS: Final = word_set(
    "$defs definitions dependencies dependentSchemas patternProperties properties"
)
"""Keywords that hold schemas by name. ``dependencies`` may hold lists of names, too."""

TYPES: Final = frozenset(["string", "integer", "number", "boolean", "object", "array", "null"])
"""The names of types, as ``type`` takes them."""

KEYWORDS: Final = (
    SCHEMA_KEYWORDS
    | LIST_KEYWORDS
    | MAP_KEYWORDS
    | word_set(
        "$anchor $comment $dynamicAnchor $dynamicRef $id $recursiveAnchor $recursiveRef $ref"
        " $schema $vocabulary const contentEncoding contentMediaType default dependentRequired"
        " deprecated description enum examples exclusiveMaximum exclusiveMinimum format id"
        " maxContains maxItems maxLength maxProperties maximum minContains minItems minLength"
        " minProperties minimum multipleOf pattern readOnly required title type uniqueItems"
        " writeOnly"
    )
)
"""Every keyword of draft-04 to 2020-12."""
OPENAPI_KEYWORDS: Final = frozenset(["discriminator", "example", "externalDocs", "nullable", "xml"])
"""Keywords that OpenAPI adds to a schema object (OpenAPI 3.0.3, 4.7.24; 3.1.0, 4.8.24)."""


def map_subschemas(schema: JsonObject, change: Callable[[Schema], Schema]) -> JsonObject:
    """Return a copy of ``schema`` with each direct subschema replaced by ``change`` of it."""
    result: JsonObject = {}
    for keyword, value in schema.items():
        if keyword in LIST_KEYWORDS and isinstance(value, list):
            result[keyword] = [change(item) if _is_schema(item) else item for item in value]
        elif keyword in MAP_KEYWORDS and isinstance(value, dict):
            result[keyword] = {
                name: change(item) if _is_schema(item) else item for name, item in value.items()
            }
        elif keyword in SCHEMA_KEYWORDS and _is_schema(value):
            result[keyword] = change(value)
        else:
            result[keyword] = value
    return result


def subschemas(schema: JsonObject) -> Iterator[tuple[tuple[str | int, ...], Schema]]:
    """Yield the direct subschemas in document order, each with its path from ``schema``."""
    for keyword, value in schema.items():
        if keyword in LIST_KEYWORDS and isinstance(value, list):
            yield from (((keyword, i), item) for i, item in enumerate(value) if _is_schema(item))
        elif keyword in MAP_KEYWORDS and isinstance(value, dict):
            yield from (((keyword, k), item) for k, item in value.items() if _is_schema(item))
        elif keyword in SCHEMA_KEYWORDS and _is_schema(value):
            yield (keyword,), value


def _is_schema(value: Json) -> bool:
    return isinstance(value, (dict, bool))


def escape(token: str | int) -> str:
    """Return one token as it is written in a JSON pointer (RFC 6901, section 3)."""
    # First the tilde: the other way round, that of `~1` would be escaped once more.
    return str(token).replace("~", "~0").replace("/", "~1")


def join(*tokens: str | int) -> str:
    """Return the JSON pointer made of ``tokens``; ``""``, the whole document, without any."""
    return "".join(f"/{escape(token)}" for token in tokens)


def split(pointer: str) -> tuple[str, ...]:
    """Return the tokens of a JSON pointer, undoing the percent-encoding of a URI fragment."""
    return tuple(
        unquote(token).replace("~1", "/").replace("~0", "~") for token in pointer.split("/")[1:]
    )


def lookup(document: Json, pointer: str) -> Json | Missing:
    """Return what a JSON pointer leads to in ``document``, or MISSING."""
    value = document
    for token in split(pointer):
        if isinstance(value, dict) and token in value:
            value = value[token]
        elif isinstance(value, list) and token.isdecimal() and int(token[:9]) < len(value):
            # Python refuses to read a number of more than 4,300 digits; no list has so many items.
            value = value[int(token[:9])]
        else:
            return MISSING
    return value


def resolve_local(root: JsonObject, ref: Json) -> Schema | None:
    """Return the subschema that the reference ``#`` or ``#/pointer`` names; None for any other."""
    if not isinstance(ref, str) or not (ref == "#" or ref.startswith("#/")):
        return None
    found = lookup(root, ref[1:])
    return found if isinstance(found, (dict, bool)) else None
