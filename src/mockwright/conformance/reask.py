"""Asking a model again: for the parts of its answer that are broken, or for all of it.

What still breaks the schema or a rule after coercion is traced to the smallest places that mend it.
They are asked for in one batch: an object with one property a place, each under the part of the
schema that speaks about it. The answers are *grafted* onto the value, each only where it leaves no
more broken than before; what is still wrong then is the generator's to fill.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from mockwright.conformance.conform import keep_input
from mockwright.conformance.locate_violations import faults
from mockwright.conformance.match_keys import Members
from mockwright.conformance.verify import judged, quality
from mockwright.errors import ShapeError
from mockwright.schema.edit import get, path_of, put, same
from mockwright.schema.keywords import Schema, join, lookup, split
from mockwright.schema.locate import REFERENCES, ROOT, Path, ValueLocator
from mockwright.schema.validate import compile_schema
from mockwright.types import (
    MISSING,
    Candidate,
    Json,
    JsonObject,
    Missing,
    ReaskTarget,
    Repair,
    Task,
    Violation,
)

MAX_PLACES: Final = 24
"""The most places asked for at once; what is broken beyond them is filled."""
_MAX_FAULTS: Final = 100
_TOLD_FAULTS: Final = 4
"""The most faults of one place that a model is told."""
_TEXT_CHARS: Final = 120
"""The most characters of a text beside a place that a model is told."""
_MAX_BESIDE: Final = 16
"""The most values beside a place that a model is told."""
_DEFINITIONS: Final = frozenset({"$defs", "definitions"})
_ADDING: Final = frozenset({"required", "dependentRequired", "dependencies"})
"""Codes of violations that something missing would mend."""
# The "ö" of "größe", the space of "first name". Not "e-mail".
_UNFIT: Final = re.compile(r"[^A-Za-z0-9_.-]")
"""A character that not every provider takes in the name of a property."""


def reask(candidate: Candidate, task: Task) -> Task:
    """Return what to ask a model that answered ``task`` with ``candidate``.

    The whole of it, where nothing could be read, where the fault is the whole, and where no model
    wrote it.
    """
    parts = _reask_parts(candidate, task)
    if parts is not None:
        return parts
    unread = any(violation.code == "unreadable" for violation in candidate.remaining)
    previous = MISSING if unread else candidate.value
    return replace(task, previous=previous, violations=candidate.remaining)


def graft(best: Candidate, answer: Candidate, again: Task, task: Task) -> Candidate:
    """Return ``best`` with the places that ``answer`` mends, judged as an answer to ``task``.

    ``again`` is what :func:`reask` made of ``best``. Raises :class:`InputConflictError`.
    """
    value, remaining, repairs = best.value, best.remaining, best.repairs
    places = ValueLocator(compile_schema(task.schema))
    for place in again.places:
        new = get(answer.value, (place.key,))
        schemas = _schemas_of(places, value, place.path)
        if new is MISSING or schemas is None or not places.accepts(schemas, new):
            continue
        trial = put(value, place.path, new)
        left = judged(trial, task)
        if len(left) <= len(remaining):
            value, remaining = trial, left
            repairs += tuple(_record_repairs(place, new, answer.repairs))
    kept = keep_input(value, task.input, task.schema, on_conflict=task.on_input_conflict)
    repairs += kept.repairs
    return replace(
        best,
        value=kept.value,
        remaining=judged(kept.value, task),
        verdict=replace(best.verdict, quality=quality(kept.value, repairs, 0)),
        completions=best.completions + answer.completions,
        repairs=repairs,
    )


def _record_repairs(place: ReaskTarget, new: Json, repairs: Sequence[Repair]) -> Iterable[Repair]:
    """Yield the repairs of one place, with pointers into the whole value."""
    pointer, answered = join(*place.path), join(place.key)
    if place.now is MISSING or not same(place.now, new):
        yield Repair(pointer, "reasked", place.now, new)
    for repair in repairs:
        if repair.pointer == answered or repair.pointer.startswith(answered + "/"):
            yield replace(repair, pointer=pointer + repair.pointer.removeprefix(answered))


def _reask_parts(candidate: Candidate, task: Task) -> Task | None:
    """Return the re-ask of the broken places alone; None where the whole is asked for better."""
    value = candidate.value
    if not isinstance(value, (dict, list)) or not value:
        return None
    # The generator reads no prose, and cannot be told what is wrong.
    if any(completion.generated for completion in candidate.completions):
        return None
    places = ValueLocator(compile_schema(task.schema))
    broken = _broken_places(places, candidate, value)
    if not broken or () in broken:
        return None
    chosen = sorted(_outermost(broken), key=_document_order)
    asked = _targets(chosen[:MAX_PLACES], broken, value)
    parts = {place.key: _schemas_of(places, value, place.path) or [True] for place in asked}
    schema = _prune_definitions(places.gathered(parts))
    try:
        compile_schema(schema)
    except ShapeError:
        return None
    listed = tuple(
        Violation(join(*path), "", message) for path in broken for message in broken[path]
    )
    return replace(
        task, schema=schema, places=asked, previous=value, violations=listed or candidate.remaining
    )


def _broken_places(
    places: ValueLocator, candidate: Candidate, value: Json
) -> dict[Path, list[str]]:
    """Return the messages of each place that has to change, by its path."""
    rules = [violation for violation in candidate.remaining if violation.code == "rule"]
    broken: dict[Path, list[str]] = {}
    for fault in [*faults(places, value, _MAX_FAULTS), *rules]:
        missing = _missing_places(places, value, fault)
        for path in missing:
            broken[path] = ["it is missing"]
        if not missing:
            broken.setdefault(_mending_place(places, value, fault), []).append(fault.message)
    return broken


def _missing_places(places: ValueLocator, value: Json, fault: Violation) -> list[Path]:
    """Return the places that have to be there and are not, where that is the fault."""
    path = path_of(value, fault.pointer)
    found = get(value, path)
    if fault.code not in _ADDING or not isinstance(found, dict):
        return []
    flat = places.flat(places.at(value, path), found)
    added = [(*path, name) for name in Members(places, flat).wanted(found)]
    return [one for one in added if _schemas_of(places, value, one) is not None]


def _mending_place(places: ValueLocator, value: Json, fault: Violation) -> Path:
    """Return the smallest place, of those that are there, whose change mends the fault."""
    path = path_of(value, fault.pointer)
    while path and _schemas_of(places, value, path) is None:
        path = path[:-1]
    return path


def _schemas_of(places: ValueLocator, value: Json, path: Path) -> list[Schema] | None:
    """Return what is asked of a place, there already or not; None where nothing may stand there."""
    if not path:
        return [places.root]
    parent = get(value, path[:-1])
    if parent is MISSING:
        return None
    flat = places.flat(places.at(value, path[:-1]), parent)
    schemas = places.children(flat, path[-1])
    return None if False in schemas else schemas


def _outermost(paths: Iterable[Path]) -> list[Path]:
    """Return those of ``paths`` that lie inside no other."""
    all_paths = set(paths)
    return [p for p in all_paths if not any(p[:end] in all_paths for end in range(len(p)))]


def _document_order(path: Path) -> list[str]:
    return [f"{key:09}" if isinstance(key, int) else key for key in path]


def _targets(
    chosen: Sequence[Path], broken: dict[Path, list[str]], value: Json
) -> tuple[ReaskTarget, ...]:
    keys: set[str] = set()
    found: list[ReaskTarget] = []
    for path in chosen:
        key = _property_name(path, keys)
        keys.add(key)
        outer = path[:-1]
        messages = [m for p in broken if p[: len(path)] == path for m in broken[p]]
        # Neighbours are told once for all places of one container.
        beside: Json = None
        if not any(place.path[:-1] == outer for place in found):
            beside = _beside(get(value, outer), {p[-1] for p in chosen if p[:-1] == outer})
        told = tuple(dict.fromkeys(messages))[:_TOLD_FAULTS]
        found.append(ReaskTarget(key, path, get(value, path), beside, told))
    return tuple(found)


def _property_name(path: Path, taken: set[str]) -> str:
    """Return a property name for a place, after the place's own: it says what belongs there."""
    name = next((key for key in reversed(path) if isinstance(key, str)), "item")
    plain = _UNFIT.sub("_", name)[:48] or "item"
    numbered = [plain, *(f"{plain}_{n}" for n in range(2, MAX_PLACES + 1))]
    return next(key for key in numbered if key not in taken)


