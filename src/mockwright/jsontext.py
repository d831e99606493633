"""JSON text: the one way to write it."""

from __future__ import annotations

import json

import orjson

from mockwright.types import Json


def dump(value: Json) -> bytes:
    """Compact UTF-8 JSON."""
    try:
        return orjson.dumps(value)
    except TypeError:
        # orjson refuses integers beyond 64 bits and lone surrogates, both of which JSON allows.
        text = json.dumps(value, separators=(",", ":"), allow_nan=False)
        return text.encode("ascii")


def canonical(value: Json) -> bytes:
    """The same bytes for equal values: keys sorted."""
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except TypeError:
        text = json.dumps(value, separators=(",", ":"), sort_keys=True, allow_nan=False)
        return text.encode("ascii")
