from __future__ import annotations

import uuid
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockwright.errors import NotFoundError, StateConflictError
from mockwright.memory.state.collections import State, read_seeds
from mockwright.memory.state.resource import Resource, known_place
from mockwright.shapes.rest.url_path import Kind, read_path
from mockwright.types import Json, JsonObject


def resource(path: str, seeds: JsonObject | None = None) -> Resource:
    state = State(read_seeds(seeds or {}))
    return Resource(known_place(read_path(path), path, state), state)


@pytest.mark.parametrize(
    ("items", "made", "ids"),
    [
        ([], 88, [1, 88]),
        ([{"id": 4}], 88, [5, 88]),
        ([{"id": "a"}], 88, [88, 1]),
        ([], None, [1]),
        ([{"id": 4}], True, [5]),
        ([{"id": 4}], "ann", ["ann", "ann-2", "ann-3"]),
        ([{"id": 4}], " ", [5]),
    ],
)
def test_new_ids_count_up_where_ids_are_numbers(
    items: list[Json], made: Json, ids: list[Json]
) -> None:
    assert list(islice(resource("/users", {"users": items}).ids(made), 3)) == ids


@given(st.uuids(version=4), st.integers(0, 5))
def test_ids_derived_from_a_uuid_are_uuids_of_its_version(made: uuid.UUID, there: int) -> None:
    items = [{"id": i} for i in range(1, there + 1)]
    first, *others = resource("/users", {"users": items}).ids(str(made))
    assert first == str(made)
    assert len(set(others)) == len(others) == 100
    for other in others:
        assert uuid.UUID(str(other)).version == 4
        assert uuid.UUID(str(other)).variant == uuid.RFC_4122


def test_made_items_below_a_parent_do_not_take_the_place_of_those_of_others() -> None:
    orders = resource("/users/2/orders", {})
    orders.state.put("/orders", "1", {"id": 1, "userId": 1})
    orders.state.remove("/orders", "2")
    orders.keep_list([{"id": 1}, {"id": 2}, {"id": 3, "userId": 9}])
    assert [item["userId"] for item in orders.items()] == [2, 2, 2]
    assert len({item["id"] for item in orders.items()} - {1, 2}) == 3
    assert orders.state.find("/orders", "1") == {"id": 1, "userId": 1}


def test_a_list_that_was_made_meanwhile_stays() -> None:
    users = resource("/users")
    users.keep_list([{"id": 1, "name": "a"}])
    users.keep_list([{"id": 2, "name": "b"}])
    assert users.items() == [{"id": 1, "name": "a"}]


@pytest.mark.parametrize(
    ("path", "kind", "collection", "key"),
    [
        ("/company", "singleton", "/company", None),
        ("/profile", "list", "/profile", None),
        ("/profile/1", "member", "/profile", "1"),
        ("/categories/books", "member", "/categories", "books"),
        ("/categories/products", "list", "/categories/products", None),
        ("/shops/1/categories/books", "member", "/categories", "books"),
        ("/categories/gone", "member", "/categories", "gone"),
        ("/users", "list", "/users", None),
        ("/users/5", "member", "/users", "5"),
        ("/", "other", "/", None),
    ],
)
def test_what_is_there_decides_how_a_path_is_read(
    path: str, kind: Kind, collection: str, key: str | None
) -> None:
    data = {"company": {"a": 1}, "profile": [{"id": 1}], "categories": [{"id": "books"}]}
    state = State(read_seeds(data))
    state.remove("/categories", "gone")
    place = known_place(read_path(path), path, state)
    assert (place.kind, place.collection, place.id) == (kind, collection, key)


SHOP: JsonObject = {
    "users": [{"id": 1, "name": "Ann"}, {"id": 2, "name": "Bob"}],
    "orders": [{"id": 10, "userId": 1, "total": 5}, {"id": 11, "userId": 2, "total": 6}],
    "company": {"name": "Acme"},
}


@pytest.mark.parametrize(
    ("path", "told"),
    [("/users/1", "user '1'"), ("/users", "user"), ("/company", "company")],
)
def test_a_resource_is_told_by_its_noun_and_its_id(path: str, told: str) -> None:
    shop = resource(path)
    assert str(shop) == told
    with pytest.raises(NotFoundError, match=f"there is no {told}"):
        shop.refuse()


def test_what_nobody_made_is_none_and_what_was_removed_is_not_found() -> None:
    assert resource("/users/1", SHOP).find() == {"id": 1, "name": "Ann"}
    assert resource("/users/7", SHOP).find() is None
    assert resource("/company", SHOP).find() == {"name": "Acme"}
    gone = resource("/users/1", SHOP)
    gone.state.remove("/users", "1")
    with pytest.raises(NotFoundError, match="there is no user '1'"):
        gone.find()


