"""A schema as a document: its references resolved, its parts found and merged for a place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote

import jsonschema_rs
import orjson
from referencing import Registry, Resource
from referencing._core import Resolver
from referencing.exceptions import Unresolvable
from referencing.jsonschema import lookup_recursive_ref, specification_with

from mockwright.errors import ShapeError
from mockwright.schema.keywords import Schema, join
from mockwright.schema.validate import (
    REGEX_OPTIONS,
    SPECIFICATIONS,
    CompiledSchema,
    compile_schema,
    retrieve,
)
from mockwright.types import Json, JsonObject

ROOT_URI: Final = "urn:mockwright:root"
_IDENTITIES: Final = ("$id", "id", "$anchor", "$dynamicAnchor", "$schema")
OLD_DRAFTS: Final = ("draft-04", "draft-06", "draft-07")


@dataclass(frozen=True, slots=True, eq=False)
class Subschema:
    """One subschema at its place, interned: two parts are the same when they are identical."""

    schema: Schema
    resolver: Resolver[Any]
    pointer: str
    """Into the document; for a part made up by the search, of the keyword it was made from."""
    number: int
    made_up: bool = False
    """Stands nowhere in the document, so it cannot be judged on its own."""


@dataclass(slots=True, eq=False)
class Document:
    """A whole schema with everything looked up in it so far."""

    compiled: CompiledSchema
    root: Subschema
    old: bool
    """Before 2019-09, where ``$ref`` hides its neighbours."""
    _pointers: dict[int, str]
    _parts: dict[tuple[int, str], Subschema] = field(default_factory=dict)
    _children: dict[tuple[int, tuple[str | int, ...]], Subschema] = field(default_factory=dict)
    _judges: dict[int, Callable[[Json], bool]] = field(default_factory=dict)
    negations: dict[int, Subschema] = field(default_factory=dict)
    """Part number -> the part made up as its negation."""
    negated: dict[int, list[Subschema]] = field(default_factory=dict)
    """Part number -> the ways to break it."""
    dependents: dict[tuple[int, str, str], Any] = field(default_factory=dict)
    """The choice that a dependency on a property comes to."""
    _keep: list[Json] = field(default_factory=list)
    _registry: Any = None

    def part(self, schema: Schema, resolver: Resolver[Any], pointer: str = "") -> Subschema:
        """The part that ``schema`` is; entering it may change what references are relative to."""
        if isinstance(schema, dict):
            resolver = _entered(schema, resolver, self.compiled.draft)
        key = (id(schema), f"{resolver._base_uri} {pointer if isinstance(schema, bool) else ''}")
        part = self._parts.get(key)
        if part is None:
            place = self._pointers.get(id(schema))
            part = Subschema(
                schema, resolver, pointer if place is None else place, len(self._parts)
            )
            self._parts[key] = part
        return part

    def child(self, part: Subschema, *path: str | int) -> Subschema:
        """The part at ``path`` below ``part``."""
        key = (part.number, path)
        known = self._children.get(key)
        if known is None:
            schema: Json = part.schema
            for token in path:
                schema = schema[token]
            if not isinstance(schema, (dict, bool)):
                raise ShapeError("not a schema", part.pointer + join(*path))
            known = self.part(schema, part.resolver, part.pointer + join(*path))
            self._children[key] = known
        return known

    def made_up(self, schema: Schema, near: Subschema) -> Subschema:
        """A part that stands nowhere; subschemas in it that do stand somewhere keep their place."""
        self._keep.append(schema)
        pointer = near.pointer
        part = Subschema(schema, near.resolver, pointer, -len(self._keep), made_up=True)
        self._parts[id(schema), f"made up {len(self._keep)}"] = part
        return part

    def references(self, part: Subschema) -> Iterator[Subschema]:
        """What ``$ref`` and its kin in ``part`` lead to."""
        schema = part.schema
        if not isinstance(schema, dict):
            return
        try:
            for keyword in ("$ref", "$dynamicRef"):
                if isinstance(schema.get(keyword), str):
                    found = part.resolver.lookup(schema[keyword])
                    yield self.part(_schema(found.contents), found.resolver, part.pointer)
            if "$recursiveRef" in schema:
                found = lookup_recursive_ref(part.resolver)
                yield self.part(_schema(found.contents), found.resolver, part.pointer)
        except Unresolvable as error:
            message = f"the reference {error.ref!r} leads nowhere"
            raise ShapeError(message, part.pointer) from None

    def portable(self, part: Subschema) -> Json:
        """The part with every reference turned into a pointer below ``#/$defs/root``."""
        return self._portable(part.schema, part)

    def _portable(self, value: Json, part: Subschema) -> Json:
        if isinstance(value, list):
            return [self._portable(item, part) for item in value]
        if not isinstance(value, dict):
            return value
        place = self._pointers.get(id(value))
        here = part if value is part.schema or place is None else self.part(value, part.resolver)
        result = {
            key: self._portable(item, here)
            for key, item in value.items()
            if not (key in _IDENTITIES and isinstance(item, str))
        }
        if any(isinstance(value.get(key), str) for key in ("$ref", "$dynamicRef")):
            targets = [self._pointers.get(id(t.schema)) for t in self.references(here)]
            result.pop("$dynamicRef", None)
            if targets and targets[0] is not None:
                result["$ref"] = f"#/$defs/root{quote(targets[0])}"
        return result

    def judge(self, part: Subschema) -> Callable[[Json], bool]:
        """Whether a value conforms to ``part`` alone; compiled on first use."""
        known = self._judges.get(part.number)
        if known is None:
            known = self._judges[part.number] = self._build_judge(part)
        return known

    def _build_judge(self, part: Subschema) -> Callable[[Json], bool]:
        if part is self.root:
            return self.compiled.is_valid
        if part.made_up or isinstance(part.schema, bool):
            return lambda _value: part.schema is not False
        if self.compiled.slow is not None:
            return self._slow_judge(part)
        try:
            if self._registry is None:
                self._registry = jsonschema_rs.Registry(
                    [(ROOT_URI, self.root.schema)],
                    retriever=retrieve,
                    draft=_RS_DRAFTS[self.compiled.draft],
                )
            wrapper = {"$schema": self.compiled.draft, "$ref": f"{ROOT_URI}#{quote(part.pointer)}"}
            if id(part.schema) not in self._pointers:
                wrapper = self._alone(part)
            judge: Callable[[Json], bool] = jsonschema_rs.validator_for(
                wrapper,
                registry=self._registry,
                validate_formats=True,
                pattern_options=REGEX_OPTIONS,
            ).is_valid
        except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError, ValueError):
            return self._slow_judge(part)
        return judge

    def _alone(self, part: Subschema) -> JsonObject:
        """A part of what the search made up, with the whole document for its references."""
        own: JsonObject = {"$schema": self.compiled.draft, **self.portable(part)}
        if '"$ref"' in orjson.dumps(own).decode():
            own["$defs"] = {"root": self.portable(self.root)}
        return own

    def _slow_judge(self, part: Subschema) -> Callable[[Json], bool]:
        # On first need: it is slow to import.
        from mockwright.schema.python_validator import judge_part

        return judge_part(self.compiled.slow, self.compiled.draft, part.schema, part.resolver)