def _beside(parent: Json | Missing, asked: set[str | int]) -> Json:
    """Return the good scalars of a container; texts are cut to their start."""
    if isinstance(parent, dict):
        pairs = [(key, item) for key, item in parent.items() if key not in asked]
        return {str(key)[:_TEXT_CHARS]: _short(item) for key, item in _scalars(pairs)}
    if isinstance(parent, list):
        return [
            _short(item)
            for _, item in _scalars((i, x) for i, x in enumerate(parent) if i not in asked)
        ]
    return None


def _scalars(members: Iterable[tuple[str | int, Json]]) -> list[tuple[str | int, Json]]:
    scalars = [(key, item) for key, item in members if not isinstance(item, (dict, list))]
    return scalars[:_MAX_BESIDE]


def _short(item: Json) -> Json:
    return item[:_TEXT_CHARS] if isinstance(item, str) else item


def _prune_definitions(schema: JsonObject) -> JsonObject:
    """Return ``schema`` without the definitions that it does not use: a model has to read it."""
    if ROOT not in schema:
        return schema
    kept: dict[str, JsonObject] = {}
    waiting: list[Json] = [{key: part for key, part in schema.items() if key != ROOT}]
    seen: set[str] = set()
    while waiting:
        for ref in _references(waiting.pop()):
            tokens = split(ref)
            target = lookup(schema, ref[1:])
            if len(tokens) != 3 or tokens[1] not in _DEFINITIONS or target is MISSING:
                return schema
            if ref not in seen:
                seen.add(ref)
                kept.setdefault(tokens[1], {})[tokens[2]] = target
                waiting.append(target)
    return {**schema, ROOT: kept}


def _references(schema: Json) -> list[str]:
    """Return every reference in a schema, and whatever looks like one."""
    if isinstance(schema, list):
        return [ref for item in schema for ref in _references(item)]
    if not isinstance(schema, dict):
        return []
    own = [schema[keyword] for keyword in REFERENCES if isinstance(schema.get(keyword), str)]
    return own + [ref for item in schema.values() for ref in _references(item)]
