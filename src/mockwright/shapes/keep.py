"""The answer keeps what the caller gave."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mockwright.errors import InputConflictError
from mockwright.shapes.coerce import coerce
from mockwright.shapes.edits import get, put, same
from mockwright.shapes.places import Path, Places
from mockwright.shapes.subschemas import Schema, join
from mockwright.shapes.validate import CompiledSchema, compile_schema
from mockwright.types import MISSING, Json, JsonObject, Missing, OnInputConflict, Repair, Violation


@dataclass(frozen=True, slots=True)
class Kept:
    """A value with the input's values in it."""

    value: Json
    repairs: tuple[Repair, ...]


def keep_input(
    value: Json, given: Json | Missing, schema: Schema, *, on_conflict: OnInputConflict
) -> Kept:
    """``value`` with the values of ``given`` wherever the shape names their place.

    Objects are matched by key, list items by ``id`` where both have one, else by position. Raises
    InputConflictError, with pointers into ``given``, where a given value breaks the schema and
    ``on_conflict`` is ``error``; with ``coerce`` it is rewritten, or left out where it cannot be.
    """
    if given is MISSING or given is None:
        return Kept(value, ())
    keeping = _Keeping(compile_schema(schema), value, on_conflict)
    keeping.keep(given, (), ())
    return Kept(keeping.value, tuple(keeping.repairs))


class _Keeping:
    """One answer, into which the input is laid."""

    def __init__(self, compiled: CompiledSchema, value: Json, on_conflict: OnInputConflict) -> None:
        self.compiled = compiled
        self.places = Places(compiled)
        self.value = value
        self.on_conflict = on_conflict
        self.repairs: list[Repair] = []

    def keep(self, given: Json, source: Path, target: Path) -> None:
        """Lay ``given``, which stands at ``source`` of the input, at ``target`` of the answer."""
        current = get(self.value, target)
        if isinstance(given, dict) and isinstance(current, dict):
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

    def _is_named(self, flat: Sequence[JsonObject], key: str) -> bool:
        return any(
            key in (schema.get("properties") or {}) or key in (schema.get("required") or ())
            for schema in flat
        )

    def _list(self, given: list[Json], current: list[Json], source: Path, target: Path) -> None:
        taken: set[int] = set()
        for i, item in enumerate(given):
            place = _place_of(item, i, current, taken)
            taken.add(place)
            length = len(self._at(target))
            if place < length:
                self.keep(item, (*source, i), (*target, place))
            elif self._has_room(target, length):
                self._lay(item, (*source, i), (*target, length))

    def _at(self, target: Path) -> Json:
        """What now stands at a place that is known to be there."""
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
            self._put(target, before, item)
            return
        if self.on_conflict == "error" and self._is_fault_of_input(faults):
            raise InputConflictError(
                [Violation(join(*source) + f.pointer, f.code, f.message) for f in faults]
            )
        mended = coerce(item, self.places.standalone(schemas))
        if not mended.violations or self.on_conflict == "error":
            self._put(target, before, mended.value if not mended.violations else item)

    def _is_fault_of_input(self, faults: Sequence[Violation]) -> bool:
        """A given object that is merely incomplete breaks nothing: the rest is made beside it."""
        return any(fault.code not in ("required", "minItems", "minProperties") for fault in faults)

    def _schemas(self, target: Path) -> list[Schema]:
        outer, key = target[:-1], target[-1]
        flat = self.places.flat(self.places.at(self.value, outer), get(self.value, outer))
        return self.places.children(flat, key)

    def _within_shape(self, given: Json, schemas: Sequence[Schema]) -> Json:
        """``given`` without the members that the shape does not name."""
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

    def _put(self, target: Path, before: Json | Missing, item: Json) -> None:
        if before is not MISSING and same(before, item):
            return
        self.value = put(self.value, target, item)
        self.repairs.append(Repair(join(*target), "kept-input", before, item))


def _place_of(item: Json, index: int, current: list[Json], taken: set[int]) -> int:
    """Where in ``current`` the given item belongs; past its end where it is none of them."""
    if isinstance(item, dict) and "id" in item:
        by_id = {
            other["id"]: i
            for i, other in enumerate(current)
            if isinstance(other, dict) and isinstance(other.get("id"), (str, int))
        }
        if isinstance(item["id"], (str, int)) and item["id"] in by_id:
            return by_id[item["id"]]
    free = [i for i in range(len(current)) if i not in taken]
    if index in free:
        return index
    return free[0] if free else len(current) + index
