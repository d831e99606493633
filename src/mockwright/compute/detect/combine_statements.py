"""Statements of several clauses, as one request."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from mockwright.compute.detect.names import FieldNames
from mockwright.types import Json, JsonObject

_OF_MOMENTS: Final[dict[str, tuple[str, ...]]] = {
    "normal": ("mean", "sd"), "lognormal": ("mean", "sd"), "gamma": ("mean", "sd"),
    "poisson": ("mean",), "exponential": ("mean",),
}  # fmt: skip
_SOURCES: Final = ("ratio", "sequence", "formula", "distribution")


def joined(
    statements: Sequence[JsonObject], beside: Sequence[JsonObject], names: FieldNames
) -> list[JsonObject]:
    """With bounds and moments where they belong; sources first, what speaks of them after.

    ``beside`` are kept where another statement is about their field.
    """
    found = _without_doubles(statements)
    told = {one.get("path") for one in found}
    between = {name for one in found for name in one.get("correlation", {}).get("between", ())}
    kept = [one for one in beside if "path" not in one or one["path"] in told | between]
    found = _without_doubles([*found, *kept])
    found = _with_ratios(_with_moments(found))
    found = [part for one in found for part in _placed(one, found)]
    found += _of_groups(found, names)
    return sorted((one for one in found if len(one) > 1 or "path" not in one), key=_rank)


def _without_doubles(statements: Sequence[JsonObject]) -> list[JsonObject]:
    found: list[JsonObject] = []
    for one in statements:
        if one not in found:
            found.append(one)
    return found


def _family(statements: Sequence[JsonObject], path: Json) -> JsonObject | None:
    """The distribution of a field."""
    for one in statements:
        raw = one.get("distribution")
        if one.get("path") == path and isinstance(raw, dict) and "family" in raw:
            return raw
    return None


def _with_moments(statements: Sequence[JsonObject]) -> list[JsonObject]:
    """``Ages are normal. The mean is 35.``: a family takes what it has a parameter for."""
    kept: list[JsonObject] = []
    for one in statements:
        raw = _family(statements, one.get("path")) if "mean" in one else None
        takes = _OF_MOMENTS.get(str(raw["family"]), ()) if raw is not None else ()
        moved = {name: one[name] for name in takes if name in one}
        if raw is None or not moved or raw.keys() & {"mean", "median", "mu", "rate"}:
            kept.append(one)
            continue
        raw |= moved
        kept.append({name: value for name, value in one.items() if name not in moved})
    return kept


def _with_ratios(statements: Sequence[JsonObject]) -> list[JsonObject]:
    """Shares of one field that stand in several clauses, put together."""
    kept: list[JsonObject] = []
    for one in statements:
        other = next((it for it in kept if _share_a_field(one, it)), None)
        if other is None:
            kept.append(one)
            continue
        named = {**other["ratio"], **one["ratio"]}
        named.pop("*", None)
        left = round(1 - sum(named.values()), 6)
        other["ratio"] = {**named, "*": left} if left > 1e-3 else named
    return kept


def _share_a_field(one: JsonObject, other: JsonObject) -> bool:
    ratios = [it.get("ratio") for it in (one, other)]
    known = all(isinstance(it, dict) and "proportional_to" not in it for it in ratios)
    return known and one.get("path") == other.get("path")


def _placed(one: JsonObject, statements: Sequence[JsonObject]) -> list[JsonObject]:
    """Bounds at which values pile up belong to the distribution; one end is either of both."""
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


def _of_groups(statements: Sequence[JsonObject], names: FieldNames) -> list[JsonObject]:
    """Groups are by a field with shares: where nobody told them, they are alike."""
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


def _rank(statement: JsonObject) -> int:
    """What others are by comes before them."""
    return next((i for i, name in enumerate(_SOURCES) if name in statement), len(_SOURCES))
