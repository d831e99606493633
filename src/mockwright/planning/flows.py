"""Building of plan nodes from flows, every stage with the schema that it has to reach."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from pydantic import ValidationError

from mockwright.conformance.long_list import long_list, with_items
from mockwright.conformance.overlay import grow, nest
from mockwright.errors import FlowError, GuardError, RequestError
from mockwright.planning.models import Models, tier_of
from mockwright.schema.complexity import score
from mockwright.schema.keywords import Schema
from mockwright.settings import FlowSettings, LimitSettings
from mockwright.shapes.parse import parse_shape
from mockwright.shapes.rules.cel import FLOW_FACTS, parse_condition
from mockwright.shapes.rules.field_paths import parse_path
from mockwright.shapes.rules.parse import Rule, parse_rules
from mockwright.types import (
    BudgetLevel,
    Guard,
    Json,
    JsonObject,
    Loop,
    Parallel,
    Pattern,
    Pipeline,
    PlanNode,
    Route,
    Shape,
    Single,
    Stage,
    Tier,
)

Resolve = Callable[[Sequence[str]], tuple[str, ...]]
"""From names of backends as asked to those configured."""

_TIERS: Final[tuple[Tier, ...]] = ("fast", "quality", "premium")
"""The tiers, the cheapest first."""


@dataclass(frozen=True, slots=True)
class BuiltFlow:
    """A node, and the schema of what it makes."""

    node: PlanNode
    schema: Schema


@dataclass(frozen=True, slots=True)
class NodeRequest:
    """What is asked of a node."""

    schema: Schema
    explicit: bool
    """Whether somebody asked for the schema; else a node's own shape takes its place."""
    closed: bool = False
    """Whether nothing may be added to it: a JSON Schema that a caller gave."""


