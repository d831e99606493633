"""A backtracking matcher whose steps are counted, for what no bounded engine at hand can read.

It is written in continuations: each part is handed what has to hold for where it ends.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

from mockwright.schema.regex.parse import RegexError, parse
from mockwright.schema.regex.tree import (
    Alt,
    Anchor,
    Backref,
    CapturingGroup,
    Chars,
    LookAround,
    Repeat,
    Seq,
    Tree,
    contains,
)

MAX_STEPS: Final = 200_000
"""Steps of one search; an expression that backtracks without end stops there."""

Then: TypeAlias = Callable[[int], bool]
"""Whether the rest matches, given the place where the part before it ended."""


class _TooManyStepsError(Exception):
    pass


def search(pattern: str, text: str) -> bool:
    """Whether ``pattern`` matches anywhere in ``text``.

    A search that takes more than MAX_STEPS counts as no match, as does a pattern that cannot be
    read.
    """
    try:
        tree = parse(pattern)
        matcher = _Matcher(text)
        return any(matcher.match(tree, at, lambda _end: True) for at in range(len(text) + 1))
    except (_TooManyStepsError, RecursionError, RegexError):
        return False


class _Matcher:
    def __init__(self, text: str) -> None:
        self.text = text
        self.steps = 0
        self.caught: dict[int, str] = {}

    def match(self, tree: Tree, at: int, then: Then) -> bool:
        """Whether ``tree`` matches at ``at`` so that ``then`` holds for where it ends."""
        self.steps += 1
        if self.steps > MAX_STEPS:
            raise _TooManyStepsError
        if isinstance(tree, Chars):
            return self.is_in(tree, at) and then(at + 1)
        if isinstance(tree, Seq):
            return self.sequence(tree.items, 0, at, then)
        if isinstance(tree, Alt):
            return any(self.match(option, at, then) for option in tree.options)
        if isinstance(tree, Repeat):
            return self.repeat(tree, at, then)
        if isinstance(tree, CapturingGroup):
            return self.match(tree.item, at, lambda end: self.catch(tree.number, at, end, then))
        if isinstance(tree, Backref):
            caught = self.caught.get(tree.number, "")
            return self.text.startswith(caught, at) and then(at + len(caught))
        if isinstance(tree, Anchor):
            return self.holds(tree, at) and then(at)
        return self.look(tree, at) != tree.negative and then(at)

    def is_in(self, chars: Chars, at: int) -> bool:
        return at < len(self.text) and contains(chars.ranges, ord(self.text[at]))

    def sequence(self, items: tuple[Tree, ...], i: int, at: int, then: Then) -> bool:
        if i == len(items):
            return then(at)
        return self.match(items[i], at, lambda end: self.sequence(items, i + 1, end, then))

    def repeat(self, tree: Repeat, at: int, then: Then) -> bool:
        # A single character needs no continuation for each turn, which would be one stack frame
        # each.
        if isinstance(tree.item, Chars):
            end, limit = at, len(self.text) if tree.high is None else at + tree.high
            while end < limit and self.is_in(tree.item, end):
                end += 1
            # Greedy: the longest run first.
            return any(then(stop) for stop in range(end, at + tree.low - 1, -1))
        return self.again(tree, 0, at, then)

    def again(self, tree: Repeat, count: int, at: int, then: Then) -> bool:
        def after(end: int) -> bool:
            # A turn that took nothing could be repeated without end (ECMA-262, RepeatMatcher).
            if end == at and count >= tree.low:
                return False
            return self.again(tree, count + 1, end, then)

        if (tree.high is None or count < tree.high) and self.match(tree.item, at, after):
            return True
        return count >= tree.low and then(at)

    def catch(self, number: int, start: int, end: int, then: Then) -> bool:
        before = self.caught.get(number, "")
        self.caught[number] = self.text[start:end]
        # What a group caught is taken back where the rest does not match.
        if then(end):
            return True
        self.caught[number] = before
        return False

    def holds(self, anchor: Anchor, at: int) -> bool:
        if anchor.kind == "start":
            return at == 0
        if anchor.kind == "end":
            return at == len(self.text)
        edge = self.is_word(at - 1) != self.is_word(at)
        return edge == (anchor.kind == "edge")

    def is_word(self, at: int) -> bool:
        return 0 <= at < len(self.text) and (
            self.text[at] == "_" or (self.text[at].isascii() and self.text[at].isalnum())
        )

    def look(self, tree: LookAround, at: int) -> bool:
        if tree.ahead:
            return self.match(tree.item, at, lambda _end: True)
        return any(
            self.match(tree.item, start, lambda end: end == at) for start in range(at, -1, -1)
        )
