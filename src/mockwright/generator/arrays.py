"""Making lists: how many items, what each is, and no two alike where that is asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import orjson

from mockwright.generator.constraints import Constraints, Contradiction
from mockwright.generator.enumerate import domain
from mockwright.generator.search import Location, Search
from mockwright.generator.strings import walked
from mockwright.schema.document import Subschema
from mockwright.types import MISSING, Json, Missing

MAX_ITEMS: Final = 200_000
"""Items of one list; a schema that asks for more is refused."""
_TRIES: Final = 12
"""Draws of one item before all values that there are get listed."""
_COSTLY: Final = 250_000
"""Values within one item, from where on the item is left out where it may be."""


@dataclass(frozen=True, slots=True)
class Extra:
    """What one item has to be beside the ordinary."""

    parts: tuple[Subschema, ...] = ()
    strict: bool = False
    """Whether it has negations, which are choices of their own."""


_NOTHING: Final = Extra()


def make_array(search: Search, node: Constraints, place: Location) -> list[Json]:
    """Return a list for ``node``. Raises Contradiction where none can be made."""
    low, high = _count_bounds(search, node)
    given: list[Json] = []
    if isinstance(place.given, list):
        # What was given is the list; more is made only where the schema asks for more.
        given = place.given
        count = max(low, len(given))
    else:
        count = _likely_count(search, node, place, low, high)
    wanted = _contained_extras(node, high)
    rest = _forbidding_extra(search, node)
    items: list[Json] = []
    seen: set[bytes] | None = set() if node.words.get("uniqueItems") else None
    prefix = max((len(i.prefix) for i in node.items), default=0)
    for position in range(max(count, len(wanted))):
        extra = wanted[position] if position < len(wanted) else rest
        given_item = given[position] if position < len(given) else MISSING
        try:
            items.append(_make_item(search, node, place, position, extra, given_item, seen))
        except Contradiction:
            # A place with a schema of its own cannot be what `contains` asks for: a later one has
            # to.
            if position < len(wanted) and position + 1 <= prefix:
                wanted.insert(position, rest)
                items.append(_make_item(search, node, place, position, rest, given_item, seen))
            elif len(items) >= low and position >= len(wanted):
                # There are enough: a shorter list is better than none.
                break
            else:
                raise
    for extra in wanted[len(items) :]:
        items.append(_make_item(search, node, place, len(items), extra, MISSING, seen))
    if not given and not node.contains:
        items = _without_repeats(items, low, prefix)
    return _with_repeat(node, items)


def _without_repeats(items: list[Json], low: int, prefix: int) -> list[Json]:
    """Return the items without texts that are there already, as long as enough are left."""
    if prefix or not items or not all(isinstance(item, str) for item in items):
        return items
    different: list[Json] = list(dict.fromkeys(items))
    return different if len(different) >= low else items


def _with_repeat(node: Constraints, items: list[Json]) -> list[Json]:
    """Return the items with two of them the same, where a negated ``uniqueItems`` asks for that."""
    if node.memo.get("repeat") and len(items) > 1:
        items[1] = items[0]
    return items


def _count_bounds(search: Search, node: Constraints) -> tuple[int, int | None]:
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


def _closed_at(search: Search, node: Constraints) -> int | None:
    """Return the position from which on no item is possible, or None."""
    widest = max((len(items.prefix) for items in node.items), default=0)
    for position in range(widest + 1):
        dead = search.merger.item(node, position).dead
        if dead is not None and not (
            node.contains and node.unevaluated_items is not None and position >= widest
        ):
            return position
    return None


def _likely_count(
    search: Search, node: Constraints, place: Location, low: int, high: int | None
) -> int:
    """Return how many items look well, within the bounds."""
    if high is not None and high <= low:
        return low
    depth = len(search.open)
    # A list within itself, as of `children`, has to end.
    if search.small() or search.open.count(node) > 1:
        return low
    prefix = max((len(items.prefix) for items in node.items), default=0)
    item = search.merger.item(node, 0)
    few, many = (2, 4) if not item.types & {"object", "array"} else (1, 3 if depth < 4 else 1)
    wish = max(prefix, place.rng.child("count").between(few, many))
    cost = search.cost(item)
    if cost > 200:
        # One shows what the others would look like; an empty list shows nothing.
        wish = low if cost > _COSTLY else min(wish, 1)
    wish = max(low, wish)
    return wish if high is None else min(wish, high)


def _contained_extras(node: Constraints, high: int | None) -> list[Extra]:
    """Return for each position from the first what it has to hold beside the ordinary."""
    parts = [c.part for c in node.contains for _ in range(min(c.low, MAX_ITEMS))]
    if high is None or len(parts) <= high or not high:
        return [Extra((part,)) for part in parts]
    # Fewer places than demands: several are laid on one item.
    return [Extra(tuple(dict.fromkeys(parts[start::high]))) for start in range(high)]


def _forbidding_extra(search: Search, node: Constraints) -> Extra:
    """Return what the other items must not be, where only so many may match."""
    counted = [contains.part for contains in node.contains if contains.high is not None]
    if not counted:
        return _NOTHING
    return Extra(tuple(search.merger.negation(part) for part in counted), strict=True)


def _make_item(
    search: Search,
    node: Constraints,
    place: Location,
    position: int,
    extra: Extra,
    given: Json | Missing,
    seen: set[bytes] | None,
) -> Json:
    item = search.merger.item(node, position, extra.parts)
    # A text by an expression is drawn anew only a few times: listing its language is the surer way.
    for turn in range(1 if seen is None else 3 if item.patterns else _TRIES):
        key = (position,) if turn == 0 else (position, "again", turn)
        spot = Location(
            place.rng, key, place.scope, place.name, (*place.path, position), position, given,
            extra.strict,
        )  # fmt: skip
        value = search.make(item, spot)
        if seen is None or _is_new(value, seen):
            return value
    return _unseen_value(search, item, place, seen or set())


def _is_new(value: Json, seen: set[bytes]) -> bool:
    mark = orjson.dumps(_canonical(value), option=orjson.OPT_SORT_KEYS)
    if mark in seen:
        return False
    seen.add(mark)
    return True


def _unseen_value(search: Search, item: Constraints, place: Location, seen: set[bytes]) -> Json:
    """Return a value that is not yet taken, out of all that there are."""
    options: list[Json] = list(domain(search, item) or ())
    rng = place.rng.child("unseen", len(seen))
    rng.shuffle(options)
    drawn = walked(item, rng) if item.patterns and not item.groups else iter(())
    for value in options or drawn:
        if _is_new(value, seen):
            return value
    pointer = item.parts[0].pointer if item.parts else ""
    raise Contradiction((pointer, "not enough different items can be made"))


def _canonical(value: Json) -> Json:
    """Return equal forms for equal values: 1.0 becomes 1."""
    if isinstance(value, float) and value == int(value):
        return int(value) if abs(value) < 2**53 else value
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 2**53:
        # Such an integer is no float, though orjson would write it as one.
        return f"\x00{value}"
    if isinstance(value, dict):
        return {key: _canonical(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_canonical(item) for item in value]
    return value
