"""Overlays: laying one value over another, and taking places out of one.

Objects are united. The items of lists are matched by ``id`` where both have one, else by position;
what has no match is appended. Anywhere else the later value wins. No input is ever changed; what
did not change is shared with it.

The same for schemas is in ``schema/combine.py``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from mockwright.schema.combine import grow, nest
from mockwright.schema.edit import same
from mockwright.schema.keywords import join
from mockwright.types import MISSING, Json, JsonObject, Missing

__all__ = [
    "Overlaid",
    "OverlayConflict",
    "grow",
    "nest",
    "overlay",
    "places",
    "put_into",
    "without",
]

MAX_CONFLICTS: Final = 100
"""The most conflicts that are kept."""

Path: TypeAlias = tuple[str | int, ...]
"""Names and positions that lead to a value."""
ANY: Final = "*"
"""The step of a pattern that means every item of a list or member of an object."""


@dataclass(frozen=True, slots=True)
class OverlayConflict:
    """A place where the two values said something different."""

    pointer: str
    """A JSON Pointer into the united value."""
    before: Json
    after: Json


@dataclass(frozen=True, slots=True)
class Overlaid:
    """Two values as one."""

    value: Json
    """:data:`MISSING` only where both were."""
    conflicts: tuple[OverlayConflict, ...] = ()
    """The first hundred, in document order."""


def overlay(base: Json | Missing, other: Json | Missing) -> Overlaid:
    """Return ``other`` laid over ``base``."""
    if base is MISSING or other is MISSING:
        return Overlaid(base if other is MISSING else other)
    layer = _Layer()
    return Overlaid(layer.over(base, other, ()), tuple(layer.conflicts))


def put_into(value: Json | Missing, path: Sequence[str], part: Json) -> Json:
    """Return ``value`` with ``part`` laid over what stands under the object keys of ``path``.

    What on the way is no object gives way to one.
    """
    for name in reversed(path):
        part = {name: part}
    return overlay(value, part).value


def without(value: Json, paths: Sequence[Path]) -> Json | Missing:
    """Return ``value`` without the places ``paths`` name; MISSING where ``()`` names it all.

    Items of lists stay where they are, since their index is what else names them: a list item that
    is named becomes an empty object or an empty list, and stays as it is where it is a scalar.
    """
    if not all(paths):
        return MISSING
    if isinstance(value, dict) and paths:
        return _without_members(value, paths)
    if isinstance(value, list) and paths:
        return _without_items(value, paths)
    return value


def places(value: Json, paths: Sequence[Path]) -> list[Path]:
    """Return the paths in ``value`` that the patterns name, each once, pattern by pattern."""
    return list(dict.fromkeys(found for path in paths for found in _expand(value, path, ())))


@dataclass(slots=True)
class _Layer:
    """One overlay, which collects its conflicts."""

    conflicts: list[OverlayConflict] = field(default_factory=list)

    def over(self, base: Json, other: Json, path: Path) -> Json:
        if isinstance(base, dict) and isinstance(other, dict):
            return self._objects(base, other, path)
        if isinstance(base, list) and isinstance(other, list):
            return self._lists(base, other, path)
        if not same(base, other) and len(self.conflicts) < MAX_CONFLICTS:
            self.conflicts.append(OverlayConflict(join(*path), base, other))
        return other

    def _objects(self, base: JsonObject, other: JsonObject, path: Path) -> JsonObject:
        united = dict(base)
        for name, item in other.items():
            united[name] = self.over(base[name], item, (*path, name)) if name in base else item
        return united

    def _lists(self, base: list[Json], other: list[Json], path: Path) -> list[Json]:
        united = list(base)
        for item, i in zip(other, _match_items(base, other), strict=True):
            if i is None:
                united.append(item)
            else:
                united[i] = self.over(base[i], item, (*path, i))
        return united


def _match_items(base: list[Json], other: list[Json]) -> list[int | None]:
    """Return for each item of ``other`` the index in ``base`` it belongs to, no index twice."""
    by_id: dict[str | int, list[int]] = {}
    for i, item in reversed(list(enumerate(base))):
        if (name := id_of(item)) is not None:
            by_id.setdefault(name, []).append(i)
    found: list[int | None] = [
        by_id[name].pop() if (name := id_of(item)) is not None and by_id.get(name) else None
        for item in other
    ]
    taken = set(found)
    for i, item in enumerate(other):
        free = found[i] is None and i < len(base) and i not in taken
        # Two with different ids are different things, wherever they stand.
        if free and (id_of(item) is None or id_of(base[i]) is None):
            found[i] = i
    return found


def id_of(item: Json) -> str | int | None:
    """Return what items of lists are told apart by; None where they have no id."""
    found = item.get("id") if isinstance(item, dict) else None
    return found if isinstance(found, (str, int)) and not isinstance(found, bool) else None


def _below(paths: Sequence[Path], step: str | int) -> list[Path]:
    """Return the rest of those ``paths`` that begin with ``step``."""
    return [path[1:] for path in paths if path[0] in (step, ANY)]


def _without_members(value: JsonObject, paths: Sequence[Path]) -> JsonObject:
    left = {name: without(item, _below(paths, name)) for name, item in value.items()}
    if all(left[name] is item for name, item in value.items()):
        return value
    return {name: item for name, item in left.items() if item is not MISSING}


def _without_items(value: list[Json], paths: Sequence[Path]) -> list[Json]:
    left = [_without_or_empty(item, _below(paths, i)) for i, item in enumerate(value)]
    return left if any(a is not b for a, b in zip(left, value, strict=True)) else value


def _without_or_empty(item: Json, paths: Sequence[Path]) -> Json:
    left = without(item, paths)
    if left is not MISSING:
        return left
    return type(item)() if isinstance(item, (dict, list)) else item


def _expand(value: Json, pattern: Path, done: Path) -> Iterator[Path]:
    """Yield the paths in ``value`` that one pattern names."""
    if not pattern:
        yield done
        return
    steps: Iterator[str | int] = iter(())
    if isinstance(value, dict):
        steps = (name for name in value if pattern[0] in (name, ANY))
    elif isinstance(value, list):
        steps = (i for i in range(len(value)) if pattern[0] in (i, ANY))
    for step in steps:
        yield from _expand(value[step], pattern[1:], (*done, step))
