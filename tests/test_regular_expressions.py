"""What the regular expressions of the package are made of, and how long they may take.

A possessive quantifier behind a group (``(?:ab?c)*+``) does not match alike on all versions of
Python that are supported, nor does it always match right:

- Up to 3.11.4, what Debian 12 ships included, the last turn of such a group, the one that fails,
  leaves the place up to which it had come as the place where the match goes on:
  ``re.fullmatch("(?:ab?c)*+", "a")`` matches (gh-100061, gh-106052).
- Up to 3.12.7 and 3.13.0, and in all of 3.11, one with captures in its choices may end in a
  SystemError: ``re.match("((x)|y|z)*+", "xyz")`` (gh-101955).

Neither concerns a quantifier behind a single character or set, for which the interpreter has code
of its own, nor an atomic group: ``(?>(?:ab?c)*)`` says the same, and is right everywhere.
"""

from __future__ import annotations

import ast
import importlib
import importlib.util
import pkgutil
import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest

import mockwright
from mockwright.extraction import extract, lenient_json, literals, quotes
from mockwright.shapes.rest.path_pattern import compile_path
from tests.backtracking import PARSER, Matcher

_FUNCTIONS: Final = frozenset(
    {"compile", "match", "fullmatch", "search", "sub", "subn", "split", "findall", "finditer"}
)
_MADE_ON_DEMAND: Final = {
    "mockwright.memory.journal.redact": ["|".join(map(re.escape, ("s3cret", "(?:a)*+")))],
    "mockwright.shapes.rest.path_pattern": [
        compile_path(path).pattern for path in ("/a", "/{id}/*a*b*", "/**/a/**/b*c*/**")
    ],
}
"""By module: examples of what is put together from values that are not known beforehand."""


def _sources() -> Iterator[tuple[str, Path]]:
    """The modules of the package, and their files."""
    for info in pkgutil.walk_packages(mockwright.__path__, "mockwright."):
        spec = importlib.util.find_spec(info.name)
        assert spec is not None
        assert spec.origin is not None
        yield info.name, Path(spec.origin)


