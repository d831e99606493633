"""A schema as a document: its references resolved, its parts numbered, compiled and merged.

:class:`Document` looks things up in one schema and remembers them, which the generator relies on;
:func:`locate` finds what a schema asks of one place of a value, which fills and repairs rely on.
"""

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
"""The base URI of a schema that states none."""
# They would make a copy of a part a resource of its own, against which references resolve.
_IDENTITIES: Final = ("$id", "id", "$anchor", "$dynamicAnchor", "$schema")
OLD_DRAFTS: Final = ("draft-04", "draft-06", "draft-07")
"""Parts of the URIs of those drafts in which ``$ref`` hides the keywords beside it."""


@dataclass(frozen=True, slots=True, eq=False)
class Subschema:
    """One subschema at its place in a document.

    A document makes each of them once, so they can be compared with ``is``.
    """

    schema: Schema
    resolver: Resolver[Any]
    """Resolves references as they are meant here, relative to the closest ``$id`` around."""
    pointer: str
    """Where it stands in the document; for a part made up by the search, where it was made from."""
    number: int
    """Its number within the document; below 0 where it was made up."""
    made_up: bool = False
    """Whether it stands nowhere in the document, so that it cannot be judged on its own."""


@dataclass(slots=True, eq=False)
class Document:
    """A whole schema, with everything that was looked up in it so far."""

    compiled: CompiledSchema
    root: Subschema
    old: bool
    """Whether its draft is older than 2019-09, where ``$ref`` hides the keywords beside it."""
    _pointers: dict[int, str]
    """The JSON pointer of each object in the document, by the object's ``id()``."""
    _parts: dict[tuple[int, str], Subschema] = field(default_factory=dict)
    _children: dict[tuple[int, tuple[str | int, ...]], Subschema] = field(default_factory=dict)
    _judges: dict[int, Callable[[Json], bool]] = field(default_factory=dict)
    negations: dict[int, Subschema] = field(default_factory=dict)
    """The part made up as a part's negation, by the part's number."""
    negated: dict[int, list[Subschema]] = field(default_factory=dict)
    """The parts made up as ways to break a part, by the part's number."""
    dependents: dict[tuple[int, str, str], Any] = field(default_factory=dict)
    """The choice that a dependency on a property comes to, by part number, keyword and property."""
    _keep: list[Json] = field(default_factory=list)
    """The schemas made up so far: kept alive, since parts are known by the ``id()`` of their
    schema.
    """
    _registry: Any = None

    def part(self, schema: Schema, resolver: Resolver[Any], pointer: str = "") -> Subschema:
        """Return the part for ``schema``, with its references relative to its own ``$id``, if any.

        ``pointer`` is for what stands nowhere in the document, such as ``true`` and ``false``.
        """
        if isinstance(schema, dict):
            resolver = _resolver_inside(schema, resolver, self.compiled.draft)
        # Booleans are one object each for all of Python: it takes the pointer to tell them apart.
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
        """Return the part at ``path``, a path of keywords and indexes, below ``part``.

        Raises ShapeError where that is no schema.
        """
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
        """Return a new part that stands nowhere, with the references of ``near``.

        Subschemas inside ``schema`` that do stand in the document keep their place.
        """
        self._keep.append(schema)
        pointer = near.pointer
        part = Subschema(schema, near.resolver, pointer, -len(self._keep), made_up=True)
        self._parts[id(schema), f"made up {len(self._keep)}"] = part
        return part

    def references(self, part: Subschema) -> Iterator[Subschema]:
        """Yield the parts that ``$ref``, ``$dynamicRef`` and ``$recursiveRef`` of ``part`` lead to.

        Raises ShapeError for a reference that leads nowhere or to what is no schema.
        """
        schema = part.schema
        if not isinstance(schema, dict):
            return
        try:
            for keyword in ("$ref", "$dynamicRef"):
                if isinstance(schema.get(keyword), str):
                    found = part.resolver.lookup(schema[keyword])
                    yield self.part(_checked_schema(found.contents), found.resolver, part.pointer)
            if "$recursiveRef" in schema:
                found = lookup_recursive_ref(part.resolver)
                yield self.part(_checked_schema(found.contents), found.resolver, part.pointer)
        except Unresolvable as error:
            message = f"the reference {error.ref!r} leads nowhere"
            raise ShapeError(message, part.pointer) from None

    def portable(self, part: Subschema) -> Json:
        """Return a copy of the part whose references are pointers below ``#/$defs/root``.

        Whoever uses it puts the document there.
        """
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
            # Where it leads is known here; in the copy it might lead elsewhere.
            result.pop("$dynamicRef", None)
            if targets and targets[0] is not None:
                result["$ref"] = f"#/$defs/root{quote(targets[0])}"
        return result

    def judge(self, part: Subschema) -> Callable[[Json], bool]:
        """Return a function that says whether a value conforms to ``part``.

        Compiled on first use.
        """
        known = self._judges.get(part.number)
        if known is None:
            known = self._judges[part.number] = self._build_judge(part)
        return known

    def _build_judge(self, part: Subschema) -> Callable[[Json], bool]:
        if part is self.root:
            return self.compiled.is_valid
        if part.made_up or isinstance(part.schema, bool):
            # What was made up is put together from parts that are judged themselves.
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
            # Nothing in the document points there, so the wrapper has to hold the part itself.
            if id(part.schema) not in self._pointers:
                wrapper = self._standalone(part)
            judge: Callable[[Json], bool] = jsonschema_rs.validator_for(
                wrapper,
                registry=self._registry,
                validate_formats=True,
                pattern_options=REGEX_OPTIONS,
            ).is_valid
        except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError, ValueError):
            # An expression beyond its engine, or a reference that it does not follow.
            return self._slow_judge(part)
        return judge

    def _standalone(self, part: Subschema) -> JsonObject:
        """Return a part of what the search made up, with the whole document for its references."""
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
    """Return the document of a schema. Raises ShapeError where it cannot be compiled."""
    compiled = compile_schema(schema)
    # The cache may hold an equal schema that was compiled before; its objects are those that get
    # pointers.
    schema = compiled.schema
    specification = specification_with(compiled.draft)
    resource: Resource[Any] = specification.create_resource(schema)
    uri = resource.id() or ROOT_URI
    registry: Registry[Any] = SPECIFICATIONS.with_resource(uri, resource)
    resolver = registry.resolver(uri)
    pointers: dict[int, str] = {}
    _index_pointers(schema, "", pointers)
    old = any(name in compiled.draft for name in OLD_DRAFTS)
    root = Subschema(schema, resolver, "", 0)
    document = Document(compiled, root, old, pointers)
    document._parts[id(schema), f"{resolver._base_uri} "] = root
    return document


