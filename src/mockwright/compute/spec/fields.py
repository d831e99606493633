"""The fields of the lists in a schema: where they are, and what their values may be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeGuard

from mockwright.compute.spec.spec import Kind, Path
from mockwright.conformance.long_list import items_at, lists_in_sight
from mockwright.errors import SpecError
from mockwright.schema.keywords import Schema, resolve_local
from mockwright.schema.types import is_number
from mockwright.shapes.rules.field_paths import parse_path, same_name
from mockwright.types import Json, JsonObject

_DEEPEST: Final = 8
_PLAIN: Final[dict[str, Kind]] = {
    "integer": "integer",
    "number": "number",
    "boolean": "boolean",
    "string": "string",
}


@dataclass(frozen=True, slots=True)
class ListField:
    """A scalar in the items of a list."""

    path: Path
    kind: Kind
    values: tuple[Json, ...] = ()
    """All that it may be, where those are listed."""
    low: float | None = None
    high: float | None = None
    nullable: bool = False


@dataclass(frozen=True, slots=True)
class ComputedList:
    """A list whose fields may be computed; with no ``place`` the answer itself is its one item."""

    place: Path | None
    count: int | None
    """None where nothing says how many."""
    fields: tuple[ListField, ...]


def lists_of(schema: Schema) -> list[ComputedList]:
    """Every list in plain sight, in document order, and at last the answer as an item."""
    if not isinstance(schema, dict):
        return []
    found = [
        ComputedList(place, count, tuple(_fields(items_at(schema, place), schema)))
        for place, count in lists_in_sight(schema)
    ]
    return [*found, ComputedList(None, 1, tuple(_fields(schema, schema)))]


def find_field(text: Json, lists: Sequence[ComputedList]) -> tuple[ComputedList, ListField]:
    """The field that a path names: whole, or by its end where only one field ends so.

    Raises SpecError with the fields that there are.
    """
    path = parse_path(text) if isinstance(text, str) and len(text) < 500 else None
    if path is None:
        raise SpecError("a path is names with dots, or a JSON pointer", str(text)[:60])
    names = tuple(token for token in path.tokens if token not in ("*", "**"))
    pairs = [(listed, field) for listed in lists for field in listed.fields]
    for alike in (_same, _ends_same, _ends_alike):
        found = [pair for pair in pairs if alike(names, (*(pair[0].place or ()), *pair[1].path))]
        if found:
            return found[0]
    known = ", ".join(dict.fromkeys(".".join(field.path) for _, field in pairs)) or "none"
    raise SpecError(f"no such field of numbers, dates or texts; fields: {known[:500]}", text[:100])


def _same(names: Path, full: Path) -> bool:
    return names == full


def _ends_same(names: Path, full: Path) -> bool:
    return bool(names) and full[-len(names) :] == names


def _ends_alike(names: Path, full: Path) -> bool:
    end = full[-len(names) :] if names else ()
    return len(end) == len(names) and all(
        same_name(asked, name) for asked, name in zip(names, end, strict=True)
    )


def _fields(schema: Schema, root: JsonObject, path: Path = ()) -> Iterator[ListField]:
    """The scalars below ``schema`` that are in no list."""
    there = _resolved(schema, root)
    if len(path) > _DEEPEST:
        return
    for name, part in there.get("properties", {}).items():
        yield from _fields(part, root, (*path, str(name)))
    kind = _kind(there)
    if kind is not None:
        low, high = _bounds(there, kind)
        values = tuple(value for value in there.get("enum", ()) if value is not None)
        nullable = "null" in _types(there) or None in there.get("enum", ())
        yield ListField(path, kind, values, low, high, nullable)


def _resolved(schema: Schema, root: JsonObject) -> JsonObject:
    for _ in range(_DEEPEST):
        if not isinstance(schema, dict) or "$ref" not in schema:
            break
        target = resolve_local(root, schema["$ref"])
        schema = True if target is None else target
    return schema if isinstance(schema, dict) else {}


def _types(schema: JsonObject) -> list[str]:
    found = schema.get("type", [])
    return [found] if isinstance(found, str) else list(found)


def _kind(schema: JsonObject) -> Kind | None:
    types = [name for name in _types(schema) if name != "null"]
    if not types and "enum" in schema:
        return _kind_of(schema["enum"])
    if types == ["string"] and schema.get("format") in ("date", "date-time"):
        return "date" if schema["format"] == "date" else "date-time"
    return _PLAIN.get(types[0]) if len(types) == 1 else None


def _kind_of(values: Sequence[Json]) -> Kind | None:
    kinds: dict[type, Kind] = {bool: "boolean", int: "integer", float: "number", str: "string"}
    found = {kinds.get(type(value)) for value in values if value is not None}
    return found.pop() if len(found) == 1 else None


def _bounds(schema: JsonObject, kind: Kind) -> tuple[float | None, float | None]:
    """Of numbers; open bounds of integers are the next whole number."""
    if kind not in ("integer", "number"):
        return None, None
    step = 1.0 if kind == "integer" else 1e-9
    low, high = schema.get("minimum"), schema.get("maximum")
    over, under = schema.get("exclusiveMinimum"), schema.get("exclusiveMaximum")
    lows = [float(low)] if _is_number(low) else []
    highs = [float(high)] if _is_number(high) else []
    lows += [over + step] if _is_number(over) else []
    highs += [under - step] if _is_number(under) else []
    return max(lows, default=None), min(highs, default=None)


def _is_number(value: Json) -> TypeGuard[float]:
    return is_number(value) and abs(value) < 1e300
