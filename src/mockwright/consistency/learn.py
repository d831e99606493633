"""Learning: what an answer says is added to the fact sheet."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Final

from mockwright.consistency.entity_names import NAMES, USER_NAME, WEAK, id_key, noun_of, plain
from mockwright.consistency.fact_sheet import MAX_PLACES, Entity, Fact, FactStore, ListFacts
from mockwright.consistency.list_members import expected
from mockwright.consistency.match_entities import EntityMatch, Key, View, look
from mockwright.consistency.object_fields import (
    EntityField,
    by_path,
    changing,
    items_at,
    kept,
    loans,
    mixed,
    own_fields,
    too_long,
)
from mockwright.consistency.request_route import Query, ResourceRoute, read_route
from mockwright.schema.edit import same
from mockwright.schema.keywords import join
from mockwright.schema.locate import Path
from mockwright.types import MISSING, Json, JsonObject, Missing

_NEVER_ASKED: Final = frozenset(["session", "request", "trace", "span", "correlation", "external"])
"""Nouns of ids that name nothing a path asks for."""
_MAX_DIGITS: Final = 15


def learn(
    facts: FactStore,
    path: str,
    value: Json,
    *,
    method: str = "GET",
    query: Query = (),
    given: Json | Missing = MISSING,
) -> None:
    """Add to ``facts`` what an answer says.

    What is known stays as it is, unless the caller's own input ``given`` said otherwise.
    """
    route = read_route(method, path, query)
    own = frozenset(given_paths(given, value))
    take(facts, route, value, own)
    if isinstance(given, dict):
        _take_unseen(facts, route, value, given)


def take(facts: FactStore, route: ResourceRoute, value: Json, own: Collection[Path] = ()) -> None:
    """Add what ``value`` says; ``own`` are the paths of what the caller gave."""
    note_path(facts, route)
    if route.method == "DELETE":
        _forget(facts, route)
        return
    _note_alias(facts, route, look(value, route, facts))
    # Items without an id are those that the list has at their places.
    view = look(value, route, facts, expected(facts, route).keys)
    places = by_path(view)
    # A field that holds something the caller gave counts as given.
    touched = {path[:end] for path in own for end in range(1, len(path) + 1)}
    for one in view.seen:
        if one.noun:
            _take_entity(facts, one, view, places, touched)
        for key in one.keys:
            _take_key(facts, key)
        for loan in loans(one):
            _take_loan(facts, loan.key.noun, id_key(loan.key.value), loan.name, loan.value)
    _note_list(facts, view, value, places)


def locked_by(given: Json | Missing, value: Json) -> tuple[str, ...]:
    """Return JSON pointers to leaves of an answer that the caller gave; they must not change."""
    return tuple(join(*path) for path in given_paths(given, value))


def given_paths(given: Json | Missing, value: Json, path: Path = ()) -> list[Path]:
    """Return the paths of the leaves of an answer that the caller gave and the answer kept."""
    if isinstance(given, dict) and isinstance(value, dict):
        shared = [name for name in given if name in value]
        return [p for name in shared for p in given_paths(given[name], value[name], (*path, name))]
    if isinstance(given, list) and isinstance(value, list):
        pairs = enumerate(zip(given, value, strict=False))
        return [p for i, (mine, item) in pairs for p in given_paths(mine, item, (*path, i))]
    return [path] if given is not MISSING and path and same(given, value) else []


def identify(text: str) -> Json:
    """Return an id from a path as JSON: a number where it is one."""
    plain_number = text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS
    # "007" is no number: it would lose its zeros.
    return int(text) if plain_number and str(int(text)) == text else text


def note_path(facts: FactStore, route: ResourceRoute) -> None:
    """Add what the path itself says: its parents exist, and its nouns are collections."""
    for noun, key in route.parents:
        own = facts.own(noun)
        if facts.find(own, facts.aliases.get(f"{own} {key}", key)) is None:
            facts.put(Entity(own, key).with_fields({"id": Fact("id", identify(key))}))
        facts.asked[noun] = own
    facts.asked[route.noun] = facts.own(route.noun)


def _forget(facts: FactStore, route: ResourceRoute) -> None:
    """Mark the deleted thing as gone; it stays known, for others may speak of it."""
    known = facts.find(*facts.subject(route))
    if known is not None and route.id is not None:
        facts.put(replace(known, gone=True))


def _note_alias(facts: FactStore, route: ResourceRoute, view: View) -> None:
    """Note that ``/users/me`` or ``/posts/hello-world`` is about the answer's own id."""
    one = None if view.subject is None else view.at(view.subject)
    if one is None or not one.noun or route.creates or one.id_name is None:
        return
    own = id_key(one.value[one.id_name])
    if own is not None and own != one.key and one.noun not in WEAK:
        facts.name(one.noun, route.key, own)


def _take_entity(
    facts: FactStore,
    one: EntityMatch,
    view: View,
    places: Mapping[Path, EntityMatch],
    own: Collection[Path],
) -> None:
    """Add an entity, its fields and links; a name that changed displaces the other names."""
    entity = facts.find(one.noun, one.key) or Entity(one.noun, one.key)
    fields = list(own_fields(one, places))
    if one.id_name is None and one.path != view.subject:
        fields.append(EntityField(one.path, "id", identify(one.key)))
    told = {plain(f.name) for f in fields if f.path in own and f.name != "id"}
    if one.path == view.subject:
        told |= changing(view.route)
    # Who gets another first name has another full name, too.
    if told & NAMES:
        entity = entity.without(NAMES)
    entity = replace(entity, gone=False, links={**_links_of(one, view, places), **entity.links})
    facts.put(entity.with_fields(_new_fields(entity, fields, told)))


