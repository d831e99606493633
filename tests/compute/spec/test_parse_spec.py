"""Statements -> specs: each form, what is filled in, and what contradicts itself."""

from __future__ import annotations

from typing import Any

import pytest

from mockwright.compute.spec.parse_spec import read_specs
from mockwright.compute.spec.spec import (
    Column,
    Distribution,
    Formula,
    Groups,
    Sequence,
    Series,
    Spec,
)
from mockwright.errors import ContradictionError, SpecError
from mockwright.shapes.parse import parse_shape
from mockwright.shapes.rules.parse import parse_rules

USERS = {
    "users": [
        {
            "$count": 50, "id": 0, "name": "string", "age": "int 18..99", "active": True,
            "status": "new|old", "salary": 0.0, "bonus": 0.0, "joined": "date",
            "address": {"city": "string", "zip": "string"},
        }
    ]
}  # fmt: skip


def specs(*statements: Any, shape: Any = USERS) -> tuple[Spec, ...]:
    return read_specs(parse_shape(shape).schema, statements)


def column(**members: Any) -> Column:
    """The one column of a statement."""
    (spec,) = specs(members)
    return spec.columns[0]


def source(**members: Any) -> Any:
    return column(**members).source


@pytest.mark.parametrize(
    "path", ["age", "users.age", "users.*.age", "/users/*/age", "$.users[].age"]
)
def test_a_field_is_named_whole_or_by_its_end(path: str) -> None:
    assert column(path=path, distribution="normal(40, 8)").path == ("age",)


def test_a_field_within_an_object_is_named_by_its_way() -> None:
    assert column(path="address.city", ratio={"Oslo": 0.5, "Rome": 0.5}).path == ("address", "city")


def test_parameters_have_an_order_and_names_and_other_spellings() -> None:
    written = [
        "normal(35, 12)",
        "Normal(mean=35, sd=12)",
        {"family": "gaussian", "mean": 35, "std": 12},
        {"family": "norm", "loc": 35, "stddev": 12},
    ]
    found = [source(path="salary", distribution=one).params for one in written]
    assert found == [{"mean": 35, "sd": 12}] * 4


def test_moments_become_parameters() -> None:
    log = source(path="salary", distribution={"family": "lognormal", "mean": 100, "sd": 50})
    assert log.params["mu"] == pytest.approx(4.4936, abs=1e-3)
    gamma = source(path="salary", distribution={"family": "gamma", "mean": 6, "sd": 3})
    assert gamma.params == {"shape": 4.0, "scale": 1.5}
    assert source(path="salary", distribution={"family": "exponential", "rate": 0.5}).params == {
        "mean": 2.0
    }


def test_bounds_are_the_field_s_own_where_nobody_says_others() -> None:
    found = source(path="age", distribution="normal(40, 8)")
    assert (found.low, found.high) == (18, 99)
    narrower = source(path="age", distribution="normal(40, 8)", min=30, max=120)
    assert (narrower.low, narrower.high) == (30, 99)


def test_what_stands_in_a_distribution_beside_its_parameters_is_of_the_column() -> None:
    found = column(
        path="salary",
        distribution={
            "family": "normal",
            "mean": 5,
            "sd": 1,
            "min": 0,
            "decimals": 1,
            "order": "asc",
        },
    )
    assert (found.decimals, found.order) == (1, "ascending")
    assert isinstance(found.source, Distribution)
    assert found.source.low == 0


def test_a_family_alone_is_filled_in_from_what_such_a_field_usually_is() -> None:
    found = source(path="salary", distribution="lognormal")
    assert 9 < found.params["mu"] < 12
    assert found.low is not None


def test_moments_alone_are_tested_and_the_family_is_assumed() -> None:
    found = source(path="salary", mean=50_000)
    assert found.assumed
    assert found.params["mean"] == 50_000