def test_an_item_of_another_parent_is_not_found_below_this_one() -> None:
    assert resource("/users/1/orders/10", SHOP).find() == {"id": 10, "userId": 1, "total": 5}
    with pytest.raises(NotFoundError, match="there is no order '11'"):
        resource("/users/1/orders/11", SHOP).find()


def test_there_is_nothing_below_what_was_removed() -> None:
    orders = resource("/users/1/orders/10", SHOP)
    orders.check_owners()
    orders.state.remove("/users", "1")
    with pytest.raises(NotFoundError, match="there is no user '1'"):
        orders.check_owners()


@pytest.mark.parametrize(
    ("path", "acts"),
    [
        ("/users/invite", True),
        ("/company", True),
        ("/users/1", False),
        ("/users/7", False),
        ("/users/0b5b0e3e-6b5e-4b0a-8d3f-0123456789ab", False),
        ("/users", False),
    ],
)
def test_a_post_to_a_word_that_is_no_item_does_something(path: str, acts: bool) -> None:
    assert resource(path, SHOP).is_action is acts


def test_a_word_that_is_or_was_an_item_is_no_action() -> None:
    seeds: JsonObject = {"teams": [{"id": "red"}, {"id": "blue"}]}
    team = resource("/teams/red", seeds)
    assert not team.is_action
    team.state.remove("/teams", "red")
    assert not team.is_action


def test_what_is_kept_stands_under_the_id_of_the_path() -> None:
    user = resource("/users/7", SHOP)
    user.keep({"id": 7, "name": "Eve"})
    assert user.find() == {"id": 7, "name": "Eve"}
    assert [item["id"] for item in user.items()] == [1, 2, 7]


def test_what_is_made_for_nobody_is_kept_once_with_the_id_and_the_parents_of_the_path() -> None:
    order = resource("/users/2/orders/12", SHOP)
    made = order.keep_made({"total": 9, "id": 99, "userId": 1})
    assert made == {"id": 12, "total": 9, "userId": 2}
    assert order.keep_made({"total": 1}) == made
    assert order.find() == made


def test_a_single_thing_keeps_the_id_that_it_has() -> None:
    profile = resource("/company", {"company": {"id": "c-1", "name": "Acme"}})
    assert profile.identified({"name": "New", "id": "other"}) == {"id": "c-1", "name": "New"}
    assert resource("/company", SHOP).identified({"name": "New"}) == {"name": "New"}


def test_what_is_made_beside_an_item_is_learned_and_changes_nothing() -> None:
    users = resource("/users/1", SHOP)
    users.learn("1", {"name": "Other", "email": "ann@example.com"})
    assert users.find() == {"id": 1, "name": "Ann", "email": "ann@example.com"}
    for value in ({"name": "Other"}, "text", None):
        users.learn("1", value)
    users.learn("404", {"name": "nobody"})
    assert users.find() == {"id": 1, "name": "Ann", "email": "ann@example.com"}
    assert users.state.find("/users", "404") is None


def test_a_patch_changes_all_but_the_id_and_keeps_no_password() -> None:
    user = resource("/users/1", SHOP)
    patch = {"id": 9, "name": None, "address": {"city": "Rome"}, "password": "hunter2"}
    assert user.patched({"id": 1, "name": "Ann", "age": 3}, patch) == {
        "id": 1,
        "age": 3,
        "address": {"city": "Rome"},
    }
    assert resource("/company").patched({"name": "a"}, {"id": 3}) == {"name": "a", "id": 3}


def test_an_id_that_is_taken_or_another_one_is_a_conflict() -> None:
    users = resource("/users", SHOP)
    users.check_new("3")
    users.check_new(None)
    with pytest.raises(StateConflictError, match="there is a user with the id '1' already"):
        users.check_new("1")
    user = resource("/users/1", SHOP)
    for body in ({}, {"id": 1}, {"id": "1"}):
        user.check_id(body)
    with pytest.raises(StateConflictError, match="got '2', but it is '1'"):
        user.check_id({"id": 2})
    single = resource("/company", {"company": {"id": "c-1"}})
    with pytest.raises(StateConflictError, match="got 'c-2', but it is 'c-1'"):
        single.check_id({"id": "c-2"})
    resource("/company", SHOP).check_id({"id": "any"})


def test_an_id_was_never_there_or_is_not_free() -> None:
    users = resource("/users", SHOP)
    users.state.remove("/users", "2")
    assert [users.is_free(key) for key in ("1", "2", "3")] == [False, False, True]


