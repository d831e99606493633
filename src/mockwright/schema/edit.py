"""Looking into JSON values and changing copies of them, by paths and JSON pointers."""

from __future__ import annotations

from mockwright.schema.keywords import split
from mockwright.schema.locate import Path
from mockwright.types import MISSING, Json, Missing


def equal(a: Json, b: Json) -> bool:
    """Whether two values are equal as JSON Schema has it: 1 is 1.0, and neither is true."""
    if isinstance(a, bool) or isinstance(b, bool):
        return a is b
    if isinstance(a, (int, float)) and isinstance(b, (int, float)):
        return a == b
    if type(a) is not type(b):
        return False
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(equal(a[key], b[key]) for key in a)
    if isinstance(a, list):
        return len(a) == len(b) and all(map(equal, a, b))
    return bool(a == b)


def same(a: Json, b: Json) -> bool:
    """Whether two values are the same JSON text.

    ``1``, ``1.0`` and ``true`` are not the same, nor are objects whose keys differ in order.
    """
    if type(a) is not type(b):
        return False
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list):
        return len(a) == len(b) and all(map(same, a, b))
    return bool(a == b)


def get(value: Json, path: Path) -> Json | Missing:
    """Return what stands at ``path``, or MISSING."""
    for key in path:
        there = (
            isinstance(key, int) and key < len(value)
            if isinstance(value, list)
            else isinstance(value, dict) and key in value
        )
        if not there:
            return MISSING
        value = value[key]
    return value


def put(value: Json, path: Path, item: Json | Missing) -> Json:
    """Return a copy of ``value`` with ``item`` at ``path``, or with that place removed for MISSING.

    Only the containers on the way are copied. In a list, the index one past the end appends.
    """
    if not path:
        return None if item is MISSING else item
    key, rest = path[0], path[1:]
    copy: Json = dict(value) if isinstance(value, dict) else list(value)
    if rest:
        copy[key] = put(copy[key], rest, item)
    elif item is MISSING:
        del copy[key]
    elif isinstance(copy, list) and key == len(copy):
        copy.append(item)
    else:
        copy[key] = item
    return copy


def path_of(value: Json, pointer: str) -> Path:
    """Return the path that a JSON pointer into ``value`` names, as far as it leads there."""
    path: list[str | int] = []
    for token in split_raw(pointer):
        if isinstance(value, list) and token.isdecimal() and int(token) < len(value):
            path.append(int(token))
            value = value[int(token)]
        elif isinstance(value, dict) and token in value:
            path.append(token)
            value = value[token]
        else:
            break
    return tuple(path)


def split_raw(pointer: str) -> tuple[str, ...]:
    """Return the tokens of a JSON pointer that is no URI fragment: ``%`` stands for itself."""
    return split(pointer.replace("%", "%25"))


def count_leaves(value: Json) -> int:
    """Return the number of scalars and empty containers in ``value``."""
    if isinstance(value, dict) and value:
        return sum(map(count_leaves, value.values()))
    if isinstance(value, list) and value:
        return sum(map(count_leaves, value))
    return 1
