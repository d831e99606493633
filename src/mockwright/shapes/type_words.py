"""What one string of an example shape means: a type, bounds, a pattern, a choice, or an example."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from datetime import date, datetime
from ipaddress import IPv4Address
from typing import Final

from mockwright.errors import ShapeError
from mockwright.schema.keywords import word_set
from mockwright.types import Json, JsonObject

PHONE: Final = r"^(\+?[0-9]{1,3}[ .-]?)?(\([0-9]{1,4}\)[ .-]?)?[0-9]{2,4}([ .-]?[0-9]{2,4}){1,4}$"
"""Phone numbers in ITU-T E.123 notation, national or international: ``+44 20 7946 0958``, ``(030)
123456``. JSON Schema has no format for them.
"""

_MEANINGS: Final[tuple[tuple[str, JsonObject], ...]] = (
    ("string str text", {"type": "string"}),
    ("int integer long", {"type": "integer"}),
    ("number float double decimal", {"type": "number"}),
    ("bool boolean", {"type": "boolean"}),
    ("uuid guid", {"type": "string", "format": "uuid"}),
    ("email", {"type": "string", "format": "email"}),
    ("url uri", {"type": "string", "format": "uri"}),
    ("date", {"type": "string", "format": "date"}),
    ("time", {"type": "string", "format": "time"}),
    (
        "datetime date-time iso-8601 iso8601 timestamp",
        {"type": "string", "format": "date-time"},
    ),
    ("phone", {"type": "string", "format": "phone", "pattern": PHONE}),
    ("ip ipv4", {"type": "string", "format": "ipv4"}),
    ("ipv6", {"type": "string", "format": "ipv6"}),
    ("null", {"type": "null"}),
    ("any", {}),
    ("object", {"type": "object"}),
    ("array", {"type": "array"}),
)
TYPE_WORDS: Final = {word: schema for names, schema in _MEANINGS for word in names.split()}
"""The schema of each type word, aliases included."""

_UNION_WORDS: Final = word_set("string int integer number float bool boolean")
"""Words that, all of them beside one another in ``a|b``, are a choice of types.

