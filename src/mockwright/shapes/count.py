"""How many items: finding the list that a count means, and giving it exactly so many."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final, TypeAlias

from mockwright.errors import ShapeError, UnsatisfiableError
from mockwright.schema.keywords import Schema, join, map_subschemas, resolve_local, subschemas
from mockwright.types import Json, JsonObject, Shape

MAX_TOTAL: Final = 100_000
"""Items that one answer may have to have, those of lists within lists multiplied."""

Path: TypeAlias = tuple[tuple[str, str | int], ...]
"""Steps from the root of a schema: ``("properties", "users")``, ``("items", "")``, ``("anyOf",
0)``, ``("$ref", "#/$defs/user")``.
"""

_IGNORES_SIBLINGS: Final = ("draft-04", "draft-06", "draft-07")
"""Drafts in which nothing beside ``$ref`` counts."""


def with_count(shape: Shape, n: int) -> Shape:
    """Return ``shape`` with exactly ``n`` items in the list that is meant.

    That is the list with ``$count`` beside it, else the first one in document order, at any depth;
    a shape without a list is repeated into one. Raises UnsatisfiableError where a JSON Schema
    forbids so many, ShapeError where the items of all lists together would be too many.
    """
    if n < 0:
        raise ShapeError(f"a list cannot have {n} items")
    schema = set_count(shape.schema, n, free=shape.source != "schema")
    if required_items(schema) > MAX_TOTAL:
        raise ShapeError(f"more than {MAX_TOTAL} items in all")
    return replace(shape, schema=schema)


def set_count(schema: Schema, n: int, *, free: bool) -> JsonObject:
    """Return the schema under :func:`with_count`.

    ``free`` lets ``n`` replace the bounds that stand there; otherwise it has to be within them.
    """
    paths = list(find_lists(schema)) if isinstance(schema, dict) else []
    if not paths or not isinstance(schema, dict):
        return repeat(schema, n)
    # In an example, a list that has a count already is the one with `$count` beside it.
    marked = [path for path in paths if free and _is_fixed(schema_at(schema, path))]
    return edit_list(schema, (marked or paths)[0], n, free=free)


def edit_list(root: JsonObject, path: Path, n: int, *, free: bool) -> JsonObject:
    """Return ``root`` with exactly ``n`` items at ``path``, and the way there required.

    Only that place changes: where it is part of what references name (a tree of ``children``), they
    lead to a copy of the schema as it was.
    """
    # Nothing refers to the place, so it can be changed where it stands.
    if not _is_shared(root, path):
        return _edit(root, root, path, 0, n, free)
    names = {**root.get("definitions", {}), **root.get("$defs", {})}
    name = next(f"whole{i or ''}" for i in range(len(names) + 1) if f"whole{i or ''}" not in names)
    moved = map_subschemas(root, lambda sub: _rebase(sub, f"#/$defs/{name}"))
    whole = {k: v for k, v in moved.items() if k not in ("$defs", "definitions", "$schema")}
    detached = {**moved, "$defs": {**moved.get("$defs", {}), name: whole}}
    return _edit(detached, detached, path, 0, n, free)


def _is_shared(root: JsonObject, path: Path) -> bool:
    """Whether a reference names the list at ``path``, or what it is in."""
    steps: list[str | int] = []
    for keyword, name in path:
        if keyword == "$ref":
            break
        steps += [keyword] if name == "" and keyword == "items" else [keyword, name]
    place = "#" + join(*steps)
    return any(place == ref or place.startswith(f"{ref}/") for ref in _references(root))


def _references(schema: JsonObject) -> Iterator[str]:
    if isinstance(schema.get("$ref"), str):
        yield schema["$ref"]
    for _, sub in subschemas(schema):
        if isinstance(sub, dict):
            yield from _references(sub)


def find_lists(root: JsonObject) -> Iterator[Path]:
    """Yield the places of lists, outer before inner, in document order."""
    return _find_lists(root, root, (), set())


def _find_lists(root: JsonObject, schema: Schema, path: Path, seen: set[str]) -> Iterator[Path]:
    """Yield the lists below ``schema``, following each reference once."""
    if not isinstance(schema, dict):
        return
    ref = schema.get("$ref")
    if isinstance(ref, str) and ref not in seen:
        seen.add(ref)
        target = resolve_local(root, ref)
        # What has an identifier of its own is edited nowhere: references into it would break.
        if isinstance(target, dict) and not _has_own_base(target):
            yield from _find_lists(root, target, (*path, ("$ref", ref)), seen)
    if _is_list(root, schema):
        yield path
        yield from _find_lists(root, schema.get("items", True), (*path, ("items", "")), seen)
        return
    for keyword, value in schema.items():
        if keyword == "properties" and isinstance(value, dict):
            for name, item in value.items():
                yield from _find_lists(root, item, (*path, (keyword, name)), seen)
        elif keyword in ("allOf", "anyOf", "oneOf") and isinstance(value, list):
            for i, item in enumerate(value):
                yield from _find_lists(root, item, (*path, (keyword, i)), seen)


def repeat(schema: Schema, n: int) -> JsonObject:
    """Return the schema of a list of exactly ``n`` values of ``schema``."""
    head: JsonObject = {}
    item = schema
    if isinstance(schema, dict):
        head = {"$schema": schema["$schema"]} if "$schema" in schema else {}
        if not _has_own_base(schema):
            hoisted: JsonObject = {k: schema[k] for k in ("$defs", "definitions") if k in schema}
            rest = {k: v for k, v in schema.items() if k not in hoisted and k != "$schema"}
            item = _rebase(rest, "#/items")
            head |= map_subschemas(hoisted, lambda sub: _rebase(sub, "#/items"))
    return {**head, "type": "array", "items": item, "minItems": n, "maxItems": n}


def required_items(schema: Schema, *, uncounted: int = 0) -> int:
    """Return how many list items an answer has at least, up to a little over ``MAX_TOTAL``.

    ``uncounted`` is how many are taken to be in a list without a count of its own.
    """
    if not isinstance(schema, dict):
        return 0
    total = 0
    is_list = schema.get("type") == "array" or "items" in schema
    least = schema.get("minItems", uncounted if is_list else 0)
    if isinstance(least, int) and least > 0:
        within = required_items(schema.get("items", True), uncounted=uncounted)
        total += least * max(1, within)
    properties = schema.get("properties")
    for item in properties.values() if isinstance(properties, dict) else ():
        total += required_items(item, uncounted=uncounted)
    return min(total, MAX_TOTAL + 1)


def _has_own_base(schema: JsonObject) -> bool:
    """Whether the references inside are relative to an identifier of its own."""
    return any(isinstance(schema.get(key), str) for key in ("$id", "id"))


def _rebase(schema: Schema, base: str) -> Schema:
    """Return ``schema`` with references to the root of the document leading to ``base`` instead."""
    if not isinstance(schema, dict) or _has_own_base(schema):
        return schema
    result = map_subschemas(schema, lambda sub: _rebase(sub, base))
    ref = result.get("$ref")
    if isinstance(ref, str) and (ref == "#" or ref.startswith("#/")):
        # Definitions stay at the root, so what leads there need not change.
        kept = ref.startswith(("#/$defs/", "#/definitions/"))
        result["$ref"] = ref if kept else f"{base}{ref[1:]}"
    if result.get("$recursiveRef") == "#":
        result["$recursiveRef"] = base
    return result


def _is_list(root: JsonObject, schema: JsonObject) -> bool:
    kind = schema.get("type")
    if kind is not None:
        return kind == "array" or (isinstance(kind, list) and set(kind) in _LISTS)
    if "items" in schema or "prefixItems" in schema:
        return True
    for keyword in ("anyOf", "oneOf"):
        branches = schema.get(keyword)
        if isinstance(branches, list):
            for branch in branches:
                target = (
                    resolve_local(root, branch.get("$ref")) if _is_reference(branch) else branch
                )
                if isinstance(target, dict) and target.get("type") == "array":
                    return True
    return False


_LISTS: Final = ({"array"}, {"array", "null"})


def _is_reference(schema: Json) -> bool:
    return isinstance(schema, dict) and "$ref" in schema


def _is_fixed(schema: Schema | None) -> bool:
    return (
        isinstance(schema, dict)
        and schema.get("minItems") is not None
        and schema.get("minItems") == schema.get("maxItems")
    )


def schema_at(root: JsonObject, path: Path) -> Schema | None:
    """Return the schema that a path of :func:`find_lists` leads to."""
    value: Json = root
    for keyword, name in path:
        if keyword == "$ref":
            value = resolve_local(root, name)
        else:
            value = value[keyword] if name == "" and keyword == "items" else value[keyword][name]
    return value if isinstance(value, (dict, bool)) else None


def _edit(root: JsonObject, schema: Json, path: Path, i: int, n: int, free: bool) -> JsonObject:
    if i == len(path):
        return _with_exactly(schema, n, free, path)
    keyword, name = path[i]
    if keyword == "$ref":
        return _edit_target(root, schema, path, i, n, free)
    if keyword == "items":
        return {**schema, "items": _edit(root, schema["items"], path, i + 1, n, free)}
    edited = _edit(root, schema[keyword][name], path, i + 1, n, free)
    if keyword == "properties":
        required = schema.get("required", [])
        # A list of `n` items that may be left out would not be a list of `n` items.
        required = required if name in required else [*required, name]
        members = {**schema["properties"], name: edited}
        return {**schema, "properties": members, "required": required}
    branches = list(schema[keyword])
    branches[int(name)] = edited
    return {**schema, keyword: branches}


def _edit_target(
    root: JsonObject, schema: JsonObject, path: Path, i: int, n: int, free: bool
) -> JsonObject:
    """Return what a reference names, edited in a copy: others may refer to it, too."""
    edited = _edit(root, resolve_local(root, schema["$ref"]), path, i + 1, n, free)
    # A second anchor of the same name would make the first ambiguous.
    edited = {k: v for k, v in edited.items() if k not in ("$anchor", "$dynamicAnchor")}
    rest = {k: v for k, v in schema.items() if k != "$ref"}
    if not rest:
        return edited
    if any(draft in str(root.get("$schema")) for draft in _IGNORES_SIBLINGS):
        kept = ("$schema", "definitions", "$defs", "title", "description")
        return {**edited, **{k: v for k, v in rest.items() if k in kept}}
    return {**rest, "allOf": [*rest.get("allOf", []), edited]}


def _with_exactly(schema: JsonObject, n: int, free: bool, path: Path) -> JsonObject:
    least, most = schema.get("minItems", 0), schema.get("maxItems", n)
    if not free and not least <= n <= most:
        pointer = join(*(part for step in path for part in step if part != ""))
        raise UnsatisfiableError(
            f"{n} items are asked, but the list takes {least} to {schema.get('maxItems', 'any')}",
            pointer,
        )
    return {**schema, "type": "array", "minItems": n, "maxItems": n}
