"""Which keywords of JSON Schema hold schemas, and how: what a walk over a schema has to know.

A walk that does not know it takes ``{"properties": {"$ref": {...}}}`` for a reference and an
``enum`` member for a schema.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, TypeAlias
from urllib.parse import unquote

from mockwright.types import MISSING, Json, JsonObject, Missing

Schema: TypeAlias = JsonObject | bool


def word_set(text: str) -> frozenset[str]:
    """The words of ``text``: the form in which long tables of names are read best."""
    return frozenset(text.split())


SCHEMA_KEYWORDS: Final = word_set(
    "additionalItems additionalProperties contains contentSchema else if items not propertyNames"
    " then unevaluatedItems unevaluatedProperties"
)
"""Hold one schema (``items`` holds a list of them before 2020-12)."""
LIST_KEYWORDS: Final = frozenset(["allOf", "anyOf", "oneOf", "prefixItems", "items"])
"""Hold a list of schemas."""
MAP_KEYWORDS: Final = word_set(
    "$defs definitions dependencies dependentSchemas patternProperties properties"
)
"""Hold schemas by name (``dependencies`` also lists of names, which are passed by)."""

TYPES: Final = frozenset(["string", "integer", "number", "boolean", "object", "array", "null"])

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
"""What OpenAPI adds to a schema object (OpenAPI 3.0.3, 4.7.24; 3.1.0, 4.8.24)."""


def map_subschemas(schema: JsonObject, change: Callable[[Schema], Schema]) -> JsonObject:
    """A copy of ``schema`` whose direct subschemas went through ``change``."""
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
    """The direct subschemas, in document order, each with its path from ``schema``."""
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
    """One token of a JSON pointer (RFC 6901, section 3)."""
    return str(token).replace("~", "~0").replace("/", "~1")


def join(*tokens: str | int) -> str:
    """A JSON pointer."""
    return "".join(f"/{escape(token)}" for token in tokens)


def split(pointer: str) -> tuple[str, ...]:
    """The tokens of a JSON pointer; a URI fragment's percent-encoding is undone."""
    return tuple(
        unquote(token).replace("~1", "/").replace("~0", "~") for token in pointer.split("/")[1:]
    )


def lookup(document: Json, pointer: str) -> Json | Missing:
    """What a JSON pointer leads to; MISSING where it leads nowhere."""
    value = document
    for token in split(pointer):
        if isinstance(value, dict) and token in value:
            value = value[token]
        elif isinstance(value, list) and token.isdecimal() and int(token[:9]) < len(value):
            value = value[int(token[:9])]
        else:
            return MISSING
    return value


def resolve_local(root: JsonObject, ref: Json) -> Schema | None:
    """The subschema that a ``#`` or ``#/pointer`` reference names; None for any other reference."""
    if not isinstance(ref, str) or not (ref == "#" or ref.startswith("#/")):
        return None
    found = lookup(root, ref[1:])
    return found if isinstance(found, (dict, bool)) else None
