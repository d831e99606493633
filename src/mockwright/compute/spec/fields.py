"""The fields of the lists in a schema: their paths, and what their values may be."""

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
"""The most levels of objects, and of references, that are followed: schemas may be recursive."""
_PLAIN: Final[dict[str, Kind]] = {
    "integer": "integer",
    "number": "number",
    "boolean": "boolean",
    "string": "string",
}


@dataclass(frozen=True, slots=True)
class ListField:
    """A scalar field in the items of a list."""

    path: Path
    """The names from the item down to the field."""
    kind: Kind
    values: tuple[Json, ...] = ()
    """All values that it may have, if the schema lists them; null is never among them."""
    low: float | None = None
    """The least value that the schema allows."""
    high: float | None = None
    """The greatest value that the schema allows."""
    nullable: bool = False


@dataclass(frozen=True, slots=True)
class ComputedList:
    """A list whose fields may be computed."""

    place: Path | None
    """The names from the answer down to the list; None if the answer itself is the one item."""
    count: int | None
    """The number of items, or None where the schema leaves it open."""
    fields: tuple[ListField, ...]


def lists_of(schema: Schema) -> list[ComputedList]:
    """Return the lists that only objects lead to, in document order, then the answer as an item."""
    if not isinstance(schema, dict):
        return []
    found = [
        ComputedList(place, count, tuple(_fields(items_at(schema, place), schema)))
        for place, count in lists_in_sight(schema)
    ]
    return [*found, ComputedList(None, 1, tuple(_fields(schema, schema)))]


def find_field(text: Json, lists: Sequence[ComputedList]) -> tuple[ComputedList, ListField]:
    """Return the field that a path names, with its list.

    The path may be whole, or only the end of one. Raises :class:`SpecError`, with the fields that
    there are, for any other.
    """
    path = parse_path(text) if isinstance(text, str) and len(text) < 500 else None
    if path is None:
        raise SpecError("a path is names with dots, or a JSON pointer", str(text)[:60])
    names = tuple(token for token in path.tokens if token not in ("*", "**"))
    pairs = [(listed, field) for listed in lists for field in listed.fields]
    # The strictest reading first, so that "age" means an item's own age before "owner.age".
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
    """Whether the end of a path has the same names but for case and separators."""
    end = full[-len(names) :] if names else ()
    return len(end) == len(names) and all(
        same_name(asked, name) for asked, name in zip(names, end, strict=True)
    )


def _fields(schema: Schema, root: JsonObject, path: Path = ()) -> Iterator[ListField]:
    """Yield the scalar fields below ``schema`` that are in no further list."""
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
    """Return a schema with its references to the same document followed; ``{}`` of ``true``."""
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
    """Return the kind of a scalar, ``null`` aside; None for objects, lists and unions."""
    types = [name for name in _types(schema) if name != "null"]
    if not types and "enum" in schema:
        return _kind_of(schema["enum"])
    if types == ["string"] and schema.get("format") in ("date", "date-time"):
        return "date" if schema["format"] == "date" else "date-time"
    return _PLAIN.get(types[0]) if len(types) == 1 else None


def _kind_of(values: Sequence[Json]) -> Kind | None:
    """Return the one kind of enumerated values; None if they are of several."""
    kinds: dict[type, Kind] = {bool: "boolean", int: "integer", float: "number", str: "string"}
    found = {kinds.get(type(value)) for value in values if value is not None}
    return found.pop() if len(found) == 1 else None


def _bounds(schema: JsonObject, kind: Kind) -> tuple[float | None, float | None]:
    """Return the bounds of a number; exclusive ones are moved to the next number inside."""
    if kind not in ("integer", "number"):
        return None, None
    # Of fractions 1e-9 is below any precision that is drawn.
    step = 1.0 if kind == "integer" else 1e-9
    low, high = schema.get("minimum"), schema.get("maximum")
    over, under = schema.get("exclusiveMinimum"), schema.get("exclusiveMaximum")
    lows = [float(low)] if _is_number(low) else []
    highs = [float(high)] if _is_number(high) else []
    lows += [over + step] if _is_number(over) else []
    highs += [under - step] if _is_number(under) else []
    return max(lows, default=None), min(highs, default=None)


def _is_number(value: Json) -> TypeGuard[float]:
    # JSON Schema's numbers may be larger than a double.
    return is_number(value) and abs(value) < 1e300
