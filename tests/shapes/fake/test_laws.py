from __future__ import annotations

import copy
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from mockwright.shapes.fake import Hints, generate, laws
from mockwright.shapes.infer import infer_shape


def agree(value: Any, **given_: Any) -> Any:
    return laws.harmonise(value, Hints(**given_), lambda _: True)


def answer(path: str, seed: int) -> Any:
    return generate(infer_shape("GET", path).schema, seed=seed, hints=Hints(path=path))


seeds = st.integers(0, 2**32)


@given(seeds)
def test_lines_and_totals_add_up(seed: int) -> None:
    order = answer("/orders/1", seed)
    lines = order["items"]
    assert all(x["lineTotal"] == round(x["quantity"] * x["unitPrice"], 2) for x in lines)
    assert order["subtotal"] == round(sum(x["quantity"] * x["unitPrice"] for x in lines), 2)
    parts = order["subtotal"] + order["tax"] + order["shippingCost"]
    assert order["total"] == round(parts, 2)


@given(seeds)
def test_times_follow_one_another(seed: int) -> None:
    user = answer("/users/1", seed)
    assert user["createdAt"] <= user["updatedAt"] <= user["lastLogin"]


@given(seeds)
def test_msrp_and_stock_flag_agree(seed: int) -> None:
    product = answer("/products/1", seed)
    assert product["msrp"] >= product["price"]
    assert product["inStock"] == (product["stock"] > 0)


@given(seeds)
def test_net_pay_is_gross_less_deductions(seed: int) -> None:
    slip = answer("/payroll/1", seed)
    assert slip["netPay"] == round(slip["grossPay"] - slip["deductions"], 2)
    assert slip["periodStart"] <= slip["periodEnd"]


@given(st.lists(st.integers(1, 3), min_size=2, max_size=9))
def test_ids_become_unique(ids: list[int]) -> None:
    found = [item["id"] for item in agree([{"id": i} for i in ids])]
    assert len(set(found)) == len(ids)


@given(st.integers(0, 500), st.integers(1, 9))
def test_counts_match_the_list_and_keys_point_into_it(total: int, user: int) -> None:
    value = {"total": total, "users": [{"id": 3}, {"id": 4}]}
    assert agree(value)["total"] == 2
    both = agree({"users": [{"id": 3}], "orders": [{"id": 9, "userId": user}]})
    assert both["orders"][0]["userId"] == 3


@given(st.floats(1, 1e4), st.integers(0, 400))
def test_what_the_caller_gave_is_never_changed(price: float, capacity: int) -> None:
    mine = {"total": price, "items": [{"id": 1, "quantity": 2, "unitPrice": 3.0}]}
    assert agree(copy.deepcopy(mine), given={"total": price})["total"] == price
    hall = {"capacity": 10, "attendeeCount": capacity}
    assert agree(dict(hall), given=dict(hall)) == hall


@given(seeds)
def test_refused_changes_leave_the_value_as_it_was(seed: int) -> None:
    value = {
        "total": seed + 5,
        "users": [{"id": 1}, {"id": 1}],
        "gender": "male",
        "firstName": "Emma",
    }
    before = copy.deepcopy(value)
    assert laws.harmonise(value, Hints(), lambda v: v == before) == before


def test_gender_fits_the_name_and_capacity_holds() -> None:
    assert agree({"firstName": "Emma", "gender": "Male"})["gender"] == "Female"
    assert agree({"capacity": 10, "attendeeCount": 20})["attendeeCount"] == 7
