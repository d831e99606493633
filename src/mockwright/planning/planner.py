"""The planner: a request becomes a plan, without a call to any model."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from types import MappingProxyType
from typing import Final

from mockwright.errors import (
    ConfigError,
    FlowError,
    InvalidControlError,
    RequestError,
    TooManyItemsError,
    UnknownFlowError,
)
from mockwright.planning.choose_pattern import decide
from mockwright.planning.chunk_sizes import ChunkSizes, in_pieces
from mockwright.planning.default_flows import PATTERNS, generic_flow
from mockwright.planning.estimate import estimate
from mockwright.planning.fit_budget import within
from mockwright.planning.flows import FlowBuilder, NodeRequest, read_flow
from mockwright.planning.models import Models
from mockwright.planning.path_rules import RouteTable
from mockwright.planning.plan_tree import calls
from mockwright.schema.complexity import score
from mockwright.settings import (
    FlowSettings,
    LimitSettings,
    MockSettings,
    RecordingSettings,
    RouteSettings,
    StateSettings,
)
from mockwright.shapes.parse import parse_shape, with_count
from mockwright.shapes.rest.infer import infer_shape, with_path
from mockwright.shapes.rest.learned_shape import with_structure
from mockwright.shapes.rest.url_path import template_of
from mockwright.shapes.rules.parse import Rule, apply_rules, parse_rules, rules_of
from mockwright.types import (
    MISSING,
    Computed,
    Estimate,
    Json,
    JsonObject,
    MockRequest,
    OnFailure,
    Plan,
    PlanNode,
    Shape,
    Single,
    Task,
)

Resolve = Callable[[Sequence[str]], tuple[str, ...]]
"""From names of backends as asked to those configured; raises :class:`UnknownBackendError`."""

See = Callable[
    [Shape, Sequence[JsonObject], Sequence[str], str | None, str], tuple[Shape, Computed | None]
]
"""Finds what of a request is computed.

