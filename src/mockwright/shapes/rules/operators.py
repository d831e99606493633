"""The conditions of structured rules: what each op takes, tests, and says in words."""

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
"""The name of a condition."""
OPS: Final[tuple[str, ...]] = get_args(Op)
"""The names of all conditions."""

Found: TypeAlias = list[tuple[str, Json]]
"""The values at a path, each with its JSON pointer."""

_PHRASES: Final[dict[str, str]] = {
    "eq": "is", "ne": "is not", "lt": "is less than", "le": "is at most", "gt": "is more than",
    "ge": "is at least", "in": "is one of", "not_in": "is none of", "matches": "matches",
    "type": "is of type",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Predicate:
    """A condition on the values at a path: on each, or for ``exists`` and ``unique``, on all."""

    op: Op
    value: Json

    @property
    def words(self) -> str:
        """The condition as the end of a sentence: ``is at least 3``."""
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
        return f"{_PHRASES[self.op]} {shown}"

    def faults(self, found: Found) -> Iterator[Fault]:
        """Yield how the values found at the path break the condition."""
        if self.op == "exists":
            yield from _existence_faults(found, bool(self.value))
        elif self.op == "unique":
            yield from _repetition_faults(found) if self.value else ()
        else:
            for pointer, value in found:
                if not _TESTS[self.op](value, self.value):
                    yield pointer, f"{_shown(value)} breaks: {self.words}"


def parse_predicate(op: str, value: Json, pointer: str) -> Predicate:
    """Return the condition. Raises RuleError where ``value`` is not what the op takes."""
    if (fault := _VALUE_FAULTS.get(op, _no_fault)(value)) is not None:
        raise RuleError(f"{op} takes {fault}; got {_shown(value)}", pointer)
    if op == "matches":
        try:
            compile_schema({"type": "string", "pattern": value})
        except ShapeError as error:
            raise RuleError(f"{value[:80]!r} is no regular expression", pointer) from error
    # `{"path": "id", "op": "unique"}` says all there is to say.
    if op in ("exists", "unique") and value is None:
        value = True
    return Predicate(cast(Op, op), value)


def _shown(value: Json) -> str:
    text = jsontext.dump(value).decode()
    return text if len(text) <= 80 else text[:77] + "..."


def _no_fault(value: Json) -> str | None:
    return None


def _flag_fault(value: Json) -> str | None:
    return None if value is None or isinstance(value, bool) else "true or false"


def _members_fault(value: Json) -> str | None:
    return None if isinstance(value, list) and value else "a list of values"


def _ordered_fault(value: Json) -> str | None:
    fits = isinstance(value, str) or is_number(value)
    return None if fits else "a number, a date or text"


def _range_fault(value: Json) -> str | None:
    fits = (
        isinstance(value, list)
        and len(value) == 2
        and all(_ordered_fault(bound) is None for bound in value)
        and _compare(value[0], value[1]) in (-1, 0)
    )
    return None if fits else "a list of two values, the lower first"


def _length_fault(value: Json) -> str | None:
    fits = isinstance(value, int) and not isinstance(value, bool) and value >= 0
    return None if fits else "a whole number, 0 or more"


def _pattern_fault(value: Json) -> str | None:
    fits = isinstance(value, str) and 0 < len(value) <= 1_000
    return None if fits else "a regular expression of 1 to 1000 characters"


def _type_name_fault(value: Json) -> str | None:
    known = isinstance(value, str) and value in TYPES
    return None if known else f"one of {', '.join(sorted(TYPES))}"


_VALUE_FAULTS: Final[dict[str, Callable[[Json], str | None]]] = {
    **dict.fromkeys(("lt", "le", "gt", "ge"), _ordered_fault),
    **dict.fromkeys(("in", "not_in"), _members_fault),
    **dict.fromkeys(("exists", "unique"), _flag_fault),
    **dict.fromkeys(("min_length", "max_length"), _length_fault),
    "between": _range_fault,
    "matches": _pattern_fault,
    "type": _type_name_fault,
}
"""By op, what its value should have been where it is something else, or None."""


def _compare(a: Json, b: Json) -> int | None:
    """Return -1, 0 or 1, or None where the two have no order; dates in text compare as dates."""
    if is_number(a) and is_number(b):
        return int(a > b) - int(a < b)
    if not (isinstance(a, str) and isinstance(b, str)):
        return None
    first: Any = read_time(a)
    second: Any = read_time(b)
    # A date and a text that is none compare as texts.
    if first is None or second is None:
        first, second = a, b
    return int(first > second) - int(first < second)


def _compares(*allowed: int) -> Callable[[Json, Json], bool]:
    return lambda found, bound: _compare(found, bound) in allowed


def _is_between(found: Json, bounds: Json) -> bool:
    return _compare(found, bounds[0]) in (0, 1) and _compare(found, bounds[1]) in (-1, 0)


def _matches(found: Json, pattern: Json) -> bool:
    # The validator bounds backtracking; Python's own engine does not.
    return compile_schema({"type": "string", "pattern": pattern}).is_valid(found)


def _has_type(found: Json, name: Json) -> bool:
    return compile_schema({"type": name}).is_valid(found)


def _has_size(fits: Callable[[int, int], bool]) -> Callable[[Json, Json], bool]:
    return lambda found, n: isinstance(found, (str, list, dict)) and fits(len(found), n)


_TESTS: Final[dict[str, Callable[[Json, Json], bool]]] = {
    "eq": equal,
    "ne": lambda found, value: not equal(found, value),
    "lt": _compares(-1),
    "le": _compares(-1, 0),
    "gt": _compares(1),
    "ge": _compares(0, 1),
    "between": _is_between,
    "in": lambda found, values: any(equal(found, value) for value in values),
    "not_in": lambda found, values: not any(equal(found, value) for value in values),
    "matches": _matches,
    "type": _has_type,
    "min_length": _has_size(lambda size, n: size >= n),
    "max_length": _has_size(lambda size, n: size <= n),
}


def _existence_faults(found: Found, wanted: bool) -> Iterator[Fault]:
    if wanted and not found:
        yield "", "there is no such field"
    elif not wanted:
        yield from ((pointer, "the field is there") for pointer, _ in found)


def _repetition_faults(found: Found) -> Iterator[Fault]:
    """Yield values that came before at the same place of another item.

    ``/users/0/id`` and ``/orders/0/id`` are different places; a lone list is looked into.
    """
    if len(found) == 1 and isinstance(found[0][1], list):
        pointer, items = found[0]
        found = [(f"{pointer}/{i}", item) for i, item in enumerate(items)]
    seen: set[tuple[str, bytes]] = set()
    for pointer, value in found:
        # `/users/0/id` -> `/users/*/id`
        place = re.sub(r"/\d+(?=/|$)", "/*", pointer)
        key = (place, jsontext.canonical(value))
        if key in seen:
            yield pointer, f"{_shown(value)} is there more than once"
        seen.add(key)
