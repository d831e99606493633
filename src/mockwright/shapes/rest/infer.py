"""Method, path and query -> the shape of a plausible answer, where the caller gave none."""

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
_MAX_LIMIT: Final = 1000
_MAX_ECHO: Final = 200
_MAX_DEPTH: Final = 20
_HIDDEN: Final = re.compile(
    r"passw|secret|token|cvv|cvc|card_?number|credit_?card|\bpin\b|ssn", re.IGNORECASE
)
"""What an API takes and does not say again."""
_STAMP: Final[JsonObject] = {"type": "string", "format": "date-time"}


def infer_shape(
    method: str,
    path: str,
    query: Sequence[tuple[str, str]] = (),
    input: Json | Missing = MISSING,  # noqa: A002  # the name that MockRequest and Task use
    *,
    counted: bool = False,
) -> Shape:
    """A resource, a list of it, an echo of what was sent, or a small confirmation.

    ``counted``: so many are asked for, which cannot all have the one id of the path.
    """
    schema = _schema(method.upper(), path, query, input, counted=counted)
    return Shape(schema=schema, source="inferred")


def with_path(schema: JsonObject | bool, path: str, given: Mapping[str, Json]) -> JsonObject | bool:
    """``schema`` with the ids that ``path`` names, where it has plain fields for them.

    ``/users/7/orders/42`` is about order 42 of user 7: an ``id`` and a ``userId`` of the answer
    say so, and a ``userId`` of each item of a list. What was ``given`` stands.
    """
    if not isinstance(schema, dict):
        return schema
    _, identifier, _, parents = _read(_segments(path))
    linked: JsonObject = {}
    for parent, value in parents:
        _link(linked, parent, value)
    own = {} if identifier is None else {"id": _identify(identifier)}
    ids = {name: wanted for name, wanted in {**linked, **own}.items() if name not in given}
    return _with_ids(schema, {k: v for k, v in ids.items() if k != "id"}, ids)


def _with_ids(schema: JsonObject, linked: JsonObject, own: JsonObject) -> JsonObject:
    items = schema.get("items")
    if isinstance(items, dict):
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
    """An id of the path in place of a field that says no more than its type."""
    wanted = next((ids[own] for own in ids if tokens(own) == tokens(name)), None)
    if wanted is None or not isinstance(part, dict) or part.keys() != {"type"}:
        return part
    kind = {"integer": int, "number": int, "string": str}.get(str(part["type"]))
    if kind is None or "const" not in wanted:
        return part
    value = str(wanted["const"]) if kind is str else wanted["const"]
    return {"const": value} if isinstance(value, kind) else part


def _schema(
    method: str, path: str, query: Sequence[tuple[str, str]], given: Json, *, counted: bool
) -> JsonObject:
    segments = _segments(path)
    name, identifier, several, parents = _read(segments)
    if counted:
        identifier = None
    last = segments[-1].lower() if segments else ""
    if method == "DELETE":
        return _object({"id": _identify(identifier), "deleted": {"const": True}})
    if last in COUNTS:
        return _object({"count": {"type": "integer", "minimum": 0}})
    resource = resource_schema("_result" if {name, last} <= SEARCHES else name)
    properties = resource["properties"]
    for parent, value in parents:
        _link(properties, parent, value)
    if identifier is not None:
        key = "slug" if "id" not in properties and "slug" in properties else "id"
        properties[key] = _identify(identifier)
    if method in ("POST", "PUT", "PATCH") and isinstance(given, dict) and name not in SINGLETONS:
        return _echo(method, given, identifier)
    if method == "POST" and isinstance(given, list) and several:
        return {
            "type": "array",
            "prefixItems": [_echoed(method, v) for v in given[:_MAX_ECHO]],
            "minItems": min(len(given), _MAX_ECHO),
            "maxItems": min(len(given), _MAX_ECHO),
        }
    _filter(properties, query)
    resource["required"] = list(properties)
    if last in SEARCHES:
        return _search(resource, query)
    return _list(resource, query) if several and method in ("GET", "HEAD") else resource


