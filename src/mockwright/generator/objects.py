"""Making objects: which properties, in which order, and names for those that have none."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from mockwright.generator.constraints import Constraints, Contradiction, summary
from mockwright.generator.fallback_words import KEYS, WORDS
from mockwright.generator.interfaces import ObjectScope
from mockwright.generator.regex_text import matching
from mockwright.generator.search import Location, Search
from mockwright.generator.strings import make_string
from mockwright.rng import Rng
from mockwright.schema.document import Subschema
from mockwright.schema.regex import RegexError
from mockwright.types import MISSING, JsonObject

MAX_PROPERTIES: Final = 20_000
"""Properties beyond the declared ones that are made."""
_NAME_TURNS: Final = 6
"""Draws of a name that is to break ``propertyNames``."""


@dataclass(frozen=True, slots=True)
class ObjectPlan:
    """What of an object does not depend on the draw."""

    names: tuple[str, ...]
    """Properties that are declared or required, and possible, in order."""
    fields: dict[str, Constraints]
    """The node of each of them."""
    siblings: dict[str, JsonObject]
    """The merged schema of each of them, as the realist gets to see it."""
    open_ended: bool
    """Whether it is a map: names of one's own choosing, none of them declared."""


def make_object(search: Search, node: Constraints, place: Location) -> JsonObject:
    """Return an object for ``node``. Raises Contradiction where none can be made."""
    plan = _plan_of(search, node)
    scope = _open_scope(search, plan, place)
    given = place.given if isinstance(place.given, dict) else {}
    for name, value in given.items():
        # What the caller gave is there before anything is made, so that the rest can agree with it.
        if not isinstance(value, (dict, list)):
            scope.made[name] = value
    made: JsonObject = {}
    for name in _chosen_names(search, node, plan, given):
        _add_property(search, node, plan, scope, made, name, given)
    _add_extras(search, node, plan, scope, made)
    return made


def _plan_of(search: Search, node: Constraints) -> ObjectPlan:
    known: ObjectPlan | None = node.memo.get("plan")
    if known is None:
        known = node.memo["plan"] = _build_plan(search, node)
    return known


def _build_plan(search: Search, node: Constraints) -> ObjectPlan:
    declared = dict.fromkeys(name for fields in node.fields for name in fields.properties)
    order = list(dict.fromkeys((*declared, *node.required)))
    fields = {name: search.merger.field(node, name) for name in order}
    for name, pointer in node.required.items():
        dead = fields[name].dead
        if dead is not None:
            raise Contradiction((pointer, f"{name!r} is required"), *dead.reasons)
    names = tuple(
        name for name in order if fields[name].dead is None and _name_fits(search, node, name)
    )
    names = _with_possible_dependents(search, node, names)
    for name, pointer in node.required.items():
        if name not in names:
            raise Contradiction((pointer, f"{name!r} is required, but no such name is allowed"))
    siblings = {name: summary(fields[name]) for name in names}
    return ObjectPlan(names, fields, siblings, open_ended=not names)


def _with_possible_dependents(
    search: Search, node: Constraints, names: tuple[str, ...]
) -> tuple[str, ...]:
    """Return the names without those that would draw in what is not possible."""

    def is_possible(name: str) -> bool:
        return search.merger.field(node, name).dead is None and _name_fits(search, node, name)

    for name in names:
        for other in _with_dependents(node, names, [name]):
            if not is_possible(other):
                if name in node.required:
                    pointer = node.origin.get(f"dependents {name}", node.required[name])
                    dead = search.merger.field(node, other).dead
                    raise Contradiction(
                        (node.required[name], f"{name!r} is required"),
                        (pointer, f"with it {other!r} is required, which is not possible"),
                        *(dead.reasons if dead else ()),
                    )
                return _with_possible_dependents(search, node, tuple(n for n in names if n != name))
    return names


def _name_fits(search: Search, node: Constraints, name: str) -> bool:
    return all(search.judge(part)(name) for part in node.names)


