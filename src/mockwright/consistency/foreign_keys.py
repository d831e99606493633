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
    """Yield changes to the id of what the path names, and to those of the list that it names."""
    if view.subject is not None and (one := view.at(view.subject)) is not None:
        yield from _identify_subject(one, view.route, facts)
    if view.items is not None and not transaction.locked(view.items):
        yield from _Members(transaction, view, facts, wanted).edits()


def _identify_subject(one: EntityMatch, route: ResourceRoute, facts: FactStore) -> Iterator[Edit]:
    """Yield the change to the id of the one thing; what is created gets an id that is not taken."""
    if one.id_name is None or not one.noun:
        return
    path, here = (*one.path, one.id_name), one.value[one.id_name]
    if route.creates:
        if facts.find(one.noun, one.key) is not None:
            # A new thing must not go by the id of a known one.
            taken = set(facts.entities[one.noun])
            yield Edit(path, fresh_id(taken, here, f"{route.path} {one.key}"))
        return
    known = facts.find(one.noun, one.key)
    if known is not None and "id" in known.fields:
        yield from _fit_edit(path, known.id, here)
    elif route.id is not None:
        yield from _fit_edit(path, identify(route.id), here)


def _fit_edit(path: Path, fact: Json, here: Json) -> Iterator[Edit]:
    """Yield the change to a fact in the form of the place; none if that is of another kind."""
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
        """Yield what has to change; nothing where the caller gave the list."""
        if self.transaction.holds_locked(self.path) and self.view.route.creates:
            return
        if self.wanted.closed and len(self.items) != len(self.wanted.members):
            yield from self._resize()
        # Known members that are there already stay at their places; the missing ones take the free
        # places.
        at = {one.key: i for i in reversed(range(len(self.items))) if (one := self._entity_at(i))}
        staying = {at[key] for key in self.wanted.keys if key in at}
        free = [i for i in range(len(self.items)) if i not in staying]
        missing = [member for member in self.wanted.members if member.key not in at]
        for i, member in zip(free, missing, strict=False):
            yield from self._give_id(i, member.id)
        yield from self._replace_outsiders(free[len(missing) :])

    def _entity_at(self, i: int) -> EntityMatch | None:
        one = self.seen.get((*self.path, i))
        return one if one is not None and one.noun else None

    def _give_id(self, i: int, known: Json) -> Iterator[Edit]:
        one = self._entity_at(i)
        if one is not None and one.id_name is not None:
            yield from _fit_edit((*one.path, one.id_name), known, one.value[one.id_name])

    def _replace_outsiders(self, places: list[int]) -> Iterator[Edit]:
        """Yield changes to further items that must not be something that belongs elsewhere."""
        outsiders = Outsiders(self.facts, self.view.route, len(self.items))
        here = {one.key for i in range(len(self.items)) if (one := self._entity_at(i))}
        taken = {*self.facts.entities.get(self.facts.own(self.view.route.noun), ()), *here}
        for i in places:
            one = self._entity_at(i)
            if one is None or one.id_name is None or one.key not in outsiders:
                continue
            made = fresh_id(taken, one.value[one.id_name], f"{self.view.route.path} {i} {one.key}")
            taken.add(str(made))
            yield Edit((*one.path, one.id_name), made)

    def _resize(self) -> Iterator[Edit]:
        if not self.transaction.holds_locked(self.path):
            items = resized(self.items, len(self.wanted.members))
            if items is not None:
                yield Edit(self.path, items)


def resized(items: list[Json], length: int) -> list[Json] | None:
    """Return a list of so many items; further ones are like the last, None if there is no last."""
    if len(items) >= length:
        return items[:length]
    return [*items, *[items[-1]] * (length - len(items))] if items else None


def foreign_keys(transaction: Transaction, view: View, facts: FactStore) -> Iterator[Edit]:
    """Yield changes that make each foreign key name its object's owner, or a known entity."""
    pointing = _Pointing(view, facts)
    for one in view.seen:
        for key in one.keys:
            path = (*one.path, key.name)
            wanted = pointing.wanted(one, key, path)
            if wanted is not MISSING and not transaction.locked(path):
                yield from _fit_edit(path, wanted, key.value)
        if one.noun and one.id_name is not None and one.path and isinstance(one.path[-1], str):
            wanted = pointing.embedded(one, one.path[-1])
            if wanted is not MISSING:
                yield from _fit_edit((*one.path, one.id_name), wanted, one.value[one.id_name])


class _Pointing:
    """Which entity each foreign key is to name."""

    def __init__(self, view: View, facts: FactStore) -> None:
        self.view = view
        self.facts = facts
        self.asked = set(facts.asked.values())
        self.listed: set[Owner] = {
            (one.noun, one.key) for one in view.seen if one.noun and not _is_member(one, view)
        }
        self.parents = self._parents()

    def _parents(self) -> dict[str, str]:
        found = {}
        for noun, key in self.view.route.parents:
            own = self.facts.own(noun)
            found[own] = self.facts.aliases.get(f"{own} {key}", key)
        return found

    def wanted(self, one: EntityMatch, key: Key, path: Path) -> Json | Missing:
        """Return the id that a foreign key has to have; MISSING where any will do."""
        known = self.facts.find(one.noun, one.key) if one.noun else None
        # A key that is known is laid like any fact, see ``apply_facts``.
        if known is not None and known.find(key.name) is not MISSING:
            return MISSING
        if pointed(key.name) in kin(key.noun):
            owner = self._owner(one, key.noun)
            if owner is not None:
                entity = self.facts.find(key.noun, owner)
                return identify(owner) if entity is None else entity.id
        return self._known_somebody(one.noun, key.noun, id_key(key.value), path)

    def embedded(self, one: EntityMatch, name: str) -> Json | Missing:
        """Return the id that an object within another has to have; MISSING where any will do."""
        if one.path == self.view.subject or one.within is None:
            return MISSING
        outer = self.facts.find(*one.within)
        link = outer.links.get(one.noun) if outer is not None else None
        if link is not None and noun_of(name) in kin(one.noun):
            entity = self.facts.find(one.noun, link)
            return MISSING if entity is None else entity.id
        return self._known_somebody(one.within[0], one.noun, one.key, one.path)

    def _owner(self, one: EntityMatch, noun: str) -> str | None:
        """Return the key of the object's known owner; what is new belongs where the path says."""
        known = self.facts.find(one.noun, one.key) if one.noun else None
        if known is not None and noun in known.links:
            return known.links[noun]
        listed = self.view.items is not None and one.path[:-1] == self.view.items
        if one.path == self.view.subject or listed:
            return self.parents.get(noun)
        return one.within[1] if one.noun in WEAK and one.within and one.within[0] == noun else None

    def _known_somebody(self, whose: str, noun: str, key: str | None, path: Path) -> Json | Missing:
        """Return some known entity's id for an unknown one, if paths named its collection."""
        # Only of a collection that a path named is it wrong to speak of somebody unknown.
        if noun not in self.asked or noun in WEAK or noun == whose or key is None:
            return MISSING
        if self.facts.find(noun, key) is not None or (noun, key) in self.listed:
            return MISSING
        members = list(self.facts.members(noun))
        if not members:
            return MISSING
        return pick(members, f"{self.view.route.path} {join(*path)}").id


def _is_member(one: EntityMatch, view: View) -> bool:
    """Whether an object is a member of another, and no item of a list."""
    return one.path != view.subject and bool(one.path) and isinstance(one.path[-1], str)