Others are a choice of words: ``"email|phone"`` is how a person writes a preferred way of contact.
"""

# English words that are one slip away from a type word; without them "spring" were a typo.
_NO_TYPOS: Final = word_set(
    "abject afloat arrays bloat booleans cumber dateline daytime decimals decimate double doubled"
    " doubles doublet doubly emails flat floats flout gloat gmail integers integral inter lumber"
    " mail numbed numbers objects phoned phones phoney phony prone rouble spring staring sting"
    " storing strings stringy strong strung timestamps trouble umber"
)
_SHORT_TYPOS: Final = {"boool": "bool", "booll": "bool", "uudi": "uuid", "uiud": "uuid"}
"""Misspellings of words that are too short to look for neighbours of."""

# `uuid`, `string?`, `int[]`, `string?[][]?`
_WORD: Final = re.compile(r"([A-Za-z][A-Za-z0-9-]*)(\?)?((?:\[\])*)(\?)?")
# What might be a misspelt type word, also with a number behind it: `strng`, `isoo-8601`.
_TYPO: Final = re.compile(r"[a-z]{4,10}(-[0-9]{1,6})?")
# `int 18..99`: a word, and what comes after it.
_BOUNDED: Final = re.compile(r"([A-Za-z][A-Za-z0-9-]*)\s+(\S.*)", re.DOTALL)
# `3`, `-0.5`, `.5`, `1e6`; the counts keep Python from reading numbers of any length.
_NUMBER: Final = re.compile(r"[+-]?(\d{1,40}(\.\d{1,40})?|\.\d{1,40})([eE][+-]?\d{1,3})?")
# A dot or braces alone do not make "/users/{id}/" or "/v1.2/" a regular expression.
# `^[A-Z]+$`, `\d`, `a|b`, `x{3}`: any of them has a sign that no path has.
_REGEX_SIGN: Final = re.compile(r"[\^$\[\](*+?|\\]|\{\d+(,\d*)?\}")
_LONGEST: Final = 500
"""Characters of a string that may mean something; a longer one is prose."""
MAX_LENGTH: Final = 1_000_000
"""The highest length of a string that bounds may ask for."""
_BOUNDED_WORDS: Final = word_set("string str text int integer long number float double decimal")


def parse_word(text: str, pointer: str) -> JsonObject:
    """Return the schema that a string of an example shape stands for.

    Raises ShapeError for a misspelt type word, malformed bounds or a pattern with flags.
    """
    word = text.strip()
    if len(word) > 2 and word[0] == "/" and (pattern := _read_pattern(word, pointer)) is not None:
        return {"type": "string", "pattern": pattern}
    if len(word) <= _LONGEST:
        # The order counts: a typo is only looked for in what means nothing, and a value comes last.
        for read in (_read_type_word, _read_bounds, _read_choice, _check_typo, _read_value):
            if (schema := read(word, pointer)) is not None:
                return schema
    return {"type": "string", "examples": [text]} if word else {"type": "string"}


def nearest(word: str, known: Iterable[str], distance: int = 2) -> str | None:
    """Return the known word that is the fewest slips away, or None beyond ``distance``."""
    best = min(((slips(word, other), other) for other in known), default=(distance + 1, ""))
    return best[1] if best[0] <= distance else None


def slips(a: str, b: str) -> int:
    """Return the number of letters to insert, drop, change or swap to get from ``a`` to ``b``.

    Only neighbours are swapped: it is the restricted Damerau-Levenshtein distance.
    """
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        before, last, row = row, before, [i]
        for j, y in enumerate(b, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, last[j - 2] + 1)
            row.append(cost)
    return row[-1]


def nullable(schema: JsonObject) -> JsonObject:
    """Return ``schema`` widened to accept null."""
    if isinstance(schema.get("type"), str):
        return {**schema, "type": [schema["type"], "null"]} if schema["type"] != "null" else schema
    return {"anyOf": [schema, {"type": "null"}]} if schema else {}


def _read_type_word(word: str, pointer: str) -> JsonObject | None:
    """Read ``uuid``, ``string?`` (or null), ``string[]`` (a list of them)."""
    match = _WORD.fullmatch(word)
    schema = TYPE_WORDS.get(match[1].lower()) if match else None
    if match is None or schema is None:
        return None
    result = nullable(schema) if match[2] else dict(schema)
    for _ in range(len(match[3]) // 2):
        result = {"type": "array", "items": result}
    return nullable(result) if match[4] else result


def _read_bounds(word: str, pointer: str) -> JsonObject | None:
    """Read ``int 18..99``; a type word before other text (``time flies``) is an example."""
    match = _BOUNDED.fullmatch(word)
    if match is None:
        return None
    name, rest = match[1].lower(), match[2]
    if ".." not in rest and not _NUMBER.fullmatch(rest):
        return None
    schema = TYPE_WORDS.get(name)
    if schema is None:
        return _check_typo(name, pointer) if ".." in rest else None
    kind = schema.get("type")
    if name not in _BOUNDED_WORDS:
        if ".." not in rest:
            return None
        raise ShapeError(f"{name!r} takes no bounds; {word!r} is no type", pointer)
    low, dots, high = rest.partition("..")
    if not (dots and _NUMBER.fullmatch(low.strip()) and _NUMBER.fullmatch(high.strip())):
        raise ShapeError(
            f"bounds are written low..high, as in '{name} 3..40'; got {word!r}", pointer
        )
    least, most = (_read_bound(kind, text.strip(), word, pointer) for text in (low, high))
    if least > most:
        raise ShapeError(f"the lower bound is above the upper one in {word!r}", pointer)
    if kind == "string":
        return {**schema, "minLength": least, "maxLength": most}
    return {**schema, "minimum": least, "maximum": most}


def _read_bound(kind: Json, text: str, word: str, pointer: str) -> int | float:
    # Up to 15 digits a float is exact, so `number 1..5` keeps its integers.
    if kind == "number" and not re.fullmatch(r"[+-]?\d{1,15}", text):
        number = float(text)
        if not math.isfinite(number):
            raise ShapeError(f"{text!r} is too large a number in {word!r}", pointer)
        return number
    if not re.fullmatch(r"[+-]?\d{1,18}", text):
        raise ShapeError(f"{text!r} is no whole number of at most 18 digits in {word!r}", pointer)
    value = int(text)
    if kind == "string" and not 0 <= value <= MAX_LENGTH:
        raise ShapeError(f"a length is 0 to {MAX_LENGTH}; got {word!r}", pointer)
    return value


def _read_choice(word: str, pointer: str) -> JsonObject | None:
    """Read ``a|b|c``: one of the words, numbers or types; ``null`` among them allows null."""
    parts = [part.strip() for part in word.split("|")]
    if len(parts) < 2 or not all(parts):
        return None
    others = [part for part in parts if part.lower() != "null"]
    with_null = len(others) < len(parts)
    if not others:
        return {"type": "null"}
    if len(others) == 1:
        only = _read_type_word(others[0], pointer) or _read_bounds(others[0], pointer)
        if only is not None:
            return nullable(only)
    lowered = [part.lower() for part in others]
    if all(part in _UNION_WORDS for part in lowered):
        types = [TYPE_WORDS[part]["type"] for part in lowered] + ["null"] * with_null
        return {"type": list(dict.fromkeys(types))}
    if sorted(lowered) == ["false", "true"]:
        return {"type": ["boolean", "null"] if with_null else "boolean"}
    members = _literals(others) + [None] * with_null
    return {"enum": members} if with_null else {**_enum_type(members), "enum": members}


def _literals(parts: list[str]) -> list[Json]:
    """Return the words, each once, as numbers where all of them are."""
    parts = list(dict.fromkeys(parts))
    # `7`, `-12`; not `007`, which is a code.
    if all(re.fullmatch(r"-?(0|[1-9]\d{0,17})", part) for part in parts):
        return [int(part) for part in parts]
    # `9.99`, `-0.5`
    if all(re.fullmatch(r"-?(0|[1-9]\d{0,14})(\.\d{1,15})?", part) for part in parts):
        return list(dict.fromkeys(float(part) for part in parts))
    return list(parts)


def _enum_type(members: list[Json]) -> JsonObject:
    kinds = {int: "integer", float: "number"}
    return {"type": kinds.get(type(members[0]), "string")}


def _check_typo(word: str, pointer: str) -> JsonObject | None:
    """Raise ShapeError where a lone lower-case word is nearly a type word; else return None.

    Short type words have too many neighbours (``data``, ``tool``, ``next``) to guess at.
    """
    if not _TYPO.fullmatch(word) or word in _NO_TYPOS:
        return None
    for known in TYPE_WORDS:
        allowed = 2 if len(known) >= 7 else 1 if len(known) >= 5 else 0
        if abs(len(known) - len(word)) <= allowed and 0 < slips(word, known) <= allowed:
            raise ShapeError(f"unknown type word {word!r}; did you mean {known!r}?", pointer)
    if word in _SHORT_TYPOS:
        known = _SHORT_TYPOS[word]
        raise ShapeError(f"unknown type word {word!r}; did you mean {known!r}?", pointer)
    return None


def _read_value(word: str, pointer: str) -> JsonObject | None:
    """Read a value that shows its format: a date, an e-mail address, a URL.

    No example is kept: ``email@example.com`` stands for any address.
    """
    for format_, looks, holds in _FORMATS:
        if looks.fullmatch(word) and holds(word):
            return {"type": "string", "format": format_}
    return None


def _read_pattern(word: str, pointer: str) -> str | None:
    """Return the regular expression between the slashes, or None where it is rather a path."""
    body, slash, flags = word[1:].rpartition("/")
    if not slash or not body or not _REGEX_SIGN.search(body):
        return None
    # `/users/me` ends in what are no flags; `/^a$/i` does not.
    if flags and not (set(flags) <= set("dgimsuvy") and body.startswith("^")):
        return None
    if flags:
        raise ShapeError(f"a pattern takes no flags; got {flags!r} after {word[:60]!r}", pointer)
    return body


def _parses(read: Callable[[str], object]) -> Callable[[str], bool]:
    def holds(text: str) -> bool:
        try:
            read(text)
        except ValueError:
            return False
        return True

    return holds


def _always(text: str) -> bool:
    return True


_FORMATS: Final[tuple[tuple[str, re.Pattern[str], Callable[[str], bool]], ...]] = (
    ("date", re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}"), _parses(date.fromisoformat)),
    (
        "date-time",
        re.compile(
            r"[0-9]{4}-[0-9]{2}-[0-9]{2}T([01][0-9]|2[0-3])(:[0-5][0-9]){2}(\.[0-9]{1,6})?"
            r"(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])"
        ),
        _parses(datetime.fromisoformat),
    ),
    (
        "email",
        re.compile(
            r"[A-Za-z0-9_%+-]{1,32}(\.[A-Za-z0-9_%+-]{1,16}){0,3}"
            r"@([A-Za-z0-9]([A-Za-z0-9-]{0,40}[A-Za-z0-9])?\.){1,5}[A-Za-z]{2,24}"
        ),
        _always,
    ),
    (
        "uri",
        re.compile(
            r"https?://[A-Za-z0-9][A-Za-z0-9.-]{0,200}(:[0-9]{1,5})?"
            r"([/?#][A-Za-z0-9._~!$&'()*+,;=:@/-]*)?(\?[A-Za-z0-9._~!$&'()*+,;=:@/-]*)?"
        ),
        _always,
    ),
    ("uuid", re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"), _always),
    ("ipv4", re.compile(r"[0-9]{1,3}(\.[0-9]{1,3}){3}"), _parses(IPv4Address)),
)
