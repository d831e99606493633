"""Secrets taken out of text on its way to a reader.

The text may be JSON, JSON inside a prompt, a form, a query or prose, and may be cut anywhere; so
it is searched, not parsed. Too much is hidden rather than too little.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

MASK: Final = "[redacted]"
SHOWN_HEADERS: Final = frozenset(
    {
        "accept",
        "accept-encoding",
        "accept-language",
        "content-encoding",
        "content-length",
        "content-type",
        "host",
        "idempotency-key",
        "origin",
        "user-agent",
        "traceparent",
        "x-cache-count",
        "x-error-code",
        "x-error-message",
        "x-llm-backend",
        "x-mock-budget",
        "x-mock-context",
        "x-mock-delay",
        "x-mock-flow",
        "x-mock-mode",
        "x-mock-prompt",
        "x-mock-seed",
        "x-mock-state",
        "x-mock-status",
        "x-request-id",
        "x-response-shape",
        "x-test-id",
    }
)
"""The only request headers ever shown; everything else can hold a credential."""

_NAME: Final = (
    r"[\w.$-]{0,40}(?:passw(?:or)?d|passphrase|secret|token|api[ _-]?key|authorization|credential"
    r"|private[_-]?key)[\w.$-]{0,40}"
)
# A string may hold escaped quotes, be JSON inside a string (its own quotes escaped), or be cut.
_STRING: Final = (
    r'(?:"(?:[^"\\]|\\.)*(?:"|\\?\Z)'
    r"|'(?:[^'\\]|\\.)*(?:'|\\?\Z)"
    r"""|(?P<q>\\{1,3}["'])(?:(?!(?<!\\)(?P=q)).)*(?:(?P=q)|\Z))"""
)
_SECRET_FIELD: Final = re.compile(
    rf"(?P<name>(?<![\w.$-]){_NAME})(?P<sep>\\{{0,3}}[\"']?\s{{0,20}}[:=]\s{{0,20}})"
    rf"(?P<value>{_STRING}|[\[{{]|[^\s,;&\"'\\}}\]]+)",
    re.IGNORECASE | re.DOTALL,
)
_COUNT: Final = re.compile(r"\w*tokens(?:_\w+)?")
"""``max_tokens``, ``prompt_tokens_details``: how many, where a number follows."""
_STEP: Final = re.compile(r'"(?:[^"\\]|\\.)*(?:"|\\?\Z)|[\[\]{}]', re.DOTALL)
_QUOTE: Final = re.compile(r"\\*[\"']")
_BEARER: Final = re.compile(r"\b(bearer|basic)(\s+|%20|\+)[\w.~+/=-]{6,}", re.IGNORECASE)
_KEY: Final = re.compile(r"\b(?:sk|pk|ghp|gho|xox[abp])[-_][\w-]{8,}")


class Redactor:
    """Hides what looks like a secret, and the known ``secrets`` wherever they stand."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        # Shorter ones would hide ordinary words.
        known = sorted({s for s in secrets if len(s) >= 6}, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, known))) if known else None

    def known(self, text: str) -> str:
        """``text`` with the known secrets hidden, and nothing else."""
        return text if self._known is None else self._known.sub(MASK, text)

    def text(self, text: str) -> str:
        """``text`` with each secret replaced by ``[redacted]``."""
        text = self.known(text)
        text = _BEARER.sub(rf"\1 {MASK}", text)
        text = _KEY.sub(MASK, text)
        return "".join(_masked(text))

    def headers(self, headers: Sequence[tuple[bytes, bytes]]) -> dict[str, str]:
        """Those of the allow-list, as text."""
        decoded = ((n.decode("latin-1").lower(), v.decode("latin-1")) for n, v in headers)
        return {name: self.text(value) for name, value in decoded if name in SHOWN_HEADERS}


def _masked(text: str) -> Iterator[str]:
    """The pieces of ``text``, the values of secret fields replaced."""
    done = 0
    while match := _SECRET_FIELD.search(text, done):
        yield text[done : match.start()]
        if _is_count(match):
            yield match[0]
            done = match.end()
            continue
        done = _end(text, match.start("value")) if match["value"] in ("[", "{") else match.end()
        yield _mask_field(match)
    yield text[done:]


def _is_count(match: re.Match[str]) -> bool:
    return match["value"].isdecimal() and _COUNT.fullmatch(match["name"]) is not None


def _end(text: str, start: int) -> int:
    """Behind the container that opens at ``start``; the end of a text that was cut within it."""
    depth = 0
    for step in _STEP.finditer(text, start):
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(step[0], 0)
        if depth == 0:
            return step.end()
    return len(text)


def _mask_field(match: re.Match[str]) -> str:
    quote = match["q"] or (match["value"][0] if match["value"][0] in "\"'" else "")
    # A JSON value stays one, so that the text can still be parsed where it could before.
    if not quote and (found := _QUOTE.search(match["sep"])):
        quote = found[0]
    return f"{match['name']}{match['sep']}{quote}{MASK}{quote}"
