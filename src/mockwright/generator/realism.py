"""What things look like: a realistic value for a field, from its name, place and neighbours."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from functools import lru_cache
from typing import Final

from mockwright.generator import context, relations
from mockwright.generator.field_kinds import kind_of
from mockwright.generator.interfaces import Hints, Leaf, ObjectScope, Realist
from mockwright.generator.providers import PROVIDERS, Draw
from mockwright.generator.providers.numbers import counted
from mockwright.generator.tables import group, rows
from mockwright.naming import LONGEST, tokens
from mockwright.schema.types import is_number
from mockwright.types import MISSING, Json, Missing

_BY_FORMAT: Final = {
    "email": "email",
    "idn-email": "email",
    "uuid": "uuid",
    "uri": "url",
    "url": "url",
    "iri": "url",
    "ipv4": "ip",
    "ipv6": "ipv6",
    "date-time": "timeline",
    "date": "timeline",
    "time": "time",
    "hostname": "domain",
    "phone": "phone",
}
"""The kind that a format means."""
_KEEPS: Final = frozenset(
    ["birth_date", "image", "avatar", "id", "ip", "ipv6", "timeline", "date", "datetime_now"]
)
"""Kinds that a name may tell more exactly than the format does."""
_LIKELY: Final = group("likely")
"""Words of names of flags that are mostly true."""
_UNLIKELY: Final = group("unlikely")
"""Words of names of flags that are mostly false."""
_GREAT: Final = 1e15
"""Beyond this, floats are too coarse for a draw of any sense; the solver has its own."""
_LONG_TEXT: Final = frozenset(
    ["description", "bio", "comment", "message", "note", "content", "reason", "sentence"]
)
"""Kinds of texts that may be made longer by another sentence."""


class Realism:
    """The realist of the embedded generator.

    ``overrides`` maps field names, in any spelling, to kinds of ``tables/kinds.txt``. Raises
    ValueError for a kind that there is not, naming the nearest.
    """

    def __init__(self, overrides: Mapping[str, str] | None = None) -> None:
        for name, kind in (overrides or {}).items():
            if kind not in PROVIDERS:
                near = get_close_matches(kind, PROVIDERS, 1)
                hint = f"; did you mean {near[0]!r}?" if near else ""
                raise ValueError(f"{name}: there is no kind {kind!r}{hint}")
        self._overrides = {tokens(name): kind for name, kind in (overrides or {}).items()}

    def leaf(self, leaf: Leaf, scope: ObjectScope) -> Json | Missing:
        """Return a value as the field's name, format and neighbours suggest."""
        if leaf.type == "boolean":
            return _draw_boolean(leaf, scope)
        kind = self._kind_for(leaf, scope)
        draw = Draw(leaf, scope, kind)
        make = PROVIDERS.get(kind)
        # A provider may know what a thing is and not the type it is asked in.
        value = _in_leaf_type(make(draw), leaf) if make is not None else MISSING
        if value is MISSING:
            value = _plain_number(draw) if leaf.type != "string" else _plain_words(draw)
        if isinstance(value, str):
            return _with_length(value, leaf, kind)
        return _within_bounds(value, leaf, draw) if value is not MISSING else value

    def harmonise(self, value: Json, hints: Hints, accepts: Callable[[Json], bool]) -> Json:
        """Return ``value`` under the laws of :mod:`~mockwright.generator.relations`."""
        return relations.harmonise(value, hints, accepts)

    def _kind_for(self, leaf: Leaf, scope: ObjectScope) -> str:
        if self._overrides and (kind := self._overrides.get(tokens(leaf.name))):
            return kind
        if leaf.type == "integer" and tokens(leaf.name) == ("eta",):
            return "age"  # Italian; a moment would be a text
        form = leaf.schema.get("format") if leaf.type == "string" else None
        found = _known_kind((leaf.name or scope.name)[:LONGEST], str(form or "")[:40])
        return found or _kind_by_title(leaf)


@lru_cache(maxsize=8192)
def _known_kind(name: str, form: str) -> str:
    found = kind_of(name) or ""
    by_format = _BY_FORMAT.get(form)
    # With the format `uri`, `homepage` is any URL, but `photo` is one of a picture.
    return by_format if by_format and found not in _KEEPS else found