def _bad_names(search: Search, node: Constraints, rng: Rng) -> list[str]:
    """Return names that break a negated ``propertyNames``: all of them at once, and each alone."""
    bad: tuple[Subschema, ...] = tuple(node.memo.get("bad_names", ()))
    found: list[str] = []
    for parts in dict.fromkeys((bad, *((part,) for part in bad))) if bad else ():
        # Strict, so that the negation is a choice of ways to break it rather than a hope.
        names = search.merger.stricter(search.merger.node((*parts, *node.names)))
        for _ in range(_NAME_TURNS):
            try:
                found.append(_allowed_name(search, names, rng, strict=True))
                break
            except Contradiction:
                continue
    return found


def _open_scope(search: Search, plan: ObjectPlan, place: Location) -> ObjectScope:
    rng = place.rng if place.path else place.source
    above = place.scope if place.path else None
    return ObjectScope(rng, search.hints, place.name, place.path, place.index, above, plan.siblings)


def _chosen_names(
    search: Search, node: Constraints, plan: ObjectPlan, given: JsonObject
) -> list[str]:
    """Return the declared names to be filled, in order, then those that were given."""
    small = search.small() and (len(search.open) > 1 or search.full_depth == 0)
    wanted = {*node.required, *given}
    # An object within itself: a tree is shown with two levels, not with all there may be.
    again = search.open.count(node) > 2 or (small and node in search.open[:-1])
    names = [
        name for name in plan.names
        if name in wanted or not (small or again or _is_costly(search, plan.fields[name]))
    ]  # fmt: skip
    names = _with_dependents(node, plan.names, names)
    most = node.words.get("maxProperties")
    if most is not None and len(names) > most:
        names = _limit_names(node, plan, names, wanted, int(most))
    # Given names that are not declared come last: the schema may allow them.
    return names + [name for name in given if name not in names]


def _is_costly(search: Search, node: Constraints) -> bool:
    """Whether the part is large or has no end, below the root."""
    return len(search.open) > 1 and search.cost(node) > 200


def _limit_names(
    node: Constraints, plan: ObjectPlan, names: list[str], wanted: set[str], most: int
) -> list[str]:
    """Return as many of the names as there is room for, each with what it draws in."""
    # What is required comes first, whatever its place in the order.
    kept = _with_dependents(node, plan.names, [n for n in names if n in wanted])
    for name in names:
        more = _with_dependents(node, plan.names, [*kept, name]) if name not in kept else kept
        if len(more) <= most:
            kept = more
    return [name for name in names if name in kept]


def _with_dependents(node: Constraints, order: tuple[str, ...], names: list[str]) -> list[str]:
    """Return the names and all that ``dependentRequired`` asks with them, in order."""
    if not node.dependents:
        return names
    wanted = dict.fromkeys(names)
    queue = list(names)
    while queue:
        for other in node.dependents.get(queue.pop(), ()):
            if other not in wanted:
                wanted[other] = None
                queue.append(other)
    ordered = [name for name in order if name in wanted]
    return ordered + [name for name in wanted if name not in ordered]


def _add_property(
    search: Search,
    node: Constraints,
    plan: ObjectPlan,
    scope: ObjectScope,
    made: JsonObject,
    name: str,
    given: JsonObject,
) -> None:
    field = plan.fields.get(name)
    if field is None:
        field = search.merger.field(node, name)
    given_value = given.get(name, MISSING)
    place = Location(scope.rng, (name,), scope, name, (*scope.path, name), None, given_value)
    try:
        value = search.make(field, place)
    except Contradiction as contradiction:
        if name in node.required:
            pointer = node.required[name]
            raise Contradiction(
                (pointer, f"{name!r} is required"),
                *contradiction.reasons,
                bound=contradiction.bound,
            ) from None
        if given_value is not MISSING and search.keep:
            raise
        return
    made[name] = value
    if not isinstance(value, (dict, list)):
        scope.made[name] = value


