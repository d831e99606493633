"""Reading a shape: an example or a JSON Schema becomes a Shape, and there is one path after this.

The language is described, with examples that a test runs, in ``docs/shapes.md``.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import Final

from mockwright.errors import ShapeError
from mockwright.schema.keywords import KEYWORDS, OPENAPI_KEYWORDS, TYPES, join
from mockwright.schema.limits import MAX_NODES_EXAMPLE, MAX_NODES_SCHEMA, check_bounds
from mockwright.schema.validate import compile_schema
from mockwright.shapes import distributions
from mockwright.shapes.count import with_count
from mockwright.shapes.example import DIRECTIVES, read_directives, read_example
from mockwright.types import Json, JsonObject, Shape

__all__ = ["is_json_schema", "parse_shape", "with_count"]

DRAFTS: Final = {
    "http://json-schema.org/draft-04/schema": "draft-04",
    "http://json-schema.org/draft-06/schema": "draft-06",
    "http://json-schema.org/draft-07/schema": "draft-07",
    "https://json-schema.org/draft/2019-09/schema": "2019-09",
    "https://json-schema.org/draft/2020-12/schema": "2020-12",
}
"""The drafts of JSON Schema that are known, by their URI without a fragment."""
_MARKERS: Final = ("properties", "items", "$ref", "anyOf", "oneOf", "allOf", "enum", "const")
"""Keywords that say what a value is, and so tell a schema from an example."""


def parse_shape(raw: Json) -> Shape:
    """Return the shape that a decoded JSON value asks for.

    Raises ShapeError, with a JSON pointer into ``raw``, for what is no shape; UnsatisfiableError
    where ``$count`` asks for more items than the JSON Schema beside it allows.
    """
    body, aside = _split_directives(raw)
    if is_json_schema(body):
        check_bounds(raw, MAX_NODES_SCHEMA)
        _check_schema(body)
        directives = _schema_directives(aside)
        shape = Shape(schema=body, source="schema", directives=directives)
        return _with_own_count(shape, aside["$count"]) if "$count" in aside else shape
    check_bounds(raw, MAX_NODES_EXAMPLE, nul=False)
    _check_misspelt(body)
    return read_example(raw)


def _schema_directives(aside: JsonObject) -> JsonObject:
    read = read_directives({key: value for key, value in aside.items() if key != "$count"})
    own = {name: value for name, value in read.items() if name not in distributions.BESIDE}
    statements = distributions.stated(read)
    return {**own, "computed": statements} if statements else own


def _check_misspelt(body: Json) -> None:
    """Raise ShapeError for what would be a JSON Schema but for a slip in one of its keywords."""
    if not isinstance(body, dict) or not _is_type(body.get("type")):
        return
    if not any(_has_schema_form(key, body[key]) for key in ("properties", "items") if key in body):
        return
    for key in body.keys() - KEYWORDS - OPENAPI_KEYWORDS:
        # A ratio of 0.8 is one wrong letter in a word of five.
        near = get_close_matches(key, KEYWORDS, 1, 0.8)
        if near:
            fault = f"unknown keyword {key[:60]!r}; did you mean {near[0]!r}?"
            raise ShapeError(fault, join(key))


def is_json_schema(raw: Json) -> bool:
    """Whether ``raw`` is JSON Schema rather than an example.

    It is when it has ``$schema``, or when every key is a keyword and one of those that say what a
    value is stands there with a value of its form. The form matters: ``{"items": [{"id": 0}]}`` has
    a list where JSON Schema has a schema, and is an example of an object with ``items``.
    """
    if not isinstance(raw, dict):
        return False
    if "$schema" in raw:
        return True
    known = all(k in KEYWORDS or k in OPENAPI_KEYWORDS or k.startswith("x-") for k in raw)
    return known and (
        _is_type(raw.get("type"))
        or any(_has_schema_form(key, raw[key]) for key in _MARKERS if key in raw)
    )


def _split_directives(raw: Json) -> tuple[Json, JsonObject]:
    """Return a shape without the directives that stand beside it, and those directives."""
    if not isinstance(raw, dict):
        return raw, {}
    # `$ref` is a keyword of JSON Schema, too, and stays.
    aside = {key: raw[key] for key in raw if key[1:] in DIRECTIVES - {"ref"} and key[:1] == "$"}
    return {key: raw[key] for key in raw if key not in aside}, aside


def _is_type(value: Json) -> bool:
    names = value if isinstance(value, list) and value else [value]
    return all(isinstance(name, str) and name in TYPES for name in names)


def _has_schema_form(key: str, value: Json) -> bool:
    """Whether the value of a keyword has the form that JSON Schema asks for."""
    if key == "const":
        return True
    if key == "$ref":
        return isinstance(value, str)
    if key == "enum":
        return isinstance(value, list)
    if key == "items":
        return _looks_like_schema(value)
    if key == "properties":
        return isinstance(value, dict) and (
            not value or any(_looks_like_schema(item) for item in value.values())
        )
    return isinstance(value, list) and any(_looks_like_schema(item) for item in value)


def _looks_like_schema(value: Json) -> bool:
    return isinstance(value, bool) or value == {} or is_json_schema(value)


def _check_schema(schema: JsonObject) -> None:
    draft = schema.get("$schema", "https://json-schema.org/draft/2020-12/schema")
    known = isinstance(draft, str) and draft.rstrip("#") in DRAFTS
    if not known:
        known_ones = ", ".join(DRAFTS)
        raise ShapeError(
            f"unknown JSON Schema draft {str(draft)[:80]!r}; known: {known_ones}", "/$schema"
        )
    compile_schema(schema)


def _with_own_count(shape: Shape, count: Json) -> Shape:
    from_example = read_directives({"$count": count})
    return with_count(shape, from_example["count"])
