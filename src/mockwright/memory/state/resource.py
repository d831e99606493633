"""One resource that a path names, in the state of a test: its id, its parents, its content."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import Final, NoReturn

from mockwright.errors import InvalidControlError, NotFoundError, StateConflictError
from mockwright.memory.state.collections import MAX_ID, SINGLE, WHOLE, State, read_id
from mockwright.shapes.rest.infer import shown
from mockwright.shapes.rest.merge_patch import merge_patch, with_new
from mockwright.shapes.rest.url_path import (
    ResourcePath,
    find_link,
    identify,
    link_name,
    looks_like_id,
    read_path,
)
from mockwright.types import Json, JsonObject

# `f47ac10b-58cc-4372-a567-0e02b2c3d479`
_UUID: Final = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
_TRIES: Final = 100
"""Ids that are tried in place of one that is taken."""


@dataclass(frozen=True, slots=True)
class Resource:
    """A collection, an item of one, or a single object; nothing in here awaits anything."""

    place: ResourcePath
    state: State

    @property
    def name(self) -> str:
        """The name under which the state has it."""
        return self.place.collection

    @property
    def key(self) -> str:
        """The key of the item in its collection."""
        return SINGLE if self.place.id is None else self.place.id

    @property
    def part(self) -> str:
        """The part of the collection that belongs to the nearest parent."""
        return " ".join(self.place.parents[-1]) if self._is_nested else WHOLE

    @property
    def is_action(self) -> bool:
        """Whether a POST does something rather than create an item: ``/users/invite``, ``/cart``.

        ``POST /users/1`` can only be a mistake.
        """
        known = self.state.find(self.name, self.key) or self.state.is_gone(self.name, self.key)
        is_word = self.place.kind == "member" and not known and not looks_like_id(self.key)
        return is_word or self.place.kind == "singleton"

    def __str__(self) -> str:
        return self.place.noun if self.place.id is None else f"{self.place.noun} {self.place.id!r}"

    @property
    def is_complete(self) -> bool:
        """Whether everything is here that the path lists."""
        return self.state.is_complete(self.name, self.part)

    def find(self) -> JsonObject | None:
        """Return what is kept; None where nothing was ever kept. Raises NotFoundError for what was
        removed."""
        if self.state.is_gone(self.name, self.key):
            self.refuse()
        item = self.state.find(self.name, self.key)
        if item is not None and not self.owns(item):
            self.refuse()
        return item

    def items(self) -> list[JsonObject]:
        """Return the items of the collection that belong to the parents of the path."""
        return [item for item in self.state.items(self.name) if self.owns(item)]

    def refuse(self) -> NoReturn:
        """Raise NotFoundError for this resource."""
        raise NotFoundError(f"there is no {self}")

    def check_owners(self) -> None:
        """Raise NotFoundError if a parent was removed."""
        for collection, (noun, key) in zip(self.place.above, self.place.parents, strict=True):
            if self.state.is_gone(collection, key):
                raise NotFoundError(f"there is no {noun} {key!r}")

    # Keeping

    def keep(self, item: JsonObject) -> None:
        """Keep an item under the id of the path; raises StateFullError."""
        self.state.put(self.name, self.key, item)

    def keep_made(self, value: JsonObject) -> JsonObject:
        """Keep what was made for a resource that did not exist, and return it.

        If another request has kept one meanwhile, return that.
        """
        # Another request may have made it during the await.
        known = self.find()
        if known is not None:
            return known
        item = self.identified(self.linked(value))
        self.keep(item)
        return item

    def keep_list(self, items: Iterable[Json]) -> None:
        """Keep what was made for a part that was never listed, unless another request did so
        meanwhile."""
        if not self.is_complete:
            self.state.put_all(self.name, dict(self._unknown(items)))
            self.state.complete(self.name, self.part)

    def learn(self, key: str, value: Json) -> None:
        """Keep members that were made beside an item, too, so that later answers agree with
        them."""
        item = self.state.find(self.name, key)
        if item is not None and isinstance(value, dict):
            more = with_new(item, value)
            if more != item:
                self.state.put(self.name, key, more)

    def patched(self, item: JsonObject, patch: JsonObject) -> JsonObject:
        """Return the item changed by a merge patch; its id stays."""
        changed: JsonObject = merge_patch(item, shown(patch))
        return {**changed, "id": item["id"]} if "id" in item else changed

    def _unknown(self, items: Iterable[Json]) -> Iterator[tuple[str, JsonObject]]:
        """Yield those of made items that are new, with their keys; those without an id are
        numbered."""
        taken: set[str] = set()
        following = self.state.next_id(self.name)
        for item in items:
            if not isinstance(item, dict):
                continue
            key = _id_of(item)
            if key is not None and key not in taken and self._is_known(key):
                continue
            while key is None or key in taken or not self.is_free(key):
                key, following = str(following), following + 1
            taken.add(key)
            yield key, self.with_id(key, self.linked(item))

    def _is_known(self, key: str) -> bool:
        """Whether an id belongs to an item of this path, or did; items of other parents do not
        count."""
        item = self.state.find(self.name, key)
        if item is not None:
            return self.owns(item)
        return not self._is_nested and self.state.is_gone(self.name, key)

    # Ids

    def is_free(self, key: str) -> bool:
        """Whether an id was never used."""
        return self.state.find(self.name, key) is None and not self.state.is_gone(self.name, key)

    def check_new(self, key: str | None) -> None:
        """Raise StateConflictError for an id that is taken."""
        if key is not None and self.state.find(self.name, key) is not None:
            raise StateConflictError(f"there is a {self.place.noun} with the id {key!r} already")

    def check_id(self, body: JsonObject) -> None:
        """Raise StateConflictError where a body would change the id of the resource."""
        known = self.state.find(self.name, self.key) or {}
        own = known.get("id") if self.place.id is None else self.place.id
        if own is not None and "id" in body and str(body["id"]) != str(own):
            raise StateConflictError(
                f"body id: got {str(body['id'])[:100]!r}, but it is {str(own)!r}, and an id cannot"
                " be changed"
            )

    def ids(self, made: Json) -> Iterator[int | str]:
        """Yield ids for a new item, the best first; ``made`` is the id that was made for it.

        They count up where the ids of the collection are numbers.
        """
        number = self.state.next_id(self.name)
        if isinstance(made, str) and made.strip() and len(made) <= MAX_ID:
            yield made
            yield from _varied(made, self.state.count(self.name))
        elif isinstance(made, int) and not isinstance(made, bool):
            # Numbers of a made item are drawn at random, while an API's count up.
            yield from (made, number) if self.state.has_text_ids(self.name) else (number, made)
        else:
            yield number

    def identified(self, item: JsonObject) -> JsonObject:
        """Return the item with the id that it has already, else with that of the path if there is
        one."""
        known = self.state.find(self.name, self.key) or {}
        if "id" in known:
            return {"id": known["id"], **{n: part for n, part in item.items() if n != "id"}}
        return item if self.place.id is None else self.with_id(self.place.id, item)

    def with_id(self, key: str, item: JsonObject) -> JsonObject:
        """Return the item with an id as its first member, as a number where the others have
        numbers."""
        own = item.get("id")
        if str(own) != key or isinstance(own, bool):
            own = key if self.state.has_text_ids(self.name) else identify(key)
        return {"id": own, **{name: value for name, value in item.items() if name != "id"}}

    # Parents

    @property
    def _is_nested(self) -> bool:
        return bool(self.place.parents) and self.place.kind in ("list", "member")

    def owns(self, item: JsonObject) -> bool:
        """Whether the item belongs to the parents of the path.

        It has to name the nearest parent, and must not name another one in place of those above.
        """
        if not self._is_nested:
            return True
        *outer, (noun, key) = self.place.parents
        own = find_link(item, noun)
        if own is None or str(item[own]) != key:
            return False
        named = ((find_link(item, noun), key) for noun, key in outer)
        return all(name is None or str(item[name]) == key for name, key in named)

    def linked(self, item: JsonObject) -> JsonObject:
        """Return the item so that it belongs to the parents of the path."""
        if not self._is_nested or self.owns(item):
            return item
        *outer, (noun, key) = self.place.parents
        links = {find_link(item, noun) or self._link_field(noun, {}): identify(key)}
        for noun, key in outer:
            name = find_link(item, noun)
            if name is not None:
                links[name] = identify(key)
        return {**item, **links}

    def check_parent(self, body: JsonObject) -> None:
        """Raise StateConflictError where a body names another parent than the path."""
        for noun, key in self.place.parents if self._is_nested else ():
            name = find_link(body, noun)
            if name is not None and str(body[name]) != key:
                raise StateConflictError(
                    f"body {name}: got {str(body[name])[:100]!r}, but the path says {key!r}"
                )

    def with_parent(self, body: JsonObject, named: Mapping[str, Json]) -> JsonObject:
        """Return a body with a field for its nearest parent, called as in ``named`` if it is there.

        Raises StateConflictError where the body names another parent than the path.
        """
        self.check_parent(body)
        if not self._is_nested or self.owns(body):
            return body
        noun, key = self.place.parents[-1]
        return {**body, self._link_field(noun, named): identify(key)}

    def _link_field(self, noun: str, named: Mapping[str, Json]) -> str:
        first = self.state.first(self.name)
        return find_link(named, noun) or find_link(first, noun) or link_name(noun)


def known_place(place: ResourcePath, path: str, state: State) -> ResourcePath:
    """Return ``place``, or what the state knows better: ``/categories/books`` may be a category."""
    single = state.is_single(path)
    if single and place.kind != "singleton":
        return ResourcePath(path, place.noun, None, "singleton")
    if single is False and place.kind != "list":
        return ResourcePath(path, place.noun, None, "list")
    above, _, last = path.rpartition("/")
    outer = read_path(above)
    if outer.kind != "list" and state.is_single(above) is False:
        outer = ResourcePath(above, outer.noun, None, "list")
    name = outer.collection
    is_item = state.find(name, last) is not None or state.is_gone(name, last)
    if place.kind != "member" and outer.kind == "list" and is_item:
        return replace(outer, id=last, kind="member")
    return place


def _id_of(item: JsonObject) -> str | None:
    """Return the id that was made for an item; None where no path can have it."""
    try:
        return read_id(item.get("id"), "id")
    except InvalidControlError:
        return None


def _varied(made: str, since: int) -> Iterator[str]:
    """Yield ids like one that is taken.

    Under a seed the same id is made each time, so each further POST needs this.
    """
    for number in range(since + 1, since + 1 + _TRIES):
        if _UUID.fullmatch(made):
            digits = blake2b(f"{made} {number}".encode(), digest_size=16).hexdigest()
            # The digits for version and variant (RFC 9562, section 4) stay as they are.
            fresh = f"{digits[:8]}-{digits[8:12]}-{made[14]}{digits[13:16]}-"
            yield fresh + f"{made[19]}{digits[17:20]}-{digits[20:]}"
        else:
            yield f"{made}-{number}"
