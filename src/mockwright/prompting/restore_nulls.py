"""The way back from "every property is required": nulls that stand for absent properties.

Where a mode takes no optional properties, the reduced schema requires them and lets them be null.
"""

from __future__ import annotations

from collections.abc import Iterator

from mockwright.schema.keywords import Schema, resolve_local
from mockwright.types import Json, JsonObject

_BRANCHES = ("allOf", "anyOf", "oneOf")


def without_nulls(value: Json, schema: Schema) -> Json:
    """Return ``value`` without the nulls of properties for which ``schema`` allows no null.

    Properties that it does not declare are left alone.
    """
    root = schema if isinstance(schema, dict) else {}
    return _restored_value(value, [schema], root)


def _restored_value(value: Json, schemas: list[Schema], root: JsonObject) -> Json:
    """Return the value without such nulls, ``schemas`` being those that apply to it."""
    views = [view for schema in schemas for view in _applicable_schemas(schema, root, set())]
    if isinstance(value, list):
        items = [view["items"] for view in views if isinstance(view.get("items"), (dict, bool))]
        items += [s for view in views for s in _first_items(view)]
        return [_restored_value(item, items, root) for item in value]
    if not isinstance(value, dict):
        return value
    result: JsonObject = {}
    for name, item in value.items():
        declared = [
            view["properties"][name] for view in views if name in (view.get("properties") or {})
        ]
        if item is None and declared and not any(_takes_null(s, root) for s in declared):
            continue
        result[name] = _restored_value(item, declared, root)
    return result


def _applicable_schemas(schema: Schema, root: JsonObject, seen: set[str]) -> Iterator[JsonObject]:
    """Yield every schema that may say something about the place that ``schema`` describes."""
    if not isinstance(schema, dict):
        return
    yield schema
    ref = schema.get("$ref")
    if isinstance(ref, str) and ref not in seen:
        seen.add(ref)
        target = resolve_local(root, ref)
        yield from _applicable_schemas(True if target is None else target, root, seen)
    for keyword in _BRANCHES:
        for branch in schema.get(keyword) or ():
            yield from _applicable_schemas(branch, root, seen)


def _first_items(view: JsonObject) -> list[Schema]:
    first = view.get("prefixItems", view.get("items"))
    members = first if isinstance(first, list) else []
    return [item for item in members if isinstance(item, (dict, bool))]


def _takes_null(schema: Schema, root: JsonObject) -> bool:
    """Whether null may stand there; True where that cannot be told."""
    if not isinstance(schema, dict):
        return schema
    return any(_names_null(view) for view in _applicable_schemas(schema, root, set()))


def _names_null(view: JsonObject) -> bool:
    """Whether a schema by itself lets null in; one that only points elsewhere does not count."""
    kind = view.get("type")
    if kind is not None and kind != "null" and "null" not in kind:
        return view.get("nullable") is True
    values = view.get("enum", [view["const"]] if "const" in view else None)
    if values is not None:
        return None in values
    return kind is not None or not any(keyword in view for keyword in (*_BRANCHES, "$ref"))
