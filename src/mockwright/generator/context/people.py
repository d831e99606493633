"""The person that an object is about: a name, a gender, an age; in a list, nobody twice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from mockwright.generator.context.streams import Seat, permuted, seat, stream
from mockwright.generator.context.subject import PEOPLE, entity, inherits, locale, made, topic
from mockwright.generator.field_kinds import kind_of
from mockwright.generator.interfaces import ObjectScope
from mockwright.generator.locales import names_of
from mockwright.generator.tables import rows
from mockwright.naming import tokens

_TALKS: Final = frozenset(["message", "chat", "conversation", "sms", "dm", "reply"])
"""Nouns of objects that belong to a conversation."""
_OLDEST: Final = 120
"""The highest age, in years."""


@dataclass(frozen=True, slots=True)
class Person:
    """A person, by what providers have to know."""

    first: str
    last: str
    gender: str
    """``female`` or ``male``."""
    family_first: bool
    """Whether the surname is written before the first name."""
    number: int
    """A number from 0 to 99 of their own, for what names alone do not tell apart."""
    seated: bool = False
    """Whether others stand in the same list, who must not be mixed up with them."""

    @property
    def full(self) -> str:
        """The full name as it is written where they live."""
        if self.family_first:
            return f"{self.last} {self.first}"
        return f"{self.first} {self.last}".strip()


def person(scope: ObjectScope) -> Person:
    """Return the person that the object is about."""
    known: Person | None = scope.facts.get("person")
    if known is None:
        known = scope.facts["person"] = _find_person(scope)
    return known


def _find_person(scope: ObjectScope) -> Person:
    if inherits(scope, "person") and scope.parent is not None:
        known = person(scope.parent)
        # A nested profile with a name of its own is of the same person, called as it says.
        named = any(kind_of(k) in ("first_name", "last_name", "full_name") for k in scope.made)
        return _renamed(known, scope) if named else known
    return _renamed(_draw_person(scope, "person"), scope)


def _draw_person(scope: ObjectScope, label: str) -> Person:
    at = seat(scope)
    if at is None:
        return new_person(stream(scope, label).bits64(), locale(scope))
    # In a list, people are dealt out and not drawn, so that none comes twice.
    return nobody_else(Seat(at.seed ^ stream_of(label), at.index), locale(scope))


def stream_of(label: str) -> int:
    """Return a number for ``label``, so that the authors of a list are not its readers."""
    return sum(ord(c) * 0x9E3779B97F4A7C15 >> i % 32 for i, c in enumerate(label))


def new_person(seed: int, where: str) -> Person:
    """Return anybody who lives in the locale ``where``."""
    return _person_at(seed >> 8, where, seed & 0xFF, seated=False)


def nobody_else(at: Seat, where: str) -> Person:
    """Return the person in that seat: each seat of a list has another, while there are names."""
    names = names_of(where)
    return _person_at(permuted(at.index, names.pairs, at.seed), where, at.seed & 0xFF, seated=True)


def _person_at(pick: int, where: str, salt: int, *, seated: bool) -> Person:
    """Return the ``pick``-th of all people that the names of a locale make, the women first."""
    names = names_of(where)
    pick %= names.pairs
    # A prime spreads the numbers, so that neighbours in the list of people do not share one.
    number = (pick * 7919 + salt) % 100
    women = len(names.female) * len(names.surnames_female)
    if pick < women:
        first, last = divmod(pick, len(names.surnames_female))
        return Person(
            names.female[first], names.surnames_female[last], "female", names.family_first,
            number, seated,
        )  # fmt: skip
    first, last = divmod(pick - women, len(names.surnames_male))
    return Person(
        names.male[first], names.surnames_male[last], "male", names.family_first, number, seated
    )


def _renamed(who: Person, scope: ObjectScope) -> Person:
    """Return ``who``, renamed as the object already says."""
    first, last, gender = who.first, who.last, who.gender
    for name, value in scope.made.items():
        if not isinstance(value, str) or not value.strip():
            continue
        kind = kind_of(name)
        if kind == "first_name":
            first = value
        elif kind == "last_name":
            last = value
        elif kind == "full_name" or (kind == "name" and topic(scope) == "person"):
            first, _, rest = value.strip().partition(" ")
            last = rest or last
        elif kind == "gender" and value.lower()[:1] in ("f", "w", "m"):
            gender = "male" if value.lower()[0] == "m" else "female"
            # The object says the gender before the name is made: the name follows.
            if gender != who.gender and first == who.first:
                names = names_of(locale(scope))
                pool = names.female if gender == "female" else names.male
                first = pool[who.number % len(pool)]
    if first != who.first:
        gender = _gender_of(first) or gender
    return Person(first, last, gender, who.family_first, who.number, who.seated)


def _gender_of(first: str) -> str | None:
    people = rows("people")
    return next((gender for gender in ("female", "male") if first in people[gender]), None)


def role(scope: ObjectScope, name: str) -> Person:
    """Return a person whom the object only mentions, as its author. Each role is one person."""
    key = "role:" + next((w for w in tokens(name) if w in PEOPLE), name)
    known: Person | None = scope.facts.get(key)
    if known is None:
        known = scope.facts[key] = _conversation_partner(scope, key) or _draw_person(scope, key)
        scope.facts.setdefault("mentioned", known)
    return known


def _conversation_partner(scope: ObjectScope, key: str) -> Person | None:
    """Return whoever writes here, where the object is a message: two people write in turn."""
    at = seat(scope)
    if at is None or entity(scope) not in _TALKS:
        return None
    turn = at.index + (key in ("role:recipient", "role:to", "role:receiver"))
    return nobody_else(Seat(at.seed ^ stream_of("talk"), turn % 2), locale(scope))


def age(scope: ObjectScope) -> int:
    """Return the age of the object's person, in whole years from 0 to 120."""
    known: int | None = scope.facts.get("age")
    if known is None:
        known = scope.facts["age"] = max(0, min(_OLDEST, _new_age(scope)))
    return known


def _new_age(scope: ObjectScope) -> int:
    given = made(scope, "age")
    if isinstance(given, int) and not isinstance(given, bool):
        return given
    born, now = made(scope, "birth_date"), scope.hints.now
    if isinstance(born, str) and born[:4].isdecimal():
        return now.year - int(born[:4]) - (born[5:10] > now.strftime("%m-%d"))
    # Half a normal distribution from 18 on, most of it below 50.
    years = 18 + int(min(72.0, abs(stream(scope, "age").normal(19, 13))))
    what = entity(scope)
    if what == "student":
        return 18 + years % 9
    return 1 + years % 14 if what in ("child", "pet", "dog", "cat", "animal") else years
