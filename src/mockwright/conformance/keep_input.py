"""Keeping the input: the answer has the caller's own values in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count

from mockwright.conformance.coerce import coerce
from mockwright.conformance.overlay import id_of
from mockwright.errors import InputConflictError
from mockwright.schema.edit import get, same
from mockwright.schema.keywords import Schema, join
from mockwright.schema.locate import Path, ValueLocator
from mockwright.schema.validate import CompiledSchema, compile_schema
from mockwright.types import MISSING, Json, JsonObject, Missing, OnInputConflict, Repair, Violation


@dataclass(frozen=True, slots=True)
class KeptInput:
    """A value with the input's values in it."""

    value: Json
    repairs: tuple[Repair, ...]


def keep_input(
    value: Json, given: Json | Missing, schema: Schema, *, on_conflict: OnInputConflict
) -> KeptInput:
    """Return ``value`` with the values of ``given`` wherever the shape names their place.

    Objects are matched by key, list items by ``id`` where both have one, else by position. Raises
    :class:`InputConflictError`, with pointers into ``given``, where a given value breaks the schema
    and ``on_conflict`` is ``error``; with ``coerce`` it is rewritten, or left out where it cannot
    be.
    """
    if given is MISSING or given is None:
        return KeptInput(value, ())
    keeping = _Keeping(compile_schema(schema), value, on_conflict)
    keeping.keep(given, (), ())
    return KeptInput(keeping.value, tuple(keeping.repairs))


