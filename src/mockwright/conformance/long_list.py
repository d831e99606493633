"""The long list of a shape: where it is, what its items are, and what tells them apart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from mockwright.generator import generate
from mockwright.generator.task_hints import fill_seed, hints_of
from mockwright.schema.keywords import Schema, resolve_local
from mockwright.shapes.count import edit_list, find_lists
from mockwright.shapes.rules.field_paths import same_name, words
from mockwright.shapes.rules.parse import Rule
from mockwright.types import MISSING, Check, JsonObject, Task

_COUNTED: Final[JsonObject] = {"type": "integer"}
_IDENTITIES: Final = ("id", "_id", "uuid", "guid", "sku")
"""Names of fields that only one item has, in lower case."""


def long_list(schema: Schema) -> tuple[tuple[str, ...], int] | None:
    """Return path and length of the first list of a fixed length in plain sight, or None.

    In plain sight is what objects lead to, without a choice or a reference on the way.
    """
    for path, count in lists_in_sight(schema):
        if count:
            return path, count
    return None


def lists_in_sight(schema: Schema) -> Iterator[tuple[tuple[str, ...], int | None]]:
    """Yield path and length of each list in plain sight; None for a length that is open."""
    if not isinstance(schema, dict):
        return
    for path in find_lists(schema):
        if all(keyword == "properties" for keyword, _ in path):
            names = tuple(str(name) for _, name in path)
            there = _schema_at(schema, names)
            least = there.get("minItems")
            fixed = isinstance(least, int) and least == there.get("maxItems")
            yield names, least if fixed else None


def with_items(schema: Schema, path: Sequence[str], count: int) -> JsonObject:
    """Return ``schema`` with exactly ``count`` items in the list at ``path``."""
    root = schema if isinstance(schema, dict) else {}
    return edit_list(root, tuple(("properties", name) for name in path), count, free=True)


def items_at(schema: Schema, path: Sequence[str]) -> Schema:
    """Return the schema of the items of the list at ``path``."""
    root = schema if isinstance(schema, dict) else {}
    items = _schema_at(root, path).get("items", True)
    if isinstance(items, dict) and "$ref" in items:
        target = resolve_local(root, items["$ref"])
        return True if target is None else target
    return items if isinstance(items, (dict, bool)) else True


def identities(task: Task, path: Sequence[str], total: int) -> list[JsonObject]:
    """Return for each item what only it has: ids, and the fields that rules want to differ."""
    items = items_at(task.schema, path)
    names = assigned_fields(items, task.checks)
    if not names or not isinstance(items, dict):
        return [{} for _ in range(total)]
    fields = {name: items["properties"][name] for name in names}
    if all(part == _COUNTED for part in fields.values()):
        # As the generator makes them: the running number.
        return [dict.fromkeys(names, i) for i in range(1, total + 1)]
    schema: JsonObject = {
        "type": "array",
        "items": {"type": "object", "properties": fields, "required": names},
        "minItems": total,
        "maxItems": total,
    }
    # What was given is of the whole answer, and laid under it elsewhere.
    hints = replace(hints_of(task), given=MISSING)
    made: list[JsonObject] = generate(schema, seed=fill_seed(task), hints=hints)
    return made


def assigned_fields(items: Schema, checks: Iterable[Check]) -> list[str]:
    """Return the fields of an item that are laid down before it is asked for."""
    properties = items.get("properties") if isinstance(items, dict) else None
    if not isinstance(properties, dict):
        return []
    unique = [
        check.meaning.path.name
        for check in checks
        if isinstance(check, Rule)
        and check.meaning is not None
        and check.meaning.path is not None
        and check.meaning.condition is not None
        and check.meaning.condition.op == "unique"
        and check.meaning.condition.value is True
    ]
    return [
        name
        for name, part in properties.items()
        if _is_assignable(part)
        and (name.lower() in _IDENTITIES or any(same_name(asked, name) for asked in unique))
    ]


_REFERRING: Final = frozenset({"other", "ref", "parent", "previous", "next", "manager", "related"})
"""Words in names of fields that speak of other items."""


def refers_back(items: Schema) -> bool:
    """Whether an item seems to speak of other items: ``parentId``, ``previousOrder``."""
    properties = items.get("properties") if isinstance(items, dict) else None
    names = properties if isinstance(properties, dict) else {}
    return any(_REFERRING & set(words(name)) for name in names)


def _is_assignable(part: Schema) -> bool:
    """Whether a field is a scalar of which there may be as many values as items."""
    if not isinstance(part, dict) or part.keys() & {"$ref", "enum", "const", "anyOf", "oneOf"}:
        return False
    return part.get("type") in ("string", "integer", "number")


def _schema_at(root: JsonObject, path: Sequence[str]) -> JsonObject:
    place: JsonObject = root
    for name in path:
        place = place["properties"][name]
    return place
