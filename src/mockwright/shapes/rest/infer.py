"""Inferring the shape of a plausible answer from method, path and query, where none was given."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from mockwright.naming import tokens
from mockwright.shapes.rest.url_path import (
    COUNTS,
    MAX_PATH,
    MAX_SEGMENT,
    MAX_SEGMENTS,
    SEARCHES,
    bare,
    find_link,
    identify,
    link_name,
    read_segments,
    split_path,
    split_prefix,
)
from mockwright.shapes.rest.vocabulary import SINGLETONS, resource_schema
from mockwright.types import MISSING, Json, JsonObject, Missing, Shape

_LIMITS: Final = ("limit", "count", "pageSize", "page_size", "per_page", "perPage", "size", "top")
"""Names of a query parameter that says how many items are asked for."""
_MAX_LIMIT: Final = 1000
"""Items that a query can ask for."""
_MAX_ECHO: Final = 200
"""Members or items of the input that an answer repeats."""
_MAX_DEPTH: Final = 20
"""Levels of the input that an answer repeats."""
_HIDDEN: Final = re.compile(
    r"passw|secret|token|cvv|cvc|card_?number|credit_?card|\bpin\b|ssn", re.IGNORECASE
)
"""Names of fields that an API takes and does not say again: ``password``,
``cardNumber``, ``pin``.
"""
_STAMP: Final[JsonObject] = {"type": "string", "format": "date-time"}


def infer_shape(
    method: str,
    path: str,
    query: Sequence[tuple[str, str]] = (),
    input: Json | Missing = MISSING,  # noqa: A002  # the name that MockRequest and Task use
    *,
    counted: bool = False,
) -> Shape:
    """Return the shape of a resource, a list of it, an echo of what was sent, or a confirmation.

    ``counted`` says that so many are asked for, which cannot all have the one id of the path.
    """
    schema = _infer_schema(method.upper(), path, query, input, counted=counted)
    return Shape(schema=schema, source="inferred")


def with_path(schema: JsonObject | bool, path: str, given: Mapping[str, Json]) -> JsonObject | bool:
    """Return ``schema`` with the ids that ``path`` names, where it has plain fields for them.

    ``/users/7/orders/42`` is about order 42 of user 7: an ``id`` and a ``userId`` of the answer say
    so, and a ``userId`` of each item of a list. What was ``given`` stands.
    """
    if not isinstance(schema, dict):
        return schema
    _, identifier, _, parents = _read_resource(_segments(path))
    linked: JsonObject = {}
    for parent, value in parents:
        _add_parent_id(linked, parent, value)
    own = {} if identifier is None else {"id": _id_schema(identifier)}
    ids = {name: wanted for name, wanted in {**linked, **own}.items() if name not in given}
    return _with_ids(schema, {k: v for k, v in ids.items() if k != "id"}, ids)


def _with_ids(schema: JsonObject, linked: JsonObject, own: JsonObject) -> JsonObject:
    """Return ``schema`` with the ids ``own`` in it, and ``linked`` in the items of its lists."""
    items = schema.get("items")
    if isinstance(items, dict):
        # An item has the ids of what the list is in, but not the id of the path.
        return {**schema, "items": _with_ids(items, linked, linked)}
    properties = schema.get("properties")
    if not isinstance(properties, dict):
        return schema
    changed = {name: _pinned(name, part, own) for name, part in properties.items()}
    for name, part in changed.items():
        if isinstance(part, dict) and part.get("type") == "array":
            changed[name] = _with_ids(part, linked, linked)
    return {**schema, "properties": changed}


def _pinned(name: str, part: Json, ids: JsonObject) -> Json:
    """Return an id of the path in place of a field that says no more than its type."""
    wanted = next((ids[own] for own in ids if tokens(own) == tokens(name)), None)
    if wanted is None or not isinstance(part, dict) or part.keys() != {"type"}:
        return part
    kind = {"integer": int, "number": int, "string": str}.get(str(part["type"]))
    if kind is None or "const" not in wanted:
        return part
    value = str(wanted["const"]) if kind is str else wanted["const"]
    return {"const": value} if isinstance(value, kind) else part


def _infer_schema(
    method: str, path: str, query: Sequence[tuple[str, str]], given: Json, *, counted: bool
) -> JsonObject:
    segments = _segments(path)
    name, identifier, several, parents = _read_resource(segments)
    # So many answers are not all about the one id.
    if counted:
        identifier = None
    last = segments[-1].lower() if segments else ""
    if method == "DELETE":
        return _object_schema({"id": _id_schema(identifier), "deleted": {"const": True}})
    if last in COUNTS:
        return _object_schema({"count": {"type": "integer", "minimum": 0}})
    resource = resource_schema("_result" if {name, last} <= SEARCHES else name)
    properties = resource["properties"]
    for parent, value in parents:
        _add_parent_id(properties, parent, value)
    if identifier is not None:
        # `/posts/hello-world` names a post by its slug.
        key = "slug" if "id" not in properties and "slug" in properties else "id"
        properties[key] = _id_schema(identifier)
    if method in ("POST", "PUT", "PATCH") and isinstance(given, dict) and name not in SINGLETONS:
        return _echo_schema(method, given, identifier)
    if method == "POST" and isinstance(given, list) and several:
        return {
            "type": "array",
            "prefixItems": [_echo_item_schema(method, v) for v in given[:_MAX_ECHO]],
            "minItems": min(len(given), _MAX_ECHO),
            "maxItems": min(len(given), _MAX_ECHO),
        }
    _fix_filtered(properties, query)
    resource["required"] = list(properties)
    if last in SEARCHES:
        return _search_schema(resource, query)
    return _list_schema(resource, query) if several and method in ("GET", "HEAD") else resource


def _segments(path: str) -> list[str]:
    """Return the segments that are read: the last of a long path, without a prefix."""
    parts = [part[:MAX_SEGMENT] for part in split_path(path[:MAX_PATH].split("?")[0])]
    _, named = split_prefix([*parts[:-1], *map(bare, parts[-1:])])
    return named[-MAX_SEGMENTS:]


def _read_resource(segments: list[str]) -> tuple[str, str | None, bool, list[tuple[str, str]]]:
    """Return the resource, its id, whether a list is meant, and what it is nested in."""
    reading = read_segments(segments)
    return reading.noun or "item", reading.id, reading.several, reading.parents


def _id_schema(identifier: str | None) -> JsonObject:
    if identifier is None:
        return {"type": "integer", "minimum": 1}
    return {"const": identify(identifier)}


def _add_parent_id(properties: JsonObject, parent: str, value: str) -> None:
    """Add the id of a parent: under ``/users/7`` that is a ``userId`` of 7.

    A field of the resource that means the parent, as ``customerId``, takes it instead.
    """
    own = find_link(properties, parent)
    properties[link_name(parent) if own is None else own] = _id_schema(value)


def _fix_filtered(properties: JsonObject, query: Sequence[tuple[str, str]]) -> None:
    """Fix the fields that the query filters by: ``?status=active`` holds for each item."""
    for key, text in query[:50]:
        name = next((k for k in properties if tokens(k) == tokens(key)), None)
        if (
            name is not None
            and (value := _converted(text[:MAX_SEGMENT], properties[name])) is not MISSING
        ):
            properties[name] = {"const": value}


def _converted(text: str, schema: JsonObject) -> Json | Missing:
    kind = schema.get("type")
    if kind == "string":
        return text if not schema.get("format") and text.isprintable() and text else MISSING
    if kind == "boolean":
        return {"true": True, "1": True, "false": False, "0": False}.get(text.lower(), MISSING)
    if kind == "integer" and re.fullmatch(r"-?\d{1,15}", text, re.ASCII):
        return int(text)
    if kind == "number" and re.fullmatch(r"-?\d{1,12}(\.\d{1,6})?", text, re.ASCII):
        return float(text)
    return MISSING


def _asked_limit(query: Sequence[tuple[str, str]]) -> int | None:
    for key, text in query:
        if key in _LIMITS and text.isascii() and text.isdigit() and len(text) < 8:
            return min(int(text), _MAX_LIMIT)
    return None


def _list_schema(resource: JsonObject, query: Sequence[tuple[str, str]]) -> JsonObject:
    limit = _asked_limit(query)
    low, high = (5, 10) if limit is None else (limit, limit)
    return {"type": "array", "items": resource, "minItems": low, "maxItems": high}


def _search_schema(resource: JsonObject, query: Sequence[tuple[str, str]]) -> JsonObject:
    asked = next((v[:MAX_SEGMENT] for k, v in query if k in ("q", "query", "search", "term")), None)
    fields: JsonObject = {"query": {"const": asked}} if asked is not None else {}
    fields["total"] = {"type": "integer", "minimum": 0}
    fields["results"] = _list_schema(resource, query)
    return _object_schema(fields)


def shown(given: JsonObject) -> JsonObject:
    """Return what an API says again of what it was given: no password, no token."""
    return {key: value for key, value in given.items() if not _HIDDEN.search(key)}


def _echo_schema(method: str, given: JsonObject, identifier: str | None) -> JsonObject:
    properties: JsonObject = {"id": _id_schema(identifier)} if "id" not in given else {}
    repeated = list(shown(given).items())[:_MAX_ECHO]
    properties |= {key: _exact_schema(value, 0) for key, value in repeated}
    stamps = ("createdAt", "updatedAt") if method == "POST" else ("updatedAt",)
    for stamp in stamps:
        properties.setdefault(stamp, dict(_STAMP))
    return _object_schema(properties)


def _echo_item_schema(method: str, value: Json) -> JsonObject:
    return _echo_schema(method, value, None) if isinstance(value, dict) else _exact_schema(value, 0)


def _exact_schema(value: Json, depth: int) -> JsonObject:
    """Return the schema of just the value that was sent; beyond the bounds it is open."""
    if depth > _MAX_DEPTH:
        return {}
    if isinstance(value, dict):
        return _object_schema(
            {k: _exact_schema(v, depth + 1) for k, v in list(value.items())[:_MAX_ECHO]}
        )
    if isinstance(value, list):
        return {
            "type": "array",
            "minItems": len(value),
            "maxItems": len(value),
            "prefixItems": [_exact_schema(v, depth + 1) for v in value[:_MAX_ECHO]],
        }
    return {"const": value}


def _object_schema(properties: JsonObject) -> JsonObject:
    return {"type": "object", "properties": properties, "required": list(properties)}