@dataclass(frozen=True, slots=True)
class FlowBuilder:
    """Builds nodes; raises :class:`RequestError` for what cannot be built."""

    models: Models
    resolve: Resolve
    reasks: int
    """How often a single call is asked again, unless its flow says so."""
    budget: BudgetLevel | None = None
    backends: tuple[str, ...] = ()
    """The backends of nodes that name none themselves."""
    rules: int = 0
    """How many rules the request brings: they count in the complexity."""

    def build(
        self, flow: FlowSettings, wanted: NodeRequest, place: str = "", *, staged: bool = False
    ) -> BuiltFlow:
        """Return the node of a flow, to make what is wanted as far as it has no shape of its own.

        ``staged`` tells that it is a stage or a branch, whose caller sees to what only those have.
        ``place`` is its JSON Pointer, for messages.
        """
        _check_members(flow, place, staged=staged)
        if flow.shape is not None:
            own = self._shape(flow.shape, place)
            wanted = NodeRequest(own, explicit=True) if not wanted.explicit else wanted
        return _BUILDERS[pattern_of(flow, place)](self, flow, wanted, place)

    def _single(self, flow: FlowSettings, wanted: NodeRequest, place: str) -> BuiltFlow:
        return BuiltFlow(self._call(flow), wanted.schema)

    def _call(self, flow: FlowSettings) -> Single:
        reasks = self.reasks if flow.reasks is None else flow.reasks
        # A backend by name is more explicit than a tier.
        if flow.tier is not None and flow.backend is None:
            return Single(self.resolve(self.models.tier(flow.tier)), reasks)
        names = [name.strip() for name in (flow.backend or "").split(",") if name.strip()]
        return Single(self.resolve(names) if names else self.backends, reasks)

    def _pipeline(self, flow: FlowSettings, wanted: NodeRequest, place: str) -> BuiltFlow:
        """Build a pipeline: a stage's shape adds to what is there, up to what is wanted."""
        so_far: Schema | None = None
        stages = []
        for i, one in enumerate(flow.stages):
            at = f"{place}/stages/{i}"
            own = None if one.shape is None else _as_long(self._shape(one.shape, at), wanted)
            if own is not None or so_far is None or wanted.explicit:
                so_far = _grow(so_far, wanted.schema if own is None else own, at)
            if i == len(flow.stages) - 1 and wanted.explicit:
                so_far = wanted.schema if wanted.closed else _grow(so_far, wanted.schema, at)
            stages.append(self._stage(one, so_far, at, f"stage{i + 1}", added=own))
        return BuiltFlow(
            Pipeline(_distinctly_named(stages, place)), True if so_far is None else so_far
        )

    def _parallel(self, flow: FlowSettings, wanted: NodeRequest, place: str) -> BuiltFlow:
        """Build a parallel, whose branches make parts, or all the whole if the merge chooses."""
        whole: Schema | None = None
        branches = []
        # Branches among which one is chosen all answer the same question.
        chooses = flow.merge in ("first", "best", "vote")
        for i, one in enumerate(flow.branches):
            at = f"{place}/branches/{i}"
            into = _parse_into(one.into, at)
            if chooses and (one.shape is not None or into):
                raise FlowError(f"branches of merge {flow.merge!r} all make the whole", at)
            own = (
                _part_wanted(wanted, into, at) if one.shape is None else self._shape(one.shape, at)
            )
            if not into:
                own = _as_long(own, wanted)
            made = nest(own, into) if into else own
            whole = _grow(whole, made, at)
            stage = self._stage(one, own, at, f"branch{i + 1}")
            branches.append(replace(stage, into=into or None))
        if whole is None or wanted.closed or chooses:
            whole = wanted.schema
        elif wanted.explicit:
            whole = _grow(whole, wanted.schema, place)
        node = Parallel(
            _distinctly_named(branches, place),
            flow.merge,
            flow.partial,
            _parse_guard(flow.accept, f"{place}/accept"),
        )
        return BuiltFlow(node, whole)

    def _loop(self, flow: FlowSettings, wanted: NodeRequest, place: str) -> BuiltFlow:
        generate = self.build(
            flow.generate or FlowSettings(backend=flow.backend, tier=flow.tier),
            wanted,
            f"{place}/generate",
        )
        reached = NodeRequest(generate.schema, explicit=True)
        judge = None
        if flow.judge is not None:
            if pattern_of(flow.judge, f"{place}/judge") != "single":
                raise FlowError("a judge is a single call", f"{place}/judge")
            judge = self._call(flow.judge)
        # Whoever wrote it corrects it, unless somebody else is named.
        corrector = flow.correct or flow.generate or FlowSettings(backend=flow.backend)
        correct = self.build(corrector.model_copy(update={"shape": None}), reached, place)
        final = None if flow.final is None else self.build(flow.final, reached, f"{place}/final")
        node = Loop(
            generate=generate.node,
            correct=correct.node,
            judge=judge,
            final=final.node if final else None,
            threshold=flow.threshold,
            max_iterations=flow.max_iterations,
        )
        return BuiltFlow(node, generate.schema)

    def _route(self, flow: FlowSettings, wanted: NodeRequest, place: str) -> BuiltFlow:
        points = self.score(wanted.schema)
        tier, _ = tier_of(points, self.budget, self.models.routing)
        chosen = flow.tiers.get(tier)
        if chosen is None and flow.tiers:
            # The nearest tier there is, a cheaper one first.
            below = _TIERS[: _TIERS.index(tier)][::-1]
            nearest = [*below, *_TIERS[_TIERS.index(tier) :]]
            tier = next(one for one in nearest if one in flow.tiers)
            chosen = flow.tiers[tier]
        built = self.build(chosen or FlowSettings(tier=tier), wanted, f"{place}/tiers/{tier}")
        return BuiltFlow(Route(points, tier, built.node), built.schema)

    def score(self, schema: Schema) -> float:
        """Return the complexity of a schema under the request's rules, from 1 to 10."""
        return score(Shape(schema, "schema"), (None,) * self.rules).score

    def _stage(
        self,
        flow: FlowSettings,
        target: Schema,
        place: str,
        name: str,
        added: Schema | None = None,
    ) -> Stage:
        """Build a stage that makes ``added``, and after which all of ``target`` is there."""
        inner = target if added is None or pattern_of(flow, place) == "single" else added
        # Its shape is in ``target`` already.
        bare = flow.model_copy(update={"shape": None})
        built = self.build(bare, NodeRequest(inner, explicit=True), place, staged=True)
        rules = self._rules(flow.rules, place)
        spare = None
        if flow.fallback is not None:
            spare = self.build(
                flow.fallback, NodeRequest(target, explicit=True), f"{place}/fallback"
            )
        return Stage(
            name=flow.name or name,
            node=built.node,
            schema=_grow(target, built.schema, place),
            instructions=flow.instructions,
            rules=tuple(rule.text for rule in rules),
            checks=tuple(rule for rule in rules if rule.mechanical),
            when=_parse_guard(flow.when, f"{place}/when"),
            # Whoever names a fallback wants it taken.
            on_error="fallback" if spare and flow.on_error == "fail" else flow.on_error,
            fallback=spare.node if spare else None,
            revise=tuple(_parse_revised(text, place) for text in flow.revise),
        )

    def _shape(self, raw: Json, place: str) -> Schema:
        try:
            return parse_shape(raw).schema
        except RequestError as error:
            raise FlowError(str(error), f"{place}/shape") from None

    def _rules(self, raw: tuple[Json, ...], place: str) -> tuple[Rule, ...]:
        try:
            return parse_rules(raw)
        except RequestError as error:
            raise FlowError(str(error), f"{place}/rules") from None


