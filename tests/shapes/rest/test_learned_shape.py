from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from mockwright.schema.validate import compile_schema
from mockwright.shapes.rest.learned_shape import structure_of, with_structure

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=10),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(JSON)
def test_a_value_has_its_own_structure(value: Any) -> None:
    assert compile_schema(structure_of(value)).violations(value) == ()


@given(JSON)
def test_a_structure_holds_for_a_list_of_what_it_is_of(value: Any) -> None:
    assert compile_schema(structure_of([value, value])).violations([value, value, value]) == ()


def test_formats_are_kept_and_values_are_not() -> None:
    kept = structure_of({"at": "2025-06-15T10:00:00Z", "on": "2025-06-15", "mail": "a@b.co"})
    assert kept["properties"] == {
        "at": {"type": "string", "format": "date-time"},
        "on": {"type": "string", "format": "date"},
        "mail": {"type": "string", "format": "email"},
    }


def test_what_only_some_items_have_is_optional() -> None:
    kept = structure_of([{"id": 1, "price": 2}, {"id": 2, "price": 2.5, "note": "x"}])
    assert kept["items"]["required"] == ["id", "price"]
    assert kept["items"]["properties"]["price"] == {"type": "number"}


def inferred() -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {
            "id": {"const": 7},
            "email": {"type": "string", "format": "email"},
            "gone": {"type": "string"},
        },
        "required": ["id", "email", "gone"],
    }


def test_the_fields_are_those_of_the_first_answer() -> None:
    kept = structure_of({"id": 1, "email": "a@b.co", "nickname": "ann"})
    assert with_structure(inferred(), kept) == {
        "type": "object",
        "properties": {
            "id": {"const": 7},
            "email": {"type": "string", "format": "email"},
            "nickname": {"type": "string"},
        },
        "required": ["id", "email", "nickname"],
    }


def test_what_the_request_fixes_stays() -> None:
    kept = structure_of({"email": "a@b.co"})
    assert list(with_structure(inferred(), kept)["properties"]) == ["id", "email"]


def test_the_items_of_a_list_have_the_structure() -> None:
    many = {"type": "array", "minItems": 5, "items": inferred()}
    kept = structure_of([{"id": 1, "email": "a@b.co"}])
    changed = with_structure(many, kept)
    assert changed["minItems"] == 5
    assert list(changed["items"]["properties"]) == ["id", "email"]


def test_another_type_changes_nothing() -> None:
    assert with_structure(inferred(), structure_of([1])) == inferred()
    assert with_structure(inferred(), structure_of("x")) == inferred()
