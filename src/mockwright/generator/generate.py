"""The solver's front: rounds of search, each stricter than the one before.

A first round takes the schema at its word where that is cheap and judges the finished value; what
was wrong is blamed on its place and made again. Later rounds make less, and decide negations and
choices with more care.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, field, replace
from typing import Final

from mockwright.errors import UnsatisfiableError
from mockwright.generator.constraints import Contradiction
from mockwright.generator.interfaces import Hints, ObjectScope, Realist
from mockwright.generator.merge_constraints import Merger
from mockwright.generator.search import (
    FULL_DEPTH,
    MAX_STEPS,
    MAX_WORK,
    Exhausted,
    Location,
    Search,
    StepBudget,
    TooSlow,
)
from mockwright.generator.values import make_value
from mockwright.rng import Rng
from mockwright.schema.document import Document, open_document
from mockwright.schema.edit import path_of
from mockwright.schema.validate import cache_key
from mockwright.types import MISSING, Json, JsonObject, Violation

PLANS: Final = 256
"""Prepared schemas that are kept."""
KEPT_NODES: Final = 6_000
"""Nodes of a schema that is kept: one that needed more was hard, and is not likely to come
again.
"""
REPAIRS: Final = 6
"""How often one round mends what came out wrong."""
REPAIR_STEPS: Final = 1_200
"""Steps of one repair: what goes far beyond is better begun anew with less in it."""
HARMONISED_ITEMS: Final = 20_000
"""Parts of a value that is made consistent; a larger one is left as it is made."""


@dataclass(slots=True, eq=False)
class Prepared:
    """A schema's document and merged nodes, kept from call to call."""

    document: Document
    merger: Merger
    lock: threading.RLock
    """Held during a search, as all searches of a schema share its nodes."""


@dataclass(frozen=True, slots=True)
class Round:
    """How one attempt goes about it."""

    strict: bool = False
    """Whether negations are choices, and risky values are judged as they are made."""
    full_depth: int = FULL_DEPTH
    """Levels on which optional things are made, too."""
    turn: int = 0
    """Which draws it takes: 0 for the plain seed."""
    keep: bool = True
    """Whether a given value that does not fit ends the attempt, rather than being passed over."""


# First as the schema is likely meant, then with less in it, of which less can be wrong, then with
# more care, at last with other draws.
_ROUNDS: Final = (
    Round(),
    Round(full_depth=1, turn=1),
    Round(full_depth=0, turn=2),
    Round(strict=True, full_depth=1),
    Round(strict=True, full_depth=0, turn=3),
    Round(turn=4),
    Round(strict=True, turn=5),
)

_plans: OrderedDict[bytes, Prepared] = OrderedDict()
_lock = threading.Lock()


def prepare(schema: JsonObject | bool) -> Prepared:
    """Return the prepared form of a schema, from a bounded cache. Raises ShapeError."""
    key = cache_key(schema)
    with _lock:
        if key in _plans:
            _plans.move_to_end(key)
            return _plans[key]
    document = open_document(schema)
    prepared = Prepared(document, Merger(document), threading.RLock())
    with _lock:
        _plans[key] = prepared
        while len(_plans) > PLANS:
            _plans.popitem(last=False)
    return prepared


def _forget(schema: JsonObject | bool) -> None:
    """Drop a schema whose nodes have become too many to be kept."""
    with _lock:
        _plans.pop(cache_key(schema), None)


def solve(schema: JsonObject | bool, seed: int, hints: Hints, realist: Realist) -> Json:
    """Return a valid value. Raises UnsatisfiableError, or ShapeError for what is no schema."""
    prepared = prepare(schema)
    with prepared.lock:
        try:
            value = _run_rounds(prepared, seed, hints, realist)
        finally:
            if len(prepared.merger.nodes) > KEPT_NODES:
                _forget(schema)
    accepts = prepared.document.compiled.is_valid
    if _count_parts(value, HARMONISED_ITEMS) < HARMONISED_ITEMS:
        harmonised = realist.harmonise(value, hints, accepts)
        # The realist promises as much, but an own one may not keep it.
        value = harmonised if accepts(harmonised) else value
    return value


