"""Combining two schemas into the schema of a value that has what both ask for.

This is not their conjunction. A closed object (``additionalProperties: false``) is taken to say
what it knows of, so the properties that the other schema adds are let in. Where one of the two is
not plain (it holds a reference or a choice), the place becomes an ``allOf`` of both.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from mockwright.errors import ShapeError
from mockwright.schema.keywords import Schema, join, map_subschemas, split
from mockwright.schema.merge import merge
from mockwright.types import JsonObject

_MEMBERS: Final = frozenset(["properties", "required", "patternProperties", "additionalProperties"])
_PLAIN: Final = _MEMBERS | {
    "type", "items", "minItems", "maxItems", "uniqueItems", "minProperties", "maxProperties",
    "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf",
    "minLength", "maxLength", "pattern", "format", "enum", "const",
    "title", "description", "default", "examples", "$comment",
}  # fmt: skip
"""Keywords that mean the same wherever they stand; a schema with any other is left as it is."""
_BOUNDS: Final = (("minimum", "maximum"), ("minLength", "maxLength"), ("minItems", "maxItems"))
_DEFINITIONS: Final = ("$defs", "definitions")


def grow(base: Schema, added: Schema) -> JsonObject | bool:
    """Return the schema of a value that has what ``base`` and what ``added`` ask for.

    Raises ShapeError, with the pointer into a value's schema, where the two contradict each other:
    other types, no common member of an ``enum``, other exact counts, other JSON Schema drafts.
    """
    defs: JsonObject = {}
    ours, theirs = _detach(base, defs), _detach(added, defs)
    grown = _combined(ours, theirs, "")
    if not isinstance(grown, dict):
        return grown
    return {**_draft_keyword(base, added), **grown, **({"$defs": defs} if defs else {})}


def nest(schema: Schema, path: Sequence[str]) -> JsonObject:
    """Return ``schema`` wrapped in objects, one for each name in ``path``.

    Each name is a required property; other properties are allowed beside it.
    """
    if not path and isinstance(schema, dict):
        return schema
    defs: JsonObject = {}
    inner = _detach(schema, defs)
    for name in reversed(path):
        inner = {"type": "object", "properties": {name: inner}, "required": [name]}
    nested = inner if isinstance(inner, dict) else {} if inner else {"not": {}}
    return {**_draft_keyword(schema, True), **nested, **({"$defs": defs} if defs else {})}


def _draft_keyword(a: Schema, b: Schema) -> JsonObject:
    """Return the ``$schema`` keyword of both, if any. Raises ShapeError where they differ."""
    named = [s["$schema"] for s in (a, b) if isinstance(s, dict) and "$schema" in s]
    if len({str(name).rstrip("#") for name in named}) > 1:
        raise ShapeError("two drafts of JSON Schema cannot be mixed", "/$schema")
    return {"$schema": named[0]} if named else {}


def _detach(schema: Schema, defs: JsonObject) -> Schema:
    """Return ``schema`` without its definitions, which move to ``defs`` under free names."""
    if not isinstance(schema, dict):
        return schema
    mover = _Mover(schema, defs)
    return mover.moved()


class _Mover:
    """Moves one document into another, whose ``defs`` all of its references then lead into."""

    def __init__(self, schema: JsonObject, defs: JsonObject) -> None:
        self.schema = schema
        self.defs = defs
        self.own = schema.get("$id", schema.get("id"))
        self.suffixes: dict[tuple[str, ...], str] = {}
        self.root_name = ""
        """The name under which the document itself is defined, once a reference leads to it or into
        it.
        """

    def moved(self) -> JsonObject:
        # All names are reserved before any reference is rewritten: it may lead to a definition that
        # comes later.
        held = [(key, name) for key in _DEFINITIONS for name in self._definitions(key)]
        for key, name in held:
            self.suffixes[key, name] = self._reserve(name)[len(name) :]
        left = {k: v for k, v in self.schema.items() if k not in (*_DEFINITIONS, "$schema", "$id")}
        if isinstance(left.get("id"), str):
            del left["id"]
        bare = map_subschemas(self._retarget(left), self._move)
        for key, name in held:
            self.defs[name + self.suffixes[key, name]] = self._move(self.schema[key][name])
        if self.root_name:
            self.defs[self.root_name] = bare
        return bare

    def _definitions(self, key: str) -> JsonObject:
        found = self.schema.get(key)
        return found if isinstance(found, dict) else {}

    def _reserve(self, name: str) -> str:
        free = _free_name(name, self.defs)
        self.defs[free] = True
        return free

    def _move(self, schema: Schema) -> Schema:
        # Inside a resource of its own, `#` means that resource, not the document that moves.
        if not isinstance(schema, dict) or isinstance(schema.get("$id"), str):
            return schema
        return map_subschemas(self._retarget(schema), self._move)

    def _retarget(self, schema: JsonObject) -> JsonObject:
        changed = {
            key: self._retargeted(schema[key])
            for key in ("$ref", "$dynamicRef")
            if isinstance(schema.get(key), str)
        }
        if schema.get("$recursiveRef") == "#":
            changed["$ref"] = self._retargeted("#")
            schema = {k: v for k, v in schema.items() if k != "$recursiveRef"}
        return {**schema, **changed}

    def _retargeted(self, ref: str) -> str:
        # The document's own URI before the fragment says no more than the fragment alone.
        if isinstance(self.own, str) and ref.startswith(f"{self.own.rstrip('#')}#"):
            ref = ref[len(self.own.rstrip("#")) :]
        if ref != "#" and not ref.startswith("#/"):
            return ref
        suffix = self.suffixes.get(split(ref[1:])[:2])
        if suffix is None:
            self.root_name = self.root_name or self._reserve("whole")
            return f"#/$defs/{self.root_name}{ref[1:]}"
        # The tokens stay as they are written: they may be percent-encoded.
        name, *rest = ref.split("/")[2:]
        return "/".join(["#/$defs", name + suffix, *rest])


def _free_name(name: str, taken: JsonObject) -> str:
    tries = (f"{name}{i or ''}" for i in range(len(taken) + 1))
    return next(candidate for candidate in tries if candidate not in taken)


def _combined(a: Schema, b: Schema, pointer: str) -> Schema:
    """Return the schema of what both ask for at ``pointer``, as :func:`grow` does for the root."""
    if a == b or b is True or b == {}:
        return a
    if a is True or a == {}:
        return b
    if not isinstance(a, dict) or not isinstance(b, dict):
        raise ShapeError("one asks for what the other forbids", pointer)
    # A reference or a choice cannot be merged keyword by keyword.
    if (a.keys() | b.keys()) - _PLAIN:
        return {"allOf": [a, b]}
    _check_types(a, b, pointer)
    lost: set[str] = set()
    merged = merge(_without_members(a), _without_members(b), lost)
    result: JsonObject = dict(merged) if isinstance(merged, dict) else {}
    # What cannot be merged into one keyword is asked for beside it.
    if lost:
        result["allOf"] = [*result.get("allOf", []), _without_members(b)]
    for least, most in _BOUNDS:
        if least in result and most in result and result[least] > result[most]:
            raise ShapeError(f"{least} {result[least]} is above {most} {result[most]}", pointer)
    result |= _member_keywords(a, b, pointer)
    items = [schema["items"] for schema in (a, b) if "items" in schema]
    if items:
        result["items"] = _combined(items[0], items[-1], pointer + "/items")
    return result


def _member_keywords(a: JsonObject, b: JsonObject, pointer: str) -> JsonObject:
    """Return the keywords about properties: those of both, required where either requires them.

    The object stays closed where either is closed, but to what neither of them declares.
    """
    found: JsonObject = {}
    for keyword in ("properties", "patternProperties"):
        named = [schema[keyword] for schema in (a, b) if keyword in schema]
        if named:
            found[keyword] = dict(named[0])
        for name, schema in named[1].items() if len(named) > 1 else ():
            ours = found[keyword].get(name, True)
            at = pointer + join(keyword, name)
            found[keyword][name] = _combined(ours, schema, at)
    if "required" in a or "required" in b:
        both = [*a.get("required", []), *b.get("required", [])]
        found["required"] = list(dict.fromkeys(both))
    rests = [s["additionalProperties"] for s in (a, b) if "additionalProperties" in s]
    if rests:
        # What the other schema declares stands among the properties by now, and so is let in.
        found["additionalProperties"] = False if False in rests else rests[-1]
    return found


def _without_members(schema: JsonObject) -> JsonObject:
    return {k: v for k, v in schema.items() if k not in _MEMBERS and k != "items"}


def _check_types(a: JsonObject, b: JsonObject, pointer: str) -> None:
    kinds = [_accepted_types(schema) for schema in (a, b)]
    if all(kinds) and not kinds[0] & kinds[1]:
        said = [" or ".join(sorted(kind)) for kind in kinds]
        raise ShapeError(f"{said[1]} is asked where there is {said[0]}", pointer)


def _accepted_types(schema: JsonObject) -> set[str]:
    named = schema.get("type", [])
    kinds = {named} if isinstance(named, str) else set(named)
    # Every integer is a number, so a schema that asks for one accepts both.
    return kinds | ({"integer"} if "number" in kinds else set())
