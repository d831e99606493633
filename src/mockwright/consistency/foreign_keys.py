"""Ids and foreign keys: each object is made to stand for the entity that it has to stand for."""

from __future__ import annotations

from collections.abc import Iterator

from mockwright.consistency.entity_names import WEAK, id_key, kin, noun_of, pointed
from mockwright.consistency.fact_sheet import FactStore
from mockwright.consistency.fit_value import fitted
from mockwright.consistency.learn import identify
from mockwright.consistency.list_members import ExpectedMembers, Outsiders, fresh_id, pick
from mockwright.consistency.match_entities import EntityMatch, Key, Owner, View
from mockwright.consistency.object_fields import by_path, items_at
from mockwright.consistency.request_route import ResourceRoute
from mockwright.consistency.transaction import Edit, Transaction
from mockwright.schema.keywords import join
from mockwright.schema.locate import Path
from mockwright.types import MISSING, Json, Missing


def identities(
    transaction: Transaction, view: View, facts: FactStore, wanted: ExpectedMembers
) -> Iterator[Edit]:
    """The id of what the path names, and those of the list that it names."""
    if view.subject is not None and (one := view.at(view.subject)) is not None:
        yield from _subject(one, view.route, facts)
    if view.items is not None and not transaction.locked(view.items):
        yield from _Members(transaction, view, facts, wanted).edits()


def _subject(one: EntityMatch, route: ResourceRoute, facts: FactStore) -> Iterator[Edit]:
    if one.id_name is None or not one.noun:
        return
    path, here = (*one.path, one.id_name), one.value[one.id_name]
    if route.creates:
        if facts.find(one.noun, one.key) is not None:
            taken = set(facts.entities[one.noun])
            yield Edit(path, fresh_id(taken, here, f"{route.path} {one.key}"))
        return
    known = facts.find(one.noun, one.key)
    if known is not None and "id" in known.fields:
        yield from _set(path, known.id, here)
    elif route.id is not None:
        yield from _set(path, identify(route.id), here)


def _set(path: Path, fact: Json, here: Json) -> Iterator[Edit]:
    value = fitted(fact, here)
    if value is not MISSING:
        yield Edit(path, value)


class _Members:
    """The ids in a list: those it has to show, and others in place of those it must not."""

    def __init__(
        self, transaction: Transaction, view: View, facts: FactStore, wanted: ExpectedMembers
    ) -> None:
        self.transaction = transaction
        self.view = view
        self.facts = facts
        self.wanted = wanted
        self.path: Path = view.items or ()
        self.items = items_at(transaction.value, self.path)
        self.seen = by_path(view)

    def edits(self) -> Iterator[Edit]:
        """What has to change; nothing where the caller gave the list."""
        if self.transaction.holds_locked(self.path) and self.view.route.creates:
            return
        if self.wanted.closed and len(self.items) != len(self.wanted.members):
            yield from self._resized()
        at = {one.key: i for i in reversed(range(len(self.items))) if (one := self._at(i))}
        staying = {at[key] for key in self.wanted.keys if key in at}
        free = [i for i in range(len(self.items)) if i not in staying]
        missing = [member for member in self.wanted.members if member.key not in at]
        for i, member in zip(free, missing, strict=False):
            yield from self._identified(i, member.id)
        yield from self._strangers(free[len(missing) :])

    def _at(self, i: int) -> EntityMatch | None:
        one = self.seen.get((*self.path, i))
        return one if one is not None and one.noun else None

    def _identified(self, i: int, known: Json) -> Iterator[Edit]:
        one = self._at(i)
        if one is not None and one.id_name is not None:
            yield from _set((*one.path, one.id_name), known, one.value[one.id_name])

    def _strangers(self, places: list[int]) -> Iterator[Edit]:
        """Further items, that must not be somebody who belongs elsewhere."""
        outsiders = Outsiders(self.facts, self.view.route, len(self.items))
        here = {one.key for i in range(len(self.items)) if (one := self._at(i))}
        taken = {*self.facts.entities.get(self.facts.own(self.view.route.noun), ()), *here}
        for i in places:
            one = self._at(i)
            if one is None or one.id_name is None or one.key not in outsiders:
                continue
            made = fresh_id(taken, one.value[one.id_name], f"{self.view.route.path} {i} {one.key}")
            taken.add(str(made))
            yield Edit((*one.path, one.id_name), made)

    def _resized(self) -> Iterator[Edit]:
        if not self.transaction.holds_locked(self.path):
            items = resized(self.items, len(self.wanted.members))
            if items is not None:
                yield Edit(self.path, items)


