"""Conditions in CEL, the Common Expression Language (github.com/google/cel-spec).

CEL has no loops but those over lists that are there, so that every condition ends; how long loops
within loops may take is bounded before they are begun.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

from mockwright.errors import GuardError
from mockwright.types import Json

FLOW_FACTS: Final = (
    "complexity", "quality", "input", "result", "budget", "cost_usd", "elapsed",
)  # fmt: skip
"""What a condition in a flow may speak of; ``elapsed`` is in seconds."""

MAX_LENGTH: Final = 2_000
"""Characters of an expression."""
MAX_STEPS: Final = 1_000_000
"""How often the innermost loop of an expression may be gone through."""
# `.all(`, `.map(`: the macros that loop.
_MACRO: Final = re.compile(
    r"\.\s*(?:all|exists|exists_one|existsOne|filter|map|transformList)\s*\("
)
# `.all(x,`, `.transformList(i, x,`: the names that a loop binds are known inside of it.
_BOUND: Final = re.compile(_MACRO.pattern + r"\s*(\w+)\s*(?:,\s*(\w+)\s*)?,")
# A string in any of CEL's four quotes: brackets inside of it are no brackets.
_TEXT: Final = re.compile(
    r"\"\"\".*?\"\"\"|'''.*?'''|\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'", re.DOTALL
)
# `<input>:1:7: Syntax error: ...`, as the library tells of a fault.
_PLACE: Final = re.compile(r"<input>:(\d+):(\d+): *(?:Syntax error: *)?([^\n]*)")


@dataclass(frozen=True, slots=True)
class Expression:
    """An expression over named facts, compiled."""

    text: str
    names: tuple[str, ...] = FLOW_FACTS
    """The facts that it may speak of."""
    _program: Any = field(default=None, repr=False, compare=False)
    _nesting: int = field(default=0, repr=False, compare=False)

    @property
    def speaks_of(self) -> frozenset[str]:
        """The facts that it needs."""
        return frozenset(self._program.variables()) & frozenset(self.names)

    def steps(self, facts: Mapping[str, Json]) -> int:
        """Return how often the innermost of its loops may be gone through at most; 1 without loops.

        Lists may stand in the facts or in the expression itself.
        """
        if not self._nesting:
            return 1
        # One more than its commas is the most items that a list in the expression can have.
        longest = max(_longest_list(facts), self.text.count(",") + 1)
        return int(min(longest**self._nesting, 10**12))

    def value(self, facts: Mapping[str, Json]) -> Json:
        """Return what it comes out as.

        Raises GuardError where something it speaks of is not there.
        """
        known = {name: facts.get(name) for name in self.names}
        if self._nesting > 1 and self.steps(known) > MAX_STEPS:
            raise GuardError(
                "its loops within loops are too many for lists of this length", self.text
            )
        try:
            return self._program.execute(known)
        except (ArithmeticError, LookupError, RuntimeError, TypeError, ValueError) as error:
            raise GuardError(_message_of(error), self.text) from None


@dataclass(frozen=True, slots=True)
class Condition(Expression):
    """An expression that comes out true or false."""

    def holds(self, facts: Mapping[str, Json]) -> bool:
        """Whether the condition is true of the facts.

        Raises GuardError where that cannot be told: something is not there, or it is no truth
        value.
        """
        result = self.value(facts)
        if not isinstance(result, bool):
            raise GuardError(f"came out as {str(result)[:60]!r}, expected true or false", self.text)
        return result


def parse_condition(text: str, names: tuple[str, ...] = FLOW_FACTS) -> Condition:
    """Return an expression that comes out true or false, as :func:`parse_expression` does."""
    read = parse_expression(text, names)
    return Condition(read.text, read.names, read._program, read._nesting)


@lru_cache(maxsize=512)
def parse_expression(text: str, names: tuple[str, ...] = FLOW_FACTS) -> Expression:
    """Return the expression, compiled.

    Raises GuardError, with its place, for what is no CEL or speaks of something unknown.
    """
    import cel  # 40 ms, and most configurations have no condition

    if not text.strip() or len(text) > MAX_LENGTH:
        raise GuardError(f"expected an expression of 1 to {MAX_LENGTH} characters", text)
    try:
        program = cel.compile(text)
    except ValueError as error:
        raise GuardError(_message_of(error), text) from None
    own = {name for match in _BOUND.finditer(text) for name in match.groups()}
    for name in program.variables():
        if name not in names and name not in own:
            raise GuardError(
                f"{_place_of(text, name)}: {name!r} is not known here; known: {', '.join(names)}",
                text,
            )
    return Expression(text, names, program, _loop_depth(text))


def _message_of(error: Exception) -> str:
    """Return the library's message without its drawing, the place in our words."""
    if isinstance(error, KeyError):
        return f"there is no {error}"
    message = str(error)
    found = _PLACE.search(message)
    if found is not None:
        return f"line {found[1]}, column {found[2]}: {found[3][:200]}"
    return message.partition(". ")[0].partition("\n")[0][:200]


def _place_of(text: str, name: str) -> str:
    """Return line and column, both from 1, of a name's first use."""
    found = re.search(rf"(?<![\w.]){re.escape(name)}\b", text)
    at = found.start() if found else 0
    before = text[:at]
    return f"line {before.count(chr(10)) + 1}, column {at - before.rfind(chr(10))}"


def _loop_depth(text: str) -> int:
    """Return how deep loops stand in loops."""
    plain = _TEXT.sub(lambda quoted: " " * len(quoted[0]), text)
    starts = {match.end() - 1 for match in _MACRO.finditer(plain)}
    open_brackets: list[bool] = []
    deepest = 0
    for at, sign in enumerate(plain):
        if sign == "(":
            open_brackets.append(at in starts)
            deepest = max(deepest, sum(open_brackets))
        elif sign == ")" and open_brackets:
            open_brackets.pop()
    return deepest


def _longest_list(value: Json) -> int:
    """Return the length of the longest list or object in ``value``."""
    longest = 0
    waiting: list[Json] = [value]
    while waiting:
        found = waiting.pop()
        if isinstance(found, (list, Mapping)):
            longest = max(longest, len(found))
            waiting.extend(found.values() if isinstance(found, Mapping) else found)
    return longest
