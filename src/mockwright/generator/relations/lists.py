"""Lists: their counts, and ids that are unique and point to something."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from mockwright.generator.relations.base import (
    Changes,
    MemberNames,
    ObjectPart,
    is_number,
    member_names,
    relation,
    says,
)
from mockwright.generator.relations.sums import line_sum
from mockwright.naming import LONGEST, noun, tokens
from mockwright.types import Json, JsonObject

_COUNTED: Final = frozenset(["count", "total", "page", "limit", "size", "per"])
"""Words in names of fields that may count a list."""
_ALONE: Final = frozenset(["total", "count", "total count", "total items", "total results"])
"""Names of fields that count the only list there is."""
_UNIQUE: Final = ("id", "_id", "uuid", "email", "username", "sku")
"""Members by which the items of a list are told apart."""


def _may_count(keys: MemberNames) -> bool:
    return any(_COUNTED & set(name.split(" ")) for name in keys.said)


@relation(_may_count)
def list_counts(part: ObjectPart, changes: Changes) -> None:
    """A count beside a list is the list's length; where all is shown, the page is the first."""
    owner = part.owner
    found = [(key, value) for key, value in owner.items() if isinstance(value, list)]
    for name, items in found:
        _set_count(part, changes, name, items, alone=len(found) == 1)
    if len(found) != 1:
        return
    for key in (*part.kind("page"), *part.kind("total_pages")):
        changes.put(owner, key, 1)
    for key in part.kind("page_size"):
        if is_number(owner[key]) and owner[key] < len(found[0][1]):
            changes.put(owner, key, len(found[0][1]))


def _set_count(
    part: ObjectPart, changes: Changes, name: str, items: list[Json], *, alone: bool
) -> None:
    # The total beside the lines of a bill is an amount of money.
    billed = alone and line_sum(items) is not None
    for key in part.keys:
        words = tokens(key)
        own = words[-1:] == ("count",) and noun(" ".join(words[:-1])) == noun(name)
        total = alone and not billed and " ".join(words) in _ALONE
        if own or total:
            changes.put(part.owner, key, len(items))


def unique_ids(lists: list[list[Json]], changes: Changes) -> None:
    """No two items of a list have the same id, e-mail address, user name or SKU."""
    for items in lists:
        objects = [item for item in items if isinstance(item, dict)]
        if len(objects) > 1:
            for key in _UNIQUE:
                if key in objects[0] or key in objects[-1]:
                    _separate(objects, key, changes)


def _separate(items: list[JsonObject], key: str, changes: Changes) -> None:
    kept = {id(item) for item in items if (id(item), key) in changes.kept}
    seen: set[Json] = {
        item[key] for item in items if id(item) in kept and isinstance(item.get(key), int | str)
    }
    for position, item in enumerate(items):
        value = item.get(key)
        if not isinstance(value, int | str) or isinstance(value, bool):
            continue
        # A value that the caller gave stays, even where it is there twice.
        if value in seen and id(item) not in kept:
            changes.put(item, key, _unused(value, position, seen))
        seen.add(item[key])


def _unused(value: int | str, position: int, seen: set[Json]) -> int | str:
    if isinstance(value, int):
        # Upwards from the position, so that a long list of equal ids stays linear.
        fresh = position + 1
        while fresh in seen:
            fresh += 1
        return fresh
    local, at, domain = value.partition("@")
    number = position + 2
    while f"{local}{number}{at}{domain}" in seen:
        number += 1
    return f"{local}{number}{at}{domain}"


def foreign_keys(parts: list[ObjectPart], changes: Changes) -> None:
    """``userId`` and ``user.id`` name one of the users, where the answer lists users with ids."""
    known = _known_ids(parts)
    if not known:
        return
    members = {name: set(ids) for name, ids in known.items()}
    for turn, part in enumerate(parts):
        for key in part.keys:
            value = part.owner[key]
            target = _target_of(key[:LONGEST])
            if target in known and isinstance(value, int | str) and not isinstance(value, bool):
                if value not in members[target]:
                    # In turn, so that not all point to the first.
                    changes.put(part.owner, key, known[target][turn % len(known[target])])
            elif isinstance(value, dict) and value and (whose := noun(key)) in known:
                _set_target(value, known[whose], members[whose], turn, changes)


def _set_target(
    value: JsonObject, ids: list[Json], members: set[Json], turn: int, changes: Changes
) -> None:
    own = value.get("id")
    if isinstance(own, int | str) and not isinstance(own, bool) and own not in members:
        changes.put(value, "id", ids[turn % len(ids)])


@lru_cache(maxsize=4096)
def _target_of(key: str) -> str:
    words = tokens(key)
    return words[-2] if len(words) > 1 and words[-1] == "id" else ""


def _known_ids(parts: list[ObjectPart]) -> dict[str, list[Json]]:
    """Return the ids of each list of objects, by what its items are."""
    known: dict[str, list[Json]] = {}
    for part in parts:
        for key in part.keys:
            value = part.owner[key]
            if isinstance(value, list) and value and isinstance(value[0], dict):
                ids = [i["id"] for i in value if isinstance(i, dict) and "id" in i]
                ids = [i for i in ids if isinstance(i, int | str) and not isinstance(i, bool)]
                if ids:
                    known.setdefault(noun(key), []).extend(ids)
    return known


_SHARED: Final = frozenset(["options", "choices", "results", "answers", "candidates"])
"""Names of lists whose items share something, such as votes."""


@relation(lambda keys: bool(_SHARED & set(keys.said)))
def shares(part: ObjectPart, changes: Changes) -> None:
    """The percentages of a poll are those of its votes, and the votes add up to the total."""
    for name in _SHARED & set(member_names(part.keys).said):
        for key in member_names(part.keys).said[name]:
            items = part.owner[key]
            if isinstance(items, list) and items:
                _set_shares(part, items, changes)


def _set_shares(part: ObjectPart, items: list[Json], changes: Changes) -> None:
    rows = [ObjectPart(item) for item in items if isinstance(item, dict)]
    votes = [row.number("votes", "vote count", "count") for row in rows]
    if len(rows) != len(items) or not all(votes):
        return
    cast = [row.owner[key] for row, key in zip(rows, votes, strict=True) if key]
    total = sum(cast)
    for row, many in zip(rows, cast, strict=True):
        percent = row.number("percentage", "percent", "share")
        if percent and total:
            changes.put(row.owner, percent, round(100 * many / total, 1))
    whole = part.number("total votes", "total", "vote count")
    if whole:
        changes.put(part.owner, whole, total)


_ABOVE: Final = ("manager id", "parent id", "supervisor id", "reports to")
"""Names of fields for the id of what stands above."""


@relation(says(*_ABOVE))
def nobody_above_themselves(part: ObjectPart, changes: Changes) -> None:
    """Nobody is their own manager, and nothing is its own parent."""
    key, own = part.number(*_ABOVE), part.owner.get("id")
    if key and is_number(own) and part.owner[key] == own:
        changes.put(part.owner, key, own - 1 if own > 1 else own + 1)
