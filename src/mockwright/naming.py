"""Words in names: split a field's name, fold its letters, and turn plurals into singulars and back.

Everything that guesses what a field means (``userEmail``, ``order_items``) reads names through this
module, so that all of it reads them alike. The nouns are English.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

LONGEST: Final = 120
"""Characters of a name that are read; a longer name is judged by its beginning."""
# An acronym before a capitalised word (`XML` in `XMLHttp`), a word (`Http`, `größe`), an acronym on
# its own (`ID`), digits (`2`). The order counts: the acronym has to leave its last capital to the
# word that follows.
_WORD: Final = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[^\W\dA-Z_]+|[A-Z]+|\d+", re.UNICODE)

# Plural to singular, where the endings below would give something else: `movies` is not `movy`.
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
# Singular already although they end in -s, or the same in both numbers: `gps` is not several `gp`.
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
# Plural ending, singular ending, and the shortest word it is taken off. The first that fits counts,
# so the bare -s comes last.
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
    """Return the words of a name, in lower case and without accents.

    ``shippingAddress_line-2`` gives ``("shipping", "address", "line", "2")``. Accents go so that
    ``Straße`` and ``prénom`` are found as ``strasse`` and ``prenom``.
    """
    return _tokens(name[:LONGEST])


@lru_cache(maxsize=8192)
def _tokens(name: str) -> tuple[str, ...]:
    return tuple(fold(word) for word in _WORD.findall(name))


def fold(word: str) -> str:
    """Return ``word`` in lower case and without accents (NFKD, combining marks dropped)."""
    if word.isascii():
        return word.lower()
    bare = unicodedata.normalize("NFKD", word.casefold())
    return "".join(c for c in bare if not unicodedata.combining(c))


@lru_cache(maxsize=8192)
def singular(word: str) -> str:
    """Return a lower-case noun in the singular; what is singular already comes back as it is.

    ``categories`` gives ``category``, ``people`` gives ``person``, ``news`` stays ``news``.
    """
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
    """Whether ``word`` names several things.

    ``data`` and ``news`` may name one or several; they count as one.
    """
    return singular(word) != word


def noun(name: str) -> str:
    """Return the last word of ``name``, in the singular; numbers are passed over.

    ``order_items`` gives ``item``, ``address_2`` gives ``address``, ``42`` gives ``""``.
    """
    return _noun(name[:LONGEST])


@lru_cache(maxsize=4096)
def _noun(name: str) -> str:
    words = [word for word in _tokens(name) if not word.isdigit()]
    return singular(words[-1]) if words else ""


@lru_cache(maxsize=2048)
def plural(word: str) -> str:
    """Return a lower-case noun in the plural.

    This is the inverse of :func:`singular` for the usual nouns.
    """
    for many, single in _IRREGULAR.items():
        if single == word:
            return many
    if word in _UNCHANGED:
        return word
    if word.endswith("y") and word[-2:-1] not in tuple("aeiou"):
        return word[:-1] + "ies"
    return word + ("es" if word.endswith(("s", "x", "ch", "sh", "z")) else "s")
