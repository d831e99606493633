"""The directives that say how values are computed: ``{"$distribution": "normal(35, 12)"}``.

Here they are only collected, as statements of what is asked of which field; what they mean is
read where it is computed.
"""

from __future__ import annotations

import re
from typing import Final

from mockwright.errors import ShapeError
from mockwright.schema.keywords import join
from mockwright.shapes.type_words import nearest, parse_word
from mockwright.types import Json, JsonObject

SOURCES: Final = ("distribution", "ratio", "sequence", "formula")
"""Directives that say where a field's values come from."""
BETWEEN: Final = ("correlation", "constraint")
"""Directives that say what holds between the fields of an item."""
BESIDE: Final = (*SOURCES, *BETWEEN)
"""Directives that stand beside fields; the sources also stand in a field's place."""
MEMBERS: Final = (
    *SOURCES, "min", "max", "mean", "sd", "order", "total", "unique", "missing", "decimals",
)  # fmt: skip
"""What may be asked of one field."""

_OF_LEAF: Final = frozenset([*MEMBERS, "type"])
# A date or the beginning of a date-time: `2025-01-31`, `2025-01-31T08:00:00Z`.
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")


def is_leaf(members: JsonObject, *, top: bool) -> bool:
    """Whether an object of a shape stands for one computed value: it has a source, and no fields.

    At the top, a directive that is not about one value says that the answer's form is left open.
    """
    if not any(f"${name}" in members for name in SOURCES):
        return False
    return all(key.startswith("$") and (not top or key[1:] in _OF_LEAF) for key in members)


def stated(directives: JsonObject) -> list[Json]:
    """Return the statements of directives beside a JSON Schema, where paths name the fields.

    Raises ShapeError where they do not name any.
    """
    found: list[Json] = []
    for name in BESIDE:
        raw = directives.get(name)
        if name in BETWEEN and raw is not None:
            found += [{"at": "", name: item} for item in (raw if isinstance(raw, list) else [raw])]
        elif isinstance(raw, dict):
            found += [{"path": path, name: value} for path, value in raw.items()]
        elif raw is not None:
            raise ShapeError(f"${name} here is an object of paths", join(f"${name}"))
    return found


def leaf_statement(members: JsonObject, place: tuple[str | int, ...], pointer: str) -> JsonObject:
    """Return what is asked of the value at ``place``.

    Raises ShapeError for what cannot be asked.
    """
    statement: JsonObject = {"path": join(*place)}
    for key, value in members.items():
        name = key[1:]
        if name == "type":
            continue
        if name not in MEMBERS:
            close = nearest(name[:60].lower(), (*MEMBERS, "type"))
            known = f"did you mean '${close}'?" if close else f"known: ${', $'.join(MEMBERS)}"
            raise ShapeError(f"a computed value has no {key[:60]!r}; {known}", f"{pointer}/{key}")
        statement[name] = value
    return statement


def leaf_schema(members: JsonObject, pointer: str) -> JsonObject:
    """Return the schema of a computed value: its ``$type``, a type word, or what its source shows.

    Raises ShapeError, with ``pointer``, for a ``$type`` that is no type word.
    """
    if "$type" in members:
        if not isinstance(members["$type"], str):
            raise ShapeError("$type is a type word, as in 'int 18..99'", f"{pointer}/$type")
        return parse_word(members["$type"], f"{pointer}/$type")
    if "$ratio" in members:
        return _ratio_schema(members["$ratio"])
    given = [members.get(f"${name}") for name in ("distribution", "sequence", "min", "max")]
    given += [value for item in given if isinstance(item, dict) for value in item.values()]
    dates = [item for item in given if isinstance(item, str) and _DATE.match(item)]
    if dates:
        # Of two bounds, one may be a day and the other a time of day.
        exact = any("T" in item for item in dates)
        return {"type": "string", "format": "date-time" if exact else "date"}
    sequence = members.get("$sequence")
    if isinstance(sequence, dict) and "level" not in sequence:
        steps = (sequence.get("start", 1), sequence.get("step", 1))
        return {"type": "integer" if all(type(x) is int for x in steps) else "number"}
    return _distribution_schema(members.get("$distribution"))


def _ratio_schema(raw: Json) -> JsonObject:
    if isinstance(raw, dict) and raw.keys() <= {"true", "false"}:
        return {"type": "boolean"}
    if isinstance(raw, dict):
        return {"type": "string"}
    pairs = raw if isinstance(raw, list) else []
    values = [pair[0] for pair in pairs if isinstance(pair, list) and pair]
    if all(isinstance(value, bool) for value in values):
        return {"type": "boolean"}
    if all(isinstance(value, (int, float)) for value in values):
        return {"type": "number"}
    return {"type": "string"}


def _distribution_schema(raw: Json) -> JsonObject:
    values = raw.get("values") if isinstance(raw, dict) else None
    if isinstance(values, list) and any(isinstance(value, str) for value in values):
        return {"type": "string"}
    return {"type": "number"}
