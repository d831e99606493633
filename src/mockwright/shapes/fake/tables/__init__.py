"""The generator's vocabulary, as text: to teach it a word, add the word to its row.

Three forms, each in files of its own: rows (``key, other key: value, value``), records
(``field | field``) and decks (``[key, other key]``, then one entry a line). A line that begins
with ``# `` is a comment.
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
    """The values of each key; where a key is there twice, the last row holds."""
    found: dict[str, tuple[str, ...]] = {}
    for line in _lines(table):
        keys, _, values = line.partition(":")
        several = tuple(value.strip() for value in values.split(","))
        found.update(dict.fromkeys((key.strip() for key in keys.split(",")), several))
    return found


@lru_cache(maxsize=32)
def records(table: str) -> tuple[tuple[str, ...], ...]:
    """The fields of each line."""
    return tuple(tuple(field.strip() for field in line.split("|")) for line in _lines(table))


@lru_cache(maxsize=32)
def decks(table: str) -> dict[str, tuple[str, ...]]:
    """The entries under each heading."""
    found: dict[str, list[str]] = {}
    open_: list[str] = []
    for line in _lines(table):
        if line.startswith("["):
            open_ = [key.strip() for key in line.strip("[]").split(",")]
        else:
            for key in open_:
                found.setdefault(key, []).append(line)
    return {key: tuple(entries) for key, entries in found.items()}


def group(name: str) -> frozenset[str]:
    """A set of words of ``groups.txt``."""
    return frozenset(rows("groups")[name])
