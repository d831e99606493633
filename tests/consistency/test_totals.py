"""Dates and totals of one context agree."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockwright.consistency.dates import days_between, moved
from mockwright.consistency.split_total import Line, coming_to
from tests.consistency.conversation import Context

LINES = [{"productId": 0, "quantity": 0, "unitPrice": 0.0, "lineTotal": 0.0}]
OLD, MIDDLE, NEW = "2024-01-05T09:00:00Z", "2024-06-01T12:00:00Z", "2025-02-03T08:30:00Z"


def line(quantity: int, price: float) -> Any:
    return {
        "productId": 1,
        "quantity": quantity,
        "unitPrice": price,
        "lineTotal": round(quantity * price, 2),
    }


def cents(lines: list[Any]) -> int:
    for one in lines:
        assert round(one["lineTotal"] * 100) == round(one["quantity"] * one["unitPrice"] * 100)
    return sum(round(one["quantity"] * one["unitPrice"] * 100) for one in lines)


@pytest.mark.parametrize("path", ["/orders/5/items", "/orders/5/lines"])
def test_lines_come_to_the_total_that_is_known(path: str) -> None:
    context = Context()
    context.ask("GET", "/orders/5", {"id": 0, "total": 0.0}, answer={"id": 5, "total": 100.0})
    wrong = [line(3, 9.99), line(2, 5.0), line(4, 1.25)]
    found = context.ask("GET", path, LINES, answer=wrong).value
    assert cents(found) == 10_000
    assert [one["quantity"] for one in found] == [3, 2, 4]
    assert context.get(path, LINES) == found
    assert context.get("/orders/5", {"total": 0.0}) == {"total": 100.0}


@pytest.mark.parametrize("stubborn", [False, True])
def test_a_total_is_that_of_the_lines_that_are_known(stubborn: bool) -> None:
    context = Context(stubborn=stubborn)
    lines = [line(3, 9.99), line(1, 5.0)]
    assert context.ask("GET", "/orders/5/items", LINES, answer=lines).value == lines
    assert context.get("/orders/5", {"id": 0, "total": 0.0}) == {"id": 5, "total": 34.97}
    shape = {"id": 0, "items": LINES, "subtotal": 0.0, "tax": 0.0, "shipping": 0.0, "total": 0.0}
    found = context.get("/orders/5", shape)
    assert found["items"] == lines
    assert found["total"] == 34.97


def test_a_bill_for_known_lines_adds_up() -> None:
    context = Context()
    lines = [line(3, 9.99), line(1, 5.0)]
    context.ask("GET", "/orders/5/items", LINES, answer=lines)
    shape = {"subtotal": 0.0, "tax": 0.0, "shipping": 0.0, "total": 0.0, "discount": 0.0}
    wrong = {"subtotal": 100.0, "tax": 10.0, "shipping": 4.0, "total": 3.0, "discount": 1.0}
    found = context.ask("GET", "/orders/5", shape, answer=wrong).value
    assert found == {
        "subtotal": 34.97,
        "tax": 3.5,
        "shipping": 4.0,
        "total": 41.47,
        "discount": 1.0,
    }
    assert context.get("/orders/5", shape) == found


def test_a_list_of_orders_agrees_with_the_lines_of_each() -> None:
    context = Context()
    for order, price in ((5, 2.5), (6, 4.0)):
        context.ask("GET", f"/orders/{order}/items", LINES, answer=[line(2, price)])
    wrong = [{"id": 6, "total": 1.0}, {"id": 5, "total": 1.0}, {"id": 7, "total": 1.0}]
    found = context.ask("GET", "/orders", [{"id": 0, "total": 0.0}], answer=wrong).value
    assert {one["id"]: one["total"] for one in found} == {5: 5.0, 6: 8.0, 7: 1.0}


def test_a_known_subtotal_is_what_the_lines_come_to() -> None:
    context = Context()
    shape = {"id": 0, "subtotal": 0.0, "tax": 0.0, "total": 0.0}
    bill = {"id": 5, "subtotal": 50.0, "tax": 4.0, "total": 54.0}
    context.ask("GET", "/orders/5", shape, answer=bill)
    found = context.ask("GET", "/orders/5/items", LINES, answer=[line(7, 1.0), line(3, 2.0)]).value
    assert cents(found) == 5_000
    wrong = {**bill, "total": 9.0, "items": [line(2, 1.0)]}
    again = context.ask("GET", "/orders/5", {**shape, "items": LINES}, answer=wrong).value
    assert again == {**bill, "items": found}


def test_whole_prices_stay_whole() -> None:
    context = Context()
    context.ask("GET", "/orders/5", {"total": 0}, answer={"total": 100})
    shape = [{"quantity": 0, "price": 0}]
    wrong = [{"quantity": 3, "price": 10}, {"quantity": 7, "price": 4}]
    found = context.ask("GET", "/orders/5/items", shape, answer=wrong).value
    assert sum(one["quantity"] * one["price"] for one in found) == 100
    assert all(isinstance(one["price"], int) for one in found)


def test_lines_that_cannot_come_to_the_total_are_a_conflict() -> None:
    context = Context()
    context.ask("GET", "/orders/5", {"total": 0.0}, answer={"total": 10.0})
    shape = [{"quantity": "int 3..3", "price": "int 5..5"}]
    found = context.ask("GET", "/orders/5/items", shape, answer=[{"quantity": 3, "price": 5}])
    assert found.value == [{"quantity": 3, "price": 5}]
    assert [conflict.pointer[:2] for conflict in found.conflicts][:1] in (["/0"], [""])


def test_what_belongs_to_somebody_is_not_there_before_them() -> None:
    context = Context()
    context.ask("GET", "/users/1", {"createdAt": "ISO-8601"}, answer={"createdAt": MIDDLE})
    shape = [{"id": 0, "created_at": "ISO-8601", "shippedAt": "ISO-8601"}]
    wrong = [{"id": 4, "created_at": OLD, "shippedAt": "2024-01-07T09:00:00Z"}]
    (order,) = context.ask("GET", "/users/1/orders", shape, answer=wrong).value
    assert order == {
        "id": 4,
        "created_at": "2024-06-02T09:00:00Z",
        "shippedAt": "2024-06-02T09:00:00Z",
    }


def test_what_is_late_enough_keeps_its_dates() -> None:
    context = Context()
    context.ask("GET", "/users/1", {"createdAt": "ISO-8601"}, answer={"createdAt": MIDDLE})
    right = [{"id": 4, "createdAt": NEW}]
    shape = [{"id": 0, "createdAt": "ISO-8601"}]
    assert context.ask("GET", "/users/1/orders", shape, answer=right).changes == ()


def test_whoever_has_something_was_there_before_it() -> None:
    context = Context()
    shape = {"id": 0, "userId": 0, "createdAt": "ISO-8601"}
    context.ask("GET", "/orders/4", shape, answer={"id": 4, "userId": 1, "createdAt": MIDDLE})
    wrong = {"id": 1, "joined": "2001-01-01", "createdAt": NEW}
    user_shape = {"id": 0, "joined": "date", "createdAt": "ISO-8601"}
    user = context.ask("GET", "/users/1", user_shape, answer=wrong).value
    assert user == {"id": 1, "joined": "2001-01-01", "createdAt": "2024-06-01T08:30:00Z"}


def test_what_comes_later_is_not_before_a_known_beginning() -> None:
    context = Context()
    context.ask("GET", "/users/1", {"createdAt": "ISO-8601"}, answer={"createdAt": MIDDLE})
    shape = {"updatedAt": "ISO-8601", "birthDate": "date", "createdAt": "ISO-8601"}
    wrong = {"updatedAt": OLD, "birthDate": "1990-01-01", "createdAt": OLD}
    assert context.ask("GET", "/users/1", shape, answer=wrong).value == {
        "updatedAt": "2024-06-02T09:00:00Z",
        "birthDate": "1990-01-01",
        "createdAt": MIDDLE,
    }


def test_two_known_dates_that_contradict_are_a_conflict() -> None:
    context = Context()
    shape = {"id": 0, "createdAt": "ISO-8601"}
    context.ask("GET", "/users/1", shape, answer={"id": 1, "createdAt": MIDDLE})
    context.ask("GET", "/orders/4", shape, answer={"id": 4, "createdAt": OLD})
    found = context.ask(
        "GET", "/orders/4", {**shape, "userId": 0}, answer={"id": 4, "createdAt": OLD, "userId": 1}
    )
    assert [(c.pointer, c.fact) for c in found.conflicts] == [("/createdAt", MIDDLE)]


@pytest.mark.parametrize(
    ("first", "then", "expected"),
    [
        ("2024-06-01", "2024-05-01T23:00:00Z", "2024-06-01T23:00:00Z"),
        ("2024-06-01T12:00:00+02:00", "2024-05-30T11:00:00.5Z", "2024-06-01T11:00:00.5Z"),
        ("2024-06-01T12:00:00Z", "2024-05-31", "2024-06-01"),
        ("2024-06-01T12:00:00Z", 1_700_000_000, 1_717_280_000),
        ("2024-06-01T12:00:00Z", 1_700_000_000_000, 1_717_280_000_000),
    ],
)
def test_dates_move_by_days_in_the_form_they_have(first: Any, then: Any, expected: Any) -> None:
    assert moved(then, days_between(first, then)) == expected
    assert days_between(first, expected) == 0


@given(
    st.lists(st.tuples(st.integers(1, 30), st.integers(0, 100_000)), min_size=1, max_size=8),
    st.integers(1, 10_000_000),
)
def test_any_lines_can_come_to_any_total_to_the_cent(
    pairs: list[tuple[int, int]], target: int
) -> None:
    lines = [Line(quantity, price) for quantity, price in pairs]
    found = coming_to(lines, target)
    if found is None:
        # Only where not even the least prices leave room.
        assert target <= sum(line.quantity for line in lines) * 2
        return
    assert sum(line.amount for line in found) == target
    assert all(line.price > 0 or line == lines[i] for i, line in enumerate(found))


@given(st.integers(1, 100_000), st.integers(1, 9))
def test_known_lines_stay_and_the_others_take_the_rest(target: int, quantity: int) -> None:
    fixed = Line(2, 1000, free=False)
    found = coming_to([fixed, Line(quantity, 5)], target)
    if found is None:
        assert target <= 2000
    else:
        assert found[0] == fixed
        assert sum(line.amount for line in found) == target


def test_what_is_known_and_does_not_add_up_is_told() -> None:
    assert coming_to([Line(1, 5, free=False)], 6) is None
    assert coming_to([Line(1, 500)], 650, unit=100) is None