@pytest.mark.parametrize(
    ("seeds", "key", "item", "expected"),
    [
        (SHOP, "7", {"name": "a"}, {"id": 7, "name": "a"}),
        (SHOP, "7", {"name": "a", "id": "7"}, {"id": "7", "name": "a"}),
        (SHOP, "1", {"id": True}, {"id": 1}),
        ({"users": [{"id": "a"}]}, "7", {"id": 8}, {"id": "7"}),
    ],
)
def test_an_item_has_its_id_first_and_as_the_others_have_theirs(
    seeds: JsonObject, key: str, item: JsonObject, expected: JsonObject
) -> None:
    found = resource("/users", seeds).with_id(key, item)
    assert found == expected
    assert next(iter(found)) == "id"
    assert type(found["id"]) is type(expected["id"])


def test_items_belong_to_the_nearest_parent_and_to_no_other_of_the_path() -> None:
    lines = resource("/users/1/orders/10/lines")
    assert lines.owns({"orderId": 10})
    assert lines.owns({"orderId": "10", "userId": "1"})
    assert not lines.owns({"orderId": 11})
    assert not lines.owns({"orderId": 10, "userId": 2})
    assert not lines.owns({"total": 1})
    assert resource("/lines").owns({"orderId": 11})


def test_what_is_linked_names_its_parents_as_it_calls_them() -> None:
    lines = resource("/users/1/orders/10/lines")
    assert lines.linked({"orderId": 10, "a": 1}) == {"orderId": 10, "a": 1}
    assert lines.linked({"a": 1}) == {"a": 1, "orderId": 10}
    assert lines.linked({"order_id": 3, "user_id": 9}) == {"order_id": 10, "user_id": 1}
    assert resource("/lines").linked({"a": 1}) == {"a": 1}


def test_a_body_may_name_the_parents_of_the_path_and_no_others() -> None:
    orders = resource("/users/1/orders", SHOP)
    orders.check_parent({"userId": 1})
    orders.check_parent({"total": 1})
    with pytest.raises(StateConflictError, match="body userId: got '2', but the path says '1'"):
        orders.check_parent({"userId": 2})
    resource("/orders", SHOP).check_parent({"userId": 2})


@pytest.mark.parametrize(
    ("seeds", "named", "expected"),
    [
        (SHOP, {}, {"total": 1, "userId": 1}),
        (SHOP, {"user_id": {}}, {"total": 1, "user_id": 1}),
        ({"orders": [{"id": 1, "customerId": 9}]}, {}, {"total": 1, "customerId": 1}),
        ({}, {}, {"total": 1, "userId": 1}),
    ],
)
def test_a_body_gets_the_field_for_its_parent_called_as_in_the_shape_or_the_items(
    seeds: JsonObject, named: JsonObject, expected: JsonObject
) -> None:
    orders = resource("/users/1/orders", seeds)
    assert orders.with_parent({"total": 1}, named) == expected
    assert orders.with_parent(expected, named) == expected
    assert resource("/orders", seeds).with_parent({"total": 1}, named) == {"total": 1}


def test_all_of_a_part_is_here_once_it_was_listed() -> None:
    first, second = resource("/users/1/orders"), resource("/users/2/orders")
    other = Resource(second.place, first.state)
    assert not first.is_complete
    first.keep_list([{"total": 1}, "no object", {"total": 2}])
    assert first.is_complete
    assert not other.is_complete
    assert first.items() == [
        {"id": 1, "total": 1, "userId": 1},
        {"id": 2, "total": 2, "userId": 1},
    ]


def test_a_list_that_is_made_keeps_what_is_known_and_brings_nothing_back() -> None:
    users = resource("/users", SHOP)
    users.state.remove("/users", "2")
    users.keep_list([{"id": 1, "name": "x"}, {"id": 2, "name": "y"}, {"id": 3, "name": "z"}])
    assert users.items() == SHOP["users"][:1]
    fresh = resource("/users", {})
    fresh.state.put("/users", "1", {"id": 1, "name": "Ann"})
    fresh.state.remove("/users", "2")
    fresh.keep_list([{"id": 1, "name": "x"}, {"id": 2, "name": "y"}, {"id": 3, "name": "z"}])
    assert fresh.items() == [{"id": 1, "name": "Ann"}, {"id": 3, "name": "z"}]


def test_made_items_whose_ids_no_path_can_have_are_numbered() -> None:
    users = resource("/users")
    users.keep_list([{"id": None}, {"id": {"a": 1}}, {"id": "x/y"}, {"id": "ok"}, {"id": "ok"}])
    ids = [item["id"] for item in users.items()]
    assert "ok" in ids
    assert len(set(map(str, ids))) == 5
    assert all(isinstance(one, int | str) for one in ids)
