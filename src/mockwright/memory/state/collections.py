"""The resources of one test: collections of JSON objects by id, and those of which there is one."""

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
"""The key of a resource of which there is one."""
WHOLE: Final = ""
"""All of a collection, where a part of it is named."""
GREATEST_ID: Final = 10**15 - 1
"""Of those that are counted up."""
MAX_ID: Final = 100
"""Characters of an id."""


@dataclass(frozen=True, slots=True)
class StateLimits:
    """How much is kept of one test."""

    max_collections: int = 1000
    max_items: int = 10_000
    """In one collection, those that were removed and are still known to be included."""
    max_bytes: int = 64 * 2**20
    """Of JSON text, in all; what snapshots hold beside is not counted."""
    max_snapshots: int = 10


class StoredItem(NamedTuple):
    """One resource; never changed, only replaced."""

    value: JsonObject
    size: int
    """Bytes of JSON text."""


@dataclass(slots=True)
class Collection:
    """Resources of one kind, in the order in which they came."""

    items: dict[str, StoredItem] = field(default_factory=dict)
    gone: dict[str, None] = field(default_factory=dict)
    """Ids of what was removed; the eldest is forgotten first."""
    complete: set[str] = field(default_factory=set)
    """Parts of which everything is here; see :data:`WHOLE`."""
    highest: int = 0
    """The greatest whole number that was an id."""
    size: int = 0

    def copy(self) -> Collection:
        """One that can be changed without changing this."""
        return Collection(
            dict(self.items), dict(self.gone), set(self.complete), self.highest, self.size
        )

    def put(self, key: str, kept: StoredItem) -> None:
        """In the place that it has, or else last."""
        before = self.items.get(key)
        self.size += kept.size - (0 if before is None else before.size)
        self.items[key] = kept
        if self.gone.pop(key, SINGLE) is None:
            self.size -= len(key)
        number = identify(key)
        if isinstance(number, int):
            self.highest = max(self.highest, number)

    def remove(self, key: str, most: int) -> None:
        """Remember that it is gone, for as long as no more than ``most`` are known."""
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
    """``{"users": [{...}], "/v1/orders": [...], "profile": {...}}``, by path.

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
    """What requests made, changed and removed in one test, from ``seeds`` on.

    Collections are shared with the seeds, and with snapshots, until they are changed.
    """

    def __init__(self, seeds: Seeds = _NOTHING, limits: StateLimits | None = None) -> None:
        self._limits = limits or StateLimits()
        self._seeds = seeds
        self._snapshots: dict[str, dict[str, Collection]] = {}
        self._collections: dict[str, Collection] = {}
        self._own: set[str] = set()
        """Names of those that nobody shares."""
        self._begin(seeds)

    def find(self, name: str, key: str) -> JsonObject | None:
        """What is kept under an id; not to be changed."""
        collection = self._collections.get(name)
        kept = None if collection is None else collection.items.get(key)
        return None if kept is None else kept.value

    def is_gone(self, name: str, key: str) -> bool:
        """Whether it was there once."""
        collection = self._collections.get(name)
        return collection is not None and key in collection.gone

    def is_complete(self, name: str, part: str = WHOLE) -> bool:
        """Whether everything of a collection, or of a part of it, is here."""
        collection = self._collections.get(name)
        return collection is not None and not {WHOLE, part}.isdisjoint(collection.complete)

    def is_single(self, name: str) -> bool | None:
        """Whether there is one of what is kept under a name; None where nothing is."""
        collection = self._collections.get(name)
        if collection is None:
            return None
        return SINGLE in collection.items or SINGLE in collection.gone

    def items(self, name: str) -> list[JsonObject]:
        """In the order in which they came; not to be changed."""
        collection = self._collections.get(name)
        return [] if collection is None else [kept.value for kept in collection.items.values()]

    def has_text_ids(self, name: str) -> bool:
        """Whether the ids of a collection are texts; where nothing is kept that is not known."""
        return isinstance(self.first(name).get("id"), str)

    def first(self, name: str) -> JsonObject:
        """The item that is there longest; an empty one where there is none."""
        collection = self._collections.get(name)
        found = () if collection is None else collection.items.values()
        return next((kept.value for kept in found), {})

    def count(self, name: str) -> int:
        """How many items there are."""
        collection = self._collections.get(name)
        return 0 if collection is None else len(collection.items)

    def next_id(self, name: str) -> int:
        """One more than the greatest number that ever was an id, while there is one."""
        collection = self._collections.get(name)
        if collection is None:
            return 1
        if collection.highest < GREATEST_ID:
            return collection.highest + 1
        taken = collection.items.keys() | collection.gone.keys()
        return next(i for i in itertools.count(1) if str(i) not in taken)

    def put(self, name: str, key: str, value: JsonObject) -> None:
        """Keep, or replace, one resource. Raises StateFullError, and then nothing has changed."""
        self.put_all(name, {key: value})

    def put_all(self, name: str, values: Mapping[str, JsonObject]) -> None:
        """Keep several resources, or none of them where they are too many: StateFullError."""
        kept = {key: StoredItem(value, len(dump(value))) for key, value in values.items()}
        known = self._collections.get(name) or Collection()
        together = len(known.items) + sum(key not in known.items for key in kept)
        grown = sum(
            new.size - (known.items[key].size if key in known.items else 0)
            for key, new in kept.items()
        )
        self._check(name, together, grown)
        collection = self._changeable(name)
        for key, new in kept.items():
            collection.put(key, new)

    def complete(self, name: str, part: str = WHOLE) -> None:
        """From now on, what is here of a part is all of it."""
        if not self.is_complete(name, part):
            self._check(name, 0, len(part))
            collection = self._changeable(name)
            collection.complete.add(part)
            collection.size += len(part)

    def remove(self, name: str, key: str) -> None:
        """Forget a resource, but not that it is gone. Raises StateFullError."""
        self._check(name, 0, 0 if self.find(name, key) is not None else len(key))
        self._changeable(name).remove(key, self._limits.max_items)

    def counts(self) -> JsonObject:
        """How many there are, by path."""
        return {name: len(one.items) for name, one in self._collections.items()}

    def data(self) -> JsonObject:
        """Everything, in the form of seeds."""
        return _told(self._collections)

    def reset(self) -> None:
        """Back to the seeds; snapshots stay."""
        self._begin(self._seeds)

    def snapshot(self, name: str) -> JsonObject:
        """Keep everything as it is under ``name``, and tell it. Raises StateFullError."""
        if name not in self._snapshots and len(self._snapshots) >= self._limits.max_snapshots:
            raise StateFullError(
                f"state: snapshot {name[:100]!r} is one more than the {self._limits.max_snapshots}"
                " that are kept"
            )
        self._snapshots[name] = dict(self._collections)
        self._own.clear()
        return self.data()

    def restore(self, wanted: str | JsonObject) -> None:
        """Everything as at a snapshot, or as given in the form of seeds.

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

    def _changeable(self, name: str) -> Collection:
        if name not in self._own:
            shared = self._collections.get(name)
            self._collections[name] = Collection() if shared is None else shared.copy()
            self._own.add(name)
        return self._collections[name]


def _full(what: str, limit: int) -> StateFullError:
    return StateFullError(f"state: more than {limit} {what} would be kept for one test")


def _told(collections: Mapping[str, Collection]) -> JsonObject:
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
    """The items with their ids; those without one are numbered, from the greatest on."""
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
    """An id as a path has it. Raises InvalidControlError where no path can."""
    text = str(value) if isinstance(value, (int, str)) and not isinstance(value, bool) else ""
    if not text.strip() or len(text) > MAX_ID or "/" in text or text in (".", ".."):
        expected = f"a whole number, or a text of 1 to {MAX_ID} characters without a slash"
        raise InvalidControlError(place, _shown(value), expected)
    return text


def _shown(value: Json) -> str:
    return dump(value).decode("ascii", "replace")[:200]
