"""Finding the JSON value that a model's text was meant to be.

The places where an answer may stand are tried in order of trust: the whole text, fenced blocks,
then any balanced value, once the model's reasoning is out of the way. Each place is read strictly
first and by the mending reader after that. Among several values the schema decides, through
``accepts``; where it accepts none, or none is at hand, the largest that took the least guessing.
"""

from __future__ import annotations

import html
import json
import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import orjson

from mockwright.extraction import lenient_json, passages, yaml_and_xml
from mockwright.types import MISSING, Json, Missing

How: TypeAlias = Literal["strict", "relaxed", "mended", "repaired", "lines", "loose", "text"]
"""What could read the value.

``strict``: a strict parser. ``relaxed``: one that lets raw line breaks pass and reads NaN as null.
``mended``: the mending reader. ``repaired``: json-repair. ``lines``: values one after another,
read as a list. ``loose``: YAML or the like. ``text``: nothing, the text itself being the string
that the schema asks for.
"""
Accepts: TypeAlias = Callable[[Json], bool]
"""Whether a value fits the schema that was asked for."""

MAX_DEPTH: Final = lenient_json.MAX_DEPTH
"""Levels of nesting of a value that is read."""
_MAX_STARTS: Final = 48
"""Brackets of one text at which reading is tried: a text may hold nothing but brackets."""
_MAX_TOKENS: Final = 150_000
"""Tokens that the mending reader takes of one text, over all of its starts."""
_MAX_SECOND_OPINION: Final = 16_384
"""Characters of a text that json-repair is given; it takes quadratic time on some."""
_FENCE_WEIGHT: Final = 4.0
"""How much more a value in a code fence counts than one of the same length in prose."""

_START = re.compile(r"[{\[]")
# A value escaped as if inside a string: `{\"id\": 7}`, `{\n \"id\"` with the letters \ and n.
# Bounded, as each line end takes memory until the match is made.
_ESCAPED = re.compile(r"[{\[](?:\s++|\\n){0,1000}\\\"")
_SCHEMA_WORDS: Final = frozenset({"type", "$ref", "enum", "anyOf", "oneOf", "allOf"})
"""Words by which an object is seen to be a schema."""
# A value escaped for HTML: `{&quot;id&quot;: 7}`.
_ENTITIES = re.compile(r"[{\[]\s*+&quot;")
# An object without its opening brace: `"id": 7, ...`; not `"Yes": it is`, which goes on in prose.
_MEMBERS = re.compile(r"\s*+\"[^\"\n]{1,80}+\"\s*+:\s*+[\"{\[\d\-tfn']")
# An answer that has only just begun, perhaps behind a fence: `{`, `["a`,
# "```json\n{"; not `[see below]`.
_BEGUN = re.compile(r"(?:\A|^[`~]{3,}+\w*+\s*+)([{\[])\s*+(?:[\"'{\[\d-]|\Z)", re.MULTILINE)
# Nineteen digits are where an integer may leave the 64 bits that orjson reads exactly.
_LONG_NUMBER = re.compile(r"\d{19}")
# Half of a UTF-16 pair, as the escape `\ud83d` leaves it behind.
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Extracted:
    """A value that was found in a text, and how it was read."""

    value: Json
    how: How
    complete: bool
    """Whether the value ended before the text did."""


@dataclass(frozen=True, slots=True)
class _FoundValue:
    """A value at one place of the text."""

    extracted: Extracted
    weight: float
    """Characters of the text that it takes up, the less the more of them were guessed at."""
    end: int
    """Where in the text it ends."""


class _Budget:
    """What the readers may still spend on one text, over all of its starts."""

    def __init__(self) -> None:
        self.starts = _MAX_STARTS
        self.tokens = _MAX_TOKENS


def extract(text: str, accepts: Accepts | None = None) -> Extracted | None:
    """Return the best JSON value in ``text``, or None where there is none.

    ``accepts`` tells whether a value fits its schema. The time taken is linear in the text, and
    nothing is raised for what the text holds.
    """
    # Some servers put a byte order mark in front.
    stripped = text.strip().lstrip("\ufeff")
    whole = _read_strictly(stripped)
    if isinstance(whole, (dict, list)) and (accepts is None or accepts(whole)):
        return Extracted(whole, "strict", complete=True)
    best = _choose(_found_values(stripped), accepts)
    if best is not None and (accepts is None or accepts(best.value)):
        return best
    if whole is not MISSING and not isinstance(whole, (dict, list)):
        return _scalar_answer(whole, best, accepts)
    return _last_resort(stripped, best, accepts)