def _segments(path: str) -> list[str]:
    """Those that are read, the last ones of a long path, without what says where the API is."""
    parts = [part[:MAX_SEGMENT] for part in split_path(path[:MAX_PATH].split("?")[0])]
    _, named = split_prefix([*parts[:-1], *map(bare, parts[-1:])])
    return named[-MAX_SEGMENTS:]


def _read(segments: list[str]) -> tuple[str, str | None, bool, list[tuple[str, str]]]:
    """The resource, its id, whether a list is meant, and the ids of what it is nested in."""
    reading = read_segments(segments)
    return reading.noun or "item", reading.id, reading.several, reading.parents


def _identify(identifier: str | None) -> JsonObject:
    if identifier is None:
        return {"type": "integer", "minimum": 1}
    return {"const": identify(identifier)}


def _link(properties: JsonObject, parent: str, value: str) -> None:
    """Nested under ``/users/7``: ``userId`` is 7; what the resource calls it, where it has one."""
    own = find_link(properties, parent)
    properties[link_name(parent) if own is None else own] = _identify(value)


def _filter(properties: JsonObject, query: Sequence[tuple[str, str]]) -> None:
    """``?status=active`` holds for each item that has the field."""
    for key, text in query[:50]:
        name = next((k for k in properties if tokens(k) == tokens(key)), None)
        if (
            name is not None
            and (value := _as_type(text[:MAX_SEGMENT], properties[name])) is not MISSING
        ):
            properties[name] = {"const": value}


def _as_type(text: str, schema: JsonObject) -> Json | Missing:
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


def _limit(query: Sequence[tuple[str, str]]) -> int | None:
    for key, text in query:
        if key in _LIMITS and text.isascii() and text.isdigit() and len(text) < 8:
            return min(int(text), _MAX_LIMIT)
    return None


def _list(resource: JsonObject, query: Sequence[tuple[str, str]]) -> JsonObject:
    limit = _limit(query)
    low, high = (5, 10) if limit is None else (limit, limit)
    return {"type": "array", "items": resource, "minItems": low, "maxItems": high}


def _search(resource: JsonObject, query: Sequence[tuple[str, str]]) -> JsonObject:
    asked = next((v[:MAX_SEGMENT] for k, v in query if k in ("q", "query", "search", "term")), None)
    fields: JsonObject = {"query": {"const": asked}} if asked is not None else {}
    fields["total"] = {"type": "integer", "minimum": 0}
    fields["results"] = _list(resource, query)
    return _object(fields)


def shown(given: JsonObject) -> JsonObject:
    """What an API says again of what it was given: no password, no token."""
    return {key: value for key, value in given.items() if not _HIDDEN.search(key)}


def _echo(method: str, given: JsonObject, identifier: str | None) -> JsonObject:
    properties: JsonObject = {"id": _identify(identifier)} if "id" not in given else {}
    told = list(shown(given).items())[:_MAX_ECHO]
    properties |= {key: _typed(value, 0) for key, value in told}
    stamps = ("createdAt", "updatedAt") if method == "POST" else ("updatedAt",)
    for stamp in stamps:
        properties.setdefault(stamp, dict(_STAMP))
    return _object(properties)


def _echoed(method: str, value: Json) -> JsonObject:
    return _echo(method, value, None) if isinstance(value, dict) else _typed(value, 0)


def _typed(value: Json, depth: int) -> JsonObject:
    """The type of a value that was sent, loose enough for the value itself."""
    if depth > _MAX_DEPTH:
        return {}
    if isinstance(value, dict):
        return _object({k: _typed(v, depth + 1) for k, v in list(value.items())[:_MAX_ECHO]})
    if isinstance(value, list):
        return {
            "type": "array",
            "minItems": len(value),
            "maxItems": len(value),
            "prefixItems": [_typed(v, depth + 1) for v in value[:_MAX_ECHO]],
        }
    return {"const": value}


def _object(properties: JsonObject) -> JsonObject:
    return {"type": "object", "properties": properties, "required": list(properties)}