def _called(tree: ast.AST) -> Iterator[ast.expr]:
    """The first argument of each call of a function of ``re``."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id="re"), attr=name), args=[first, *_]):
                if name in _FUNCTIONS:
                    yield first


def _evaluated(node: ast.expr, names: dict[str, Any]) -> str | None:
    """The pattern that ``node`` stands for, with an ``x`` for what only a call could tell."""
    try:
        value = eval(ast.unparse(node), dict(names))  # noqa: S307 - the package's own source
    except NameError:
        if not isinstance(node, ast.JoinedStr):
            return None
        parts = [it.value if isinstance(it, ast.FormattedValue) else it for it in node.values]
        return "".join(_evaluated(part, names) or "x" for part in parts)
    return _text(value)


def _text(pattern: Any) -> str:
    return pattern.decode("latin-1") if isinstance(pattern, bytes) else str(pattern)


def _held(value: Any, depth: int = 4) -> Iterator[re.Pattern[Any]]:
    """The compiled patterns in ``value``, and in what it holds."""
    if isinstance(value, re.Pattern):
        yield value
        return
    inner: list[Any] = []
    if isinstance(value, dict):
        inner = [*value, *value.values()]
    elif isinstance(value, (list, tuple, set, frozenset)):
        inner = [*value]
    elif isinstance(value, type):
        inner = [*vars(value).values()]
    elif is_dataclass(value):
        inner = [getattr(value, field.name, None) for field in fields(value)]
    for item in inner if depth else ():
        yield from _held(item, depth - 1)


@cache
def _patterns() -> dict[str, set[str]]:
    """The patterns of each module; fails where some are made that nothing tells of."""
    patterns = {}
    for name, source in _sources():
        module = importlib.import_module(name)
        called = _called(ast.parse(source.read_text(encoding="utf-8")))
        written = [_evaluated(node, vars(module)) for node in called]
        held = {_text(pattern.pattern) for pattern in _held(vars(module))}
        examples = _MADE_ON_DEMAND.get(name, [])
        assert held or examples or None not in written, f"{name}: give _MADE_ON_DEMAND examples"
        patterns[name] = {pattern for pattern in written if pattern is not None} | held
        patterns[name].update(examples)
    return patterns


def _has_possessive_group(tree: Any) -> bool:
    return any(
        (str(op) == "POSSESSIVE_REPEAT" and not _is_one_character(value[2]))
        or any(map(_has_possessive_group, _inner(value)))
        for op, value in tree
    )


def _inner(value: Any) -> Iterator[Any]:
    """The parsed sequences directly within a part of a pattern."""
    if isinstance(value, PARSER.SubPattern):
        yield value
    elif isinstance(value, (tuple, list)):
        for item in value:
            yield from _inner(item)


def _is_one_character(body: Any) -> bool:
    if len(body) != 1:
        return False
    op, value = body[0]
    if str(op) == "SUBPATTERN":
        return value[0] is None and _is_one_character(value[-1])
    return str(op) in ("LITERAL", "NOT_LITERAL", "ANY", "IN")


def test_no_quantifier_behind_a_group_is_possessive() -> None:
    wrong = [
        f"{name}: {pattern}"
        for name, patterns in _patterns().items()
        for pattern in sorted(patterns)
        if _has_possessive_group(PARSER.parse(pattern))
    ]
    assert not wrong, "write (?>(?:...)*) for (?:...)*+ in\n" + "\n".join(wrong)


@pytest.mark.parametrize(
    ("pattern", "wrong"),
    [
        ("(?:ab?c)*+", True),
        ("(a)++", True),
        ("x(?=(?:ab|c){2,3}+)", True),
        ("(?:y|(?:ab)?+)z", True),
        ("(?>(?:ab?c)*)", False),
        ("(?:a|b)*+[^c]++.?+", False),
        (r"(?:\d){1,3}+", False),
        (re.escape("(?:ab)*+"), False),
    ],
)
def test_such_quantifiers_are_found(pattern: str, wrong: bool) -> None:
    assert _has_possessive_group(PARSER.parse(pattern)) is wrong


def test_every_pattern_is_looked_at() -> None:
    found = set().union(*_patterns().values())
    assert len(found) > 300
    assert {pattern.pattern for pattern in quotes._BODY.values()} <= found
    assert any("(?>" in pattern for pattern in found)


# Time, and what Python's own matcher makes of it

HOSTILE: Final[dict[str, tuple[re.Pattern[str], list[tuple[str, str, str]]]]] = {
    "the body of a string": (
        quotes._BODY['"'],
        [("", "\\n", ""), ("", '\\"', '"'), ("", "\\", ""), ("", "x\\\\", "\\"), ("", "x", '"')],
    ),
    "a key": (
        quotes._QUOTED_KEY,
        [
            ('"', "\\n", '": 1'), ('"', "a\\n", ""), ("'", "\\'", "x"), ('"', "a", ""),
            ('"a"', " ", ""),
        ],
    ),
    "behind a value": (
        quotes._AFTER_IN_OBJECT,
        [
            (', "', "\\n", '": 1'), (', "', "a\\n", ""), (",", "\n", "x"), ("", " ", "'"),
            ("", "\n", ""),
        ],
    ),
    "closers": (
        quotes._CLOSING,
        [("", "}", ""), ("", "} ]", "x"), ("", " ", "x"), (" }", "\n", "")],
    ),
    "what is skipped": (
        lenient_json._SKIP,
        [
            ("", "…", "x"), ("", "...", ""), ("", "... a ", ""), ("", "...and ", ""),
            ("", ".", "x"), ("...", " ", "x"), ("", "/**/", "x"), ("", "/*", ""), ("/*", "*", ""),
            ("/*", "* /", "*/"), ("", "#\n", ""), ("", "// ", ""), ("<!--", "-", ""),
            ("<!--", "-->", ""), ("", " \n", "x"),
            ("", "//x\n… ", "…"),
        ],
    ),
    "a grouped number": (
        literals.GROUPED,
        [
            ("1", ",234", ""), ("1", ",234", "5}"), ("-1", ",234", "}"), ("1", ",234", ".5 }"),
            ("1,234", " ", "x"), ("1,234.", "5", "x"), ("1,234", ",", ""), ("1", ",234", ",5678\n"),
        ],
    ),
    "an escaped value": (
        extract._ESCAPED,
        [
            ("{", "\\n", "x"), ("{", " ", "x"), ("[", " \\n", '\\"'), ("{", "\\n", '\\"'),
            ("{", "\\", '"'),
        ],
    ),
}  # fmt: skip
CASES: Final = [
    pytest.param(pattern, *text, id=f"{name}, {text[1]!r}")
    for name, (pattern, texts) in HOSTILE.items()
    for text in texts
]


@pytest.mark.parametrize(("pattern", "head", "unit", "tail"), CASES)
def test_steps_grow_with_the_text_and_no_faster(
    pattern: re.Pattern[str], head: str, unit: str, tail: str
) -> None:
    steps = []
    for times in (200, 400, 800):
        matcher = Matcher(pattern)
        matcher.match(head + unit * times + tail)
        steps.append(matcher.steps)
    assert steps[1] <= 2.1 * steps[0]
    assert steps[2] <= 2.1 * steps[1]


@pytest.mark.parametrize(("pattern", "head", "unit", "tail"), CASES)
@pytest.mark.parametrize("times", [0, 1, 2, 13, 101, 1001])
def test_python_matches_as_the_pattern_says(
    pattern: re.Pattern[str], head: str, unit: str, tail: str, times: int
) -> None:
    text = head + unit * times + tail
    found = pattern.match(text)
    assert (found.end() if found else None) == Matcher(pattern).match(text)


@pytest.mark.parametrize("pattern", ["a*a*b", "(?:a|aa)*b"])
def test_faster_growth_is_seen(pattern: str) -> None:
    steps = []
    for times in (12, 24):
        matcher = Matcher(re.compile(pattern))
        assert matcher.match("a" * times) is None
        steps.append(matcher.steps)
    assert steps[1] > 3 * steps[0]


@pytest.mark.parametrize("times", [0, 1, 999, 1000, 1001, 2000, 2001])
def test_what_takes_several_matches_is_passed_over_whole(times: int) -> None:
    for escape in ("\\n", "\\'", "\\\\x"):
        assert quotes.read_key(f"'{escape * times}' : 1", 0) == quotes.Quoted(
            quotes.unescape(escape * times), len(escape) * times + 2
        )
    for skipped in ("…", "#\n", "/**/ "):
        found = extract.extract("{" + skipped * times + "a: 1}")
        assert found is not None
        assert found.value == {"a": 1}