def _run_rounds(prepared: Prepared, seed: int, hints: Hints, realist: Realist) -> Json:
    """Return the first value that the whole schema accepts, round by round."""
    compiled = prepared.document.compiled
    accepts = compiled.is_valid
    asked = _asked_items(prepared.document.root.schema)
    # A list of thousands takes steps for each of its items.
    scale = 1 + asked // 500
    budget = StepBudget(MAX_WORK * scale)
    refutation = Refutation()
    for plan in _rounds(hints):
        search = Search(
            prepared.merger, realist, hints, prepared.document.judge, make_value, plan.strict,
            scale=1 + asked // 10, full_depth=plan.full_depth, keep=plan.keep,
            steps_left=MAX_STEPS * scale, budget=budget,
        )  # fmt: skip
        try:
            value = _attempt_with_repairs(search, prepared, _round_rng(seed, plan))
        except Contradiction as contradiction:
            refutation.hear(contradiction)
            # What the merging alone rules out, no round will find.
            if prepared.merger.node((prepared.document.root,)).dead is not None:
                break
        except TooSlow:
            refutation.bound = True
            break
        except (Exhausted, RecursionError):
            refutation.bound = True
            if budget.left <= 0:
                break
        else:
            if accepts(value):
                return value
            refutation.bound = True
            refutation.broken = compiled.violations(value, 3)
    raise refutation.error()


def _round_rng(seed: int, plan: Round) -> Rng:
    return Rng(seed).child("round", plan.turn) if plan.turn else Rng(seed)


def _attempt_with_repairs(search: Search, prepared: Prepared, rng: Rng) -> Json:
    """Return a value, made again where it came out wrong; the last one made, if all were wrong."""
    compiled = prepared.document.compiled
    value = _attempt(search, prepared, rng)
    last: Contradiction | None = None
    repair_steps = max(REPAIR_STEPS, 4 * search.made)
    for _ in range(0 if search.strict else REPAIRS):
        if compiled.is_valid(value):
            break
        found = {path_of(value, v.pointer) for v in compiled.violations(value, 10)}
        again = found & search.blamed
        if again:
            # A place that was made anew and is wrong again: what is around it may be at fault.
            found |= {path[:-1] for path in again if path in search.deep}
            search.deep |= again
        search.blamed |= found
        # A repair counts its values anew, but must not use up the round.
        search.made, search.steps_left = 0, min(search.steps_left, repair_steps)
        try:
            value, last = _attempt(search, prepared, rng), None
        except Contradiction as contradiction:
            # It cannot be made strictly where it stands, so what is around it has to change.
            search.deep |= search.blamed
            search.blamed |= {path[:-1] for path in search.blamed}
            last = contradiction
    if last is not None:
        raise last
    return value


@dataclass(slots=True)
class Refutation:
    """What the rounds learned of why there is no value."""

    reasons: list[tuple[str, str]] = field(default_factory=list)
    """Pairs of a pointer into the schema and a message."""
    bound: bool = False
    """Whether any round ran into a bound, so that nothing is proven."""
    broken: tuple[Violation, ...] = ()
    """What the last value made was refused for."""

    def hear(self, contradiction: Contradiction) -> None:
        """Remember the reasons of one failed round."""
        self.reasons.extend(contradiction.reasons)
        self.bound = self.bound or contradiction.bound

    def error(self) -> UnsatisfiableError:
        """Return all of it as the error that the caller sees."""
        different = list(dict.fromkeys(self.reasons))[:4]
        details = "; ".join(f"{pointer or '/'}: {message}" for pointer, message in different)
        pointer = different[0][0] if different else ""
        lead = "no value satisfies the schema"
        if self.bound:
            lead = "no value that satisfies the schema was found within the search bound"
        if not details and self.broken:
            details = "; ".join(f"at {v.pointer or '/'}: {v.message}" for v in self.broken)
        message = f"{lead}: {details}" if details else lead
        return UnsatisfiableError(message, pointer, proven=not self.bound)


def _rounds(hints: Hints) -> tuple[Round, ...]:
    """Return the rounds to go through: with given values, each again without insisting on them."""
    if hints.given is MISSING:
        return _ROUNDS
    return tuple(r for plan in _ROUNDS[:5] for r in (plan, replace(plan, keep=False)))


def _attempt(search: Search, prepared: Prepared, rng: Rng) -> Json:
    node = prepared.merger.node((prepared.document.root,))
    scope = ObjectScope(rng, search.hints)
    return search.make(node, Location(rng, ("root",), scope, given=search.hints.given))


def _count_parts(value: Json, most: int) -> int:
    count = 0
    stack = [value]
    while stack and count < most:
        top = stack.pop()
        count += 1
        if isinstance(top, dict):
            stack.extend(top.values())
        elif isinstance(top, list):
            stack.extend(top)
    return count


def _asked_items(schema: Json) -> int:
    """Return the most items that any list is asked for; the bound on the search grows with it."""
    most, stack = 0, [schema]
    while stack:
        top = stack.pop()
        if isinstance(top, dict):
            for key in ("minItems", "minProperties"):
                asked = top.get(key)
                if isinstance(asked, int) and not isinstance(asked, bool):
                    most = max(most, min(asked, 200_000))
            stack.extend(top.values())
        elif isinstance(top, list):
            stack.extend(top)
    return most
