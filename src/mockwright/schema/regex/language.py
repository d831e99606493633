"""The language of texts that match several expressions at once, and do not match others.

Each expression becomes a term of a regular language, closed under *and* and *not*; its states are
found by Brzozowski's derivatives ("Derivatives of Regular Expressions", JACM 1964). Lookaheads are
an *and* with what follows. Word edges, lookbehinds and back-references are passed over, so that a
text made here has to be checked; the language is then said to be inexact.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final, TypeAlias

from mockwright.schema.regex.parse import parse
from mockwright.schema.regex.tree import (
    MAX_CODE_POINT,
    Alt,
    Anchor,
    CapturingGroup,
    Chars,
    LookAround,
    Ranges,
    Repeat,
    Seq,
    Tree,
    contains,
)

Term: TypeAlias = int
"""A node of :class:`Terms`, by its number."""

NONE: Final[Term] = 0
"""The term that takes no text."""
EMPTY: Final[Term] = 1
"""The term that takes the empty text alone."""
ALL: Final[Term] = 2
"""The term that takes every text."""

MAX_STATES: Final = 900
"""States of an automaton; a larger language is given up."""
MAX_WORK: Final = 40_000
"""Derivatives taken for one language, those of parts counted as well; beyond, it is given up."""
MAX_RANGES: Final = 48
"""Ranges of one class that are looked at; those beyond, far outside of ASCII, make no text
better.
"""
_ANY: Final[Ranges] = ((0, MAX_CODE_POINT),)
_ASCII_CUTS: Final = (48, 58, 65, 91, 97, 123)
"""The ends of digits, upper case and lower case, which are told apart so that each can be
chosen.
"""


class LanguageTooLargeError(Exception):
    """The language has more states, or takes more work, than the bounds allow."""


@dataclass(slots=True)
class Terms:
    """The terms of one language, by number; equal terms are made once.

    The constructors simplify as they build (``x|x`` is ``x``): without that, derivatives would grow
    without end.
    """

    nodes: list[tuple[Any, ...]] = field(default_factory=lambda: [("none",), ("empty",), ("all",)])
    """Each term as its kind and what it is made of; the first three are NONE, EMPTY and ALL."""
    known: dict[tuple[Any, ...], Term] = field(default_factory=dict)
    """The number of each node."""
    derived: dict[tuple[Term, int], Term] = field(default_factory=dict)
    """The derivative of a term by a character, once it was taken."""
    exact: bool = True
    """Whether the terms say all that the expressions say."""
    work: int = 0
    """Derivatives taken so far."""

    def make(self, *node: Any) -> Term:
        """Return the number of the term that ``node`` describes, a kind and its parts."""
        number = self.known.get(node)
        if number is None:
            number = self.known[node] = len(self.nodes)
            self.nodes.append(node)
        return number

    def chars(self, ranges: Ranges) -> Term:
        """Return the term of one character within ``ranges``."""
        return self.make("chars", ranges) if ranges else NONE

    def then(self, first: Term, second: Term) -> Term:
        """Return the term of a text of ``first`` with a text of ``second`` after it."""
        if NONE in (first, second):
            return NONE
        if first == EMPTY:
            return second
        # Any text after any text is any text.
        if second == EMPTY or first == second == ALL:
            return first
        return self.make("then", first, second)

    def repeat(self, item: Term, low: int, high: int | None) -> Term:
        """Return the term of ``low`` to ``high`` texts of ``item``, or any number for None."""
        if high == 0 or (item in (NONE, EMPTY) and low == 0):
            return EMPTY
        if item in (NONE, EMPTY) or (low == 1 and high == 1):
            return item
        # What may be empty may as well be left out; one form less to tell apart.
        low = 0 if self.nullable(item) else low
        return self.make("repeat", item, low, high)

    def either(self, terms: Iterable[Term]) -> Term:
        """Return the term of the texts that any of ``terms`` takes."""
        flat = self._flattened("either", terms)
        flat.discard(NONE)
        if ALL in flat:
            return ALL
        return self._joined("either", flat, NONE)

    def both(self, terms: Iterable[Term]) -> Term:
        """Return the term of the texts that all of ``terms`` take."""
        flat = self._flattened("both", terms)
        flat.discard(ALL)
        if NONE in flat:
            return NONE
        if EMPTY in flat:
            return EMPTY if all(map(self.nullable, flat)) else NONE
        return self._joined("both", flat, ALL)

    def other(self, term: Term) -> Term:
        """Return the term of the texts that ``term`` does not take."""
        if term in (NONE, ALL):
            return ALL if term == NONE else NONE
        node = self.nodes[term]
        return int(node[1]) if node[0] == "other" else self.make("other", term)

    def _flattened(self, kind: str, terms: Iterable[Term]) -> set[Term]:
        flat: set[Term] = set()
        for term in terms:
            node = self.nodes[term]
            flat.update(node[1] if node[0] == kind else (term,))
        return flat

    def _joined(self, kind: str, flat: set[Term], neutral: Term) -> Term:
        if len(flat) > 1:
            return self.make(kind, tuple(sorted(flat)))
        return next(iter(flat), neutral)

    def nullable(self, term: Term) -> bool:
        """Whether ``term`` takes the empty text."""
        kind, *rest = self.nodes[term]
        if kind in ("none", "chars"):
            return False
        if kind == "then":
            return self.nullable(rest[0]) and self.nullable(rest[1])
        if kind == "either":
            return any(map(self.nullable, rest[0]))
        if kind == "both":
            return all(map(self.nullable, rest[0]))
        if kind == "other":
            return not self.nullable(rest[0])
        return bool(kind != "repeat" or rest[1] == 0)

    def derive(self, term: Term, code: int) -> Term:
        """Return the term of what may follow after the character ``code`` in a text of ``term``.

        Raises LanguageTooLargeError after too much work.
        """
        key = (term, code)
        found = self.derived.get(key)
        if found is None:
            self.work += 1
            if self.work > MAX_WORK:
                raise LanguageTooLargeError
            found = self.derived[key] = self._derive(term, code)
        return found

    def _derive(self, term: Term, code: int) -> Term:
        kind, *rest = self.nodes[term]
        if kind == "chars":
            return EMPTY if contains(rest[0], code) else NONE
        if kind == "all":
            return ALL
        if kind == "then":
            after = self.then(self.derive(rest[0], code), rest[1])
            if not self.nullable(rest[0]):
                return after
            return self.either((after, self.derive(rest[1], code)))
        if kind == "either":
            return self.either([self.derive(item, code) for item in rest[0]])
        if kind == "both":
            return self.both([self.derive(item, code) for item in rest[0]])
        if kind == "other":
            return self.other(self.derive(rest[0], code))
        if kind == "repeat":
            item, low, high = rest
            left = self.repeat(item, max(0, low - 1), None if high is None else high - 1)
            return self.then(self.derive(item, code), left)
        return NONE

    def edges(self, term: Term) -> set[int]:
        """Return the code points at which the derivative by a character may change.

        Between two of them all characters are alike, so that one of them stands for all.
        """
        kind, *rest = self.nodes[term]
        if kind == "chars":
            return {edge for low, high in rest[0][:MAX_RANGES] for edge in (low, high + 1)}
        if kind in ("either", "both"):
            return set().union(*map(self.edges, rest[0]))
        if kind in ("other", "repeat"):
            return self.edges(rest[0])
        if kind == "then":
            more = self.edges(rest[1]) if self.nullable(rest[0]) else set()
            return self.edges(rest[0]) | more
        return set()

    def search(self, tree: Tree) -> Term:
        """Return the term of the texts in which the expression matches somewhere."""
        later = self.build(tree, ALL, start=False)
        moved = self.then(self.then(self.chars(_ANY), ALL), later)
        return self.either((self.build(tree, ALL, start=True), moved))

    def build(self, tree: Tree, rest: Term, *, start: bool) -> Term:
        """Return the term of the texts that begin with ``tree`` and go on with ``rest``.

        ``start`` says whether this is the beginning of the text, where alone ``^`` holds.
        """
        if isinstance(tree, Chars):
            return self.then(self.chars(tree.ranges), rest)
        if isinstance(tree, Seq):
            return self._sequence(tree, rest, start=start)
        if isinstance(tree, Alt):
            return self.either([self.build(o, rest, start=start) for o in tree.options])
        if isinstance(tree, CapturingGroup):
            return self.build(tree.item, rest, start=start)
        if isinstance(tree, Repeat):
            return self.then(self._repeated(tree), rest)
        if isinstance(tree, LookAround) and tree.ahead:
            ahead = self.build(tree.item, ALL, start=start)
            return self.both((self.other(ahead) if tree.negative else ahead, rest))
        if isinstance(tree, Anchor) and tree.kind == "start":
            return rest if start else NONE
        if isinstance(tree, Anchor) and tree.kind == "end":
            return self.both((EMPTY, rest))
        # A word edge, a lookbehind or a back-reference; the last may stand for any text.
        self.exact = False
        return rest if isinstance(tree, (Anchor, LookAround)) else self.then(ALL, rest)

    def _sequence(self, tree: Seq, rest: Term, *, start: bool) -> Term:
        starts = []
        for item in tree.items:
            # Only what has no width may come before, if this is still to be the start of the text.
            starts.append(start)
            start = start and isinstance(item, (Anchor, LookAround))
        for item, at_start in zip(reversed(tree.items), reversed(starts), strict=True):
            rest = self.build(item, rest, start=at_start)
        return rest

    def _repeated(self, tree: Repeat) -> Term:
        """Return the term of a repetition; assertions inside it are passed over."""
        if _has_assertions(tree.item):
            self.exact = False
            return self.repeat(self.build(_without_assertions(tree.item), EMPTY, start=False),
                               tree.low, tree.high)  # fmt: skip
        return self.repeat(self.build(tree.item, EMPTY, start=False), tree.low, tree.high)


def _has_assertions(tree: Tree) -> bool:
    if isinstance(tree, (LookAround, Anchor)):
        return True
    if isinstance(tree, Seq):
        return any(map(_has_assertions, tree.items))
    if isinstance(tree, Alt):
        return any(map(_has_assertions, tree.options))
    return isinstance(tree, (CapturingGroup, Repeat)) and _has_assertions(tree.item)


def _without_assertions(tree: Tree) -> Tree:
    if isinstance(tree, (LookAround, Anchor)):
        return Seq(())
    if isinstance(tree, Seq):
        return Seq(tuple(map(_without_assertions, tree.items)))
    if isinstance(tree, Alt):
        return Alt(tuple(map(_without_assertions, tree.options)))
    if isinstance(tree, CapturingGroup):
        return CapturingGroup(_without_assertions(tree.item), tree.number)
    return Repeat(_without_assertions(tree.item), tree.low, tree.high) if isinstance(
        tree, Repeat
    ) else tree  # fmt: skip


Edge: TypeAlias = tuple[int, int, int]
"""A range of characters, both ends included, and the state it leads to."""


@dataclass(slots=True, eq=False)
class Language:
    """A finite automaton over characters; state 0 is the start."""

    edges: list[list[Edge]]
    """The edges that leave each state, in the order of their characters."""
    ends: set[int]
    """The states in which a text may end."""
    exact: bool
    """Whether it takes the asked texts and no others."""
    _reach: list[set[int]] = field(default_factory=list)
    """By length, the states from which a text may end after so many characters more."""

    def within(self, length: int) -> set[int]:
        """Return the states from which a text may end after exactly ``length`` more characters."""
        while len(self._reach) <= length:
            last = self._reach[-1] if self._reach else self.ends
            following = {
                state
                for state, edges in enumerate(self.edges)
                if any(target in last for _, _, target in edges)
            }
            self._reach.append(following if self._reach else set(self.ends))
        return self._reach[length]

    def lengths(self, low: int, most: int, spread: int) -> list[int]:
        """Return the lengths that texts have, from ``low`` to ``most``, in ascending order.

        Those more than ``spread`` above the shortest are left out.
        """
        found: list[int] = []
        for length in range(low, most + 1):
            if found and length > found[0] + spread:
                break
            if 0 in self.within(length):
                found.append(length)
        return found

    def texts(self, most: int, longest: int) -> list[str] | None:
        """Return all texts of up to ``longest`` characters, or None for more than ``most``."""
        found = list[str]()
        front = [("", 0)]
        for _ in range(longest + 1):
            found += [text for text, state in front if state in self.ends]
            ahead = [(t, e) for t, state in front for e in self.edges[state]]
            # Not all ways lead to a text; four times as many make it likely that too many do.
            if sum(high - low + 1 for _, (low, high, _) in ahead) > 4 * most or len(found) > most:
                return None
            front = [(t + chr(c), to) for t, (low, high, to) in ahead for c in range(low, high + 1)]
            if not front:
                break
        return found

    def text(self, length: int, below: Callable[[int], int]) -> str | None:
        """Return a random text of ``length`` characters, or None where there is none.

        ``below(n)`` draws an integer in [0, n).
        """
        if 0 not in self.within(length):
            return None
        state, letters = 0, list[str]()
        for left in range(length - 1, -1, -1):
            alive = self.within(left)
            open_edges = [edge for edge in self.edges[state] if edge[2] in alive]
            low, high, state = _draw_edge(open_edges, below)
            letters.append(_draw_character(low, high, below))
        return "".join(letters)


@lru_cache(maxsize=512)
def language(wanted: tuple[str, ...], refused: tuple[str, ...] = ()) -> Language | None:
    """Return the language of the texts that match all of ``wanted`` and none of ``refused``.

    None where it is too large. Raises RegexError for what is no regular expression.
    """
    terms = Terms()
    try:
        parts = [terms.search(parse(pattern)) for pattern in wanted]
        parts += [terms.other(terms.search(parse(pattern))) for pattern in refused]
        return _explore(terms, terms.both(parts))
    except (LanguageTooLargeError, RecursionError):
        return None


def _explore(terms: Terms, root: Term) -> Language:
    """Return the automaton of ``root``: derivatives for states, nullable ones for ends."""
    numbers = {root: 0}
    queue, edges = [root], list[list[Edge]]()
    for term in queue:
        found: list[Edge] = []
        for low, high in _character_ranges(terms.edges(term)):
            target = terms.derive(term, low)
            if target == NONE:
                continue
            if target not in numbers:
                if len(numbers) >= MAX_STATES:
                    raise LanguageTooLargeError
                numbers[target] = len(numbers)
                queue.append(target)
            found.append((low, high, numbers[target]))
        edges.append(found)
    ends = {number for term, number in numbers.items() if terms.nullable(term)}
    return Language(edges, ends, terms.exact)


def _character_ranges(edges: set[int]) -> Iterable[tuple[int, int]]:
    """Yield the ranges between the edges, first and last character: those of a range are alike."""
    cuts = sorted({0, *_ASCII_CUTS, *(e for e in edges if e <= MAX_CODE_POINT)})
    yield from zip(cuts, [c - 1 for c in cuts[1:]] + [MAX_CODE_POINT], strict=True)


def _draw_edge(edges: list[Edge], below: Callable[[int], int]) -> Edge:
    """Draw one of the edges: letters and digits far sooner than signs, signs sooner than others."""
    weights = [_weight(low, high) for low, high, _ in edges]
    point = below(sum(weights))
    for edge, weight in zip(edges, weights, strict=True):
        point -= weight
        if point < 0:
            return edge
    return edges[-1]


def _weight(low: int, high: int) -> int:
    if high < 32 or low > 126:
        return 1
    if (low, high) in _ALPHANUMERIC or chr(low).isalnum():
        return 2000 * (min(high, 126) - low + 1)
    return 100


_ALPHANUMERIC: Final = ((48, 57), (65, 90), (97, 122))


def _draw_character(low: int, high: int, below: Callable[[int], int]) -> str:
    """Draw a character of the range, one that keyboards have if there is one."""
    first, last = max(low, 32), min(high, 126)
    if first <= last:
        return chr(first + below(last - first + 1))
    # A surrogate is no character; of a range that begins in them, the first one behind them.
    return chr(low if not 0xD800 <= low <= 0xDFFF else 0xE000)
