"""What is known in one context: entities by noun and id, what they belong to, lists as shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple

from mockwright.consistency.entity_names import NAMES, USER_NAME, WEAK, kin, plain
from mockwright.consistency.request_route import ResourceRoute
from mockwright.jsontext import canonical
from mockwright.types import MISSING, Json, JsonObject, Missing

MAX_ENTITIES: Final = 2_000
MAX_FIELDS: Final = 64
"""Of one entity."""
MAX_FIELD_BYTES: Final = 8_192
MAX_BYTES: Final = 1_048_576
"""Of all the values of a sheet, written as JSON."""
MAX_LISTS: Final = 200
MAX_PLACES: Final = 1_000
"""Of one list."""
_PAIR: Final = 2


class Fact(NamedTuple):
    """One field, as it was first spelled."""

    name: str
    value: Json


@dataclass(frozen=True, slots=True)
class Entity:
    """One thing, and what is known of it."""

    noun: str
    key: str
    """Its id as text."""
    fields: Mapping[str, Fact] = field(default_factory=dict)
    """By their plain names."""
    links: Mapping[str, str] = field(default_factory=dict)
    """What it belongs to: noun and id."""
    gone: bool = False
    """Deleted: spoken of still, but in no list."""
    size: int = 0
    turn: int = 0
    """When it was first seen, counted."""

    @property
    def id(self) -> Json:
        """Its id as it was first seen."""
        known = self.fields.get("id")
        return self.key if known is None else known.value

    def find(self, name: str) -> Json | Missing:
        """What is known under a name, however it is spelled."""
        if name == USER_NAME:
            return self._shown()
        said = plain(name)
        own = plain(self.noun)
        for spelled in (said, own + said, said.removeprefix(own) if said != "username" else said):
            if spelled in self.fields:
                return self.fields[spelled].value
        return self._derived(said) if said in NAMES else MISSING

    def _shown(self) -> Json | Missing:
        if USER_NAME in self.fields:
            return self.fields[USER_NAME].value
        name = self.find("name")
        return self.find("username") if name is MISSING else name

    def _derived(self, said: str) -> Json | Missing:
        """A name made of the other names that are known."""
        known = {n: self.fields[n].value for n in NAMES if n in self.fields}
        first, last = known.get("firstname"), known.get("lastname")
        whole = known.get("name", known.get("fullname"))
        if said in ("name", "fullname"):
            if isinstance(first, str) and isinstance(last, str):
                return f"{first} {last}"
            return MISSING if whole is None else whole
        parts = whole.split() if isinstance(whole, str) else []
        if len(parts) > _PAIR and parts[0].endswith("."):
            parts = parts[1:]
        if len(parts) >= _PAIR and said in ("firstname", "lastname"):
            return parts[0] if said == "firstname" else " ".join(parts[1:])
        return MISSING

    def with_fields(self, more: Mapping[str, Fact]) -> Entity:
        """The entity with further fields, as many as there is room for; ``id`` always."""
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
        """The entity with some fields forgotten."""
        kept = {said: fact for said, fact in self.fields.items() if said not in names}
        return replace(self, fields={}, size=0).with_fields(kept)

    def to_json(self) -> JsonObject:
        """As JSON, for people."""
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
    """The ids, by their position in the whole list."""
    lengths: Mapping[str, int] = field(default_factory=dict)
    """Of the pages that were shown."""


@dataclass(slots=True)
class FactStore:
    """The facts of one context. What is too much is forgotten, the oldest entity first."""

    entities: dict[str, dict[str, Entity]] = field(default_factory=dict)
    asked: dict[str, str] = field(default_factory=dict)
    """The nouns that paths named, each with the one its entities are kept under."""
    aliases: dict[str, str] = field(default_factory=dict)
    """Other ids that paths used: ``user @`` of ``/users/me``, ``post hello-world``."""
    lists: dict[str, ListFacts] = field(default_factory=dict)
    size: int = 0
    count: int = 0
    turns: int = 0

    def find(self, noun: str, key: str) -> Entity | None:
        """The entity of that noun and id."""
        return self.entities.get(noun, {}).get(key)

    def members(self, noun: str) -> Iterator[Entity]:
        """Those of a noun that were not deleted, in the order of first sight."""
        return (entity for entity in self.entities.get(noun, {}).values() if not entity.gone)

    def resolve(self, noun: str) -> str:
        """The noun that something within an answer is kept under.

        A ``billing customer`` is a ``customer`` where there are any, or else a ``user``, where a
        path named those.
        """
        words = noun.split(" ")
        for start in range(len(words)):
            name = " ".join(words[start:])
            asked = next((self.asked[other] for other in kin(name) if other in self.asked), None)
            if asked is not None or name in self.entities:
                return name if asked is None else asked
        return noun

    def own(self, noun: str) -> str:
        """The noun that those of a path are kept under; two collections are never made one."""
        if noun in self.asked:
            return self.asked[noun]
        taken = set(self.asked.values())
        names = [name for name in kin(noun) if name in self.entities and name not in taken]
        return noun if noun in self.entities or not names else names[0]

    def subject(self, route: ResourceRoute) -> tuple[str, str]:
        """Noun and id of the one thing that a path names."""
        noun = self.own(route.noun)
        key = scoped(noun, route.key, self.owner(route))
        return noun, self.aliases.get(f"{noun} {key}", key)

    def owner(self, route: ResourceRoute) -> tuple[str, str] | None:
        """Noun and id of what the path is within."""
        if not route.parents:
            return None
        noun, key = route.parents[-1]
        noun = self.own(noun)
        return noun, self.aliases.get(f"{noun} {key}", key)

    def put(self, entity: Entity) -> None:
        """Add an entity or put it in place of what was known of it."""
        known = self.entities.setdefault(entity.noun, {})
        before = known.get(entity.key)
        if before is None:
            self.turns += 1
            entity = replace(entity, turn=self.turns)
        known[entity.key] = entity
        self.count += before is None
        self.size += entity.size - (before.size if before else 0)
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
        """Keep how a list was shown."""
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
        """One that can be written to; entities and lists are shared, as they never change."""
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
        """As JSON, for people: entities by noun, in the order of first sight."""
        return {
            "entities": {
                noun: [entity.to_json() for entity in known.values()]
                for noun, known in self.entities.items()
            },
            "count": self.count,
            "bytes": self.size,
        }


def scoped(noun: str, key: str, owner: tuple[str, str] | None) -> str:
    """The key of an entity; of what is counted within its owner it names the owner too."""
    return f"{owner[0]} {owner[1]}/{key}" if owner and noun in WEAK else key
