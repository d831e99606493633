"""Rules -> tighter schemas, where JSON Schema has words for them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final, TypeAlias

from mockwright.errors import UnsatisfiableError
from mockwright.schema.keywords import Schema, join, map_subschemas
from mockwright.schema.types import is_number, type_names
from mockwright.shapes.rules.collection_rules import ISO_PATTERN, is_date_name, is_email_name
from mockwright.shapes.rules.field_paths import Path, same_name
from mockwright.shapes.rules.operators import Predicate
from mockwright.shapes.rules.sentences import Form
from mockwright.types import Json, JsonObject, Shape

Change: TypeAlias = Callable[[JsonObject, str], JsonObject]
"""A schema and where it stands -> the tightened schema."""

_STATED: Final = frozenset(["$ref", "allOf", "anyOf", "const", "enum", "oneOf"])
"""What makes a schema say more than its bounds do: a rule is then checked, and not written in."""


def apply_conditions(pairs: Sequence[tuple[Path, Predicate]], shape: Shape) -> Shape:
    """``shape`` with the conditions at their paths.

    Raises UnsatisfiableError where one plainly contradicts what the schema says already.
    """
    schema = shape.schema
    old = isinstance(schema, dict) and "draft-04" in str(schema.get("$schema"))
    for path, condition in pairs:
        change = _change(condition, old)
        if change is not None and isinstance(schema, dict):
            tokens = path.tokens
            schema = (
                _everywhere(schema, tokens[-1], change)
                if "**" in tokens
                else (_along(schema, tokens, change, ""))
            )
    return replace(shape, schema=schema)


def apply_formats(forms: Sequence[Form], shape: Shape) -> Shape:
    """``shape`` with text fields in the form that their names and the rules call for."""
    schema = shape.schema
    for form in forms:
        if isinstance(schema, dict):
            schema = _formed(schema, form)
    return replace(shape, schema=schema)


def _along(schema: JsonObject, tokens: tuple[str, ...], change: Change, pointer: str) -> JsonObject:
    """``schema`` changed where ``tokens`` lead, through inline objects and lists."""
    if not tokens:
        return change(schema, pointer)
    items, properties = schema.get("items"), schema.get("properties")
    if isinstance(items, dict) and not tokens[0].isdecimal():
        rest = tokens[1:] if tokens[0] == "*" else tokens
        return {**schema, "items": _along(items, rest, change, f"{pointer}/items")}
    if isinstance(properties, dict):
        names = list(properties) if tokens[0] == "*" else [tokens[0]]
        edited = {
            name: _along(
                properties[name], tokens[1:], change, f"{pointer}{join('properties', name)}"
            )
            for name in names
            if isinstance(properties.get(name), dict)
        }
        return {**schema, "properties": {**properties, **edited}}
    return schema


def _everywhere(schema: JsonObject, name: str, change: Change, pointer: str = "") -> JsonObject:
    """``schema`` changed at every property of a name, at any depth."""

    def below(sub: Schema) -> Schema:
        return _everywhere(sub, name, change) if isinstance(sub, dict) else sub

    result = map_subschemas(schema, below)
    properties = result.get("properties")
    if isinstance(properties, dict):
        result["properties"] = {
            key: change(sub, f"{pointer}{join('properties', key)}")
            if isinstance(sub, dict) and same_name(name, key)
            else sub
            for key, sub in properties.items()
        }
    return result


def _change(condition: Predicate, old: bool) -> Change | None:
    op, value = condition.op, condition.value
    if op == "between" and _numeric(*value):
        return _both(_least(value[0], False, old), _most(value[1], False, old))
    if op in ("ge", "gt") and _numeric(value):
        return _least(value, op == "gt", old)
    if op in ("le", "lt") and _numeric(value):
        return _most(value, op == "lt", old)
    if op in ("eq", "in"):
        return _members([value] if op == "eq" else value)
    if op == "matches":
        return _matching(value)
    if op in ("min_length", "max_length"):
        return _sized(op == "min_length", value)
    return _unique if op == "unique" and value else None


def _numeric(*values: Json) -> bool:
    return all(map(is_number, values))


def _both(first: Change, second: Change) -> Change:
    return lambda schema, pointer: second(first(schema, pointer), pointer)


def _takes(schema: JsonObject, *kinds: str) -> bool:
    """Whether the schema is about values of these types, and says so in a form to build on."""
    types = schema.get("type", list(kinds))
    types = [types] if isinstance(types, str) else types
    return not _STATED & set(schema) and any(kind in types for kind in kinds)


def _is_whole(schema: JsonObject) -> bool:
    return schema.get("type") in ("integer", ["integer", "null"])


def _least(bound: float, strict: bool, old: bool) -> Change:
    def change(schema: JsonObject, pointer: str) -> JsonObject:
        if not _takes(schema, "integer", "number") or (old and strict and not _is_whole(schema)):
            return _checked_enum(
                schema, pointer, lambda v: v > bound or (v == bound and not strict)
            )
        if _is_whole(schema):
            low = math.floor(bound) + 1 if strict else math.ceil(bound)
            return _consistent(
                {**schema, "minimum": _tighter(max, schema, "minimum", low)}, pointer
            )
        key = "exclusiveMinimum" if strict else "minimum"
        return _consistent({**schema, key: _tighter(max, schema, key, bound)}, pointer)

    return change


def _most(bound: float, strict: bool, old: bool) -> Change:
    def change(schema: JsonObject, pointer: str) -> JsonObject:
        if not _takes(schema, "integer", "number") or (old and strict and not _is_whole(schema)):
            return _checked_enum(
                schema, pointer, lambda v: v < bound or (v == bound and not strict)
            )
        if _is_whole(schema):
            high = math.ceil(bound) - 1 if strict else math.floor(bound)
            return _consistent(
                {**schema, "maximum": _tighter(min, schema, "maximum", high)}, pointer
            )
        key = "exclusiveMaximum" if strict else "maximum"
        return _consistent({**schema, key: _tighter(min, schema, key, bound)}, pointer)

    return change


def _tighter(pick: Callable[..., Json], schema: JsonObject, key: str, bound: float) -> Json:
    held = schema.get(key)
    return pick(held, bound) if _numeric(held) else bound


def _consistent(schema: JsonObject, pointer: str) -> JsonObject:
    """``schema``; raises UnsatisfiableError where its bounds leave nothing between them."""
    low = max((schema[k] for k in _LOWS if _numeric(schema.get(k))), default=-math.inf)
    high = min((schema[k] for k in _HIGHS if _numeric(schema.get(k))), default=math.inf)
    strict = any(schema.get(k) == low for k in ("exclusiveMinimum",)) or any(
        schema.get(k) == high for k in ("exclusiveMaximum",)
    )
    if low > high or (low == high and strict):
        raise UnsatisfiableError(
            f"the rules leave no number at {pointer or '/'}: not below {low} and not above {high}",
            pointer,
        )
    return schema


_LOWS: Final = ("minimum", "exclusiveMinimum")
_HIGHS: Final = ("maximum", "exclusiveMaximum")


def _checked_enum(schema: JsonObject, pointer: str, holds: Callable[[float], bool]) -> JsonObject:
    """Of an enumeration of numbers, those that hold the rule."""
    values = schema.get("enum")
    if not isinstance(values, list) or not values or not _numeric(*values):
        return schema
    return _narrowed(schema, [value for value in values if holds(value)], pointer)


def _narrowed(schema: JsonObject, values: list[Json], pointer: str) -> JsonObject:
    if not values:
        raise UnsatisfiableError(
            f"the rules leave none of the values allowed at {pointer or '/'}", pointer
        )
    return {**schema, "enum": values}


def _members(values: list[Json]) -> Change:
    def change(schema: JsonObject, pointer: str) -> JsonObject:
        if "const" in schema or {"$ref", "allOf", "anyOf", "oneOf"} & set(schema):
            return schema
        held = schema.get("enum")
        wanted = [v for v in values if not isinstance(held, list) or v in held]
        fits = [v for v in wanted if _fits_type(v, schema.get("type"))]
        return _narrowed(schema, fits, pointer)

    return change


def _fits_type(value: Json, kinds: Json) -> bool:
    if kinds is None:
        return True
    names = [kinds] if isinstance(kinds, str) else kinds
    return any(name in names for name in type_names(value))


def _matching(pattern: str) -> Change:
    def change(schema: JsonObject, pointer: str) -> JsonObject:
        free = _takes(schema, "string") and "pattern" not in schema
        return {**schema, "pattern": pattern} if free else schema

    return change


def _sized(least: bool, n: int) -> Change:
    def change(schema: JsonObject, pointer: str) -> JsonObject:
        for kind, low, high in (
            ("string", "minLength", "maxLength"),
            ("array", "minItems", "maxItems"),
        ):
            if schema.get("type") != kind or _STATED & set(schema):
                continue
            key, pick = (low, max) if least else (high, min)
            schema = {**schema, key: _tighter(pick, schema, key, n)}
            if schema.get(low, 0) > schema.get(high, math.inf):
                raise UnsatisfiableError(f"the rules leave no length at {pointer or '/'}", pointer)
        return schema

    return change


def _unique(schema: JsonObject, pointer: str) -> JsonObject:
    return {**schema, "uniqueItems": True} if schema.get("type") == "array" else schema


def _formed(schema: JsonObject, form: Form) -> JsonObject:
    def below(sub: Schema) -> Schema:
        return _formed(sub, form) if isinstance(sub, dict) else sub

    result = map_subschemas(schema, below)
    properties = result.get("properties")
    if isinstance(properties, dict):
        result["properties"] = {
            name: _form(name, sub, form) if isinstance(sub, dict) else sub
            for name, sub in properties.items()
        }
    return result


def _form(name: str, schema: JsonObject, form: Form) -> JsonObject:
    if (
        schema.get("type") != "string"
        or {"format", "pattern"} & set(schema)
        or _STATED & set(schema)
    ):
        return schema
    if form == "emails" and is_email_name(name):
        return {**schema, "format": "email"}
    if form == "dates" and is_date_name(name):
        return {**schema, "pattern": ISO_PATTERN}
    if form == "texts":
        return {**schema, "minLength": max(1, schema.get("minLength", 1))}
    return schema
