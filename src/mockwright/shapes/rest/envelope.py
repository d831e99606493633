"""Where the items of a list stand in a shape: bare, or in ``{"users": [...], "total": 0}``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from mockwright.naming import tokens
from mockwright.schema.edit import get, put
from mockwright.schema.keywords import Schema, resolve_local
from mockwright.shapes.count import Path, edit_list, find_lists, repeat, schema_at
from mockwright.shapes.rest.query import Page
from mockwright.types import Json, JsonObject, Shape

_PAGE_NUMBERS: Final[Mapping[tuple[str, ...], str]] = {
    **dict.fromkeys(
        [("total",), ("count",), ("total", "count"), ("total", "items"), ("total", "results")],
        "total",
    ),
    **dict.fromkeys([("page",), ("page", "number"), ("current", "page")], "page"),
    **dict.fromkeys([("limit",), ("per", "page"), ("page", "size")], "limit"),
    **dict.fromkeys([("pages",), ("total", "pages"), ("page", "count")], "pages"),
}
"""Members beside a list that tell of its pages, by the words of their names."""
_SCALARS: Final = frozenset(["string", "integer", "number", "boolean", "null"])


@dataclass(frozen=True, slots=True)
class Wrapper:
    """A shape that has a place for the items of a collection."""

    shape: Shape
    path: Path | None
    """Where the list is in the schema; None where the shape is that of one item, to be repeated."""

    def sized(self, count: int) -> Shape:
        """Return the shape with exactly ``count`` items.

        Raises UnsatisfiableError where it forbids that.
        """
        schema = self.shape.schema
        if self.path is None or not isinstance(schema, dict):
            return replace(self.shape, schema=repeat(schema, count))
        # A JSON Schema says what is allowed; the counts of an example are only examples.
        free = self.shape.source != "schema"
        return replace(self.shape, schema=edit_list(schema, self.path, count, free=free))

    def wrap(self, page: Page) -> Json:
        """Return an input that fixes the items, and the numbers that tell of them."""
        value: Json = page.items
        names = self._names
        for i, name in enumerate(reversed(names)):
            value = {name: value, **(self._page_numbers(page) if i == 0 else {})}
        return value

    def unwrap(self, value: Json) -> list[Json] | None:
        """Return the items of a value of the shape, or None where there is no list."""
        found = get(value, self._names)
        return found if isinstance(found, list) else None

    def ordered(self, value: Json, items: Sequence[JsonObject]) -> Json:
        """Return ``value`` with its items in the order of ``items``, by their ids.

        It comes back as it is where ids do not tell which is which.
        """
        found = self.unwrap(value)
        if (
            found is None
            or self._is_tuple
            # Places with schemas of their own, or items without ids, cannot be put into another
            # order.
            or not all(isinstance(item, dict) and "id" in item for item in found)
        ):
            return value
        by_id = {str(item["id"]): item for item in found}
        wanted = [str(item.get("id")) for item in items]
        if by_id.keys() != set(wanted) or len(wanted) != len(found):
            return value
        return put(value, self._names, [by_id[name] for name in wanted])

    @property
    def _names(self) -> tuple[str, ...]:
        return tuple(str(name) for keyword, name in self.path or () if keyword == "properties")

    @property
    def tells(self) -> bool:
        """Whether there are numbers beside the list that tell of it."""
        return any(self._number_names())

    @property
    def _is_tuple(self) -> bool:
        """Whether each place of the list has a schema of its own."""
        schema = self.shape.schema
        found = schema_at(schema, self.path or ()) if isinstance(schema, dict) else None
        return isinstance(found, dict) and "prefixItems" in found

    def _page_numbers(self, page: Page) -> JsonObject:
        """Return what the shape's own members beside the list say of the page."""
        numbers = {"total": page.total, "page": page.number, "pages": page.pages}
        numbers["limit"] = page.limit if page.limit is not None else max(1, len(page.items))
        return {name: numbers[_PAGE_NUMBERS[tokens(name)]] for name in self._number_names()}

    def _number_names(self) -> Iterator[str]:
        holder = _holder(self.shape.schema, self.path or ())
        for name, part in holder.get("properties", {}).items():
            # A number that the schema fixes is not ours to tell.
            if tokens(name) in _PAGE_NUMBERS and isinstance(part, dict) and "const" not in part:
                kinds = part.get("type")
                if kinds in ("integer", "number"):
                    yield name


def read_wrapper(shape: Shape) -> Wrapper | None:
    """Return where ``shape`` has its items.

    None for a shape of one item that merely has lists of scalars in it.
    """
    schema = shape.schema
    if not isinstance(schema, dict):
        return Wrapper(shape, None)
    paths = list(find_lists(schema))
    if not paths:
        return Wrapper(shape, None)
    chosen = next((path for path in paths if _holds_objects(schema, path)), None)
    return None if chosen is None else Wrapper(shape, chosen)


def bare_items(value: Json) -> list[Json] | None:
    """Return the items of an answer that nobody gave a shape for, or None.

    They are the answer itself where that is a list, else its first list of objects.
    """
    if isinstance(value, list):
        return value
    lists = value.values() if isinstance(value, dict) else ()
    return next((x for x in lists if isinstance(x, list) and x and isinstance(x[0], dict)), None)


def _holds_objects(root: JsonObject, path: Path) -> bool:
    found = schema_at(root, path)
    items = found.get("items") if isinstance(found, dict) else None
    if isinstance(items, dict) and "$ref" in items:
        items = resolve_local(root, items["$ref"])
    # A list within an item belongs to the item.
    inner = any(keyword == "items" for keyword, _ in path)
    return isinstance(items, dict) and not inner and items.get("type") not in (*_SCALARS, "array")


def _holder(root: Schema, path: Path) -> JsonObject:
    """Return the schema of the object whose member the list is."""
    at = max((i for i, (keyword, _) in enumerate(path) if keyword == "properties"), default=None)
    found = None if at is None or not isinstance(root, dict) else schema_at(root, path[:at])
    return found if isinstance(found, dict) else {}
