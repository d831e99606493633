"""Reading an answer into a sheet."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Final

from mockwright.consistency.entity_names import NAMES, USER_NAME, WEAK, id_key, noun_of, plain
from mockwright.consistency.fact_sheet import MAX_PLACES, Entity, Fact, Listing, Sheet
from mockwright.consistency.list_members import expected
from mockwright.consistency.match_entities import Key, Seen, View, look
from mockwright.consistency.object_fields import (
    Field,
    by_path,
    changing,
    items_at,
    kept,
    loans,
    mixed,
    own_fields,
    too_long,
)
from mockwright.consistency.request_route import Query, Route, read_route
from mockwright.schema.edit import same
from mockwright.schema.keywords import join
from mockwright.schema.locate import Path
from mockwright.types import MISSING, Json, JsonObject, Missing

_NOBODY: Final = frozenset(["session", "request", "trace", "span", "correlation", "external"])
"""What ids name that nobody asks for."""
_MAX_DIGITS: Final = 15


def learn(
    sheet: Sheet,
    path: str,
    value: Json,
    *,
    method: str = "GET",
    query: Query = (),
    given: Json | Missing = MISSING,
) -> None:
    """Add to ``sheet`` what an answer says.

    What is known stays as it is, unless the caller's own input ``given`` said otherwise.
    """
    route = read_route(method, path, query)
    own = frozenset(given_paths(given, value))
    take(sheet, route, value, own)
    if isinstance(given, dict):
        _take_unseen(sheet, route, value, given)


def take(sheet: Sheet, route: Route, value: Json, own: Collection[Path] = ()) -> None:
    """Add what ``value`` says; ``own`` are the paths of what the caller gave."""
    note_path(sheet, route)
    if route.method == "DELETE":
        _forget(sheet, route)
        return
    _note_alias(sheet, route, look(value, route, sheet))
    # Items without an id are those that the list has at their places.
    view = look(value, route, sheet, expected(sheet, route).keys)
    places = by_path(view)
    touched = {path[:end] for path in own for end in range(1, len(path) + 1)}
    for one in view.seen:
        if one.noun:
            _take_entity(sheet, one, view, places, touched)
        for key in one.keys:
            _take_key(sheet, key)
        for loan in loans(one):
            _take_loan(sheet, loan.key.noun, id_key(loan.key.value), loan.name, loan.value)
    _note_list(sheet, view, value, places)


def locked_by(given: Json | Missing, value: Json) -> tuple[str, ...]:
    """JSON pointers to the leaves of an answer that the caller gave: what is not to be changed."""
    return tuple(join(*path) for path in given_paths(given, value))


def given_paths(given: Json | Missing, value: Json, path: Path = ()) -> list[Path]:
    """The leaves of an answer that the caller gave, matched as the answer keeps them."""
    if isinstance(given, dict) and isinstance(value, dict):
        shared = [name for name in given if name in value]
        return [p for name in shared for p in given_paths(given[name], value[name], (*path, name))]
    if isinstance(given, list) and isinstance(value, list):
        pairs = enumerate(zip(given, value, strict=False))
        return [p for i, (mine, item) in pairs for p in given_paths(mine, item, (*path, i))]
    return [path] if given is not MISSING and path and same(given, value) else []


def identify(text: str) -> Json:
    """An id of a path as JSON: a number where it is one."""
    plain_number = text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS
    return int(text) if plain_number and str(int(text)) == text else text


def note_path(sheet: Sheet, route: Route) -> None:
    """What the path itself says: there are these parents, and these nouns are collections."""
    for noun, key in route.parents:
        own = sheet.own(noun)
        if sheet.find(own, sheet.aliases.get(f"{own} {key}", key)) is None:
            sheet.put(Entity(own, key).with_fields({"id": Fact("id", identify(key))}))
        sheet.asked[noun] = own
    sheet.asked[route.noun] = sheet.own(route.noun)


def _forget(sheet: Sheet, route: Route) -> None:
    known = sheet.find(*sheet.subject(route))
    if known is not None and route.id is not None:
        sheet.put(replace(known, gone=True))


def _note_alias(sheet: Sheet, route: Route, view: View) -> None:
    """``/users/me`` and ``/posts/hello-world`` are about what the answer's own id says."""
    one = None if view.subject is None else view.at(view.subject)
    if one is None or not one.noun or route.creates or one.id_name is None:
        return
    own = id_key(one.value[one.id_name])
    if own is not None and own != one.key and one.noun not in WEAK:
        sheet.name(one.noun, route.key, own)


