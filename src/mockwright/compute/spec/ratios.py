"""Shares of values, as written or as a known table has them."""

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
"""How far shares may sum from 1: thirds are written as 0.333."""


def read_ratio(raw: Json, asked: FieldRequest) -> Distribution:
    """Return shares of values that sum to 1, or to 100."""
    if isinstance(raw, dict) and raw.keys() == {"proportional_to"}:
        return _shares_from_table(raw["proportional_to"], asked)
    if isinstance(raw, dict):
        pairs = list(raw.items())
    elif isinstance(raw, list) and all(isinstance(one, list) and len(one) == 2 for one in raw):
        pairs = [(one[0], one[1]) for one in raw]
    else:
        raise SpecError("a ratio is an object {value: share}", asked.place)
    return categorical(pairs, asked, {}, weighted=False)


def pairs_of(given: JsonObject, asked: FieldRequest) -> list[tuple[Json, Json]]:
    """Return values with weights, from ``values`` and ``weights``; equal if none are told."""
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
    """Return a distribution over values; with ``weighted`` the shares are weights of any sum.

    Raises :class:`SpecError` for unreadable shares, and :class:`ContradictionError` where they do
    not sum to 1 or 100, or name a value that the field cannot have.
    """
    check_members(rest, ("values", "weights"), asked)
    if not 0 < len(pairs) <= MOST_VALUES:
        raise SpecError(f"1 to {MOST_VALUES} values", asked.place)
    shares: dict[Json, float] = {}
    for value, weight in pairs:
        share = number(weight, "number", asked.place)
        if share < 0:
            raise SpecError(f"the share of {str(value)[:40]!r} is {share:g}, below 0", asked.place)
        for one, part in _shares_of(value, share, [key for key, _ in pairs], asked):
            shares[one] = shares.get(one, 0.0) + part
    total = sum(shares.values())
    # Whichever of the two the sum is closer to was meant.
    whole = 1.0 if weighted else min((1.0, 100.0), key=lambda sum_: abs(total - sum_))
    if total <= 0 or (not weighted and abs(total / whole - 1) > _SHARE_SLIP):
        raise ContradictionError(f"the shares sum to {total:g}, not to 1 (or 100)", asked.place)
    weights = tuple(share / total for share in shares.values())
    return Distribution("categorical", values=tuple(shares), weights=weights)


def _shares_of(
    value: Json, share: float, named: Sequence[Json], asked: FieldRequest
) -> list[tuple[Json, float]]:
    """Return a share with its value; that of ``*`` in equal parts on all values not named."""
    if value != "*":
        return [(_value_meant(value, asked), share)]
    known = [str(one).lower() for one in named]
    others = [one for one in asked.field.values if str(one).lower() not in known]
    if asked.field.kind == "boolean":
        others = [one for one in (True, False) if str(one).lower() not in known]
    if not others:
        raise SpecError("nothing says which values the rest has", asked.place)
    return [(one, share / len(others)) for one in others]


def _value_meant(value: Json, asked: FieldRequest) -> Json:
    """Return the field's value that is meant; keys of an object are text, whatever the field is."""
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


def _shares_from_table(table: Json, asked: FieldRequest) -> Distribution:
    shares = reference.shares(table, asked.field) if isinstance(table, str) else None
    if shares is None:
        known = ", ".join(reference.TABLES)
        raise SpecError(f"nothing is known of {str(table)[:40]!r}; known: {known}", asked.place)
    total = sum(shares.values())
    weights = tuple(share / total for share in shares.values())
    return Distribution("categorical", values=tuple(shares), weights=weights)
