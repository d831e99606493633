"""Recognition of what in a request is computed, in its directives, rules and words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from mockwright.compute.compute import is_installed
from mockwright.compute.detect import Detected, NamedField, detect
from mockwright.compute.spec.fields import ComputedList, find_field, lists_of
from mockwright.compute.spec.parse_spec import read_specs
from mockwright.errors import ContradictionError, SpecError
from mockwright.schema.keywords import Schema
from mockwright.shapes.count import set_count
from mockwright.types import Computed, Json, JsonObject, Shape

_USUAL_COUNT: Final = 10
"""The length of a list of which nothing says how long it is."""
# How many items a prompt asks for: "Generate 1000 user records", "give me a list of 50 users",
# "create 1,500 orders", "need 2k rows". Not "show 5 users", nor a number with nothing behind it.
_COUNT: Final = re.compile(
    r"\b(?:generate|create|make|produce|give me|return|need|simulate)\s+(?:a list of\s+|me\s+)?"
    r"(\d{1,3}(?:,\d{3})+|\d{1,7})(k?)\s+[a-z]",
    re.IGNORECASE,
)


def recognize(
    shape: Shape,
    statements: Sequence[JsonObject],
    sentences: Sequence[str] = (),
    prompt: str | None = None,
    path: str = "",
) -> tuple[Shape, Computed | None]:
    """Return the shape, with lists of fixed length, and what of it is computed; None for nothing.

    Raises :class:`SpecError` for a statement that cannot be read, and :class:`ContradictionError`
    also for what words ask.
    """
    asked = [*shape.directives.get("computed", ()), *statements]
    if not asked and not sentences and not prompt:
        return shape, None
    found = _detect_statements(shape.schema, sentences, prompt, path)
    if not asked and found.kind == "language" and not found.unread:
        return shape, None
    counted = _with_count(shape, prompt or "")
    understood, unread = list(found.understood), list(found.unread)
    stated = [*asked, *_readable_statements(counted, asked, found, unread)]
    counted = _with_nullable(counted, stated)
    if not asked and not is_installed():
        # Nobody who only speaks of statistics is refused for want of a part: it is told.
        phrases = (*understood, *unread)
        return shape, Computed((), "language", unread=phrases) if phrases else None
    specs = read_specs(counted.schema, stated, _USUAL_COUNT)
    if not specs and not unread:
        return shape, None
    kind = found.kind if found.statements and not asked else _reasoning(specs, counted.schema)
    return counted if specs else shape, Computed(specs, kind, tuple(understood), tuple(unread))


def asked_count(prompt: str) -> int | None:
    """Return the number of items that a prompt asks for: 1000 of "Generate 1000 user records"."""
    # How many is said at the beginning; a longer prompt is not searched for it.
    found = _COUNT.search(prompt[:2_000])
    if found is None:
        return None
    return int(found[1].replace(",", "")) * (1000 if found[2] else 1)


def _detect_statements(
    schema: Schema, sentences: Sequence[str], prompt: str | None, path: str
) -> Detected:
    lists = lists_of(schema)
    fields = [
        NamedField(field.path, field.kind, field.values)
        for listed in lists
        for field in listed.fields
    ]
    return detect(prompt=prompt, rules=sentences, fields=fields, path=path)


def _readable_statements(
    shape: Shape, asked: Sequence[JsonObject], found: Detected, unread: list[str]
) -> list[JsonObject]:
    """Return the words' statements that can be read beside the others; the rest is unread."""
    accepted: list[JsonObject] = []
    for statement in found.statements:
        if "constraint" in statement and _is_about_others(statement, shape, [*asked, *accepted]):
            continue
        together = [*asked, *accepted, statement]
        try:
            read_specs(_with_nullable(shape, together).schema, together, _USUAL_COUNT)
        # A contradiction was understood, and is the caller's to solve; only what cannot be read is
        # told.
        except ContradictionError:
            raise
        except SpecError as error:
            unread.append(str(error))
            continue
        accepted.append(statement)
    return accepted


def _is_about_others(statement: JsonObject, shape: Shape, others: Sequence[JsonObject]) -> bool:
    """Whether a constraint is about fields that nobody asked to be computed.

    Then its words are a rule like others, and held where rules are.
    """
    lists = lists_of(shape.schema)
    named = [one["path"] for one in others if "path" in one]
    computed = {find_field(path, lists)[1].path[:1] for path in named}
    words = set(re.findall(r"[A-Za-z_]\w*", str(statement["constraint"])))
    fields = {field.path[:1] for listed in lists for field in listed.fields if field.path}
    return any((word,) in fields and (word,) not in computed for word in words)


def _with_count(shape: Shape, prompt: str) -> Shape:
    """Return the shape with its first list at a length: the prompt's, or a usual one."""
    lists = [listed for listed in lists_of(shape.schema) if listed.place is not None]
    if not lists or lists[0].count is not None:
        return shape
    count = asked_count(prompt) or _USUAL_COUNT
    return replace(shape, schema=set_count(shape.schema, count, free=shape.source != "schema"))


def _reasoning(specs: Sequence[object], schema: Schema) -> Json:
    """Return ``computational`` if no field is left to be written, else ``hybrid``."""
    total = sum(len(listed.fields) for listed in lists_of(schema)[:1])
    computed = sum(len(getattr(spec, "columns", ())) for spec in specs)
    return "computational" if computed >= total else "hybrid"


def _with_nullable(shape: Shape, statements: Sequence[JsonObject]) -> Shape:
    """Return the shape with ``null`` allowed where an example's values are to be missing.

    A caller's JSON Schema is left alone: it says itself what may be null.
    """
    if shape.source == "schema":
        return shape
    schema, lists = shape.schema, lists_of(shape.schema)
    for statement in statements:
        raw = statement.get("distribution")
        within = raw.get("missing") if isinstance(raw, dict) else None
        if not (statement.get("missing") or within):
            continue
        listed, field = find_field(statement.get("path"), lists)
        schema = _with_null(schema, _schema_path(listed, field.path))
    return replace(shape, schema=schema)


def _schema_path(listed: ComputedList, path: tuple[str, ...]) -> list[str]:
    """Return the keywords and names from the root of the schema to a field."""
    way = [step for name in listed.place or () for step in ("properties", name)]
    if listed.place is not None:
        way.append("items")
    return way + [step for name in path for step in ("properties", name)]


def _with_null(schema: Json, way: Sequence[str]) -> Json:
    if way:
        inner = _with_null(schema[way[0]], way[1:]) if way[0] in schema else None
        return schema if inner is None else {**schema, way[0]: inner}
    types = schema.get("type")
    if types is None or "null" in types:
        return schema
    changed = {**schema, "type": [*([types] if isinstance(types, str) else types), "null"]}
    if "enum" in schema and None not in schema["enum"]:
        changed["enum"] = [*schema["enum"], None]
    return changed
