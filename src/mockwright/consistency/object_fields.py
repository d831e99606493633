"""Fields of an object: what it says of the thing it stands for, and what of other things."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from mockwright.consistency.entity_names import (
    FACETS,
    borrowed,
    coded,
    hidden,
    id_name,
    is_reference,
    noun_of,
    plain,
)
from mockwright.consistency.match_entities import EntityMatch, Key, View
from mockwright.consistency.request_route import ResourceRoute
from mockwright.schema.edit import get
from mockwright.schema.keywords import word_set
from mockwright.schema.locate import Path
from mockwright.types import Json, JsonObject

_MAX_DEPTH: Final = 6
_MAX_ITEMS: Final = 50
"""The most items of a list that is part of a thing."""
_CHANGING: Final = word_set(
    "updatedat modifiedat lastmodified updated modified version etag revision"
)
"""Plain names of fields that change with every write."""
_STATES: Final = word_set("status state")
"""Plain names of fields that an action may change: ``POST /orders/5/cancel``."""


class EntityField(NamedTuple):
    """One field of an entity, and where it stands."""

    path: Path
    name: str
    value: Json


class Loan(NamedTuple):
    """A field that repeats what another entity says: ``customerEmail``."""

    path: Path
    key: Key
    name: str
    """What the other entity calls it."""
    value: Json


def changing(route: ResourceRoute) -> frozenset[str]:
    """Return the plain names of fields that a request changes, though nobody gave them."""
    if not route.writes:
        return frozenset()
    # A POST to one thing acts on it: ``/orders/5/cancel``.
    acts = route.method == "POST" and route.id is not None
    return _CHANGING | _STATES if acts else _CHANGING


def own_fields(one: EntityMatch, by_path: Mapping[Path, EntityMatch]) -> Iterator[EntityField]:
    """Yield the fields of an entity, each once; what is in a ``profile`` is its own too."""
    lent = {loan.path for loan in loans(one)}
    direct = {plain(name) for name, item in one.value.items() if not isinstance(item, dict)}
    for name, item in one.value.items():
        path = (*one.path, name)
        if name == one.id_name:
            yield EntityField(path, "id", item)
        elif path in lent or hidden(name) or _is_entity(by_path.get(path)):
            continue
        elif plain(name) in FACETS and isinstance(item, dict):
            for inner, part in item.items():
                if plain(inner) not in direct and not hidden(inner):
                    yield EntityField((*path, inner), inner, part)
        else:
            yield EntityField(path, name, item)


def loans(one: EntityMatch) -> Iterator[Loan]:
    """Yield the fields of an object that repeat what its foreign keys point to."""
    speaks = not one.noun and coded(one.value, len(one.keys))
    for name, item in one.value.items() if one.keys else ():
        if isinstance(item, dict | list) or any(name == key.name for key in one.keys):
            continue
        for key in one.keys:
            if field := borrowed(name, key.name, coded=speaks):
                if one.noun and plain(name).startswith(plain(one.noun)):
                    break  # an order's own ``orderNumber``
                yield Loan((*one.path, name), key, field, item)
                break


def kept(value: Json, noun: str = "", depth: int = 0) -> Json:
    """Return ``value`` as it is remembered: bounded, without secrets, entities as their ids."""
    if depth > _MAX_DEPTH:
        return None
    if isinstance(value, dict):
        if noun and (own := id_name(value, noun)) is not None:
            return {"id": value[own]}
        return {k: kept(v, noun_of(k), depth + 1) for k, v in value.items() if not hidden(k)}
    if isinstance(value, list):
        return [kept(item, noun, depth + 1) for item in value]
    return value


def mixed(value: Json) -> bool:
    """Whether some items of a remembered list are known by their ids, and some are not."""
    return isinstance(value, list) and len({is_reference(item) for item in value}) > 1


def too_long(value: Json) -> bool:
    """Whether a list is no part of a thing, but a page of others."""
    return isinstance(value, list) and len(value) > _MAX_ITEMS


def items_at(value: Json, path: Path) -> list[Json]:
    """Return the list at a path; empty if there is none."""
    found = get(value, path)
    return found if isinstance(found, list) else []


def by_path(view: View) -> dict[Path, EntityMatch]:
    """Return the objects of an answer by their paths."""
    return {one.path: one for one in view.seen}


def inner_of(value: JsonObject, name: str) -> str | None:
    """Return the member that has this name, however it is spelled; None if there is none."""
    return next((own for own in value if plain(own) == plain(name)), None)


def _is_entity(one: EntityMatch | None) -> bool:
    return one is not None and bool(one.noun)