def _add_extras(
    search: Search, node: Constraints, plan: ObjectPlan, scope: ObjectScope, made: JsonObject
) -> None:
    least = int(node.words.get("minProperties", 0))
    if node.memo.get("surplus"):
        least = max(least, len(made) + 1)
    wanted = least - len(made)
    if wanted > MAX_PROPERTIES:
        raise Contradiction((node.origin.get("minProperties", ""), "too many to make"), bound=True)
    optional = 0
    # An empty map shows nothing of what it maps.
    if plan.open_ended and not made and not search.small():
        optional = 1 + scope.rng.child("extras").below(2)
    most = node.words.get("maxProperties")
    if most is not None:
        optional = min(optional, int(most))
    if wanted <= 0 and optional <= 0:
        return
    for name in _spare_names(search, node, plan, scope.rng.child("names"), max(wanted, optional)):
        if len(made) >= least and optional <= 0:
            return
        if name not in made:
            before = len(made)
            _add_property(search, node, plan, scope, made, name, {})
            optional -= len(made) > before
    if len(made) < least:
        pointer = node.origin.get("minProperties", node.parts[0].pointer if node.parts else "")
        raise Contradiction(
            (pointer, f"no {least} properties can be made"),
            *_closing_reasons(node),
            bound=not _is_closed(node),
        )


def _closing_reasons(node: Constraints) -> list[tuple[str, str]]:
    """Return the reasons why no other properties are allowed."""
    closed = [f.additional for f in node.fields if f.additional is not None]
    closed += [part for part in (node.unevaluated_properties,) if part is not None]
    found = [(part.pointer, "no others are allowed") for part in closed if part.schema is False]
    return found + [(part.pointer, "limits the names") for part in node.names]


def _spare_names(
    search: Search, node: Constraints, plan: ObjectPlan, rng: Rng, count: int
) -> Iterator[str]:
    """Yield names that are allowed beside the declared ones."""
    for name in _candidate_names(search, node, plan, rng, count):
        search.tick()
        if _name_fits(search, node, name) and search.merger.field(node, name).dead is None:
            yield name


def _candidate_names(
    search: Search, node: Constraints, plan: ObjectPlan, rng: Rng, count: int
) -> Iterator[str]:
    """Yield names that may be allowed, the most telling first."""
    yield from _bad_names(search, node, rng)
    yield from plan.names
    for fields in node.fields:
        for pattern, part in fields.patterns:
            if part.schema is not False:
                for turn in range(count * 3 + 3):
                    # Short names first; where these do not suffice, longer and odder ones.
                    low = 1 if turn <= count else 3 + turn % 6
                    name = _name_by_pattern(pattern, rng, low, wander=turn > count + 4)
                    if name is not None:
                        yield name
    if node.names:
        names = search.merger.node(tuple(node.names))
        for _ in range(count * 4 + 10):
            try:
                yield _allowed_name(search, names, rng)
            except Contradiction:
                continue
    if _is_closed(node):
        return
    words = [*KEYS, *WORDS]
    rng.shuffle(words)
    yield from words
    for i in range(count * 2):
        # When all words are used up: `amber2`, `river2`.
        yield f"{words[i % len(words)]}{i // len(words) + 2}"


def _allowed_name(search: Search, names: Constraints, rng: Rng, *, strict: bool = False) -> str:
    """Return a name that the node of all ``propertyNames`` allows."""
    for _ in range(8):
        if not names.groups:
            break
        names = search.merger.chosen(
            names, names.groups[0], rng.below(len(names.groups[0].options)), strict
        )
        if names.dead is not None:
            raise names.dead
    if names.enum is not None:
        options = [v for v in names.enum if isinstance(v, str)]
        if options:
            return rng.choice(options)
    return make_string(names, rng, key=True)


def _name_by_pattern(pattern: str, rng: Rng, low: int, *, wander: bool) -> str | None:
    try:
        return matching(pattern, rng, low, wander=wander)
    except RegexError:
        return None


def _is_closed(node: Constraints) -> bool:
    closed = any(f.additional is not None and f.additional.schema is False for f in node.fields)
    return closed and len(node.fields) == 1
