"""Parsing of statements into one spec for each list, or an error that names the fault.

A statement says one thing of one field, or of how fields go together; ``docs/compute.md`` lists
them. Statements about one field are put together; where they differ, they contradict each other.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from collections.abc import Sequence as Items
from dataclasses import dataclass, field, replace
from typing import Final

from mockwright.compute.spec.arithmetic import parse_arithmetic
from mockwright.compute.spec.check_spec import check, in_order
from mockwright.compute.spec.date_numbers import number
from mockwright.compute.spec.distributions import PARAMETRIC, known_family
from mockwright.compute.spec.field_request import FieldRequest
from mockwright.compute.spec.fields import ComputedList, ListField, find_field, lists_of
from mockwright.compute.spec.parse_source import (
    assumed,
    read_distribution,
    read_formula,
    read_sequence,
)
from mockwright.compute.spec.ratios import read_ratio
from mockwright.compute.spec.spec import (
    Column,
    Correlation,
    Distribution,
    Formula,
    Groups,
    Measure,
    Path,
    Relation,
    Scale,
    Series,
    Source,
    Spec,
)
from mockwright.errors import ContradictionError, GuardError, SpecError
from mockwright.schema.keywords import Schema
from mockwright.shapes.distributions import MEMBERS, SOURCES
from mockwright.shapes.rules.cel import Expression
from mockwright.shapes.rules.field_paths import parse_path
from mockwright.types import Json, JsonObject

MOST_COLUMNS: Final = 50
"""The most computed fields of one list."""
_MEASURES: Final[tuple[Measure, ...]] = ("pearson", "spearman", "r2")
_ORDERS: Final = {
    "ascending": "ascending", "asc": "ascending", "descending": "descending", "desc": "descending",
}  # fmt: skip
_ANYWHERE: Final = ("this", "i", "n")
"""What an expression may refer to beside the fields: the item, its number from 0, and how many."""


@dataclass(slots=True)
class _Sheet:
    """What is asked of one list, as it is gathered from the statements."""

    listed: ComputedList
    members: dict[Path, JsonObject] = field(default_factory=dict)
    """By field, the raw members of its statements put together."""
    correlations: list[Correlation] = field(default_factory=list)
    unscaled: list[Correlation] = field(default_factory=list)
    """Correlations of which nobody said on which scale."""
    constraints: list[Expression] = field(default_factory=list)


def read_specs(schema: Schema, statements: Items[JsonObject], usual: int = 10) -> tuple[Spec, ...]:
    """Return the specs of all lists of which something is asked.

    ``usual`` is the count of a list whose length is open. Raises :class:`SpecError`, and
    :class:`ContradictionError` where no values could be as asked.
    """
    lists = lists_of(schema)
    sheets = [_Sheet(listed) for listed in lists]
    for statement in statements:
        _gather_statement(statement, sheets)
    return tuple(_make_spec(sheet, usual) for sheet in sheets if _is_asked_for(sheet))


def _is_asked_for(sheet: _Sheet) -> bool:
    return bool(sheet.members or sheet.correlations or sheet.unscaled or sheet.constraints)


def _gather_statement(statement: JsonObject, sheets: Items[_Sheet]) -> None:
    """Add a statement to the sheet of the list that it is about."""
    lists = [sheet.listed for sheet in sheets]
    if "correlation" in statement:
        sheet, correlation = _read_correlation(statement["correlation"], sheets)
        said = "scale" in statement["correlation"]
        (sheet.correlations if said else sheet.unscaled).append(correlation)
        return
    if "constraint" in statement:
        _add_constraint(statement["constraint"], statement.get("at", ""), sheets)
        return
    listed, found = find_field(statement.get("path"), lists)
    sheet = next(sheet for sheet in sheets if sheet.listed is listed)
    place = ".".join(found.path)
    members = sheet.members.setdefault(found.path, {})
    for name, value in _hoist_members(statement, place).items():
        if members.get(name, value) != value:
            raise ContradictionError(
                f"{name} is asked to be {str(members[name])[:60]} and {str(value)[:60]}", place
            )
        members[name] = value


def _hoist_members(statement: JsonObject, place: str) -> JsonObject:
    """Return the statement's members, with those inside its distribution that belong beside it."""
    members = {name: value for name, value in statement.items() if name != "path"}
    for name in members:
        if name not in MEMBERS:
            raise SpecError(f"unknown {name[:40]!r}; known: {', '.join(MEMBERS)}", place)
    raw = members.get("distribution")
    if isinstance(raw, dict):
        own = ("order", "total", "unique", "missing", "decimals")
        bounds = () if _has_ends(raw) else ("min", "max")
        beside = {name: raw[name] for name in (*own, *bounds) if name in raw}
        members = {**beside, **members}
        members["distribution"] = {k: v for k, v in raw.items() if k not in beside}
    return members