def _scalar_answer(
    whole: Json, best: Extracted | None, accepts: Accepts | None
) -> Extracted | None:
    """Return the answer of a text that is one JSON scalar.

    It is the scalar, unless that is a string with the value in its text.
    """
    itself = Extracted(whole, "strict", complete=True)
    if accepts is not None and accepts(whole):
        return itself
    if isinstance(whole, str):
        inner = extract(whole, accepts) if len(whole) > 1 and whole[0] in "{[" else None
        return inner or best or itself
    return itself


def _last_resort(text: str, best: Extracted | None, accepts: Accepts | None) -> Extracted | None:
    answer = passages.without_reasoning(text).strip()
    if best is None:
        return _unbracketed_answer(answer, accepts)
    if accepts is None:
        return best
    # What was read strictly is what was said, however the schema likes it.
    second = _second_opinion(answer) if best.how == "mended" else MISSING
    if second is not MISSING and accepts(second):
        return Extracted(second, "repaired", complete=best.complete)
    return best


def _unbracketed_answer(answer: str, accepts: Accepts | None) -> Extracted | None:
    """Return an answer that holds no value in brackets: a scalar, a text, or a value just begun."""
    if accepts is not None:
        bare = _read_strictly(answer)
        if bare is not MISSING:
            return Extracted(bare, "strict", complete=True)
        if answer and accepts(answer):
            return Extracted(answer, "text", complete=True)
    for read in (yaml_and_xml.parameters, yaml_and_xml.yaml_value):
        value = read(answer)
        if value is not MISSING:
            return Extracted(value, "loose", complete=True)
    begun = _BEGUN.search(answer)
    empty: Json = {} if begun and begun[1] == "{" else []
    return Extracted(empty, "mended", complete=False) if begun else None


def _choose(found: Iterator[_FoundValue], accepts: Accepts | None) -> Extracted | None:
    """Return the first value that is accepted, or else the weightiest.

    A value that is a schema comes last: models like to repeat the schema before they answer, and
    many a schema accepts itself.
    """
    seen: list[_FoundValue] = []
    schemas: list[_FoundValue] = []
    for candidate in found:
        if _is_schema(candidate.extracted.value):
            schemas.append(candidate)
        elif accepts is not None and accepts(candidate.extracted.value):
            return candidate.extracted
        else:
            seen.append(candidate)
    meant = [
        found_schema
        for found_schema in schemas
        if accepts is not None and accepts(found_schema.extracted.value)
    ]
    if meant:
        return meant[0].extracted
    seen = seen or schemas
    if not seen:
        return None
    lines = _listed(seen)
    if lines is not None and (accepts is None or accepts(lines.value) or len(seen) > 2):
        return lines
    return max(seen, key=lambda candidate: candidate.weight).extracted


def _is_schema(value: Json) -> bool:
    return isinstance(value, dict) and (
        isinstance(value.get("$schema"), str)
        or (value.get("type") == "object" and isinstance(value.get("properties"), dict))
        or (value.get("type") == "array" and isinstance(value.get("items"), dict))
        or any(_holds_schemas(value.get(word)) for word in ("definitions", "$defs", "properties"))
    )


def _holds_schemas(held: Json) -> bool:
    return isinstance(held, dict) and any(
        isinstance(item, dict) and not _SCHEMA_WORDS.isdisjoint(item) for item in held.values()
    )


def _listed(seen: list[_FoundValue]) -> Extracted | None:
    """Return the list that objects one after another make; None where they do not look like one.

    Three or more, all different and with the same keys, are the items of a list without brackets.
    """
    values = [found.extracted.value for found in seen]
    if len(values) < 2 or not all(isinstance(value, dict) and value for value in values):
        return None
    keys = values[0].keys()
    distinct = len({json.dumps(value, sort_keys=True) for value in values}) == len(values)
    if not distinct or len(values) < 3 or not all(value.keys() == keys for value in values):
        return None
    return Extracted(values, "lines", all(found.extracted.complete for found in seen))


def _found_values(text: str) -> Iterator[_FoundValue]:
    budget = _Budget()
    answer = passages.without_reasoning(text)
    found = False
    for candidate in _values_in_answer(answer.strip(), budget):
        found = True
        yield candidate
    # All there is may stand inside the reasoning, which was then no reasoning.
    if not found and len(answer) != len(text):
        yield from _values_in_passage(text, budget)