def _kind_by_title(leaf: Leaf) -> str:
    """Return the kind that the schema's own title or short description means.

    A description is prose, so only one that is hardly more than a name is looked at.
    """
    for keyword in ("title", "description"):
        text = leaf.schema.get(keyword)
        if isinstance(text, str) and 0 < len(text) <= 40 and (kind := kind_of(text)):
            return kind
    return ""


def _in_leaf_type(value: Json | Missing, leaf: Leaf) -> Json | Missing:
    """Return ``value`` in the leaf's type, where that is the same thing said otherwise."""
    if value is MISSING:
        return MISSING
    if leaf.type == "string":
        return value if isinstance(value, str) else str(value)
    if isinstance(value, str):
        digits = value.replace("-", "").replace(" ", "")
        return (
            int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 16 else MISSING
        )
    if leaf.type == "integer" and isinstance(value, float):
        return round(value)
    return value


def _draw_boolean(leaf: Leaf, scope: ObjectScope) -> bool:
    # What is in stock is available: the two fields have to agree.
    if "stock" in (named := set(tokens(leaf.name))) or "available" in named:
        amount = context.made(scope, "stock", "quantity")
        if is_number(amount):
            return amount > 0
    likely = 0.08 if named & _UNLIKELY else 0.86 if named & _LIKELY else 0.5
    return context.stream(scope, leaf.name[:LONGEST], leaf.index or 0).chance(likely)


def _plain_number(draw: Draw) -> Json:
    rng, leaf = draw.rng, draw.leaf
    if (found := counted(draw)) is not None:
        return found
    return rng.between(1, 100) if leaf.type == "integer" else round(rng.uniform(1, 100), 2)


def _plain_words(draw: Draw) -> Json | Missing:
    """Return readable words that fit the name, where nothing better is known."""
    if draw.leaf.schema.get("format") or draw.leaf.schema.get("pattern") or not draw.leaf.name:
        return MISSING
    last = draw.words[-1] if draw.words else draw.what or "value"
    return f"{draw.deal(rows('choices')['word'])} {last}"


def _with_length(text: str, leaf: Leaf, kind: str) -> str:
    """Return the text with a length that the schema allows, cut at a space if it can be."""
    longest, shortest = leaf.schema.get("maxLength"), leaf.schema.get("minLength", 0)
    if isinstance(longest, int) and 0 < longest < len(text):
        cut = (
            text[: longest + 1].rsplit(" ", 1)[0] if " " in text[: longest + 1] else text[:longest]
        )
        # Half an e-mail address is none; the solver has shorter ones.
        return cut.rstrip(" ,.:;")[:longest] if kind != "email" else text
    if (
        isinstance(shortest, int)
        and len(text) < shortest <= 2000
        and (kind in _LONG_TEXT or " " in text)
    ):
        # Texts for people may be longer than the tables have them.
        more = " More details are added as they become known."
        text = text + more * math.ceil((shortest - len(text)) / len(more))
        return text[:longest] if isinstance(longest, int) else text
    return text


def _within_bounds(value: Json, leaf: Leaf, draw: Draw) -> Json:
    """Return the number where the schema allows it, else another within the bounds."""
    schema = leaf.schema
    low = schema.get("minimum", schema.get("exclusiveMinimum"))
    high = schema.get("maximum", schema.get("exclusiveMaximum"))
    low = None if isinstance(low, bool) else low
    high = None if isinstance(high, bool) else high
    if (low is None or value >= low) and (high is None or value <= high):
        return value
    if low is None and high is not None:
        low = high - max(1, abs(high) // 2)
    if high is None and low is not None:
        high = low + max(10, abs(low))
    if low is None or high is None:
        return value
    if leaf.type == "integer":
        first, last = math.ceil(low), math.floor(high)
        return draw.rng.between(first, last) if first <= last else value
    if max(abs(low), abs(high)) > _GREAT:
        return value
    drawn = draw.rng.uniform(float(low), float(high))
    return round(drawn, 2) if low <= round(drawn, 2) <= high else drawn


DEFAULT: Realist = Realism()
"""The realist without overrides."""
