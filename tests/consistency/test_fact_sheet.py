"""The sheet: what it keeps, what it forgets, what it never learns."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from mockwright.consistency import FactStore, agree, learn
from mockwright.consistency.entity_names import borrowed, id_key, noun_of, pointed
from mockwright.consistency.fact_sheet import MAX_BYTES, MAX_ENTITIES, MAX_FIELDS, MAX_LISTS
from mockwright.consistency.request_route import read_route
from tests.steps import growth


def test_the_oldest_entities_are_forgotten_first() -> None:
    sheet = FactStore()
    for start in range(0, MAX_ENTITIES + 500, 500):
        learn(sheet, "/users", [{"id": i} for i in range(start, start + 500)])
    assert sheet.count == MAX_ENTITIES
    assert sheet.find("user", "499") is None
    assert sheet.find("user", "500") is not None


def test_what_was_seen_first_goes_first_whatever_its_noun() -> None:
    sheet = FactStore()
    learn(sheet, "/pets/1", {"id": 1})
    learn(sheet, "/users", [{"id": i} for i in range(MAX_ENTITIES)])
    assert "pet" not in sheet.entities


def test_a_sheet_is_bounded_in_bytes() -> None:
    sheet = FactStore()
    for i in range(400):
        learn(sheet, f"/notes/{i}", {"id": i, "text": "x" * 4_000, "more": "y" * 4_000})
    assert sheet.size <= MAX_BYTES
    assert sheet.find("note", "399") is not None
    assert sheet.find("note", "0") is None


def test_one_entity_is_bounded_in_fields_and_their_size() -> None:
    sheet = FactStore()
    learn(sheet, "/users/1", {"id": 1, "long": "x" * 100_000, **{f"f{i}x": i for i in range(200)}})
    entity = sheet.find("user", "1")
    assert entity is not None
    assert len(entity.fields) == MAX_FIELDS
    assert "long" not in entity.fields


def test_lists_are_bounded() -> None:
    sheet = FactStore()
    for i in range(MAX_LISTS + 50):
        learn(sheet, "/users", [{"id": 1}], query=(("tag", str(i)),))
    assert len(sheet.lists) == MAX_LISTS


def deep(size: int) -> object:
    value: object = {"id": 1}
    for _ in range(size):
        value = {"inner": value}
    return value


def wide(size: int) -> object:
    return [{"id": i, "name": f"n{i}", "owner": {"id": i}} for i in range(size)]


@pytest.mark.parametrize(("answer", "most"), [(deep, 1.1), (wide, 2.5)])
def test_a_deep_and_a_wide_answer_are_read_in_bounds(
    answer: Callable[[int], object], most: float
) -> None:
    def read(size: int) -> None:
        sheet, value = FactStore(), answer(size)
        learn(sheet, "/users", value)
        agree(value, sheet, "GET", "/users", True)

    assert growth(read, 40) < most
    read(1_000)


@pytest.mark.parametrize("name", ["password", "apiKey", "access_token", "clientSecret", "cvv"])
def test_secrets_are_never_learned(name: str) -> None:
    sheet = FactStore()
    value = {"id": 1, name: "hunter2", "profile": {name: "hunter2"}, "address": {name: "hunter2"}}
    learn(sheet, "/users/1", value, method="PUT", given=value)
    learn(sheet, "/users/1", {"id": 1}, method="PATCH", given=value)
    assert "hunter2" not in json.dumps(sheet.to_json())


def test_a_sheet_is_told_as_json() -> None:
    sheet = FactStore()
    learn(sheet, "/users/1/orders", [{"id": 5, "total": 3.5}])
    assert json.loads(json.dumps(sheet.to_json())) == {
        "entities": {
            "user": [{"id": 1, "fields": {}, "belongs_to": {}}],
            "order": [{"id": 5, "fields": {"total": 3.5}, "belongs_to": {"user": "1"}}],
        },
        "count": 2,
        "bytes": sheet.size,
    }


@pytest.mark.parametrize(
    ("path", "noun", "key", "parents"),
    [
        ("/users", "user", "@", ()),
        ("/api/v1/users/7", "user", "7", ()),
        ("/users/7/orders", "order", "@user 7", (("user", "7"),)),
        ("/users/7/orders/9/items/2", "item", "2", (("user", "7"), ("order", "9"))),
        ("/orders/5/cancel", "order", "5", ()),
        ("/users/me", "user", "@", ()),
    ],
)
def test_paths_are_read(
    path: str, noun: str, key: str, parents: tuple[tuple[str, str], ...]
) -> None:
    route = read_route("GET", path)
    assert (route.noun, route.key, route.parents) == (noun, key, parents)


@pytest.mark.parametrize(
    ("query", "start"),
    [("page=3&limit=5", 10), ("page=2", 10), ("offset=7", 7), ("page=0", 0), ("page=x", 0)],
)
def test_pages_are_read_from_the_query(query: str, start: int) -> None:
    assert read_route("GET", f"/users?{query}").page.start == start


def test_pages_by_cursor_are_apart() -> None:
    starts = {read_route("GET", f"/users?cursor={c}").page.start for c in ("", "a", "b", "c")}
    assert len(starts) == 4


def test_names_are_read() -> None:
    assert [noun_of(n) for n in ("users", "orderItems", "status")] == [
        "user",
        "order item",
        "status",
    ]
    assert [pointed(n) for n in ("userId", "customer_id", "id", "userIds", "paid")] == [
        "user",
        "customer",
        "",
        "",
        "",
    ]
    assert [borrowed(n, "userId") for n in ("userName", "user_email", "userAgent", "name")] == [
        "user name",
        "email",
        "",
        "",
    ]
    assert [id_key(v) for v in (1, "1", True, None, "", 1.5, "x" * 300)] == [
        "1", "1", None, None, None, None, None,
    ]  # fmt: skip
