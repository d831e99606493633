"""Application of known facts: values of an answer that contradict them are replaced."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

from mockwright.consistency.entity_names import id_key, is_reference, noun_of, plain
from mockwright.consistency.fact_sheet import Entity, FactStore, scoped
from mockwright.consistency.fit_value import fitted
from mockwright.consistency.foreign_keys import resized
from mockwright.consistency.list_members import parts_of
from mockwright.consistency.match_entities import Owner, View
from mockwright.consistency.object_fields import by_path, changing, inner_of, loans, own_fields
from mockwright.consistency.split_total import AMOUNTS, PRICES, QUANTITIES
from mockwright.consistency.transaction import Edit, Transaction
from mockwright.schema.edit import get
from mockwright.schema.locate import Path
from mockwright.types import MISSING, Json, JsonObject, Missing

Source: TypeAlias = Entity | JsonObject
"""What the fields of an object are known from: an entity, or a remembered object."""

_MONEY: Final = frozenset([*PRICES, *QUANTITIES, *AMOUNTS])
"""Fields of a line that its total depends on."""
_SAME: Final = (PRICES, QUANTITIES, ("name", "productname", "title"))
"""Fields of a line that go by several names."""


def lay(transaction: Transaction, view: View, facts: FactStore) -> Iterator[Edit]:
    """Yield the changes that make every known entity as it is known.

    A fact of another type than its place is kept as a conflict.
    """
    places = by_path(view)
    laying = _Laying(transaction, facts, frozenset(one.path for one in view.seen if one.noun))
    passed = changing(view.route)
    for one in view.seen:
        entity = facts.find(one.noun, one.key) if one.noun else None
        for field in own_fields(one, places) if entity is not None else ():
            # A write changes timestamps, and an action the status, whatever was known of them.
            skipped = one.path == view.subject and plain(field.name) in passed
            if entity is not None and not skipped and field.name != "id":
                fact = entity.find(field.name)
                yield from laying.over(field.path, fact, field.value, one.owner)
        for loan in loans(one):
            other = facts.find(loan.key.noun, id_key(loan.key.value) or "")
            if other is not None:
                yield from laying.over(loan.path, other.find(loan.name), loan.value, None)
    yield from _lay_parts(laying, view, facts)


def _lay_parts(laying: _Laying, view: View, facts: FactStore) -> Iterator[Edit]:
    """Yield the changes to the lines of an order that are asked for on their own."""
    owner = facts.owner(view.route)
    entity = None if owner is None else facts.find(*owner)
    # Only the first page, without a filter, can be held against all lines.
    if view.items is None or entity is None or view.route.creates or view.route.page.start:
        return
    known = parts_of(entity, view.route.noun)
    if known is not None and not view.route.filters and not view.route.search:
        yield from laying.over(view.items, known, get(laying.transaction.value, view.items), owner)


@dataclass(frozen=True, slots=True)
class _Laying:
    """The facts that are laid over one answer."""

    transaction: Transaction
    facts: FactStore
    entities: frozenset[Path]
    """Objects that stand for entities of their own, and are laid as such."""

    def over(
        self, path: Path, fact: Json | Missing, here: Json, owner: Owner | None
    ) -> Iterator[Edit]:
        """Yield what changes at ``path``, where ``here`` stands; a list belongs to ``owner``."""
        if fact is MISSING or self.transaction.locked(path):
            return
        if isinstance(fact, dict) and isinstance(here, dict):
            # It has an id, and is laid by its own facts.
            if path in self.entities:
                return
            yield from self._object(path, fact, here, money=True)
        elif isinstance(fact, list) and isinstance(here, list):
            yield from self._list(path, fact, here, owner)
        else:
            yield from self._scalar(path, fact, here)

    def _scalar(self, path: Path, fact: Json, here: Json) -> Iterator[Edit]:
        """Yield the fact in the form of the place, or keep a conflict."""
        value = fitted(fact, here)
        if value is not MISSING:
            yield Edit(path, value)
        elif not isinstance(fact, dict | list) and not isinstance(here, dict | list):
            self.transaction.refuse(path, fact)

    def _object(
        self, path: Path, source: Source, here: JsonObject, *, money: bool
    ) -> Iterator[Edit]:
        """Yield the changes to the members of an object; with ``money`` also to its amounts."""
        for name, item in here.items():
            if not money and plain(name) in _MONEY:
                continue
            yield from self.over((*path, name), known_as(source, name), item, None)

    def _list(
        self, path: Path, facts: list[Json], here: list[Json], owner: Owner | None
    ) -> Iterator[Edit]:
        """Yield the changes to a list, whose length comes first."""
        # A list of scalars is one fact as a whole.
        if not any(isinstance(item, dict) for item in (*facts, *here)):
            yield Edit(path, facts)
            return
        whole = len(facts) == len(here)
        if (
            not whole
            and not self.transaction.was_refused(path)
            and not self.transaction.holds_locked(path)
        ):
            items = resized(here, len(facts))
            if items is not None:
                # The items are laid in the next round, when it is known whether there are so many.
                yield Edit(path, items)
                return
        noun = noun_of(next((step for step in reversed(path) if isinstance(step, str)), ""))
        for i, (fact, item) in enumerate(zip(facts, here, strict=False)):
            source = self.source(fact, noun, owner)
            # The amounts of a line hold only where all lines are there: else the total would not.
            if isinstance(item, dict) and source is not None:
                yield from self._item((*path, i), fact, source, item, money=whole)

    def _item(
        self, path: Path, fact: JsonObject, source: Source, here: JsonObject, *, money: bool
    ) -> Iterator[Edit]:
        """Yield the changes to an item; only the id of one that is kept elsewhere."""
        own = inner_of(here, "id")
        if is_reference(fact) and own is not None:
            yield from self._scalar((*path, own), fact["id"], here[own])
            return
        yield from self._object(path, source, here, money=money)

    def source(self, fact: Json, noun: str, owner: Owner | None) -> Source | None:
        """Return what the fields of a listed item are known from."""
        if not is_reference(fact):
            return fact if isinstance(fact, dict) else None
        return listed(self.facts, fact, noun, owner) or fact


def listed(facts: FactStore, fact: JsonObject, noun: str, owner: Owner | None) -> Entity | None:
    """Return the entity that an item of a remembered list refers to, or None."""
    key = id_key(fact["id"]) or ""
    last = noun.split(" ")[-1]
    # ``orderItems`` may have been learned as order items, items or lines.
    names = dict.fromkeys((noun, facts.resolve(noun), last, "item", "line"))
    found = (facts.find(name, scoped(name, key, owner)) for name in names if name)
    return next((one for one in found if one is not None), None)


def known_as(source: Source, name: str) -> Json | Missing:
    """Return what is known under a name, or under another that says the same of a line."""
    found = _find_in(source, name)
    if found is not MISSING:
        return found
    said = plain(name)
    others = [other for group in _SAME if said in group for other in group if other != said]
    return next((f for other in others if (f := _find_in(source, other)) is not MISSING), MISSING)


def _find_in(source: Source, name: str) -> Json | Missing:
    if isinstance(source, Entity):
        return source.find(name)
    own = inner_of(source, name)
    return MISSING if own is None else source[own]
