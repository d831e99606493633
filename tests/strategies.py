"""Small schemas, and values that may or may not fit them."""

from __future__ import annotations

from hypothesis import strategies as st

from mockwright.types import Json, JsonObject

_NAMES = ("id", "name", "firstName", "price", "tags", "active")
_LEAVES = st.sampled_from(
    [
        {"type": "string"},
        {"type": "string", "minLength": 2, "maxLength": 8},
        {"type": "string", "pattern": "^[A-Z]{3}$"},
        {"type": "string", "format": "date-time"},
        {"type": "integer", "minimum": 1, "maximum": 9},
        {"type": "number", "multipleOf": 0.5},
        {"type": "boolean"},
        {"type": ["string", "null"]},
        {"enum": ["red", "green", 3]},
        {"const": "fixed"},
        True,
    ]
)


def _object(inner: st.SearchStrategy[Json]) -> st.SearchStrategy[JsonObject]:
    return st.builds(
        lambda properties, count, closed: {
            "type": "object",
            "properties": properties,
            "required": sorted(properties)[:count],
            **({"additionalProperties": False} if closed else {}),
        },
        st.dictionaries(st.sampled_from(_NAMES), inner, max_size=4),
        st.integers(0, 4),
        st.booleans(),
    )


def _composed(inner: st.SearchStrategy[Json]) -> st.SearchStrategy[Json]:
    lists = st.builds(
        lambda items, least: {"type": "array", "items": items, "minItems": least, "maxItems": 3},
        inner,
        st.integers(0, 2),
    )
    choices = st.builds(lambda a, b: {"anyOf": [a, b]}, inner, inner)
    return _object(inner) | lists | choices


def schemas() -> st.SearchStrategy[JsonObject]:
    """Satisfiable schemas of a few levels."""
    return st.recursive(_LEAVES, _composed, max_leaves=6).map(
        lambda schema: schema if isinstance(schema, dict) else {}
    )


def garbage() -> st.SearchStrategy[Json]:
    """JSON of any form, with keys and texts that the schemas know, or nearly know."""
    leaves = (
        st.none()
        | st.booleans()
        | st.integers(-5, 99)
        | st.sampled_from([0.5, 2.25, "RED", "yes", "12", "abc", "fixd", "2024-01-02", "{}", "[1]"])
        | st.text(max_size=5)
    )
    keys = st.sampled_from([*_NAMES, "first_name", "pricee", "data", "extra"])
    return st.recursive(
        leaves,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=5),
        max_leaves=12,
    )
