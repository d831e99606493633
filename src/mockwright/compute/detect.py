"""Words -> statements of what is to be computed. Precision first: what is half understood is told.

A clause is read by patterns (``phrases.py``), each of which gives one kind of statement about the
fields that stand near it (``sayings.py``). What sounds statistical and gave none is ``unread``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from mockwright.compute import phrases
from mockwright.compute.sayings import READERS
from mockwright.compute.speech import Clause, Field
from mockwright.shapes.rules import parse_rules
from mockwright.types import JsonObject, Reasoning

__all__ = ["Detected", "Field", "detect"]

MOST_READ: Final = 10_000
"""Characters of a request's words that are read."""
_WRAPPED: Final = re.compile(r"(?<![.:;!?\n])\n(?!\s*(?:[-*\u2022\n]|\d+[.)]))")
_CLAUSE: Final = re.compile(
    r"\n+|[.;!?:]+(?=\s|$)|;| - |, (?=and |where |with \w+ (?:correlat|distribut))"
)


@dataclass(frozen=True, slots=True)
class Detected:
    """What the words of a request ask to be computed."""

    kind: Reasoning
    statements: tuple[JsonObject, ...] = ()
    understood: tuple[str, ...] = ()
    """The clauses that gave statements, as written."""
    unread: tuple[str, ...] = ()
    """Clauses that sound statistical and gave none."""

    @property
    def unsure(self) -> bool:
        """Whether a model had better be asked."""
        return bool(self.unread)


def detect(
    *,
    prompt: str | None,
    rules: Sequence[str] = (),
    fields: Sequence[Field] = (),
    path: str = "",
) -> Detected:
    """What the words ask; ``path`` of the request says what the items are."""
    statements: list[JsonObject] = []
    understood: list[str] = []
    unread: list[str] = []
    language = False
    for text, is_rule in [(prompt or "", False), *((rule, True) for rule in rules)]:
        for part in _clauses(text):
            found = _read(part, fields)
            if found:
                statements += [one for one in found if one not in statements]
                understood.append(part)
            elif _sounds_statistical(part) and not (is_rule and _is_held(part)):
                unread.append(part)
            else:
                language = language or _says_something(part)
    statements = _joined(statements)
    if not statements:
        return Detected("language", unread=tuple(unread))
    computed = {statement.get("path") for statement in statements}
    whole = not language and all(".".join(one.path) in computed for one in fields)
    kind: Reasoning = "computational" if whole else "hybrid"
    return Detected(kind, tuple(statements), tuple(understood), tuple(unread))


def _clauses(text: str) -> Iterator[str]:
    # A line that goes on is part of the one before; one that begins a point of a list is not.
    flowing = _WRAPPED.sub(" ", text[:MOST_READ])
    for part in _CLAUSE.split(flowing):
        stripped = part.strip(" \t\r\n-*•:")
        if stripped:
            yield stripped[:1_000]


def _read(text: str, fields: Sequence[Field]) -> list[JsonObject]:
    clause = Clause(text, fields)
    for reader in READERS:
        reader(clause)
    return clause.found


def _joined(statements: Sequence[JsonObject]) -> list[JsonObject]:
    """Shares of one field that stand in several clauses, put together."""
    joined: list[JsonObject] = []
    for one in statements:
        ratio = one.get("ratio")
        other = next(
            (
                it
                for it in joined
                if it.get("path") == one.get("path")
                and isinstance(ratio, dict)
                and isinstance(it.get("ratio"), dict)
                and "proportional_to" not in it["ratio"]
            ),
            None,
        )
        if other is None:
            joined.append(one)
            continue
        named = {**other["ratio"], **one["ratio"]}
        named.pop("*", None)
        left = 1 - sum(named.values())
        other["ratio"] = {**named, "*": round(left, 6)} if left > 1e-3 else named
    return joined


def _sounds_statistical(text: str) -> bool:
    found = phrases.STATISTICAL.search(text) or phrases.WORLD.search(text)
    if found is None:
        return False
    before = text[: found.start()][-60:]
    return not (phrases.NEGATED.search(before) or phrases.MENTIONED.search(before))


def _is_held(text: str) -> bool:
    """Whether the rules of shapes hold a sentence already."""
    return parse_rules((text,))[0].mechanical


def _says_something(text: str) -> bool:
    """Whether a clause asks for more than how many of what."""
    asked = re.sub(r"(?i)^(?:please )?(?:generate|create|make|produce|give me|return)\b", "", text)
    return len(re.findall(r"[A-Za-z]{3,}", asked)) > 4
