"""The generator's vocabulary, as text: to teach it a word, add the word to its row.

Three forms, each in files of its own: rows (``key, other key: value, value``), records (``field |
field``) and decks (``[key, other key]``, then one entry a line; in quotation marks where it begins
with a bracket or ends with a space). A line that begins with ``# `` is a comment.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Final

_HERE: Final = Path(__file__).parent


def _lines(table: str) -> Iterator[str]:
    for line in (_HERE / f"{table}.txt").read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("# "):
            yield line.strip()


@lru_cache(maxsize=32)
def rows(table: str) -> dict[str, tuple[str, ...]]:
    """Return the values of each key; where a key is there twice, the last row holds."""
    found: dict[str, tuple[str, ...]] = {}
    for line in _lines(table):
        keys, _, values = line.partition(":")
        several = tuple(value.strip() for value in values.split(","))
        found.update(dict.fromkeys((key.strip() for key in keys.split(",")), several))
    return found


@lru_cache(maxsize=32)
def records(table: str) -> tuple[tuple[str, ...], ...]:
    """Return the fields of each line."""
    return tuple(tuple(field.strip() for field in line.split("|")) for line in _lines(table))


@lru_cache(maxsize=128)
def decks(table: str) -> dict[str, tuple[str, ...]]:
    """Return the entries under each heading."""
    found: dict[str, list[str]] = {}
    open_: list[str] = []
    for line in _lines(table):
        if line.startswith("["):
            open_ = [key.strip() for key in line.strip("[]").split(",")]
        else:
            entry = line[1:-1] if line[0] == line[-1] == '"' else line
            for key in open_:
                found.setdefault(key, []).append(entry)
    return {key: tuple(entries) for key, entries in found.items()}


@lru_cache(maxsize=64)
def local(locale: str) -> dict[str, tuple[str, ...]]:
    """Return the decks of a locale's language, which take the place of the English tables.

    Many languages have none.
    """
    name = f"languages/{locale.partition('-')[0]}"
    return decks(name) if (_HERE / f"{name}.txt").exists() else {}


def people(locale: str) -> dict[str, tuple[str, ...]]:
    """Return the decks of a locale in ``people/``.

    A deck that the region does not have is that of its language.
    """
    found = decks(f"people/{locale.partition('-')[0]}")
    return found | decks(f"people/{locale}") if "-" in locale else found


@lru_cache(maxsize=256)
def local_records(table: str, locale: str) -> tuple[tuple[str, ...], ...]:
    """Return the records of a table in the locale's language, where they are translated."""
    lines = local(locale).get(table)
    if lines is None:
        return records(table)
    return tuple(tuple(field.strip() for field in line.split("|")) for line in lines)


@lru_cache(maxsize=256)
def local_texts(subject: str, what: str, locale: str) -> tuple[str, ...]:
    """Return sentences on ``subject``: of what the object is, where there are such."""
    translated = local(locale)
    found = translated if subject in translated else decks("texts")
    return found.get(f"{subject} {what}") or found[subject]


def named(what: str, locale: str) -> tuple[str, ...]:
    """Return what things of that noun are called; empty where they have no names of their own."""
    return local(locale).get(f"named {what}") or rows("named").get(what, ())


def group(name: str) -> frozenset[str]:
    """Return a set of words of ``groups.txt``."""
    return frozenset(rows("groups")[name])
