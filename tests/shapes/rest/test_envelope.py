from __future__ import annotations

import pytest

from mockwright.errors import UnsatisfiableError
from mockwright.shapes.parse import parse_shape
from mockwright.shapes.rest.envelope import bare_items, read_wrapper
from mockwright.shapes.rest.query import Page
from mockwright.types import Json

ITEM = {"id": 0, "name": "string"}
PAGE = Page([{"id": 2}, {"id": 1}], total=7, offset=2, limit=2)


@pytest.mark.parametrize(
    ("shape", "wrapped"),
    [
        ([ITEM], PAGE.items),
        (ITEM, PAGE.items),
        ({"users": [ITEM], "total": 0}, {"users": PAGE.items, "total": 7}),
        ({"users": [ITEM], "total": "string"}, {"users": PAGE.items}),
        (
            {"data": {"items": [ITEM], "total_count": 0, "totalPages": 0}, "total": 0},
            {"data": {"items": PAGE.items, "total_count": 7, "totalPages": 4}},
        ),
        (
            {"page": 0, "pageSize": 0, "tags": ["string"], "rows": [ITEM]},
            {"page": 2, "pageSize": 2, "rows": PAGE.items},
        ),
    ],
)
def test_a_page_goes_to_where_the_shape_has_its_list(shape: Json, wrapped: Json) -> None:
    wrapper = read_wrapper(parse_shape(shape))
    assert wrapper is not None
    assert wrapper.wrap(PAGE) == wrapped
    assert wrapper.unwrap(wrapped) == PAGE.items
    assert wrapper.tells is any(key not in ("users", "rows") for key in _scalars(wrapped))


def _scalars(value: Json) -> list[str]:
    if not isinstance(value, dict):
        return []
    inner = [name for part in value.values() for name in _scalars(part)]
    return inner + [name for name, part in value.items() if isinstance(part, int)]


def test_one_item_that_has_lists_of_words_holds_no_page() -> None:
    assert read_wrapper(parse_shape({"id": 0, "tags": ["string"]})) is None


def test_the_list_of_a_referenced_schema_is_found() -> None:
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "properties": {"users": {"$ref": "#/$defs/users"}, "total": {"type": "integer"}},
        "$defs": {
            "users": {"type": "array", "items": {"$ref": "#/$defs/user"}},
            "user": {"type": "object", "properties": {"id": {"type": "integer"}}},
        },
    }
    wrapper = read_wrapper(parse_shape(schema))
    assert wrapper is not None
    assert wrapper.wrap(PAGE) == {"users": PAGE.items, "total": 7}


def test_the_shape_is_sized_where_it_allows_that() -> None:
    schema = {"type": "array", "items": {"type": "object"}, "minItems": 1}
    wrapper = read_wrapper(parse_shape(schema))
    assert wrapper is not None
    sized = wrapper.sized(3).schema
    assert isinstance(sized, dict)
    assert (sized["minItems"], sized["maxItems"]) == (3, 3)
    with pytest.raises(UnsatisfiableError):
        wrapper.sized(0)


def test_items_come_back_in_the_order_of_the_page() -> None:
    wrapper = read_wrapper(parse_shape({"users": [ITEM]}))
    assert wrapper is not None
    made = {"users": [{"id": "1", "name": "a"}, {"id": "2", "name": "b"}]}
    ordered = wrapper.ordered(made, PAGE.items)
    assert [item["name"] for item in ordered["users"]] == ["b", "a"]
    assert wrapper.ordered({"users": [{"name": "a"}]}, PAGE.items) == {"users": [{"name": "a"}]}


def test_a_tuple_is_not_put_into_another_order() -> None:
    one, two = ({"type": "object", "properties": {"id": {"const": n}}} for n in (1, 2))
    schema = {"type": "array", "prefixItems": [one, two], "items": {"type": "object"}}
    wrapper = read_wrapper(parse_shape(schema))
    assert wrapper is not None
    assert wrapper.ordered([{"id": 1}, {"id": 2}], PAGE.items) == [{"id": 1}, {"id": 2}]


@pytest.mark.parametrize(
    ("value", "items"),
    [([1], [1]), ({"a": [], "b": [{}]}, [{}]), ({"a": ["x"]}, None), ("x", None)],
)
def test_items_are_found_in_an_answer_without_an_asked_shape(value: Json, items: Json) -> None:
    assert bare_items(value) == items
