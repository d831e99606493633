"""Answers of one context agree: ids, names, foreign keys, lists, and what the caller said."""

from __future__ import annotations

from typing import Any

import pytest

from mockwright.consistency import FactStore, agree, known_input, learn
from mockwright.types import MISSING
from tests.consistency.conversation import Context

USER = {"id": 0, "name": "string", "email": "email"}
ANN = {"id": 1, "name": "Ann Lee", "email": "ann@example.com"}
BOB = {"id": 2, "name": "Bob Ray", "email": "bob@example.com"}


@pytest.fixture
def context() -> Context:
    """A context that knows Ann and Bob."""
    context = Context()
    context.ask("GET", "/users", [USER], answer=[ANN, BOB])
    return context


def test_one_of_a_list_is_the_same_when_asked_for_alone(context: Context) -> None:
    assert context.get("/users/1", {**USER, "age": 0}) | {"age": 0} == {**ANN, "age": 0}


def test_a_model_that_contradicts_is_corrected_and_told_of(context: Context) -> None:
    wrong = {"id": 9, "name": "Zed", "email": "zed@example.com"}
    found = context.ask("GET", "/users/1", USER, answer=wrong)
    assert found.value == ANN
    assert {r.pointer: (r.kind, r.before, r.after) for r in found.changes}["/name"] == (
        "kept-fact",
        "Zed",
        "Ann Lee",
    )


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ({"ID": "string", "full_name": "string"}, {"ID": "1", "full_name": "Ann Lee"}),
        ({"firstName": "string", "lastName": "s"}, {"firstName": "Ann", "lastName": "Lee"}),
        ({"user": USER}, {"user": ANN}),
        ({"data": {"user": USER}}, {"data": {"user": ANN}}),
        ({"user_id": 0, "name": "string"}, {"user_id": 1, "name": "Ann Lee"}),
        (
            {"id": 0, "profile": {"name": "string", "email": "email"}},
            {"id": 1, "profile": {"name": "Ann Lee", "email": "ann@example.com"}},
        ),
    ],
)
@pytest.mark.parametrize("stubborn", [False, True])
def test_another_shape_shows_the_same_thing(
    context: Context, shape: Any, expected: Any, stubborn: bool
) -> None:
    context.stubborn = stubborn
    assert context.get("/users/1", shape) == expected


@pytest.mark.parametrize("stubborn", [False, True])
def test_a_list_asked_again_has_the_same_members_in_the_same_order(
    context: Context, stubborn: bool
) -> None:
    context.stubborn = stubborn
    names = [{"name": one["name"]} for one in (ANN, BOB)]
    assert context.get("/users", {"people": [{"id": 0, "name": "string"}]}) is not None
    assert context.get("/users", {"users": [{"id": 0, "name": "string"}]}) == {
        "users": [{"id": 1, "name": "Ann Lee"}, {"id": 2, "name": "Bob Ray"}]
    }
    assert context.get("/users", [{"name": "string"}]) == names
    assert context.get("/users", query=(("limit", "1"),))[0]["email"] == "ann@example.com"


def test_a_second_page_has_nobody_of_the_first(context: Context) -> None:
    page = (("page", "2"), ("limit", "2"))
    wrong = [ANN | {"name": "Zed"}, {"id": 7, "name": "Cy", "email": "cy@example.com"}]
    found = context.ask("GET", "/users", [USER], answer=wrong, query=page).value
    assert [one["id"] for one in found] == [8, 7]
    assert context.get("/users", [USER], query=page) == found
    assert context.get("/users", [USER])[:2] == [ANN, BOB]


def test_a_filter_shows_the_known_ones_that_match_and_nobody_who_does_not() -> None:
    context = Context()
    shape = [{"id": 0, "role": "admin|editor"}]
    context.ask(
        "GET", "/users", shape, answer=[{"id": 1, "role": "editor"}, {"id": 2, "role": "admin"}]
    )
    wrong = [{"id": 1, "role": "admin"}, {"id": 5, "role": "admin"}, {"id": 6, "role": "admin"}]
    query = (("role", "admin"),)
    found = context.ask("GET", "/users", shape, answer=wrong, query=query).value
    assert [one["id"] for one in found] == [2, 5, 6]
    assert {one["role"] for one in found} == {"admin"}


