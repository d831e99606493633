"""What a law sees of an object, and how it changes one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Final, Protocol

from mockwright.generator.field_kinds import kind_of
from mockwright.generator.interfaces import REFERENCE_NOW
from mockwright.naming import tokens
from mockwright.schema import types
from mockwright.types import MISSING, Json, JsonObject

_GREAT: Final = 1e15
"""Numbers beyond this are no amounts of anything, and do not survive arithmetic in floats."""
_TAILS: Final = frozenset(["at", "on", "date", "time", "datetime"])
"""Last words of names that only say that it is a time."""


@dataclass(slots=True)
class Changes:
    """The changes made so far, and what must not be changed."""

    kept: set[tuple[int, str]]
    """Members that the caller gave, by the ``id()`` of their object."""
    now: datetime = REFERENCE_NOW
    undo: list[tuple[JsonObject, str, Json]] = field(default_factory=list)
    """The object, the member and the old value of each change, the first change first."""

    def put(self, owner: JsonObject, key: str, value: Json) -> None:
        """Set an existing member, unless the caller gave it; the type stays what it was."""
        old = owner.get(key, MISSING)
        if old is MISSING or old == value or (id(owner), key) in self.kept:
            return
        if isinstance(old, bool) or not isinstance(old, int | float):
            if type(old) is not type(value):
                return
        elif isinstance(value, bool) or not isinstance(value, int | float):
            return
        elif isinstance(old, int) and not isinstance(value, int):
            value = round(value)
        self.undo.append((owner, key, old))
        owner[key] = value

    def take_back(self) -> None:
        """Restore everything, the last change first."""
        for owner, key, old in reversed(self.undo):
            owner[key] = old
        self.undo.clear()


@dataclass(frozen=True, slots=True)
class MemberNames:
    """What the names of an object's members mean; shared by all objects with the same names."""

    said: dict[str, tuple[str, ...]]
    """Members by the words of their names: ``lineTotal`` and ``line_total`` under ``line
    total``.
    """
    moments: dict[str, tuple[str, ...]]
    """Members by the words of their names without a last one such as ``at`` or ``date``."""
    kinds: dict[str, tuple[str, ...]]
    """Members by the kind that their names mean."""


@lru_cache(maxsize=1024)
def member_names(names: tuple[str, ...]) -> MemberNames:
    """Return what the names of one object's members mean."""
    said: dict[str, tuple[str, ...]] = {}
    moments: dict[str, tuple[str, ...]] = {}
    kinds: dict[str, tuple[str, ...]] = {}
    for name in names:
        words = tokens(name)
        short = words[:-1] if len(words) > 1 and words[-1] in _TAILS else words
        for found, key in ((said, " ".join(words)), (moments, " ".join(short))):
            found[key] = (*found.get(key, ()), name)
        kind = kind_of(name) or ""
        kinds[kind] = (*kinds.get(kind, ()), name)
    return MemberNames(said, moments, kinds)


class ObjectPart:
    """One object of the answer, with its members looked up by what their names mean."""

    __slots__ = ("keys", "owner")

    def __init__(self, owner: JsonObject) -> None:
        self.owner = owner
        self.keys = tuple(owner)

    def number(self, *names: str) -> str | None:
        """Return the first member called so that is a number, or None.

        The names are tried in order.
        """
        said = member_names(self.keys).said
        for name in names:
            for key in said.get(name, ()):
                if is_number(self.owner[key]):
                    return key
        return None

    def kind(self, kind: str) -> tuple[str, ...]:
        """Return the members of that kind."""
        return member_names(self.keys).kinds.get(kind, ())

    def moments(self) -> dict[str, str]:
        """Return members that hold a date, by their names without ``at`` or ``date``."""
        found = {}
        for name, several in member_names(self.keys).moments.items():
            for key in several:
                value = self.owner[key]
                if isinstance(value, str) and len(value) >= 10 and value[4] == "-":
                    found[name] = key
        return found


def is_number(value: Json) -> bool:
    """Whether a value is a number that can be reckoned with."""
    return types.is_number(value) and abs(value) < _GREAT


class Relation(Protocol):
    """A law on one object: looks at it, and proposes changes."""

    __name__: str

    def __call__(self, part: ObjectPart, changes: Changes) -> None:
        """Propose the changes after which ``part`` keeps to the law."""


RELATIONS: Final[list[Relation]] = []
"""The laws, in the order in which they are applied."""
_WANTS: Final[dict[Relation, Callable[[MemberNames], bool]]] = {}
"""Whether a law speaks of objects with certain members."""


def relation(wants: Callable[[MemberNames], bool]) -> Callable[[Relation], Relation]:
    """Return a decorator that registers a law.

    ``wants`` says of which objects it speaks, as far as names can tell.
    """

    def register(rule: Relation) -> Relation:
        RELATIONS.append(rule)
        _WANTS[rule] = wants
        return rule

    return register


@lru_cache(maxsize=1024)
def relevant(names: tuple[str, ...]) -> frozenset[Relation]:
    """Return the laws that speak of objects with these members."""
    keys = member_names(names)
    return frozenset(rule for rule in RELATIONS if _WANTS[rule](keys))


def says(*names: str) -> Callable[[MemberNames], bool]:
    """Return the test whether an object has a member of one of these names."""
    return lambda keys: any(name in keys.said for name in names)


def has_kind(*kinds: str) -> Callable[[MemberNames], bool]:
    """Return the test whether an object has a member of one of these kinds."""
    return lambda keys: any(kind in keys.kinds for kind in kinds)
