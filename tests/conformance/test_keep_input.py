"""The caller's own values stay in the answer."""

from __future__ import annotations

import pytest

from mockwright.conformance.conform import keep_input
from mockwright.errors import InputConflictError
from mockwright.types import MISSING, Json, JsonObject

INTEGER = {"type": "integer"}
ITEM: JsonObject = {
    "type": "object",
    "properties": {
        "id": {"type": "integer"},
        "name": {"type": "string"},
        "age": {"type": "integer"},
    },
    "required": ["name"],
}
USERS: JsonObject = {
    "type": "object",
    "properties": {
        "users": {"type": "array", "items": ITEM, "maxItems": 4},
        "total": {"type": "integer"},
    },
}


def kept(value: Json, given: Json, schema: JsonObject = USERS) -> Json:
    return keep_input(value, given, schema, on_conflict="error").value


def test_given_values_replace_what_the_model_wrote_beside_the_new_fields() -> None:
    value = {"users": [{"name": "Bob", "age": 5}], "total": 9}
    given = {"users": [{"name": "Ada"}], "total": 1}
    assert kept(value, given) == {"users": [{"name": "Ada", "age": 5}], "total": 1}


def test_items_are_matched_by_id_where_both_have_one() -> None:
    value = {"users": [{"id": 1, "name": "x"}, {"id": 2, "name": "y"}]}
    given = {"users": [{"id": 2, "name": "Two"}, {"id": 1, "name": "One"}]}
    assert kept(value, given) == {"users": [{"id": 1, "name": "One"}, {"id": 2, "name": "Two"}]}


def test_given_items_beyond_the_answers_end_are_added_as_far_as_there_is_room() -> None:
    given = {"users": [{"name": name} for name in "abcdef"]}
    names = [user["name"] for user in kept({"users": [{"name": "z"}]}, given)["users"]]
    assert names == ["a", "b", "c", "d"]


def test_fields_that_the_shape_does_not_name_are_left_out() -> None:
    assert kept({"total": 1}, {"secret": 1, "users": [{"name": "Ada", "x": 1}]}) == {
        "total": 1,
        "users": [{"name": "Ada"}],
    }


def test_a_missing_field_is_put_in() -> None:
    assert kept({}, {"total": 3}) == {"total": 3}


def test_a_given_value_that_breaks_the_shape_is_an_error_that_names_it() -> None:
    with pytest.raises(InputConflictError) as caught:
        kept({"users": [{"name": "Bob", "age": 1}]}, {"users": [{"age": "old"}]})
    assert caught.value.pointer == "/users/0/age"


def test_or_it_is_coerced_and_where_it_cannot_be_left_out() -> None:
    value = {"users": [{"name": "Bob", "age": 1}], "total": 5}
    result = keep_input(
        value, {"users": [{"age": "36"}], "total": "many"}, USERS, on_conflict="coerce"
    )
    assert result.value == {"users": [{"name": "Bob", "age": 36}], "total": 5}


@pytest.mark.parametrize("given", [MISSING, None, "text", 5, {}, []])
def test_input_that_names_nothing_changes_nothing(given: Json) -> None:
    value = {"total": 1}
    assert keep_input(value, given, USERS, on_conflict="error").value is value


def test_each_kept_value_is_on_record() -> None:
    result = keep_input({"total": 2}, {"total": 1}, USERS, on_conflict="error")
    assert [(r.pointer, r.kind, r.before, r.after) for r in result.repairs] == [
        ("/total", "kept-input", 2, 1)
    ]


FIXED: JsonObject = {"const": {"orderNumber": "ORD-1", "total": 5, "lines": [{"id": 1}]}}


def test_nothing_is_laid_into_a_value_that_the_schema_fixes() -> None:
    value = FIXED["const"]
    assert kept(value, {"orderNumber": "mine", "lines": [{"id": 2}]}, FIXED) == value
    assert kept(value, {"orderNumber": "mine"}, {"enum": [value, {}]}) == value
    assert kept(value, {"total": 6}, {"anyOf": [FIXED, {"type": "null"}]}) == value


def test_a_fixed_member_that_is_given_otherwise_is_a_conflict() -> None:
    schema: JsonObject = {"properties": {"order": FIXED, "tags": {"const": ["a"]}}}
    value: Json = {"order": FIXED["const"], "tags": ["a"]}
    assert kept(value, {"tags": ["a"]}, schema) == value
    for given in ({"order": {"total": 6}}, {"tags": ["b"]}):
        with pytest.raises(InputConflictError):
            kept(value, given, schema)
        assert keep_input(value, given, schema, on_conflict="coerce").value == value
