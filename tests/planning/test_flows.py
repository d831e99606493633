"""Flows as written, and the plans they become."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from mockwright.errors import (
    ConfigError,
    FlowError,
    RequestError,
    UnknownBackendError,
    UnknownFlowError,
)
from mockwright.planning.models import models_of, tier_of
from mockwright.planning.path_rules import RouteTable
from mockwright.planning.plan_tree import calls, describe, mermaid, singles, to_json
from mockwright.planning.planner import Planner
from mockwright.settings import (
    BackendSettings,
    FlowSettings,
    LimitSettings,
    MockSettings,
    Price,
    RouteSettings,
    RoutingSettings,
)
from mockwright.shapes.parse import parse_shape
from mockwright.types import (
    Chunked,
    Loop,
    MockRequest,
    Parallel,
    Pipeline,
    Plan,
    Route,
    Single,
)

REQUEST = MockRequest(id="r", method="GET", path="/users")
SHAPE = parse_shape({"users": [{"name": "string"}]})
TIERS = RoutingSettings(tiers={"fast": ("small",), "quality": ("large",), "premium": ("cloud",)})
BACKENDS = (
    BackendSettings(name="small", provider="scripted", price=Price(output_per_million=1.0)),
    BackendSettings(name="large", provider="scripted", price=Price(output_per_million=10.0)),
    BackendSettings(name="cloud", provider="scripted", price=Price(output_per_million=100.0)),
)


def resolve(names: Sequence[str]) -> tuple[str, ...]:
    for name in names:
        if name not in ("small", "large", "cloud"):
            raise UnknownBackendError(name, ["small"])
    return tuple(names)


def planner(
    flows: dict[str, Any] | None = None,
    *routes: RouteSettings,
    routing: RoutingSettings = TIERS,
    **defaults: Any,
) -> Planner:
    return Planner(
        RouteTable(routes),
        MockSettings(**defaults),
        resolve,
        LimitSettings(),
        {name: FlowSettings.model_validate(flow) for name, flow in (flows or {}).items()},
        models_of(BACKENDS, routing),
    )


def plan(flow: Any, flows: dict[str, Any] | None = None, **more: Any) -> Plan:
    asked = replace(REQUEST, **{"shape": SHAPE, "flow": flow, **more})
    return planner(flows).plan(asked, estimated=True)


PROFILES: Any = {
    "stages": [
        {"name": "generate", "backend": "small"},
        {"name": "enrich", "backend": "large", "shape": {"users": [{"city": "string"}]}},
        {"name": "validate", "backend": "cloud", "rules": ["emails are well formed"],
         "when": "complexity > 5", "on_error": "skip"},
    ]
}  # fmt: skip


def test_a_stages_shape_adds_to_what_there_is() -> None:
    made = plan("user-profiles", {"user-profiles": PROFILES})
    assert isinstance(made.node, Pipeline)
    names = [list(_item(stage.schema)) for stage in made.node.stages]
    assert names == [["name"], ["name", "city"], ["name", "city"]]
    assert list(_item(made.task.schema)) == ["name", "city"]
    assert made.flow == "user-profiles"


def _item(schema: Any) -> Any:
    return schema["properties"]["users"]["items"]["properties"]


def test_a_count_holds_in_every_stage() -> None:
    made = plan(PROFILES, count=7)
    assert isinstance(made.node, Pipeline)
    for stage in made.node.stages:
        assert isinstance(stage.schema, dict)
        assert stage.schema["properties"]["users"]["minItems"] == 7


def test_without_an_asked_shape_the_stages_own_are_taken() -> None:
    flow = {"stages": [{"shape": {"a": 0}}, {"shape": {"b": 0}}]}
    made = plan(flow, shape=None)
    assert list(made.task.schema["properties"]) == ["a", "b"]  # type: ignore[index]  # an object


def test_a_stage_without_a_shape_adds_nothing_that_nobody_asked_for() -> None:
    made = plan({"stages": [{"shape": {"a": 0}}, "small"]}, shape=None)
    assert list(made.task.schema["properties"]) == ["a"]  # type: ignore[index]  # an object


def test_a_json_schema_that_is_asked_for_is_never_added_to() -> None:
    shape = parse_shape({"type": "object", "properties": {"a": {"type": "integer"}}})
    made = plan({"stages": [{"shape": {"a": 0}}, {"shape": {"b": 0}}]}, shape=shape)
    assert made.task.schema == shape.schema


def test_branches_have_their_place_in_the_whole() -> None:
    flow = {"branches": [{"shape": {"name": "string"}}, {"shape": {"price": 0.0}, "into": "a.b"}]}
    made = plan(flow, shape=None)
    assert isinstance(made.node, Parallel)
    whole: Any = made.task.schema
    assert list(whole["properties"]) == ["name", "a"]
    assert list(whole["properties"]["a"]["properties"]["b"]["properties"]) == ["price"]


def test_nodes_nest() -> None:
    flow = {
        "stages": [
            {"name": "one", "branches": ["small", "large"], "merge": "vote"},
            {"name": "two", "generate": "small", "judge": "cloud", "correct": "large"},
        ]
    }
    made = plan(flow)
    assert isinstance(made.node, Pipeline)
    assert [type(stage.node) for stage in made.node.stages] == [Parallel, Loop]
    assert len(list(singles(made.node))) == 5
    assert made.estimate.calls == calls(made.node) == 4 + 2 + 3 * 2 + 2 * 2


@pytest.mark.parametrize(
    ("flow", "said"),
    [
        ({"stages": ["small"], "branches": ["large"]}, "pipeline and parallel at once"),
        ({"pattern": "loop", "stages": ["small"]}, "but says 'loop'"),
        ({"pattern": "pipeline"}, "a pipeline has stages"),
        ({"stages": [{"when": "complexity >"}]}, "line 1, column 13"),
        ({"stages": [{"when": "fame > 1"}]}, "'fame' is not known"),
        ({"stages": [{"rules": [{"op": "nope"}]}]}, "/stages/0/rules"),
        ({"stages": [{"shape": {"a": "datetme"}}]}, "/stages/0/shape"),
        ({"stages": [{"shape": {"a": 0}}, {"shape": {"a": [0]}}]}, "does not fit together"),
        ({"stages": [{"name": "x"}, {"name": "x"}]}, "two of them are called 'x'"),
        ({"branches": [{"shape": {"a": 0}}], "merge": "vote"}, "all make the whole"),
        ({"branches": [{"into": "a[0]"}]}, "expected names with dots"),
        ({"generate": "small", "judge": {"stages": ["small"]}}, "a judge is a single call"),
        ({"stages": [{"nme": "x"}]}, "/stages/0/nme"),
        ({"stages": [{"max_iterations": 99}]}, "max_iterations"),
    ],
)
def test_a_flow_that_is_none_is_refused_with_its_place(flow: Any, said: str) -> None:
    with pytest.raises(FlowError) as caught:
        plan(flow, shape=None)
    assert said in str(caught.value)


def test_a_flow_of_a_request_is_bounded() -> None:
    deep: Any = {"backend": "small"}
    for _ in range(8):
        deep = {"stages": [deep]}
    with pytest.raises(FlowError, match="deep"):
        plan(deep)
    with pytest.raises(FlowError, match="stages and branches"):
        plan({"stages": ["small"] * 40})
    rounds = {"generate": "small", "max_iterations": 20, "judge": "small"}
    with pytest.raises(FlowError, match="calls"):
        plan({"stages": [rounds] * 5})


def test_names_that_do_not_exist_are_refused() -> None:
    with pytest.raises(UnknownFlowError, match=r"available: mine, single, pipeline"):
        plan("yours", {"mine": PROFILES})
    with pytest.raises(UnknownBackendError):
        plan({"stages": ["nobody"]})


def test_a_configured_flow_is_checked_at_the_start() -> None:
    with pytest.raises(ConfigError, match=r"flows\.bad: .*line 1, column 13"):
        planner({"bad": {"stages": [{"when": "complexity >"}]}}).check()
    planner({"good": PROFILES}).check()


def test_the_request_wins_over_the_path_rule_and_that_over_the_default() -> None:
    route = RouteSettings(path="/users", flow="loop")
    asked = replace(REQUEST, shape=SHAPE)
    ours = planner({}, route, flow="parallel")
    assert ours.plan(replace(asked, flow="single")).flow == "single"
    assert ours.plan(asked).flow == "loop"
    assert ours.plan(replace(asked, path="/x")).flow == "parallel"


@pytest.mark.parametrize("pattern", ["single", "pipeline", "parallel", "loop", "route", "auto"])
@pytest.mark.parametrize(
    "shape",
    [
        {"a": "string"},
        {"name": "string", "specs": {"w": 0}, "pricing": {"p": 0.0}},
        {"users": [{"name": "string", "address": {"city": "x"}, "history": [{"t": 0}]}]},
        [0],
    ],
)
def test_every_pattern_can_be_asked_of_every_shape(pattern: str, shape: Any) -> None:
    asked = parse_shape(shape)
    made = plan(pattern, shape=asked)
    text = mermaid(made)
    assert text.startswith("graph LR")
    assert to_json(made)["plan"] == describe(made.node)
    assert made.estimate.calls >= 1


@pytest.mark.parametrize(
    ("score", "budget", "tier"),
    [
        (1, None, "fast"), (3.9, None, "fast"), (4, None, "quality"), (7.9, None, "quality"),
        (8, None, "premium"), (10, None, "premium"),
        (5, "low", "fast"), (5.1, "low", "quality"), (10, "low", "quality"),
        (3, "medium", "fast"), (10, "medium", "quality"),
        (8, "high", "quality"), (8.1, "high", "premium"),
        (8, "unlimited", "premium"), (2, "unlimited", "fast"),
    ],
)  # fmt: skip
def test_the_tier_follows_from_score_and_budget(score: float, budget: Any, tier: str) -> None:
    assert tier_of(score, budget, RoutingSettings())[0] == tier


def test_a_route_leads_to_the_backends_of_its_tier() -> None:
    made = plan("route", shape=parse_shape({"name": "string"}))
    assert isinstance(made.node, Route)
    assert made.node.tier == "fast"
    assert made.node.node == Single(("small",))


@pytest.mark.parametrize("count", [0, 1, 7])
@pytest.mark.parametrize("pattern", ["pipeline", "parallel", "auto"])
def test_parts_of_a_list_are_as_long_as_it_is(pattern: str, count: int) -> None:
    shape = parse_shape([{"name": "string", "specs": {"w": 0}, "pricing": {"p": 0.0}}])
    made = plan(pattern, shape=shape, count=count)
    schema: Any = made.task.schema
    assert (schema["minItems"], schema["maxItems"]) == (count, count)


def test_a_budget_alone_is_a_route_where_there_are_tiers() -> None:
    made = plan(None, budget="low")
    assert isinstance(made.node, Route)
    named = plan(None, budget="low", backends=("cloud",))
    assert named.node == Single(("cloud",))


def test_a_budget_without_tiers_is_told_to_have_no_effect() -> None:
    bare = planner(routing=RoutingSettings()).plan(replace(REQUEST, shape=SHAPE, budget="low"))
    assert bare.ignored == ("budget",)


def test_a_plan_that_costs_too_much_steps_down_and_says_so() -> None:
    flow = {"generate": "cloud", "correct": "cloud", "judge": "cloud", "final": "cloud"}
    dear = plan(flow)
    cheap = plan(flow, max_cost_usd=dear.estimate.cost_usd / 50)
    assert cheap.estimate.cost_usd <= dear.estimate.cost_usd / 50
    assert {one.backends for one in singles(cheap.node)} == {("small",)}
    assert any("stepped down" in reason for reason in cheap.reasons)
    assert any("no final pass" in reason for reason in cheap.reasons)
    free = plan(flow, max_cost_usd=0.0)
    assert any("it stops when that is spent" in reason for reason in free.reasons)


def test_a_list_too_long_for_one_answer_is_made_in_pieces() -> None:
    made = plan(None, count=1000)
    assert isinstance(made.node, Chunked)
    assert (made.node.path, made.node.total) == (("users",), 1000)
    assert 10 < made.node.size < 1000
    assert isinstance(plan(None, count=3).node, Single)


def test_what_an_item_really_took_changes_the_pieces() -> None:
    ours = planner()
    asked = replace(REQUEST, shape=SHAPE, count=1000)
    before = ours.plan(asked).node
    items: Any = SHAPE.schema
    for _ in range(20):
        ours.sizes.note(items["properties"]["users"]["items"], 1, 400)
    after = ours.plan(asked).node
    assert isinstance(before, Chunked)
    assert isinstance(after, Chunked)
    assert after.size < before.size
    assert after.size == 4


def test_the_generator_makes_a_thousand_at_once_so_that_others_get_their_turn() -> None:
    embedded = BackendSettings(name="embedded", provider="embedded")
    ours = replace(planner(), models=models_of((embedded,), RoutingSettings()))
    assert isinstance(ours.plan(replace(REQUEST, shape=SHAPE, count=1000)).node, Single)
    longer = ours.plan(replace(REQUEST, shape=SHAPE, count=5000)).node
    assert isinstance(longer, Chunked)
    assert longer.size == 1000


def test_a_drawing_is_harmless_whatever_the_names() -> None:
    text = mermaid(plan(None, path='/a"]|<script>', shape=SHAPE))
    assert "<script>" not in text
    assert text.count('"') % 2 == 0


def test_bad_flows_are_the_callers_fault() -> None:
    assert issubclass(FlowError, RequestError)


@pytest.mark.parametrize(
    ("flow", "pointer"),
    [
        (
            {"generate": {"backend": "a", "instructions": "x"}, "judge": "b"},
            "/generate/instructions",
        ),
        ({"backend": "a", "when": "complexity > 5"}, "/when"),
        ({"backend": "a", "threshold": 0.5}, "/threshold"),
        ({"stages": ["a"], "merge": "vote"}, "/merge"),
        ({"branches": ["a"], "max_iterations": 2}, "/max_iterations"),
        ({"stages": [{"backend": "a", "accept": "quality > 0.5"}]}, "/stages/0/accept"),
    ],
)
def test_what_would_change_nothing_where_it_is_said_is_refused(flow: Any, pointer: str) -> None:
    with pytest.raises(FlowError) as caught:
        planner().plan(replace(REQUEST, shape=SHAPE, flow=flow))
    assert caught.value.pointer == pointer


def test_a_branch_without_a_shape_makes_the_part_that_belongs_where_it_goes() -> None:
    shape = parse_shape({"a": {"name": "string"}, "b": {"age": 0}})
    schema: Any = shape.schema

    def planned(*places: str) -> Any:
        flow = {"branches": [{"backend": "small", "into": place} for place in places]}
        return planner().plan(replace(REQUEST, shape=shape, flow=flow))

    made = planned("a", "b")
    assert made.shape.schema == schema
    parts = [schema["properties"][name] for name in "ab"]
    assert [branch.schema for branch in made.node.branches] == parts
    with pytest.raises(FlowError, match="nothing at 'c'"):
        planned("a", "c")
