"""Making one value for a node without open choices."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import jsonschema_rs

from mockwright.generator.arrays import make_array
from mockwright.generator.constraints import (
    Constraints,
    Contradiction,
    scalar_fits,
    summary,
)
from mockwright.generator.interfaces import Leaf, ScalarType
from mockwright.generator.numbers import make_number
from mockwright.generator.objects import make_object
from mockwright.generator.search import MAX_DEPTH, Location, Search
from mockwright.generator.strings import make_string, text_check
from mockwright.rng import Rng
from mockwright.schema.edit import equal
from mockwright.schema.types import type_names
from mockwright.types import MISSING, Json, JsonObject, Missing

_SCALARS: Final[tuple[ScalarType, ...]] = ("string", "integer", "number", "boolean")


def make_value(search: Search, node: Constraints, place: Location) -> Json:
    """Return a value for ``node``. Raises Contradiction where none can be made."""
    search.made += 1
    given = place.given
    if given is not MISSING and not isinstance(given, (dict, list)):
        # A given scalar is the value, as far as the schema allows it.
        if fits(node, given):
            return given
        if search.keep:
            raise Contradiction((_pointer_of(node), "the given value does not fit"))
    if node.enum is not None:
        return _pick_listed(search, node, place)
    first = _choose_kind(search, node, place)
    try:
        return _make_kind(search, node, place, first)
    except Contradiction as contradiction:
        # Another type that the schema allows is better than no value.
        others = [t for t in ("null", "boolean", "string", "integer", "number", "array", "object")
                  if t in node.types and t != first]  # fmt: skip
        for kind in others if place.given is MISSING else ():
            try:
                return _make_kind(search, node, place, kind)
            except Contradiction:
                continue
        raise contradiction


def _make_kind(search: Search, node: Constraints, place: Location, kind: str) -> Json:
    if kind in ("object", "array"):
        return _make_container(search, node, place, kind)
    shown = _shown_value(node, place)
    if shown is not MISSING:
        return shown
    return _make_scalar(search, node, place, kind)


def _make_container(search: Search, node: Constraints, place: Location, kind: str) -> Json:
    if len(search.open) >= MAX_DEPTH:
        raise Contradiction((_pointer_of(node), f"deeper than {MAX_DEPTH} levels"), bound=True)
    search.open.append(node)
    try:
        return (make_object if kind == "object" else make_array)(search, node, place)
    finally:
        search.open.pop()


def _pick_listed(search: Search, node: Constraints, place: Location) -> Json:
    """Return one of the listed values that fits what else is asked."""
    options = node.enum or []
    checked = node.memo.get("listed")
    if checked is None:
        deep = [v for v in options if isinstance(v, (dict, list))]
        judges = [search.judge(part) for part in node.parts if not part.made_up] if deep else []
        # Objects and lists cannot be told from the merged constraints alone.
        checked = [v for v in options if v not in deep or all(judge(v) for judge in judges)]
        checked = [v for v in checked if not isinstance(v, str) or text_check(node)(v)]
        node.memo["listed"] = checked
    if not checked:
        raise Contradiction(
            (node.origin.get("enum", ""), "no listed value fits what else is asked")
        )
    # Null and the empty text are allowed, but show nothing.
    proposals = [v for v in checked if v is not None and v != ""] or checked
    # The default is a likely value, though not in every item of a list.
    if "default" in node.words and len(proposals) == len(options) and not place.index:
        default = node.words["default"]
        if any(equal(default, v) for v in proposals) and place.rng.chance(0.3):
            return default
    return place.rng.choice(proposals)


def _choose_kind(search: Search, node: Constraints, place: Location) -> str:
    types = node.types
    if isinstance(place.given, dict) and "object" in types:
        return "object"
    if isinstance(place.given, list) and "array" in types:
        return "array"
    if isinstance(place.given, (dict, list)) and search.keep:
        raise Contradiction((_pointer_of(node), "the given value is of another type"))
    guess: list[str] = node.memo.get("kinds") or _likely_kinds(node)
    node.memo["kinds"] = guess
    if search.small() or len(guess) == 1:
        # Where little is to be made, a scalar is less than a container.
        return min(guess, key=lambda k: k in ("object", "array")) if search.small() else guess[0]
    return place.rng.choice(guess)


def _likely_kinds(node: Constraints) -> list[str]:
    """Return the types worth making: those that the keywords speak of, where none is stated."""
    types = node.types
    if node.stated_type:
        kinds = [t for t in types if t != "null" and not (t == "integer" and "number" in types)]
        return sorted(kinds) or ["null"]
    words = node.words
    if "object" in types and (node.fields or node.required or node.dependents or node.names):
        return ["object"]
    if "object" in types and node.unevaluated_properties is not None:
        return ["object"]
    if "object" in types and ("minProperties" in words or node.memo.get("surplus")):
        return ["object"]
    if "array" in types and (node.items or node.contains or "minItems" in words):
        return ["array"]
    if "array" in types and ("uniqueItems" in words or node.unevaluated_items is not None):
        return ["array"]
    if "string" in types and (node.patterns or node.formats or "minLength" in words):
        return ["string"]
    if "number" in types and (node.multiples or "minimum" in words or "maximum" in words):
        return ["number"]
    for kind in ("string", "number", "integer", "boolean", "object", "array", "null"):
        if kind in types:
            return [kind]
    return ["null"]


_DISCRIMINATORS: Final = frozenset({"type", "kind", "object", "@type", "__typename", "event"})
"""Names of fields that say what an object is: in a list, an example of them holds for every
item.
"""


def _shown_value(node: Constraints, place: Location) -> Json | Missing:
    """Return an example or the default, where the schema has one that fits, or MISSING."""
    words = node.words
    options = words.get("examples")
    if not isinstance(options, list):
        options = [words["example"]] if "example" in words else []
    options = [v for v in options if v is not None and v != "" and _is_scalar(v)]
    in_list = place.index is not None or place.scope.index is not None
    # In a list, one or two examples would stand in every item.
    if options and (not in_list or len(options) >= 3 or place.name in _DISCRIMINATORS):
        value = place.rng.choice(options)
        if fits(node, value):
            return value
    default = words.get("default")
    if default is None or default == "" or in_list or not _is_scalar(default):
        return MISSING
    if place.rng.chance(0.5) and fits(node, default):
        return default
    return MISSING


def _is_scalar(value: Json) -> bool:
    return not isinstance(value, (dict, list))


def _make_scalar(search: Search, node: Constraints, place: Location, kind: str) -> Json:
    if kind == "null":
        return None
    for scalar in _SCALARS:
        if scalar == kind:
            leaf = Leaf(place.name, place.path, scalar, summary(node), place.index)
            proposal = search.realist.leaf(leaf, place.scope)
            if proposal is not MISSING and fits(node, proposal):
                return proposal
    # Patterns, grids and exclusions make several tries likely.
    search.tick(2 if node.patterns or node.multiples or node.excluded else 1)
    return plain_scalar(node, place.rng, kind)


def plain_scalar(node: Constraints, rng: Rng, kind: str) -> Json:
    """Return a scalar that nobody has an idea of."""
    if kind == "string":
        return make_string(node, rng)
    if kind == "boolean":
        options = [v for v in (True, False) if not any(equal(v, x) for x in node.excluded)]
        if not options:
            raise Contradiction((_pointer_of(node), "neither true nor false is allowed"))
        return rng.choice(options)
    for _ in range(20):  # a draw that does not fit once in a while lies on a refused grid
        value = make_number(node, rng, whole=kind == "integer")
        if fits(node, value):
            return value
    raise Contradiction((_pointer_of(node), "no number was found"))


def fits(node: Constraints, value: Json) -> bool:
    """Whether a scalar fits the node."""
    check: Callable[[Json], bool] | None = node.memo.get("fits")
    if check is None:
        check = node.memo["fits"] = _build_fits(node)
    return check(value)


def _build_fits(node: Constraints) -> Callable[[Json], bool]:
    text = text_check(node)
    grid = _grid_check(node)

    def check(value: Json) -> bool:
        if not any(name in node.types for name in type_names(value)):
            return False
        if node.enum is not None and not any(equal(value, v) for v in node.enum):
            return False
        if isinstance(value, str):
            return text(value)
        if any(equal(value, v) for v in node.excluded):
            return False
        return scalar_fits(node, value) and (grid is None or grid(value))

    return check


def _grid_check(node: Constraints) -> Callable[[Json], bool] | None:
    """Return the check whether a number is on the asked grid, or None without one.

    Binary floats and decimal steps disagree in corners, so the judge itself is asked.
    """
    refused = node.memo.get("not_multiples", [])
    if not node.multiples and not refused:
        return None
    steps: list[JsonObject] = [{"multipleOf": _as_written(float(m))} for m in node.multiples]
    steps += [{"not": {"multipleOf": step}} for step in refused]
    is_valid: Callable[[Json], bool] = jsonschema_rs.validator_for({"allOf": steps}).is_valid
    return is_valid


def _as_written(value: float) -> int | float:
    return int(value) if value == int(value) else value


def _pointer_of(node: Constraints) -> str:
    return node.parts[0].pointer if node.parts else ""
