"""Finding the schema of the JSON that a prompt asks for in words.

Libraries write a JSON Schema into the prompt where they do not use ``response_format``; people
write an example, or name the fields, or say no more than ``as JSON``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from mockwright.embedded_chat.transcript import Transcript
from mockwright.errors import MockwrightError
from mockwright.generator.field_kinds import kind_of
from mockwright.naming import fold, is_plural, plural, singular, tokens
from mockwright.shapes.parse import is_json_schema, parse_shape
from mockwright.shapes.rest.infer import infer_shape
from mockwright.shapes.rest.vocabulary import nouns
from mockwright.types import Json, JsonObject

_MAX_STARTS: Final = 48
"""Brackets of a prompt at which JSON is looked for."""
_MAX_CHARS: Final = 64_000
"""Characters of a prompt that are looked at, its last ones."""
# "answer as valid JSON", "return a JSON object", "JSON only"; not "parse this json", which
# asks for something else.
_JSON_ASKED: Final = re.compile(
    r"\b(?:as|in|into|to|return|returns|respond|reply|answer|output|produce|give|generate|valid|only"
    r"|with|a|an)\b[^.\n]{0,40}?\bjson\b|\bjson (?:object|array|format|schema|instance|response"
    r"|output|only|list)\b",
    re.IGNORECASE,
)
# Before a value: it shows the form that is asked for, as in "in this format: {...}".
_LIKE: Final = re.compile(
    r"\b(?:format|shape|schema|like|example|structure|form|template|following|keys|as)\b",
    re.IGNORECASE,
)
# Before a value: it is what the work is to be done on, as in "summarize {...}".
_DATA: Final = re.compile(
    r"\b(?:summari[sz]e|explain|what does|translate|analy[sz]e|validate|fix|describe|input|given"
    r"|data)\b",
    re.IGNORECASE,
)
_FENCE: Final = re.compile(r"```json|code ?block|markdown|fenced|triple backtick", re.IGNORECASE)
# "no markdown", "without any code blocks"
_NO_FENCE: Final = re.compile(
    r"\b(?:no|without|not?) [^.\n]{0,30}(?:markdown|code ?block|fence|backtick)", re.IGNORECASE
)
# "with the fields name, age and city", "JSON with name and age"
_FIELDS: Final = re.compile(
    r"\b(?:fields|keys|properties|attributes|columns)(?: named| called)?:? +([^.;\n]{3,300})"
    r"|\bjson(?: object)? (?:with|containing|that has)(?: the)? +([^.;\n]{3,300})",
    re.IGNORECASE,
)
# `name`, `"name"`, `age (integer)`
_FIELD: Final = re.compile(r"[\"'`]?([A-Za-z_]\w{0,40})[\"'`]?(?: *\(([a-z]{3,10})[^)]{0,40}\))?")
_NO_FIELD: Final = re.compile(
    r"^(?:the|a|an|these|following|fields?|keys?|properties|and|for|of|exactly|only)$"
)
# "a list of", "an array of"
_LIST: Final = re.compile(r"\b(?:array|list) of\b", re.IGNORECASE)
_SCALARS: Final = {
    "string": "string", "str": "string", "text": "string", "int": "integer", "integer": "integer",
    "number": "number", "float": "number", "bool": "boolean", "boolean": "boolean",
}  # fmt: skip
_INTEGERS: Final = ("age", "count", "quantity", "year", "stock")
_NUMBERS: Final = ("price", "amount", "total", "rating", "score", "latitude", "longitude")


@dataclass(frozen=True, slots=True)
class RequestedSchema:
    """A schema for the JSON that a prompt asks for."""

    schema: JsonObject | bool
    fenced: bool = False
    """Whether it is to stand in a block of Markdown."""


def find_requested_schema(transcript: Transcript) -> RequestedSchema | None:
    """Return what the conversation asks for in words, or None where it asks for no JSON.

    A schema in the prompt comes first, the last of several; then an example, then the words.
    """
    text = f"{transcript.system}\n{transcript.user}"[-_MAX_CHARS:]
    if "json" not in text.lower():
        return None
    fenced = bool(_FENCE.search(text)) and not _NO_FENCE.search(text)
    values = list(json_values(text))
    # The last one stands closest to what is asked.
    for value, _ in reversed(values):
        if isinstance(value, dict) and _is_usable_schema(value):
            return RequestedSchema(value, fenced)
    if not _JSON_ASKED.search(text):
        return None
    shown = _example_schema(values, text)
    return RequestedSchema(shown if shown is not None else from_words(transcript.user), fenced)


def from_words(text: str, *, whole: bool = False) -> JsonObject:
    """Return the schema that the words suggest: the fields that are named, else what the noun has.

    With ``whole`` it is an object in any case, where a list would do as well.
    """
    fields = _named_fields(text)
    name, several = _find_noun(_FIELDS.sub(" ", text) if fields else text)
    if fields:
        item: JsonObject = {"type": "object", "properties": fields, "required": list(fields)}
    elif name:
        item = _resource_schema(name)
    else:
        answer = {"answer": {"type": "string"}}
        return {"type": "object", "properties": answer, "required": ["answer"]}
    if not (several or _LIST.search(text)):
        return item
    items: JsonObject = {"type": "array", "items": item, "minItems": 1, "maxItems": 100}
    if not whole and _LIST.search(text):
        return {**items, "minItems": 3}
    key = plural(name) if name else "items"
    return {"type": "object", "properties": {key: {**items, "minItems": 3}}, "required": [key]}


def json_values(text: str) -> Iterator[tuple[Json, int]]:
    """Yield each outermost object or list of strict JSON in ``text``, and where it starts."""
    decoder = json.JSONDecoder()
    at, starts = 0, 0
    while starts < _MAX_STARTS and (match := re.compile(r"[{\[]").search(text, at)):
        starts += 1
        try:
            value, at = decoder.raw_decode(text, match.start())
        except (ValueError, RecursionError):
            at = match.start() + 1
        else:
            yield value, match.start()


def _is_usable_schema(value: JsonObject) -> bool:
    """Whether it is a schema that says something, and one that can be used."""
    marked = any(key in value for key in ("properties", "$ref", "anyOf", "oneOf", "items", "$defs"))
    try:
        return marked and is_json_schema(value) and parse_shape(value).source == "schema"
    except MockwrightError:
        return False


def _example_schema(values: list[tuple[Json, int]], text: str) -> JsonObject | bool | None:
    for value, start in reversed(values):
        before = text[max(0, start - 120) : start]
        if value and _LIKE.search(before) and not _DATA.search(before):
            try:
                return parse_shape(value).schema
            except MockwrightError:
                continue
    return None


def _named_fields(text: str) -> JsonObject:
    match = _FIELDS.search(text)
    if match is None:
        return {}
    found: JsonObject = {}
    for part in re.split(r",| and ", match[1] or match[2])[:40]:
        words = [w for w in part.split() if not _NO_FIELD.match(w.strip(":").lower())]
        named = _FIELD.match(" ".join(words))
        # So many words are a clause, and no name of a field.
        if named is None or (len(words) > 3 and not named[2]):
            continue
        found[named[1]] = _field_schema(named[1], named[2])
    return found


def _field_schema(name: str, stated: str | None) -> JsonObject:
    if stated in _SCALARS:
        return {"type": _SCALARS[stated]}
    if is_plural(tokens(name)[-1]):
        return {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": 5}
    kind = kind_of(name)
    if kind in _INTEGERS or kind in _NUMBERS:
        return {"type": "integer" if kind in _INTEGERS else "number"}
    return {"type": "string"}


def _find_noun(text: str) -> tuple[str, bool]:
    """Return the first word that names a resource, in the singular, and whether it is plural."""
    for word in re.findall(r"[A-Za-z]{3,30}", text[:2000]):
        name = singular(fold(word))
        if name in nouns() and name != "item":
            return name, name != fold(word)
    return "", False


def _resource_schema(name: str) -> JsonObject:
    schema = infer_shape("GET", f"/{plural(name)}/1").schema
    assert isinstance(schema, dict)  # noqa: S101  # infer_shape makes objects of what has an id
    properties = dict(schema["properties"])
    properties["id"] = {"type": "integer", "minimum": 1}
    return {**schema, "properties": properties}
