"""Whole journeys in any order, by the generator and by a double that reads nothing."""

from __future__ import annotations

import itertools
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockwright.consistency import FactStore, agree, learn
from mockwright.schema.validate import compile_schema
from tests.consistency.conversation import Context

ORDER = {
    "id": 0,
    "userId": 0,
    "customerName": "string",
    "total": 0.0,
    "createdAt": "ISO-8601",
}
JOURNEY: dict[str, tuple[str, Any]] = {
    "users": (
        "/users",
        {"users": [{"id": 0, "name": "string", "email": "email", "createdAt": "ISO-8601"}]},
    ),
    "user": (
        "/users/1",
        {"id": 0, "firstName": "string", "lastName": "string", "email": "email",
         "created_at": "ISO-8601"},
    ),
    "orders": ("/users/1/orders", [ORDER]),
    "order": (
        "/orders/5",
        {"data": {"id": "string", "customer_id": 0, "customerEmail": "email", "total": 0.0,
                  "createdAt": "ISO-8601"}},
    ),
    "items": ("/orders/5/items", [{"id": 0, "orderId": 0, "price": 0.0, "quantity": "int 1..9"}]),
    "again": ("/users", [{"id": 0, "fullName": "string", "joined_at": "ISO-8601"}]),
}  # fmt: skip


class Facts:
    """What the answers of a journey said, read by hand."""

    def __init__(self) -> None:
        self.said: dict[tuple[str, str, str], Any] = {}

    def say(self, noun: str, key: Any, **fields: Any) -> None:
        for name, value in fields.items():
            known = self.said.setdefault((noun, str(key), name), value)
            assert str(known) == str(value), (noun, key, name, known, value)

    def read(self, step: str, answer: Any) -> None:
        if step == "users":
            for one in answer["users"]:
                self.say("user", one["id"], name=one["name"], email=one["email"])
                self.say("user", one["id"], created=one["createdAt"])
        elif step == "user":
            self.say("user", 1, name=f"{answer['firstName']} {answer['lastName']}")
            self.say("user", 1, email=answer["email"], id=answer["id"])
        elif step == "orders":
            for one in answer:
                assert one["userId"] == 1
                self.say("user", 1, name=one["customerName"])
                self._order(one["id"], one["userId"], one)
        elif step == "order":
            order = answer["data"]
            assert order["id"] == "5"
            self.say("user", order["customer_id"], email=order["customerEmail"])
            self._order(5, order["customer_id"], order)
        elif step == "items":
            assert {one["orderId"] for one in answer} == {5}
            cents = sum(round(one["price"] * one["quantity"] * 100) for one in answer)
            self.say("order", 5, total=f"{cents / 100:.2f}")
            for one in answer:
                self.say("item", one["id"], price=one["price"], quantity=one["quantity"])
        else:
            for one in answer:
                self.say("user", one["id"], name=one["fullName"])

    def _order(self, key: Any, user: Any, order: Any) -> None:
        self.say("order", key, user=user, created=order["createdAt"])
        self.say("order", key, total=f"{order['total']:.2f}")

    def check_dates(self) -> None:
        for (noun, key, name), user in self.said.items():
            born = self.said.get(("user", str(user), "created"))
            if (noun, name) == ("order", "user") and born is not None:
                made = self.said["order", key, "created"]
                assert datetime.fromisoformat(made) >= datetime.fromisoformat(born)


@pytest.mark.parametrize("stubborn", [False, True])
@given(st.permutations([*JOURNEY, *JOURNEY]), st.integers(0, 10_000))
@settings(max_examples=25)
def test_a_journey_agrees_in_any_order(stubborn: bool, steps: list[str], seed: int) -> None:
    context, facts = Context(seed=seed, stubborn=stubborn), Facts()
    for step in steps:
        found = context.ask("GET", *JOURNEY[step])
        assert found.conflicts == ()
        facts.read(step, found.value)
    facts.check_dates()


def without(value: Any, names: set[str]) -> Any:
    if isinstance(value, list):
        return [without(item, names) for item in value]
    return {name: item for name, item in value.items() if name not in names}


PATHS = ("/users", "/users/1", "/users/1/orders", "/orders", "/orders/2", "/orders/2/items")


