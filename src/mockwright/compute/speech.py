"""A clause of a request, and the fields that it speaks of."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from mockwright.compute import phrases
from mockwright.shapes.rule_paths import words
from mockwright.types import Json, JsonObject

_UNITS: Final = {
    "k": 1e3, "thousand": 1e3, "m": 1e6, "million": 1e6, "bn": 1e9, "billion": 1e9,
}  # fmt: skip
_SYNONYMS: Final[tuple[frozenset[str], ...]] = (
    frozenset({"salary", "income", "wage", "pay", "earnings"}),
    frozenset({"revenue", "turnover"}),
    frozenset({"size", "employees", "headcount"}),
    frozenset({"location", "state", "city", "country", "region"}),
    frozenset({"industry", "sector"}),
    frozenset({"price", "cost"}),
    frozenset({"date", "timestamp", "created", "time"}),
    frozenset({"status", "state"}),
)
_EMPTY: Final = frozenset({"the", "of", "a", "is", "at", "in", "id", "to", "and"})


@dataclass(frozen=True, slots=True)
class Field:
    """A field that words may speak of."""

    path: tuple[str, ...]
    kind: str
    values: tuple[Json, ...] = ()


@dataclass(slots=True)
class Clause:
    """A piece of text, and the fields it speaks of, in order."""

    text: str
    fields: Sequence[Field]
    found: list[JsonObject] = field(default_factory=list)

    def spoken(self, start: int = 0, end: int | None = None) -> list[tuple[int, Field]]:
        """Fields named within a part of it, with where."""
        part = self.text[start:end].lower()
        places = []
        for one in self.fields:
            at = named(one, part)
            if at is not None:
                places.append((start + at, one))
        return sorted(places, key=lambda place: (place[0], -len(".".join(place[1].path))))

    def nearest(self, at: int, kinds: Sequence[str] = ()) -> Field | None:
        """The field named last before a place, else first after it."""
        spoken = [(i, one) for i, one in self.spoken() if not kinds or one.kind in kinds]
        before = [one for i, one in spoken if i < at]
        after = [one for i, one in spoken if i >= at]
        return before[-1] if before else after[0] if after else None

    def dismisses(self, at: int) -> bool:
        """Whether what stands at ``at`` is ruled out, or only spoken of."""
        before = self.text[:at][-60:]
        return bool(phrases.NEGATED.search(before) or phrases.MENTIONED.search(before))

    def say(self, about: Field, **members: Json) -> None:
        """Note a statement."""
        self.found.append({"path": ".".join(about.path), **members})


def named(one: Field, text: str) -> int | None:
    """Where a text names a field: by its last name, a word of that, or what else it is called."""
    if not one.path:
        return None
    own = words(one.path[-1])
    whole = " ".join(own)
    at = _word_at(whole, text)
    if at is None and len(own) > 1:
        at = _word_at("".join(own), text)
        if at is None:
            at = next(
                (p for w in own if w not in _EMPTY and (p := _word_at(w, text)) is not None), None
            )
    if at is None:
        others = [w for group in _SYNONYMS if group & set(own) for w in sorted(group)]
        at = next((p for w in others if (p := _word_at(w, text)) is not None), None)
    return at


def _word_at(word: str, text: str) -> int | None:
    forms = (
        re.escape(word[:-1]) + "(?:y|ies)" if word.endswith("y") else re.escape(word) + "(?:e?s)?"
    )
    found = re.search(rf"\b{forms}\b", text)
    return found.start() if found else None


def number_in(text: str) -> float:
    """``50k``, ``$1,000``, ``1.5 million``; whole numbers as such."""
    found = re.match(r"([-+]?)\$?([\d,]+(?:\.\d+)?)\s?([a-z]*)", text.strip().lower())
    if found is None:
        return 0.0
    value = float(found[2].replace(",", "")) * _UNITS.get(found[3], 1.0)
    value = -value if found[1] == "-" else value
    return int(value) if value == int(value) else value
