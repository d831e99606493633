from __future__ import annotations

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockwright.naming import plural
from mockwright.shapes.rest.url_path import (
    MAX_SEGMENT,
    MAX_SEGMENTS,
    Kind,
    find_link,
    identify,
    link_name,
    read_path,
    template_of,
    whole_path,
)

NAMES = st.sampled_from(["users", "orders", "products", "comments", "invoices", "patients"])
NUMBERS = st.integers(0, 10**12).map(str)
UUIDS = st.uuids().map(str)
ULIDS = st.text("0123456789ABCDEFGHJKMNPQRSTVWXYZ", min_size=25, max_size=25).map(lambda t: "0" + t)
OBJECT_IDS = st.text("0123456789abcdef", min_size=23, max_size=23).map(lambda t: "6" + t)
SLUGS = st.from_regex(r"[a-z]{2,8}-[a-z]{2,8}-[a-z]{2,8}", fullmatch=True)
IDS = NUMBERS | UUIDS | ULIDS | OBJECT_IDS | SLUGS
DATES = st.dates().map(str)


@pytest.mark.parametrize(
    ("path", "kind", "collection", "noun", "identifier"),
    [
        ("/users", "list", "/users", "user", None),
        ("/users/", "list", "/users", "user", None),
        ("//users//5", "member", "/users", "user", "5"),
        ("/v1/users/1/orders/5", "member", "/v1/orders", "order", "5"),
        ("/v1/users/1/orders", "list", "/v1/orders", "order", None),
        ("/users/ann", "member", "/users", "user", "ann"),
        ("/users.json", "list", "/users", "user", None),
        ("/users/5.json", "member", "/users", "user", "5"),
        ("/files/q3-figures.csv", "member", "/files", "file", "q3-figures.csv"),
        ("/blog/posts/my-first-post", "member", "/blog/posts", "post", "my-first-post"),
        ("/shops/3/admin/users/5", "member", "/admin/users", "user", "5"),
        ("/carts/5", "member", "/carts", "cart", "5"),
        ("/cart", "singleton", "/cart", "cart", None),
        ("/cart/items/5", "member", "/cart/items", "item", "5"),
        ("/me", "singleton", "/me", "item", None),
        ("/users/me", "singleton", "/users/me", "user", None),
        ("/users/me/orders", "list", "/users/me/orders", "order", None),
        ("/settings", "singleton", "/settings", "setting", None),
        ("/users/1/profile", "singleton", "/users/1/profile", "profile", None),
        ("/orders/5/customer", "singleton", "/orders/5/customer", "customer", None),
        ("/orders/5/shipping-address", "singleton", "/orders/5/shipping-address", "address", None),
    ],
)
def test_a_path_names_a_collection_an_item_or_what_there_is_one_of(
    path: str, kind: Kind, collection: str, noun: str, identifier: str | None
) -> None:
    place = read_path(path)
    assert (place.kind, place.collection) == (kind, collection)
    assert (place.noun, place.id) == (noun, identifier)


@pytest.mark.parametrize(
    "path",
    [
        "/", "", "/5", "/auth/login", "/orders/5/cancel", "/products/search", "/orders/count",
        "/products/featured", "/search/users", "/health", "/users/5/7", "/weather",
        "/users/" + "x" * (MAX_SEGMENT + 1), "/users/1" * MAX_SEGMENTS, "/" + "u" * 5000,
    ],
)  # fmt: skip
def test_what_keeps_no_state_is_something_else(path: str) -> None:
    assert read_path(path).kind == "other"


def test_parents_have_their_ids_and_their_collections() -> None:
    place = read_path("/v1/shops/3/users/1/orders/5")
    assert place.parents == (("shop", "3"), ("user", "1"))
    assert place.above == ("/v1/shops", "/v1/users")
    assert place.collection == "/v1/orders"


@given(st.text(max_size=300) | st.lists(st.text(max_size=10), max_size=30).map("/".join))
def test_any_text_can_be_read_as_a_path(text: str) -> None:
    place = read_path(text)
    assert place.collection.startswith("/")
    assert place.noun
    assert len(place.parents) == len(place.above)
    assert whole_path(text).startswith("/")


@given(st.text(max_size=300) | st.lists(st.text(max_size=10), max_size=30).map("/".join))
def test_a_template_is_its_own_template(text: str) -> None:
    template = template_of(text)
    assert template_of(template) == template
    assert len(template) <= 2200


@given(NAMES, IDS, NAMES, IDS, IDS, IDS)
def test_paths_that_differ_only_in_ids_have_one_template(
    first: str, a: str, second: str, b: str, c: str, d: str
) -> None:
    template = template_of(f"/v1/{first}/{a}/{second}/{b}")
    assert template == f"/v1/{first}/{{id}}/{second}/{{id2}}"
    assert template_of(f"/v1/{first}/{c}/{second}/{d}") == template


@given(DATES, DATES)
def test_a_date_in_a_path_is_told_as_one(a: str, b: str) -> None:
    assert template_of(f"/reports/{a}/{b}/pages") == "/reports/{date}/{date2}/pages"


@pytest.mark.parametrize(
    ("path", "template"),
    [
        ("/", "/"),
        ("/users/{userId}/orders", "/users/{id}/orders"),
        ("/users/me/orders/3", "/users/me/orders/{id}"),
        ("/oauth2/token", "/oauth2/token"),
        ("/posts/my-first-post/comments", "/posts/{id}/comments"),
        ("/users" * 30, "/users" * 20 + "/**"),
        ("/" + "x" * 500, "/{id}"),
    ],
)
def test_a_template_keeps_the_words_of_a_path(path: str, template: str) -> None:
    assert template_of(path) == template


@given(NAMES, IDS, NAMES, IDS)
def test_a_nested_item_is_that_of_its_collection(first: str, a: str, second: str, b: str) -> None:
    nested, alone = read_path(f"/{first}/{a}/{second}/{b}"), read_path(f"/{second}/{b}")
    assert (nested.collection, nested.id) == (alone.collection, alone.id) == (f"/{second}", b)
    assert nested.above == (f"/{first}",)
    assert [plural(noun) for noun, _ in nested.parents] == [first]


def test_an_id_is_a_number_only_where_it_is_written_as_one() -> None:
    assert [identify(text) for text in ("7", "07", "-7", "7a", "9" * 16, "٧")] == [
        7, "07", "-7", "7a", "9" * 16, "٧",
    ]  # fmt: skip
    unique = str(uuid.UUID(int=1))
    assert identify(unique) == unique


@pytest.mark.parametrize(
    ("names", "parent", "found"),
    [
        (["id", "userId"], "user", "userId"),
        (["user_id"], "user", "user_id"),
        (["customerId"], "user", "customerId"),
        (["customerId", "userId"], "user", "userId"),
        (["customerId"], "order", None),
        (["chatMessageId"], "chat_message", "chatMessageId"),
        ([], "user", None),
    ],
)
def test_the_field_that_names_a_parent_is_found_by_its_words(
    names: list[str], parent: str, found: str | None
) -> None:
    assert find_link(names, parent) == found
    assert find_link([link_name(parent)], parent) == link_name(parent)
