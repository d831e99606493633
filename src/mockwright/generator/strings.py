"""Making texts under every constraint at once: lengths, patterns, formats, exclusions.

Candidates come from several sources, the readable ones first; the first that passes all checks is
taken.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

import jsonschema_rs

from mockwright.generator.constraints import Constraints, Contradiction
from mockwright.generator.fallback_words import phrase, word
from mockwright.generator.formats import SPELLED, formatted
from mockwright.generator.regex_text import matching, overlaid
from mockwright.rng import Rng
from mockwright.schema.regex import Language, RegexError, language, search
from mockwright.schema.validate import REGEX_OPTIONS

MAX_LENGTH: Final = 1_000_000
"""Characters of a text; a schema that asks for more is refused."""
ROUNDS: Final = 40
"""Candidates that each source is asked for."""
_MAX_WALK: Final = 1500
"""Characters of a text that is made state by state."""
_SPREAD: Final = 6
"""How much longer than the shortest such a text may be."""


def make_string(node: Constraints, rng: Rng, *, key: bool = False) -> str:
    """Return a text that fits the node. Raises Contradiction where none was found.

    ``key`` asks for a name of a property, one word.
    """
    fits = text_check(node)
    for candidate in _candidates(node, rng, key=key):
        if fits(candidate):
            return candidate
    raise Contradiction(*_reasons(node), bound=not _is_hopeless(node))


def text_check(node: Constraints) -> Callable[[str], bool]:
    """Return the function that says whether a text fits; compiled once for each node."""
    known: Callable[[str], bool] | None = node.memo.get("text_check")
    if known is None:
        known = node.memo["text_check"] = _build_check(node)
    return known


def _build_check(node: Constraints) -> Callable[[str], bool]:
    words, low, high = node.words, *_lengths(node)
    checks = [_pattern_check(pattern) for pattern in node.patterns]
    checks += [_compile_check({"format": name}) for name in node.formats]
    refused = [_pattern_check(pattern) for pattern in node.not_patterns]
    content: dict[str, Any] = {
        k: words[k] for k in ("contentEncoding", "contentMediaType") if k in words
    }
    if content:
        # Draft-07 is the last one whose validators assert the content of a text.
        checks.append(_compile_check({**content, "$schema": _DRAFT7}))
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


def _compile_check(schema: dict[str, Any]) -> Callable[[str], bool]:
    is_valid: Callable[[str], bool] = jsonschema_rs.validator_for(
        schema, validate_formats=True, offline=True, pattern_options=REGEX_OPTIONS
    ).is_valid
    return is_valid


def _pattern_check(pattern: str) -> Callable[[str], bool]:
    try:
        return _compile_check({"pattern": pattern})
    except (jsonschema_rs.ValidationError, ValueError):
        return lambda text: search(pattern, text)


def _lengths(node: Constraints) -> tuple[int, int | None]:
    low, high = node.words.get("minLength", 0), node.words.get("maxLength")
    return int(low), None if high is None else int(high)


def _candidates(node: Constraints, rng: Rng, *, key: bool) -> Iterator[str]:
    low, high = _lengths(node)
    if low > MAX_LENGTH:
        raise Contradiction((node.origin.get("minLength", ""), "too long to be made"), bound=True)
    # Readable texts of the formats first; they need not match the patterns as well.
    for _ in range(6 if node.formats else 0):
        for name in node.formats:
            text = formatted(name, rng, low, high)
            if text is not None:
                yield text
    yield from _pattern_candidates(node, rng, low, high)
    if node.words.get("contentMediaType") == "application/json":
        yield from ('{"note": "amber"}', "eyJub3RlIjoiYW1iZXIifQ==")
    if "contentEncoding" in node.words:
        yield from ("YW1iZXIgcml2ZXI=", "aGk=", "")
    for _ in range(0 if node.patterns else ROUNDS):
        yield word(rng, low, high) if key else phrase(rng, low, high)
    # For constraints that leave hardly anything.
    yield from ("", "a", "A", "1", "Aa1!Aa1!", "-", " ")


def _pattern_candidates(node: Constraints, rng: Rng, low: int, high: int | None) -> Iterator[str]:
    """Yield texts by the expressions: words first, then state by state, then whatever else."""
    if not (node.patterns or node.not_patterns):
        return
    yield from _word_candidates(node, rng, low, high, range(4))
    yield from _language_candidates(node, rng, low, high)
    yield from _word_candidates(node, rng, low, high, range(4, ROUNDS))


def _word_candidates(
    node: Constraints, rng: Rng, low: int, high: int | None, turns: range
) -> Iterator[str]:
    for turn in turns:
        for pattern in node.patterns:
            try:
                text = matching(pattern, rng, low, high, wander=turn > ROUNDS // 2)
                if text is not None:
                    yield text
                # It differs little from draw to draw.
                laid = overlaid(pattern, rng, low, high) if turn < 4 else None
            except RegexError:
                continue
            if laid is not None:
                yield laid


def _language_candidates(node: Constraints, rng: Rng, low: int, high: int | None) -> Iterator[str]:
    """Yield texts of the language of all that is asked."""
    known = _language_of(node)
    if known is None or low > _MAX_WALK:
        return
    most = min(_MAX_WALK, low + 120 if high is None else high)
    lengths = known.lengths(low, most, _SPREAD)
    # The language may be inexact, or other checks may refuse what it takes.
    for _ in range(ROUNDS if lengths else 0):
        text = known.text(rng.choice(lengths), rng.below)
        if text is not None:
            yield text


def walked(node: Constraints, rng: Rng) -> Iterator[str]:
    """Yield texts that fit, drawn from all that the expressions take, readable or not."""
    fits = text_check(node)
    return (text for text in _language_candidates(node, rng, *_lengths(node)) if fits(text))


def _language_of(node: Constraints) -> Language | None:
    """Return what all of the node's expressions and formats take together."""
    spelled = [SPELLED[name] for name in node.formats if name in SPELLED]
    try:
        return language((*node.patterns, *spelled), tuple(node.not_patterns))
    except RegexError:
        return None


def _is_hopeless(node: Constraints) -> bool:
    """Whether it is certain that the expressions and lengths leave no text."""
    if node.formats or not node.patterns:
        return False
    known, (low, high) = _language_of(node), _lengths(node)
    # Lookarounds and word edges were passed over: an empty language proves nothing then.
    if known is None or not known.exact:
        return False
    if not known.ends:
        return True
    return high is not None and high <= _MAX_WALK and not known.lengths(low, high, 0)


def _reasons(node: Constraints) -> list[tuple[str, str]]:
    """Return each of the constraints that left no text, with the place where it is asked."""
    place = node.parts[0].pointer if node.parts else ""
    found = [(node.origin.get(f"pattern {p}", place), f"pattern {p[:60]!r}") for p in node.patterns]
    found += [(place, f"not pattern {p[:60]!r}") for p in node.not_patterns]
    found += [(node.origin.get(f"format {f}", place), f"format {f}") for f in node.formats]
    found += [(node.origin.get(k, place), f"{k} {node.words[k]}")
              for k in ("minLength", "maxLength") if k in node.words]  # fmt: skip
    found += [(place, "not one of the excluded values")] if node.excluded else []
    if len(found) < 2:
        return [(place, "no text was found for " + "".join(m for _, m in found) or "this string")]
    return [(pointer, f"no text was found with {message}") for pointer, message in found]
