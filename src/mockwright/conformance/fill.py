"""Filling: what a value lacks or has wrong is made by the generator, in the smallest subtree.

Faults are mended where they are: a missing property is added alone, a bad leaf replaced alone.
Where that does not help, the value around it is made anew and everything of the old one that still
fits is *grafted* onto it, one place after another, each step judged by its schema. The last resort
is the whole value made anew, with the old one grafted on; that always ends valid.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from time import monotonic
from typing import Final

from mockwright import generator
from mockwright.conformance.locate_violations import faults
from mockwright.conformance.match_keys import Members
from mockwright.errors import ShapeError, UnsatisfiableError
from mockwright.generator.interfaces import Hints, Realist
from mockwright.schema.edit import count_leaves, get, path_of, put, same
from mockwright.schema.keywords import Schema, join
from mockwright.schema.locate import Path, ValueLocator
from mockwright.schema.validate import CompiledSchema, compile_schema
from mockwright.types import MISSING, Json, JsonObject, Missing, Repair, Violation

_ROUNDS: Final = 12
"""The most rounds of small mends."""
_FAULTS: Final = 40
"""The most faults that are mended in one round."""
_SECONDS: Final = 0.5
"""How long small mends are searched for; grafting has as much again."""


@dataclass(frozen=True, slots=True)
class Filled:
    """A value that conforms."""

    value: Json
    repairs: tuple[Repair, ...]
    filled: int
    """How many leaf values the generator made."""


def fill(
    value: Json, schema: Schema, *, seed: int, hints: Hints, realist: Realist | None = None
) -> Filled:
    """Return ``value`` with what breaks ``schema`` made by the generator.

    ``realist`` takes the place of the generator's own. Raises :class:`UnsatisfiableError` where no
    value conforms.
    """
    compiled = compile_schema(schema)
    if compiled.is_valid(value):
        return Filled(value, (), 0)
    mending = _Mending(compiled, seed, hints, realist)
    result = mending.mend(value)
    repairs = tuple(_differences(value, result, ()))
    made = sum(count_leaves(r.after) for r in repairs if r.after is not MISSING)
    return Filled(result, repairs, made)


class _Mending:
    """One value on its way to conform."""

    def __init__(
        self, compiled: CompiledSchema, seed: int, hints: Hints, realist: Realist | None
    ) -> None:
        self.compiled = compiled
        self.places = ValueLocator(compiled)
        self.seed = seed
        self.hints = hints
        self.realist = realist
        self.tried: dict[str, int] = {}
        self.deadline = monotonic() + _SECONDS

    def mend(self, value: Json) -> Json:
        """Return the conforming value."""
        for _ in range(_ROUNDS):
            if self.compiled.is_valid(value):
                return value
            if monotonic() > self.deadline:
                break
            before = value
            for violation in faults(self.places, value, _FAULTS):
                value = self._mend_fault(value, violation)
            if same(before, value):
                break
        if self.compiled.is_valid(value):
            return value
        return self._rebuild(value)

    def _mend_fault(self, value: Json, fault: Violation) -> Json:
        """Return ``value`` with one fault mended, one level further up each time it comes back."""
        path = path_of(value, fault.pointer)
        key = f"{fault.pointer} {fault.code}"
        tries = self.tried[key] = self.tried.get(key, 0) + 1
        if tries == 1:
            changed = self._smallest_change(value, path, fault)
            if changed is not MISSING:
                return changed
        # Two tries at the place itself, then each further one takes one more level.
        up = path[: max(0, len(path) - max(0, tries - 2))]
        return self._remake(value, up) if up or tries <= 2 else value

    def _smallest_change(self, value: Json, path: Path, fault: Violation) -> Json | Missing:
        """Return the value with the least change that may mend a fault; MISSING if none is."""
        place = get(value, path)
        schemas = self.places.at(value, path)
        flat = self.places.flat(schemas, place)
        if isinstance(place, dict):
            return self._small_in_object(value, path, place, flat)
        if isinstance(place, list):
            return self._small_in_list(value, path, place, flat, fault)
        return MISSING

    def _small_in_object(
        self, value: Json, path: Path, place: JsonObject, flat: list[JsonObject]
    ) -> Json | Missing:
        view = Members(self.places, flat)
        kept = {key: item for key, item in place.items() if not view.surplus(key)}
        missing = view.wanted(kept)
        most = min((schema.get("maxProperties", 1 << 30) for schema in flat), default=1 << 30)
        # Room for what is missing is made at the end, among what nobody requires.
        for key in [key for key in reversed(kept) if key not in view.required]:
            if len(kept) + len(missing) <= most:
                break
            del kept[key]
        least = max((schema.get("minProperties", 0) for schema in flat), default=0)
        if missing or len(kept) < least:
            kept |= self._make_members(self.places.at(value, path), flat, kept, missing, path)
        if same(kept, place):
            return MISSING
        return put(value, path, kept)

    def _make_members(
        self,
        schemas: Sequence[Schema],
        flat: list[JsonObject],
        given: JsonObject,
        missing: Sequence[str],
        path: Path,
    ) -> JsonObject:
        """Return the members ``missing``, made beside ``given`` so that they agree with it."""
        whole = self._make(schemas, path, given)
        made: JsonObject = {}
        for name in missing:
            wanted = self.places.children(flat, name)
            if (
                isinstance(whole, dict)
                and name in whole
                and self.places.accepts(wanted, whole[name])
            ):
                made[name] = whole[name]
            else:
                alone = self._make(wanted or [True], (*path, name), MISSING)
                if alone is not MISSING:
                    made[name] = alone
        if not missing and isinstance(whole, dict):
            made = {key: item for key, item in whole.items() if key not in given}
        return made

    def _small_in_list(
        self, value: Json, path: Path, place: list[Json], flat: list[JsonObject], fault: Violation
    ) -> Json | Missing:
        items = list(place)
        if fault.code == "uniqueItems":
            items = [x for i, x in enumerate(items) if not any(x == y for y in items[:i])]
        most = min((schema.get("maxItems", 1 << 30) for schema in flat), default=1 << 30)
        items = items[: int(most)]
        wanted = [schema["contains"] for schema in flat if "contains" in schema]
        if fault.code in ("contains", "minContains") and wanted:
            items.append(self._make(wanted, (*path, len(items)), MISSING))
        # A list that needs more is made anew as a whole, by the next try.
        least = int(min(200, max((schema.get("minItems", 0) for schema in flat), default=0)))
        if len(items) < least:
            # All at once first: they count up, and none is there twice.
            whole = self._make(self.places.at(value, path), path, items)
            items += whole[len(items) : least] if isinstance(whole, list) else []
        while len(items) < least:
            schemas = self.places.children(flat, len(items)) or [True]
            made = self._make(schemas, (*path, len(items)), MISSING)
            if made is MISSING or (fault.code == "uniqueItems" and made in items):
                return MISSING
            items.append(made)
        return MISSING if same(items, place) or MISSING in items else put(value, path, items)

    def _remake(self, value: Json, path: Path) -> Json:
        """Return ``value`` with what stands at ``path`` made anew, and the old grafted onto it."""
        schemas = self.places.at(value, path)
        old = get(value, path)
        new: Json | Missing = MISSING
        if path and isinstance(path[-1], str) and not isinstance(old, (dict, list)):
            new = self._leaf_among_neighbours(value, path, schemas)
        if new is MISSING:
            new = self._make(schemas, path, MISSING)
        if new is MISSING:
            return self._remake(value, path[:-1]) if path else value
        if isinstance(old, (dict, list)):
            new = self._graft(new, old, lambda trial: self.places.accepts(schemas, trial))
        return put(value, path, new)

    def _leaf_among_neighbours(
        self, value: Json, path: Path, schemas: Sequence[Schema]
    ) -> Json | Missing:
        """Return a new leaf that agrees with what stands beside it; MISSING if none was made."""
        outer, name = path[:-1], path[-1]
        parent = get(value, outer)
        if not isinstance(parent, dict):
            return MISSING
        rest = {key: item for key, item in parent.items() if key != name}
        whole = self._make(self.places.at(value, outer), outer, rest)
        made = whole.get(name, MISSING) if isinstance(whole, dict) else MISSING
        return made if made is not MISSING and self.places.accepts(schemas, made) else MISSING

    def _make(self, schemas: Sequence[Schema], path: Path, given: Json | Missing) -> Json | Missing:
        """Return a value for a part of the schema; MISSING where the part alone gives none.

        It is made under its name, or as an item of the list of that name: what it is called says
        what it should look like.
        """
        name = next((key for key in reversed(path) if isinstance(key, str)), None)
        if name is None:
            return self._try(self.places.standalone(schemas), path, given)
        item = isinstance(path[-1], int)
        if item:
            given = given if given is MISSING else [given]
            schemas = [{"type": "array", "items": _all_of(schemas), "minItems": 1, "maxItems": 1}]
        given = given if given is MISSING else {name: given}
        made = self._try(self.places.gathered({name: schemas}), path, given)
        if not isinstance(made, dict):
            return MISSING
        return made[name][0] if item else made[name]

    def _try(self, schema: Schema, path: Path, given: Json | Missing) -> Json | Missing:
        try:
            # A seed of its own for each place, or two names beside each other would be the same.
            return self._generate(schema, self.seed + sum(map(ord, join(*path))) * 7919, given)
        except (UnsatisfiableError, ShapeError):
            return MISSING

    def _generate(self, schema: Schema, seed: int, given: Json | Missing) -> Json:
        hints = replace(self.hints, given=given)
        return generator.generate(schema, seed=seed, hints=hints, realist=self.realist)

    def _rebuild(self, value: Json) -> Json:
        """Return the whole value made anew, with everything of the old one that fits."""
        new = self._make([self.compiled.schema], (), value)
        if new is MISSING:
            # Beside this value nothing was found that conforms; alone there may be.
            new = self._generate(self.compiled.schema, self.seed, MISSING)
        self.deadline = monotonic() + _SECONDS
        return self._graft(new, value, self.compiled.is_valid)

    def _graft(self, new: Json, old: Json, accepts: Callable[[Json], bool]) -> Json:
        """Return ``new``, which is accepted, with as much of ``old`` as ``accepts`` lets in."""
        if same(new, old):
            return new
        # The largest part that fits stays whole; only else are its members tried one by one.
        if accepts(old):
            return old
        if monotonic() > self.deadline:
            return new
        if isinstance(new, dict) and isinstance(old, dict):
            return self._graft_object(new, old, accepts)
        if isinstance(new, list) and isinstance(old, list):
            return self._graft_list(new, old, accepts)
        return new

    def _graft_object(
        self, new: JsonObject, old: JsonObject, accepts: Callable[[Json], bool]
    ) -> JsonObject:
        result = _in_order_of(new, old)
        for key in [key for key in new if key not in old]:
            # What the old value did without, the new one may do without too.
            trial = {name: item for name, item in result.items() if name != key}
            if accepts(trial):
                result = trial
        for key, item in old.items():
            if key in result:
                result = {
                    **result,
                    key: self._graft(result[key], item, _inside_of(result, key, accepts)),
                }
            elif accepts({**result, key: item}):
                result = {**result, key: item}
        return result

    def _graft_list(
        self, new: list[Json], old: list[Json], accepts: Callable[[Json], bool]
    ) -> list[Json]:
        result = new
        while len(result) > len(old) and accepts(result[:-1]):
            result = result[:-1]
        for i, item in enumerate(old):
            if i < len(result):
                grafted = self._graft(result[i], item, _inside_of(result, i, accepts))
                result = [*result[:i], grafted, *result[i + 1 :]]
            elif accepts([*result, item]):
                result = [*result, item]
        return result


def _all_of(schemas: Sequence[Schema]) -> Schema:
    return schemas[0] if len(schemas) == 1 else {"allOf": list(schemas)}


def _in_order_of(new: JsonObject, old: JsonObject) -> JsonObject:
    """Return ``new`` in the order in which ``old`` has its keys."""
    first = {key: new[key] for key in old if key in new}
    return first | {key: item for key, item in new.items() if key not in first}


def _inside_of(
    container: Json, key: str | int, accepts: Callable[[Json], bool]
) -> Callable[[Json], bool]:
    """Return the acceptance of an item, by that of its container."""
    return lambda item: accepts(put(container, (key,), item))


def _differences(before: Json, after: Json, path: Path) -> Iterator[Repair]:
    """Yield the places at which two values differ, no place inside another."""
    if same(before, after):
        return
    if isinstance(before, dict) and isinstance(after, dict) and after:
        for key in [*before, *(key for key in after if key not in before)]:
            old, new = before.get(key, MISSING), after.get(key, MISSING)
            yield from _difference(old, new, (*path, key))
    elif isinstance(before, list) and isinstance(after, list) and after:
        for i in range(max(len(before), len(after))):
            old = before[i] if i < len(before) else MISSING
            new = after[i] if i < len(after) else MISSING
            yield from _difference(old, new, (*path, i))
    else:
        yield Repair(join(*path), "filled", before, after)


def _difference(old: Json | Missing, new: Json | Missing, path: Path) -> Iterator[Repair]:
    if new is MISSING:
        yield Repair(join(*path), "dropped", old, MISSING)
    elif old is MISSING:
        yield Repair(join(*path), "filled", MISSING, new)
    else:
        yield from _differences(old, new, path)
