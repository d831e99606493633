"""What names in paths and answers stand for: nouns, foreign keys, one field in two spellings."""

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
"""What is a part of one thing and counted within it: line 1 of order 5 is not line 1 of order 6."""
USER_NAME: Final = "user name"
"""``userName`` beside ``userId``: a name or a login, as it was first shown. No plain name."""
NAMES: Final = word_set("name fullname displayname firstname lastname") | {USER_NAME}
"""Fields that say who somebody is: where one changes, the others do."""
CODES: Final = word_set("sku isbn ean gtin upc barcode")
"""Fields that name a thing so surely that they need no prefix beside its foreign key."""
_KIN: Final = ("user", "customer", "client", "buyer")
"""One person by several names, as long as there is one such collection only."""
_BORROWED: Final = word_set(
    "name firstname lastname fullname displayname email phone username sku title slug avatar"
    " avatarurl number code brand category currency country city company status total date"
)
"""What is said of another thing beside its foreign key: ``customerEmail``; not ``userAgent``."""
_HIDDEN: Final = re.compile(
    r"passw|secret|token|cvv|cvc|cardnumber|creditcard|^pin$|^ssn$|apikey|privatekey"
)
"""What is never kept."""
_IDS: Final = ("id", "_id", "ID", "Id", "uuid")
_LONGEST_ID: Final = 200


@lru_cache(maxsize=8192)
def plain(name: str) -> str:
    """One spelling for ``firstName``, ``first_name`` and ``FirstName``: ``firstname``."""
    return "".join(tokens(name)) or name[:120]


@lru_cache(maxsize=8192)
def noun_of(name: str) -> str:
    """``users`` is ``user``, ``orderItems`` is ``order item``."""
    words = [word for word in tokens(name) if not word.isdigit()]
    return " ".join([*words[:-1], singular(words[-1])]) if words else ""


@lru_cache(maxsize=8192)
def names_several(name: str) -> bool:
    """Whether a member of this name holds several things."""
    words = tokens(name)
    return bool(words) and is_plural(words[-1])


@lru_cache(maxsize=8192)
def pointed(name: str) -> str:
    """The noun that a foreign key names: ``customer_id`` is ``customer``; else ``""``."""
    words = tokens(name)
    return noun_of(" ".join(words[:-1])) if len(words) > 1 and words[-1] == "id" else ""


def kin(noun: str) -> tuple[str, ...]:
    """The noun and those that may mean the same one, itself first."""
    if noun not in _KIN:
        return (noun,)
    return (noun, *(name for name in _KIN if name != noun))


def coded(names: Iterable[str], keys: int) -> bool:
    """Whether an object with members of these names speaks of what its one foreign key names."""
    return keys == 1 and any(plain(name) in CODES for name in names)


@lru_cache(maxsize=8192)
def borrowed(name: str, key: str, *, coded: bool = False) -> str:
    """The field of what ``key`` points to that ``name`` repeats; ``""`` where it does not.

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
    """An id as the sheet knows it: ``1`` and ``"1"`` are the same; None for what is no id."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    text = str(value) if isinstance(value, str) or abs(value) < 10**_LONGEST_ID else ""
    return text if 0 < len(text) <= _LONGEST_ID else None


def is_reference(value: Json) -> bool:
    """Whether a remembered item of a list is an entity, kept elsewhere."""
    return isinstance(value, dict) and list(value) == ["id"] and id_key(value["id"]) is not None


def id_name(value: JsonObject, noun: str) -> str | None:
    """The member that holds an object's own id: ``id``, or ``userId`` of a user."""
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
