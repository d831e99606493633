"""The search itself: one value for one node, choice by choice, within bounds."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from mockwright.generator.constraints import ChoiceGroup, Constraints, Contradiction
from mockwright.generator.interfaces import Hints, ObjectScope, Realist
from mockwright.generator.merge_constraints import Merger
from mockwright.rng import Rng
from mockwright.schema.types import ALL_TYPES
from mockwright.types import MISSING, Json, Missing

if TYPE_CHECKING:
    from mockwright.schema.document import Subschema

MAX_DEPTH: Final = 40
"""Levels of objects and lists."""
FULL_DEPTH: Final = 8
"""Levels on which everything is made; below, only what is required."""
FULL_COUNT: Final = 600
"""Values made before optional ones are left out."""
MAX_STEPS: Final = 16_000
"""Steps of one round; a step is some 30 microseconds of work.

The same work has the same steps, whatever is cached already and however slow the machine is: a seed
gives the same bytes everywhere.
"""
MAX_WORK: Final = 24_000
"""Steps of all rounds together."""
MAX_EXPLORED: Final = 160
"""Nodes looked at to tell how much the smallest answer has."""
SECONDS: Final = 20.0
"""Seconds that a search may take: the last resort against what the steps do not see.

Beyond them the search ends with an error, and never with another value.
"""
_CLOCK_EVERY: Final = 64
"""Spendings between two looks at the clock."""
_ENDLESS: Final = 100_000
"""The cost of what has no end, as far as was looked."""
_IMPOSSIBLE: Final = 1_000_000
"""The cost of what cannot be made."""


class Exhausted(Exception):  # noqa: N818 - ends a round, becomes UnsatisfiableError outside
    """The bounds of the search are reached."""


class TooSlow(Exhausted):
    """The clock ended the search: no other round may be begun."""


@dataclass(slots=True)
class StepBudget:
    """The steps that all rounds of one search share."""

    left: int = MAX_WORK
    """Steps that are left."""
    deadline: float = field(default_factory=lambda: time.monotonic() + SECONDS)
    """When the time is up, by the monotonic clock."""
    _until_clock: int = _CLOCK_EVERY

    def spend(self, steps: int) -> None:
        """Count steps. Raises Exhausted where none are left, TooSlow where the time is up."""
        self.left -= steps
        self._until_clock -= 1
        if self._until_clock <= 0:
            self._until_clock = _CLOCK_EVERY
            if time.monotonic() > self.deadline:
                raise TooSlow
        if self.left < 0:
            raise Exhausted


@dataclass(slots=True)
class Location:
    """Where in the answer a value is being made, and from what draws."""

    source: Rng
    """The stream that this place's own is a child of."""
    key: tuple[str | int, ...]
    """What names this place's stream."""
    scope: ObjectScope
    """The object around it."""
    name: str = ""
    """The property it stands under."""
    path: tuple[str | int, ...] = ()
    """Names and indexes that lead to it from the root."""
    index: int | None = None
    """Its position, where it is an item of a list."""
    given: Json | Missing = MISSING
    """What the caller gave for it."""
    strict: bool = False
    """Whether negations are choices here, though the place is not blamed for anything."""
    _rng: Rng | None = None

    @property
    def rng(self) -> Rng:
        """This place's own stream, opened on first use."""
        if self._rng is None:
            self._rng = self.source.child(*self.key)
        return self._rng