def _has_ends(raw: JsonObject) -> bool:
    """Whether ``min`` and ``max`` are parameters of the family itself, and no bounds."""
    family = str(raw.get("family", "")).lower()
    return family in ("uniform", "triangular", "beta", "pareto", "zipf", "flat", "triangle")


def _make_spec(sheet: _Sheet, usual: int) -> Spec:
    sheet.correlations += [_with_default_scale(one, sheet) for one in sheet.unscaled]
    # A column that only a correlation or a constraint speaks of is computed too.
    for correlation in sheet.correlations:
        for path, scale in zip((correlation.a, correlation.b), correlation.scales, strict=True):
            logged: JsonObject = {"distribution": {"family": "lognormal"}} if scale == "log" else {}
            sheet.members.setdefault(path, logged)
    for constraint in sheet.constraints:
        for found in _fields_of(constraint, sheet.listed):
            sheet.members.setdefault(found.path, {})
    if len(sheet.members) > MOST_COLUMNS:
        raise SpecError(f"at most {MOST_COLUMNS} computed fields, here {len(sheet.members)}")
    count = usual if sheet.listed.count is None else sheet.listed.count
    names = (*_top_names(sheet.listed), *_ANYWHERE)
    columns = [
        _make_column(found, sheet.members[found.path], names)
        for found in sheet.listed.fields
        if found.path in sheet.members
    ]
    spec = Spec(
        sheet.listed.place,
        count,
        # Order matters: the sampler draws column after column.
        tuple(in_order(columns)),
        tuple(sheet.correlations),
        tuple(sheet.constraints),
    )
    check(spec)
    return spec


def _fields_of(constraint: Expression, listed: ComputedList) -> Iterator[ListField]:
    """Yield the top-level fields that a constraint refers to."""
    for found in listed.fields:
        if found.path and found.path[0] in constraint.speaks_of and len(found.path) == 1:
            yield found


def _with_default_scale(one: Correlation, sheet: _Sheet) -> Correlation:
    """Return a correlation on a logarithmic scale if a column is skewed.

    On the raw scale its few largest values would decide the coefficient.
    """
    logged = [_is_logged(sheet.members.get(path)) for path in (one.a, one.b)]
    if not any(logged):
        return one
    # A column of which nothing is known follows the other.
    scales = [known is not False for known in logged]
    return replace(one, scales=("log" if scales[0] else "raw", "log" if scales[1] else "raw"))


def _is_logged(members: JsonObject | None) -> bool | None:
    """Whether a column is lognormal or Pareto; None where nothing is known of it."""
    raw = (members or {}).get("distribution")
    name = raw.get("family") if isinstance(raw, dict) else raw
    if not isinstance(name, str):
        return None if not members else False
    return known_family(name.partition("(")[0]) in ("lognormal", "pareto")


def _top_names(listed: ComputedList) -> tuple[str, ...]:
    """Return the first names of the fields' paths, as far as CEL can refer to them."""
    names = dict.fromkeys(field.path[0] for field in listed.fields if field.path)
    return tuple(name for name in names if name.isidentifier())


def _make_column(found: ListField, members: JsonObject, names: tuple[str, ...]) -> Column:
    place = ".".join(found.path) or "the value"
    asked = _field_request(found, members, place)
    sources = [name for name in SOURCES if name in members]
    if len(sources) > 1:
        raise ContradictionError(f"both {sources[0]} and {sources[1]} make its values", place)
    source = _make_source(members, asked, names)
    missing = _read_share(members.get("missing", 0), place)
    if missing and not found.nullable:
        raise ContradictionError("some values are to be missing, and null is not allowed", place)
    return Column(
        found.path,
        found.kind,
        source,
        decimals=_read_decimals(found, members, source, place),
        unique=_read_flag(members.get("unique", False), place),
        order=_read_order(members.get("order"), found, place),
        total=None if members.get("total") is None else number(members["total"], "number", place),
        missing=missing,
    )


