"""Texts that several expressions take at once, and others do not.

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
"""Takes no text."""
EMPTY: Final[Term] = 1
"""Takes the empty text."""
ALL: Final[Term] = 2
"""Takes every text."""

MAX_STATES: Final = 900
MAX_WORK: Final = 40_000
"""Derivatives taken, of parts as well."""
MAX_RANGES: Final = 48
"""Of one class; what lies beyond, far outside of ASCII, is never needed to make a text."""
_ANY: Final[Ranges] = ((0, MAX_CODE_POINT),)
_KINDS: Final = (48, 58, 65, 91, 97, 123)
"""Digits, upper case and lower case are told apart, so that each can be chosen."""


class LanguageTooLargeError(Exception):
    """The language has more states than are looked at."""


@dataclass(slots=True)
class Terms:
    """The terms of one language, equal ones made once."""

    nodes: list[tuple[Any, ...]] = field(default_factory=lambda: [("none",), ("empty",), ("all",)])
    known: dict[tuple[Any, ...], Term] = field(default_factory=dict)
    derived: dict[tuple[Term, int], Term] = field(default_factory=dict)
    exact: bool = True
    work: int = 0

    def make(self, *node: Any) -> Term:
        """The number of a term."""
        number = self.known.get(node)
        if number is None:
            number = self.known[node] = len(self.nodes)
            self.nodes.append(node)
        return number

    def chars(self, ranges: Ranges) -> Term:
        """One character."""
        return self.make("chars", ranges) if ranges else NONE

    def then(self, first: Term, second: Term) -> Term:
        """One text after the other."""
        if NONE in (first, second):
            return NONE
        if first == EMPTY:
            return second
        if second == EMPTY or first == second == ALL:
            return first
        return self.make("then", first, second)

    def repeat(self, item: Term, low: int, high: int | None) -> Term:
        """``low`` to ``high`` times."""
        if high == 0 or (item in (NONE, EMPTY) and low == 0):
            return EMPTY
        if item in (NONE, EMPTY) or (low == 1 and high == 1):
            return item
        low = 0 if self.nullable(item) else low
        return self.make("repeat", item, low, high)

    def either(self, terms: Iterable[Term]) -> Term:
        """What any of them takes."""
        flat = self._flat("either", terms)
        flat.discard(NONE)
        if ALL in flat:
            return ALL
        return self._few("either", flat, NONE)

    def both(self, terms: Iterable[Term]) -> Term:
        """What all of them take."""
        flat = self._flat("both", terms)
        flat.discard(ALL)
        if NONE in flat:
            return NONE
        if EMPTY in flat:
            return EMPTY if all(map(self.nullable, flat)) else NONE
        return self._few("both", flat, ALL)

    def other(self, term: Term) -> Term:
        """What it does not take."""
        if term in (NONE, ALL):
            return ALL if term == NONE else NONE
        node = self.nodes[term]
        return int(node[1]) if node[0] == "other" else self.make("other", term)

    def _flat(self, kind: str, terms: Iterable[Term]) -> set[Term]:
        flat: set[Term] = set()
        for term in terms:
            node = self.nodes[term]
            flat.update(node[1] if node[0] == kind else (term,))
        return flat

    def _few(self, kind: str, flat: set[Term], neutral: Term) -> Term:
        if len(flat) > 1:
            return self.make(kind, tuple(sorted(flat)))
        return next(iter(flat), neutral)

    def nullable(self, term: Term) -> bool:
        """Whether the empty text is taken."""
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
        """What may follow after the character."""
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
        """Where, among the characters, what may follow changes."""
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
        """The texts in which the expression matches somewhere."""
        later = self.build(tree, ALL, start=False)
        moved = self.then(self.then(self.chars(_ANY), ALL), later)
        return self.either((self.build(tree, ALL, start=True), moved))

    def build(self, tree: Tree, rest: Term, *, start: bool) -> Term:
        """The texts that begin with ``tree`` and go on with ``rest``."""
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
        self.exact = False
        return rest if isinstance(tree, (Anchor, LookAround)) else self.then(ALL, rest)

    def _sequence(self, tree: Seq, rest: Term, *, start: bool) -> Term:
        starts = []
        for item in tree.items:
            starts.append(start)
            start = start and isinstance(item, (Anchor, LookAround))
        for item, at_start in zip(reversed(tree.items), reversed(starts), strict=True):
            rest = self.build(item, rest, start=at_start)
        return rest

    def _repeated(self, tree: Repeat) -> Term:
        """Looks and anchors in what is repeated are passed over."""
        if _has_looks(tree.item):
            self.exact = False
            return self.repeat(self.build(_without_looks(tree.item), EMPTY, start=False),
                               tree.low, tree.high)  # fmt: skip
        return self.repeat(self.build(tree.item, EMPTY, start=False), tree.low, tree.high)


def _has_looks(tree: Tree) -> bool:
    if isinstance(tree, (LookAround, Anchor)):
        return True
    if isinstance(tree, Seq):
        return any(map(_has_looks, tree.items))
    if isinstance(tree, Alt):
        return any(map(_has_looks, tree.options))
    return isinstance(tree, (CapturingGroup, Repeat)) and _has_looks(tree.item)


def _without_looks(tree: Tree) -> Tree:
    if isinstance(tree, (LookAround, Anchor)):
        return Seq(())
    if isinstance(tree, Seq):
        return Seq(tuple(map(_without_looks, tree.items)))
    if isinstance(tree, Alt):
        return Alt(tuple(map(_without_looks, tree.options)))
    if isinstance(tree, CapturingGroup):
        return CapturingGroup(_without_looks(tree.item), tree.number)
    return Repeat(_without_looks(tree.item), tree.low, tree.high) if isinstance(
        tree, Repeat
    ) else tree  # fmt: skip


Edge: TypeAlias = tuple[int, int, int]
"""A range of characters, both ends included, and the state it leads to."""


@dataclass(slots=True, eq=False)
class Language:
    """A finite automaton; state 0 is the start."""

    edges: list[list[Edge]]
    ends: set[int]
    exact: bool
    """Takes the asked texts and no others."""
    _reach: list[set[int]] = field(default_factory=list)

    def within(self, length: int) -> set[int]:
        """The states from which a text may end after exactly ``length`` more characters."""
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
        """The lengths from ``low`` to ``most`` that some text has, ``spread`` on from the first."""
        found: list[int] = []
        for length in range(low, most + 1):
            if found and length > found[0] + spread:
                break
            if 0 in self.within(length):
                found.append(length)
        return found

    def texts(self, most: int, longest: int) -> list[str] | None:
        """All of them, up to ``longest`` characters; None where they are more than ``most``."""
        found = list[str]()
        front = [("", 0)]
        for _ in range(longest + 1):
            found += [text for text, state in front if state in self.ends]
            ahead = [(t, e) for t, state in front for e in self.edges[state]]
            if sum(high - low + 1 for _, (low, high, _) in ahead) > 4 * most or len(found) > most:
                return None
            front = [(t + chr(c), to) for t, (low, high, to) in ahead for c in range(low, high + 1)]
            if not front:
                break
        return found

    def text(self, length: int, below: Callable[[int], int]) -> str | None:
        """A text of that length, or None; ``below(n)`` draws an integer in [0, n)."""
        if 0 not in self.within(length):
            return None
        state, letters = 0, list[str]()
        for left in range(length - 1, -1, -1):
            alive = self.within(left)
            open_edges = [edge for edge in self.edges[state] if edge[2] in alive]
            low, high, state = _drawn(open_edges, below)
            letters.append(_letter(low, high, below))
        return "".join(letters)


@lru_cache(maxsize=512)
def language(wanted: tuple[str, ...], refused: tuple[str, ...] = ()) -> Language | None:
    """Of the texts that match all of ``wanted`` and none of ``refused``; None if too large.

    Raises RegexError.
    """
    terms = Terms()
    try:
        parts = [terms.search(parse(pattern)) for pattern in wanted]
        parts += [terms.other(terms.search(parse(pattern))) for pattern in refused]
        return _explored(terms, terms.both(parts))
    except (LanguageTooLargeError, RecursionError):
        return None


def _explored(terms: Terms, root: Term) -> Language:
    numbers = {root: 0}
    queue, edges = [root], list[list[Edge]]()
    for term in queue:
        found: list[Edge] = []
        for low, high in _classes(terms.edges(term)):
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


def _classes(edges: set[int]) -> Iterable[tuple[int, int]]:
    """The ranges between the edges: characters of one range are alike."""
    cuts = sorted({0, *_KINDS, *(e for e in edges if e <= MAX_CODE_POINT)})
    yield from zip(cuts, [c - 1 for c in cuts[1:]] + [MAX_CODE_POINT], strict=True)


def _drawn(edges: list[Edge], below: Callable[[int], int]) -> Edge:
    """One of the edges: letters and digits far sooner than signs, those sooner than the rest."""
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
    if (low, high) in _WORDED or chr(low).isalnum():
        return 2000 * (min(high, 126) - low + 1)
    return 100


_WORDED: Final = ((48, 57), (65, 90), (97, 122))


def _letter(low: int, high: int, below: Callable[[int], int]) -> str:
    """A character of the range, one that keyboards have if there is one."""
    first, last = max(low, 32), min(high, 126)
    if first <= last:
        return chr(first + below(last - first + 1))
    return chr(low if not 0xD800 <= low <= 0xDFFF else 0xE000)
