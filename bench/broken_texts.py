"""Fresh model outputs, whole and broken, each with the value that was meant.

Seeded: the same seed gives the same cases. The payloads hold what trips readers up: quotes, braces
and comment marks inside strings, apostrophes, backslashes, dates, empty containers, other scripts.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

_WORDS = (
    *("amber", "river", "north", "quiet", "signal", "copper", "orchard", "lantern", "harbour"),
    *("velvet", "summit", "ledger", "maple", "winter", "saffron", "pixel", "cargo", "meadow"),
)
_TEXTS = (
    "It's fine, isn't it?",
    "O'Neill & Söhne",
    "see {draft} and [v2]",
    "a // b /* c */ # d",
    "https://example.com/a?b=1&c=2#frag",
    "10:30, room 4",
    "tab\there, back\\slash",
    "line one\nline two",
    "東京タワー",
    "żółć – naïve",
    "2024-05-06T07:08:09Z",
    "+41 44 123 45 67",
    "true",
    "null and void",
    '7" screen',
    "",
    "e.g. x: 1",
)
_KEYS = (
    *("id", "name", "title", "price", "total", "active", "createdAt", "note", "tags", "owner"),
    *("address", "city", "zip_code", "lines", "qty", "ratio", "state", "parent", "items", "url"),
)


@dataclass(frozen=True, slots=True)
class Case:
    """A text and what it means."""

    kind: str
    text: str
    expect: Any
    mode: Literal["exact", "prefix"] = "exact"


def payload(rng: random.Random, depth: int = 0) -> Any:
    """A random object or list, such as an API would answer with."""
    if depth == 0 and rng.random() < 0.25:
        return [_object(rng, 1) for _ in range(rng.randint(1, 3))]
    return _object(rng, depth)


def _object(rng: random.Random, depth: int) -> dict[str, Any]:
    keys = rng.sample(_KEYS, rng.randint(2, 7))
    return {key: _member(rng, depth + 1) for key in keys}


def _member(rng: random.Random, depth: int) -> Any:
    draw = rng.random()
    if draw < 0.12 and depth < 4:
        return _object(rng, depth)
    if draw < 0.24 and depth < 4:
        return [_object(rng, depth) for _ in range(rng.randint(1, 2))]
    if draw < 0.34:
        return [_scalar(rng) for _ in range(rng.randint(0, 4))]
    return _scalar(rng)


def _scalar(rng: random.Random) -> Any:
    draw = rng.random()
    if draw < 0.3:
        return " ".join(rng.sample(_WORDS, rng.randint(1, 4))).capitalize()
    if draw < 0.5:
        return rng.choice(_TEXTS)
    if draw < 0.65:
        return rng.randint(-5, 5000)
    if draw < 0.78:
        return round(rng.uniform(-90, 900), rng.randint(1, 4))
    return rng.choice([True, False, None])


def _dump(rng: random.Random, value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=rng.choice([None, 2, 2, 4]))


def _lines(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)


def _outside(text: str, pattern: str, new: str) -> str:
    """Replace ``pattern`` outside string literals."""
    parts = re.split(r'("(?:[^"\\]|\\.)*")', text)
    return "".join(re.sub(pattern, new, p) if i % 2 == 0 else p for i, p in enumerate(parts))


def _in_string(rng: random.Random, value: Any, insert: str) -> tuple[Any, str] | None:
    """``value`` with ``insert`` inside one of its texts, and its dump with a mark there."""
    mark = "\x00"
    places = list(re.finditer(r': "([A-Z][a-z ]{4,40})"', json.dumps(value)))
    if not places:
        return None
    word = rng.choice(places)[1]
    cut = rng.randint(1, len(word) - 1)
    text = json.dumps(value, ensure_ascii=False).replace(
        f': "{word}"', f': "{word[:cut]}{mark}{word[cut:]}"', 1
    )
    expected = json.loads(text.replace(mark, "@@"))
    swapped = json.loads(json.dumps(expected).replace("@@", json.dumps(insert)[1:-1]))
    return swapped, text


def _single_quoted(text: str) -> str:
    def swap(match: re.Match[str]) -> str:
        inner = match[0][1:-1].replace('\\"', '"').replace("'", "\\'")
        return f"'{inner}'"

    return re.sub(r'"(?:[^"\\]|\\.)*"', swap, text)


def _smart(text: str) -> str:
    return re.sub(r'"((?:[^"\\]|\\.)*)"', "“\\1”", text)


def _comments(rng: random.Random, text: str) -> str:
    remarks = ("  // generated", "  /* see docs */", "  # count", '  // e.g. "x": 1')
    return "\n".join(
        line + rng.choice(remarks)
        if line.endswith((",", "{", "[")) and rng.random() < 0.4
        else line
        for line in text.split("\n")
    )


def _simple(transform: Callable[[random.Random, str], str]) -> Callable[..., Case | None]:
    def make(rng: random.Random, kind: str, value: Any) -> Case:
        return Case(kind, transform(rng, _lines(value)), value)

    return make


def _inserted(shown: str, meant: str) -> Callable[..., Case | None]:
    def make(rng: random.Random, kind: str, value: Any) -> Case | None:
        placed = _in_string(rng, value, meant)
        return placed and Case(kind, placed[1].replace("\x00", shown), placed[0])

    return make


def _truncated(rng: random.Random, kind: str, value: Any) -> Case:
    text = _dump(rng, value)
    return Case(kind, text[: rng.randint(len(text) // 3, len(text) - 2)], value, "prefix")


def _not_a_number(rng: random.Random, kind: str, value: Any) -> Case:
    expect = {"ratio": None, "kept": value}
    return Case(
        kind, json.dumps(expect).replace("null", rng.choice(["NaN", "Infinity"]), 1), expect
    )


def _ellipsis(rng: random.Random, kind: str, value: Any) -> Case | None:
    text = re.sub(r"([\]}\"\d])\n(\s*)\]", r"\1,\n\2  ...\n\2]", _lines(value), count=1)
    return Case(kind, text, value) if "  ...\n" in text else None


def _repr(rng: random.Random, kind: str, value: Any) -> Case:
    return Case(kind, repr(value), value)


_NOTE = '\n\n**Note:** the values are made up (e.g. {"id": 1}).'
_THOUGHT = '<think>\nThey want {"name": ...}, so [each] field.\n</think>\n\n'
MAKERS: dict[str, Callable[..., Case | None]] = {
    "fence": _simple(lambda rng, text: f"```{rng.choice(['json', '', 'JSON'])}\n{text}\n```"),
    "prose": _simple(lambda rng, text: f"Sure! Here it is:\n\n{text}\n\nTell me if you need more."),
    "prose+fence": _simple(lambda rng, text: f"Here's a mock:\n\n```json\n{text}\n```{_NOTE}"),
    "think": _simple(lambda rng, text: _THOUGHT + text),
    "trailing-comma": _simple(
        lambda rng, text: re.sub(r"([^\s{\[,])\n(\s*[}\]])", r"\1,\n\2", text)
    ),
    "python-repr": _repr,
    "single-quotes": _simple(lambda rng, text: _single_quoted(text)),
    "comments": _simple(_comments),
    "True/None": _simple(
        lambda rng, text: _outside(
            _outside(_outside(text, r"\btrue\b", "True"), r"\bfalse\b", "False"),
            r"\bnull\b",
            "None",
        )
    ),
    "raw-newline": _inserted("\n", "\n"),
    "unescaped-quotes": _inserted(' "so called" ', ' "so called" '),
    "truncated": _truncated,
    "missing-close": lambda rng, kind, value: Case(kind, _dump(rng, value)[:-1].rstrip(), value),
    "unquoted-keys": _simple(lambda rng, text: re.sub(r'"(\w+)":', r"\1:", text)),
    "missing-comma": _simple(lambda rng, text: re.sub(r",\n", "\n", text)),
    "duplicated": _simple(lambda rng, text: f"{text}\n{text}"),
    "smart-quotes": _simple(lambda rng, text: _smart(text)),
    "bad-escape": _inserted("\\'s \\$5", "'s $5"),
    "ellipsis": _ellipsis,
    "NaN": _not_a_number,
}
_WRAPPERS: tuple[Callable[[str], str], ...] = (
    lambda text: f"```json\n{text}\n```",
    lambda text: f"Here you go:\n\n{text}\n\nHope that helps!",
    lambda text: _THOUGHT + text,
)
_WRAPPED = ("fence", "prose", "prose+fence", "think", "truncated", "missing-close", "duplicated")


def cases(seed: int, each: int) -> Iterator[Case]:
    """``each`` cases of every kind, and as many of every kind inside a wrapper."""
    rng = random.Random(seed)
    for kind, make in MAKERS.items():
        made = 0
        while made < each:
            case = make(rng, kind, payload(rng))
            if case is None:
                continue
            made += 1
            yield case
            if kind not in _WRAPPED:
                wrapped = rng.choice(_WRAPPERS)(case.text)
                yield Case(f"{kind}, wrapped", wrapped, case.expect, case.mode)


def hostile(size: int) -> Iterator[tuple[str, str]]:
    """Texts of about ``size`` characters that are meant to take long."""
    for name, unit in {
        "open brackets": "[",
        "open braces": '{"a":',
        "braces and prose": "{ x ",
        "pairs": "{}[]",
        "quotes": '"',
        "quote comma": '","',
        "fences": "```json\n{\n",
        "backslashes": '{"a": "\\',
        "half strings": '{"a": "b" c ',
        "comment starts": "[/*",
        "blanks": " " * 100 + "[",
        "thoughts": "<think>{",
        "lines": '"a": "b\n',
        "apostrophes": "{'a': 'b'c' ",
        "numbers": "[1 2 -",
        "ellipses": "[...,",
        "ellipsis signs": "…",
        "comment lines": "#\n",
        "escaped lines": "\\n",
        "thousands": '{"a": 1,234,567',
    }.items():
        yield name, unit * (size // len(unit))
        yield f"{name} in a list", "[" + unit * (size // len(unit)) + "]"


def agrees(case: Case, value: Any) -> bool:
    """Whether ``value`` is what the case meant; of a text cut short, as much as was there."""
    if case.mode == "exact":
        return _equal(value, case.expect)
    return _is_prefix(value, case.expect)


def _equal(a: Any, b: Any) -> bool:
    return json.dumps(a, sort_keys=True) == json.dumps(b, sort_keys=True)


def _is_prefix(value: Any, whole: Any) -> bool:
    if isinstance(value, dict) and isinstance(whole, dict):
        return all(key in whole and _is_prefix(value[key], whole[key]) for key in value)
    if isinstance(value, list) and isinstance(whole, list):
        return len(value) <= len(whole) and all(map(_is_prefix, value, whole))
    if isinstance(value, str) and isinstance(whole, str):
        return whole.startswith(value)
    return _equal(value, whole)
