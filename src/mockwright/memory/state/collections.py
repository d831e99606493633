"""The resources of one test: collections of JSON objects by id, and single objects."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple, TypeAlias

from mockwright.errors import InvalidControlError, NotFoundError, StateFullError
from mockwright.jsontext import dump
from mockwright.shapes.rest.url_path import identify
from mockwright.types import Json, JsonObject

SINGLE: Final = ""
"""The key of a resource that exists once, such as ``/profile``."""
WHOLE: Final = ""
"""The name of the part of a collection that is all of it."""
GREATEST_ID: Final = 10**15 - 1
"""The greatest number that ids count up to; every JSON reader keeps it exactly."""
MAX_ID: Final = 100
"""Characters of an id."""


@dataclass(frozen=True, slots=True)
class StateLimits:
    """How much is kept for one test."""

    max_collections: int = 1000
    max_items: int = 10_000
    """In one collection, including removed items that are still known."""
    max_bytes: int = 64 * 2**20
    """Of JSON text, in all collections; what only snapshots hold is not counted."""
    max_snapshots: int = 10


class StoredItem(NamedTuple):
    """One resource, which is never changed, only replaced."""

    value: JsonObject
    size: int
    """Bytes of JSON text."""


@dataclass(slots=True)
class Collection:
    """Resources of one kind, in the order in which they came."""

    items: dict[str, StoredItem] = field(default_factory=dict)
    gone: dict[str, None] = field(default_factory=dict)
    """Ids of removed items; the oldest is forgotten first."""
    complete: set[str] = field(default_factory=set)
    """Parts of which everything is here; see :data:`WHOLE`."""
    highest: int = 0
    """The greatest whole number that ever was an id."""
    size: int = 0
    """Bytes of JSON text, of ids that are gone, and of names of parts."""

    def copy(self) -> Collection:
        """Return a copy that can be changed without changing this one."""
        return Collection(
            dict(self.items), dict(self.gone), set(self.complete), self.highest, self.size
        )

    def put(self, key: str, kept: StoredItem) -> None:
        """Keep an item in its place, or as the last one if it is new."""
        before = self.items.get(key)
        self.size += kept.size - (0 if before is None else before.size)
        self.items[key] = kept
        if self.gone.pop(key, SINGLE) is None:
            self.size -= len(key)
        number = identify(key)
        if isinstance(number, int):
            self.highest = max(self.highest, number)

    def remove(self, key: str, most: int) -> None:
        """Remove an item and remember that it is gone; at most ``most`` items and ids are
        remembered."""
        before = self.items.pop(key, None)
        self.size -= 0 if before is None else before.size
        if key not in self.gone:
            self.gone[key] = None
            self.size += len(key)
        while self.gone and len(self.gone) + len(self.items) > most:
            eldest = next(iter(self.gone))
            del self.gone[eldest]
            self.size -= len(eldest)


Seeds: TypeAlias = Mapping[str, Collection]
"""What a test starts with, by path; read once for all tests, and never changed."""
_NOTHING: Final[Seeds] = {}


def read_seeds(data: Json) -> Seeds:
    """Return the resources of ``{"users": [{...}], "/v1/orders": [...], "profile": {...}}``, by
    path.

    A name without a slash stands at the root. Raises InvalidControlError that names the place.
    """
    if not isinstance(data, dict):
        raise InvalidControlError("data", _shown(data), 'an object such as {"users": []}')
    seeds: dict[str, Collection] = {}
    for name, value in data.items():
        path = "/" + "/".join(part for part in name.split("/") if part.strip())
        if path == "/" or path in seeds:
            raise InvalidControlError(f"data {name!r}", name, "the path of one resource, once")
        seeds[path] = _read_seed(name, value)
    return seeds


class State:
    """What requests created, changed and removed in one test, which began with ``seeds``.

    Collections are shared with the seeds and with snapshots until they are changed.
    """

    def __init__(self, seeds: Seeds = _NOTHING, limits: StateLimits | None = None) -> None:
        self._limits = limits or StateLimits()
        self._seeds = seeds
        self._snapshots: dict[str, dict[str, Collection]] = {}
        self._collections: dict[str, Collection] = {}
        self._own: set[str] = set()
        """Names of collections that are not shared, and so may be changed."""
        self._begin(seeds)

    def find(self, name: str, key: str) -> JsonObject | None:
        """Return the item of an id, which must not be changed; None for none."""
        collection = self._collections.get(name)
        kept = None if collection is None else collection.items.get(key)
        return None if kept is None else kept.value

    def is_gone(self, name: str, key: str) -> bool:
        """Whether there was an item of that id, which was removed."""
        collection = self._collections.get(name)
        return collection is not None and key in collection.gone

    def is_complete(self, name: str, part: str = WHOLE) -> bool:
        """Whether everything is here that belongs to a collection, or to a part of it."""
        collection = self._collections.get(name)
        return collection is not None and not {WHOLE, part}.isdisjoint(collection.complete)

    def is_single(self, name: str) -> bool | None:
        """Whether what is kept under a name exists once; None where nothing is kept."""
        collection = self._collections.get(name)
        if collection is None:
            return None
        return SINGLE in collection.items or SINGLE in collection.gone

    def items(self, name: str) -> list[JsonObject]:
        """Return the items of a collection in the order in which they came; they must not be
        changed."""
        collection = self._collections.get(name)
        return [] if collection is None else [kept.value for kept in collection.items.values()]

    def has_text_ids(self, name: str) -> bool:
        """Whether the ids of a collection are texts; an empty collection has numbers."""
        return isinstance(self.first(name).get("id"), str)

    def first(self, name: str) -> JsonObject:
        """Return the oldest item of a collection; an empty object for none."""
        collection = self._collections.get(name)
        found = () if collection is None else collection.items.values()
        return next((kept.value for kept in found), {})

    def count(self, name: str) -> int:
        """Return how many items a collection has."""
        collection = self._collections.get(name)
        return 0 if collection is None else len(collection.items)

    def next_id(self, name: str) -> int:
        """Return one more than the greatest number that ever was an id.

        Past :data:`GREATEST_ID`, return the smallest number that is free.
        """
        collection = self._collections.get(name)
        if collection is None:
            return 1
        if collection.highest < GREATEST_ID:
            return collection.highest + 1
        taken = collection.items.keys() | collection.gone.keys()
        return next(i for i in itertools.count(1) if str(i) not in taken)

    def put(self, name: str, key: str, value: JsonObject) -> None:
        """Keep or replace one resource; raises StateFullError, and then nothing has changed."""
        self.put_all(name, {key: value})

    def put_all(self, name: str, values: Mapping[str, JsonObject]) -> None:
        """Keep several resources, or none: raises StateFullError where they are too many."""
        kept = {key: StoredItem(value, len(dump(value))) for key, value in values.items()}
        known = self._collections.get(name) or Collection()
        together = len(known.items) + sum(key not in known.items for key in kept)
        grown = sum(
            new.size - (known.items[key].size if key in known.items else 0)
            for key, new in kept.items()
        )
        self._check(name, together, grown)
        collection = self._own_copy(name)
        for key, new in kept.items():
            collection.put(key, new)

    def complete(self, name: str, part: str = WHOLE) -> None:
        """Note that everything that belongs to a part of a collection is here."""
        if not self.is_complete(name, part):
            self._check(name, 0, len(part))
            collection = self._own_copy(name)
            collection.complete.add(part)
            collection.size += len(part)

    def remove(self, name: str, key: str) -> None:
        """Remove a resource, and remember that it is gone; raises StateFullError."""
        # An id that was never there takes room, too, once it is known to be gone.
        self._check(name, 0, 0 if self.find(name, key) is not None else len(key))
        self._own_copy(name).remove(key, self._limits.max_items)

    def counts(self) -> JsonObject:
        """Return the number of resources, by path."""
        return {name: len(one.items) for name, one in self._collections.items()}

    def data(self) -> JsonObject:
        """Return all resources in the form of seeds."""
        return _as_seeds(self._collections)

    def reset(self) -> None:
        """Go back to the seeds; snapshots stay."""
        self._begin(self._seeds)

    def snapshot(self, name: str) -> JsonObject:
        """Keep all resources under ``name``, and return them; raises StateFullError."""
        if name not in self._snapshots and len(self._snapshots) >= self._limits.max_snapshots:
            raise StateFullError(
                f"state: snapshot {name[:100]!r} is one more than the {self._limits.max_snapshots}"
                " that are kept"
            )
        # Nothing is copied: from now on each collection is copied before it is changed.
        self._snapshots[name] = dict(self._collections)
        self._own.clear()
        return self.data()

    def restore(self, wanted: str | JsonObject) -> None:
        """Go back to a snapshot, or to resources in the form of seeds.

        Raises NotFoundError, InvalidControlError or StateFullError, and then nothing has changed.
        """
        if not isinstance(wanted, str):
            self._begin(read_seeds(wanted))
        elif wanted in self._snapshots:
            self._begin(self._snapshots[wanted])
        else:
            listed = ", ".join(self._snapshots) or "none"
            raise NotFoundError(f"there is no snapshot {wanted[:100]!r}; there are: {listed}")

    def _begin(self, collections: Mapping[str, Collection]) -> None:
        limits = self._limits
        if len(collections) > limits.max_collections:
            raise _full("collections", limits.max_collections)
        for name, collection in collections.items():
            if len(collection.items) > limits.max_items:
                raise _full(f"items in {name}", limits.max_items)
        if sum(collection.size for collection in collections.values()) > limits.max_bytes:
            raise _full("bytes", limits.max_bytes)
        self._collections = dict(collections)
        self._own.clear()

    def _check(self, name: str, items: int, grown: int) -> None:
        limits = self._limits
        if name not in self._collections and len(self._collections) >= limits.max_collections:
            raise _full("collections", limits.max_collections)
        if items > limits.max_items:
            raise _full(f"items in {name[:200]}", limits.max_items)
        if grown > 0:
            size = sum(collection.size for collection in self._collections.values())
            if size + grown > limits.max_bytes:
                raise _full("bytes", limits.max_bytes)

    def _own_copy(self, name: str) -> Collection:
        if name not in self._own:
            shared = self._collections.get(name)
            self._collections[name] = Collection() if shared is None else shared.copy()
            self._own.add(name)
        return self._collections[name]


def _full(what: str, limit: int) -> StateFullError:
    return StateFullError(f"state: more than {limit} {what} would be kept for one test")


def _as_seeds(collections: Mapping[str, Collection]) -> JsonObject:
    told: JsonObject = {}
    for name, collection in collections.items():
        if SINGLE in collection.items:
            told[name] = collection.items[SINGLE].value
        elif SINGLE not in collection.gone:
            told[name] = [kept.value for kept in collection.items.values()]
    return told


def _read_seed(name: str, value: Json) -> Collection:
    collection = Collection(complete={WHOLE})
    if isinstance(value, dict):
        collection.put(SINGLE, StoredItem(value, len(dump(value))))
        return collection
    if not isinstance(value, list):
        raise InvalidControlError(
            f"data {name!r}", _shown(value), "a list of objects, or an object"
        )
    for key, item in _with_ids(name, value):
        collection.put(key, StoredItem(item, len(dump(item))))
    return collection


def _with_ids(name: str, items: list[Json]) -> Iterable[tuple[str, JsonObject]]:
    """Yield items with their ids; those without one are numbered, from the greatest number on."""
    seen: set[str] = set()
    for i, item in enumerate(items):
        if not isinstance(item, dict):
            raise InvalidControlError(f"data {name!r}[{i}]", _shown(item), "an object")
        if item.get("id") is not None:
            key = read_id(item["id"], f"data {name!r}[{i}].id")
            if key in seen:
                raise InvalidControlError(f"data {name!r}[{i}].id", key, "an id of its own")
            seen.add(key)
    numbers = [number for number in map(identify, seen) if isinstance(number, int)]
    following = max(numbers, default=0) + 1
    for item in items:
        if item.get("id") is not None:
            yield str(item["id"]), item
        else:
            yield str(following), {"id": following, **{k: v for k, v in item.items() if k != "id"}}
            following += 1


def read_id(value: Json, place: str) -> str:
    """Return an id as a path has it; raises InvalidControlError where no path can have it."""
    text = str(value) if isinstance(value, (int, str)) and not isinstance(value, bool) else ""
    if not text.strip() or len(text) > MAX_ID or "/" in text or text in (".", ".."):
        expected = f"a whole number, or a text of 1 to {MAX_ID} characters without a slash"
        raise InvalidControlError(place, _shown(value), expected)
    return text


def _shown(value: Json) -> str:
    return dump(value).decode("ascii", "replace")[:200]
