"""Combination of the statements of several clauses into one list that can be parsed as a spec."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from mockwright.compute.detect.names import FieldNames
from mockwright.types import Json, JsonObject

# Only families that take their mean (and deviation) as parameters; a mean of another family, such
# as a Pareto, stays a statement of its own.
_OF_MOMENTS: Final[dict[str, tuple[str, ...]]] = {
    "normal": ("mean", "sd"), "lognormal": ("mean", "sd"), "gamma": ("mean", "sd"),
    "poisson": ("mean",), "exponential": ("mean",),
}  # fmt: skip
_SOURCES: Final = ("ratio", "sequence", "formula", "distribution")


def joined(
    statements: Sequence[JsonObject], beside: Sequence[JsonObject], names: FieldNames
) -> list[JsonObject]:
    """Return the statements of all clauses as one list, sorted so that sources come first.

    Bounds and moments are moved into the distribution they belong to, shares of one field are put
    together. Those ``beside`` are kept only if another statement is about their field.
    """
    found = _without_doubles(statements)
    told = {one.get("path") for one in found}
    between = {name for one in found for name in one.get("correlation", {}).get("between", ())}
    kept = [one for one in beside if "path" not in one or one["path"] in told | between]
    found = _without_doubles([*found, *kept])
    found = _with_ratios(_with_moments(found))
    found = [part for one in found for part in _with_bounds_placed(one, found)]
    found += _ratios_of_groups(found, names)
    # What has only a path left gave all it said to a distribution.
    return sorted((one for one in found if len(one) > 1 or "path" not in one), key=_source_rank)


def _without_doubles(statements: Sequence[JsonObject]) -> list[JsonObject]:
    found: list[JsonObject] = []
    for one in statements:
        if one not in found:
            found.append(one)
    return found


def _family(statements: Sequence[JsonObject], path: Json) -> JsonObject | None:
    """Return the distribution of the field at ``path``, for the callers to change in place."""
    for one in statements:
        raw = one.get("distribution")
        if one.get("path") == path and isinstance(raw, dict) and "family" in raw:
            return raw
    return None


def _with_moments(statements: Sequence[JsonObject]) -> list[JsonObject]:
    """Move moments into their field's family: ``Ages are normal. The mean is 35.``"""
    kept: list[JsonObject] = []
    for one in statements:
        raw = _family(statements, one.get("path")) if "mean" in one else None
        takes = _OF_MOMENTS.get(str(raw["family"]), ()) if raw is not None else ()
        moved = {name: one[name] for name in takes if name in one}
        # A family with a location of its own keeps it; the other mean stays, to be tested.
        if raw is None or not moved or raw.keys() & {"mean", "median", "mu", "rate"}:
            kept.append(one)
            continue
        raw |= moved
        kept.append({name: value for name, value in one.items() if name not in moved})
    return kept


def _with_ratios(statements: Sequence[JsonObject]) -> list[JsonObject]:
    """Put shares of one field that stand in several clauses together."""
    kept: list[JsonObject] = []
    for one in statements:
        other = next((it for it in kept if _share_a_field(one, it)), None)
        if other is None:
            kept.append(one)
            continue
        named = {**other["ratio"], **one["ratio"]}
        # The remainder of the one clause may be what the other one tells.
        named.pop("*", None)
        left = round(1 - sum(named.values()), 6)
        other["ratio"] = {**named, "*": left} if left > 1e-3 else named
    return kept


def _share_a_field(one: JsonObject, other: JsonObject) -> bool:
    ratios = [it.get("ratio") for it in (one, other)]
    known = all(isinstance(it, dict) and "proportional_to" not in it for it in ratios)
    return known and one.get("path") == other.get("path")


def _with_bounds_placed(one: JsonObject, statements: Sequence[JsonObject]) -> list[JsonObject]:
    """Return a statement with its bounds in their place, or nothing if the distribution took them.

    Bounds at which values pile up (``clip``) belong to the distribution. One that is told without a
    side (``at``) is a minimum below the centre of the distribution, or without one at most 0.
    """
    clip, at = one.get("clip"), one.get("at")
    rest = {name: value for name, value in one.items() if name not in ("clip", "at")}
    raw = _family(statements, one.get("path"))
    if at is not None:
        middle = raw.get("mean", raw.get("median")) if raw is not None else None
        low = isinstance(at, (int, float)) and (at < middle if middle is not None else at <= 0)
        rest = {"path": one["path"], "min" if low else "max": at}
    if not clip or raw is None:
        return [rest]
    raw |= {name: value for name, value in rest.items() if name != "path"} | {"clip": True}
    return []


def _ratios_of_groups(statements: Sequence[JsonObject], names: FieldNames) -> list[JsonObject]:
    """Return equal shares for fields that group another one and have no shares of their own."""
    found: list[JsonObject] = []
    for one in statements:
        raw = one.get("distribution")
        by = raw.get("by") if isinstance(raw, dict) else None
        if by is None or any(it.get("path") == by and "ratio" in it for it in statements):
            continue
        values = next((field.values for field in names.fields if field.name == by), ())
        share = round(1 / max(1, len(values)), 6)
        found.append({"path": by, "ratio": {str(value): share for value in values}})
    return found


def _source_rank(statement: JsonObject) -> int:
    """Return the rank of a statement: sources before what is said about their values."""
    return next((i for i, name in enumerate(_SOURCES) if name in statement), len(_SOURCES))
