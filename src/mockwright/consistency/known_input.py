"""What is known of an answer before it is made, in the form of an input."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from mockwright.conformance.overlay import overlay
from mockwright.consistency.apply_facts import Source, known_as, listed
from mockwright.consistency.entity_names import (
    FACETS,
    NAMES,
    WEAK,
    WRAPPERS,
    borrowed,
    id_key,
    is_reference,
    kin,
    noun_of,
    plain,
    pointed,
)
from mockwright.consistency.fact_sheet import Entity, Fact, FactStore
from mockwright.consistency.fit_value import fitted
from mockwright.consistency.learn import identify, note_path
from mockwright.consistency.list_members import ExpectedMembers, expected, parts_of
from mockwright.consistency.match_entities import Owner
from mockwright.consistency.object_fields import changing
from mockwright.consistency.request_route import Query, ResourceRoute, read_route
from mockwright.consistency.split_total import SUBTOTALS, TOTALS
from mockwright.consistency.totals import lines_of
from mockwright.schema.keywords import Schema
from mockwright.schema.locate import ValueLocator
from mockwright.schema.validate import compile_schema
from mockwright.types import MISSING, Json, JsonObject, Missing

_MAX_DEPTH: Final = 8
"""The most levels of objects that are looked into."""
_MAX_ITEMS: Final = 1_000
"""The most items of a list that are given."""
_PROBES: Final = (0, "", "2025-01-01")
"""Values in whose form a fact may be written: a number, a text, a date."""


def known_input(
    facts: FactStore,
    method: str,
    path: str,
    schema: Schema,
    input: Json | Missing,  # noqa: A002  # the name that MockRequest and Task use
    *,
    query: Query = (),
) -> Json | Missing:
    """Return the input to plan with: what is known and has a place, under the caller's own.

    Of a list that was not shown before, only one that is the whole answer gets its first items: the
    items of an input are all there are of any other. Raises :class:`ShapeError`.
    """
    # A caller's list is the answer's list.
    if isinstance(input, list):
        return input
    facts, route = facts.copy(), read_route(method, path, query)
    note_path(facts, route)
    fitting = _Fitting(facts, route, ValueLocator(compile_schema(schema)), _names_given(input))
    found = fitting.answer()
    # A known list cannot be laid under a caller's object.
    if found is MISSING or (input is not MISSING and not isinstance(found, dict)):
        return input
    return overlay(found, input).value


def sized(facts: FactStore, method: str, path: str, schema: Schema, *, query: Query = ()) -> Schema:
    """Return a schema that was made up for a path, with lists as long as they are known to be.

    Not for a schema that the caller gave: that stands.
    """
    route = read_route(method, path, query)
    wanted = expected(facts, route)
    if not isinstance(schema, dict):
        return schema
    if wanted.closed and route.several and isinstance(schema.get("items"), dict):
        return _with_length(schema, len(wanted.members))
    owner = facts.owner(route)
    whole = facts.find(*owner) if owner is not None and route.several else None
    if whole is not None and (parts := parts_of(whole, route.noun)) and "items" in schema:
        return _with_length(schema, len(parts))
    entity = facts.find(*facts.subject(route))
    properties = schema.get("properties")
    if entity is None or not isinstance(properties, dict) or route.several:
        return schema
    return {**schema, "properties": {n: _sized_part(entity, n, p) for n, p in properties.items()}}


def _sized_part(entity: Entity, name: str, part: Json) -> Json:
    known = entity.find(name)
    if isinstance(known, list) and isinstance(part, dict) and part.get("type") == "array":
        return _with_length(part, len(known))
    return part


def _with_length(schema: JsonObject, length: int) -> JsonObject:
    return {**schema, "minItems": length, "maxItems": length}


def _names_given(given: Json | Missing) -> frozenset[str]:
    """Return plain names of fields that the caller gives, and of those that change with them."""
    names: set[str] = set()
    stack: list[tuple[Json, int]] = [(given, 0)]
    while stack:
        here, depth = stack.pop()
        if isinstance(here, dict) and depth < _MAX_DEPTH:
            names |= {plain(name) for name in here}
            stack += [(item, depth + 1) for item in here.values()]
    return frozenset(names | NAMES if names & NAMES else names)


@dataclass(frozen=True, slots=True)
class _Fitting:
    """One schema, and what is known for its places."""

    facts: FactStore
    route: ResourceRoute
    places: ValueLocator
    said: frozenset[str]
    """Plain names that the caller speaks of, and that facts must not answer."""

    def answer(self) -> Json | Missing:
        """Return all that is known of the answer, in its wrappers; MISSING if nothing is."""
        root: list[Schema] = [self.places.root]
        path, schemas = self._unwrap(root)
        if self._is_list(schemas):
            found: Json | Missing = self._several(schemas, whole=not path)
        elif self.route.several and not self.route.creates:
            return MISSING
        else:
            found = self._single(schemas) or MISSING
        for name in reversed(path) if found is not MISSING else ():
            found = {name: found}
        return found

    def _unwrap(self, schemas: list[Schema]) -> tuple[list[str], list[Schema]]:
        """Return the path through wrappers to the answer proper, and its schemas."""
        path: list[str] = []
        while len(path) < _MAX_DEPTH and not self._is_list(schemas):
            parts = self._properties(schemas)
            bare = not any(plain(name) == "id" for name in parts)
            name = next((n for n in parts if bare and self._is_wrapper(n, parts[n])), None)
            if name is None:
                break
            path.append(name)
            schemas = parts[name]
        return path, schemas

    def _is_wrapper(self, name: str, schemas: list[Schema]) -> bool:
        listed = self._is_list(schemas)
        if not listed and not self._properties(schemas):
            return False
        own = noun_of(name).split(" ")[-1] == self.route.noun.split(" ")[-1]
        return (own or plain(name) in WRAPPERS) and (self.route.several or not listed)

    def _properties(self, schemas: Sequence[Schema]) -> dict[str, list[Schema]]:
        """Return the members that a place may have, with their schemas."""
        flat = self.places.flat(schemas, {})
        names = [n for s in flat if isinstance(s.get("properties"), dict) for n in s["properties"]]
        return {name: self.places.children(flat, name) for name in dict.fromkeys(names)}

    def _is_list(self, schemas: Sequence[Schema]) -> bool:
        flat = self.places.flat(schemas, [])
        return any(s.get("type") == "array" or isinstance(s.get("items"), dict) for s in flat)

    def _item_schemas(self, schemas: Sequence[Schema]) -> tuple[list[Schema], int]:
        """Return the schemas of a list's items, and how many it may have."""
        flat = self.places.flat(schemas, [])
        most = [s["maxItems"] for s in flat if isinstance(s.get("maxItems"), int)]
        return self.places.children(flat, 0), min([*most, _MAX_ITEMS])

    def _several(self, schemas: Sequence[Schema], *, whole: bool) -> Json | Missing:
        """Return the known members of a list; MISSING where it must not be taken for all of it."""
        items, most = self._item_schemas(schemas)
        owner = self.facts.owner(self.route)
        outer = None if owner is None else self.facts.find(*owner)
        if outer is not None and self.route.noun in WEAK:
            known = parts_of(outer, self.route.noun)
            return MISSING if known is None else self._list(schemas, known, self.route.noun, owner)
        wanted = ExpectedMembers() if self.route.creates else expected(self.facts, self.route)
        if not wanted.members or not (whole or wanted.closed):
            return MISSING
        return [self._object(items, member) for member in wanted.members[:most]]

    def _single(self, schemas: list[Schema]) -> JsonObject:
        """Return what is known of the one thing that the path names."""
        noun, key = self.facts.subject(self.route)
        known = None if self.route.creates else self.facts.find(noun, key)
        if known is None:
            known = Entity(noun, "" if self.route.creates else key)
            if self.route.id is not None:
                fact = Fact("id", identify(self.route.id))
                known = known.with_fields({"id": fact})
        links = {self.facts.own(name): own for name, own in self.route.parents}
        known = Entity(known.noun, known.key, known.fields, {**links, **known.links})
        return self._object(schemas, known, self.said | changing(self.route))

    def _object(
        self,
        schemas: Sequence[Schema],
        source: Source,
        but: frozenset[str] = frozenset(),
        depth: int = 0,
    ) -> JsonObject:
        """Return what ``source`` says for the members of a place, without those in ``but``."""
        found: JsonObject = {}
        parts = self._properties(schemas) if depth < _MAX_DEPTH else {}
        for name, subs in parts.items():
            if plain(name) not in but:
                value = self._member(name, subs, source, but, depth)
                if value is not MISSING:
                    found[name] = value
        self._borrow(parts, found)
        return found

    def _member(
        self,
        name: str,
        schemas: list[Schema],
        source: Source,
        but: frozenset[str],
        depth: int,
    ) -> Json | Missing:
        """Return what is known of one member; MISSING if nothing is, or nothing that fits."""
        fact = known_as(source, name)
        if isinstance(source, Entity):
            if self._is_list(schemas):
                owner = (source.noun, source.key)
                if not isinstance(fact, list):
                    return MISSING
                return self._list(schemas, fact, noun_of(name), owner)
            if fact is MISSING:
                fact = self._amount_of_lines(name, source)
            if fact is MISSING:
                return self._linked_or_facet(name, schemas, source, but, depth)
        if isinstance(fact, dict):
            return self._object(schemas, fact, depth=depth + 1) or MISSING
        return self._scalar(schemas, fact)

    def _linked_or_facet(
        self,
        name: str,
        schemas: list[Schema],
        source: Entity,
        but: frozenset[str],
        depth: int,
    ) -> Json | Missing:
        """Return a foreign key, what it points to, or a part that speaks of the same thing."""
        target = pointed(name)
        for noun, key in source.links.items():
            owner = self.facts.find(noun, key)
            if target and target in kin(noun) and self.facts.resolve(target) == noun:
                return self._scalar(schemas, identify(key) if owner is None else owner.id)
            if noun_of(name) in kin(noun) and owner is not None and self._properties(schemas):
                return self._object(schemas, owner, depth=depth + 1) or MISSING
        if plain(name) in FACETS and self._properties(schemas):
            return self._object(schemas, source, but, depth + 1) or MISSING
        return MISSING

    def _amount_of_lines(self, name: str, source: Entity) -> Json | Missing:
        """Return what the known lines of an order come to, for a member that is its subtotal.

        A total is that only where there is no subtotal, beside which it has taxes and shipping.
        """
        said = plain(name)
        if said not in (*SUBTOTALS, *TOTALS):
            return MISSING
        if said in TOTALS and any(plain(other) in SUBTOTALS for other in self._answer_names()):
            return MISSING
        lines = lines_of(self.facts, source)
        return MISSING if lines is None else sum(line.amount for line in lines) / 100

    def _answer_names(self) -> list[str]:
        return list(self._properties(self._unwrap([self.places.root])[1]))

    def _list(
        self, schemas: Sequence[Schema], facts: list[Json], noun: str, owner: Owner | None
    ) -> Json | Missing:
        items, most = self._item_schemas(schemas)
        found = [self._item(items, fact, noun, owner) for fact in facts[:most]]
        return MISSING if MISSING in found else found

    def _item(
        self, schemas: list[Schema], fact: Json, noun: str, owner: Owner | None
    ) -> Json | Missing:
        if not isinstance(fact, dict):
            return self._scalar(schemas, fact)
        entity = listed(self.facts, fact, noun, owner) if is_reference(fact) else None
        return self._object(schemas, entity or fact, depth=2) or MISSING

    def _scalar(self, schemas: Sequence[Schema], fact: Json | Missing) -> Json | Missing:
        """Return a fact in a form that the place takes; MISSING if it takes none."""
        if fact is MISSING or isinstance(fact, dict | list) or not schemas:
            return MISSING
        return next((f for f in _forms_of(fact) if self.places.accepts(schemas, f)), MISSING)

    def _borrow(self, parts: dict[str, list[Schema]], found: JsonObject) -> None:
        """Add what other things are known to be called, beside the keys that name them."""
        keys = {n: v for n, v in found.items() if pointed(n) and id_key(v) is not None}
        for name in parts if keys else ():
            for key, value in keys.items():
                field = borrowed(name, key) if name not in found and name not in keys else ""
                noun = self.facts.resolve(pointed(key))
                other = self.facts.find(noun, id_key(value) or "") if field else None
                if other is not None and plain(name) not in self.said:
                    fitting = self._scalar(parts[name], other.find(field))
                    if fitting is not MISSING:
                        found[name] = fitting


def _forms_of(fact: Json) -> Iterator[Json]:
    """Yield a fact as it is, then in the forms that a place may have for it."""
    yield fact
    for probe in _PROBES:
        form = fitted(fact, probe)
        if form is not MISSING and form != probe:
            yield form