def test_orders_of_two_users_are_different_orders() -> None:
    context = Context()
    shape = [{"id": 0, "userId": 0, "total": 0.0}]
    mine = [{"id": 1, "userId": 9, "total": 5.0}, {"id": 2, "userId": 9, "total": 6.0}]
    first = context.ask("GET", "/users/1/orders", shape, answer=mine).value
    other = context.ask("GET", "/users/2/orders", shape, answer=mine).value
    assert first == [{"id": 1, "userId": 1, "total": 5.0}, {"id": 2, "userId": 1, "total": 6.0}]
    assert other == [{"id": 3, "userId": 2, "total": 5.0}, {"id": 4, "userId": 2, "total": 6.0}]
    assert context.get("/orders/3", {"id": 0, "customerId": 0}) == {"id": 3, "customerId": 2}


@pytest.mark.parametrize("stubborn", [False, True])
def test_a_foreign_key_names_somebody_who_is_known(context: Context, stubborn: bool) -> None:
    context.stubborn = stubborn
    shape = {"id": 0, "customerId": "int 50..99", "customer_email": "email", "userName": "string"}
    loose = {**shape, "customerId": 0}
    found = context.get("/orders/5", loose)
    known = {1: ANN, 2: BOB}[found["customerId"]]
    assert (found["customer_email"], found["userName"]) == (known["email"], known["name"])
    assert context.get("/orders/5", {"user_id": 0})["user_id"] == found["customerId"]


@pytest.mark.parametrize("first", ["ann.lee", "Ann Lee"])
def test_a_user_name_is_as_it_was_first_shown(first: str) -> None:
    context = Context()
    shape = {"id": 0, "userId": 0, "userName": "string"}
    context.ask("GET", "/orders/5", shape, answer={"id": 5, "userId": 1, "userName": first})
    wrong = {"id": 1, "name": "Zed", "username": "zed"}
    user_shape = {"id": 0, "name": "string", "username": "string"}
    user = context.ask("GET", "/users/1", user_shape, answer=wrong).value
    assert first in (user["name"], user["username"])
    again = {"id": 6, "userId": 1, "userName": "who"}
    assert context.ask("GET", "/orders/6", shape, answer=again).value["userName"] == first


def test_an_object_within_another_is_the_one_that_is_known(context: Context) -> None:
    wrong = {"id": 5, "customer": {"id": 77, "name": "Zed", "vip": True}}
    shape = {"id": 0, "customer": {"id": 0, "name": "string", "vip": True}}
    customer = context.ask("GET", "/orders/5", shape, answer=wrong).value["customer"]
    assert (customer["id"], customer["name"]) in {(1, "Ann Lee"), (2, "Bob Ray")}
    # What is new of them is learned.
    assert context.get(f"/users/{customer['id']}", {"vip": True}) == {"vip": True}
    assert context.get("/orders/5", {"userId": 0}) == {"userId": customer["id"]}


def test_an_object_beside_its_key_is_what_the_key_names(context: Context) -> None:
    wrong = {"customerId": 2, "customer": {"name": "Zed"}}
    shape = {"customerId": 0, "customer": {"name": "string"}}
    found = context.ask("GET", "/orders/5", shape, answer=wrong).value
    assert found == {"customerId": 2, "customer": {"name": "Bob Ray"}}


def test_one_thing_that_an_answer_shows_twice_is_one_thing() -> None:
    wrong = {"users": [ANN, BOB], "latest": {"user": {"id": 2, "name": "Zed", "email": "z@z.org"}}}
    shape = {"users": [USER], "latest": {"user": USER}}
    found = Context().ask("GET", "/dashboard", shape, answer=wrong).value
    assert found["latest"]["user"] == BOB


@pytest.mark.parametrize(
    "answer",
    [
        {"id": 3, "name": "A chair", "status": "new", "type": "x", "title": "y"},
        {"id": 3, "userId": 1, "name": "A chair", "title": "y", "userAgent": "curl"},
        {"id": 3, "manager": {"name": "Zed"}, "company": {"id": 1, "name": "Acme"}},
        {"id": 3, "email": "shop@example.com", "contact": {"email": "x@example.com"}},
    ],
)
def test_what_may_be_something_else_is_left_alone(context: Context, answer: Any) -> None:
    assert agree(answer, context.sheet, "GET", "/products/3", True).value == answer


def test_lines_are_counted_within_their_order() -> None:
    context = Context()
    shape = [{"id": 0, "name": "string"}]
    cup, tea = [{"id": 1, "name": "Cup"}], [{"id": 1, "name": "Tea"}]
    assert context.ask("GET", "/orders/5/items", shape, answer=cup).value == cup
    assert context.ask("GET", "/orders/6/items", shape, answer=tea).value == tea
    assert context.get("/orders/5", {"id": 0, "items": shape}) == {"id": 5, "items": cup}
    assert context.get("/orders/6/items", shape) == tea


