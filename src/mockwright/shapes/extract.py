"""Model text -> the JSON value that was meant.

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

from mockwright.shapes import loose, mend, passages
from mockwright.types import MISSING, Json, Missing

How: TypeAlias = Literal["strict", "relaxed", "mended", "repaired", "lines", "loose", "text"]
"""What could read the value: a strict parser; one that lets raw line breaks pass and NaN be null;
the mending reader; json-repair; values one to a line, read as a list; YAML or the like; nothing,
the text itself being the string that the schema asks for."""
Accepts: TypeAlias = Callable[[Json], bool]

MAX_DEPTH: Final = mend.MAX_DEPTH
_MAX_STARTS: Final = 48
_MAX_TOKENS: Final = 150_000
_MAX_SECOND_OPINION: Final = 16_384
"""Characters; json-repair takes quadratic time on some texts."""
_FENCE_WEIGHT: Final = 4.0

_START = re.compile(r"[{\[]")
# Bounded, as each line end takes memory until the match is made.
_ESCAPED = re.compile(r"[{\[](?:\s++|\\n){0,1000}\\\"")
_SAYING: Final = frozenset({"type", "$ref", "enum", "anyOf", "oneOf", "allOf"})
_ENTITIES = re.compile(r"[{\[]\s*+&quot;")
_MEMBERS = re.compile(r"\s*+\"[^\"\n]{1,80}+\"\s*+:\s*+[\"{\[\d\-tfn']")
_BEGUN = re.compile(r"(?:\A|^[`~]{3,}+\w*+\s*+)([{\[])\s*+(?:[\"'{\[\d-]|\Z)", re.MULTILINE)
_LONG_NUMBER = re.compile(r"\d{19}")
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Extracted:
    """A value found in a text."""

    value: Json
    how: How
    complete: bool
    """False where the text ended before the value did."""


@dataclass(frozen=True, slots=True)
class _Found:
    extracted: Extracted
    weight: float
    """How much of the text it is, and how little was guessed."""
    end: int


class _Budget:
    """What the readers may still spend on this text, over all of its starts."""

    def __init__(self) -> None:
        self.starts = _MAX_STARTS
        self.tokens = _MAX_TOKENS


def extract(text: str, accepts: Accepts | None = None) -> Extracted | None:
    """The best JSON value in ``text``, or None; ``accepts`` tells whether a value fits its schema.

    Takes time linear in the text, and never raises for what it holds.
    """
    stripped = text.strip().lstrip("\ufeff")
    whole = _strict(stripped)
    if isinstance(whole, (dict, list)) and (accepts is None or accepts(whole)):
        return Extracted(whole, "strict", complete=True)
    best = _choose(_all_found(stripped), accepts)
    if best is not None and (accepts is None or accepts(best.value)):
        return best
    if whole is not MISSING and not isinstance(whole, (dict, list)):
        return _scalar(whole, best, accepts)
    return _last_resort(stripped, best, accepts)


def _scalar(whole: Json, best: Extracted | None, accepts: Accepts | None) -> Extracted | None:
    """A text that is one JSON scalar, unless it is a string with JSON inside."""
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
        return _without_bracket(answer, accepts)
    if accepts is None:
        return best
    second = _second_opinion(answer) if best.how == "mended" else MISSING
    if second is not MISSING and accepts(second):
        return Extracted(second, "repaired", complete=best.complete)
    return best


def _without_bracket(answer: str, accepts: Accepts | None) -> Extracted | None:
    """An answer with no value in brackets: a scalar, a text, or one that has only just begun."""
    if accepts is not None:
        bare = _strict(answer)
        if bare is not MISSING:
            return Extracted(bare, "strict", complete=True)
        if answer and accepts(answer):
            return Extracted(answer, "text", complete=True)
    for read in (loose.parameters, loose.yaml_value):
        value = read(answer)
        if value is not MISSING:
            return Extracted(value, "loose", complete=True)
    begun = _BEGUN.search(answer)
    empty: Json = {} if begun and begun[1] == "{" else []
    return Extracted(empty, "mended", complete=False) if begun else None


def _choose(found: Iterator[_Found], accepts: Accepts | None) -> Extracted | None:
    """The first that is accepted, else the weightiest; a schema only where there is nothing else.

    Models like to repeat the schema before they answer, and many a schema accepts itself.
    """
    seen: list[_Found] = []
    schemas: list[_Found] = []
    for candidate in found:
        if _is_schema(candidate.extracted.value):
            schemas.append(candidate)
        elif accepts is not None and accepts(candidate.extracted.value):
            return candidate.extracted
        else:
            seen.append(candidate)
    meant = [it for it in schemas if accepts is not None and accepts(it.extracted.value)]
    if meant:
        return meant[0].extracted
    seen = seen or schemas
    if not seen:
        return None
    lines = _lines(seen)
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
        isinstance(item, dict) and not _SAYING.isdisjoint(item) for item in held.values()
    )


def _lines(seen: list[_Found]) -> Extracted | None:
    """Objects of one kind, one after the other, are the list that the model did not bracket."""
    values = [found.extracted.value for found in seen]
    if len(values) < 2 or not all(isinstance(value, dict) and value for value in values):
        return None
    keys = values[0].keys()
    distinct = len({json.dumps(value, sort_keys=True) for value in values}) == len(values)
    if not distinct or len(values) < 3 or not all(value.keys() == keys for value in values):
        return None
    return Extracted(values, "lines", all(found.extracted.complete for found in seen))


def _all_found(text: str) -> Iterator[_Found]:
    budget = _Budget()
    answer = passages.without_reasoning(text)
    found = False
    for candidate in _in_answer(answer.strip(), budget):
        found = True
        yield candidate
    if not found and len(answer) != len(text):
        yield from _in_passage(text, budget)


def _in_answer(text: str, budget: _Budget) -> Iterator[_Found]:
    fences = () if text[:1] in ("{", "[") else passages.fenced(text)
    fenced = 0
    for fence in fences:
        for found in _in_passage(fence, budget):
            # One that ends too early may have been cut by a fence that was part of it.
            whole = found.extracted.complete
            fenced += len(fence) if whole else 0
            yield _Found(found.extracted, found.weight * (_FENCE_WEIGHT if whole else 1), found.end)
    if fenced * 4 < len(text):
        yield from _in_passage(text, budget)


def _in_passage(text: str, budget: _Budget) -> Iterator[_Found]:
    """The values in ``text``, none inside another."""
    if _ESCAPED.match(text):
        text = _unescaped(text)
    elif _MEMBERS.match(text):
        text = "{" + text
    elif _ENTITIES.match(text):
        text = html.unescape(text)
    start = _START.search(text)
    while start and budget.starts > 0:
        budget.starts -= 1
        found = _read(text, start.start(), budget)
        if found is None:
            start = _START.search(text, start.end())
            continue
        yield found
        start = _START.search(text, max(found.end, start.end()))


def _read(text: str, start: int, budget: _Budget) -> _Found | None:
    strictly = _read_relaxed(text, start)
    if strictly is not None:
        return strictly
    reading = mend.read(text, start, budget.tokens)
    budget.tokens -= reading.tokens
    if not reading.value and not reading.complete:
        # Read to the end for nothing: the starts that follow would most likely do the same.
        budget.starts -= 8 if reading.end >= len(text) else 0
        return None
    weight = (reading.end - start) / (1 + reading.guesses) - 0.5
    extracted = Extracted(_representable(reading.value), "mended", reading.complete)
    return _Found(extracted, weight, reading.end)


def _read_relaxed(text: str, start: int) -> _Found | None:
    try:
        value, end = _RELAXED.raw_decode(text, start)
    except (ValueError, RecursionError):
        return None
    span = text[start:end]
    if _too_deep(span, value):
        return None
    strict = _strict(span)
    if strict is MISSING:
        return _Found(Extracted(_representable(value), "relaxed", complete=True), len(span), end)
    return _Found(Extracted(value, "strict", complete=True), len(span), end)


def _strict(text: str) -> Json | Missing:
    try:
        # orjson makes a float of an integer beyond 64 bits.
        value = _EXACT.decode(text) if _LONG_NUMBER.search(text) else orjson.loads(text)
    except (ValueError, RecursionError):
        return MISSING
    return MISSING if _too_deep(text, value) else value


def _second_opinion(text: str) -> Json | Missing:
    # Imported here: it is needed for one text in a thousand, and takes long to load.
    from json_repair import repair_json

    if len(text) > _MAX_SECOND_OPINION or text.count("[") + text.count("{") > MAX_DEPTH:
        return MISSING
    try:
        return _representable(repair_json(text, return_objects=True, skip_json_loads=True))
    except (ValueError, RecursionError, IndexError, TypeError, AttributeError):
        return MISSING


def _unescaped(text: str) -> str:
    """``text`` that was escaped once too often: the inside of a JSON string."""
    try:
        return str(_RELAXED.decode(f'"{text}"'))
    except ValueError:
        return text.replace('\\"', '"').replace("\\n", "\n")


def _too_deep(text: str, value: Json) -> bool:
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return False
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [item for container in level for item in _items(container)]
        if not level:
            return False
    return True


def _items(value: Json) -> list[Json]:
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [item for item in items if isinstance(item, (dict, list))]


def _representable(value: Json) -> Json:
    """``value`` without what JSON in UTF-8 cannot hold: infinite numbers, lone surrogates."""
    if isinstance(value, dict):
        return {_text(key): _representable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_representable(item) for item in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return _text(value) if isinstance(value, str) else value


def _text(text: str) -> str:
    return _SURROGATE.sub("\ufffd", text)


def _null(_constant: str) -> None:
    """JSON knows no NaN and no Infinity."""


def _refused(constant: str) -> None:
    raise ValueError(constant)


_EXACT: Final = json.JSONDecoder(parse_constant=_refused)
_RELAXED: Final = json.JSONDecoder(strict=False, parse_constant=_null)
