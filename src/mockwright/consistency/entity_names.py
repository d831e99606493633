"""Meanings of names in paths and answers: nouns, foreign keys, one field in several spellings."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from mockwright.naming import is_plural, singular, tokens
from mockwright.schema.keywords import word_set
from mockwright.types import Json, JsonObject

WRAPPERS: Final = word_set(
    "data result results response payload body content record records row rows entity entities"
    " object objects items list entries hits values page collection"
)
"""Members that hold the answer and say nothing of what it is."""
FACETS: Final = word_set("profile detail details info personal identity attributes")
"""Members that speak of the same thing as the object they are part of."""
WEAK: Final = frozenset(
    ["item", "line", "line item", "order item", "cart item", "invoice item", "invoice line",
     "order line", "entry", "row", "position", "step", "option"]
)  # fmt: skip
"""Nouns of parts that are counted within a whole: line 1 of order 5 is not line 1 of order 6."""
USER_NAME: Final = "user name"
"""The name of ``userName`` beside ``userId``: a name or a login, whichever was shown first.

With its space it is no plain name, so that no field has it.
"""
NAMES: Final = word_set("name fullname displayname firstname lastname") | {USER_NAME}
"""Fields that say who somebody is: where one changes, the others do."""
CODES: Final = word_set("sku isbn ean gtin upc barcode")
"""Fields that name a thing so surely that they need no prefix beside its foreign key."""
_KIN: Final = ("user", "customer", "client", "buyer")
"""Nouns that may mean the same person, as long as only one of the collections exists."""
_BORROWED: Final = word_set(
    "name firstname lastname fullname displayname email phone username sku title slug avatar"
    " avatarurl number code brand category currency country city company status total date"
)
"""What is said of another thing beside its key: ``customerEmail``, but not ``userAgent``."""
# Plain names of what is never kept: "password", "apikey", "clientsecret", "pin", "cardnumber". Not
# "shipping".
_HIDDEN: Final = re.compile(
    r"passw|secret|token|cvv|cvc|cardnumber|creditcard|^pin$|^ssn$|apikey|privatekey"
)
"""Names of fields whose values are never kept."""
_IDS: Final = ("id", "_id", "ID", "Id", "uuid")
"""Members that hold an object's own id, the surest first."""
_LONGEST_ID: Final = 200


@lru_cache(maxsize=8192)
def plain(name: str) -> str:
    """Return the one spelling of ``firstName``, ``first_name`` and ``FirstName``: ``firstname``."""
    return "".join(tokens(name)) or name[:120]


@lru_cache(maxsize=8192)
def noun_of(name: str) -> str:
    """Return a name as a noun: ``user`` for ``users``, ``order item`` for ``orderItems``."""
    words = [word for word in tokens(name) if not word.isdigit()]
    return " ".join([*words[:-1], singular(words[-1])]) if words else ""


@lru_cache(maxsize=8192)
def names_several(name: str) -> bool:
    """Whether a member of this name holds several things."""
    words = tokens(name)
    return bool(words) and is_plural(words[-1])


@lru_cache(maxsize=8192)
def pointed(name: str) -> str:
    """Return the noun that a foreign key names, ``customer`` for ``customer_id``; else ``""``."""
    words = tokens(name)
    return noun_of(" ".join(words[:-1])) if len(words) > 1 and words[-1] == "id" else ""


def kin(noun: str) -> tuple[str, ...]:
    """Return the noun and those that may mean the same one, itself first."""
    if noun not in _KIN:
        return (noun,)
    return (noun, *(name for name in _KIN if name != noun))


def coded(names: Iterable[str], keys: int) -> bool:
    """Whether an object with members of these names speaks of what its one foreign key names."""
    return keys == 1 and any(plain(name) in CODES for name in names)


@lru_cache(maxsize=8192)
def borrowed(name: str, key: str, *, coded: bool = False) -> str:
    """Return the field of what ``key`` points to that ``name`` repeats; ``""`` if it does not.

    Beside ``customerId``, ``customerEmail`` and ``userEmail`` are an ``email``. Beside the one
    foreign key and a code of what it points to (``coded``) ``name`` is the name of that, too.
    """
    said = plain(name)
    prefix = plain(key).removesuffix("id")
    for before in (prefix, *(kin(prefix) if prefix in _KIN else ())):
        rest = said.removeprefix(before)
        if rest != said and rest in _BORROWED:
            return USER_NAME if said == "username" else rest
    return said if said in CODES or (coded and said in ("name", "title")) else ""


def hidden(name: str) -> bool:
    """Whether a field holds what must not be kept."""
    return _HIDDEN.search(plain(name)) is not None


def id_key(value: Json) -> str | None:
    """Return an id as the sheet knows it, ``1`` and ``"1"`` alike; None for what is no id."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    # Python refuses to write integers of more than 4,300 digits.
    text = str(value) if isinstance(value, str) or abs(value) < 10**_LONGEST_ID else ""
    return text if 0 < len(text) <= _LONGEST_ID else None


def is_reference(value: Json) -> bool:
    """Whether a remembered item of a list is an entity that is kept elsewhere: ``{"id": 3}``."""
    return isinstance(value, dict) and list(value) == ["id"] and id_key(value["id"]) is not None


def id_name(value: JsonObject, noun: str) -> str | None:
    """Return the member that holds an object's own id: ``id``, or ``userId`` of a user."""
    for name in _IDS:
        if id_key(value.get(name)) is not None:
            return name
    last = noun.split(" ")[-1]
    return next(
        (
            name
            for name in list(value)[:50]
            if last and pointed(name) in (noun, last) and id_key(value[name]) is not None
        ),
        None,
    )
