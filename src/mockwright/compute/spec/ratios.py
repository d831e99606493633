"""Shares of values: as written, or as known of the real world."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from mockwright.compute.spec import reference
from mockwright.compute.spec.date_numbers import number
from mockwright.compute.spec.field_request import MOST_VALUES, FieldRequest, check_members
from mockwright.compute.spec.spec import Distribution
from mockwright.errors import ContradictionError, SpecError
from mockwright.types import Json, JsonObject

_SHARE_SLIP: Final = 1e-3
"""How far shares may be from 1: thirds are written as 0.333."""


def read_ratio(raw: Json, asked: FieldRequest) -> Distribution:
    """Shares of values; they sum to 1, or to 100."""
    if isinstance(raw, dict) and raw.keys() == {"proportional_to"}:
        return _known_shares(raw["proportional_to"], asked)
    if isinstance(raw, dict):
        pairs = list(raw.items())
    elif isinstance(raw, list) and all(isinstance(one, list) and len(one) == 2 for one in raw):
        pairs = [(one[0], one[1]) for one in raw]
    else:
        raise SpecError("a ratio is an object {value: share}", asked.place)
    return categorical(pairs, asked, {}, weighted=False)


def pairs_of(given: JsonObject, asked: FieldRequest) -> list[tuple[Json, Json]]:
    """Value and weight, from ``values`` and ``weights``; alike where none are told."""
    values, weights = given.get("values"), given.get("weights")
    if isinstance(values, dict) and weights is None:
        return list(values.items())
    if not isinstance(values, list) or not values:
        raise SpecError("categorical needs values", asked.place)
    if weights is None:
        weights = [1] * len(values)
    if not isinstance(weights, list) or len(weights) != len(values):
        raise SpecError("categorical has as many weights as values", asked.place)
    return list(zip(values, weights, strict=True))


def categorical(
    pairs: Sequence[tuple[Json, Json]], asked: FieldRequest, rest: JsonObject, *, weighted: bool
) -> Distribution:
    """``weighted``: the shares are weights of any sum. Raises SpecError, ContradictionError."""
    check_members(rest, ("values", "weights"), asked)
    if not 0 < len(pairs) <= MOST_VALUES:
        raise SpecError(f"1 to {MOST_VALUES} values", asked.place)
    shares: dict[Json, float] = {}
    for value, weight in pairs:
        share = number(weight, "number", asked.place)
        if share < 0:
            raise SpecError(f"the share of {str(value)[:40]!r} is {share:g}, below 0", asked.place)
        for one, part in _spread(value, share, [key for key, _ in pairs], asked):
            shares[one] = shares.get(one, 0.0) + part
    total = sum(shares.values())
    whole = 1.0 if weighted else min((1.0, 100.0), key=lambda sum_: abs(total - sum_))
    if total <= 0 or (not weighted and abs(total / whole - 1) > _SHARE_SLIP):
        raise ContradictionError(f"the shares sum to {total:g}, not to 1 (or 100)", asked.place)
    weights = tuple(share / total for share in shares.values())
    return Distribution("categorical", values=tuple(shares), weights=weights)


def _spread(
    value: Json, share: float, named: Sequence[Json], asked: FieldRequest
) -> list[tuple[Json, float]]:
    """A share of ``*`` falls on the values that are not named."""
    if value != "*":
        return [(_fitting(value, asked), share)]
    known = [str(one).lower() for one in named]
    others = [one for one in asked.field.values if str(one).lower() not in known]
    if asked.field.kind == "boolean":
        others = [one for one in (True, False) if str(one).lower() not in known]
    if not others:
        raise SpecError("nothing says which values the rest has", asked.place)
    return [(one, share / len(others)) for one in others]


def _fitting(value: Json, asked: FieldRequest) -> Json:
    """The value of the field that is meant; keys of an object are always text."""
    field = asked.field
    found = value
    match field.kind:
        case "boolean" if str(value).lower() in ("true", "false"):
            found = str(value).lower() == "true"
        case "integer" | "number":
            found = number(value, field.kind, asked.place)
            found = int(found) if found == int(found) else found
        case "string" if field.values:
            alike = [one for one in field.values if str(one).lower() == str(value).lower()]
            found = alike[0] if alike else value
    if field.kind == "boolean" and not isinstance(found, bool):
        raise ContradictionError(f"{str(value)[:40]!r} is neither true nor false", asked.place)
    if field.values and found not in field.values:
        known = ", ".join(str(one)[:40] for one in field.values[:20])
        raise ContradictionError(f"{str(value)[:40]!r} is none of {known}", asked.place)
    if isinstance(found, (dict, list)):
        raise SpecError("shares are of texts, numbers and truth values", asked.place)
    return found


def _known_shares(table: Json, asked: FieldRequest) -> Distribution:
    shares = reference.shares(table, asked.field) if isinstance(table, str) else None
    if shares is None:
        known = ", ".join(reference.TABLES)
        raise SpecError(f"nothing is known of {str(table)[:40]!r}; known: {known}", asked.place)
    total = sum(shares.values())
    weights = tuple(share / total for share in shares.values())
    return Distribution("categorical", values=tuple(shares), weights=weights)