From shape, statements, sentences, prompt and path to the shape with its counts and what is
computed.
"""

AUTO: Final = "auto"
"""The flow that leaves the pattern to the planner."""
_NO_ROUTE = RouteSettings(path="/")
_ANYTHING: Final[JsonObject] = {"type": "object"}
_NONE: Final[Mapping[str, JsonObject]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class _Structure:
    """A structure by name, and whether it is known; without a name there is nothing to be done."""

    name: str | None = None
    known: bool = False


@dataclass(frozen=True, slots=True)
class Planner:
    """Decides what is done about a request.

    The more explicit wins: the request, then the path rule, then the default.
    """

    routes: RouteTable
    defaults: MockSettings
    resolve: Resolve
    limits: LimitSettings
    flows: Mapping[str, FlowSettings] = field(default_factory=dict)
    models: Models = field(default_factory=Models)
    sizes: ChunkSizes = field(default_factory=ChunkSizes)
    see: See | None = None
    recordings: RecordingSettings = field(default_factory=RecordingSettings)
    state: StateSettings = field(default_factory=StateSettings)

    def check(self) -> None:
        """Raise :class:`ConfigError` for flows that every request for them would trip over."""
        faults = []
        builder = FlowBuilder(self.models, self.resolve, self.defaults.reasks)
        for name, flow in self.flows.items():
            try:
                builder.build(flow, NodeRequest(_ANYTHING, explicit=False))
            except RequestError as error:
                faults.append(f"flows.{name}: {error}")
        if faults:
            raise ConfigError("\n".join(faults))

    def plan(
        self,
        request: MockRequest,
        *,
        estimated: bool = False,
        routes: Sequence[RouteSettings] = (),
        structures: Mapping[str, JsonObject] = _NONE,
    ) -> Plan:
        """Return the plan for a request.

        ``estimated`` asks for an estimate also where nobody set a limit to the cost. ``routes``
        come before those of the configuration; ``structures`` are those of earlier answers, by path
        template. Raises :class:`RequestError` where the request cannot be answered as asked.
        """
        found = RouteTable(routes).match(request.method, request.path) if routes else None
        found = found or self.routes.match(request.method, request.path)
        route = found or _NO_ROUTE
        reasons = [f"path rule {found.path}"] if found else []
        asked = request.shape
        if asked is None and route.shape is not None:
            asked = parse_shape(route.shape)
        shape = self._decide_shape(asked, request, route, reasons)
        shape, kept = self._keep_structure(shape, request, route, structures)
        reasons += [f"structure of the first answer to {kept.name}"] if kept.known else []
        # Rules are read before the flow is chosen, since their number counts in the complexity, and
        # applied after it, since a flow may have a shape of its own. What is computed comes after
        # both, and pieces at the end: only then are all counts known.
        rules = (*parse_rules(request.rules or route.rules), *rules_of(shape))
        flow, name = self._choose_flow(request, route, shape, len(rules), reasons)
        node, shape = self._build_node(request, route, flow, shape, len(rules))
        shape = apply_rules(rules, shape)
        shape, computed = self._find_computed(shape, rules, request, route, reasons)
        rules = tuple(_held_by_code(rule, computed) for rule in rules)
        unheld = [rule for rule in rules if not rule.mechanical]
        reasons += [f"rule told to the model only: {rule.text}" for rule in unheld]
        most = self.defaults.chunk_tokens
        node = in_pieces(node, shape.schema, self.models, self.sizes, most)
        plan = Plan(
            node=node,
            shape=shape,
            task=self._make_task(request, route, shape, rules),
            variants=_first(request.cache, route.cache, 0),
            completions=request.completions,
            on_failure=self._on_failure(request, route),
            computed=computed,
            on_unverified=_first(
                request.on_unverified, route.on_unverified, self.defaults.on_unverified
            ),
            report=request.report,
            flow=name,
            route=found.path if found else None,
            budget=_first(request.budget, route.budget, self.defaults.budget),
            max_cost_usd=_first(
                request.max_cost_usd, route.max_cost_usd, self.defaults.max_cost_usd
            ),
            asked=asked,
            mode=_first(request.mode, route.mode, self.recordings.mode),
            ignore=(*self.recordings.ignore, *route.ignore),
            context=_first(request.context, route.context),
            state=_first(request.state, route.state, self.state.enabled),
            on_missing=_first(route.on_missing, self.state.on_missing),
            learns=None if kept.known else kept.name,
            autoshape=kept.name if kept.known else None,
            status=_first(request.status, route.status),
            delay=request.delay or route.delay,
        )
        return self._with_estimate(plan, request, reasons, estimated=estimated)

    def _with_estimate(
        self, plan: Plan, request: MockRequest, reasons: list[str], *, estimated: bool
    ) -> Plan:
        """Return the plan with what it takes, made cheaper where that is too much."""
        node, limit = plan.node, plan.max_cost_usd
        expected = Estimate(calls=calls(node))
        if limit is not None:
            node, expected, given_up = within(node, plan.task, self.models, limit)
            reasons += given_up
        elif estimated:
            expected = estimate(node, plan.task, self.models)
        most = self.limits.flow_calls
        # The operator answers for a configured flow; one that a request brings is not trusted.
        if isinstance(request.flow, dict) and expected.calls > most:
            raise FlowError(f"it may take {expected.calls} calls; {most} may be")
        measured: JsonObject = {}
        # Of a single call the score decides nothing.
        if estimated or not isinstance(node, Single):
            measured = asdict(score(plan.shape, plan.task.rules))
        ignored: tuple[str, ...] = ()
        if plan.budget is not None and not self.models.has_tiers:
            ignored = ("budget",)
            reasons.append("a budget chooses between tiers, and none is configured")
        return replace(
            plan,
            node=node,
            estimate=expected,
            complexity=measured,
            reasons=tuple(reasons),
            ignored=ignored,
        )

    def _choose_flow(
        self,
        request: MockRequest,
        route: RouteSettings,
        shape: Shape,
        rules: int,
        reasons: list[str],
    ) -> tuple[FlowSettings | None, str]:
        """Return the flow that is asked for, and its name; None where a single call does."""
        asked = _first(request.flow, route.flow, self.defaults.flow)
        # A budget chooses between tiers, and so asks for a route.
        if asked is None and not request.backends and self.models.has_tiers:
            budget = _first(request.budget, route.budget, self.defaults.budget)
            asked = "route" if budget is not None and route.backend is None else None
        if asked is None:
            return None, "single"
        if isinstance(asked, dict):
            return read_flow(asked, self.limits), "inline"
        named = {name.lower(): name for name in self.flows}.get(asked.lower())
        if named is not None:
            reasons.append(f"flow {named}")
            return self.flows[named], named
        if asked.lower() not in (*PATTERNS, AUTO):
            raise UnknownFlowError(asked, [*self.flows, *PATTERNS, AUTO])
        decision = decide(shape.schema, rules=rules, prompt=_first(request.prompt, route.prompt))
        pattern = decision.pattern
        if asked.lower() != AUTO:
            pattern = next(one for one in PATTERNS if one == asked.lower())
        reasons.append(f"flow {asked.lower()}: {'; '.join(decision.reasons)}"[:500])
        flow = generic_flow(pattern, decision, shape.schema, judged=self.models.writes)
        return flow, pattern

    def _build_node(
        self,
        request: MockRequest,
        route: RouteSettings,
        flow: FlowSettings | None,
        shape: Shape,
        rules: int,
    ) -> tuple[PlanNode, Shape]:
        """Return the node of a flow and the shape it reaches."""
        backends = self._resolve_backends(request, route)
        if flow is None:
            return Single(backends, self.defaults.reasks), shape
        builder = FlowBuilder(
            models=self.models,
            resolve=self.resolve,
            reasks=self.defaults.reasks,
            budget=_first(request.budget, route.budget, self.defaults.budget),
            backends=backends,
            rules=rules,
        )
        explicit = shape.source != "inferred"
        wanted = NodeRequest(shape.schema, explicit, closed=shape.source == "schema")
        built = builder.build(flow, wanted)
        if explicit or built.schema == shape.schema:
            return built.node, replace(shape, schema=built.schema)
        # The flow has a form of its own where nobody asked for one; the count is the caller's.
        own = Shape(built.schema, "example", shape.directives)
        count = _first(request.count, request.limit, route.count)
        if count is None:
            return built.node, own
        counted = self._with_count(own, request, count)
        rebuilt = builder.build(flow, NodeRequest(counted.schema, explicit=True))
        return rebuilt.node, replace(counted, schema=rebuilt.schema)

    def _decide_shape(
        self, shape: Shape | None, request: MockRequest, route: RouteSettings, reasons: list[str]
    ) -> Shape:
        """Return the shape that is asked for, else one inferred from method, path and query."""
        if shape is None or _says_nothing(shape):
            directives = shape.directives if shape else {}
            many = _first(request.count, request.limit, route.count) is not None
            shape = infer_shape(
                request.method, request.path, request.query, request.input, counted=many
            )
            shape = replace(shape, directives=directives)
            reasons.append("shape inferred from method, path and query")
        count = _first(request.count, request.limit, route.count)
        if shape.source == "example" and count is None:
            known = request.input if isinstance(request.input, dict) else {}
            shape = replace(shape, schema=with_path(shape.schema, request.path, known))
        return shape if count is None else self._with_count(shape, request, count)

    def _keep_structure(
        self,
        shape: Shape,
        request: MockRequest,
        route: RouteSettings,
        structures: Mapping[str, JsonObject],
    ) -> tuple[Shape, _Structure]:
        """Return the shape with an earlier structure, or the name under which to keep this one's.

        Only where nobody asked for a shape. Not for what echoes its input, whose structure is the
        caller's own; and under a seed only where it is asked for, since one seed gives one answer
        whatever came before.
        """
        asked = _first(request.autoshape, route.autoshape)
        seed = _first(request.seed, route.seed, self.defaults.seed)
        wanted = self.defaults.autoshape and seed is None if asked is None else asked
        schema = shape.schema
        plain = request.input is MISSING and request.completions == 1 and not request.report
        if not (wanted and plain and shape.source == "inferred") or not isinstance(schema, dict):
            return shape, _Structure()
        name = f"{request.method} {template_of(request.path)} {schema.get('type')}"
        if request.renewshape or name not in structures:
            return shape, _Structure(name)
        kept = with_structure(schema, structures[name])
        if kept == schema:
            return shape, _Structure()
        return replace(shape, schema=kept), _Structure(name, known=True)

    def _find_computed(
        self,
        shape: Shape,
        rules: Sequence[Rule],
        request: MockRequest,
        route: RouteSettings,
        reasons: list[str],
    ) -> tuple[Shape, Computed | None]:
        """Return the shape with the lengths of computed lists, and what of it is computed."""
        if self.see is None:
            return shape, None
        statements = [rule.statement for rule in rules if rule.statement is not None]
        sentences = [rule.text for rule in rules if rule.statement is None]
        prompt = _first(request.prompt, route.prompt)
        shape, computed = self.see(shape, statements, sentences, prompt, request.path)
        if computed is None:
            return shape, None
        for spec in computed.specs:
            if spec.count > self.limits.max_items:
                raise TooManyItemsError(spec.count, self.limits.max_items)
        reasons.append(f"{computed.kind} request: its numbers are computed, not written")
        reasons += [f"understood: {phrase}" for phrase in computed.understood]
        reasons += [f"statistical, and not understood: {phrase}" for phrase in computed.unread]
        return shape, computed

    def _with_count(self, shape: Shape, request: MockRequest, count: int) -> Shape:
        most = self.limits.max_items
        if count > most:
            raise TooManyItemsError(count, most)
        if count * request.completions > most:
            limit = f"at most {most} items in all, here {count} in each"
            raise InvalidControlError("n", str(request.completions), limit)
        return with_count(shape, count)

    def _resolve_backends(self, request: MockRequest, route: RouteSettings) -> tuple[str, ...]:
        asked = request.backends or tuple(
            name.strip() for name in (route.backend or "").split(",") if name.strip()
        )
        return self.resolve(asked)

    def _make_task(
        self, request: MockRequest, route: RouteSettings, shape: Shape, rules: tuple[Rule, ...]
    ) -> Task:
        return Task(
            schema=shape.schema,
            method=request.method,
            path=request.path,
            query=request.query,
            input=request.input,
            prompt=_first(request.prompt, route.prompt, None),
            rules=tuple(rule.text for rule in rules),
            checks=tuple(rule for rule in rules if rule.mechanical),
            seed=_first(request.seed, route.seed, self.defaults.seed),
            locale=_first(request.locale, route.locale, self.defaults.locale),
            on_input_conflict=_first(
                request.on_input_conflict, route.on_input_conflict, self.defaults.on_input_conflict
            ),
        )

    def _on_failure(self, request: MockRequest, route: RouteSettings) -> OnFailure:
        if request.on_failure is not None:
            return request.on_failure
        return "fill" if _first(route.fill, self.defaults.fill) else "fail"


def _held_by_code(rule: Rule, computed: Computed | None) -> Rule:
    """Return the rule, marked as one that code holds if all that it asks is computed."""
    if computed is None or rule.mechanical:
        return rule
    if any(phrase in rule.text for phrase in computed.unread):
        return rule
    understood = any(phrase in rule.text for phrase in computed.understood)
    return replace(rule, statement={}) if understood else rule


def _says_nothing(shape: Shape) -> bool:
    """Whether a shape leaves the form open, with directives alone: ``{"$cache": 5}``."""
    return shape.source == "example" and shape.schema == {"type": "object"}


def _first(*values: Json) -> Json:
    """Return the first value that is not None; None where all are."""
    return next((value for value in values if value is not None), None)
