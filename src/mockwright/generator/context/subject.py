"""What an object is: its noun, and what that noun is an instance of."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import Final

from mockwright.generator.field_kinds import kind_of
from mockwright.generator.interfaces import ObjectScope
from mockwright.generator.locales import resolve_locale, romanised
from mockwright.generator.tables import group, rows
from mockwright.naming import noun, tokens
from mockwright.types import MISSING, Json, Missing

GENERIC: Final = group("generic")
"""Nouns that say nothing of what a thing is: ``data``, ``result``."""
PEOPLE: Final = group("people")
"""Nouns for people, by what they do or are to somebody."""
_GROUPS: Final = (
    ("person", PEOPLE),
    ("company", group("companies")),
    ("product", group("products")),
    ("place", group("places")),
)
"""Topics and their nouns; the first that has the noun counts."""
_PERSONAL: Final = frozenset(["email", "first_name", "age", "username", "birth_date", "gender"])
"""Kinds of fields that only a person has."""
_MANY: Final = 100
"""Properties of an object that are looked at to tell what it is."""
_NOT_SOLD: Final = group("not sold")
"""Nouns of things that have a price and are no products."""
_ROLES: Final = PEOPLE - {"profile", "account", "contact", "detail"}
"""Nouns of people other than the one around: a user's manager is not the user."""
_SINGLE: Final = zip(
    "абвгдеёзийклмнопрстуфыэіїґαβγδεζηικλμνξοπρσςτυφω",
    "abvgdeezijklmnoprstufyeiigabgdeziiklmnxoprsstyfo",
    strict=True,
)
"""Letters of other alphabets that are one Latin letter."""
_SEVERAL: Final = (
    "ж:zh х:kh ц:ts ч:ch ш:sh щ:shch ю:yu я:ya ь: ъ: є:ye θ:th χ:ch ψ:ps ß:ss ø:o æ:ae œ:oe ł:l đ:d"
    " ð:d þ:th ı:i ə:a ä:ae ö:oe ü:ue å:a"
)
"""Letters that are several Latin letters, or none."""
_PAIRS: Final = (pair.partition(":") for pair in _SEVERAL.split(" "))
_LATIN: Final = str.maketrans(dict(_SINGLE) | {letter: said for letter, _, said in _PAIRS})


def latin(text: str) -> str:
    """Return ``text`` in lower-case Latin letters and digits, as addresses take them.

    It may be empty: not every script is known.
    """
    return _latin(text[:200])


@lru_cache(maxsize=4096)
def _latin(text: str) -> str:
    low = romanised().get(text, text).casefold().translate(_LATIN)
    # What the table does not have loses its accents: `é` is `e` and a mark.
    bare = low if low.isascii() else unicodedata.normalize("NFKD", low)
    return "".join([c for c in bare if c.isascii() and c.isalnum()])


def entity_noun(name: str) -> str:
    """Return the noun of a scope's name; ``""`` for names such as ``data`` and ``results``."""
    found = noun(name)
    return "" if found in GENERIC else found


def entity(scope: ObjectScope) -> str:
    """Return what the object is, in the singular: ``order``.

    Its name tells, or that of the object around it, or the URL, or its first field.
    """
    known: str | None = scope.facts.get("entity")
    if known is None:
        known = entity_noun(scope.name) or _entity_above(scope)
        # An `items` that nothing else tells of holds items.
        if noun(scope.name) == "item" and scope.parent is not None and not known:
            known = "item"
        scope.facts["entity"] = known or _by_own_id(tuple(scope.siblings)[:3])
        known = str(scope.facts["entity"])
    return known


@lru_cache(maxsize=1024)
def _by_own_id(names: tuple[str, ...]) -> str:
    """Return the noun of an object that begins with ``orderId`` or ``order_number``."""
    for name in names[:1]:
        words = tokens(name)
        if len(words) == 2 and words[1] in ("id", "number") and words[0] not in GENERIC:
            return words[0]
    return ""


def _entity_above(scope: ObjectScope) -> str:
    if noun(scope.name) == "item":
        kinds = {kind_of(name) for name in scope.siblings}
        if kinds & {"price", "sku", "quantity", "stock"}:
            return "item"
    if scope.parent is not None and scope.parent.path != scope.path:
        return entity(scope.parent)
    return _noun_in_url(scope.hints.path[-400:])


@lru_cache(maxsize=1024)
def _noun_in_url(path: str) -> str:
    for part in reversed(path.split("/")):
        words = tokens(part)
        # `/users/7`: the 7 and ids such as `u42` are passed over.
        if words and not any(w.isdigit() for w in words) and (found := entity_noun(part)):
            return found
    return ""


def topic(scope: ObjectScope) -> str:
    """Return what the object is an instance of: a person, company, product, place, or ``""``."""
    known: str | None = scope.facts.get("topic")
    if known is None:
        known = scope.facts["topic"] = _find_topic(entity(scope), tuple(scope.siblings)[:_MANY])
    return known


@lru_cache(maxsize=2048)
def _find_topic(what: str, names: tuple[str, ...]) -> str:
    for found, members in _GROUPS:
        if what in members:
            return found
    if what in rows("named"):
        return ""
    kinds = {kind_of(name) for name in names}
    # An order with a customer and an e-mail address is no person.
    mentions = "person_ref" in kinds and not kinds & {"first_name", "full_name", "birth_date"}
    if kinds & _PERSONAL and not mentions:
        return "person"
    if kinds & {"sku", "brand", "stock"} or ("price" in kinds and what not in _NOT_SOLD):
        return "product"
    return "company" if "industry" in kinds else ""


_SKY: Final = frozenset(["humidity", "precipitation", "wind", "uv", "sunrise", "feels", "forecast"])
"""Words in names of fields about the weather."""


def is_weather(scope: ObjectScope) -> bool:
    """Whether the object tells of the weather, by its noun or by its other fields."""
    if entity(scope) in ("weather", "forecast"):
        return True
    return any(_SKY & set(tokens(name)) for name in tuple(scope.siblings)[:_MANY])


def inherits(scope: ObjectScope, what: str) -> bool:
    """Whether the object shares that fact with the one it is nested in."""
    if scope.parent is None or scope.index is not None:
        return False
    # An order's customer is a person, but not the one that the order's author is.
    return what != "person" or noun(scope.name) not in _ROLES


def locale(scope: ObjectScope) -> str:
    """Return the resolved locale of the request."""
    known: str | None = scope.facts.get("locale")
    if known is None:
        known = scope.facts["locale"] = resolve_locale(scope.hints.locale)
    return known


def made(scope: ObjectScope, *kinds: str) -> Json | Missing:
    """Return the first value of those kinds that the object already has, or MISSING."""
    return next((v for k, v in scope.made.items() if kind_of(k) in kinds), MISSING)
