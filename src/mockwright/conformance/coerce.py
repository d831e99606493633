"""Coercion: a value that breaks its schema is written the way the schema asks for.

Only what was said already is rewritten: nothing is invented here (that is ``fill``), and where a
change does not bring the value closer to its schema it is not made.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from mockwright.conformance import convert_scalar, match_keys
from mockwright.conformance.convert_type import allowed_types, fits_type, retypings
from mockwright.schema.edit import same
from mockwright.schema.keywords import Schema, join
from mockwright.schema.locate import Path, ValueLocator, matches
from mockwright.schema.types import is_number
from mockwright.schema.validate import CompiledSchema, compile_schema
from mockwright.types import MISSING, Json, JsonObject, Missing, Repair, Violation

_PASSES: Final = 3
"""The most passes over a value: a change of type may show faults inside."""
_LIMIT: Final = 100
"""The most violations that are looked at."""
_MAX_DEPTH: Final = 100
"""The most levels of a value that are rewritten."""
_OF_CONTAINER: Final = frozenset(
    [
        *("required", "additionalProperties", "unevaluatedProperties", "minProperties"),
        *("maxProperties", "dependentRequired", "propertyNames"),
        *("minItems", "maxItems", "uniqueItems", "contains"),
    ]
)
"""Faults of a container that hide none of its members' faults."""


@dataclass(frozen=True, slots=True)
class Coerced:
    """A value rewritten to fit its schema, as far as that goes."""

    value: Json
    repairs: tuple[Repair, ...]
    violations: tuple[Violation, ...]
    """What it still breaks."""


def coerce(value: Json, schema: Schema) -> Coerced:
    """Return ``value`` rewritten to fit ``schema``; the very same object if it fits already."""
    compiled = compile_schema(schema)
    broken = compiled.violations(value, _LIMIT)
    repairs: tuple[Repair, ...] = ()
    for _ in range(_PASSES):
        if not broken:
            break
        trial = _Coercion(compiled, broken)
        rewritten = trial.conform(value, [compiled.schema], ())
        remaining = compiled.violations(rewritten, _LIMIT)
        # A pass that changed nothing or made it worse is dropped, and ends the search.
        if not trial.repairs or _weight(remaining) > _weight(broken):
            break
        value, broken, repairs = rewritten, remaining, repairs + tuple(trial.repairs)
    return Coerced(value, repairs, broken)


def _weight(violations: Sequence[Violation]) -> float:
    """Return how bad violations are together.

    A fault high up hides those below it, a wrong type all of them: they count for more, so that a
    pass that uncovers smaller faults is still progress.
    """
    return sum(
        1 + (40 if violation.code == "type" else 8) / (1 + violation.pointer.count("/"))
        for violation in violations
    )


class _Coercion:
    """One pass over a value."""

    def __init__(self, compiled: CompiledSchema, broken: Sequence[Violation]) -> None:
        self.places = ValueLocator(compiled)
        self.repairs: list[Repair] = []
        self._above = {up for violation in broken for up in _ancestors(violation.pointer)}
        self._hiding = {v.pointer for v in broken if v.code not in _OF_CONTAINER}
        # As many as are looked at means that there may be more, anywhere.
        self._everywhere = len(broken) >= _LIMIT

    def conform(self, value: Json, schemas: Sequence[Schema], path: Path) -> Json:
        """Return ``value``, which stands at ``path``, rewritten to fit ``schemas``."""
        if len(path) > _MAX_DEPTH or not self._is_concerned(join(*path)):
            return value
        flat = self.places.flat(schemas, value)
        types = allowed_types(flat)
        if not fits_type(value, types):
            retyped = self._retype(value, types, flat, schemas)
            if retyped is MISSING:
                return value
            value = self._record(path, retyped[0], value, retyped[1])
            flat = self.places.flat(schemas, value)
        if isinstance(value, dict):
            return self._object(value, flat, path)
        if isinstance(value, list):
            return self._list(value, flat, path)
        return self._scalar(value, flat, path)

    def _is_concerned(self, pointer: str) -> bool:
        """Whether a fault lies at, above or below a place."""
        if self._everywhere or pointer in self._above:
            return True
        return any(up in self._hiding for up in _ancestors(pointer))

    def _record(self, path: Path, kind: str, before: Json | Missing, after: Json | Missing) -> Json:
        self.repairs.append(Repair(join(*path), kind, before, after))
        return after

    def _retype(
        self, value: Json, types: frozenset[str], flat: list[JsonObject], schemas: Sequence[Schema]
    ) -> tuple[str, Json] | Missing:
        """Return the kind of repair and the value of another type closest to the schemas."""
        best: tuple[str, Json] | Missing = MISSING
        least = float("inf")
        for kind, candidate in retypings(value, types, flat):
            distance = sum(self.places.distance(schema, candidate) for schema in schemas)
            if fits_type(candidate, types) and distance < least:
                best, least = (kind, candidate), distance
        return best

    def _object(self, value: JsonObject, flat: list[JsonObject], path: Path) -> Json:
        view = match_keys.Members(self.places, flat)
        unwrapped = view.unwrapped(value)
        if unwrapped is not MISSING:
            self._record(path, "unwrapped", value, unwrapped)
            value = unwrapped
            # The violations were located in the value as it was, before members moved.
            self._everywhere = True
        wrapped = view.wrapped(value)
        if wrapped is not MISSING:
            value = self._record(path, "wrapped", value, wrapped)
            self._everywhere = True
        value = self._rename_keys(value, view, path)
        result: JsonObject = {}
        for key, item in value.items():
            schemas = self.places.children(flat, key)
            # Models write null for what they leave out, also where a schema has no null.
            if item is None and key not in view.required and view.refuses_null(key, schemas):
                self._record((*path, key), "dropped", item, MISSING)
                continue
            if view.surplus(key):
                self._record((*path, key), "dropped", item, MISSING)
                continue
            result[key] = self.conform(item, schemas, (*path, key))
        return value if same(result, value) else result

    def _rename_keys(self, value: JsonObject, view: match_keys.Members, path: Path) -> JsonObject:
        names = view.renames(value)
        if not names:
            return value
        # What was judged so far does not hold for places that had another name.
        self._everywhere = True
        for old, new in names.items():
            self._record((*path, new), "renamed", old, new)
        return {names.get(key, key): item for key, item in value.items()}

    def _list(self, value: list[Json], flat: list[JsonObject], path: Path) -> Json:
        result = [
            self.conform(item, self.places.children(flat, i), (*path, i))
            for i, item in enumerate(value)
        ]
        if any(schema.get("uniqueItems") is True for schema in flat):
            result = self._drop_doubles(result, flat, path)
        limit = _lowest(flat, "maxItems")
        if limit is not None and len(result) > limit:
            shorter = result[: int(limit)]
            self._record(path, "cut", result, shorter)
            result = shorter
        return value if same(result, value) else result

    def _drop_doubles(self, items: list[Json], flat: list[JsonObject], path: Path) -> list[Json]:
        """Return a list without doubles, unless it would then be too short."""
        kept: list[Json] = []
        for item in items:
            # In Python 1 equals True.
            if not any(item == other and type(item) is type(other) for other in kept):
                kept.append(item)
        least = max((schema.get("minItems", 0) for schema in flat), default=0)
        if len(kept) == len(items) or len(kept) < least:
            return items
        self._record(path, "dropped", items, kept)
        return kept

    def _scalar(self, value: Json, flat: list[JsonObject], path: Path) -> Json:
        for adjust in _ADJUSTMENTS:
            changed = adjust(value, flat)
            if changed is not MISSING and not same(changed[1], value):
                value = self._record(path, changed[0], value, changed[1])
        return value


