"""Keys of an object: those missing, those too many, those meant by another name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import orjson

from mockwright.conformance.convert_scalar import bound_for, edits, fold, near_name
from mockwright.schema.keywords import Schema
from mockwright.schema.locate import ValueLocator, matches
from mockwright.types import MISSING, Json, JsonObject, Missing

_ENVELOPES: Final = frozenset(
    [
        *("answer", "arguments", "args", "body", "content", "data", "input", "item", "items"),
        *("json", "object", "output", "parameters", "payload", "properties", "record", "records"),
        *("response", "result", "results", "value"),
    ]
)
"""Keys, in lower case, under which models put an answer that was asked for bare."""
_MAX_ENVELOPES: Final = 3
"""The most envelopes inside each other."""


class Members:
    """What the schemas ``flat`` say of an object's keys."""

    def __init__(self, places: ValueLocator, flat: Sequence[JsonObject]) -> None:
        self.places = places
        self.flat = flat
        self.declared = _declared(flat)
        self.required = required(flat)

    def surplus(self, key: str) -> bool:
        """Whether a closed object has no room for ``key``."""
        for schema in self.flat:
            if schema.get("additionalProperties") is False and not _declares(schema, key):
                return True
            names = schema.get("propertyNames")
            if names is not None and not self.places.accepts([names], key):
                return True
        closed = any(schema.get("unevaluatedProperties") is False for schema in self.flat)
        if closed and not any(_declares(s, key) or "additionalProperties" in s for s in self.flat):
            return True
        return any(self.places.children(self.flat, key)[i] is False for i in self._refusals(key))

    def _refusals(self, key: str) -> list[int]:
        schemas = self.places.children(self.flat, key)
        return [i for i, schema in enumerate(schemas) if schema is False]

    def refuses_null(self, key: str, schemas: Sequence[Schema]) -> bool:
        """Whether ``key`` is declared and may not be null."""
        return key in self.declared and not self.places.accepts(schemas, None)

    def wanted(self, value: JsonObject) -> list[str]:
        """Return the names that ``value`` has to have and has not."""
        names = [name for name in self.declared if name in self.required]
        for schema in self.flat:
            for keyword in ("dependentRequired", "dependencies"):
                held = schema.get(keyword)
                for name, listed in held.items() if isinstance(held, dict) else ():
                    if name in value and isinstance(listed, list):
                        names += listed
        return [name for name in dict.fromkeys(names) if name not in value]

    def renames(self, value: JsonObject) -> dict[str, str]:
        """Return, by key of ``value``, the declared name that is missing and meant by it."""
        missing = [name for name in self.declared if name not in value]
        spare = [key for key in value if key not in self.declared and not self._is_named(key)]
        if not missing or not spare:
            return {}
        # Required names first: one that is optional may well be left out.
        missing.sort(key=lambda name: name not in self.required)
        renames = self._same_letters(missing, spare)
        rest = [name for name in missing if name not in renames.values()]
        for key in spare:
            if key in renames:
                continue
            # A key that cannot stay may mean any missing name; one that may stay only a required
            # one.
            wanted = rest if self.surplus(key) else [n for n in rest if n in self.required]
            meant = near_name(fold(key), wanted)
            if meant is not MISSING and not _has_rival(key, meant, spare):
                renames[key] = meant
                rest.remove(meant)
        return renames

    def _same_letters(self, missing: Sequence[str], spare: Sequence[str]) -> dict[str, str]:
        """Return renames between names of the same letters, then of the same stem."""
        by_letters: dict[str, str] = {}
        for name in missing:
            by_letters.setdefault(fold(name), name)
        renames: dict[str, str] = {}
        for key in spare:
            meant = by_letters.pop(fold(key), None) if fold(key) else None
            if meant is not None:
                renames[key] = meant
        by_stem = {_stem(name): name for name in by_letters.values()}
        for key in [key for key in spare if key not in renames]:
            # Stems of one or two letters are alike by chance.
            meant = by_stem.pop(_stem(key), None) if len(_stem(key)) > 2 else None
            if meant is not None:
                renames[key] = meant
        return renames

    def _is_named(self, key: str) -> bool:
        return any(_declares(schema, key) for schema in self.flat)

    def unwrapped(self, value: JsonObject) -> JsonObject | Missing:
        """Return the object inside an envelope like ``{"data": {...}}`` that nobody asked for."""
        if not value or any(key in self.declared for key in value):
            return MISSING
        lacking = self._count_missing(value)
        if not lacking and not all(self.surplus(key) for key in value):
            return MISSING
        inner = value
        for _ in range(_MAX_ENVELOPES):
            inside = _envelope_content(inner)
            if inside is None:
                return MISSING
            inner = inside
            named = any(key in self.declared for key in inner)
            # Inside there must be more of what is asked for than outside.
            if self._count_missing(inner) < lacking or (not lacking and named):
                return inner
        return MISSING

    def wrapped(self, value: JsonObject) -> JsonObject | Missing:
        """Return ``value`` under the one property that was left out around it."""
        if not value or any(key in self.declared for key in value):
            return MISSING
        names = self.required or self.declared
        found = [form for name in names if (form := self._wrapped_as(name, value)) is not MISSING]
        return found[0] if len(found) == 1 and self.required else MISSING

    def _wrapped_as(self, name: str, value: JsonObject) -> JsonObject | Missing:
        """Return ``value`` as the property ``name``, or as the only item of a list there."""
        schemas = self.places.children(self.flat, name)
        for form in (value, [value]):
            flat = self.places.flat(schemas, form)
            kinds = [schema.get("type") for schema in flat]
            inside = {key for schema in flat for key in schema.get("properties", {})}
            if isinstance(form, list):
                items = self.places.flat(self.places.children(flat, 0), value)
                inside = {key for schema in items for key in schema.get("properties", {})}
            wanted = "array" if isinstance(form, list) else "object"
            # More than half of the keys must be known there, or it is a guess.
            if wanted in kinds and len(inside & value.keys()) * 2 > len(value):
                return {name: form}
        return MISSING

    def _count_missing(self, value: JsonObject) -> int:
        return sum(name not in value for name in self.required)


