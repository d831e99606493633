"""One JSON value changed by another: merge patches (RFC 7396) and what they leave out."""

from __future__ import annotations

from mockwright.types import Json, JsonObject


def merge_patch(value: Json, patch: Json) -> Json:
    """Return ``value`` changed by a JSON merge patch (RFC 7396).

    Null removes a member, objects are merged, anything else replaces what is there.
    """
    if not isinstance(patch, dict):
        return patch
    merged = dict(value) if isinstance(value, dict) else {}
    for name, part in patch.items():
        if part is None:
            merged.pop(name, None)
        else:
            merged[name] = merge_patch(merged.get(name), part)
    return merged


def without_nulls(patch: JsonObject) -> JsonObject:
    """Return what a merge patch sets, without what it removes."""
    return {
        name: without_nulls(part) if isinstance(part, dict) else part
        for name, part in patch.items()
        if part is not None
    }


def with_new(value: Json, other: Json) -> Json:
    """Return ``value`` with the members of ``other`` that it lacks; what it has stays as it is.

    Lists of one length are matched by position, others stay.
    """
    if isinstance(value, dict) and isinstance(other, dict):
        own = {name: with_new(part, other.get(name)) for name, part in value.items()}
        return own | {name: part for name, part in other.items() if name not in own}
    if isinstance(value, list) and isinstance(other, list) and len(value) == len(other):
        return [with_new(left, right) for left, right in zip(value, other, strict=True)]
    return value
