"""A matcher of regular expressions that counts its steps.

It takes the tree that Python's own parser makes of a pattern and tries what any backtracking
matcher tries, in the same order. How its steps grow with a text says how the time of Python's
matcher grows, on any machine and without a clock; and where the two do not match alike, Python's
is wrong.

Only what the patterns under test are made of is known here; anything else is a ``KeyError``.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Iterable
from typing import Any, Final

PARSER: Final[Any] = importlib.import_module("re._parser")

Step = tuple[str, Any, Any]

_CATEGORIES: Final[dict[str, Callable[[str], bool]]] = {
    "CATEGORY_DIGIT": str.isdecimal,
    "CATEGORY_SPACE": str.isspace,
    "CATEGORY_WORD": lambda char: char.isalnum() or char == "_",
    "CATEGORY_NOT_SPACE": lambda char: not char.isspace(),
}
_QUANTIFIERS: Final = ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT")


class Matcher:
    """Matches one pattern, and counts in ``steps`` what that took."""

    def __init__(self, pattern: re.Pattern[str]) -> None:
        self._code = _sequence(PARSER.parse(pattern.pattern, pattern.flags), pattern.flags)
        self.steps = 0

    def match(self, text: str) -> int | None:
        """Return where a match from the start of ``text`` ends; None where there is none."""
        return self._run(self._code, text, 0)

    def _run(self, code: list[Step], text: str, start: int) -> int | None:
        untried = [(0, start)]
        while untried:
            at, pos = untried.pop()
            while at < len(code):
                self.steps += 1
                name, first, second = code[at]
                if name == "fork":
                    untried.append((at + second, pos))
                    at += first
                elif name == "jump":
                    at += first
                elif (end := self._taken(name, first, text, pos)) is not None:
                    at, pos = at + 1, end
                else:
                    break
            else:
                return pos
        return None

    def _taken(self, name: str, what: Any, text: str, pos: int) -> int | None:
        """Where a step that is no way elsewhere ends."""
        if name == "char":
            return pos + 1 if pos < len(text) and what(text[pos]) else None
        if name == "place":
            return pos if what(text, pos) else None
        end = self._run(what, text, pos)
        if name == "once":
            return end
        return pos if (end is not None) is (name == "ahead") else None


def _sequence(items: Iterable[tuple[Any, Any]], flags: int) -> list[Step]:
    return [step for op, value in items for step in _steps(str(op), value, flags)]


def _steps(op: str, value: Any, flags: int) -> list[Step]:
    if op in _QUANTIFIERS:
        least, most, body = value
        loop = _loop(least, most, _sequence(body, flags), lazy=op == "MIN_REPEAT")
        return [("once", loop, None)] if op == "POSSESSIVE_REPEAT" else loop
    if op == "ATOMIC_GROUP":
        return [("once", _sequence(value, flags), None)]
    if op == "SUBPATTERN":
        _, added, dropped, body = value
        return _sequence(body, (flags | added) & ~dropped)
    if op == "BRANCH":
        return _branch([_sequence(choice, flags) for choice in value[1]])
    if op in ("ASSERT", "ASSERT_NOT"):
        direction, body = value
        assert direction > 0, "a look behind"
        return [("ahead" if op == "ASSERT" else "not ahead", _sequence(body, flags), None)]
    if op == "AT":
        return [("place", _PLACES[str(value)], None)]
    return [("char", _character(op, value, flags), None)]


def _loop(least: int, most: Any, body: list[Step], *, lazy: bool) -> list[Step]:
    length = len(body) + 1
    if most is PARSER.MAXREPEAT:
        return [*body * least, _fork(length + 1, lazy=lazy), *body, ("jump", -length, None)]
    turns = most - least
    optional = [[_fork(left * length, lazy=lazy), *body] for left in range(turns, 0, -1)]
    return [*body * least, *(step for turn in optional for step in turn)]


def _fork(past: int, *, lazy: bool) -> Step:
    """Go on with what follows, or ``past`` it; the lazy try the latter first."""
    return ("fork", past, 1) if lazy else ("fork", 1, past)


def _branch(choices: list[list[Step]]) -> list[Step]:
    *others, code = choices
    for choice in reversed(others):
        code = [("fork", 1, len(choice) + 2), *choice, ("jump", len(code) + 1, None), *code]
    return code


def _character(op: str, value: Any, flags: int) -> Callable[[str], bool]:
    """What one character has to be."""
    if op == "IN":
        negated = str(value[0][0]) == "NEGATE"
        tests = [_character(str(kind), given, flags) for kind, given in value[negated:]]
        return lambda char: any(test(char) for test in tests) is not negated
    tests_of: dict[str, Callable[[str], bool]] = {
        "LITERAL": lambda char: ord(char) == value,
        "NOT_LITERAL": lambda char: ord(char) != value,
        "RANGE": lambda char: value[0] <= ord(char) <= value[1],
        "ANY": lambda char: bool(flags & re.DOTALL) or char != "\n",
        "CATEGORY": lambda char: _CATEGORIES[str(value)](char),
    }
    return tests_of[op]


def _at_boundary(text: str, pos: int) -> bool:
    is_word = _CATEGORIES["CATEGORY_WORD"]
    before = pos > 0 and is_word(text[pos - 1])
    return before is not (pos < len(text) and is_word(text[pos]))


_PLACES: Final[dict[str, Callable[[str, int], bool]]] = {
    "AT_END_STRING": lambda text, pos: pos == len(text),
    "AT_BOUNDARY": _at_boundary,
}
