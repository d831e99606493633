r"""Parsing regular expressions: ECMA-262, and the commonest of what Perl's kin add to it.

Beyond ECMA-262 are possessive quantifiers and atomic groups (read as greedy ones), inline flags, of
which only ``i`` counts, ``\\A`` and ``\\z``, ``(?P<name>...)`` and POSIX classes.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, Literal

from mockwright.schema.regex.classes import DOT, ESCAPES, POSIX, unicode_property
from mockwright.schema.regex.tree import (
    MAX_CODE_POINT,
    Alt,
    Anchor,
    Backref,
    CapturingGroup,
    Chars,
    LookAround,
    Ranges,
    Repeat,
    Seq,
    Tree,
    inverted,
    normal,
)

MAX_LENGTH: Final = 20_000
"""Characters of an expression."""
MAX_DEPTH: Final = 60
"""Groups within groups; the parser is recursive."""
MAX_COUNT: Final = 1_000_000
"""The highest number of repetitions; a larger one is read as this one."""

# `{3}`, `{3,}`, `{3,5}`; not `{,5}` or `{a}`, where the brace stands for itself (ECMA-262, Annex
# B).
_BRACES: Final = re.compile(r"\{(\d{1,9})(,(\d{0,9}))?\}")
_CONTROL: Final = {"n": 10, "r": 13, "t": 9, "f": 12, "v": 11, "0": 0, "a": 7, "e": 27}
_ANCHORS: Final[dict[str, Literal["start", "end", "edge", "no-edge"]]] = {
    "b": "edge", "B": "no-edge", "A": "start", "z": "end", "Z": "end",
}  # fmt: skip
_LOOKS: Final = (
    ("?=", True, False),
    ("?!", True, True),
    ("?<=", False, False),
    ("?<!", False, True),
)


class RegexError(ValueError):
    """The text is no regular expression, or one beyond the bounds."""


@lru_cache(maxsize=2048)
def parse(pattern: str) -> Tree:
    """Return the tree of ``pattern``. Raises RegexError."""
    if len(pattern) > MAX_LENGTH:
        raise RegexError(f"longer than {MAX_LENGTH} characters")
    parser = _Parser(pattern)
    tree = parser.alternatives(0)
    if parser.at < len(pattern):
        raise RegexError(f"unmatched ')' at {parser.at}")
    return tree


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.groups = 0
        self.names: dict[str, int] = {}
        self.ignore_case = False

    def peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def take(self, token: str) -> bool:
        if self.text.startswith(token, self.at):
            self.at += len(token)
            return True
        return False

    def next(self) -> str:
        char = self.peek()
        if not char:
            raise RegexError("ends too early")
        self.at += 1
        return char

    def alternatives(self, depth: int) -> Tree:
        if depth > MAX_DEPTH:
            raise RegexError(f"nested more than {MAX_DEPTH} deep")
        options = [self.sequence(depth)]
        while self.take("|"):
            options.append(self.sequence(depth))
        return options[0] if len(options) == 1 else Alt(tuple(options))

    def sequence(self, depth: int) -> Tree:
        items: list[Tree] = []
        while self.peek() not in ("", "|", ")"):
            atom = self.atom(depth)
            if atom is not None:
                items.append(self.quantified(atom))
        return items[0] if len(items) == 1 else Seq(tuple(items))

    def quantified(self, atom: Tree) -> Tree:
        while True:
            bounds = self.quantifier()
            if bounds is None:
                return atom
            low, high = bounds
            if high is not None and high < low:
                raise RegexError(f"numbers out of order before {self.at}")
            # Lazy `a+?` matches in the same texts as `a+`; possessive `a++` in fewer, which the
            # check of what was made finds out.
            if not self.take("?"):
                self.take("+")
            atom = Repeat(atom, low, high)

    def quantifier(self) -> tuple[int, int | None] | None:
        for token, low, high in (("*", 0, None), ("+", 1, None), ("?", 0, 1)):
            if self.take(token):
                return low, high
        found = _BRACES.match(self.text, self.at)
        if not found:
            return None
        self.at = found.end()
        low = min(int(found[1]), MAX_COUNT)
        if found[2] is None:
            return low, low
        return low, min(int(found[3]), MAX_COUNT) if found[3] else None

    def atom(self, depth: int) -> Tree | None:
        char = self.next()
        if char == "(":
            return self.group(depth)
        if char == "[":
            return Chars(self.folded(self.char_class()))
        if char == "\\":
            return self.escape()
        if char == ".":
            return Chars(DOT)
        if char == "^":
            return Anchor("start")
        if char == "$":
            return Anchor("end")
        if char in "*+?":
            raise RegexError(f"nothing to repeat at {self.at - 1}")
        return Chars(self.folded(((ord(char), ord(char)),)))

    def group(self, depth: int) -> Tree | None:
        # Before named groups: `(?<=` begins as `(?<name>` does.
        for token, ahead, negative in _LOOKS:
            if self.take(token):
                return LookAround(self.closed(depth), ahead, negative)
        if self.take("?:") or self.take("?>"):
            return self.closed(depth)
        if self.take("?P<") or self.take("?<"):
            return self.named(depth)
        if self.take("?"):
            return self.flags(depth)
        self.groups += 1
        number = self.groups
        return CapturingGroup(self.closed(depth), number)

    def named(self, depth: int) -> Tree:
        end = self.text.find(">", self.at)
        if end < 0:
            raise RegexError("a group's name has no end")
        self.groups += 1
        number = self.groups
        self.names[self.text[self.at : end]] = number
        self.at = end + 1
        return CapturingGroup(self.closed(depth), number)

    def flags(self, depth: int) -> Tree | None:
        # What follows `(?`: `i:` in `(?i:abc)`, which is for the group; `i)` in `(?i)abc`, which is
        # for the rest; `i-s:` in `(?i-s:abc)`.
        found = re.compile(r"([imsxu]*)(?:-[imsxu]+)?([:)])").match(self.text, self.at)
        if not found:
            raise RegexError(f"unknown group at {self.at}")
        self.at = found.end()
        before = self.ignore_case
        self.ignore_case = self.ignore_case or "i" in found[1]
        if found[2] == ")":
            return None
        inner = self.closed(depth)
        self.ignore_case = before
        return inner

    def closed(self, depth: int) -> Tree:
        inner = self.alternatives(depth + 1)
        if not self.take(")"):
            raise RegexError("a group has no end")
        return inner

    def escape(self) -> Tree:
        char = self.next()
        if char in _ANCHORS:
            return Anchor(_ANCHORS[char])
        # One digit alone: who refers to a tenth group is better off with a name.
        if char.isdecimal() and char != "0":
            return Backref(int(char))
        if char == "k" and self.take("<"):
            end = self.text.find(">", self.at)
            name = self.text[self.at : end]
            if name not in self.names:
                raise RegexError(f"no group {name[:40]!r}")
            self.at = end + 1
            return Backref(self.names[name])
        return Chars(self.folded(self.escaped_class(char)))

    def escaped_class(self, char: str) -> Ranges:
        if char in ESCAPES:
            return ESCAPES[char]
        if char in "pP":
            return self.property_class(negative=char == "P")
        code = self.escaped_code(char)
        return ((code, code),)

    def property_class(self, *, negative: bool) -> Ranges:
        name = self.next()
        if name == "{":
            end = self.text.find("}", self.at)
            if end < 0:
                raise RegexError("a property's name has no end")
            name, self.at = self.text[self.at : end], end + 1
        if name.startswith("^"):
            name, negative = name[1:], not negative
        ranges = unicode_property(name)
        if ranges is None:
            raise RegexError(f"unknown property {name[:40]!r}")
        return inverted(ranges) if negative else ranges

    def escaped_code(self, char: str) -> int:
        if char in _CONTROL:
            return _CONTROL[char]
        if char == "c":
            return ord(self.next()) & 31
        if char in "xu":
            return self.hexadecimal(2 if char == "x" else 4, char)
        return ord(char)

    def hexadecimal(self, width: int, char: str) -> int:
        # What follows `\u` or `\x`: `{1F600}`, or else the exact number of digits, `00e9` or `e9`.
        found = re.compile(r"\{([0-9A-Fa-f]{1,6})\}").match(self.text, self.at)
        if not found:
            found = re.compile(rf"([0-9A-Fa-f]{{{width}}})").match(self.text, self.at)
        if not found:
            # Without digits, `\x` is an x (ECMA-262, Annex B).
            return ord(char)
        self.at = found.end()
        return min(int(found[1], 16), MAX_CODE_POINT)

    def char_class(self) -> Ranges:
        negative = self.take("^")
        ranges: list[tuple[int, int]] = []
        first = True
        while first or self.peek() != "]":
            # `[]` takes nothing and `[^]` anything (ECMA-262); Perl would take the bracket for a
            # member.
            if first and self.peek() == "]":
                break
            first = False
            ranges.extend(self.class_member())
        self.at += 1
        merged = normal(ranges)
        return inverted(merged) if negative else merged

    def class_member(self) -> Ranges:
        low = self.class_atom()
        # `\d-z` is no range, so the hyphen stands for itself.
        if len(low) != 1 or low[0][0] != low[0][1]:
            return low
        if self.peek() != "-" or self.text[self.at + 1 : self.at + 2] in ("]", ""):
            return low
        before = self.at
        self.at += 1
        high = self.class_atom()
        if len(high) != 1 or high[0][0] != high[0][1]:
            self.at = before
            return low
        if high[0][0] < low[0][0]:
            raise RegexError(f"range out of order before {self.at}")
        return ((low[0][0], high[0][0]),)

    def class_atom(self) -> Ranges:
        # `[:alpha:]` and `[:^digit:]`, inside a class.
        found = re.compile(r"\[:(\^?)(\w+):\]").match(self.text, self.at)
        if found and found[2] in POSIX:
            self.at = found.end()
            return inverted(POSIX[found[2]]) if found[1] else POSIX[found[2]]
        char = self.next()
        if char != "\\":
            return ((ord(char), ord(char)),)
        char = self.next()
        # Inside a class, `\b` is a backspace.
        return ((8, 8),) if char == "b" else self.escaped_class(char)

    def folded(self, ranges: Ranges) -> Ranges:
        if not self.ignore_case:
            return ranges
        both = list(ranges)
        for low, high in ranges:
            # Folding all of Unicode takes long, and a class that wide has both cases anyway.
            if high - low < 0x400:
                for code in range(low, high + 1):
                    both.extend(
                        (ord(c), ord(c))
                        for c in (chr(code).lower(), chr(code).upper())
                        if len(c) == 1
                    )
        return normal(both)
