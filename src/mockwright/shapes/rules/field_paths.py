"""Where a rule looks: a path into an answer, written with dots or as a JSON pointer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from mockwright.schema.keywords import escape, split
from mockwright.types import Json

MAX_FOUND: Final = 100_000
"""Places that one rule looks at in one answer."""

# `[*]`, `[]`, `[0]`, `.age`, `users`
_STEP: Final = re.compile(r"\[(\*|\d{0,9})\]|\.?([^.\[\]]+)")


@dataclass(frozen=True, slots=True)
class Path:
    """The tokens of a path; ``*`` is each item, ``**`` any number of steps.

    A name before a list means each of its items: ``users.age`` is ``users.*.age``.
    """

    tokens: tuple[str, ...]

    def find(self, value: Json) -> Iterator[tuple[str, Json]]:
        """Yield the values at the path, each with its JSON pointer; at most MAX_FOUND."""
        for i, found in enumerate(_find(value, self.tokens, "")):
            if i >= MAX_FOUND:
                return
            yield found

    @property
    def name(self) -> str:
        """The last name on the path."""
        return next((token for token in reversed(self.tokens) if not token.startswith("*")), "")


def parse_path(text: str) -> Path | None:
    """Return the path that ``text`` writes, or None for what is no path.

    ``users.*.age``, ``users[*].age``, ``$.users[].age`` and ``/users/*/age`` are the same one.
    """
    if text.startswith("/"):
        return Path(split(text))
    body = text[1:] if text[:1] == "$" else text
    tokens: list[str] = []
    i = 0
    while i < len(body):
        match = _STEP.match(body, i)
        if match is None:
            return None
        tokens.append(match[2] if match[2] is not None else match[1] or "*")
        i = match.end()
    return Path(tuple(tokens))


def anywhere(name: str) -> Path:
    """Return the path to every field of that name, at any depth."""
    return Path(("**", name))


def same_name(asked: str, name: str) -> bool:
    """Whether ``asked``, a name in a sentence, means the field ``name``.

    ``prices`` means ``price``, ``unit price`` means ``unitPrice``.
    """
    a, b = _letters_only(asked), _letters_only(name)
    return a == b or a == b + "s" or (a.endswith("ies") and a[:-3] + "y" == b) or a == b + "es"


def words(name: str) -> list[str]:
    """Return the words of a name in lower case: ``created``, ``at`` for ``createdAt``."""
    return list(_words(name[:200]))


@lru_cache(maxsize=4096)
def _words(name: str) -> tuple[str, ...]:
    """Return :func:`words` from a cache: the same few names stand in every answer of a service."""
    # `unitPrice` -> `unit Price`
    spaced = re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", name)
    return tuple(word.lower() for word in re.split(r"[^A-Za-z0-9]+", spaced) if word)


def walk(value: Json, pointer: str = "") -> Iterator[tuple[str, str, Json]]:
    """Yield every value at and below ``value``: its pointer, the name it stands under, and itself.

    An item of a list stands under the name of the list.
    """
    stack: list[tuple[str, str, Json]] = [(pointer, "", value)]
    while stack:
        at, name, found = stack.pop()
        yield at, name, found
        # Reversed, as the last one in comes out first: so values come in the order of the document.
        children = _children(found, at, name)
        stack.extend(reversed(list(children)))


def _children(value: Json, pointer: str, name: str) -> Iterator[tuple[str, str, Json]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield f"{pointer}/{escape(key)}", key, item
    elif isinstance(value, list):
        for i, item in enumerate(value):
            yield f"{pointer}/{i}", name, item


def _letters_only(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _find(value: Json, steps: tuple[str, ...], pointer: str) -> Iterator[tuple[str, Json]]:
    if not steps:
        yield pointer, value
        return
    step, rest = steps[0], steps[1:]
    if step == "**":
        yield from _find_deep(value, rest, pointer)
    elif isinstance(value, dict):
        for key in [step] if step in value else [*value] if step == "*" else []:
            yield from _find(value[key], rest, f"{pointer}/{escape(key)}")
    elif isinstance(value, list):
        if step.isdecimal():
            if int(step) < len(value):
                yield from _find(value[int(step)], rest, f"{pointer}/{step}")
            return
        for i, item in enumerate(value):
            # A name where a list stands means the members of its items.
            yield from _find(item, rest if step == "*" else steps, f"{pointer}/{i}")


def _find_deep(value: Json, rest: tuple[str, ...], pointer: str) -> Iterator[tuple[str, Json]]:
    """Yield the members at any depth whose name is the one token of ``rest``."""
    for at, _, found in walk(value, pointer):
        if isinstance(found, dict):
            for key, item in found.items():
                if same_name(rest[0], key):
                    yield f"{at}/{escape(key)}", item
