"""The fact sheet: what cannot be contradicted, and what is left alone."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given

from mockwright.consistency.stage_facts import collect, hold
from mockwright.schema.validate import compile_schema
from mockwright.types import MISSING, Json
from tests.conformance.test_overlay import VALUES

MADE: Any = {
    "user": {"id": 7, "name": "Ann", "email": "ann@example.com"},
    "sku": "A-1",
    "currency": "USD",
    "manager": {"email": "boss@example.com"},
}


def held(later: Any, made: Any = MADE, schema: Any = True) -> Any:
    value, _ = hold({**made, **later}, collect(made), schema, made)
    return {name: value[name] for name in later}


@pytest.mark.parametrize(
    ("later", "expected"),
    [
        ({"order": {"userId": 9}}, {"order": {"userId": 7}}),
        ({"order": {"user_id": 9}}, {"order": {"user_id": 7}}),
        ({"orders": [{"userId": 1}, {"userId": 7}]}, {"orders": [{"userId": 7}, {"userId": 7}]}),
        ({"ref": {"userEmail": "x@y.z"}}, {"ref": {"userEmail": "ann@example.com"}}),
        ({"shipping": {"user": {"name": "Bob"}}}, {"shipping": {"user": {"name": "Ann"}}}),
        ({"details": {"sku": "B-2"}}, {"details": {"sku": "A-1"}}),
        ({"summary": {"currency": "EUR"}}, {"summary": {"currency": "USD"}}),
    ],
)
def test_what_contradicts_a_fact_is_set_to_it(later: Any, expected: Any) -> None:
    assert held(later) == expected


@pytest.mark.parametrize(
    "later",
    [
        {"supplier": {"email": "s@example.com"}},
        {"items": [{"sku": "X-1"}, {"sku": "X-2"}]},
        {"company": {"name": "Acme", "id": 3}},
        {"name": "A product"},
        {"status": "active", "price": 3},
    ],
)
def test_what_may_be_something_else_is_left_alone(later: Any) -> None:
    assert held(later) == later


def test_a_fact_that_does_not_fit_there_is_not_held() -> None:
    schema = {"properties": {"order": {"properties": {"userId": {"type": "string"}}}}}
    later = {"order": {"userId": "u-9"}}
    assert held(later, schema=schema) == later


def test_items_have_facts_of_their_own() -> None:
    made = {"users": [{"user": {"id": 1}}, {"user": {"id": 2}}]}
    value = {"users": [{**made["users"][0], "order": {"userId": 9}},
                       {**made["users"][1], "order": {"userId": 9}}]}  # fmt: skip
    result, repairs = hold(value, collect(made), True, made)
    assert [item["order"]["userId"] for item in result["users"]] == [1, 2]
    assert [repair.kind for repair in repairs] == ["kept-fact", "kept-fact"]


def test_a_name_with_two_values_is_no_fact() -> None:
    made = {"a": {"user": {"id": 1}}, "b": {"user": {"id": 2}}}
    assert held({"c": {"userId": 5}}, made) == {"c": {"userId": 5}}


@given(VALUES, VALUES)
def test_holding_twice_is_holding_once_and_changes_no_input(made: Json, later: Json) -> None:
    before = copy.deepcopy((made, later))
    facts = collect(made)
    once, _ = hold(later, facts, True, made)
    again, repairs = hold(once, facts, True, made)
    assert again == once
    assert repairs == ()
    assert (made, later) == before


@given(VALUES)
def test_without_facts_nothing_changes(value: Json) -> None:
    assert hold(value, collect(MISSING), True, MISSING) == (value, ())


def test_a_valid_value_stays_valid() -> None:
    schema: Any = {
        "properties": {
            "order": {"properties": {"userId": {"type": "integer", "maximum": 5}}},
        }
    }
    value, _ = hold({**MADE, "order": {"userId": 3}}, collect(MADE), schema, MADE)
    assert compile_schema(schema).is_valid(value)
    assert value["order"]["userId"] == 3
