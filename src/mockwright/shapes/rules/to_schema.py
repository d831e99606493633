"""Writing rules into schemas, where JSON Schema has words for them.

A rule that has been written in is still checked; writing it in has the generator hold it, and lets
a model's constrained mode hold it.
"""

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
"""Returns the tightened schema, given a schema and the pointer to where it stands."""

_COMPLEX: Final = frozenset(["$ref", "allOf", "anyOf", "const", "enum", "oneOf"])
"""Keywords that make a schema say more than its bounds: a rule is then
checked, and not written in.
"""


def apply_conditions(pairs: Sequence[tuple[Path, Predicate]], shape: Shape) -> Shape:
    """Return ``shape`` with the conditions at their paths.

    Raises UnsatisfiableError where one plainly contradicts what the schema says already.
    """
    schema = shape.schema
    # There `exclusiveMinimum` is a boolean beside `minimum`, and no number.
    old = isinstance(schema, dict) and "draft-04" in str(schema.get("$schema"))
    for path, condition in pairs:
        change = _change_for(condition, old)
        if change is not None and isinstance(schema, dict):
            tokens = path.tokens
            schema = (
                _change_everywhere(schema, tokens[-1], change)
                if "**" in tokens
                else (_change_along(schema, tokens, change, ""))
            )
    return replace(shape, schema=schema)


def apply_formats(forms: Sequence[Form], shape: Shape) -> Shape:
    """Return ``shape`` with text fields in the form that their names and the rules call for."""
    schema = shape.schema
    for form in forms:
        if isinstance(schema, dict):
            schema = _with_forms(schema, form)
    return replace(shape, schema=schema)


def _change_along(
    schema: JsonObject, tokens: tuple[str, ...], change: Change, pointer: str
) -> JsonObject:
    """Return ``schema`` changed where ``tokens`` lead, through inline objects and lists."""
    if not tokens:
        return change(schema, pointer)
    items, properties = schema.get("items"), schema.get("properties")
    if isinstance(items, dict) and not tokens[0].isdecimal():
        rest = tokens[1:] if tokens[0] == "*" else tokens
        return {**schema, "items": _change_along(items, rest, change, f"{pointer}/items")}
    if isinstance(properties, dict):
        names = list(properties) if tokens[0] == "*" else [tokens[0]]
        edited = {
            name: _change_along(
                properties[name], tokens[1:], change, f"{pointer}{join('properties', name)}"
            )
            for name in names
            if isinstance(properties.get(name), dict)
        }
        return {**schema, "properties": {**properties, **edited}}
    return schema


def _change_everywhere(
    schema: JsonObject, name: str, change: Change, pointer: str = ""
) -> JsonObject:
    """Return ``schema`` changed at every property of a name, at any depth."""

    def below(sub: Schema) -> Schema:
        return _change_everywhere(sub, name, change) if isinstance(sub, dict) else sub

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


def _change_for(condition: Predicate, old: bool) -> Change | None:
    op, value = condition.op, condition.value
    if op == "between" and _numeric(*value):
        return _in_turn(
            _minimum_change(value[0], False, old), _maximum_change(value[1], False, old)
        )
    if op in ("ge", "gt") and _numeric(value):
        return _minimum_change(value, op == "gt", old)
    if op in ("le", "lt") and _numeric(value):
        return _maximum_change(value, op == "lt", old)
    if op in ("eq", "in"):
        return _enum_change([value] if op == "eq" else value)
    if op == "matches":
        return _pattern_change(value)
    if op in ("min_length", "max_length"):
        return _length_change(op == "min_length", value)
    return _make_unique if op == "unique" and value else None


def _numeric(*values: Json) -> bool:
    return all(map(is_number, values))


def _in_turn(first: Change, second: Change) -> Change:
    return lambda schema, pointer: second(first(schema, pointer), pointer)


def _can_tighten(schema: JsonObject, *kinds: str) -> bool:
    """Whether the schema is about values of these types, and says so in a form to build on."""
    types = schema.get("type", list(kinds))
    types = [types] if isinstance(types, str) else types
    return not _COMPLEX & set(schema) and any(kind in types for kind in kinds)


def _is_integer(schema: JsonObject) -> bool:
    return schema.get("type") in ("integer", ["integer", "null"])


