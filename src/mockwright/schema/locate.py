"""Which parts of a schema speak about which place of a value.

For repair, not for judging: where a schema leaves a choice (``anyOf``, ``oneOf``), the branch
closest to the value at hand is taken, since that is what was most likely meant.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, TypeAlias

from mockwright.errors import ShapeError
from mockwright.schema.keywords import Schema, map_subschemas, resolve_local
from mockwright.schema.validate import CompiledSchema, compile_schema
from mockwright.types import Json, JsonObject, Violation

Path: TypeAlias = tuple[str | int, ...]
"""Property names and list indexes that lead from a value to a place in it; ``()`` is the value."""

_MAX_HOPS: Final = 24
"""References and branches followed one after another: a schema may refer to itself."""
_MAX_BRANCHES: Final = 48
"""Branches of one choice that a value is compared with; each comparison is a validation."""
ROOT: Final = "x-root"
"""The keyword for the whole schema beside a part of it, where the part refers to other parts."""
REFERENCES: Final = ("$ref", "$dynamicRef", "$recursiveRef")
"""Keywords that hold a reference."""
_OLD_DRAFTS: Final = ("draft-04", "draft-06", "draft-07")
_WRONG_TYPE: Final = 40
"""What a value of another type weighs against a branch: more than a good number of small faults."""
_WEIGHTS: Final = {"const": 8, "enum": 6, "additionalProperties": 3, "unevaluatedProperties": 3}
"""What breaking a keyword weighs, where it is not 2: what tells branches apart weighs most."""


class ValueLocator:
    """One schema, and what it asks for at each place of a value."""

    def __init__(self, compiled: CompiledSchema) -> None:
        self.compiled = compiled
        self.old = any(name in compiled.draft for name in _OLD_DRAFTS)
        """Whether the draft is one in which ``$ref`` hides the keywords beside it."""
        self._retargeted: Schema | None = None
        self._standalone: dict[int, tuple[Schema, Schema]] = {}
        """By the schema's ``id()``: the schema, to tell that it is still the same object, and its
        copy.
        """
        self._closest: dict[tuple[int, int], tuple[Json, Json, Schema]] = {}
        """The closest branch, by the ``id()`` of the first branch and of the value; both kept to
        compare.
        """

    @property
    def root(self) -> Schema:
        """The whole schema."""
        return self.compiled.schema

    def standalone(self, schemas: Sequence[Schema]) -> Schema:
        """Return one schema that asks for all of ``schemas`` and can be compiled on its own."""
        if len(schemas) == 1:
            if schemas[0] is self.root:
                return self.root
            return self._standalone_copy(schemas[0])
        return self._with_root({"allOf": list(schemas)})

    def gathered(self, parts: Mapping[str, Sequence[Schema]]) -> JsonObject:
        """Return the schema of an object that has each of ``parts`` under its name, and no more."""
        properties = {
            name: schemas[0] if len(schemas) == 1 else {"allOf": list(schemas)} if schemas else {}
            for name, schemas in parts.items()
        }
        closed: JsonObject = {"type": "object", "properties": properties}
        return self._with_root(
            {**closed, "required": list(properties), "additionalProperties": False}
        )

    def _with_root(self, schema: JsonObject) -> JsonObject:
        """Return ``schema`` with its draft, and with the whole schema where it has references."""
        named = {"$schema": self.compiled.draft}
        if not _has_references(schema):
            return {**named, **schema}
        return {
            **named,
            **self._retarget(schema),
            "$schema": self.compiled.draft,
            ROOT: self._retargeted_root(),
        }

    def _standalone_copy(self, schema: Schema) -> Schema:
        known = self._standalone.get(id(schema))
        # An `id()` is used again once its object is gone.
        if known is not None and known[0] is schema:
            return known[1]
        alone = schema
        if isinstance(schema, dict):
            alone = self._with_root(schema)
        self._standalone[id(schema)] = (schema, alone)
        return alone

    def _retargeted_root(self) -> Schema:
        if self._retargeted is None:
            self._retargeted = self._retarget(self.root) if isinstance(self.root, dict) else True
        return self._retargeted

    def accepts(self, schemas: Iterable[Schema], value: Json) -> bool:
        """Whether ``value`` satisfies every one of ``schemas``; False where that cannot be told."""
        try:
            return all(
                schema is True
                or (
                    schema is not False
                    and compile_schema(self._standalone_copy(schema)).is_valid(value)
                )
                for schema in schemas
            )
        except ShapeError:
            return False

    def violations(self, schemas: Iterable[Schema], value: Json) -> tuple[Violation, ...]:
        """Return how ``value`` breaks ``schemas``: up to 30 violations for each."""
        found: list[Violation] = []
        for schema in schemas:
            if schema is True:
                continue
            try:
                found += compile_schema(self.standalone([schema])).violations(value, 30)
            except ShapeError:
                found.append(Violation("", "schema", "cannot be judged on its own"))
        return tuple(found)

    def flat(self, schemas: Iterable[Schema], value: Json, hops: int = 0) -> list[JsonObject]:
        """Return the schemas that apply to ``value``, references and choices resolved.

        ``hops`` is how many references and branches were followed to get here.
        """
        result: list[JsonObject] = []
        for schema in schemas:
            if isinstance(schema, dict) and hops < _MAX_HOPS:
                result += self._flattened(schema, value, hops + 1)
        return result

    def _flattened(self, schema: JsonObject, value: Json, hops: int) -> list[JsonObject]:
        result: list[JsonObject] = []
        for keyword in REFERENCES:
            target = self._resolve(schema.get(keyword))
            if target is not None:
                result += self.flat([target], value, hops)
        # In the old drafts a reference hides what stands beside it.
        if self.old and "$ref" in schema:
            return result
        result.append(schema)
        result += self.flat(_subschema_list(schema, "allOf"), value, hops)
        for keyword in ("anyOf", "oneOf"):
            branches = _subschema_list(schema, keyword)
            if branches:
                result += self.flat([self.closest(branches, value)], value, hops)
        result += self.flat(self._conditional_branches(schema, value), value, hops)
        return result

    def _resolve(self, ref: Json) -> Schema | None:
        if not isinstance(ref, str) or not isinstance(self.root, dict):
            return None
        return resolve_local(self.root, self._local_ref(ref))

    def _local_ref(self, ref: str) -> str:
        """Return a reference into the document by its own URI as one without it: ``#/...``."""
        base = self.root.get("$id", self.root.get("id")) if isinstance(self.root, dict) else None
        if isinstance(base, str) and base and ref.startswith(base.rstrip("#") + "#"):
            return ref[len(base.rstrip("#")) :]
        return ref

    def _retarget(self, schema: JsonObject) -> JsonObject:
        """Return ``schema`` with its references leading below the keyword ``ROOT``."""

        def change(part: Schema) -> Schema:
            return self._retarget(part) if isinstance(part, dict) else part

        copy = map_subschemas(schema, change)
        copy.pop("$schema", None)
        for keyword in REFERENCES:
            ref = self._local_ref(copy[keyword]) if isinstance(copy.get(keyword), str) else ""
            if ref == "#" or ref.startswith("#/"):
                copy[keyword] = f"#/{ROOT}{ref[1:]}"
        return copy

    def _conditional_branches(self, schema: JsonObject, value: Json) -> Iterator[Schema]:
        if "if" in schema and ("then" in schema or "else" in schema):
            branch = "then" if self.accepts([schema["if"]], value) else "else"
            if branch in schema:
                yield schema[branch]
        if isinstance(value, dict):
            for keyword in ("dependentSchemas", "dependencies"):
                held = schema.get(keyword)
                for name, dependent in held.items() if isinstance(held, dict) else ():
                    if name in value and isinstance(dependent, dict):
                        yield dependent

    def closest(self, branches: Sequence[Schema], value: Json) -> Schema:
        """Return the branch that ``value`` breaks least, of equally close ones the first."""
        key = (id(branches[0]), id(value))
        known = self._closest.get(key)
        if known is not None and known[0] is value and known[1] is branches[0]:
            return known[2]
        best, least = branches[0], float("inf")
        for branch in branches[:_MAX_BRANCHES]:
            distance = self.distance(branch, value)
            if distance < least:
                best, least = branch, distance
            if distance == 0:
                break
        self._closest[key] = (value, branches[0], best)
        return best

    def distance(self, schema: Schema, value: Json) -> float:
        """Return how badly ``value`` breaks ``schema``, from 0 (not at all) to infinity."""
        if schema is False:
            return float("inf")
        total = 0.0
        for violation in self.violations([schema], value):
            if violation.code == "type" and not violation.pointer:
                total += _WRONG_TYPE
            # A fault deep inside says less of whether this is the branch that was meant.
            depth = violation.pointer.count("/")
            total += _WEIGHTS.get(violation.code, 2) / (1 + depth)
        return total

    def children(self, flat: Sequence[JsonObject], key: str | int) -> list[Schema]:
        """Return the schemas for the member ``key`` of a value to which ``flat`` applies."""
        found: list[Schema] = []
        for schema in flat:
            found += (
                _item_schemas(schema, key)
                if isinstance(key, int)
                else _property_schemas(schema, key)
            )
        # A member is unevaluated where no other keyword has spoken of it.
        if not found:
            keyword = "unevaluatedItems" if isinstance(key, int) else "unevaluatedProperties"
            found = [schema[keyword] for schema in flat if isinstance(schema.get(keyword), dict)]
        return found

    def at(self, value: Json, path: Path) -> list[Schema]:
        """Return the schemas that apply to the place ``path`` in ``value``."""
        schemas: list[Schema] = [self.root]
        for key in path:
            schemas = self.children(self.flat(schemas, value), key)
            value = value[key]
        return schemas


