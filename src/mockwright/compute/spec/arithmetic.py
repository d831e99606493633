"""Expressions over the fields of an item, in CEL, where whole and other numbers go together.

CEL knows no product of an integer and a double (cel-spec, "Numeric values"); in a shape the two are
told apart by accident, so that what cannot be computed as it stands is computed in doubles.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from mockwright.errors import GuardError
from mockwright.shapes.rules.cel import Expression, parse_expression
from mockwright.types import Json

_WHOLE: Final = re.compile(
    r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|(?P<whole>(?<![\w.\[])\d{1,18}(?![\w.\]]))"
)


@dataclass(frozen=True, slots=True)
class Arithmetic(Expression):
    """An expression that is tried again in doubles."""

    _doubled: Expression | None = field(default=None, repr=False, compare=False)

    def value(self, facts: Mapping[str, Json]) -> Json:
        """What it comes out as; raises GuardError where something it speaks of is not there."""
        try:
            # Not super(): dataclasses with slots are made anew, and it would find the old one.
            return Expression.value(self, facts)
        except GuardError:
            if self._doubled is None:
                raise
            return self._doubled.value({name: _doubled(value) for name, value in facts.items()})


def parse_arithmetic(text: str, names: tuple[str, ...]) -> Arithmetic:
    """Raises GuardError, with its place, for what is no CEL or speaks of something unknown."""
    read = parse_expression(text, names)
    in_doubles = _WHOLE.sub(lambda m: f"{m['whole']}.0" if m["whole"] else m[0], text)
    doubled = parse_expression(in_doubles, names)
    return Arithmetic(read.text, read.names, read._program, read._nesting, doubled)


def _doubled(value: Json) -> Json:
    if isinstance(value, bool) or not isinstance(value, (int, dict)):
        return value
    if isinstance(value, dict):
        return {name: _doubled(item) for name, item in value.items()}
    return float(value)