@pytest.mark.parametrize("stubborn", [False, True])
@pytest.mark.parametrize("steps", list(itertools.permutations(PATHS))[::60])
def test_shapes_that_were_made_up_agree_too(stubborn: bool, steps: tuple[str, ...]) -> None:
    context = Context(seed=7, stubborn=stubborn)
    first = {path: context.get(path) for path in steps}
    for path in PATHS:
        again = context.ask("GET", path)
        # A list within one of many is as long as its schema says, whatever is known of it.
        skipped = {"items"} if again.conflicts else set()
        assert without(again.value, skipped) == without(first[path], skipped), path
    order, items = first["/orders/2"], first["/orders/2/items"]
    assert (
        order["customerId"] in [one["id"] for one in first["/users"]]
        or order["customerId"] == context.get("/orders/2", {"customerId": 0})["customerId"]
    )
    cents = sum(round(one["price"] * one["quantity"] * 100) for one in items)
    assert cents == round(order["subtotal"] * 100)
    assert len(items) == len(order["items"])
    listed = next((one for one in first["/orders"] if one["id"] == 2), order)
    assert without(listed, {"items"}) == without(order, {"items"})


SMALL = st.integers(1, 3)
TEXT = st.sampled_from(["Ann Lee", "Bob Ray", "x@example.com", "new"])
DATE = st.sampled_from(["2024-01-01T00:00:00Z", "2024-05-05T10:00:00Z", "2025-01-01T23:00:00Z"])
MONEY = st.sampled_from([1.0, 9.99, 20.0, 33.33])
THING = st.fixed_dictionaries(
    {},
    optional={
        "id": SMALL | st.sampled_from(["1", "2"]),
        "name": TEXT,
        "firstName": TEXT,
        "email": TEXT,
        "status": st.none() | TEXT,
        "userId": SMALL,
        "customer_id": SMALL,
        "userName": TEXT,
        "createdAt": DATE,
        "updatedAt": DATE,
        "total": MONEY,
        "subtotal": MONEY,
        "price": MONEY,
        "quantity": SMALL,
        "tags": st.lists(TEXT, max_size=2),
    },
)
INNER = st.lists(THING, max_size=3)
NESTED = st.builds(
    lambda thing, more: {**thing, **more},
    THING,
    st.fixed_dictionaries(
        {},
        optional={
            "customer": THING,
            "items": INNER,
            "users": INNER,
            "profile": THING,
            "data": THING,
        },
    ),
)
ANSWERS = NESTED | st.lists(NESTED, max_size=3)
WHERE = st.sampled_from(
    [
        "/users",
        "/users/1",
        "/users/me",
        "/users/1/orders",
        "/orders",
        "/orders/2/items",
        "/orders/2",
    ]
)
SCHEMAS = st.sampled_from(
    [
        True,
        {"items": {"properties": {"id": {"maximum": 3}, "name": {"enum": ["Ann Lee", "new"]}}}},
        {"properties": {"id": {"const": 1}, "email": {"minLength": 4}, "total": {"maximum": 30}}},
        {"items": {"properties": {"id": {"type": "integer"}}}, "uniqueItems": True, "maxItems": 2},
    ]
)


@given(st.lists(st.tuples(WHERE, ANSWERS), max_size=3), WHERE, ANSWERS, SCHEMAS)
@settings(max_examples=120, derandomize=True)
def test_to_agree_is_idempotent_valid_and_changes_nothing_that_was_learned(
    earlier: list[tuple[str, Any]], path: str, value: Any, schema: Any
) -> None:
    sheet = FactStore()
    for where, answer in earlier:
        learn(sheet, where, agree(answer, sheet, "GET", where, True).value)
    found = agree(value, sheet, "GET", path, schema)
    valid = compile_schema(schema).is_valid
    assert valid(found.value) == valid(value)
    assert agree(found.value, sheet, "GET", path, schema).changes == ()
    learn(sheet, path, found.value)
    assert agree(found.value, sheet, "GET", path, schema).changes == ()


@given(st.lists(st.tuples(WHERE, ANSWERS), max_size=6))
@settings(max_examples=60)
def test_what_is_known_stays_as_it_is(steps: list[tuple[str, Any]]) -> None:
    sheet = FactStore()
    told: dict[tuple[str, str, str], Any] = {}
    for path, value in steps:
        learn(sheet, path, agree(value, sheet, "GET", path, True).value)
        for noun, entities in sheet.entities.items():
            for key, entity in entities.items():
                for name, fact in entity.fields.items():
                    if not isinstance(fact.value, dict):
                        assert told.setdefault((noun, key, name), fact.value) == fact.value
