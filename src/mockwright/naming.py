"""Reading a field's name: into words, and from the plural to the singular."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

LONGEST: Final = 120
"""Characters of a name that are read and kept; what comes after says nothing new."""
_WORD: Final = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[^\W\dA-Z_]+|[A-Z]+|\d+", re.UNICODE)

_IRREGULAR: Final = dict(
    pair.split(":")
    for pair in [
        "people:person",
        "children:child",
        "men:man",
        "women:woman",
        "mice:mouse",
        "geese:goose",
        "feet:foot",
        "teeth:tooth",
        "statuses:status",
        "addresses:address",
        "buses:bus",
        "aliases:alias",
        "indices:index",
        "indexes:index",
        "vertices:vertex",
        "matrices:matrix",
        "analyses:analysis",
        "bases:base",
        "crises:crisis",
        "diagnoses:diagnosis",
        "criteria:criterion",
        "phenomena:phenomenon",
        "leaves:leaf",
        "lives:life",
        "knives:knife",
        "wives:wife",
        "shelves:shelf",
        "wolves:wolf",
        "halves:half",
        "movies:movie",
        "ties:tie",
        "cookies:cookie",
        "zombies:zombie",
        "selfies:selfie",
        "calories:calorie",
        "caches:cache",
        "heroes:hero",
        "potatoes:potato",
        "tomatoes:tomato",
        "echoes:echo",
        "media:media",
        "quizzes:quiz",
        "viruses:virus",
        "campuses:campus",
        "bonuses:bonus",
        "invoices:invoice",
        "purchases:purchase",
        "licenses:license",
        "databases:database",
        "warehouses:warehouse",
        "releases:release",
        "courses:course",
        "houses:house",
        "expenses:expense",
        "responses:response",
        "phases:phase",
        "cases:case",
        "exercises:exercise",
        "leases:lease",
        "nurses:nurse",
        "purposes:purpose",
        "causes:cause",
        "clauses:clause",
    ]
)
_UNCHANGED: Final = frozenset(
    [
        "data",
        "news",
        "series",
        "species",
        "status",
        "address",
        "bus",
        "alias",
        "analysis",
        "basis",
        "address",
        "access",
        "progress",
        "business",
        "process",
        "class",
        "glass",
        "gps",
        "dns",
        "sms",
        "https",
        "aws",
        "css",
        "js",
        "tls",
        "os",
        "pos",
        "canvas",
        "plus",
        "gas",
        "bonus",
        "campus",
        "virus",
        "chassis",
        "atlas",
        "lens",
        "success",
        "is",
        "has",
        "was",
        "address",
        "express",
        "metadata",
        "info",
        "information",
        "equipment",
        "weather",
        "software",
        "hardware",
        "feedback",
        "traffic",
        "inventory",
        "staff",
        "audio",
        "health",
        "sms",
    ]
)
_ENDINGS: Final = (
    ("ies", "y", 4),
    ("sses", "ss", 5),
    ("shes", "sh", 5),
    ("ches", "ch", 5),
    ("xes", "x", 4),
    ("zzes", "zz", 5),
    ("s", "", 3),
)


def tokens(name: str) -> tuple[str, ...]:
    """``shippingAddress_line-2`` -> ``("shipping", "address", "line", "2")``.

    Lower case, without accents, so that ``Straße`` and ``prénom`` are found as ``strasse`` and
    ``prenom``.
    """
    return _tokens(name[:LONGEST])


@lru_cache(maxsize=8192)
def _tokens(name: str) -> tuple[str, ...]:
    return tuple(fold(word) for word in _WORD.findall(name))


def fold(word: str) -> str:
    """Lower case, without accents."""
    if word.isascii():
        return word.lower()
    bare = unicodedata.normalize("NFKD", word.casefold())
    return "".join(c for c in bare if not unicodedata.combining(c))


@lru_cache(maxsize=8192)
def singular(word: str) -> str:
    """``categories`` -> ``category``, ``people`` -> ``person``, ``news`` -> ``news``."""
    if word in _UNCHANGED:
        return word
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if word.endswith(("ss", "us", "is")):
        return word
    for ending, instead, shortest in _ENDINGS:
        if word.endswith(ending) and len(word) >= shortest:
            return word[: -len(ending)] + instead
    return word


def is_plural(word: str) -> bool:
    """Whether ``word`` names several; of ``data`` and ``news`` that cannot be told: no."""
    return singular(word) != word


def noun(name: str) -> str:
    """The last word of ``name``, singular: ``order_items`` -> ``item``; ``""`` without words."""
    return _noun(name[:LONGEST])


@lru_cache(maxsize=4096)
def _noun(name: str) -> str:
    words = [word for word in _tokens(name) if not word.isdigit()]
    return singular(words[-1]) if words else ""


@lru_cache(maxsize=2048)
def plural(word: str) -> str:
    """``category`` -> ``categories``; the inverse of :func:`singular` for the usual nouns."""
    for many, one in _IRREGULAR.items():
        if one == word:
            return many
    if word in _UNCHANGED:
        return word
    if word.endswith("y") and word[-2:-1] not in tuple("aeiou"):
        return word[:-1] + "ies"
    return word + ("es" if word.endswith(("s", "x", "ch", "sh", "z")) else "s")
