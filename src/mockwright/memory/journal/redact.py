"""Secrets taken out of text on its way to a reader: the known ones, and what looks like one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from mockwright.secrecy import MASK, hide

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
"""The only request headers ever shown: any other can hold a credential, whatever its name."""


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
        return hide(self.known(text))

    def headers(self, headers: Sequence[tuple[bytes, bytes]]) -> dict[str, str]:
        """Those of the allow-list, as text."""
        decoded = ((n.decode("latin-1").lower(), v.decode("latin-1")) for n, v in headers)
        return {name: self.text(value) for name, value in decoded if name in SHOWN_HEADERS}
