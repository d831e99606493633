"""JSON as bytes: the one way in which this project writes it."""

from __future__ import annotations

import json

import orjson

from mockwright.types import Json


def dump(value: Json) -> bytes:
    """Return ``value`` as compact UTF-8 JSON, its keys in the order they have."""
    try:
        return orjson.dumps(value)
    except TypeError:
        # orjson refuses integers beyond 64 bits and lone surrogates, both of which JSON allows.
        # Escaped to ASCII, since a lone surrogate has no form in UTF-8.
        text = json.dumps(value, separators=(",", ":"), allow_nan=False)
        return text.encode("ascii")


def canonical(value: Json) -> bytes:
    """Return the same bytes for equal values: as :func:`dump`, but with sorted keys."""
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except TypeError:
        text = json.dumps(value, separators=(",", ":"), sort_keys=True, allow_nan=False)
        return text.encode("ascii")