def _new_fields(
    entity: Entity, fields: list[EntityField], told: Collection[str]
) -> dict[str, Fact]:
    """Return the fields to be added: those that were not known, and those that the caller gave."""
    news: dict[str, Fact] = {}
    for field in fields:
        said = plain(field.name)
        value = MISSING if too_long(field.value) else kept(field.value, noun_of(field.name))
        known = entity.find(field.name)
        if value is MISSING or said in news or mixed(value):
            continue
        if known is MISSING or said in told:
            news[said] = Fact(field.name, value)
        elif isinstance(known, dict) and isinstance(value, dict) and said in entity.fields:
            merged = {**value, **known}
            if len(merged) > len(known):
                news[said] = Fact(field.name, merged)
    return news


def _links_of(one: EntityMatch, view: View, places: Mapping[Path, EntityMatch]) -> dict[str, str]:
    """Return what an entity belongs to: by its foreign keys, what it holds, and what holds it."""
    # Reversed, so that of two keys of one noun the first counts.
    found = {key.noun: str(key.value) for key in reversed(one.keys)}
    for name in one.value:
        inner = places.get((*one.path, name))
        if inner is not None and inner.noun and isinstance(inner.value, dict):
            found[inner.noun] = inner.key
    listed = view.items is not None and one.path[:-1] == view.items
    if one.within is not None and (listed or one.path == view.subject or one.noun in WEAK):
        found[one.within[0]] = one.within[1]
    return {noun: key for noun, key in found.items() if noun != one.noun}


def _take_key(facts: FactStore, key: Key) -> None:
    """Add the entity that a foreign key names."""
    name = id_key(key.value)
    if name is None or key.noun in WEAK or key.noun in _NEVER_ASKED:
        return
    if facts.find(key.noun, name) is None:
        facts.put(Entity(key.noun, name).with_fields({"id": Fact("id", key.value)}))


def _take_loan(facts: FactStore, noun: str, key: str | None, name: str, value: Json) -> None:
    """Add a field that was repeated beside a foreign key to the entity the key names."""
    if key is None or value is None:
        return
    entity = facts.find(noun, key) or Entity(noun, key).with_fields(
        {"id": Fact("id", identify(key))}
    )
    news: dict[str, Fact] = {}
    if name == USER_NAME:
        if entity.find(USER_NAME) in (MISSING, value):
            news[USER_NAME] = Fact("userName", value)
        # "Ada Lovelace" is a name, "ada99" a login.
        name = "name" if " " in str(value).strip() else "username"
    if entity.find(name) is MISSING:
        news[plain(name)] = Fact(name, value)
    if news:
        facts.put(entity.with_fields(news))


def _note_list(
    facts: FactStore, view: View, value: Json, places: Mapping[Path, EntityMatch]
) -> None:
    """Keep in which order a list was shown."""
    if view.items is None or view.route.creates:
        return
    items = items_at(value, view.items)
    noun, owner = facts.own(view.route.noun), facts.owner(view.route)
    if noun in WEAK and owner is not None:
        _note_parts(facts, owner, view, items)
        return
    page, known = view.route.page, facts.lists.get(view.route.listing, ListFacts())
    found = [places.get((*view.items, i)) for i in range(min(len(items), MAX_PLACES))]
    keys = [one.key for one in found if one is not None and one.noun]
    if len(set(keys)) < len(found):
        keys = []  # Of members that cannot be told apart, no order is known.
    shown = dict(known.places)
    for i, key in enumerate(keys):
        if len(shown) < MAX_PLACES:
            # What was shown at a position first stays there.
            shown.setdefault(page.start + i, key)
    lengths = {page.key: len(items), **known.lengths}
    if page.start not in known.places:
        lengths[page.key] = len(items)
    # The lengths of the last hundred pages do.
    facts.show(view.route.listing, ListFacts(shown, dict(list(lengths.items())[-100:])))


def _note_parts(facts: FactStore, owner: tuple[str, str], view: View, items: list[Json]) -> None:
    """Keep the lines of an order as a field of the order."""
    entity = facts.find(*owner)
    name = view.route.path.rstrip("/").rpartition("/")[2]
    if entity is None or too_long(items) or entity.find(name) is not MISSING:
        return
    if view.route.filters or view.route.search or view.route.page.start:
        return
    parts = kept(items, noun_of(name))
    if not mixed(parts):
        facts.put(entity.with_fields({plain(name): Fact(name, parts)}))


def _take_unseen(facts: FactStore, route: ResourceRoute, value: Json, given: JsonObject) -> None:
    """Add what the caller said of the one thing and the answer does not show."""
    view, said = look(value, route, facts), look(given, route, facts)
    if view.subject is None or said.subject is None or not route.writes:
        return
    one, mine = view.at(view.subject), said.at(said.subject)
    if one is None or mine is None or not one.noun:
        return
    shown = {plain(field.name) for field in own_fields(one, by_path(view))}
    unseen = [
        field
        for field in own_fields(mine, by_path(said))
        if plain(field.name) not in shown and field.name != "id"
    ]
    entity = facts.find(one.noun, one.key)
    if entity is not None and unseen:
        told = {plain(field.name) for field in unseen}
        facts.put(entity.with_fields(_new_fields(entity, unseen, told)))
