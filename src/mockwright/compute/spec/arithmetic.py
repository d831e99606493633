"""Expressions in CEL over the fields of an item, in which integers and fractions may be mixed.

CEL has no arithmetic between an integer and a double (cel-spec, "Numeric Values"). In a shape the
two are told apart by accident: ``{"price": 5}`` makes an integer of what is meant as a fraction. So
an expression that cannot be computed as it stands is computed once more in doubles.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from mockwright.errors import GuardError
from mockwright.shapes.rules.cel import Expression, parse_expression
from mockwright.types import Json

# A whole number outside of string literals: "quantity * 2" has one. Not the digits of "2.5", "x2",
# "[0]" or "'20 %'": an index and a text must stay as they are.
_WHOLE: Final = re.compile(
    r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|(?P<whole>(?<![\w.\[])\d{1,18}(?![\w.\]]))"
)


@dataclass(frozen=True, slots=True)
class Arithmetic(Expression):
    """An expression with a twin in doubles, which is tried where the first raises."""

    _doubled: Expression | None = field(default=None, repr=False, compare=False)

    def value(self, facts: Mapping[str, Json]) -> Json:
        """Return the value of the expression.

        Raises :class:`GuardError` where something it refers to is missing.
        """
        try:
            # Not super(): dataclasses with slots are made anew, and it would find the old one.
            return Expression.value(self, facts)
        except GuardError:
            if self._doubled is None:
                raise
            return self._doubled.value({name: _doubled(value) for name, value in facts.items()})


def parse_arithmetic(text: str, names: tuple[str, ...]) -> Arithmetic:
    """Return the parsed expression over these names.

    Raises :class:`GuardError`, with the place in the text, for what is no CEL or refers to another
    name.
    """
    read = parse_expression(text, names)
    in_doubles = _WHOLE.sub(lambda m: f"{m['whole']}.0" if m["whole"] else m[0], text)
    doubled = parse_expression(in_doubles, names)
    return Arithmetic(read.text, read.names, read._program, read._nesting, doubled)


def _doubled(value: Json) -> Json:
    """Return a value with its integers as floats, at any depth of objects."""
    if isinstance(value, bool) or not isinstance(value, (int, dict)):
        return value
    if isinstance(value, dict):
        return {name: _doubled(item) for name, item in value.items()}
    return float(value)
