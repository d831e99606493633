"""Scopes: everything that has state and belongs to one test and no other.

A test id names a scope; requests without one share the scope ``""``. A scope that is not known
starts clean, and is forgotten when it is not used any more.
"""

from __future__ import annotations

import itertools
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, MutableMapping
from dataclasses import dataclass, field
from typing import Final

from mockwright.faults import FaultScript
from mockwright.memory.state.collections import State
from mockwright.memory.state.contexts import Contexts
from mockwright.settings import RouteSettings, TestsSettings
from mockwright.types import JsonObject, Mode

SHARED: Final = ""
"""The id of the scope of requests without a test id."""
MAX_STRUCTURES: Final = 1000
"""Structures that one test keeps."""
MAX_TURNS: Final = 10_000
"""Keys, and likewise requests, whose turn one test remembers."""
_epochs: Final = itertools.count(1)


class Structures(MutableMapping[str, JsonObject]):
    """The structures of first answers, by name.

    A structure that is not used for ``expiry`` seconds is forgotten, and beyond ``most`` the least
    recently used one; ``clock`` returns Unix time.
    """

    def __init__(
        self,
        expiry: float = 900.0,
        most: int = MAX_STRUCTURES,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._expiry = expiry
        self._most = most
        self._clock = clock
        self._structures: OrderedDict[str, tuple[JsonObject, float]] = OrderedDict()

    def __getitem__(self, name: str) -> JsonObject:
        self._expire()
        structure, _ = self._structures[name]
        self[name] = structure  # counts as used
        return structure

    def __setitem__(self, name: str, structure: JsonObject) -> None:
        self._structures[name] = (structure, self._clock())
        self._structures.move_to_end(name)
        while len(self._structures) > self._most:
            self._structures.popitem(last=False)

    def __delitem__(self, name: str) -> None:
        del self._structures[name]

    def __contains__(self, name: object) -> bool:
        self._expire()
        return name in self._structures

    def __iter__(self) -> Iterator[str]:
        self._expire()
        return iter(list(self._structures))

    def __len__(self) -> int:
        self._expire()
        return len(self._structures)

    def shown(self) -> dict[str, JsonObject]:
        """Return all structures, without counting them as used."""
        return {name: self._structures[name][0] for name in self}

    def _expire(self) -> None:
        oldest = self._clock() - self._expiry
        while self._structures and next(iter(self._structures.values()))[1] < oldest:
            self._structures.popitem(last=False)


class VariantTurns(dict[bytes, int]):
    """Which variant of a key comes next in one test; beyond a bound the oldest key is forgotten."""

    def next(self, key: bytes, of: int) -> int:
        """Return the index of the next variant of ``key``, of which there are ``of``."""
        if key not in self and len(self) >= MAX_TURNS:
            del self[next(iter(self))]
        turn = self.get(key, 0)
        turn = turn if turn < of else 0
        self[key] = turn + 1
        return turn


class Sequences:
    """Which of its recordings a request comes to next; beyond a bound the oldest one is forgotten.

    ``first`` is the number that the first request of each kind has, counted from 0.
    """

    def __init__(self, first: int = 0) -> None:
        self._first = first
        self._next: OrderedDict[tuple[str, str, bytes], int] = OrderedDict()

    def __len__(self) -> int:
        return len(self._next)

    def take(self, folder: str, mode: Mode, key: bytes) -> int:
        """Return the number of this request; the next equal one has the next number."""
        place = (folder, mode, key)
        number = self._next.get(place, self._first)
        self._next[place] = number + 1
        while len(self._next) > MAX_TURNS:
            self._next.popitem(last=False)
        return number

    def give_back(self, folder: str, mode: Mode, key: bytes, number: int) -> None:
        """Undo :meth:`take`, unless later requests have taken numbers since."""
        place = (folder, mode, key)
        if self._next.get(place) == number + 1:
            self._next[place] = number


@dataclass(frozen=True, slots=True)
class Overrides:
    """What applies to all requests of a test; None leaves it to the configuration."""

    mode: Mode | None = None
    recordings: str | None = None
    """The name of a folder within the lock folder."""
    seed: int | None = None
    state: bool | None = None
    routes: tuple[RouteSettings, ...] = ()
    """Path rules, which come before those of the configuration."""


@dataclass(slots=True)
class Scope:
    """Everything that has state and belongs to one test."""

    id: str
    contexts: Contexts
    state: State
    faults: FaultScript | None
    used: float = 0.0
    """Unix time of its last request."""
    requests: int = 0
    """How many requests came."""
    overrides: Overrides = field(default_factory=Overrides)
    turns: VariantTurns | None = None
    """Whose turn it is among variants; None shares the turn with everyone."""
    sequences: Sequences = field(default_factory=Sequences)
    structures: Structures = field(default_factory=Structures)
    """What later answers to a path template look like."""
    epoch: int = field(default_factory=lambda: next(_epochs))
    """Part of the fingerprint of raw requests: another one where they may have another answer."""

    def change(self, overrides: Overrides) -> None:
        """Put other overrides in force."""
        self.overrides = overrides
        self.epoch = next(_epochs)

    def to_json(self) -> JsonObject:
        """Return the overrides, and what state there is, as JSON."""
        asked = self.overrides
        return {
            "id": self.id,
            "requests": self.requests,
            "mode": asked.mode,
            "recordings": asked.recordings,
            "seed": asked.seed,
            "state": asked.state,
            "routes": len(asked.routes),
            "faults": None if self.faults is None else self.faults.to_json(),
            "contexts": [one["name"] for one in self.contexts.list()],
            "resources": self.state.counts(),
            "structures": list(self.structures),
        }


Build = Callable[[str], Scope]
"""Returns a clean scope for a test id."""


class Scopes:
    """The scopes in use, by test id, within the caps of ``settings``; ``clock`` returns Unix
    time."""

    def __init__(
        self, build: Build, settings: TestsSettings, clock: Callable[[], float] = time.time
    ) -> None:
        self._build = build
        self._settings = settings
        self._clock = clock
        self._scopes: OrderedDict[str, Scope] = OrderedDict()
        self.shared = build(SHARED)

    def __len__(self) -> int:
        return len(self._scopes)

    def of(self, test: str) -> Scope:
        """Return the scope of a request, which counts as used; a clean one where it is not
        known."""
        if not test:
            return self.shared
        now = self._clock()
        self._expire(now)
        scope = self._scopes.get(test)
        if scope is None:
            scope = self._scopes[test] = self._build(test)
            scope.turns = VariantTurns()
        self._scopes.move_to_end(test)
        scope.used = now
        while len(self._scopes) > self._settings.max_tests:
            self._scopes.popitem(last=False)
        return scope

    def find(self, test: str) -> Scope | None:
        """Return the scope of a test if it is known; it does not count as used."""
        self._expire(self._clock())
        return self._scopes.get(test) if test else self.shared

    def end(self, test: str) -> bool:
        """Forget a test and return whether it was known; the shared scope starts anew."""
        if not test:
            self.shared = self._build(SHARED)
            return True
        return self._scopes.pop(test, None) is not None

    def __iter__(self) -> Iterator[Scope]:
        """Yield the scopes of tests, the most recently used first."""
        self._expire(self._clock())
        return iter(reversed(list(self._scopes.values())))

    def _expire(self, now: float) -> None:
        while self._scopes:
            oldest = next(iter(self._scopes.values()))
            if now - oldest.used <= self._settings.expiry:
                return
            del self._scopes[oldest.id]