def test_the_callers_own_values_win_and_become_the_facts(context: Context) -> None:
    found = context.ask("PUT", "/users/1", USER, body={"name": "Ann Ray"}).value
    assert found == {**ANN, "name": "Ann Ray"}
    assert context.get("/users", [USER])[0]["name"] == "Ann Ray"
    assert context.get("/users/1", {"lastName": "string"}) == {"lastName": "Ray"}
    assert context.get("/orders/1", {"userId": 0, "userName": "string"})["userName"] in {
        "Ann Ray",
        "Bob Ray",
    }


def test_what_the_caller_said_is_known_even_where_the_answer_does_not_show_it(
    context: Context,
) -> None:
    context.ask("PATCH", "/users/1", {"ok": True}, body={"email": "new@example.com"})
    assert context.get("/users/1", USER)["email"] == "new@example.com"


def test_locked_values_are_never_changed(context: Context) -> None:
    value = {"id": 1, "name": "Zed", "email": "zed@example.com"}
    found = agree(value, context.sheet, "GET", "/users/1", True, ["/name"])
    assert found.value == {**ANN, "name": "Zed"}


def test_who_is_created_is_nobody_who_is_known(context: Context) -> None:
    made = context.ask("POST", "/users", USER, body={"name": "Cy"}, answer={**ANN, "name": "Cy"})
    assert made.value == {"id": 3, "name": "Cy", "email": "ann@example.com"}
    assert context.get("/users/3", USER) == made.value


def test_an_id_that_is_no_number_gets_one_of_its_form() -> None:
    for taken, form in (("ORD-0009", "ORD-0010"), ("abc", "abc-2")):
        context = Context()
        context.ask("GET", f"/orders/{taken}", {"id": "string"}, answer={"id": taken})
        made = context.ask("POST", "/orders", {"id": "string"}, answer={"id": taken}).value
        assert made == {"id": form}


def test_who_is_deleted_is_in_no_list_and_still_spoken_of(context: Context) -> None:
    context.ask("DELETE", "/users/1")
    assert 1 not in [one["id"] for one in context.get("/users", [USER])]
    assert context.sheet.to_json()["entities"]["user"][0]["deleted"] is True


def test_a_get_leaves_times_as_they_are_known_and_a_write_moves_them() -> None:
    context = Context()
    shape = {"id": 0, "updatedAt": "ISO-8601", "lastSeen": "ISO-8601"}
    old, new = "2025-01-01T10:00:00Z", "2025-05-05T10:00:00Z"
    first = {"id": 1, "updatedAt": old, "lastSeen": old}
    later = {"id": 1, "updatedAt": new, "lastSeen": new}
    context.ask("GET", "/users/1", shape, answer=first)
    assert context.ask("GET", "/users/1", shape, answer=later).value == first
    assert context.ask("PATCH", "/users/1", shape, answer=later).value == {
        **first,
        "updatedAt": new,
    }
    assert context.get("/users/1", shape)["updatedAt"] == new


def test_an_action_may_change_the_status() -> None:
    context = Context()
    shape = {"id": 0, "status": "string"}
    context.ask("GET", "/orders/5", shape, answer={"id": 5, "status": "open"})
    done = {"id": 5, "status": "cancelled"}
    assert context.ask("POST", "/orders/5/cancel", shape, answer=done).value == done
    assert context.get("/orders/5", shape) == done


def test_other_names_of_one_thing_are_learned() -> None:
    context = Context()
    context.ask("GET", "/users/me", USER, answer=BOB)
    assert context.get("/users/me", USER) == BOB
    assert context.get("/users/2", USER) == BOB
    shape = {"id": 0, "title": "string"}
    context.ask("GET", "/posts/hello-big-world", shape, answer={"id": 7, "title": "Hello"})
    assert context.get("/posts/7", shape) == {"id": 7, "title": "Hello"}
    assert context.get("/posts/hello-big-world", shape) == {"id": 7, "title": "Hello"}


def test_what_there_is_one_of_stays_the_same() -> None:
    context = Context()
    shape = {"id": 0, "currency": "string"}
    first = context.ask("GET", "/users/1/cart", shape, answer={"id": 4, "currency": "EUR"}).value
    assert context.get("/users/1/cart", shape) == first
    other = context.ask("GET", "/users/2/cart", shape, answer={"id": 5, "currency": "USD"}).value
    assert other == {"id": 5, "currency": "USD"}