@pytest.mark.parametrize(
    "ratio",
    [{"new": 0.8, "old": 0.2}, {"new": 80, "old": 20}, [["new", 0.8], ["old", 0.2]],
     {"NEW": 0.8, "*": 0.2}],
)  # fmt: skip
def test_shares_sum_to_one_or_a_hundred_and_a_star_takes_the_rest(ratio: Any) -> None:
    found = source(path="status", ratio=ratio)
    assert found.values == ("new", "old")
    assert found.weights == pytest.approx((0.8, 0.2))


def test_shares_of_truth_values_are_truth_values() -> None:
    assert source(path="active", ratio={"true": 0.3, "false": 0.7}).values == (True, False)


def test_known_shares_come_from_the_world() -> None:
    shape = {
        "firms": [{"$count": 9, "industry": "string", "state": "CA|TX|WY", "country": "string"}]
    }
    (spec,) = specs(
        {"path": "industry", "ratio": {"proportional_to": "us_industries_by_firms"}},
        {"path": "state", "ratio": {"proportional_to": "us_states_by_population"}},
        {"path": "country", "ratio": {"proportional_to": "countries_by_population"}},
        shape=shape,
    )
    by_name = {one.name: one.source for one in spec.columns}
    state = by_name["state"]
    assert isinstance(state, Distribution)
    assert state.values == ("CA", "TX", "WY")
    assert state.weights[0] == pytest.approx(39538223 / (39538223 + 29145505 + 576851))
    country = by_name["country"]
    assert isinstance(country, Distribution)
    assert country.values[:2] == ("India", "China")


def test_sequences_and_series() -> None:
    assert source(path="id", sequence={"start": 100, "step": 5}) == Sequence(100, 5)
    dates = source(path="joined", sequence={"start": "1970-01-11", "step": "1w"})
    assert dates == Sequence(10, 7)
    season = {"period": 7, "amplitude": 3}
    series = source(path="salary", sequence={"level": 9, "trend": 1, "season": season, "noise": 2})
    assert series == Series(level=9, trend=1, amplitude=3, period=7, noise=2)


def test_formulas_speak_of_the_item_and_come_after_what_they_need() -> None:
    (spec,) = specs(
        {"path": "bonus", "formula": "salary * 0.1"},
        {"path": "salary", "distribution": "normal(5, 1)"},
    )
    assert [one.name for one in spec.columns] == ["salary", "bonus"]
    assert isinstance(spec.columns[1].source, Formula)


def test_groups_are_by_a_field_with_shares() -> None:
    groups = {"by": "status", "groups": {"new": "normal(1, 1)"}, "otherwise": "normal(9, 1)"}
    (spec,) = specs(
        {"path": "salary", "distribution": groups},
        {"path": "status", "ratio": {"new": 0.5, "old": 0.5}},
    )
    assert [one.name for one in spec.columns] == ["status", "salary"]
    assert isinstance(spec.columns[1].source, Groups)


def test_a_correlation_takes_the_scale_that_the_columns_ask_for() -> None:
    (spec,) = specs(
        {"path": "salary", "distribution": "lognormal(10, 1)"},
        {"correlation": {"between": ["bonus", "salary"], "r2": {"at_least": 0.8}}},
    )
    (found,) = spec.correlations
    assert (found.scales, found.relation) == (("log", "log"), "at_least")
    raw = {"between": ["bonus", "salary"], "pearson": 0.5, "scale": "raw"}
    (told,) = specs({"path": "salary", "distribution": "normal(10, 1)"}, {"correlation": raw})
    assert told.correlations[0].scales == ("raw", "raw")


def test_a_constraint_belongs_to_the_list_that_has_its_fields() -> None:
    (spec,) = specs({"at": "", "constraint": "bonus < salary"})
    assert spec.constraints[0].text == "bonus < salary"


def test_structured_rules_are_statements() -> None:
    rules = parse_rules(
        (
            {"path": "users.*.age", "distribution": "normal(40, 8)"},
            {"correlation": {"between": ["salary", "age"], "spearman": 0.5}},
        )
    )
    assert all(rule.mechanical for rule in rules)
    (spec,) = specs(*(rule.statement for rule in rules))
    assert {one.name for one in spec.columns} == {"age", "salary"}


