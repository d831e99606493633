"""The order of dates: nothing was there before what it belongs to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from mockwright.consistency.dates import begin_of, days_between, moment, moved, moves
from mockwright.consistency.entity_names import plain
from mockwright.consistency.fact_sheet import Entity, FactStore
from mockwright.consistency.match_entities import EntityMatch, Owner, View
from mockwright.consistency.object_fields import EntityField, by_path, own_fields
from mockwright.consistency.transaction import Edit, Transaction
from mockwright.schema.keywords import word_set
from mockwright.types import MISSING, Json

_MAX_REACHED: Final = 50
"""The most entities that are followed from owner to owner."""
_LATER: Final = word_set(
    "updatedat modifiedat updated modified lastlogin lastloginat lastseen lastseenat lastactive"
    " shippedat deliveredat paidat completedat cancelledat closedat resolvedat publishedat duedate"
)
"""Dates that come after the beginning of their object, by plain names."""


def date(
    transaction: Transaction, view: View, known: FactStore, facts: FactStore
) -> Iterator[Edit]:
    """Yield the changes to dates; ``known`` is what earlier answers said, and stays.

    ``facts`` are those together with what this answer says. A known date that is too early is a
    conflict.
    """
    dating = _Dating(transaction, view, known, facts)
    for one in view.seen:
        if one.noun:
            yield from dating.of(one)


class _Dating:
    """The dates of one answer."""

    def __init__(
        self, transaction: Transaction, view: View, known: FactStore, facts: FactStore
    ) -> None:
        self.transaction = transaction
        self.known = known
        self.facts = facts
        self.places = by_path(view)
        self.shown = {(one.noun, one.key) for one in view.seen if one.noun}
        self.first = self._first_children()

    def _first_children(self) -> dict[Owner, Json]:
        """Return, by owner, when the first of what belongs to it is known to have come to be."""
        found: dict[Owner, Json] = {}
        for entities in self.known.entities.values():
            for entity in entities.values():
                owners = [owner for owner in entity.links.items() if owner in self.shown]
                begin = _begin_of(entity) if owners else MISSING
                for owner in owners if begin is not MISSING else ():
                    earlier = owner not in found or days_between(found[owner], begin)
                    # Of two that belong to each other neither bounds the other.
                    if earlier and not belongs(self.known, owner, entity):
                        found[owner] = begin
        return found

    def of(self, one: EntityMatch) -> Iterator[Edit]:
        """Yield the changes to the dates of one object."""
        fields = [f for f in own_fields(one, self.places) if not isinstance(f.value, dict | list)]
        name = begin_of({field.name: field.value for field in fields})
        if name is None:
            return
        begin = next(field for field in fields if field.name == name)
        if self._is_fixed(one, begin):
            yield from self._move_later_dates(one, fields, begin)
            return
        # What belongs to it was shown already and stays, so that its bound comes first.
        earlier = self._too_late(one, begin)
        if earlier:
            yield from _move(begin, -earlier)
            return
        later = self._too_early(one, begin)
        if later:
            yield from _move(begin, later)
            yield from self._move_along(one, fields, begin, moved(begin.value, later))

    def _move_along(
        self, one: EntityMatch, fields: list[EntityField], begin: EntityField, start: Json
    ) -> Iterator[Edit]:
        """Yield equal changes to all other dates, if one is before the new beginning."""
        others = [
            field
            for field in fields
            if field is not begin
            and moves(field.name, field.value)
            and not self._is_fixed(one, field)
            and not days_between(begin.value, field.value)
        ]
        days = max((days_between(start, field.value) for field in others), default=0)
        for field in others if days else ():
            yield from _move(field, days)

    def _is_fixed(self, one: EntityMatch, field: EntityField) -> bool:
        """Whether a field was known before, or given by the caller."""
        entity = self.known.find(one.noun, one.key)
        told = entity is not None and entity.find(field.name) is not MISSING
        return told or self.transaction.locked(field.path)

    def _move_later_dates(
        self, one: EntityMatch, fields: list[EntityField], begin: EntityField
    ) -> Iterator[Edit]:
        """Yield changes to new dates that are before a known beginning."""
        if self._too_early(one, begin):
            self.transaction.refuse(begin.path, self._latest_owner_begin(one, begin))
        for field in fields:
            if plain(field.name) in _LATER and not self._is_fixed(one, field):
                days = days_between(begin.value, field.value)
                yield from _move(field, days) if days else ()

    def _too_late(self, one: EntityMatch, begin: EntityField) -> int:
        """Return by how many days something begins after the first of what belongs to it."""
        first = self.first.get((one.noun, one.key))
        return 0 if first is None else days_between(begin.value, first)

    def _too_early(self, one: EntityMatch, begin: EntityField) -> int:
        """Return by how many days something begins before what it belongs to."""
        return max(
            (days_between(bound, begin.value) for bound in self._owner_begins(one)), default=0
        )

    def _latest_owner_begin(self, one: EntityMatch, begin: EntityField) -> Json:
        return max(self._owner_begins(one), key=lambda bound: days_between(bound, begin.value))

    def _owner_begins(self, one: EntityMatch) -> list[Json]:
        """Return when all that the object belongs to came to be."""
        entity = self.facts.find(one.noun, one.key)
        owners = () if entity is None else entity.links.items()
        found = [self.facts.find(*o) for o in owners if not belongs(self.facts, o, entity)]
        begins = [_begin_of(owner) for owner in found if owner is not None]
        return [begin for begin in begins if begin is not MISSING]


def belongs(facts: FactStore, owner: Owner, entity: Entity | None) -> bool:
    """Whether what an entity belongs to belongs to it in turn, so that neither was there first."""
    reached: set[Owner] = set()
    stack = [owner]
    while stack and len(reached) < _MAX_REACHED:
        here = stack.pop()
        if entity is not None and here == (entity.noun, entity.key):
            return True
        known = facts.find(*here) if here not in reached else None
        reached.add(here)
        stack += [] if known is None else known.links.items()
    return False


def _begin_of(entity: Entity) -> Json:
    values = {fact.name: fact.value for fact in entity.fields.values()}
    name = begin_of(values)
    return MISSING if name is None else values[name]


def _move(field: EntityField, days: int) -> Iterator[Edit]:
    value = moved(field.value, days)
    if value is not MISSING and moment(value) is not None:
        yield Edit(field.path, value)