def _minimum_change(bound: float, strict: bool, old: bool) -> Change:
    def change(schema: JsonObject, pointer: str) -> JsonObject:
        # Draft-04 has no exclusive bound as a number, so there the rule is checked alone.
        if not _can_tighten(schema, "integer", "number") or (
            old and strict and not _is_integer(schema)
        ):
            return _checked_enum(
                schema, pointer, lambda v: v > bound or (v == bound and not strict)
            )
        if _is_integer(schema):
            # Of integers, more than 3 is at least 4.
            low = math.floor(bound) + 1 if strict else math.ceil(bound)
            return _checked_bounds(
                {**schema, "minimum": _tighter(max, schema, "minimum", low)}, pointer
            )
        key = "exclusiveMinimum" if strict else "minimum"
        return _checked_bounds({**schema, key: _tighter(max, schema, key, bound)}, pointer)

    return change


def _maximum_change(bound: float, strict: bool, old: bool) -> Change:
    def change(schema: JsonObject, pointer: str) -> JsonObject:
        if not _can_tighten(schema, "integer", "number") or (
            old and strict and not _is_integer(schema)
        ):
            return _checked_enum(
                schema, pointer, lambda v: v < bound or (v == bound and not strict)
            )
        if _is_integer(schema):
            high = math.ceil(bound) - 1 if strict else math.floor(bound)
            return _checked_bounds(
                {**schema, "maximum": _tighter(min, schema, "maximum", high)}, pointer
            )
        key = "exclusiveMaximum" if strict else "maximum"
        return _checked_bounds({**schema, key: _tighter(min, schema, key, bound)}, pointer)

    return change


def _tighter(pick: Callable[..., Json], schema: JsonObject, key: str, bound: float) -> Json:
    held = schema.get(key)
    return pick(held, bound) if _numeric(held) else bound


def _checked_bounds(schema: JsonObject, pointer: str) -> JsonObject:
    """Return ``schema``.

    Raises UnsatisfiableError where its bounds leave no number between them.
    """
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
    """Return an enumeration of numbers with those that hold the rule."""
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


def _enum_change(values: list[Json]) -> Change:
    def change(schema: JsonObject, pointer: str) -> JsonObject:
        # What these allow is not known here; the rule is checked on the answer.
        if "const" in schema or {"$ref", "allOf", "anyOf", "oneOf"} & set(schema):
            return schema
        held = schema.get("enum")
        wanted = [v for v in values if not isinstance(held, list) or v in held]
        # A value of another type in an enum would never be made.
        fits = [v for v in wanted if _fits_type(v, schema.get("type"))]
        return _narrowed(schema, fits, pointer)

    return change


def _fits_type(value: Json, kinds: Json) -> bool:
    if kinds is None:
        return True
    names = [kinds] if isinstance(kinds, str) else kinds
    return any(name in names for name in type_names(value))


def _pattern_change(pattern: str) -> Change:
    def change(schema: JsonObject, pointer: str) -> JsonObject:
        free = _can_tighten(schema, "string") and "pattern" not in schema
        return {**schema, "pattern": pattern} if free else schema

    return change


def _length_change(least: bool, n: int) -> Change:
    def change(schema: JsonObject, pointer: str) -> JsonObject:
        for kind, low, high in (
            ("string", "minLength", "maxLength"),
            ("array", "minItems", "maxItems"),
        ):
            if schema.get("type") != kind or _COMPLEX & set(schema):
                continue
            key, pick = (low, max) if least else (high, min)
            schema = {**schema, key: _tighter(pick, schema, key, n)}
            if schema.get(low, 0) > schema.get(high, math.inf):
                raise UnsatisfiableError(f"the rules leave no length at {pointer or '/'}", pointer)
        return schema

    return change


def _make_unique(schema: JsonObject, pointer: str) -> JsonObject:
    return {**schema, "uniqueItems": True} if schema.get("type") == "array" else schema


def _with_forms(schema: JsonObject, form: Form) -> JsonObject:
    def below(sub: Schema) -> Schema:
        return _with_forms(sub, form) if isinstance(sub, dict) else sub

    result = map_subschemas(schema, below)
    properties = result.get("properties")
    if isinstance(properties, dict):
        result["properties"] = {
            name: _with_form(name, sub, form) if isinstance(sub, dict) else sub
            for name, sub in properties.items()
        }
    return result


def _with_form(name: str, schema: JsonObject, form: Form) -> JsonObject:
    if (
        schema.get("type") != "string"
        or {"format", "pattern"} & set(schema)
        or _COMPLEX & set(schema)
    ):
        return schema
    if form == "emails" and is_email_name(name):
        return {**schema, "format": "email"}
    if form == "dates" and is_date_name(name):
        return {**schema, "pattern": ISO_PATTERN}
    if form == "texts":
        return {**schema, "minLength": max(1, schema.get("minLength", 1))}
    return schema