_RS_DRAFTS: Final = {
    "http://json-schema.org/draft-04/schema#": jsonschema_rs.Draft4,
    "http://json-schema.org/draft-06/schema#": jsonschema_rs.Draft6,
    "http://json-schema.org/draft-07/schema#": jsonschema_rs.Draft7,
    "https://json-schema.org/draft/2019-09/schema": jsonschema_rs.Draft201909,
    "https://json-schema.org/draft/2020-12/schema": jsonschema_rs.Draft202012,
}


def open_document(schema: Schema) -> Document:
    """The document of a schema. Raises ShapeError where it cannot be compiled."""
    compiled = compile_schema(schema)
    schema = compiled.schema
    specification = specification_with(compiled.draft)
    resource: Resource[Any] = specification.create_resource(schema)
    uri = resource.id() or ROOT_URI
    registry: Registry[Any] = SPECIFICATIONS.with_resource(uri, resource)
    resolver = registry.resolver(uri)
    pointers: dict[int, str] = {}
    _index(schema, "", pointers)
    old = any(name in compiled.draft for name in OLD_DRAFTS)
    root = Subschema(schema, resolver, "", 0)
    document = Document(compiled, root, old, pointers)
    document._parts[id(schema), f"{resolver._base_uri} "] = root
    return document


def _schema(found: Any) -> Schema:
    """What a reference led to, which may be no schema at all."""
    if not isinstance(found, (dict, bool)):
        raise ShapeError("a reference leads to what is no schema")
    return found


def _entered(schema: JsonObject, resolver: Resolver[Any], draft: str) -> Resolver[Any]:
    if not isinstance(schema.get("$id", schema.get("id")), str):
        return resolver
    resource = specification_with(draft).create_resource(schema)
    uri = resource.id()
    known = resolver._registry.get(resolver._base_uri)
    if not uri or (known is not None and known.contents is schema):
        return resolver
    return resolver.in_subresource(resource)


def _index(value: Json, pointer: str, found: dict[int, str]) -> None:
    """Where each object of the document stands."""
    if isinstance(value, dict):
        found[id(value)] = pointer
        for key, item in value.items():
            if isinstance(item, (dict, list)):
                _index(item, pointer + join(key), found)
    elif isinstance(value, list):
        for i, item in enumerate(value):
            if isinstance(item, (dict, list)):
                _index(item, f"{pointer}/{i}", found)
