from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockwright.generator import Hints, generate
from mockwright.shapes.parse import parse_shape
from mockwright.shapes.rest.infer import infer_shape, with_path
from mockwright.shapes.rest.vocabulary import nouns, resource_schema
from mockwright.types import MISSING, JsonObject


def answer(method: str, path: str, query: Any = (), body: Any = MISSING) -> Any:
    return generate(infer_shape(method, path, query, body).schema, seed=1, hints=Hints(path=path))


def test_one_user_has_the_id_of_the_path() -> None:
    assert answer("GET", "/v1/users/42/")["id"] == 42
    assert answer("GET", "/users/abc-9")["id"] == "abc-9"


def test_a_collection_is_a_list_and_limit_is_exact() -> None:
    assert 5 <= len(answer("GET", "/api/v2/people.json")) <= 10
    assert len(answer("GET", "/users", [("limit", "3")])) == 3


def test_filters_and_parents_hold_for_each_item() -> None:
    found = answer("GET", "/users/7/orders", [("status", "shipped")])
    assert {(o["customerId"], o["status"]) for o in found} == {(7, "shipped")}


def test_posted_values_are_echoed_with_an_id_and_timestamps() -> None:
    body = {"item": "lamp", "lines": [{"n": 1}, {"m": None}]}
    made = answer("POST", "/orders", (), body)
    assert {k: made[k] for k in body} == body
    assert isinstance(made["id"], int)
    assert made["createdAt"] <= made["updatedAt"]
    assert answer("PATCH", "/orders/9", (), {"item": "x"})["id"] == 9


def test_delete_confirms() -> None:
    assert answer("DELETE", "/orders/9") == {"id": 9, "deleted": True}


def test_special_paths() -> None:
    assert answer("GET", "/health")["status"] == "ok"
    assert "accessToken" in answer("POST", "/auth/login", (), {"user": "x"})
    assert set(answer("GET", "/products/search", [("q", "a")])) == {"query", "total", "results"}
    assert isinstance(answer("GET", "/orders/count")["count"], int)
    assert answer("GET", "/blog/posts/my-first-post")["id"] == "my-first-post"


def test_many_nouns_have_field_sets_of_their_own() -> None:
    assert len({tuple(resource_schema(n)["properties"]) for n in nouns()}) >= 60


@settings(max_examples=60)
@given(st.sampled_from(["GET", "POST", "PUT", "DELETE"]), st.text(max_size=60))
def test_any_path_gives_a_shape(method: str, path: str) -> None:
    assert infer_shape(method, "/" + path).source == "inferred"


@pytest.mark.parametrize(
    ("path", "shape", "ids"),
    [
        ("/users/42", {"id": 0, "email": "email"}, {"id": 42}),
        ("/users/42", {"id": "string"}, {"id": "42"}),
        ("/users/7/orders/3", {"id": 0, "userId": 0}, {"id": 3, "userId": 7}),
        ("/users/7/orders/3", {"id": "uuid", "user_id": 0}, {"user_id": 7}),
        ("/users", {"id": 0}, {}),
    ],
)
def test_the_ids_of_a_path_show_in_plain_fields_of_a_shape(
    path: str, shape: JsonObject, ids: JsonObject
) -> None:
    value = generate(with_path(parse_shape(shape).schema, path, {}), seed=1)
    assert {name: value[name] for name in ids} == ids


def test_items_of_a_list_belong_to_what_the_path_names() -> None:
    schema = with_path(parse_shape([{"id": 0, "userId": 0}]).schema, "/users/42/orders", {})
    items = generate(schema, seed=1)
    assert {item["userId"] for item in items} == {42}
    assert len({item["id"] for item in items}) == len(items)


def test_what_the_caller_gives_stands_against_the_path() -> None:
    schema = with_path(parse_shape({"id": 0}).schema, "/users/42", {"id": 5})
    assert schema == parse_shape({"id": 0}).schema


def test_so_many_as_are_asked_for_do_not_share_the_id_of_the_path() -> None:
    one = infer_shape("GET", "/users/5", counted=True)
    assert "const" not in one.schema["properties"]["id"]  # type: ignore[index]  # an object


def test_an_echo_says_no_secret_again() -> None:
    given = {"username": "bob", "password": "hunter2", "creditCard": "4111", "apiToken": "x"}
    schema = infer_shape("POST", "/users", (), given).schema
    assert isinstance(schema, dict)
    assert schema["properties"].keys() & given.keys() == {"username"}
