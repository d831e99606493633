"""Making texts that match a regular expression, short and readable."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from mockwright.generator.fallback_words import WORDS
from mockwright.rng import Rng
from mockwright.schema.regex import parse
from mockwright.schema.regex.tree import (
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
    contains,
)

MAX_TEXT: Final = 100_000
"""Characters of the shortest match; an expression that needs more is refused."""
_READABLE: Final[tuple[Ranges, ...]] = (
    # a-z, A-Z, 0-9, space, hyphen, full stop and underscore, then all of printable ASCII
    ((97, 122),),
    ((65, 90),),
    ((48, 57),),
    ((32, 32), (45, 46), (95, 95)),
    ((33, 126),),
)
"""Kinds of characters in the order in which they are taken, when a class holds several."""


@dataclass(slots=True)
class _Draw:
    """One text being made."""

    rng: Rng
    need: int
    """Characters still wanted beyond the shortest text."""
    spare: float
    """Characters that may still be added to the shortest text."""
    wander: bool
    """Whether to take any option and count, rather than the readable ones."""
    caught: dict[int, str] = field(default_factory=dict)
    """What each capturing group has caught, by its number."""


def matching(
    pattern: str, rng: Rng, low: int = 0, high: int | None = None, *, wander: bool = False
) -> str | None:
    """Return a text for ``pattern`` of ``low`` to ``high`` characters, as near as can be told.

    Lookarounds and word edges are passed over: the caller has to check the text. None where the
    shortest match is already too long. Raises RegexError.
    """
    tree = parse(pattern)
    shortest = width(tree)
    if shortest > MAX_TEXT or (high is not None and shortest > high):
        return None
    spare = math.inf if high is None else high - shortest
    draw = _Draw(rng, max(0, low - shortest), spare, wander)
    text = _make_text(tree, draw)
    return _padded(text, tree, low, high, rng)


def _padded(text: str, tree: Tree, low: int, high: int | None, rng: Rng) -> str:
    """Return the text made longer, where an end is open and repetitions were not enough."""
    if len(text) >= low:
        return text + rng.choice(WORDS) if _is_stem(tree) and high is None else text
    fill = "".join(rng.choice(WORDS) for _ in range((low - len(text)) // 4 + 1))[: low - len(text)]
    return fill + text if _is_anchored(tree, "end") else text + fill


def _is_stem(tree: Tree) -> bool:
    """Whether it says how a text begins, as ``^x-`` does, and leaves the rest to the reader."""
    return (
        isinstance(tree, Seq)
        and len(tree.items) > 1
        and _is_anchored(tree, "start")
        and isinstance(tree.items[-1], Chars)
    )


def _is_anchored(tree: Tree, kind: str) -> bool:
    if isinstance(tree, Anchor):
        return tree.kind == kind
    if isinstance(tree, CapturingGroup):
        return _is_anchored(tree.item, kind)
    if isinstance(tree, Seq) and tree.items:
        return _is_anchored(tree.items[-1 if kind == "end" else 0], kind)
    if isinstance(tree, Alt):
        return any(_is_anchored(option, kind) for option in tree.options)
    return False


@lru_cache(maxsize=4096)
def width(tree: Tree) -> int:
    """Return the length of the shortest match."""
    if isinstance(tree, Chars):
        return 1
    if isinstance(tree, Seq):
        return sum(map(width, tree.items))
    if isinstance(tree, Alt):
        return min(map(width, tree.options))
    if isinstance(tree, Repeat):
        return tree.low * width(tree.item) if tree.low else 0
    if isinstance(tree, CapturingGroup):
        return width(tree.item)
    return 0


@lru_cache(maxsize=4096)
def longest(tree: Tree) -> float:
    """Return the length of the longest match, which may be infinite."""
    if isinstance(tree, Chars):
        return 1
    if isinstance(tree, Seq):
        return sum(map(longest, tree.items))
    if isinstance(tree, Alt):
        return max(map(longest, tree.options))
    if isinstance(tree, Repeat):
        inner = longest(tree.item)
        return inner * (math.inf if tree.high is None else tree.high) if inner else 0
    return longest(tree.item) if isinstance(tree, CapturingGroup) else 0


def _make_text(tree: Tree, draw: _Draw) -> str:
    if isinstance(tree, Chars):
        return _draw_char(tree.ranges, draw)
    if isinstance(tree, Seq):
        return "".join([_make_text(item, draw) for item in tree.items])
    if isinstance(tree, Repeat):
        return _make_repeat(tree, draw)
    if isinstance(tree, Alt):
        return _make_option(tree, draw)
    if isinstance(tree, CapturingGroup):
        draw.caught[tree.number] = text = _make_text(tree.item, draw)
        return text
    if isinstance(tree, Backref):
        return draw.caught.get(tree.number, "")
    return ""


def _make_option(tree: Alt, draw: _Draw) -> str:
    base = width(tree)
    fitting = [o for o in tree.options if width(o) - base <= draw.spare] or list(tree.options)
    if draw.need:
        # Where more is wanted, an option that can give it comes before the shortest.
        far = [o for o in fitting if longest(o) - base >= draw.need]
        fitting = far or fitting
    option = draw.rng.choice(fitting)
    _spend(draw, width(option) - base)
    return _make_text(option, draw)


def _spend(draw: _Draw, extra: int) -> None:
    draw.spare -= extra
    draw.need = max(0, draw.need - extra)


def _make_repeat(tree: Repeat, draw: _Draw) -> str:
    unit = max(1, width(tree.item))
    most = math.inf if tree.high is None else tree.high - tree.low
    most = min(most, draw.spare // unit)
    extra = min(most, _wished_extra(tree, draw))
    if draw.need:
        stretch = max(unit, longest(tree.item) if longest(tree.item) < 100 else unit)
        extra = max(extra, min(most, math.ceil(draw.need / stretch)))
    count = tree.low + int(extra)
    _spend(draw, int(extra) * unit)
    if isinstance(tree.item, Chars) and not draw.wander:
        return _make_run(tree.item.ranges, count, draw)
    return "".join([_make_text(tree.item, draw) for _ in range(count)])


def _wished_extra(tree: Repeat, draw: _Draw) -> int:
    """Return how many repetitions beyond the least would look well."""
    if tree.high is not None and tree.high - tree.low == 1:
        return draw.rng.below(2)
    if isinstance(tree.item, Chars):
        wanted = draw.rng.between(3, 7)
        return max(0, wanted - tree.low)
    return draw.rng.below(3)


def _make_run(ranges: Ranges, count: int, draw: _Draw) -> str:
    """Return ``count`` characters of a class: a word, where one fits."""
    if count == 0:
        return ""
    # `[a-z]{5}` -> `amber`
    if contains(ranges, 97) and contains(ranges, 122) and 3 <= count <= 40:
        return _word_of(count, draw.rng)
    # `[A-Z]{5}` -> `AMBER`, but not `[A-Z0-9]{5}`, which is a code.
    if contains(ranges, 65) and contains(ranges, 90) and not contains(ranges, 48) and count > 3:
        return _word_of(count, draw.rng).upper()
    return "".join([_draw_char(ranges, draw) for _ in range(count)])


def _word_of(count: int, rng: Rng) -> str:
    pool = [w for w in WORDS if len(w) == count]
    if pool:
        return rng.choice(pool)
    text = "".join(rng.choice(WORDS) for _ in range(count // 5 + 1))
    return text[:count]


def _draw_char(ranges: Ranges, draw: _Draw) -> str:
    if not ranges:
        return ""
    if draw.wander and draw.rng.chance(0.5):
        narrowed = _intersection(ranges, ((32, 126),)) or ranges
        return chr(_draw_code(narrowed, draw.rng))
    if contains(ranges, 48) and contains(ranges, 57) and contains(ranges, 97):
        if not contains(ranges, 103):  # hexadecimal digits
            return draw.rng.choice("0123456789abcdef")
        if draw.rng.chance(0.25):
            return draw.rng.choice("0123456789")
    for wanted in _READABLE:
        narrowed = _intersection(ranges, wanted)
        if narrowed:
            return chr(_draw_code(narrowed, draw.rng))
    return chr(_draw_code(ranges, draw.rng))


@lru_cache(maxsize=4096)
def _intersection(ranges: Ranges, other: Ranges) -> Ranges:
    both = []
    for low, high in ranges:
        for start, end in other:
            if max(low, start) <= min(high, end):
                both.append((max(low, start), min(high, end)))
    return tuple(both)


def _draw_code(ranges: Ranges, rng: Rng) -> int:
    at = rng.below(sum(high - low + 1 for low, high in ranges))
    for low, high in ranges:
        if at <= high - low:
            code = low + at
            # A surrogate is no character; U+E000 is the first one behind them.
            return code if not 0xD800 <= code <= 0xDFFF else 0xE000
        at -= high - low + 1
    return ranges[-1][1]


def demands(tree: Tree) -> list[Tree]:
    """Return what the positive lookaheads of an expression ask for, each as its own tree."""
    if isinstance(tree, LookAround):
        return [tree.item] if tree.ahead and not tree.negative else []
    if isinstance(tree, Seq):
        return [demand for item in tree.items for demand in demands(item)]
    if isinstance(tree, (Repeat, CapturingGroup)):
        return demands(tree.item)
    if isinstance(tree, Alt):
        return demands(tree.options[0])
    return []


def overlaid(pattern: str, rng: Rng, low: int = 0, high: int | None = None) -> str | None:
    r"""Return a text with a match of every lookahead laid over it, or None without lookaheads.

    It is for passwords: ``(?=.*[A-Z])(?=.*\\d).{8,}``.
    """
    wanted = demands(parse(pattern))
    if not wanted:
        return None
    base = matching(pattern, rng, max(low, 8 if high is None else min(8, high)), high)
    if base is None:
        return None
    letters = list(base)
    at = 0
    for tree in wanted:
        items = tree.items if isinstance(tree, Seq) else (tree,)
        piece = "".join(_make_text(item, _Draw(rng, 0, 0, False)) for item in items)
        piece = piece or "".join(_make_text(items[-1], _Draw(rng, 0, 0, False)))
        letters[at : at + len(piece)] = piece
        at += len(piece)
    return "".join(letters)