def _field_request(found: ListField, members: JsonObject, place: str) -> FieldRequest:
    """Return bounds and moments of a field; the schema's bounds hold whatever is asked."""
    read = {
        name: number(members[name], "number" if name == "sd" else found.kind, place)
        for name in ("min", "max", "mean", "sd")
        if members.get(name) is not None
    }
    raw = members.get("distribution")
    clip = isinstance(raw, dict) and _read_flag(raw.get("clip", False), place)
    low, high = read.get("min"), read.get("max")
    if low is not None and found.low is not None:
        low = max(low, found.low)
    if high is not None and found.high is not None:
        high = min(high, found.high)
    if read.get("sd", 1.0) <= 0:
        raise SpecError("sd is above 0", place)
    return FieldRequest(found, low, high, clip, read.get("mean"), read.get("sd"))


def _make_source(members: JsonObject, asked: FieldRequest, names: tuple[str, ...]) -> Source | None:
    """Return the source of the values; None if somebody else makes them, and some are missing."""
    kind = asked.field.kind
    if "sequence" in members:
        _require_numeric(kind, asked, "a sequence")
        return read_sequence(members["sequence"], asked)
    if "formula" in members:
        return read_formula(members["formula"], asked, names)
    if "ratio" in members:
        return read_ratio(members["ratio"], asked)
    if "distribution" in members:
        raw = members["distribution"]
        if isinstance(raw, dict):
            raw = {key: value for key, value in raw.items() if key != "clip"}
        found = read_distribution(raw, asked)
        first = next(iter(found.each.values())) if isinstance(found, Groups) else found
        if first.family != "categorical":
            _require_numeric(kind, asked, f"a {first.family} distribution")
        return _with_moments(found, members, asked)
    if kind in ("string", "boolean"):
        if members.keys() <= {"missing", "unique"}:
            return None
        raise SpecError(
            f"{next(iter(members.keys() - {'missing'}))} is of numbers and dates", asked.place
        )
    return assumed(asked)


def _with_moments(
    found: Distribution | Groups, members: JsonObject, asked: FieldRequest
) -> Distribution | Groups:
    """Return a distribution with a mean or sd that was asked beside it among its parameters."""
    given = {name: members[name] for name in ("mean", "sd") if name in members}
    raw = members["distribution"]
    if not given or not isinstance(found, Distribution) or found.family not in PARAMETRIC:
        return found
    own = raw if isinstance(raw, dict) else {"family": raw}
    return read_distribution({**own, **given}, asked)


def _require_numeric(kind: str, asked: FieldRequest, what: str) -> None:
    """Raise :class:`SpecError` for a text or truth value, which ``what`` cannot be made of."""
    if kind in ("string", "boolean"):
        raise SpecError(f"{what} is of numbers and dates, and this is a {kind}", asked.place)


def _read_decimals(
    found: ListField, members: JsonObject, source: Source | None, place: str
) -> int | None:
    asked = members.get("decimals")
    if asked is not None and (not isinstance(asked, int) or not 0 <= asked <= 12):
        raise SpecError(f"decimals is a whole number from 0 to 12, got {str(asked)[:40]}", place)
    if found.kind != "number":
        return 0
    if (
        isinstance(source, Distribution)
        and source.family in PARAMETRIC
        and PARAMETRIC[source.family].discrete
    ):
        return 0
    return asked if asked is not None else _usual_decimals(source)


def _usual_decimals(source: Source | None) -> int:
    """Return the digits that leave some thousand steps in a standard deviation; at least two."""
    scale = 1.0
    match source:
        case Formula():
            return 4
        case Distribution(family="lognormal", params=params):
            # The median times sigma is about the deviation; bounded, since exp overflows at 709.
            scale = math.exp(min(params["mu"], 500.0)) * min(params["sigma"], 1.0)
        case Distribution(params=params, low=low, high=high):
            scale = params.get("sd", params.get("scale", params.get("sigma", 1.0)))
            if low is not None and high is not None:
                scale = min(scale, (high - low) / 4)
            if "max" in params and "min" in params:
                scale = min(scale, (params["max"] - params["min"]) / 4)
            # A beta distribution on [0, 1].
            if "a" in params and "max" not in params:
                scale = min(scale, 0.1)
        case Groups(each=each):
            return max(_usual_decimals(part) for part in each.values())
        case Series(noise=noise, amplitude=amplitude):
            scale = noise or amplitude or 1.0
    return max(2, min(12, 3 - math.floor(math.log10(max(scale, 1e-9)))))