def _subschema_list(schema: JsonObject, keyword: str) -> list[Schema]:
    held = schema.get(keyword)
    return held if isinstance(held, list) else []


def _property_schemas(schema: JsonObject, name: str) -> list[Schema]:
    found: list[Schema] = []
    declared = schema.get("properties")
    if isinstance(declared, dict) and name in declared:
        found.append(declared[name])
    patterns = schema.get("patternProperties")
    if isinstance(patterns, dict):
        found += [sub for pattern, sub in patterns.items() if matches(pattern, name)]
    if not found and isinstance(schema.get("additionalProperties"), dict):
        found.append(schema["additionalProperties"])
    return found


def _item_schemas(schema: JsonObject, index: int) -> list[Schema]:
    items = schema.get("items")
    tuple_form = schema.get("prefixItems", items if isinstance(items, list) else None)
    rest: Any = schema.get("additionalItems") if isinstance(items, list) else items
    if isinstance(tuple_form, list) and index < len(tuple_form):
        return [tuple_form[index]]
    return [rest] if isinstance(rest, (dict, bool)) else []


@lru_cache(maxsize=512)
def _pattern_judge(pattern: str) -> Callable[[Json], bool] | None:
    try:
        return compile_schema({"type": "string", "pattern": pattern}).is_valid
    except ShapeError:
        return None


def matches(pattern: str, text: str) -> bool:
    """Whether a schema's regular expression is found in ``text``; an unreadable one never is."""
    judge = _pattern_judge(pattern)
    return judge is not None and judge(text)


def _has_references(schema: Json) -> bool:
    if isinstance(schema, dict):
        return any(
            (key in REFERENCES and isinstance(item, str)) or _has_references(item)
            for key, item in schema.items()
        )
    return isinstance(schema, list) and any(map(_has_references, schema))