_BUILDERS: Final = {
    "single": FlowBuilder._single,
    "pipeline": FlowBuilder._pipeline,
    "parallel": FlowBuilder._parallel,
    "loop": FlowBuilder._loop,
    "route": FlowBuilder._route,
}
"""The builder of each pattern."""


_OF_STAGES: Final = frozenset(
    ["instructions", "rules", "when", "on_error", "fallback", "revise", "into"]
)
"""What is said of a stage or a branch alone."""
_OF_PATTERNS: Final[Mapping[Pattern, frozenset[str]]] = {
    "pipeline": frozenset(["stages"]),
    "parallel": frozenset(["branches", "merge", "partial", "accept"]),
    "loop": frozenset(["generate", "judge", "correct", "final", "threshold", "max_iterations"]),
    "route": frozenset(["tiers"]),
}
"""What is said of one pattern alone."""


def _check_members(flow: FlowSettings, place: str, *, staged: bool) -> None:
    """Raise :class:`FlowError` for what is said and would change nothing."""
    pattern = pattern_of(flow, place)
    for name in sorted(flow.model_fields_set):
        if name in _OF_STAGES and not staged and getattr(flow, name):
            raise FlowError(f"{name} is said of a stage or a branch", f"{place}/{name}")
        owners = [owner for owner, names in _OF_PATTERNS.items() if name in names]
        if owners and owners[0] != pattern:
            raise FlowError(
                f"{name} is said of a {owners[0]}, this is {pattern}", f"{place}/{name}"
            )


def pattern_of(flow: FlowSettings, place: str = "") -> Pattern:
    """Return the pattern that a flow says, or that follows from what it has.

    Raises :class:`FlowError` where the two disagree.
    """
    has: dict[Pattern, object] = {
        "pipeline": flow.stages,
        "parallel": flow.branches,
        "loop": flow.generate or flow.judge or flow.correct or flow.final,
        "route": flow.tiers,
    }
    found = [pattern for pattern, parts in has.items() if parts]
    if len(found) > 1:
        raise FlowError(f"is {' and '.join(found)} at once", place)
    if flow.pattern is None:
        return found[0] if found else "single"
    if found and found[0] != flow.pattern:
        raise FlowError(f"has what makes a {found[0]}, but says {flow.pattern!r}", place)
    needed = {"pipeline": "stages", "parallel": "branches"}.get(flow.pattern)
    if needed and not found:
        raise FlowError(f"a {flow.pattern} has {needed}", place)
    return flow.pattern


