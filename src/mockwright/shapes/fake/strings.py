"""Texts under every constraint at once: lengths, patterns, formats, exclusions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

import jsonschema_rs

from mockwright.shapes.fake.formats import formatted
from mockwright.shapes.fake.node import Contradiction, Node
from mockwright.shapes.fake.patterns import matching, overlaid
from mockwright.shapes.fake.plain import phrase, word
from mockwright.shapes.fake.rng import Rng
from mockwright.shapes.regex import RegexError, search
from mockwright.shapes.validate import REGEX_OPTIONS

MAX_LENGTH: Final = 1_000_000
ROUNDS: Final = 40


def make_string(node: Node, rng: Rng, *, key: bool = False) -> str:
    """A text that fits the node. Raises Contradiction where none was found."""
    fits = text_check(node)
    for candidate in _candidates(node, rng, key=key):
        if fits(candidate):
            return candidate
    raise Contradiction(*_reasons(node), bound=True)


def text_check(node: Node) -> Callable[[str], bool]:
    """Whether a text fits; compiled once for each node."""
    known: Callable[[str], bool] | None = node.memo.get("text_check")
    if known is None:
        known = node.memo["text_check"] = _build_check(node)
    return known


def _build_check(node: Node) -> Callable[[str], bool]:
    words, low, high = node.words, *_lengths(node)
    checks = [_pattern_check(pattern) for pattern in node.patterns]
    checks += [_compiled({"format": name}) for name in node.formats]
    refused = [_pattern_check(pattern) for pattern in node.not_patterns]
    for keyword in ("contentEncoding", "contentMediaType"):
        if keyword in words:
            checks.append(_compiled({keyword: words[keyword], "$schema": _DRAFT7}))
    excluded = [v for v in node.excluded if isinstance(v, str)]

    def fits(text: str) -> bool:
        return (
            low <= len(text)
            and (high is None or len(text) <= high)
            and text not in excluded
            and all(check(text) for check in checks)
            and not any(check(text) for check in refused)
        )

    return fits


_DRAFT7: Final = "http://json-schema.org/draft-07/schema#"


def _compiled(schema: dict[str, Any]) -> Callable[[str], bool]:
    is_valid: Callable[[str], bool] = jsonschema_rs.validator_for(
        schema, validate_formats=True, offline=True, pattern_options=REGEX_OPTIONS
    ).is_valid
    return is_valid


def _pattern_check(pattern: str) -> Callable[[str], bool]:
    try:
        return _compiled({"pattern": pattern})
    except (jsonschema_rs.ValidationError, ValueError):
        return lambda text: search(pattern, text)


def _lengths(node: Node) -> tuple[int, int | None]:
    low, high = node.words.get("minLength", 0), node.words.get("maxLength")
    return int(low), None if high is None else int(high)


def _candidates(node: Node, rng: Rng, *, key: bool) -> Iterator[str]:
    low, high = _lengths(node)
    if low > MAX_LENGTH:
        raise Contradiction((node.origin.get("minLength", ""), "too long to be made"), bound=True)
    for _ in range(6 if node.formats else 0):
        for name in node.formats:
            text = formatted(name, rng, low, high)
            if text is not None:
                yield text
    if node.patterns:
        yield from _patterned(node, rng, low, high)
    if node.words.get("contentMediaType") == "application/json":
        yield from ('{"note": "amber"}', "eyJub3RlIjoiYW1iZXIifQ==")
    if "contentEncoding" in node.words:
        yield from ("YW1iZXIgcml2ZXI=", "aGk=", "")
    for _ in range(ROUNDS):
        yield word(rng, low, high) if key else phrase(rng, low, high)
    yield from ("", "a", "A", "1", "Aa1!Aa1!", "-", " ")


def _patterned(node: Node, rng: Rng, low: int, high: int | None) -> Iterator[str]:
    for turn in range(ROUNDS):
        for pattern in node.patterns:
            try:
                text = matching(pattern, rng, low, high, wander=turn > ROUNDS // 2)
                if text is not None:
                    yield text
                laid = overlaid(pattern, rng, low, high) if turn < 4 else None
            except RegexError:
                continue
            if laid is not None:
                yield laid


def _reasons(node: Node) -> list[tuple[str, str]]:
    asked = [f"pattern {p[:60]!r}" for p in node.patterns]
    asked += [f"format {name}" for name in node.formats]
    asked += [f"{k} {node.words[k]}" for k in ("minLength", "maxLength") if k in node.words]
    asked += ["not one of the excluded values"] if node.excluded else []
    place = node.parts[0].pointer if node.parts else ""
    return [(place, "no text was found for " + " with ".join(asked or ["this string"]))]
