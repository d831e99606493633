"""Answers that are no JSON at all: YAML, and the parameter elements of some tool-call formats.

Tried only where a text holds nothing in brackets that could be read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from mockwright.extraction import passages
from mockwright.types import MISSING, Json, JsonObject, Missing

_MAX_TEXT: Final = 32_768
_MAX_DEPTH: Final = 32
_PARAMETER = re.compile(
    r"<parameter(?:=|\s+name=)\"?([\w.$-]{1,80})\"?\s*>\n?((?:(?!</?parameter)[^\0])*?)\n?</parameter>"
)
_TOP_KEY = re.compile(r"[\"']?[\w$.@-]{1,60}[\"']?\s?:(?:\s.*)?")
_TOP_ITEM = re.compile(r"- +[\"']?[\w$.@-]{1,60}[\"']?\s?:(?:\s.*)?")
_SUSPECT = re.compile(r"(?:^|[\s:,\[-])[&*!]\S|<<\s*:|\t")
"""Anchors, aliases and tags: what a model has no need of, and a bomb has."""


def parameters(text: str) -> JsonObject | Missing:
    """``<parameter=city>Oslo</parameter>`` and its kin, as one object of what they hold."""
    found = {match[1]: match[2] for match in _PARAMETER.finditer(text[:_MAX_TEXT])}
    return found or MISSING


def yaml_value(text: str) -> Json | Missing:
    """A YAML mapping or list that is the whole of ``text`` or of a fenced block in it."""
    for block in (*passages.fenced(text), text):
        lines = [line for line in block.splitlines() if line.strip() and line.strip() != "---"]
        if len(block) <= _MAX_TEXT and _is_yaml(lines) and not _SUSPECT.search(block):
            value = _parsed("\n".join(lines))
            if isinstance(value, (dict, list)) and value:
                return value
    return MISSING


def _is_yaml(lines: list[str]) -> bool:
    """Whether every line of the outermost level is a key of one word, or the start of an item."""
    outer = [line for line in lines if line[0] not in " #"]
    items = [line for line in outer if _TOP_ITEM.fullmatch(line)]
    keys = [line for line in outer if _TOP_KEY.fullmatch(line) or line.startswith("- ")]
    return len(lines) > 1 and (items == outer or (keys == outer and not items))


def _parsed(text: str) -> Json | Missing:
    # Imported here: few answers need it.
    import yaml

    try:
        events = yaml.parse(text, Loader=yaml.SafeLoader)
        if _depth(events) > _MAX_DEPTH:
            return MISSING
        return _plain(yaml.safe_load(text))
    except (yaml.YAMLError, ValueError, RecursionError, TypeError):
        return MISSING


def _depth(events: Iterator[Any]) -> int:
    deepest = depth = 0
    for event in events:
        name = type(event).__name__
        depth += name in ("MappingStartEvent", "SequenceStartEvent")
        depth -= name in ("MappingEndEvent", "SequenceEndEvent")
        deepest = max(deepest, depth)
        if deepest > _MAX_DEPTH:
            break
    return deepest


def _plain(value: Json) -> Json:
    """``value`` as JSON: what YAML takes for a date is text, a key is always text."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