class _Keeping:
    """One answer, into which the input is laid."""

    def __init__(self, compiled: CompiledSchema, value: Json, on_conflict: OnInputConflict) -> None:
        self.compiled = compiled
        self.places = ValueLocator(compiled)
        self.value = value
        self.on_conflict = on_conflict
        self.repairs: list[Repair] = []
        self.own: set[Path] = set()
        """Paths of containers of ``value`` that are copies already."""

    def keep(self, given: Json, source: Path, target: Path) -> None:
        """Lay ``given``, which stands at ``source`` of the input, at ``target`` of the answer."""
        current = get(self.value, target)
        if self._is_fixed(target, current):
            # Its members have no place of their own: it is kept as a whole, or not at all.
            if source and not same(given, current):
                self._lay(given, source, target)
        elif isinstance(given, dict) and isinstance(current, dict):
            self._object(given, current, source, target)
        elif isinstance(given, list) and isinstance(current, list):
            self._list(given, current, source, target)
        elif (source or isinstance(given, (dict, list))) and not same(given, current):
            if not source:
                return
            self._lay(given, source, target)

    def _object(self, given: JsonObject, current: JsonObject, source: Path, target: Path) -> None:
        flat = self.places.flat(self.places.at(self.value, target), current)
        for key, item in given.items():
            if self._is_named(flat, key) or key in current:
                self.keep(item, (*source, key), (*target, key))

    def _is_fixed(self, target: Path, current: Json) -> bool:
        """Whether an object or a list is what the schema says it is, member by member."""
        if not isinstance(current, (dict, list)):
            return False
        flat = self.places.flat(self.places.at(self.value, target), current)
        return any("const" in schema or "enum" in schema for schema in flat)

    def _is_named(self, flat: Sequence[JsonObject], key: str) -> bool:
        """Whether a schema declares or requires a member."""
        return any(
            key in (schema.get("properties") or {}) or key in (schema.get("required") or ())
            for schema in flat
        )

    def _list(self, given: list[Json], current: list[Json], source: Path, target: Path) -> None:
        places = _match_items(given, current)
        for i, (item, place) in enumerate(zip(given, places, strict=True)):
            length = len(self._current(target))
            if place < length:
                self.keep(item, (*source, i), (*target, place))
            # In a list that is full further items of the input have no place.
            elif self._has_room(target, length):
                self._lay(item, (*source, i), (*target, length))
        self._drop_surplus(target, set(places))

    def _drop_surplus(self, target: Path, kept: set[int]) -> None:
        """Drop items made beside the input's, from the end: the input's list is the list."""
        items: list[Json] = self._current(target)
        spare = max(0, len(items) - max(len(kept), self._least_length(target)))
        surplus = [i for i in reversed(range(len(items))) if i not in kept][:spare]
        if surplus and target:
            gone = set(surplus)
            self._replace(target, items, [item for i, item in enumerate(items) if i not in gone])

    def _least_length(self, target: Path) -> int:
        flat = self.places.flat(self.places.at(self.value, target), get(self.value, target))
        return max((int(schema["minItems"]) for schema in flat if "minItems" in schema), default=0)

    def _current(self, target: Path) -> Json:
        """Return what now stands at a place that is known to be there."""
        return get(self.value, target)

    def _has_room(self, target: Path, length: int) -> bool:
        flat = self.places.flat(self.places.at(self.value, target), get(self.value, target))
        limits = [schema["maxItems"] for schema in flat if "maxItems" in schema]
        return all(length < limit for limit in limits)

    def _lay(self, given: Json, source: Path, target: Path) -> None:
        """Put a whole given value in place, unless the schema refuses it."""
        schemas = self._schemas(target)
        item = self._within_shape(given, schemas)
        before = get(self.value, target)
        faults = self.places.violations(schemas, item)
        if not faults:
            self._replace(target, before, item)
            return
        if self.on_conflict == "error" and self._is_fault_of_input(faults):
            raise InputConflictError(
                [Violation(join(*source) + f.pointer, f.code, f.message) for f in faults]
            )
        mended = coerce(item, self.places.standalone(schemas))
        # What is merely incomplete stays as it was given, and is filled later.
        if not mended.violations or self.on_conflict == "error":
            self._replace(target, before, mended.value if not mended.violations else item)

    def _is_fault_of_input(self, faults: Sequence[Violation]) -> bool:
        """Whether the given value breaks something; one that is merely incomplete does not."""
        return any(fault.code not in ("required", "minItems", "minProperties") for fault in faults)

    def _schemas(self, target: Path) -> list[Schema]:
        outer, key = target[:-1], target[-1]
        flat = self.places.flat(self.places.at(self.value, outer), get(self.value, outer))
        return self.places.children(flat, key)

    def _within_shape(self, given: Json, schemas: Sequence[Schema]) -> Json:
        """Return ``given`` without the members that the shape does not name."""
        flat = self.places.flat(schemas, given)
        if isinstance(given, dict) and any(schema.get("properties") for schema in flat):
            return {
                key: self._within_shape(item, self.places.children(flat, key))
                for key, item in given.items()
                if self._is_named(flat, key) or self.places.children(flat, key)
            }
        if isinstance(given, list):
            return [
                self._within_shape(item, self.places.children(flat, i))
                for i, item in enumerate(given)
            ]
        return given

    def _replace(self, target: Path, before: Json | Missing, item: Json) -> None:
        """Put an item in place and record that, unless it stands there already."""
        if before is not MISSING and same(before, item):
            return
        self._write_copied(target, item)
        self.repairs.append(Repair(join(*target), "kept-input", before, item))

    def _write_copied(self, target: Path, item: Json) -> None:
        """Write ``item``; each container on the way is copied once, however much is written."""
        if not target:
            self.value = item
            return
        for end in range(len(target)):
            if target[:end] not in self.own:
                self.own.add(target[:end])
                there = self._current(target[:end])
                copy = dict(there) if isinstance(there, dict) else list(there)
                self._write(target[:end], copy)
        self._write(target, item)
        self.own = {path for path in self.own if path[: len(target)] != target}

    def _write(self, target: Path, item: Json) -> None:
        if not target:
            self.value = item
            return
        container = self._current(target[:-1])
        if isinstance(container, list) and target[-1] == len(container):
            container.append(item)
        else:
            container[target[-1]] = item


def _match_items(given: list[Json], current: list[Json]) -> list[int]:
    """Return where in ``current`` each given item belongs.

    By ``id`` where both have one, else by position; further ones come past its end, in order.
    """
    by_id = {id_of(item): i for i, item in enumerate(current) if id_of(item) is not None}
    named = [by_id.pop(id_of(item), None) for item in given]
    taken = set(named)
    free = (i for i in count() if i not in taken)
    return [next(free) if place is None else place for place in named]
