from __future__ import annotations

import uuid
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockwright.memory.state.collections import State, read_seeds
from mockwright.memory.state.resource import Resource, known_place
from mockwright.shapes.rest.url_path import Kind, read_path
from mockwright.types import Json, JsonObject


def resource(path: str, seeds: JsonObject | None = None) -> Resource:
    return Resource(read_path(path), State(read_seeds(seeds or {})))


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