def test_a_spec_can_be_told_as_json() -> None:
    (spec,) = specs(
        {"path": "age", "distribution": "normal(40, 8)"},
        {"path": "bonus", "formula": "salary * 0.1"},
    )
    told = spec.to_json()
    assert told["place"] == "/users"
    assert told["columns"]["age"]["source"]["family"] == "normal"
    assert told["columns"]["bonus"]["source"]["expression"] == "salary * 0.1"


@pytest.mark.parametrize(
    ("statements", "told"),
    [
        ([{"path": "age", "distribution": "normal(200, 5)"}], "mean 200"),
        ([{"path": "age", "distribution": "uniform(100, 120)"}], "bounds are 18 and 99"),
        ([{"path": "age", "min": 50}, {"path": "age", "min": 60}], "50 and 60"),
        ([{"path": "age", "mean": 10}], "mean of 10"),
        ([{"path": "status", "ratio": {"new": 0.5, "older": 0.5}}], "'older' is none of new, old"),
        ([{"path": "active", "ratio": {"true": 0.5, "maybe": 0.5}}], "neither true nor false"),
        ([{"path": "age", "distribution": "normal(40, 2)", "unique": True, "min": 30, "max": 50}],
         "do not fit"),
        ([{"path": "salary", "formula": "bonus"}, {"path": "bonus", "formula": "salary"}],
         "from the others"),
        ([{"path": "name", "missing": 0.1}], "null is not allowed"),
        ([{"correlation": {"between": ["age", "salary"], "pearson": 0.5}},
          {"correlation": {"between": ["salary", "age"], "pearson": 0.6}}], "two ways"),
        ([{"correlation": {"between": ["age", "age"], "pearson": 0.5}}], "with itself"),
    ],
)  # fmt: skip
def test_what_contradicts_itself_is_named(statements: Any, told: str) -> None:
    with pytest.raises(ContradictionError, match=told):
        specs(*statements)


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ({"path": "nothing", "mean": 5}, "fields: id, name, age"),
        ({"path": 5, "mean": 5}, "names with dots"),
        ({"path": "name", "distribution": "normal(1, 2)"}, "this is a string"),
        ({"path": "age", "distribution": 5}, "object or text"),
        ({"path": "age", "distribution": {"family": "normal", "mean": 5}, "typo": 1}, "'typo'"),
        ({"path": "age", "distribution": {"family": "binomial", "n": 2.5, "p": 0.5}},
         "whole number"),
        ({"path": "age", "distribution": {"family": "normal", "mu": 3}}, "no parameter 'mu'"),
        ({"path": "id", "distribution": {"family": "zipf", "a": 2, "max": 1e9}}, "at most 1e\\+06"),
        ({"path": "id", "distribution": "poisson(1e15)"}, "at most 1e\\+09"),
        ({"path": "age", "distribution": {"mean": float("nan")}}, "too large a number"),
        ({"path": "age", "order": "sideways"}, "ascending or descending"),
        ({"path": "age", "decimals": 40}, "from 0 to 12"),
        ({"path": "joined", "sequence": {"start": "tomorrow"}}, "a number or a date"),
        ({"path": "id", "sequence": {"start": 1, "step": 0}}, "not 0"),
        ({"path": "status", "ratio": "half"}, "an object"),
        ({"path": "status", "ratio": {"proportional_to": "mood"}}, "known: us_states"),
        ({"correlation": {"between": ["age"], "pearson": 1}}, "two fields"),
        ({"correlation": {"between": ["age", "salary"]}}, "one of pearson"),
        ({"correlation": {"between": ["age", "name"], "pearson": 0.5}}, "a string"),
        ({"constraint": "salary <"}, "constraint"),
        ({"path": "salary", "distribution": {"by": "status", "groups": {"new": "normal(1, 1)"}}},
         "by a field with a ratio"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_named(statement: Any, told: str) -> None:
    with pytest.raises(SpecError, match=told):
        specs(statement)
