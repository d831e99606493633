from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from mockwright.errors import (
    InvalidControlError,
    RuleError,
    ShapeError,
    TooManyItemsError,
    UnknownBackendError,
)
from mockwright.planning.path_rules import RouteTable
from mockwright.planning.planner import Planner
from mockwright.settings import LimitSettings, MockSettings, RouteSettings
from mockwright.shapes.parse import parse_shape
from mockwright.types import MockRequest, Plan, Single

REQUEST = MockRequest(id="r", method="GET", path="/users")
SHAPE = parse_shape({"users": [{"name": "string"}]})


def resolve(names: Sequence[str]) -> tuple[str, ...]:
    known = {"a", "b"}
    for name in names:
        if name not in known:
            raise UnknownBackendError(name, sorted(known))
    return tuple(names)


def planner(*routes: RouteSettings, defaults: MockSettings | None = None) -> Planner:
    return Planner(
        RouteTable(routes), defaults or MockSettings(), resolve, LimitSettings(max_items=100)
    )


def test_a_shape_that_was_asked_for_is_taken() -> None:
    plan = planner().plan(replace(REQUEST, shape=SHAPE))
    assert plan.shape.schema == SHAPE.schema
    assert plan.task.schema == SHAPE.schema


def test_without_a_shape_one_is_inferred_and_the_plan_says_so() -> None:
    plan = planner().plan(REQUEST)
    assert plan.shape.source == "inferred"
    assert any("inferred" in reason for reason in plan.reasons)


def test_a_shape_of_directives_alone_is_inferred_and_keeps_them() -> None:
    plan = planner().plan(replace(REQUEST, shape=parse_shape({"$cache": 5})))
    assert plan.shape.source == "inferred"
    assert plan.shape.directives == {"cache": 5}


def test_the_request_wins_over_the_path_rule_and_the_rule_over_the_default() -> None:
    rule = RouteSettings(path="/users", seed=2, backend="a", cache=3, fill=False, locale="de")
    it = planner(rule, defaults=MockSettings(seed=1, locale="fr"))
    assert it.plan(REQUEST).task.seed == 2
    assert it.plan(replace(REQUEST, seed=3)).task.seed == 3
    assert it.plan(replace(REQUEST, path="/orders")).task.seed == 1
    assert _backends(it.plan(REQUEST)) == ("a",)
    assert _backends(it.plan(replace(REQUEST, backends=("b",)))) == ("b",)
    assert it.plan(REQUEST).variants == 3
    assert it.plan(replace(REQUEST, cache=5)).variants == 5
    assert it.plan(REQUEST).on_failure == "fail"
    assert it.plan(replace(REQUEST, on_failure="fill")).on_failure == "fill"
    assert it.plan(REQUEST).task.locale == "de"


def test_a_seed_of_zero_is_a_seed() -> None:
    it = planner(defaults=MockSettings(seed=1))
    assert it.plan(replace(REQUEST, seed=0)).task.seed == 0


def test_a_rule_names_its_backends_as_a_comma_list() -> None:
    plan = planner(RouteSettings(path="/users", backend="a, b")).plan(REQUEST)
    assert plan.node == Single(("a", "b"))


def test_count_makes_the_list_exactly_so_long() -> None:
    plan = planner().plan(replace(REQUEST, shape=SHAPE, count=7))
    users = plan.shape.schema["properties"]["users"]  # type: ignore[index]  # an object schema
    assert (users["minItems"], users["maxItems"]) == (7, 7)


def test_a_count_over_the_limit_is_refused_and_not_capped() -> None:
    with pytest.raises(TooManyItemsError, match=r"count: got 101, expected at most 100"):
        planner().plan(replace(REQUEST, shape=SHAPE, count=101))


def test_a_count_over_the_limit_over_all_completions_is_refused() -> None:
    with pytest.raises(InvalidControlError, match=r"n: got '3', expected at most 100 items in all"):
        planner().plan(replace(REQUEST, shape=SHAPE, count=50, completions=3))


def test_a_rule_that_code_can_hold_becomes_a_check() -> None:
    plan = planner().plan(replace(REQUEST, shape=SHAPE, rules=("emails are well formed",)))
    assert len(plan.task.checks) == 1


def test_a_rule_only_a_model_can_read_is_told_to_it_and_reported() -> None:
    plan = planner().plan(replace(REQUEST, shape=SHAPE, rules=("make it feel like Monday",)))
    assert plan.task.rules == ("make it feel like Monday",)
    assert plan.task.checks == ()
    assert any("Monday" in reason for reason in plan.reasons)


def test_an_unknown_backend_is_refused_with_those_that_exist() -> None:
    with pytest.raises(UnknownBackendError, match="available: a, b"):
        planner().plan(replace(REQUEST, backends=("zz",)))


def test_a_bad_rule_is_refused() -> None:
    with pytest.raises(RuleError):
        planner().plan(replace(REQUEST, shape=SHAPE, rules=({"path": "x", "op": "nonsense"},)))


def test_a_bad_shape_in_a_path_rule_is_refused() -> None:
    with pytest.raises(ShapeError):
        planner(RouteSettings(path="/users", shape={"a": "int 9..1"})).plan(REQUEST)


def _backends(plan: Plan) -> tuple[str, ...]:
    assert isinstance(plan.node, Single)
    return plan.node.backends