def _ancestors(pointer: str) -> list[str]:
    """Return the pointer itself and everything above it."""
    found = [pointer]
    while pointer:
        pointer = pointer.rpartition("/")[0]
        found.append(pointer)
    return found


_Adjusted = tuple[str, Json] | Missing
"""Kind of repair and new value; MISSING for no change."""


def _to_option(value: Json, flat: Sequence[JsonObject]) -> _Adjusted:
    """Return the option of an ``enum`` or ``const`` that was meant."""
    for schema in flat:
        options = schema.get("enum") if "enum" in schema else [schema.get("const", MISSING)]
        if not isinstance(options, list) or options == [MISSING] or value in options:
            continue
        meant = convert_scalar.near_miss(value, options)
        if meant is not MISSING:
            return "coerced", meant
    return MISSING


def _to_form(value: Json, flat: Sequence[JsonObject]) -> _Adjusted:
    """Return a text in its format or pattern, by rewriting alone."""
    if not isinstance(value, str):
        return MISSING
    for schema in flat:
        form, pattern = schema.get("format"), schema.get("pattern")
        if isinstance(form, str):
            judge = compile_schema({"type": "string", "format": form}).is_valid
            converted = MISSING if judge(value) else convert_scalar.to_format(value, form)
            if converted is not MISSING and judge(converted):
                return "coerced", converted
        if isinstance(pattern, str) and not matches(pattern, value):
            # White space, case and hyphens are what models get wrong without meaning another value.
            for variant in (value.strip(), value.upper(), value.lower(), value.replace(" ", "-")):
                if matches(pattern, variant):
                    return "coerced", variant
    return MISSING


def _to_length(value: Json, flat: Sequence[JsonObject]) -> _Adjusted:
    """Return a text cut to ``maxLength``, if it still fits its pattern."""
    limit = _lowest(flat, "maxLength")
    if not isinstance(value, str) or limit is None or len(value) <= limit:
        return MISSING
    shorter = convert_scalar.cut_text(value, int(limit))
    rules = [schema for schema in flat if "pattern" in schema or "format" in schema]
    fits = all(matches(rule["pattern"], shorter) for rule in rules if "pattern" in rule)
    return ("cut", shorter) if fits and not any("format" in rule for rule in rules) else MISSING


def _to_range(value: Json, flat: Sequence[JsonObject]) -> _Adjusted:
    """Return the nearest number in range: the last resort."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return MISSING
    clamped: float = value
    low, high = _highest(flat, "minimum"), _lowest(flat, "maximum")
    if low is not None and clamped < low:
        clamped = low
    if high is not None and clamped > high:
        clamped = high
    # Rounding to 12 digits takes away what binary fractions add: 0.1 * 3.
    step = next((schema["multipleOf"] for schema in flat if schema.get("multipleOf")), None)
    if step is not None and clamped == value:
        nearest = round(round(value / step) * step, 12) if abs(value / step) < 1e15 else value
        whole = isinstance(step, int) or float(nearest).is_integer()
        clamped = int(nearest) if whole and abs(nearest) < 2**53 else nearest
    return MISSING if clamped == value else ("clamped", clamped)


_ADJUSTMENTS: Final = (_to_option, _to_form, _to_length, _to_range)
"""The adjustments of a scalar, in the order in which they are tried."""


def _lowest(flat: Sequence[JsonObject], keyword: str) -> float | None:
    return min((schema[keyword] for schema in flat if _is_bound(schema, keyword)), default=None)


def _highest(flat: Sequence[JsonObject], keyword: str) -> float | None:
    return max((schema[keyword] for schema in flat if _is_bound(schema, keyword)), default=None)


def _is_bound(schema: JsonObject, keyword: str) -> bool:
    return is_number(schema.get(keyword))
