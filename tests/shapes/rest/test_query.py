from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockwright.errors import InvalidControlError
from mockwright.shapes.rest.query import links, select
from mockwright.types import Json, JsonObject

PEOPLE: list[JsonObject] = [
    {"id": 1, "name": "Ann", "age": 30, "address": {"city": "Paris"}, "tags": ["a", "b"]},
    {"id": 2, "name": "bob", "age": 25, "address": {"city": "Rome"}, "active": True},
    {"id": 3, "name": "Cid", "age": 30.0, "lines": [{"sku": "x1"}, {"sku": "y2"}], "note": None},
    {"id": 4, "name": "ann", "address": {"city": "Oslo"}},
]


def ids(*query: tuple[str, str], limit: int | None = None) -> list[Json]:
    return [item["id"] for item in select(PEOPLE, query, limit).items]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ([], [1, 2, 3, 4]),
        ([("name", "Ann")], [1]),
        ([("name", "Ann"), ("name", "bob")], [1, 2]),
        ([("name", "Ann"), ("age", "25")], []),
        ([("age", "30")], [1, 3]),
        ([("age", "3e1")], [1, 3]),
        ([("address.city", "Rome")], [2]),
        ([("lines.sku", "y2")], [3]),
        ([("tags", "b")], [1]),
        ([("active", "TRUE")], [2]),
        ([("note", "null")], [3]),
        ([("nosuch", "")], []),
        ([("nosuch.deep", "x")], []),
        ([("q", "ANN")], [1, 4]),
        ([("q", "y2")], [3]),
        ([("q", "")], [1, 2, 3, 4]),
        ([("q", "r"), ("age", "25")], [2]),
    ],
)
def test_a_query_filters_and_searches(query: list[tuple[str, str]], found: list[int]) -> None:
    assert ids(*query) == found


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ([("sort", "name")], [1, 4, 2, 3]),
        ([("sort", "-name")], [3, 2, 4, 1]),
        ([("sort", "name"), ("order", "desc")], [3, 2, 4, 1]),
        ([("sort", "-age,name")], [1, 3, 2, 4]),
        ([("sort", "age")], [2, 1, 3, 4]),
        ([("sort", "age,name"), ("order", "desc,desc")], [3, 1, 2, 4]),
        ([("sort", "address.city")], [4, 1, 2, 3]),
        ([("sort", "nosuch")], [1, 2, 3, 4]),
    ],
)
def test_a_query_sorts_and_what_lacks_the_field_comes_last(
    query: list[tuple[str, str]], found: list[int]
) -> None:
    assert ids(*query) == found


@pytest.mark.parametrize(
    ("query", "limit", "found"),
    [
        ([("limit", "2")], None, [1, 2]),
        ([("per_page", "2"), ("page", "2")], None, [3, 4]),
        ([("pageSize", "3"), ("page", "2")], None, [4]),
        ([("page", "2")], 3, [4]),
        ([("page", "9")], 3, []),
        ([("page", "1")], None, [1, 2, 3, 4]),
        ([("offset", "3")], None, [4]),
        ([("offset", "1"), ("limit", "2")], None, [2, 3]),
        ([("limit", "0")], None, []),
    ],
)
def test_a_query_takes_a_page(
    query: list[tuple[str, str]], limit: int | None, found: list[int]
) -> None:
    page = select(PEOPLE, query, limit)
    assert [item["id"] for item in page.items] == found
    assert page.total == 4


@pytest.mark.parametrize(
    ("name", "value", "also"),
    [
        ("page", "0", []),
        ("page", "-1", []),
        ("page", "1e3", []),
        ("limit", "x", []),
        ("limit", "9" * 10, []),
        ("per_page", "", []),
        ("pageSize", "٣", []),
        ("offset", "-1", []),
        ("offset", "1", [("page", "1")]),
        ("sort", "", []),
        ("sort", "-", []),
        ("sort", ",".join("abcdefghijk"), []),
        ("order", "up", []),
        ("order", "asc,desc", [("sort", "name")]),
    ],
)
def test_what_cannot_be_read_is_refused_by_name_and_value(
    name: str, value: str, also: list[tuple[str, str]]
) -> None:
    with pytest.raises(InvalidControlError) as raised:
        select(PEOPLE, [(name, value), *also])
    assert (raised.value.control, raised.value.value) == (f"query {name}", value)
    assert raised.value.expected


def test_links_lead_to_the_other_pages_and_keep_the_rest_of_the_query() -> None:
    query = [("page", "2"), ("limit", "1"), ("sort", "id")]
    found = links(select(PEOPLE, query), query)
    assert {rel: dict(to) for rel, to in found.items()} == {
        "first": {"sort": "id", "page": "1", "limit": "1"},
        "prev": {"sort": "id", "page": "1", "limit": "1"},
        "next": {"sort": "id", "page": "3", "limit": "1"},
        "last": {"sort": "id", "page": "4", "limit": "1"},
    }


def test_links_of_offsets_are_offsets() -> None:
    query = [("offset", "1")]
    found = links(select(PEOPLE, query, 2), query)
    starts = {rel: dict(to)["offset"] for rel, to in found.items()}
    assert starts == {"first": "0", "prev": "0", "next": "3", "last": "2"}


def test_a_list_without_pages_has_no_links() -> None:
    assert links(select(PEOPLE, []), []) == {}


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=2), inner),
    max_leaves=4,
)
ITEMS = st.lists(st.dictionaries(st.sampled_from("ab"), VALUES), max_size=8).map(
    lambda items: [{**item, "n": i} for i, item in enumerate(items)]
)


@given(ITEMS, st.sampled_from(["a", "-a", "a,-b", "b,a"]))
def test_any_values_can_be_sorted_and_none_is_lost(items: list[JsonObject], sort: str) -> None:
    found = select(items, [("sort", sort)]).items
    assert sorted(item["n"] for item in found) == list(range(len(items)))
    assert select(found, [("sort", sort)]).items == found


@given(ITEMS, st.integers(1, 5))
def test_the_pages_together_are_the_list(items: list[JsonObject], limit: int) -> None:
    pages = select(items, [], limit).pages
    seen = [
        item
        for number in range(1, pages + 1)
        for item in select(items, [("page", str(number)), ("sort", "a")], limit).items
    ]
    assert seen == select(items, [("sort", "a")]).items


@given(st.lists(st.tuples(st.text(max_size=5), st.text(max_size=5)), max_size=4))
def test_any_other_query_is_a_filter(query: list[tuple[str, str]]) -> None:
    try:
        page = select(PEOPLE, query)
    except InvalidControlError:
        return
    assert all(item in PEOPLE for item in page.items)