def resized(items: list[Json], length: int) -> list[Json] | None:
    """A list with so many items; further ones are as the last, None where there is no last."""
    if len(items) >= length:
        return items[:length]
    return [*items, *[items[-1]] * (length - len(items))] if items else None


def foreign_keys(transaction: Transaction, view: View, facts: FactStore) -> Iterator[Edit]:
    """Each foreign key names what its object belongs to, or else somebody who is known."""
    pointing = _Pointing(view, facts)
    for one in view.seen:
        for key in one.keys:
            path = (*one.path, key.name)
            wanted = pointing.wanted(one, key, path)
            if wanted is not MISSING and not transaction.locked(path):
                yield from _set(path, wanted, key.value)
        if one.noun and one.id_name is not None and one.path and isinstance(one.path[-1], str):
            wanted = pointing.embedded(one, one.path[-1])
            if wanted is not MISSING:
                yield from _set((*one.path, one.id_name), wanted, one.value[one.id_name])


class _Pointing:
    """Who a foreign key is to name."""

    def __init__(self, view: View, facts: FactStore) -> None:
        self.view = view
        self.facts = facts
        self.asked = set(facts.asked.values())
        self.listed: set[Owner] = {
            (one.noun, one.key) for one in view.seen if one.noun and not _embedded(one, view)
        }
        self.parents = self._parents()

    def _parents(self) -> dict[str, str]:
        found = {}
        for noun, key in self.view.route.parents:
            own = self.facts.own(noun)
            found[own] = self.facts.aliases.get(f"{own} {key}", key)
        return found

    def wanted(self, one: EntityMatch, key: Key, path: Path) -> Json | Missing:
        """The id that a foreign key has to have; MISSING where any will do."""
        known = self.facts.find(one.noun, one.key) if one.noun else None
        if known is not None and known.find(key.name) is not MISSING:
            return MISSING
        if pointed(key.name) in kin(key.noun):
            owner = self._owner(one, key.noun)
            if owner is not None:
                entity = self.facts.find(key.noun, owner)
                return identify(owner) if entity is None else entity.id
        return self._somebody(one.noun, key.noun, id_key(key.value), path)

    def embedded(self, one: EntityMatch, name: str) -> Json | Missing:
        """The id that an object within another has to have."""
        if one.path == self.view.subject or one.within is None:
            return MISSING
        outer = self.facts.find(*one.within)
        link = outer.links.get(one.noun) if outer is not None else None
        if link is not None and noun_of(name) in kin(one.noun):
            entity = self.facts.find(one.noun, link)
            return MISSING if entity is None else entity.id
        return self._somebody(one.within[0], one.noun, one.key, one.path)

    def _owner(self, one: EntityMatch, noun: str) -> str | None:
        """What the object is known to belong to; what is new belongs where the path says."""
        known = self.facts.find(one.noun, one.key) if one.noun else None
        if known is not None and noun in known.links:
            return known.links[noun]
        listed = self.view.items is not None and one.path[:-1] == self.view.items
        if one.path == self.view.subject or listed:
            return self.parents.get(noun)
        return one.within[1] if one.noun in WEAK and one.within and one.within[0] == noun else None

    def _somebody(self, whose: str, noun: str, key: str | None, path: Path) -> Json | Missing:
        if noun not in self.asked or noun in WEAK or noun == whose or key is None:
            return MISSING
        if self.facts.find(noun, key) is not None or (noun, key) in self.listed:
            return MISSING
        members = list(self.facts.members(noun))
        if not members:
            return MISSING
        return pick(members, f"{self.view.route.path} {join(*path)}").id


def _embedded(one: EntityMatch, view: View) -> bool:
    """Whether an object is a member of another, and no item of a list."""
    return one.path != view.subject and bool(one.path) and isinstance(one.path[-1], str)
