"""Pruning: what of a value is good enough to be built on."""

from __future__ import annotations

from typing import Final

from mockwright.conformance.locate_violations import faults
from mockwright.schema.edit import get, path_of, put
from mockwright.schema.keywords import Schema
from mockwright.schema.locate import Path, ValueLocator
from mockwright.schema.validate import compile_schema
from mockwright.types import MISSING, Json, Missing

_MAX_ROUNDS: Final = 8
"""The most rounds: taking one place away may show another fault."""
_MAX_FAULTS: Final = 10_000
_LACKING: Final = frozenset(
    {"required", "minItems", "minProperties", "minContains", "contains", "dependentRequired"}
)
"""Faults of what is not there: nothing is to be taken away for them."""


def prune(value: Json | Missing, schema: Schema) -> Json | Missing:
    """Return ``value`` without the places that break ``schema``, which may leave it incomplete.

    MISSING where nothing of it can stay.
    """
    if value is MISSING:
        return MISSING
    compiled = compile_schema(schema)
    for _ in range(_MAX_ROUNDS):
        wrong = [
            fault
            for fault in faults(ValueLocator(compiled), value, _MAX_FAULTS)
            if fault.code not in _LACKING
        ]
        if not wrong:
            return value
        before = value
        places = [(path_of(value, fault.pointer), fault.code) for fault in wrong]
        # From the end of each list, so that what is taken out does not move what is still to come.
        for path, code in sorted(places, key=_from_the_end, reverse=True):
            if not path:
                if code == "type" or not isinstance(value, (dict, list)):
                    return MISSING
                return _empty_like(value)
            if get(value, path) is not MISSING:
                value = put(value, path, MISSING)
        if value == before:
            break
    return MISSING


def _from_the_end(place: tuple[Path, str]) -> list[tuple[bool, int, str]]:
    path, _ = place
    return [(isinstance(s, int), s if isinstance(s, int) else 0, str(s)) for s in path]


def _empty_like(value: Json) -> Json:
    """Return an empty container: the fault is of the whole, and of nothing in it alone."""
    return type(value)()