def _take_entity(
    sheet: Sheet, one: Seen, view: View, places: Mapping[Path, Seen], own: Collection[Path]
) -> None:
    entity = sheet.find(one.noun, one.key) or Entity(one.noun, one.key)
    fields = list(own_fields(one, places))
    if one.id_name is None and one.path != view.subject:
        fields.append(Field(one.path, "id", identify(one.key)))
    told = {plain(f.name) for f in fields if f.path in own and f.name != "id"}
    if one.path == view.subject:
        told |= changing(view.route)
    if told & NAMES:
        entity = entity.without(NAMES)
    entity = replace(entity, gone=False, links={**_links(one, view, places), **entity.links})
    sheet.put(entity.with_fields(_news(entity, fields, told)))


def _news(entity: Entity, fields: list[Field], told: Collection[str]) -> dict[str, Fact]:
    """What is to be added: what was not known, and what the caller said."""
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


def _links(one: Seen, view: View, places: Mapping[Path, Seen]) -> dict[str, str]:
    """What an entity belongs to: its foreign keys, what is within it, and what it is within."""
    found = {key.noun: str(key.value) for key in reversed(one.keys)}
    for name in one.value:
        inner = places.get((*one.path, name))
        if inner is not None and inner.noun and isinstance(inner.value, dict):
            found[inner.noun] = inner.key
    listed = view.items is not None and one.path[:-1] == view.items
    if one.within is not None and (listed or one.path == view.subject or one.noun in WEAK):
        found[one.within[0]] = one.within[1]
    return {noun: key for noun, key in found.items() if noun != one.noun}


def _take_key(sheet: Sheet, key: Key) -> None:
    """Whoever a foreign key names is there."""
    name = id_key(key.value)
    if name is None or key.noun in WEAK or key.noun in _NOBODY:
        return
    if sheet.find(key.noun, name) is None:
        sheet.put(Entity(key.noun, name).with_fields({"id": Fact("id", key.value)}))


def _take_loan(sheet: Sheet, noun: str, key: str | None, name: str, value: Json) -> None:
    if key is None or value is None:
        return
    entity = sheet.find(noun, key) or Entity(noun, key).with_fields(
        {"id": Fact("id", identify(key))}
    )
    news: dict[str, Fact] = {}
    if name == USER_NAME:
        if entity.find(USER_NAME) in (MISSING, value):
            news[USER_NAME] = Fact("userName", value)
        name = "name" if " " in str(value).strip() else "username"
    if entity.find(name) is MISSING:
        news[plain(name)] = Fact(name, value)
    if news:
        sheet.put(entity.with_fields(news))


def _note_list(sheet: Sheet, view: View, value: Json, places: Mapping[Path, Seen]) -> None:
    if view.items is None or view.route.creates:
        return
    items = items_at(value, view.items)
    noun, owner = sheet.own(view.route.noun), sheet.owner(view.route)
    if noun in WEAK and owner is not None:
        _note_parts(sheet, owner, view, items)
        return
    page, known = view.route.page, sheet.lists.get(view.route.listing, Listing())
    found = [places.get((*view.items, i)) for i in range(min(len(items), MAX_PLACES))]
    keys = [one.key for one in found if one is not None and one.noun]
    if len(set(keys)) < len(found):
        keys = []  # Of members that cannot be told apart, no order is known.
    shown = dict(known.places)
    for i, key in enumerate(keys):
        if len(shown) < MAX_PLACES:
            shown.setdefault(page.start + i, key)
    lengths = {page.key: len(items), **known.lengths}
    if page.start not in known.places:
        lengths[page.key] = len(items)
    sheet.show(view.route.listing, Listing(shown, dict(list(lengths.items())[-100:])))


def _note_parts(sheet: Sheet, owner: tuple[str, str], view: View, items: list[Json]) -> None:
    """The lines of an order are a field of the order."""
    entity = sheet.find(*owner)
    name = view.route.path.rstrip("/").rpartition("/")[2]
    if entity is None or too_long(items) or entity.find(name) is not MISSING:
        return
    if view.route.filters or view.route.search or view.route.page.start:
        return
    parts = kept(items, noun_of(name))
    if not mixed(parts):
        sheet.put(entity.with_fields({plain(name): Fact(name, parts)}))


def _take_unseen(sheet: Sheet, route: Route, value: Json, given: JsonObject) -> None:
    """What the caller said of the one thing, and the answer does not show."""
    view, said = look(value, route, sheet), look(given, route, sheet)
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
    entity = sheet.find(one.noun, one.key)
    if entity is not None and unseen:
        told = {plain(field.name) for field in unseen}
        sheet.put(entity.with_fields(_news(entity, unseen, told)))