def read_flow(raw: JsonObject, limits: LimitSettings) -> FlowSettings:
    """Return a flow that a request brings; raise :class:`FlowError` with a pointer into it."""
    deepest, stages = _measure(raw)
    if deepest > limits.flow_depth:
        raise FlowError(f"patterns within patterns go {deepest} deep; {limits.flow_depth} may be")
    if stages > limits.flow_stages:
        raise FlowError(f"{stages} stages and branches; {limits.flow_stages} may be")
    try:
        return FlowSettings.model_validate(raw)
    except ValidationError as error:
        detail = error.errors(include_url=False)[0]
        pointer = "".join(f"/{step}" for step in detail["loc"])
        raise FlowError(detail["msg"][:200], pointer) from None


def _measure(flow: Json) -> tuple[int, int]:
    """Return how deep a flow is, and how many stages and branches it has.

    Without recursion, for it may be hostile.
    """
    deepest = stages = 0
    waiting: list[tuple[Json, int]] = [(flow, 1)]
    while waiting:
        node, level = waiting.pop()
        if not isinstance(node, dict):
            continue
        deepest = max(deepest, level)
        for key in ("stages", "branches"):
            listed = node.get(key)
            if isinstance(listed, list):
                stages += len(listed)
                waiting += [(one, level + 1) for one in listed]
        for key in ("generate", "judge", "correct", "final", "fallback"):
            waiting.append((node.get(key), level + 1))
        tiers = node.get("tiers")
        if isinstance(tiers, dict):
            waiting += [(one, level + 1) for one in tiers.values()]
    return deepest, stages


def _grow(base: Schema | None, added: Schema, place: str) -> Schema:
    if base is None:
        return added
    try:
        return grow(base, added)
    except RequestError as error:
        raise FlowError(f"what the stages make does not fit together: {error}", place) from None


def _as_long(own: Schema, wanted: NodeRequest) -> Schema:
    """Return ``own`` with as many items in its list as are asked for there in the whole."""
    found = long_list(wanted.schema)
    if found is None or not isinstance(own, dict):
        return own
    path, count = found
    place: Json = own
    for name in path:
        place = place.get("properties", {}).get(name) if isinstance(place, dict) else None
    if isinstance(place, dict) and place.get("type") == "array":
        return with_items(own, path, count)
    return own


def _part_wanted(wanted: NodeRequest, into: tuple[str, ...], place: str) -> Schema:
    """Return what a branch without a shape makes: the part of what is wanted that belongs there."""
    part: Json = wanted.schema
    for name in into if wanted.explicit else ():
        there = part.get("properties") if isinstance(part, dict) else None
        if not isinstance(there, dict) or name not in there:
            raise FlowError(f"the shape has nothing at {'.'.join(into)!r}", f"{place}/into")
        part = there[name]
    whole: Schema = part
    return whole


def _distinctly_named(stages: Sequence[Stage], place: str) -> tuple[Stage, ...]:
    names = [stage.name for stage in stages]
    for name in names:
        if names.count(name) > 1:
            raise FlowError(f"two of them are called {name!r}", place)
    return tuple(stages)


def _parse_guard(text: str | None, place: str) -> Guard | None:
    if text is None:
        return None
    try:
        return parse_condition(text, FLOW_FACTS)
    except GuardError as error:
        raise FlowError(str(error), place) from None


def _parse_into(text: str | None, place: str) -> tuple[str, ...]:
    if text is None:
        return ()
    path = parse_path(text) if text else None
    if path is None or any(step == "*" or step.isdecimal() for step in path.tokens):
        raise FlowError(f"{text!r}: expected names with dots, such as product.pricing", place)
    return path.tokens


def _parse_revised(text: str, place: str) -> tuple[str | int, ...]:
    """Return the steps of ``users.*.email``; ``*`` alone is all of it, and has none."""
    path = None if text.strip() == "*" else parse_path(text)
    if text.strip() == "*":
        return ()
    if path is None or not path.tokens:
        raise FlowError(f"{text!r}: expected a path, such as users.*.email", f"{place}/revise")
    return tuple(int(step) if step.isdecimal() else step for step in path.tokens)
