"""What makes a value break a schema: the ways to satisfy ``not``.

Each way is a schema of its own. What JSON Schema has no words for is said by keywords with ``$``,
which only :mod:`~mockwright.generator.merge_constraints` reads: ``$excluded``, ``$notPattern``,
``$notMultiple``, ``$badName``, ``$surplus``, ``$repeat``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from mockwright.generator.regex_text import matching
from mockwright.rng import Rng
from mockwright.schema.document import Document, Subschema
from mockwright.schema.regex import RegexError
from mockwright.schema.types import is_number
from mockwright.types import Json, JsonObject

if TYPE_CHECKING:
    pass

_TYPES: Final = ("string", "integer", "number", "boolean", "object", "array", "null")
_BELOW: Final = {
    "minLength": ("string", "maxLength"),
    "minItems": ("array", "maxItems"),
    "minProperties": ("object", "maxProperties"),
}
"""To break a lower bound: the type it is about, and the keyword that asks for less."""
_ABOVE: Final = {
    "maxLength": ("string", "minLength"),
    "maxItems": ("array", "minItems"),
    "maxProperties": ("object", "minProperties"),
}
"""To break an upper bound: the type it is about, and the keyword that asks for more."""


def alternatives(document: Document, part: Subschema) -> list[Subschema]:
    """Return the ways to break ``part``, the least harmful first; an empty list where none can."""
    cached = document.negated.get(part.number)
    if cached is None:
        if part.schema is False:
            cached = [document.made_up(True, part)]
        elif part.schema is True:
            cached = []
        else:
            cached = [_as_part(document, ways, part) for ways in _ways_to_break(document, part)]
        document.negated[part.number] = cached
    return cached


def _as_part(document: Document, schema: Json, part: Subschema) -> Subschema:
    return schema if isinstance(schema, Subschema) else document.made_up(schema, part)


def _ways_to_break(document: Document, part: Subschema) -> Iterator[Json]:
    """Yield the ways to break a schema, by its keywords; another type comes last."""
    schema = part.schema
    assert isinstance(schema, dict)  # noqa: S101 - booleans are handled by the caller
    targets = list(document.references(part))
    for target in targets:
        yield document.made_up({"not": target.schema}, target)
    if targets and document.old:
        return
    yield from _break_options(schema)
    yield from _break_objects(schema)
    yield from _break_other_properties(schema)
    yield from _break_scalars(schema)
    yield from _break_arrays(schema)
    yield from _break_combinations(schema)
    if "type" in schema:
        stated = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
        left = [
            t for t in _TYPES if t not in stated and not (t == "integer" and "number" in stated)
        ]
        if "integer" in stated and "number" not in stated:
            # A fraction is no integer, though still a number.
            yield {"type": "number", "not": {"multipleOf": 1}, "$fractional": True}
        left = [t for t in left if not (t == "number" and "integer" in stated)]
        if left:
            yield {"type": left}


def _break_options(schema: JsonObject) -> Iterator[Json]:
    if "const" in schema:
        yield {"$excluded": [schema["const"]]}
    if isinstance(schema.get("enum"), list):
        yield {"$excluded": schema["enum"]}


def _break_objects(schema: JsonObject) -> Iterator[Json]:
    properties = schema.get("properties") or {}
    required = schema.get("required") if isinstance(schema.get("required"), list) else []
    for name, wanted in properties.items():
        # First the properties with fixed values: to break one of them changes the value least.
        if wanted is not True and wanted != {} and _has_fixed_values(wanted):
            yield {"type": "object", "required": [name], "properties": {name: {"not": wanted}}}
    for name in required or ():
        yield {"type": "object", "properties": {name: False}}
    if schema.get("additionalProperties") is False:
        yield {
            "type": "object",
            "$surplus": [*properties, *(schema.get("patternProperties") or {})],
        }
    if schema.get("unevaluatedProperties") is False:
        yield {"type": "object", "$surplus": []}
    for name, wanted in properties.items():
        if wanted is not True and wanted != {} and not _has_fixed_values(wanted):
            yield {"type": "object", "required": [name], "properties": {name: {"not": wanted}}}
    for keyword in ("dependencies", "dependentRequired"):
        for name, wanted in (schema.get(keyword) or {}).items():
            if isinstance(wanted, list):
                for other in wanted:
                    yield {"type": "object", "required": [name], "properties": {other: False}}


def _break_other_properties(schema: JsonObject) -> Iterator[Json]:
    for pattern, wanted in (schema.get("patternProperties") or {}).items():
        for name in _sample_names(pattern):
            yield {"type": "object", "required": [name], "properties": {name: {"not": wanted}}}
    wanted = schema.get("additionalProperties")
    if isinstance(wanted, dict) and "extra" not in (schema.get("properties") or {}):
        yield {"type": "object", "required": ["extra"], "properties": {"extra": {"not": wanted}}}
    if "propertyNames" in schema:
        yield {"type": "object", "minProperties": 1, "$badName": schema["propertyNames"]}
    for keyword in ("dependencies", "dependentSchemas"):
        for name, wanted in (schema.get(keyword) or {}).items():
            if not isinstance(wanted, list):
                yield {"allOf": [{"type": "object", "required": [name]}, {"not": wanted}]}


def _sample_names(pattern: str) -> list[str]:
    """Return a few names that a pattern takes: other constraints may forbid the first."""
    try:
        found = [
            matching(pattern, Rng(seed), low, wander=seed > 2)
            for seed in (0, 3)
            for low in (0, 2, 3, 4, 6, 8)
        ]
    except RegexError:
        return []
    return list(dict.fromkeys(name for name in found if name is not None))


def _has_fixed_values(schema: Json) -> bool:
    return isinstance(schema, dict) and ("const" in schema or "enum" in schema)


def _break_scalars(schema: JsonObject) -> Iterator[Json]:
    if isinstance(schema.get("pattern"), str):
        yield {"type": "string", "$notPattern": schema["pattern"]}
    if isinstance(schema.get("format"), str):
        # Two words, which no format takes.
        yield {"type": "string", "pattern": "^[a-z ]+ [a-z]+$"}
    for keyword, (kind, opposite) in _BELOW.items():
        if schema.get(keyword, 0) > 0:
            yield {"type": kind, opposite: schema[keyword] - 1}
    for keyword, (kind, opposite) in _ABOVE.items():
        if keyword in schema:
            yield {"type": kind, opposite: schema[keyword] + 1}
    for keyword, opposite in (
        ("minimum", "exclusiveMaximum"), ("maximum", "exclusiveMinimum"),
        ("exclusiveMinimum", "maximum"), ("exclusiveMaximum", "minimum"),
    ):  # fmt: skip
        value = schema.get(keyword)
        if is_number(value):
            yield {"type": "number", opposite: value}
    if "multipleOf" in schema:
        yield {"type": "number", "$notMultiple": schema["multipleOf"]}


def _break_arrays(schema: JsonObject) -> Iterator[Json]:
    if isinstance(schema.get("items"), dict):
        yield {"type": "array", "contains": {"not": schema["items"]}}
    prefix = schema.get("prefixItems", schema.get("items"))
    if isinstance(prefix, list):
        for i, wanted in enumerate(prefix):
            free = [True] * i
            yield {"type": "array", "minItems": i + 1, "prefixItems": [*free, {"not": wanted}]}
    if "contains" in schema:
        yield {"type": "array", "items": {"not": schema["contains"]}}
    if schema.get("unevaluatedItems") is False:
        yield {"type": "array", "minItems": 1}
    if schema.get("uniqueItems") is True:
        yield {"type": "array", "minItems": 2, "$repeat": True}


def _break_combinations(schema: JsonObject) -> Iterator[Json]:
    if "not" in schema:
        yield schema["not"] if isinstance(schema["not"], dict) else {"not": not schema["not"]}
    for wanted in schema.get("allOf") or ():
        yield {"not": wanted}
    for kind in ("anyOf", "oneOf"):
        if schema.get(kind):
            yield {"allOf": [{"not": wanted} for wanted in schema[kind]]}
    # Two branches at once break it as well as none.
    for first in schema.get("oneOf") or ():
        for second in schema["oneOf"]:
            if first is not second:
                yield {"allOf": [first, second]}
                break
    if "if" in schema:
        if "then" in schema:
            yield {"allOf": [schema["if"], {"not": schema["then"]}]}
        if "else" in schema:
            yield {"allOf": [{"not": schema["if"]}, {"not": schema["else"]}]}
