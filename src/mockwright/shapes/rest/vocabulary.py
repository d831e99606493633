"""What the common resources of an API look like: hand-made field sets, in ``vocabulary.txt``.

A row is ``noun, alias: field field:type ...``. Types: ``i`` integer, ``n`` number, ``b`` boolean,
``t`` timestamp, ``d`` date, ``e`` e-mail, ``u`` URL, ``s*`` a list of strings, ``a|b`` one of these
words, ``@row`` another row, ``@row*`` a list of it; a bare field is a string.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Final

from mockwright.types import JsonObject

_TIMES: Final = "createdAt:t updatedAt:t"
"""What ``$times`` stands for in the table."""
_TABLE: Final = Path(__file__).with_suffix(".txt")
_SCALARS: Final[dict[str, JsonObject]] = {
    "i": {"type": "integer"},
    "n": {"type": "number"},
    "b": {"type": "boolean"},
    "t": {"type": "string", "format": "date-time"},
    "d": {"type": "string", "format": "date"},
    "e": {"type": "string", "format": "email"},
    "u": {"type": "string", "format": "uri"},
    "": {"type": "string"},
}
SINGLETONS: Final = frozenset(
    [
        "health",
        "healthz",
        "status",
        "ready",
        "live",
        "ping",
        "heartbeat",
        "stat",
        "stats",
        "statistic",
        "analytics",
        "summary",
        "overview",
        "version",
        "info",
        "me",
        "self",
        "current",
        "setting",
        "preference",
        "config",
        "configuration",
        "login",
        "signin",
        "logout",
        "signout",
        "register",
        "signup",
        "token",
        "oauth",
        "profile",
        "cart",
        "basket",
        "weather",
        "dashboard",
    ]
)
"""Resources of which there is one, in the singular where they have one."""
_SIZES: Final = {
    "ingredients": (4, 5), "amenities": (3, 5), "permissions": (2, 4), "participants": (2, 2),
    "attendees": (2, 4), "specialties": (2, 4), "tags": (2, 3), "items": (1, 3),
}  # fmt: skip
"""The shortest and longest list of those whose usual length is known."""
_DEFAULT: Final = f"id:i name description status:active|inactive {_TIMES}"
"""The fields of a resource that the table does not know."""


@lru_cache(maxsize=1)
def _rows() -> dict[str, str]:
    rows: dict[str, str] = {}
    for line in _TABLE.read_text(encoding="utf-8").splitlines():
        names, _, fields = line.partition(": ")
        for name in names.split(","):
            rows.setdefault(name.strip(), fields.replace("$times", _TIMES))
    return rows


@lru_cache(maxsize=1)
def nouns() -> frozenset[str]:
    """Return the resources with a field set of their own, aliases included."""
    return frozenset(name for name in _rows() if not name.startswith("_"))


def resource_schema(noun: str) -> JsonObject:
    """Return the schema of that resource, all fields required.

    A noun that the table does not have gets a general one.
    """
    return _object_schema(_rows().get(noun, _DEFAULT))


def _object_schema(fields: str) -> JsonObject:
    properties = {}
    for field in fields.split():
        name, _, kind = field.partition(":")
        properties[name] = _field_schema(name, kind)
    return {"type": "object", "properties": properties, "required": list(properties)}


def _field_schema(name: str, kind: str) -> JsonObject:
    if kind.endswith("*"):
        item = _SCALARS[""] if kind == "s*" else _field_schema(name, kind[:-1])
        low, high = _SIZES.get(name, (1, 3))
        return {"type": "array", "items": dict(item), "minItems": low, "maxItems": high}
    if kind.startswith("@"):
        return _object_schema(_rows()[kind[1:]])
    if kind not in _SCALARS:
        return {"type": "string", "enum": kind.split("|")}
    bounds = {"minimum": 1, "maximum": 5} if name == "rating" else {}
    return {**_SCALARS[kind], **bounds}
