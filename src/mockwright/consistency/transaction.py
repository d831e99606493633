"""An answer while it is changed, where each change is kept only if the schema allows it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from mockwright.schema.edit import get, same
from mockwright.schema.keywords import Schema, join
from mockwright.schema.locate import Path, ValueLocator
from mockwright.schema.validate import compile_schema
from mockwright.types import MISSING, Json, Missing, Repair

MAX_CONFLICTS: Final = 100
"""The most conflicts that are reported."""


class Edit(NamedTuple):
    """A value that is to stand at a place."""

    path: Path
    value: Json


@dataclass(frozen=True, slots=True)
class FactConflict:
    """A place where the schema, or the caller, does not let a fact hold."""

    pointer: str
    fact: Json
    """What should stand there."""
    value: Json
    """What stands there instead."""


class Transaction:
    """A copy of an answer and the changes to it; ``locked`` are the paths that must not change."""

    def __init__(self, value: Json, schema: Schema, locked: Iterable[Path]) -> None:
        self.value = value
        self.compiled = compile_schema(schema)
        self.places = ValueLocator(self.compiled)
        self.given = self._locked = frozenset(locked)
        """The paths of what the caller gave."""
        self._around = frozenset(path[:end] for path in self._locked for end in range(len(path)))
        """All paths that lead to something locked."""
        self._before: dict[Path, Json | Missing] = {}
        """The values that stood at changed places at first."""
        self._refused: dict[Path, Json] = {}
        """Values that the schema did not allow."""
        self._broken: dict[Path, Json] = {}
        """Facts that could not be laid at all."""
        self._owned: set[int] = set()
        self._copies: list[Json] = []

    def locked(self, path: Path) -> bool:
        """Whether the caller gave what is there, or what it is in."""
        if not self._locked:
            return False
        return any(path[:end] in self._locked for end in range(len(path) + 1))

    def holds_locked(self, path: Path) -> bool:
        """Whether there is something at or below a path that the caller gave."""
        return path in self._around or self.locked(path)

    def commit(self, edits: Iterable[Edit]) -> int:
        """Make the changes that are needed and allowed, and return how many were made.

        Where two are for one place the first one stands, also where it changes nothing. Within what
        is put in place as a whole nothing else is changed: that is for the next round.
        """
        first: dict[Path, Edit] = {}
        for edit in edits:
            if not self.locked(edit.path):
                first.setdefault(edit.path, edit)
        wanted = {path: edit for path, edit in first.items() if self._changes(edit)}
        whole = {path for path, edit in wanted.items() if isinstance(edit.value, dict | list)}
        inner = {path for path in wanted if any(path[:end] in whole for end in range(len(path)))}
        return self._apply([edit for path, edit in wanted.items() if path not in inner])

    def _changes(self, edit: Edit) -> bool:
        here = get(self.value, edit.path)
        return here is not MISSING and not same(here, edit.value)

    def _apply(self, edits: Sequence[Edit]) -> int:
        """Make all changes at once; if the schema refuses them, half by half.

        So a few bad ones among n cost about log n validations each, not one for every change.
        """
        if not edits:
            return 0
        undo = [(edit.path, get(self.value, edit.path)) for edit in edits]
        for edit in edits:
            self._write(edit.path, edit.value)
        if self.compiled.is_valid(self.value):
            for path, before in undo:
                self._before.setdefault(path, before)
                self._refused.pop(path, None)
            return len(edits)
        for path, before in reversed(undo):
            self._write(path, before)
        if len(edits) == 1:
            self._refused[edits[0].path] = edits[0].value
            return 0
        half = len(edits) // 2
        return self._apply(edits[:half]) + self._apply(edits[half:])

    def _write(self, path: Path, item: Json) -> None:
        """Put an item at a path.

        Each container on the way is copied once, so that what was handed in stays as it is.
        """
        if not path:
            self.value = item
            return
        self.value = here = self._own_copy(self.value)
        for key in path[:-1]:
            here[key] = self._own_copy(here[key])
            here = here[key]
        here[path[-1]] = item

    def _own_copy(self, container: Json) -> Json:
        if id(container) in self._owned:
            return container
        copy = dict(container) if isinstance(container, dict) else list(container)
        self._owned.add(id(copy))
        # Held on to, so that no later container can have the same identity.
        self._copies.append(copy)
        return copy

    def repairs(self) -> tuple[Repair, ...]:
        """Return what was changed, each place once."""
        found = []
        for path, before in self._before.items():
            after = get(self.value, path)
            if after is MISSING or not same(before, after):
                found.append(Repair(join(*path), "kept-fact", before, after))
        return tuple(found)

    def begin(self) -> None:
        """Begin a round: what did not hold in the one before may do so now."""
        self._broken.clear()

    def refuse(self, path: Path, fact: Json) -> None:
        """Keep that a fact does not hold at a path."""
        self._broken[path] = fact

    def was_refused(self, path: Path) -> bool:
        """Whether a change there was tried in vain."""
        return path in self._refused

    def conflicts(self) -> tuple[FactConflict, ...]:
        """Return the places where a fact does not hold."""
        found = []
        for path, fact in list({**self._refused, **self._broken}.items())[:MAX_CONFLICTS]:
            here = get(self.value, path)
            if here is not MISSING and not same(here, fact):
                found.append(FactConflict(join(*path), fact, here))
        return tuple(found)