def _read_order(raw: Json, found: ListField, place: str) -> Json:
    if raw is None:
        return None
    order = _ORDERS.get(raw) if isinstance(raw, str) else None
    if order is None:
        raise SpecError(f"order is ascending or descending, got {str(raw)[:40]!r}", place)
    if found.kind in ("string", "boolean"):
        raise SpecError("order is of numbers and dates", place)
    return order


def _read_share(raw: Json, place: str) -> float:
    share = number(raw, "number", place)
    if not 0 <= share <= 1:
        raise SpecError(f"missing is a share from 0 to 1, got {share:g}", place)
    return share


def _read_flag(raw: Json, place: str) -> bool:
    if not isinstance(raw, bool):
        raise SpecError(f"expected true or false, got {str(raw)[:40]!r}", place)
    return raw


def _read_correlation(raw: Json, sheets: Items[_Sheet]) -> tuple[_Sheet, Correlation]:
    """Return a correlation with the sheet it belongs to; both fields are of one list."""
    if not isinstance(raw, dict):
        raise SpecError("a correlation is {between: [a, b], r2: 0.8}", "correlation")
    between = raw.get("between")
    if not isinstance(between, list) or len(between) != 2:
        raise SpecError("between is a list of two fields", "correlation")
    lists = [sheet.listed for sheet in sheets]
    listed, a = find_field(between[0], lists)
    _, b = find_field(between[1], [listed])
    place = f"correlation of {'.'.join(a.path)} and {'.'.join(b.path)}"
    measures = [name for name in _MEASURES if name in raw]
    for key in raw:
        if key not in (*_MEASURES, "between", "scale", "negative"):
            raise SpecError(f"unknown {key[:40]!r}", place)
    if len(measures) != 1:
        raise SpecError(f"one of {', '.join(_MEASURES)}", place)
    if a.path == b.path:
        raise ContradictionError("a field goes with itself", place)
    for one in (a, b):
        if one.kind in ("string", "boolean"):
            raise SpecError(f"{'.'.join(one.path)} is a {one.kind}; numbers and dates do", place)
    relation, target = _read_target(raw[measures[0]], place)
    least = 0.0 if measures[0] == "r2" else -1.0
    if not least <= target <= 1:
        raise ContradictionError(f"{measures[0]} is from {least:g} to 1, here {target:g}", place)
    negative = _read_flag(raw.get("negative", False), place)
    sheet = next(sheet for sheet in sheets if sheet.listed is listed)
    scales = _read_scales(raw.get("scale"), place)
    return sheet, Correlation(a.path, b.path, measures[0], target, relation, scales, negative)


def _read_target(raw: Json, place: str) -> tuple[Relation, float]:
    if isinstance(raw, dict) and len(raw) == 1:
        name, value = next(iter(raw.items()))
        if name == "at_least":
            return "at_least", number(value, "number", place)
        if name == "at_most":
            return "at_most", number(value, "number", place)
        raise SpecError(f"at_least or at_most, got {str(name)[:40]!r}", place)
    return "is", number(raw, "number", place)


def _read_scales(raw: Json, place: str) -> tuple[Scale, Scale]:
    both: list[Json] = raw if isinstance(raw, list) else [raw or "raw"] * 2
    if len(both) != 2 or any(one not in ("raw", "log") for one in both):
        raise SpecError("scale is raw or log, or a list of two of them", place)
    return both[0], both[1]


def _add_constraint(raw: Json, at: str, sheets: Items[_Sheet]) -> None:
    """Add a constraint to a list whose fields it can be read over, the one at ``at`` first."""
    if not isinstance(raw, str):
        raise SpecError("a constraint is a condition as text", "constraint")
    found = parse_path(at)
    beside = tuple(name for name in found.tokens if name != "*") if found else ()
    fault: GuardError | None = None
    ordered = sorted(sheets, key=lambda sheet: (sheet.listed.place or ()) != beside)
    for sheet in ordered:
        try:
            read = parse_arithmetic(raw, (*_top_names(sheet.listed), *_ANYWHERE))
        except GuardError as error:
            fault = fault or error
            continue
        sheet.constraints.append(read)
        return
    raise SpecError(str(fault), "constraint")
