from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from mockwright.shapes.fake import Hints, generate
from mockwright.shapes.infer import infer_shape
from mockwright.shapes.resources import nouns, resource_schema
from mockwright.types import MISSING


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