def test_a_fact_that_the_schema_refuses_is_a_conflict(context: Context) -> None:
    schema: Any = {
        "type": "object",
        "properties": {"id": {"type": "integer"}, "name": {"enum": ["Zed", "Yan"]}},
    }
    found = agree({"id": 1, "name": "Zed"}, context.sheet, "GET", "/users/1", schema)
    assert found.value == {"id": 1, "name": "Zed"}
    (conflict,) = found.conflicts
    assert (conflict.pointer, conflict.fact, conflict.value) == ("/name", "Ann Lee", "Zed")


def test_one_refused_fact_does_not_keep_the_others_from_holding(context: Context) -> None:
    schema: Any = {"type": "object", "properties": {"name": {"maxLength": 3}}}
    value = {"id": 1, "name": "Zed", "email": "zed@example.com"}
    found = agree(value, context.sheet, "GET", "/users/1", schema)
    assert found.value == {"id": 1, "name": "Zed", "email": "ann@example.com"}


def test_a_value_that_breaks_its_schema_is_left_alone(context: Context) -> None:
    value = {"id": 1, "name": "Zed"}
    schema = {"type": "object", "required": ["email"]}
    assert agree(value, context.sheet, "GET", "/users/1", schema).value is value


def test_what_was_handed_in_is_not_changed(context: Context) -> None:
    value = [{"id": 1, "name": "Zed", "tags": ["a"]}]
    told = context.sheet.to_json()
    agree(value, context.sheet, "GET", "/users", True)
    assert value == [{"id": 1, "name": "Zed", "tags": ["a"]}]
    assert context.sheet.to_json() == told


def test_numbers_and_texts_are_one_id() -> None:
    context = Context()
    context.ask(
        "GET", "/users/1", {"id": "string", "name": "string"}, answer={"id": "1", "name": "A"}
    )
    shape = [{"id": 0, "name": "string"}]
    assert context.ask("GET", "/users", shape, answer=[{"id": 1, "name": "B"}]).value == [
        {"id": 1, "name": "A"}
    ]


@pytest.mark.parametrize(
    ("schema", "given", "expected"),
    [
        ({"properties": {"name": {"type": "string"}}}, MISSING, {"name": "Ann Lee"}),
        ({"properties": {"name": {"type": "string"}}}, {"name": "Zed"}, {"name": "Zed"}),
        ({"properties": {"name": {"maxLength": 2}}}, MISSING, MISSING),
        ({"properties": {"id": {"type": "string"}}}, {"x": 1}, {"id": "1", "x": 1}),
        ({"type": "string"}, MISSING, MISSING),
        (True, MISSING, MISSING),
        ({"$ref": "#/$defs/u", "$defs": {"u": {"properties": {"email": {}}}}}, MISSING,
         {"email": "ann@example.com"}),
        ({"allOf": [{"properties": {"data": {"properties": {"name": {}}}}}]}, MISSING,
         {"data": {"name": "Ann Lee"}}),
    ],
)  # fmt: skip
def test_the_input_is_what_is_known_and_has_a_place(
    context: Context, schema: Any, given: Any, expected: Any
) -> None:
    assert known_input(context.sheet, "GET", "/users/1", schema, given) == expected


def test_nothing_is_known_of_what_is_created(context: Context) -> None:
    schema: Any = {"properties": {"id": {}, "name": {}, "userId": {}}}
    assert known_input(context.sheet, "POST", "/users", schema, MISSING) is MISSING
    assert known_input(context.sheet, "POST", "/users/1/orders", schema, MISSING) == {"userId": 1}


def test_an_empty_sheet_changes_nothing() -> None:
    value = [ANN, BOB]
    assert agree(value, FactStore(), "GET", "/users", True).changes == ()
    assert (
        known_input(FactStore(), "GET", "/users", {"items": {"properties": {}}}, MISSING) is MISSING
    )


@pytest.mark.parametrize("value", [None, 3, "text", [], {}, [1, [2, {"id": []}]], {"id": {}}])
@pytest.mark.parametrize(
    "path", ["/", "", "/users", "/users/1", "/a/b/c/d?x=1&y", "/users/1/orders"]
)
def test_any_answer_to_any_path_can_be_read(value: Any, path: str) -> None:
    sheet = FactStore()
    learn(sheet, path, value)
    assert agree(value, sheet, "GET", path, True).value == value
