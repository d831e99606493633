"""Contexts of one test: a store of facts by name, forgotten when it is not used any more."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from mockwright.consistency import FactStore
from mockwright.types import JsonObject

EXPIRY: Final = 900.0
"""Seconds without a request after which a context is forgotten."""
MAX_CONTEXTS: Final = 100
"""Contexts of one test; beyond it the least recently used is forgotten."""


@dataclass(slots=True)
class _StoredContext:
    sheet: FactStore = field(default_factory=FactStore)
    used: float = 0.0


class Contexts:
    """The facts of each context, by its name.

    A context that is not used for ``expiry`` seconds is forgotten, and beyond ``most`` the least
    recently used one; ``clock`` returns Unix time.
    """

    def __init__(
        self,
        expiry: float = EXPIRY,
        most: int = MAX_CONTEXTS,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._expiry = expiry
        self._most = most
        self._clock = clock
        self._contexts: OrderedDict[str, _StoredContext] = OrderedDict()

    def __len__(self) -> int:
        self._expire()
        return len(self._contexts)

    def sheet(self, name: str) -> FactStore:
        """Return the facts of a context, which counts as used; a new context has none."""
        now = self._expire()
        held = self._contexts.setdefault(name, _StoredContext())
        held.used = now
        self._contexts.move_to_end(name)
        while len(self._contexts) > self._most:
            self._contexts.popitem(last=False)
        return held.sheet

    def find(self, name: str) -> FactStore | None:
        """Return the facts of a context, for those who look on: it does not count as used."""
        self._expire()
        held = self._contexts.get(name)
        return None if held is None else held.sheet

    def list(self) -> list[JsonObject]:
        """Return what each context holds as JSON, the most recently used first.

        ``entities`` is the number of entities by noun, ``expires_in`` is in seconds.
        """
        now = self._expire()
        return [
            {
                "name": name,
                "entities": {noun: len(known) for noun, known in held.sheet.entities.items()},
                "bytes": held.sheet.size,
                "expires_in": round(max(0.0, held.used + self._expiry - now), 1),
            }
            for name, held in reversed(self._contexts.items())
        ]

    def drop(self, name: str | None = None) -> int:
        """Forget one context, or all; return how many were forgotten."""
        self._expire()
        if name is not None:
            return 0 if self._contexts.pop(name, None) is None else 1
        count = len(self._contexts)
        self._contexts.clear()
        return count

    def _expire(self) -> float:
        now = self._clock()
        # The least recently used is first, so the search ends at the first that may stay.
        while self._contexts:
            name, oldest = next(iter(self._contexts.items()))
            if now - oldest.used <= self._expiry:
                break
            del self._contexts[name]
        return now