def _values_in_answer(text: str, budget: _Budget) -> Iterator[_FoundValue]:
    # A value may hold a fence in one of its texts.
    fences = () if text[:1] in ("{", "[") else passages.fenced(text)
    fenced = 0
    for fence in fences:
        for found in _values_in_passage(fence, budget):
            # One that ends too early may have been cut by a fence that was part of it.
            whole = found.extracted.complete
            fenced += len(fence) if whole else 0
            yield _FoundValue(
                found.extracted, found.weight * (_FENCE_WEIGHT if whole else 1), found.end
            )
    # Where the fences are most of the text, what is outside of them is prose about them.
    if fenced * 4 < len(text):
        yield from _values_in_passage(text, budget)


def _values_in_passage(text: str, budget: _Budget) -> Iterator[_FoundValue]:
    """Yield the values in ``text``, none of them inside another."""
    if _ESCAPED.match(text):
        text = _unescaped(text)
    elif _MEMBERS.match(text):
        text = "{" + text
    elif _ENTITIES.match(text):
        text = html.unescape(text)
    start = _START.search(text)
    while start and budget.starts > 0:
        budget.starts -= 1
        found = _read_at(text, start.start(), budget)
        if found is None:
            start = _START.search(text, start.end())
            continue
        yield found
        start = _START.search(text, max(found.end, start.end()))


def _read_at(text: str, start: int, budget: _Budget) -> _FoundValue | None:
    strictly = _read_relaxed(text, start)
    if strictly is not None:
        return strictly
    reading = lenient_json.read(text, start, budget.tokens)
    budget.tokens -= reading.tokens
    if not reading.value and not reading.complete:
        # Read to the end for nothing: the starts that follow would most likely do the same.
        budget.starts -= 8 if reading.end >= len(text) else 0
        return None
    # Half a character less, so that of two as long the one that was read strictly weighs more.
    weight = (reading.end - start) / (1 + reading.guesses) - 0.5
    extracted = Extracted(_representable(reading.value), "mended", reading.complete)
    return _FoundValue(extracted, weight, reading.end)


def _read_relaxed(text: str, start: int) -> _FoundValue | None:
    try:
        value, end = _RELAXED.raw_decode(text, start)
    except (ValueError, RecursionError):
        return None
    span = text[start:end]
    if _too_deep(span, value):
        return None
    strict = _read_strictly(span)
    if strict is MISSING:
        return _FoundValue(
            Extracted(_representable(value), "relaxed", complete=True), len(span), end
        )
    return _FoundValue(Extracted(value, "strict", complete=True), len(span), end)


def _read_strictly(text: str) -> Json | Missing:
    try:
        # orjson makes a float of an integer beyond 64 bits.
        value = _EXACT.decode(text) if _LONG_NUMBER.search(text) else orjson.loads(text)
    except (ValueError, RecursionError):
        return MISSING
    return MISSING if _too_deep(text, value) else value


def _second_opinion(text: str) -> Json | Missing:
    """Return what json-repair makes of the text; MISSING where it fails or would take too long."""
    # Imported here: it is needed for one text in a thousand, and takes long to load.
    from json_repair import repair_json

    if len(text) > _MAX_SECOND_OPINION or text.count("[") + text.count("{") > MAX_DEPTH:
        return MISSING
    try:
        return _representable(repair_json(text, return_objects=True, skip_json_loads=True))
    except (ValueError, RecursionError, IndexError, TypeError, AttributeError):
        return MISSING


def _unescaped(text: str) -> str:
    """Return ``text``, which was escaped once too often, as the string it is the inside of."""
    try:
        return str(_RELAXED.decode(f'"{text}"'))
    except ValueError:
        return text.replace('\\"', '"').replace("\\n", "\n")


def _too_deep(text: str, value: Json) -> bool:
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return False
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [item for container in level for item in _containers_in(container)]
        if not level:
            return False
    return True


def _containers_in(value: Json) -> list[Json]:
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [item for item in items if isinstance(item, (dict, list))]


def _representable(value: Json) -> Json:
    """Return ``value`` without what JSON in UTF-8 cannot hold.

    Infinite numbers become null, lone surrogates U+FFFD.
    """
    if isinstance(value, dict):
        return {_unicode_text(key): _representable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_representable(item) for item in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return _unicode_text(value) if isinstance(value, str) else value


def _unicode_text(text: str) -> str:
    return _SURROGATE.sub("\ufffd", text)


def _as_null(_constant: str) -> None:
    """Return None for NaN and Infinity, which JSON does not have."""


def _refuse_constant(constant: str) -> None:
    raise ValueError(constant)


_EXACT: Final = json.JSONDecoder(parse_constant=_refuse_constant)
_RELAXED: Final = json.JSONDecoder(strict=False, parse_constant=_as_null)