def _envelope_content(value: JsonObject) -> JsonObject | None:
    """Return what an envelope holds, if it is one; also where that was written as a text."""
    named = [item for key, item in value.items() if len(value) == 1 or key.lower() in _ENVELOPES]
    read = [_parse_object(item) if isinstance(item, str) else item for item in named]
    objects = [item for item in read if isinstance(item, dict)]
    return objects[0] if len(objects) == 1 else None


def _parse_object(text: str) -> Json:
    try:
        return orjson.loads(text) if text.lstrip()[:1] == "{" else None
    except orjson.JSONDecodeError:
        return None


def _stem(name: str) -> str:
    """Return a name without its plural: ``users`` as ``user``, ``categories`` as ``category``."""
    folded = fold(name)
    return folded[:-3] + "y" if folded.endswith("ies") else folded.removesuffix("s")


def _has_rival(key: str, meant: str, spare: Sequence[str]) -> bool:
    """Whether another key could just as well be ``meant``."""
    bound = bound_for(fold(key))
    others = (fold(other) for other in spare if other != key)
    return any(edits(other, fold(meant), bound) <= bound for other in others)


def required(flat: Sequence[JsonObject]) -> frozenset[str]:
    """Return the names that one of ``flat`` requires."""
    names: set[str] = set()
    for schema in flat:
        listed = schema.get("required")
        names.update(name for name in (listed if isinstance(listed, list) else ()))
    return frozenset(names)


def list_names(flat: Sequence[JsonObject]) -> list[str]:
    """Return the properties that a bare list may belong to: required ones, or the only one."""
    wanted = required(flat)
    names = [
        name
        for schema in flat
        for name, sub in (schema.get("properties") or {}).items()
        if isinstance(sub, dict) and (sub.get("type", "array") == "array" or "items" in sub)
    ]
    return [name for name in names if name in wanted] or (names if len(names) == 1 else [])


def _declared(flat: Sequence[JsonObject]) -> dict[str, None]:
    names: dict[str, None] = {}
    for schema in flat:
        declared = schema.get("properties")
        names.update(dict.fromkeys(declared if isinstance(declared, dict) else ()))
        listed = schema.get("required")
        names.update(dict.fromkeys(listed if isinstance(listed, list) else ()))
    return names


def _declares(schema: JsonObject, key: str) -> bool:
    """Whether a schema declares a key, by its name or by a pattern."""
    declared, patterns = schema.get("properties"), schema.get("patternProperties")
    if isinstance(declared, dict) and key in declared:
        return True
    return isinstance(patterns, dict) and any(matches(pattern, key) for pattern in patterns)
