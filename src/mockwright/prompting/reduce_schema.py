"""Reducing a JSON Schema to the part that a server's constrained mode takes, and the way back.

The reduced schema only steers a model: what comes back is judged against the full schema. It may be
tighter (a bound on a list without one) or looser (what the mode has no words for; ``dropped`` names
it, so that the prompt can say it).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

import orjson

from mockwright import jsontext
from mockwright.prompting.dialects import SUBSETS, Dialect, Subset
from mockwright.prompting.regex_subset import FORMAT_PATTERNS, grammar_pattern
from mockwright.prompting.restore_nulls import without_nulls
from mockwright.schema.keywords import Schema, resolve_local
from mockwright.schema.merge import merge
from mockwright.schema.types import (
    ASKING,
    KEYWORD_TYPES,
    SCALARS,
    STRUCTURE,
    integer_bounds,
    kinds_of,
    or_null,
    strict_bounds,
    types_of,
)
from mockwright.types import Json, JsonObject

__all__ = ["Dialect", "Reduced", "reduce_schema"]

_MOST_REPEATS: Final = 1_000
"""Repetitions in a grammar; llama.cpp refuses thousands of them."""
_MAX_STEPS: Final = 50_000
"""Schemas that are reduced; references in references can unfold to more than any memory holds."""
_MAX_LEVEL: Final = 100
"""Schemas within schemas; the walk is recursive."""
_IGNORES_SIBLINGS: Final = ("draft-04", "draft-06", "draft-07")
"""Drafts in which nothing beside ``$ref`` counts."""


@dataclass(frozen=True, slots=True)
class Reduced:
    """A schema to send, and how to read what comes back."""

    schema: JsonObject | bool
    restore: Callable[[Json], Json]
    """Turns a value of ``schema`` into a value of the full schema, as far as ``schema`` tells."""
    dropped: tuple[str, ...] = ()
    """Keywords of the full schema that ``schema`` does not, or not wholly, ask for."""
    wrapped: bool = False
    """Whether the value stands under ``value`` in an object, because the root has to be one."""


def reduce_schema(schema: Schema, dialect: Dialect) -> Reduced:
    """Return ``schema`` as far as ``dialect`` takes it; ``plain`` takes it as it is."""
    if dialect == "plain":
        return Reduced(schema, _unchanged)
    return _reduce(jsontext.dump(schema), dialect)


@lru_cache(maxsize=256)
def _reduce(text: bytes, dialect: Dialect) -> Reduced:
    schema = _load(text)
    subset = SUBSETS[dialect]
    reducer = _Reducer(schema if isinstance(schema, dict) else {}, subset)
    result = reducer.node(schema, 0) or {"type": list(SCALARS)}
    wrapped = subset.object_root and result.get("type") != "object"
    if wrapped:
        result = _closed_object({"value": result})
    if reducer.finish():
        result["$defs"] = reducer.defs
    restore = _restorer(schema, wrapped) if subset.object_root else _unchanged
    return Reduced(result, restore, tuple(sorted(reducer.dropped)), wrapped)


def _load(text: bytes) -> Schema:
    schema: Schema = orjson.loads(text)
    return schema


def _unchanged(value: Json) -> Json:
    return value


def _restorer(schema: Schema, wrapped: bool) -> Callable[[Json], Json]:
    def restore(value: Json) -> Json:
        if wrapped and isinstance(value, dict) and value.keys() == {"value"}:
            value = value["value"]
        return without_nulls(value, schema)

    return restore


def _closed_object(properties: JsonObject, required: list[str] | None = None) -> JsonObject:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties) if required is None else required,
        "additionalProperties": False,
    }


@dataclass(slots=True)
class _Reducer:
    """Reduces the parts of one schema; what they no longer say is noted in ``dropped``."""

    root: JsonObject
    subset: Subset
    dropped: set[str] = field(default_factory=set)
    """Keywords that were left out, and ``size``, ``depth`` and ``properties`` for what was too
    much.
    """
    defs: JsonObject = field(default_factory=dict)
    _names: dict[str, str] = field(default_factory=dict)
    """The name under ``$defs`` of each reference."""
    _properties: int = 0
    _enums: int = 0
    _text: int = 0
    _steps: int = 0
    _level: int = 0

    def node(self, schema: Schema, depth: int) -> JsonObject | None:
        """Return the reduced form, or None where nothing is allowed or it is too deep to say."""
        self._level += 1
        try:
            return self._reduced_node(True if self._level > _MAX_LEVEL else schema, depth)
        finally:
            self._level -= 1

    def _reduced_node(self, schema: Schema, depth: int) -> JsonObject | None:
        flat = self._fold(schema, frozenset())
        if flat is False:
            return None
        if flat is True or self._spent():
            # Anything goes; of all there is, a scalar takes the fewest tokens.
            return {"type": list(SCALARS)}
        if "$ref" in flat:
            return {"$ref": f"#/$defs/{self._definition_name(flat['$ref'])}"}
        self.dropped |= set(flat) - STRUCTURE - set().union(*KEYWORD_TYPES.values())
        for keyword in ("oneOf", "anyOf"):
            if keyword in flat:
                return self._choice(flat, keyword, depth)
        if "const" in flat or "enum" in flat:
            return self._enum(flat, [flat["const"]] if "const" in flat else flat["enum"], depth)
        return self._reduce_types(flat, types_of(flat), depth)

    def _spent(self) -> bool:
        """Whether the schema unfolds to more than is worth sending."""
        self._steps += 1
        if self._steps > _MAX_STEPS:
            self.dropped.add("size")
        return self._steps > _MAX_STEPS

    def finish(self) -> bool:
        """Reduce what the references name, and return whether there were any."""
        while todo := [ref for ref, name in self._names.items() if name not in self.defs]:
            for ref in todo:
                # It may refer to itself: the name has to be taken before it is known what it means.
                self.defs[self._names[ref]] = {}
                target = resolve_local(self.root, ref)
                reduced = self.node(True if target is None else target, 1)
                self.defs[self._names[ref]] = reduced or {"type": list(SCALARS)}
        return bool(self.defs)

    def _definition_name(self, ref: str) -> str:
        """Return the name of a reference under ``$defs``: its last token, numbered if taken."""
        if ref not in self._names:
            base = re.sub(r"[^A-Za-z0-9]+", "_", ref.rpartition("/")[2])[:40].strip("_") or "root"
            taken = set(self._names.values())
            names = [base, *(f"{base}_{i}" for i in range(2, len(taken) + 3))]
            self._names[ref] = next(name for name in names if name not in taken)
        return self._names[ref]

    def _fold(self, schema: Schema, seen: frozenset[str]) -> Schema:
        """Return the schema with ``allOf`` and references that have siblings merged into it.

        A reference that stands alone stays one.
        """
        if not isinstance(schema, dict) or self._spent():
            return schema if isinstance(schema, bool) else {}
        result: Schema = {k: v for k, v in schema.items() if k not in ("$ref", "allOf")}
        if "$ref" in schema:
            asked = {k: v for k, v in schema.items() if k in ASKING and k != "$ref"}
            # Notes beside a reference are no reason to write out what it leads to.
            siblings = asked and not self._old_draft()
            target = resolve_local(self.root, schema["$ref"])
            if target is not None and not siblings:
                return target if isinstance(target, bool) else {"$ref": schema["$ref"]}
            result = self._inline(result, schema["$ref"], seen)
        branches = schema.get("allOf", [])
        for branch in branches if isinstance(branches, list) else ():
            flat = self._fold(branch, seen)
            if isinstance(flat, dict) and "$ref" in flat:
                result = self._inline(result, flat["$ref"], seen)
            else:
                result = merge(result, flat, self.dropped)
        return result

    def _inline(self, schema: Schema, ref: Json, seen: frozenset[str]) -> Schema:
        """Merge what ``ref`` leads to into ``schema``; a circle of references is dropped."""
        target = resolve_local(self.root, ref)
        if target is None or ref in seen or len(seen) > 20:
            self.dropped.add("$ref")
            return schema
        flat = self._fold(target, seen | {ref})
        if isinstance(flat, dict) and "$ref" in flat:
            return self._inline(schema, flat["$ref"], seen | {ref})
        return merge(schema, flat, self.dropped)

    def _old_draft(self) -> bool:
        return any(draft in str(self.root.get("$schema")) for draft in _IGNORES_SIBLINGS)

    def _choice(self, flat: JsonObject, keyword: str, depth: int) -> JsonObject | None:
        """Return an ``anyOf`` of the branches, each merged with what stands beside the choice."""
        base: Schema = {k: v for k, v in flat.items() if k != keyword}
        # Notes beside a choice need not go into each of its branches.
        asks = any(key in ASKING for key in flat if key != keyword)
        if keyword == "oneOf":
            # That no second branch matches is not said any more.
            self.dropped.add("oneOf")
        found: list[JsonObject] = []
        for branch in flat[keyword]:
            merged = self._fold(branch, frozenset())
            if asks and isinstance(merged, dict) and "$ref" in merged:
                merged = self._inline(base, merged["$ref"], frozenset())
            elif asks:
                merged = merge(base, merged, self.dropped)
            reduced = self.node(merged, depth)
            options = reduced.get("anyOf", [reduced]) if reduced else []
            found += [option for option in options if option not in found]
        if len(found) <= 1:
            return found[0] if found else None
        return {"anyOf": found}

    def _enum(self, flat: JsonObject, values: list[Json], depth: int) -> JsonObject | None:
        values = [value for value in values if not isinstance(value, (dict, list))] or values
        weight = sum(len(value) for value in values if isinstance(value, str))
        fits = (
            self._enums + len(values) <= self.subset.max_enum
            and self._text + weight <= self.subset.max_text
        )
        if not fits or not values:
            self.dropped.add("enum")
            rest = {k: v for k, v in flat.items() if k not in ("enum", "const")}
            return self._reduce_types(
                rest, types_of(flat) if "type" in flat else kinds_of(values), depth
            )
        self._enums += len(values)
        self._text += weight
        kinds = kinds_of(values)
        return self._described(
            flat, {"type": kinds[0] if len(kinds) == 1 else kinds, "enum": values}
        )

    def _reduce_types(self, flat: JsonObject, types: list[str], depth: int) -> JsonObject | None:
        scalars = [kind for kind in types if kind not in ("object", "array")]
        options: list[JsonObject] = []
        if scalars:
            options.append(self._scalar(flat, scalars))
        for kind in ("object", "array"):
            if kind not in types:
                continue
            if depth >= self.subset.max_depth:
                self.dropped.add("depth")
                continue
            made = self._object(flat, depth) if kind == "object" else self._array(flat, depth)
            options += [made] if made else []
        if len(options) <= 1:
            return options[0] if options else None
        return {"anyOf": options}

    def _scalar(self, flat: JsonObject, kinds: list[str]) -> JsonObject:
        result: JsonObject = {"type": kinds[0] if len(kinds) == 1 else kinds}
        if "string" in kinds:
            result |= self._string(flat)
        for kind in ("integer", "number"):
            if kind in kinds:
                result |= self._number(flat, kind)
        return self._described(flat, result)

    def _string(self, flat: JsonObject) -> JsonObject:
        found = {k: flat[k] for k in KEYWORD_TYPES["string"] if k in flat}
        if self.subset.grammar_patterns:
            return self._grammar_string(found)
        if found.get("format") not in self.subset.formats and "format" in found:
            del found["format"]
            self.dropped.add("format")
        # `(?=a)`, `(?<n>a)`, `\1`, `\b`, `\p{L}`; not `(?:a)` or `\d`.
        if re.search(r"\(\?[^:]|\\[1-9kpPbB]", found.get("pattern", "")):
            # A look-around, a back reference or a property class needs more than an automaton.
            del found["pattern"]
            self.dropped.add("pattern")
        self.dropped |= set(found) - self.subset.string
        return {k: v for k, v in found.items() if k in self.subset.string}

    def _grammar_string(self, found: JsonObject) -> JsonObject:
        """Return a pattern, a format or lengths: the converter reads the first of them alone."""
        pattern = grammar_pattern(found["pattern"]) if "pattern" in found else None
        if pattern is not None:
            self.dropped |= set(found) - {"pattern"}
            return {"pattern": pattern}
        format_ = found.get("format")
        if format_ in self.subset.formats:
            self.dropped |= set(found) - {"format"}
            return {"format": format_}
        if format_ in FORMAT_PATTERNS:
            self.dropped |= set(found) - {"format"}
            return {"pattern": FORMAT_PATTERNS[format_]}
        self.dropped |= set(found) & {"pattern", "format"}
        least = found.get("minLength", 0)
        most = found.get("maxLength", max(least, self.subset.max_length or least))
        lengths = {"minLength": least} if least else {}
        # The grammar counts characters one by one.
        if most > _MOST_REPEATS:
            return {**lengths, "maxLength": _MOST_REPEATS} if least <= _MOST_REPEATS else {}
        return {**lengths, "maxLength": most}

    def _number(self, flat: JsonObject, kind: str) -> JsonObject:
        found = strict_bounds({k: flat[k] for k in KEYWORD_TYPES["number"] if k in flat})
        taken = self.subset.integer if kind == "integer" else self.subset.number
        self.dropped |= set(found) - taken
        result = {k: v for k, v in found.items() if k in taken}
        if kind == "integer" and self.subset.grammar_patterns:
            return integer_bounds(result)
        return result

    def _array(self, flat: JsonObject, depth: int) -> JsonObject | None:
        items = flat.get("items", True)
        first = items if isinstance(items, list) else flat.get("prefixItems", [])
        if first:
            self.dropped.add("prefixItems")
            rest = flat.get("additionalItems", True) if isinstance(items, list) else items
            closed = rest is False
            # A list of any of them: the place of each is not said any more.
            items = {"anyOf": [*first, *([rest] if isinstance(rest, dict) else [])]}
            flat = {"minItems": len(first), **flat}
            flat = {"maxItems": len(first), **flat} if closed else flat
        item = self.node(items, depth + 1)
        bounds = self._sizes(flat)
        if item is None:
            empty = {"type": "array", "items": {"type": "null"}, "maxItems": 0}
            return None if bounds.get("minItems") else empty
        self.dropped |= {k for k in ("uniqueItems", "contains") if flat.get(k)}
        return self._described(flat, {"type": "array", "items": item, **bounds})

    def _sizes(self, flat: JsonObject) -> JsonObject:
        found: JsonObject = {k: flat[k] for k in ("minItems", "maxItems") if k in flat}
        self.dropped |= set(found) - self.subset.array
        found = {k: v for k, v in found.items() if k in self.subset.array}
        least = found.get("minItems", 0)
        if self.subset.max_items is not None:
            # The list that is counted is bounded as asked; any other has to end.
            found.setdefault("maxItems", max(least, self.subset.max_items))
        if self.subset.grammar_patterns and least > _MOST_REPEATS:
            self.dropped.add("minItems")
            return {}
        return found

    def _object(self, flat: JsonObject, depth: int) -> JsonObject | None:
        declared = dict(flat.get("properties", {}))
        others = flat.get("additionalProperties", True)
        required = [name for name in flat.get("required") or [] if isinstance(name, str)]
        # What is required without being declared has the schema of additional properties.
        declared |= {name: others for name in required if name not in declared}
        if not declared:
            return self._map(flat, others, depth)
        properties: JsonObject = {}
        for name, schema in declared.items():
            if (reduced := self._property(name, schema, depth)) is not None:
                # An optional property is required but may be null; `restore_nulls` takes it out
                # again.
                wanted = name in required or not self.subset.all_required
                properties[name] = reduced if wanted else or_null(reduced)
        if others not in (True, False) or "patternProperties" in flat:
            self.dropped |= {"additionalProperties", "patternProperties"} & set(flat)
        kept = None if self.subset.all_required else [n for n in required if n in properties]
        return self._described(flat, _closed_object(properties, kept))

    def _property(self, name: str, schema: Schema, depth: int) -> JsonObject | None:
        if (
            self._properties >= self.subset.max_properties
            or self._text + len(name) > self.subset.max_text
        ):
            self.dropped.add("properties")
            return None
        self._properties += 1
        self._text += len(name)
        return self.node(schema, depth + 1)

    def _map(self, flat: JsonObject, others: Schema, depth: int) -> JsonObject:
        """Return an object whose names are not known beforehand."""
        self.dropped |= {"patternProperties"} & set(flat)
        if self.subset.all_required:
            if others is not False:
                self.dropped.add("additionalProperties")
            return self._described(flat, _closed_object({}))
        values = self.node(others, depth + 1) if isinstance(others, dict) and others else None
        if values is None:
            return {"type": "object"} if others is not False else _closed_object({}, [])
        return {"type": "object", "additionalProperties": values}

    def _described(self, flat: JsonObject, result: JsonObject) -> JsonObject:
        """Return ``result`` with the description, where the model gets to see the schema."""
        if not self.subset.all_required:
            return result
        text = flat.get("description")
        examples = flat.get("examples")
        if not text and isinstance(examples, list) and examples and "enum" not in result:
            text = f"for example {jsontext.dump(examples[0]).decode()}"
        return {**result, "description": text[:300]} if isinstance(text, str) and text else result