def _checked_schema(found: Any) -> Schema:
    """Return what a reference led to; ShapeError where that is neither an object nor a boolean."""
    if not isinstance(found, (dict, bool)):
        raise ShapeError("a reference leads to what is no schema")
    return found


def _resolver_inside(schema: JsonObject, resolver: Resolver[Any], draft: str) -> Resolver[Any]:
    """Return the resolver inside ``schema``: another one where its ``$id`` starts a resource."""
    if not isinstance(schema.get("$id", schema.get("id")), str):
        return resolver
    resource = specification_with(draft).create_resource(schema)
    uri = resource.id()
    known = resolver._registry.get(resolver._base_uri)
    # The root's own URI is what the resolver stands at already.
    if not uri or (known is not None and known.contents is schema):
        return resolver
    return resolver.in_subresource(resource)


def _index_pointers(value: Json, pointer: str, found: dict[int, str]) -> None:
    """Add the JSON pointer of every object at or below ``value`` to ``found``, by ``id()``."""
    if isinstance(value, dict):
        found[id(value)] = pointer
        for key, item in value.items():
            if isinstance(item, (dict, list)):
                _index_pointers(item, pointer + join(key), found)
    elif isinstance(value, list):
        for i, item in enumerate(value):
            if isinstance(item, (dict, list)):
                _index_pointers(item, f"{pointer}/{i}", found)
