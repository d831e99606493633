"""Answers that are no JSON at all: YAML, and the parameter elements of some tool-call formats.

They are tried only where a text holds nothing in brackets that could be read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from mockwright.extraction import passages
from mockwright.types import MISSING, Json, JsonObject, Missing

_MAX_TEXT: Final = 32_768
"""Characters of a text that is tried; the YAML parser is slow."""
_MAX_DEPTH: Final = 32
"""Levels of nesting, counted before the value is built."""
# `<parameter=city>Oslo</parameter>`, `<parameter name="city">Oslo</parameter>`, the value also on
# lines of its own; of one within another, the inner.
_PARAMETER = re.compile(
    r"<parameter(?:=|\s+name=)\"?([\w.$-]{1,80})\"?\s*>\n?((?:(?!</?parameter)[^\0])*?)\n?</parameter>"
)
# `city: Oslo`, `"city":`; not `Here is the city: Oslo`, which is prose.
_TOP_KEY = re.compile(r"[\"']?[\w$.@-]{1,60}[\"']?\s?:(?:\s.*)?")
# `- city: Oslo`; not `- Oslo`, which is as likely a list in prose.
_TOP_ITEM = re.compile(r"- +[\"']?[\w$.@-]{1,60}[\"']?\s?:(?:\s.*)?")
_SUSPECT = re.compile(r"(?:^|[\s:,\[-])[&*!]\S|<<\s*:|\t")
"""Anchors, aliases and tags: a model has no need of them, and a bomb has.

``&a [x]``, ``*a``, ``!!python/name:x``, ``<<: *a``; tabs, which YAML refuses.
"""


def parameters(text: str) -> JsonObject | Missing:
    """Return ``<parameter=city>Oslo</parameter>`` and its kin as one object, or MISSING.

    The values are text.
    """
    found = {match[1]: match[2] for match in _PARAMETER.finditer(text[:_MAX_TEXT])}
    return found or MISSING


def yaml_value(text: str) -> Json | Missing:
    """Return a YAML mapping or list that is all of ``text`` or of a block in it, or MISSING."""
    for block in (*passages.fenced(text), text):
        lines = [line for line in block.splitlines() if line.strip() and line.strip() != "---"]
        if len(block) <= _MAX_TEXT and _is_yaml(lines) and not _SUSPECT.search(block):
            value = _parse_yaml("\n".join(lines))
            if isinstance(value, (dict, list)) and value:
                return value
    return MISSING


def _is_yaml(lines: list[str]) -> bool:
    """Whether every line of the outermost level is a key of one word, or the start of an item."""
    outer = [line for line in lines if line[0] not in " #"]
    items = [line for line in outer if _TOP_ITEM.fullmatch(line)]
    keys = [line for line in outer if _TOP_KEY.fullmatch(line) or line.startswith("- ")]
    return len(lines) > 1 and (items == outer or (keys == outer and not items))


def _parse_yaml(text: str) -> Json | Missing:
    # Imported here: few answers need it.
    import yaml

    try:
        events = yaml.parse(text, Loader=yaml.SafeLoader)
        if _depth_of(events) > _MAX_DEPTH:
            return MISSING
        return _as_json(yaml.safe_load(text))
    except (yaml.YAMLError, ValueError, RecursionError, TypeError):
        return MISSING


def _depth_of(events: Iterator[Any]) -> int:
    deepest = depth = 0
    for event in events:
        name = type(event).__name__
        depth += name in ("MappingStartEvent", "SequenceStartEvent")
        depth -= name in ("MappingEndEvent", "SequenceEndEvent")
        deepest = max(deepest, depth)
        if deepest > _MAX_DEPTH:
            break
    return deepest


def _as_json(value: Json) -> Json:
    """Return ``value`` as JSON: what YAML takes for a date becomes text, and so does every key."""
    if isinstance(value, dict):
        return {str(key): _as_json(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_as_json(item) for item in value]
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