@dataclass(slots=True)
class Search:
    """One attempt at a value for a whole schema."""

    merger: Merger
    realist: Realist
    hints: Hints
    judge: Callable[[Subschema], Callable[[Json], bool]]
    """Returns a function that says whether a value conforms to a part of the schema."""
    finish: Callable[[Search, Constraints, Location], Json]
    """Makes the value of a node whose choices are all made."""
    strict: bool = False
    """Whether negations are choices, and each risky value is judged as it is made, everywhere."""
    blamed: frozenset[tuple[str | int, ...]] = frozenset()
    """Paths at which that is so though ``strict`` is False: an earlier value was wrong there."""
    deep: frozenset[tuple[str | int, ...]] = frozenset()
    """Paths at and below which that is so."""
    scale: int = 1
    """How many times as many values as otherwise are made in full: more items were asked for."""
    full_depth: int = FULL_DEPTH
    """Levels on which optional things are made, too."""
    keep: bool = True
    """Whether a given value that does not fit is a contradiction, rather than passed over."""
    steps_left: int = MAX_STEPS
    budget: StepBudget = field(default_factory=StepBudget)
    made: int = 0
    """Values made so far."""
    open: list[Constraints] = field(default_factory=list)
    """The containers that are being made, from the outermost."""

    def tick(self, steps: int = 1) -> None:
        """Count steps. Raises Exhausted beyond the bounds."""
        self.steps_left -= steps
        self.budget.spend(steps)
        if self.steps_left < 0:
            raise Exhausted

    def make(self, node: Constraints, place: Location) -> Json:
        """Return a value for ``node``.

        Raises Contradiction where there is none, Exhausted at the bound.
        """
        self.tick()
        strict = self.strict or place.strict or (bool(self.blamed) and self.is_blamed(place.path))
        if strict:
            node = self.merger.stricter(node)
        if node.dead is not None:
            raise node.dead
        if node.groups:
            return self.choose(node, place, strict)
        # What may come out wrong is judged here, where it can be drawn again, and not at the root.
        if strict and node.risky:
            return self.judged(node, place)
        return self.plain(node, place)

    def is_blamed(self, path: tuple[str | int, ...]) -> bool:
        """Whether an earlier value came out wrong here."""
        if path in self.blamed:
            return True
        return bool(self.deep) and any(path[:n] in self.deep for n in range(len(path) + 1))

    def plain(self, node: Constraints, place: Location) -> Json:
        """Return a value for a node whose choices are all made."""
        return self.finish(self, node, place)

    def judged(self, node: Constraints, place: Location) -> Json:
        """Return a value that every part of the node accepts.

        Raises Contradiction after four draws.
        """
        judges = [self.judge(part) for part in node.parts if not part.made_up]
        before = self.full_depth
        last: Contradiction | None = None
        try:
            for turn in range(4):
                self.tick()
                # With less in it there is less that can be wrong.
                self.full_depth = 0 if turn in (1, 3) else before
                place._rng = place.source.child(*place.key, "turn", turn) if turn else None
                try:
                    value = self.plain(node, place)
                except Contradiction as contradiction:
                    last = contradiction
                    continue
                if all(judge(value) for judge in judges):
                    return value
        finally:
            self.full_depth = before
            place._rng = None
        pointer = node.parts[0].pointer if node.parts else ""
        raise last or Contradiction(
            (pointer, "no value was found that all of this accepts"), bound=True
        )

    def choose(self, node: Constraints, place: Location, strict: bool) -> Json:
        """Return a value after trying the options of the first open choice, one by one."""
        group = node.groups[0]
        reasons: list[tuple[str, str]] = []
        bound = False
        for option in self.order(node, group, place, strict):
            child = self.merger.chosen(node, group, option, strict)
            self.tick()
            try:
                return self.make(child, place)
            except Contradiction as contradiction:
                reasons.extend(contradiction.reasons)
                bound = bound or contradiction.bound
        raise Contradiction(
            # Six are more than anybody reads; a choice of a hundred has as many.
            *(reasons[:6] or [(group.pointer, "no option is possible")]),
            bound=bound,
        )

    def order(
        self, node: Constraints, group: ChoiceGroup, place: Location, strict: bool
    ) -> list[int]:
        """Return the options, the one to be tried first in front."""
        options = list(range(len(group.options)))
        if group.kind in ("anyOf", "oneOf"):
            # A stream for each choice, so that which options are tried does not move other draws.
            place.source.child(*place.key, "choice", group.name[1], node.groups[0].pointer).shuffle(
                options
            )
        elif group.kind == "if" and self.prefers_else(node, group, place):
            options.reverse()
        # To rank an option it has to be merged: of a hundred, a dozen will do.
        head = options[: 40 if strict else 12]
        if len(options) > 1:
            self.tick(_merging_steps(node, group, len(head)))
            rank = {o: self.rank(node, group, o, strict) for o in head}
            head.sort(key=lambda o: rank[o])
        return head + options[len(head) :]

    def prefers_else(self, node: Constraints, group: ChoiceGroup, place: Location) -> bool:
        """Whether a condition is not to be met: of many, about one is.

        So one of the cases that a schema tells apart is told whole.
        """
        open_ifs = sum(other.kind == "if" for other in node.groups)
        rng = place.source.child(*place.key, "if", group.pointer)
        return self.small() or not rng.chance(1 / open_ifs)

    def rank(
        self, node: Constraints, group: ChoiceGroup, option: int, strict: bool
    ) -> tuple[Any, ...]:
        """Return what an option is sorted by; low is good.

        That is: possible, keeping the declared properties, not null, and small where little is to
        be made.
        """
        child = self.merger.chosen(node, group, option, strict)
        # Last comes what is impossible; before it, all branches of a choice at once.
        if child.dead is not None:
            return (9, 0, 0)
        if len(group.options[option]) > 1 and group.kind == "anyOf":
            return (8, 0, 0)
        # Null is allowed, but shows nothing of what could stand there.
        dull = child.types <= {"null"} or (child.enum is not None and child.enum in ([None], [""]))
        lost = self.lost(child) if group.kind not in ("anyOf", "oneOf") else 0
        if self.small() and group.kind != "not":
            return (0, self.cost(child), int(dull))
        if group.kind in ("not", "depends", "if"):
            return (lost, 0, 0)
        # Far inside, a branch that opens another tree makes answers large and no more telling.
        deep = len(self.open) > 2 and self.cost(child) > 30
        return (int(dull), int(deep), int(_is_poor(child, group)))

    def lost(self, node: Constraints) -> int:
        """Return how many declared properties could not be made."""
        known: int | None = node.memo.get("lost")
        if known is None:
            names = dict.fromkeys(n for f in node.fields for n in f.properties)
            known = sum(self.merger.field(node, name).dead is not None for name in names)
            node.memo["lost"] = known
        return known

    def small(self) -> bool:
        """Whether only what is needed should be made here."""
        return len(self.open) > self.full_depth or self.made > FULL_COUNT * self.scale

    def cost(self, node: Constraints) -> int:
        """Return about how many values the smallest answer has; very many where it has no end."""
        known: int | None = node.memo.get("cost")
        if known is None:
            known = node.memo["cost"] = self._compute_cost(node)
        return known

    def _compute_cost(self, node: Constraints) -> int:
        """Return the least fixed point over the nodes below, as far as they are looked at.

        It depends on nothing but the node: in what order costs are asked must not be told by the
        answer.
        """
        needs = {node: self._needs(node)}
        queue = [node]
        for at in queue:
            for below in (n for way in needs[at] for n, _ in way[1]):
                if below not in needs and len(needs) < MAX_EXPLORED:
                    needs[below] = self._needs(below)
                    queue.append(below)
        # From above: a node that needs itself keeps the highest cost until another way is found.
        cost = dict.fromkeys(needs, _ENDLESS)
        changed = True
        while changed:
            changed = False
            for at in reversed(queue):
                least = min((_total_cost(way, cost) for way in needs[at]), default=_IMPOSSIBLE)
                if least < cost[at] or (least == _IMPOSSIBLE != cost[at]):
                    cost[at], changed = least, True
        return cost[node]

    def _needs(self, node: Constraints) -> list[Way]:
        """Return the ways to make a node: how many values of its own, and which nodes how often."""
        known: list[Way] | None = node.memo.get("needs")
        if known is None:
            known = node.memo["needs"] = list(self._ways(node))
        return known

    def _ways(self, node: Constraints) -> Iterator[Way]:
        if node.dead is not None:
            return
        if node.groups:
            group = node.groups[0]
            options = range(min(len(group.options), 40))
            if group.kind not in ("anyOf", "oneOf"):
                options = range(len(group.options) - 1, len(group.options))
            for option in options:
                yield 0, [(self.merger.chosen(node, group, option, False), 1)]
        elif node.enum is not None or not node.types <= {"object", "array"}:
            yield 1, []
        elif "array" in node.types:
            least = int(node.words.get("minItems", 0))
            yield 1, [(self.merger.item(node, 0), least)] if least else []
        else:
            yield 1, [(self.merger.field(node, name), 1) for name in node.required]


Way: TypeAlias = tuple[int, list[tuple[Constraints, int]]]
"""Values of its own, and the nodes below, each with how often it is made."""


def _total_cost(way: Way, cost: dict[Constraints, int]) -> int:
    own, below = way
    # What lies beyond the nodes looked at is taken for something small.
    total = own + sum(times * cost.get(node, 4) for node, times in below)
    return min(total, _ENDLESS if total < _IMPOSSIBLE else _IMPOSSIBLE)


def _merging_steps(node: Constraints, group: ChoiceGroup, options: int) -> int:
    """Return the steps that it takes to look at so many options for the first time.

    What is cached already must not count: the same seed has to run into the same bounds.
    """
    weight = node.weight + 2 * len(group.options[0])
    if group.kind in ("not", "depends", "if"):
        weight += sum(len(fields.properties) for fields in node.fields)
    return 1 + options * (1 + weight)


def _is_poor(node: Constraints, group: ChoiceGroup) -> bool:
    """Whether an option says nothing at all, beside others that do."""
    return group.kind == "anyOf" and node.types == set(ALL_TYPES) and not node.fields
