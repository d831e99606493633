"""The conditions of structured rules."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias, cast, get_args

from mockwright import jsontext
from mockwright.errors import RuleError, ShapeError
from mockwright.schema.edit import equal
from mockwright.schema.keywords import TYPES
from mockwright.schema.types import is_number
from mockwright.schema.validate import compile_schema
from mockwright.shapes.rules.collection_rules import Fault, read_time
from mockwright.types import Json

Op: TypeAlias = Literal[
    "eq", "ne", "lt", "le", "gt", "ge", "between", "in", "not_in", "matches", "exists", "type",
    "min_length", "max_length", "unique",
]  # fmt: skip
OPS: Final[tuple[str, ...]] = get_args(Op)

Found: TypeAlias = list[tuple[str, Json]]

_WORDS: Final[dict[str, str]] = {
    "eq": "is", "ne": "is not", "lt": "is less than", "le": "is at most", "gt": "is more than",
    "ge": "is at least", "in": "is one of", "not_in": "is none of", "matches": "matches",
    "type": "is of type",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Predicate:
    """What is asked of each value at a path; for ``exists`` and ``unique``, of all of them."""

    op: Op
    value: Json

    @property
    def words(self) -> str:
        """As the end of a sentence."""
        shown = jsontext.dump(self.value).decode()
        if self.op == "between":
            return f"is between {self.value[0]} and {self.value[1]}"
        if self.op in ("min_length", "max_length"):
            way = "least" if self.op == "min_length" else "most"
            return f"has at {way} {shown} characters or items"
        if self.op == "exists":
            return "is there" if self.value else "is absent"
        if self.op == "unique":
            return "is different everywhere" if self.value else "may repeat"
        return f"{_WORDS[self.op]} {shown}"

    def faults(self, found: Found) -> Iterator[Fault]:
        """How the values found at the path break it."""
        if self.op == "exists":
            yield from _existence(found, bool(self.value))
        elif self.op == "unique":
            yield from _repeats(found) if self.value else ()
        else:
            for pointer, value in found:
                if not _TESTS[self.op](value, self.value):
                    yield pointer, f"{_shown(value)} breaks: {self.words}"


def parse_predicate(op: str, value: Json, pointer: str) -> Predicate:
    """Raises RuleError where ``value`` is not what the op takes."""
    if (fault := _FORMS.get(op, _any)(value)) is not None:
        raise RuleError(f"{op} takes {fault}; got {_shown(value)}", pointer)
    if op == "matches":
        try:
            compile_schema({"type": "string", "pattern": value})
        except ShapeError as error:
            raise RuleError(f"{value[:80]!r} is no regular expression", pointer) from error
    if op in ("exists", "unique") and value is None:
        value = True
    return Predicate(cast(Op, op), value)


def _shown(value: Json) -> str:
    text = jsontext.dump(value).decode()
    return text if len(text) <= 80 else text[:77] + "..."


def _any(value: Json) -> str | None:
    return None


def _flag(value: Json) -> str | None:
    return None if value is None or isinstance(value, bool) else "true or false"


def _members(value: Json) -> str | None:
    return None if isinstance(value, list) and value else "a list of values"


def _ordered(value: Json) -> str | None:
    fits = isinstance(value, str) or is_number(value)
    return None if fits else "a number, a date or text"


def _range(value: Json) -> str | None:
    fits = (
        isinstance(value, list)
        and len(value) == 2
        and all(_ordered(bound) is None for bound in value)
        and _compare(value[0], value[1]) in (-1, 0)
    )
    return None if fits else "a list of two values, the lower first"


def _length(value: Json) -> str | None:
    fits = isinstance(value, int) and not isinstance(value, bool) and value >= 0
    return None if fits else "a whole number, 0 or more"


def _pattern(value: Json) -> str | None:
    fits = isinstance(value, str) and 0 < len(value) <= 1_000
    return None if fits else "a regular expression of 1 to 1000 characters"


def _type_name(value: Json) -> str | None:
    known = isinstance(value, str) and value in TYPES
    return None if known else f"one of {', '.join(sorted(TYPES))}"


_FORMS: Final[dict[str, Callable[[Json], str | None]]] = {
    **dict.fromkeys(("lt", "le", "gt", "ge"), _ordered),
    **dict.fromkeys(("in", "not_in"), _members),
    **dict.fromkeys(("exists", "unique"), _flag),
    **dict.fromkeys(("min_length", "max_length"), _length),
    "between": _range,
    "matches": _pattern,
    "type": _type_name,
}


def _compare(a: Json, b: Json) -> int | None:
    """-1, 0 or 1; None where the two have no order. Text that is a date is compared as a date."""
    if is_number(a) and is_number(b):
        return int(a > b) - int(a < b)
    if not (isinstance(a, str) and isinstance(b, str)):
        return None
    first: Any = read_time(a)
    second: Any = read_time(b)
    if first is None or second is None:
        first, second = a, b
    return int(first > second) - int(first < second)


def _order(*allowed: int) -> Callable[[Json, Json], bool]:
    return lambda found, bound: _compare(found, bound) in allowed


def _between(found: Json, bounds: Json) -> bool:
    return _compare(found, bounds[0]) in (0, 1) and _compare(found, bounds[1]) in (-1, 0)


def _matches(found: Json, pattern: Json) -> bool:
    # The validator bounds backtracking; Python's own engine does not.
    return compile_schema({"type": "string", "pattern": pattern}).is_valid(found)


def _has_type(found: Json, name: Json) -> bool:
    return compile_schema({"type": name}).is_valid(found)


def _sized(fits: Callable[[int, int], bool]) -> Callable[[Json, Json], bool]:
    return lambda found, n: isinstance(found, (str, list, dict)) and fits(len(found), n)


_TESTS: Final[dict[str, Callable[[Json, Json], bool]]] = {
    "eq": equal,
    "ne": lambda found, value: not equal(found, value),
    "lt": _order(-1),
    "le": _order(-1, 0),
    "gt": _order(1),
    "ge": _order(0, 1),
    "between": _between,
    "in": lambda found, values: any(equal(found, value) for value in values),
    "not_in": lambda found, values: not any(equal(found, value) for value in values),
    "matches": _matches,
    "type": _has_type,
    "min_length": _sized(lambda size, n: size >= n),
    "max_length": _sized(lambda size, n: size <= n),
}


def _existence(found: Found, wanted: bool) -> Iterator[Fault]:
    if wanted and not found:
        yield "", "there is no such field"
    elif not wanted:
        yield from ((pointer, "the field is there") for pointer, _ in found)


def _repeats(found: Found) -> Iterator[Fault]:
    """Values that came before at the same place of another item.

    ``/users/0/id`` and ``/orders/0/id`` are different places; a lone list is looked into.
    """
    if len(found) == 1 and isinstance(found[0][1], list):
        pointer, items = found[0]
        found = [(f"{pointer}/{i}", item) for i, item in enumerate(items)]
    seen: set[tuple[str, bytes]] = set()
    for pointer, value in found:
        place = re.sub(r"/\d+(?=/|$)", "/*", pointer)
        key = (place, jsontext.canonical(value))
        if key in seen:
            yield pointer, f"{_shown(value)} is there more than once"
        seen.add(key)
