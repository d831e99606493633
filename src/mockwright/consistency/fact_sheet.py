"""The fact sheet of one context: entities by noun and id, what they belong to, lists as shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple

from mockwright.consistency.entity_names import NAMES, USER_NAME, WEAK, kin, plain
from mockwright.consistency.request_route import ResourceRoute
from mockwright.jsontext import canonical
from mockwright.types import MISSING, Json, JsonObject, Missing

MAX_ENTITIES: Final = 2_000
"""The most entities of a sheet."""
MAX_FIELDS: Final = 64
"""The most fields of one entity."""
MAX_FIELD_BYTES: Final = 8_192
"""The most bytes of one field, name and value as JSON."""
MAX_BYTES: Final = 1_048_576
"""The most bytes of all the values of a sheet, written as JSON."""
MAX_LISTS: Final = 200
"""The most lists whose order is kept."""
MAX_PLACES: Final = 1_000
"""The most positions of one list that are kept."""
_PAIR: Final = 2
"""The words of a name with a first and a last one."""


class Fact(NamedTuple):
    """One field, as it was first spelled."""

    name: str
    value: Json


@dataclass(frozen=True, slots=True)
class Entity:
    """One thing that answers speak of, and what is known of it."""

    noun: str
    key: str
    """Its id as text; of a part, with that of its owner, see :func:`scoped`."""
    fields: Mapping[str, Fact] = field(default_factory=dict)
    """What is known of it, by plain names."""
    links: Mapping[str, str] = field(default_factory=dict)
    """What it belongs to, from noun to id."""
    gone: bool = False
    """Whether it was deleted: others may still speak of it, but no list shows it."""
    size: int = 0
    """The bytes of its fields, as JSON."""
    turn: int = 0
    """The order in which entities were first seen."""

    @property
    def id(self) -> Json:
        """Its id as it was first seen, a number or a text."""
        known = self.fields.get("id")
        return self.key if known is None else known.value

    def find(self, name: str) -> Json | Missing:
        """Return what is known under a name, however it is spelled; MISSING if nothing is."""
        if name == USER_NAME:
            return self._shown_user_name()
        said = plain(name)
        own = plain(self.noun)
        # A user's ``name`` may be known as ``userName``, or the other way round; but a user name is
        # a login.
        for spelled in (said, own + said, said.removeprefix(own) if said != "username" else said):
            if spelled in self.fields:
                return self.fields[spelled].value
        return self._derived_name(said) if said in NAMES else MISSING

    def _shown_user_name(self) -> Json | Missing:
        """Return the ``userName`` as it was first shown, else a name, else a login."""
        if USER_NAME in self.fields:
            return self.fields[USER_NAME].value
        name = self.find("name")
        return self.find("username") if name is MISSING else name

    def _derived_name(self, said: str) -> Json | Missing:
        """Return a name that can be made of the other names that are known, else MISSING."""
        known = {n: self.fields[n].value for n in NAMES if n in self.fields}
        first, last = known.get("firstname"), known.get("lastname")
        whole = known.get("name", known.get("fullname"))
        if said in ("name", "fullname"):
            if isinstance(first, str) and isinstance(last, str):
                return f"{first} {last}"
            return MISSING if whole is None else whole
        parts = whole.split() if isinstance(whole, str) else []
        # A title such as "Dr." is no first name.
        if len(parts) > _PAIR and parts[0].endswith("."):
            parts = parts[1:]
        if len(parts) >= _PAIR and said in ("firstname", "lastname"):
            return parts[0] if said == "firstname" else " ".join(parts[1:])
        return MISSING

    def with_fields(self, more: Mapping[str, Fact]) -> Entity:
        """Return the entity with further fields, as far as there is room."""
        fields, size = dict(self.fields), self.size
        for said, fact in more.items():
            weight = len(canonical(fact.value)) + len(fact.name)
            if weight > MAX_FIELD_BYTES or (said not in fields and len(fields) >= MAX_FIELDS):
                continue
            before = fields.get(said)
            size += weight - (len(canonical(before.value)) + len(before.name) if before else 0)
            fields[said] = fact
        return replace(self, fields=fields, size=size)

    def without(self, names: frozenset[str]) -> Entity:
        """Return the entity with some fields forgotten."""
        kept = {said: fact for said, fact in self.fields.items() if said not in names}
        return replace(self, fields={}, size=0).with_fields(kept)

    def to_json(self) -> JsonObject:
        """Return the entity as JSON, for people."""
        known = {fact.name: fact.value for fact in self.fields.values()}
        return {
            "id": self.id,
            "fields": {name: value for name, value in known.items() if name != "id"},
            "belongs_to": dict(self.links),
            **({"deleted": True} if self.gone else {}),
        }


@dataclass(frozen=True, slots=True)
class ListFacts:
    """A list as it was shown so far."""

    places: Mapping[int, str] = field(default_factory=dict)
    """The ids, by position in the whole list, counted from 0."""
    lengths: Mapping[str, int] = field(default_factory=dict)
    """The number of items of each page that was shown, by :attr:`PageRequest.key`."""


@dataclass(slots=True)
class FactStore:
    """The facts of one context, bounded: the oldest entity is forgotten first."""

    entities: dict[str, dict[str, Entity]] = field(default_factory=dict)
    asked: dict[str, str] = field(default_factory=dict)
    """The nouns that paths named, each with the one its entities are kept under."""
    aliases: dict[str, str] = field(default_factory=dict)
    """Other ids that paths used: ``user @`` of ``/users/me``, ``post hello-world``."""
    lists: dict[str, ListFacts] = field(default_factory=dict)
    """The lists that were shown, by :attr:`ResourceRoute.listing`."""
    size: int = 0
    """The bytes of all entities."""
    count: int = 0
    """The number of all entities."""
    turns: int = 0
    """The number of entities that were ever seen."""

    def find(self, noun: str, key: str) -> Entity | None:
        """Return the entity of that noun and id, or None."""
        return self.entities.get(noun, {}).get(key)

    def members(self, noun: str) -> Iterator[Entity]:
        """Yield those of a noun that were not deleted, in the order of first sight."""
        return (entity for entity in self.entities.get(noun, {}).values() if not entity.gone)

    def resolve(self, noun: str) -> str:
        """Return the noun that something within an answer is kept under.

        A ``billing customer`` is a ``customer`` where there are any, or else a ``user``, where a
        path named those.
        """
        # The last word names the thing: those before it are dropped one by one.
        words = noun.split(" ")
        for start in range(len(words)):
            name = " ".join(words[start:])
            asked = next((self.asked[other] for other in kin(name) if other in self.asked), None)
            if asked is not None or name in self.entities:
                return name if asked is None else asked
        return noun

    def own(self, noun: str) -> str:
        """Return the noun that a path's things are kept under; no two collections share one."""
        if noun in self.asked:
            return self.asked[noun]
        # Users and customers are one only as long as no path tells them apart.
        taken = set(self.asked.values())
        names = [name for name in kin(noun) if name in self.entities and name not in taken]
        return noun if noun in self.entities or not names else names[0]

    def subject(self, route: ResourceRoute) -> tuple[str, str]:
        """Return noun and id of the one thing that a path names."""
        noun = self.own(route.noun)
        key = scoped(noun, route.key, self.owner(route))
        return noun, self.aliases.get(f"{noun} {key}", key)

    def owner(self, route: ResourceRoute) -> tuple[str, str] | None:
        """Return noun and id of what the path is within, or None."""
        if not route.parents:
            return None
        noun, key = route.parents[-1]
        noun = self.own(noun)
        return noun, self.aliases.get(f"{noun} {key}", key)

    def put(self, entity: Entity) -> None:
        """Add an entity, or put it in place of what was known of it."""
        known = self.entities.setdefault(entity.noun, {})
        before = known.get(entity.key)
        if before is None:
            self.turns += 1
            entity = replace(entity, turn=self.turns)
        known[entity.key] = entity
        self.count += before is None
        self.size += entity.size - (before.size if before else 0)
        # One entity is kept however large it is, or a sheet would forget what it has just learned.
        while self.count > MAX_ENTITIES or (self.size > MAX_BYTES and self.count > 1):
            self._forget_oldest()

    def _forget_oldest(self) -> None:
        first = (next(iter(known.values())) for known in self.entities.values())
        oldest = min(first, key=lambda entity: entity.turn)
        del self.entities[oldest.noun][oldest.key]
        if not self.entities[oldest.noun]:
            del self.entities[oldest.noun]
        self.count -= 1
        self.size -= oldest.size

    def show(self, name: str, listing: ListFacts) -> None:
        """Keep how a list was shown; the list that was shown longest ago makes room."""
        self.lists.pop(name, None)
        self.lists[name] = listing
        while len(self.lists) > MAX_LISTS:
            del self.lists[next(iter(self.lists))]

    def name(self, noun: str, other: str, key: str) -> None:
        """Keep another id of an entity."""
        self.aliases.pop(f"{noun} {other}", None)
        self.aliases[f"{noun} {other}"] = key
        while len(self.aliases) > MAX_ENTITIES:
            del self.aliases[next(iter(self.aliases))]

    def copy(self) -> FactStore:
        """Return a store that can be written to; it shares the entities, which never change."""
        return FactStore(
            {noun: dict(known) for noun, known in self.entities.items()},
            dict(self.asked),
            dict(self.aliases),
            dict(self.lists),
            self.size,
            self.count,
            self.turns,
        )

    def to_json(self) -> JsonObject:
        """Return the sheet as JSON, for people: entities by noun, in the order of first sight."""
        return {
            "entities": {
                noun: [entity.to_json() for entity in known.values()]
                for noun, known in self.entities.items()
            },
            "count": self.count,
            "bytes": self.size,
        }


def scoped(noun: str, key: str, owner: tuple[str, str] | None) -> str:
    """Return the key of an entity, which for a part of something names its owner too."""
    return f"{owner[0]} {owner[1]}/{key}" if owner and noun in WEAK else key
