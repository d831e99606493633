"""What an object is: its noun, and what that noun is an instance of."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import Final

from mockwright.shapes.fake.context import Scope
from mockwright.shapes.fake.kinds import kind_of
from mockwright.shapes.fake.locales import resolve_locale
from mockwright.shapes.fake.names import noun, tokens
from mockwright.shapes.fake.tables import group, rows
from mockwright.types import MISSING, Json, Missing

GENERIC: Final = group("generic")
PEOPLE: Final = group("people")
_GROUPS: Final = (
    ("person", PEOPLE),
    ("company", group("companies")),
    ("product", group("products")),
    ("place", group("places")),
)
_ROLES: Final = PEOPLE - {"profile", "account", "contact", "detail"}
_SINGLE: Final = zip(
    "абвгдеёзийклмнопрстуфыэіїґαβγδεζηικλμνξοπρσςτυφω",
    "abvgdeezijklmnoprstufyeiigabgdeziiklmnxoprsstyfo",
    strict=True,
)
_SEVERAL: Final = (
    "ж:zh х:kh ц:ts ч:ch ш:sh щ:shch ю:yu я:ya ь: ъ: є:ye θ:th χ:ch ψ:ps ß:ss ø:o æ:ae œ:oe ł:l đ:d"
    " ð:d þ:th ı:i ə:a ä:ae ö:oe ü:ue å:a"
)
_LATIN: Final = str.maketrans(
    dict(_SINGLE) | dict(tuple(pair.split(":")) for pair in _SEVERAL.split(" "))
)


@lru_cache(maxsize=4096)
def latin(text: str) -> str:
    """``text`` in the lower-case letters that addresses take; ``""`` where there are none."""
    low = text.casefold().translate(_LATIN)
    bare = low if low.isascii() else unicodedata.normalize("NFKD", low)
    return "".join([c for c in bare if c.isascii() and c.isalnum()])


@lru_cache(maxsize=4096)
def entity_noun(name: str) -> str:
    """The noun of a scope's name; ``""`` for names such as ``data`` and ``results``."""
    found = noun(name)
    return "" if found in GENERIC else found


def entity(scope: Scope) -> str:
    """What the object is, in the singular: ``order``; from its name, its parents or the URL."""
    known: str | None = scope.facts.get("entity")
    if known is None:
        known = entity_noun(scope.name) or _entity_above(scope)
        if noun(scope.name) == "item" and scope.parent is not None and not known:
            known = "item"
        scope.facts["entity"] = known
    return known


def _entity_above(scope: Scope) -> str:
    if noun(scope.name) == "item":
        kinds = {kind_of(name) for name in scope.siblings}
        if kinds & {"price", "sku", "quantity", "stock"}:
            return "item"
    if scope.parent is not None and scope.parent.path != scope.path:
        return entity(scope.parent)
    return _in_url(scope.hints.path)


@lru_cache(maxsize=1024)
def _in_url(path: str) -> str:
    for part in reversed(path.split("/")):
        words = tokens(part)
        if words and not any(w.isdigit() for w in words) and (found := entity_noun(part)):
            return found
    return ""


def topic(scope: Scope) -> str:
    """``person``, ``company``, ``product``, ``place`` or ``""``."""
    known: str | None = scope.facts.get("topic")
    if known is None:
        known = scope.facts["topic"] = _topic(entity(scope), tuple(scope.siblings))
    return known


@lru_cache(maxsize=2048)
def _topic(what: str, names: tuple[str, ...]) -> str:
    for found, members in _GROUPS:
        if what in members:
            return found
    if what in rows("named"):
        return ""
    kinds = {kind_of(name) for name in names}
    if kinds & {"email", "first_name", "age", "username", "birth_date", "gender"}:
        return "person"
    if kinds & {"price", "sku", "brand", "stock"}:
        return "product"
    return "company" if "industry" in kinds else ""


def inherits(scope: Scope, what: str) -> bool:
    """Whether the object shares that fact with the one it is nested in."""
    if scope.parent is None or scope.index is not None:
        return False
    return what != "person" or noun(scope.name) not in _ROLES


def locale(scope: Scope) -> str:
    """The resolved locale of the request."""
    known: str | None = scope.facts.get("locale")
    if known is None:
        known = scope.facts["locale"] = resolve_locale(scope.hints.locale)
    return known


def made(scope: Scope, *kinds: str) -> Json | Missing:
    """The first value of those kinds that the object already has."""
    return next((v for k, v in scope.made.items() if kind_of(k) in kinds), MISSING)
