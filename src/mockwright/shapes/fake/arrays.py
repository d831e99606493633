"""Lists: how many items, what each is, and no two alike where that is asked."""

from __future__ import annotations

from typing import Final

import orjson

from mockwright.shapes.fake.node import Contradiction, Node
from mockwright.shapes.fake.search import Place, Search
from mockwright.shapes.schema import Part
from mockwright.types import MISSING, Json

MAX_ITEMS: Final = 200_000
_TRIES: Final = 12


def make_array(search: Search, node: Node, place: Place) -> list[Json]:
    """A list for ``node``."""
    low, high = _count_bounds(search, node)
    given: list[Json] = []
    if isinstance(place.given, list):
        # What was given is the list; more is made only where the schema asks for more.
        given = place.given
        count = max(low, len(given))
    else:
        count = _count(search, node, place, low, high)
    wanted = _contained(node, low, high)
    items: list[Json] = []
    seen: set[bytes] | None = set() if node.words.get("uniqueItems") else None
    prefix = max((len(i.prefix) for i in node.items), default=0)
    for position in range(max(count, len(wanted))):
        extra = wanted[position] if position < len(wanted) else None
        own = given[position] if position < len(given) else MISSING
        at = position
        try:
            items.append(_item(search, node, place, at, extra, own, seen))
        except Contradiction:
            if extra is not None and position + 1 <= prefix:
                wanted.insert(position, None)
                items.append(_item(search, node, place, at, None, own, seen))
            elif len(items) >= low and position >= len(wanted):
                break
            else:
                raise
    for extra in wanted[len(items) :]:
        items.append(_item(search, node, place, len(items), extra, MISSING, seen))
    return items


def _count_bounds(search: Search, node: Node) -> tuple[int, int | None]:
    low = int(node.words.get("minItems", 0))
    high: int | None = node.words.get("maxItems")
    if low > MAX_ITEMS:
        raise Contradiction((node.origin["minItems"], f"more than {MAX_ITEMS} items"), bound=True)
    closed = _closed_at(search, node)
    if closed is not None and (high is None or closed < high):
        if closed < low:
            pointer = node.origin.get("minItems", "")
            raise Contradiction((pointer, f"{low} items are asked, {closed} are allowed"))
        high = closed
    return low, None if high is None else int(high)


def _closed_at(search: Search, node: Node) -> int | None:
    """The position from which on no item is possible."""
    widest = max((len(items.prefix) for items in node.items), default=0)
    for position in range(widest + 1):
        dead = search.merger.item(node, position).dead
        if dead is not None and not (
            node.contains and node.unevaluated_items is not None and position >= widest
        ):
            return position
    return None


def _count(search: Search, node: Node, place: Place, low: int, high: int | None) -> int:
    """How many items look well."""
    if high is not None and high <= low:
        return low
    depth = len(search.open)
    if search.small() or search.open.count(node) > 1:
        return low
    prefix = max((len(items.prefix) for items in node.items), default=0)
    wish = max(prefix, place.rng.child("count").between(1, 3 if depth < 4 else 1))
    if search.cost(search.merger.item(node, 0), ()) > 200:
        wish = low
    wish = max(low, wish)
    return wish if high is None else min(wish, high)


def _contained(node: Node, low: int, high: int | None) -> list[Part | None]:
    """For each position from the first, what it has to hold beside the ordinary."""
    wanted: list[Part | None] = []
    for contains in node.contains:
        wanted += [contains.part] * min(contains.low, MAX_ITEMS)
    return wanted


def _item(
    search: Search,
    node: Node,
    place: Place,
    position: int,
    extra: Part | None,
    given: Json,
    seen: set[bytes] | None,
) -> Json:
    item = search.merger.item(node, position, extra)
    for turn in range(_TRIES if seen is not None else 1):
        key = (position,) if turn == 0 else (position, "again", turn)
        spot = Place(
            place.rng, key, place.scope, place.name, (*place.path, position), position, given
        )
        value = search.make(item, spot)
        if seen is None:
            return value
        mark = orjson.dumps(_canonical(value), option=orjson.OPT_SORT_KEYS)
        if mark not in seen:
            seen.add(mark)
            return value
    return _unseen(item, seen or set())


def _unseen(item: Node, seen: set[bytes]) -> Json:
    """The first listed value that is not yet taken."""
    options = item.enum
    if options is None and item.types <= {"boolean", "null"}:
        options = [v for v in (True, False, None) if v is not None or "null" in item.types]
    for value in options or ():
        mark = orjson.dumps(_canonical(value), option=orjson.OPT_SORT_KEYS)
        if mark not in seen:
            seen.add(mark)
            return value
    pointer = item.parts[0].pointer if item.parts else ""
    raise Contradiction((pointer, "not enough different items can be made"))


def _canonical(value: Json) -> Json:
    """Equal values, equal forms: 1.0 is 1."""
    if isinstance(value, float) and value == int(value):
        return int(value) if abs(value) < 2**53 else value
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 2**53:
        return f"\x00{value}"
    if isinstance(value, dict):
        return {key: _canonical(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_canonical(item) for item in value]
    return value
