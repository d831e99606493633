"""Cross-origin requests (Fetch standard, section 3.3), with the constant header fields made
once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from mockwright.web.controls.controls import Header

METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
"""The methods that a page may use; also the answer to a plain OPTIONS."""
EXPOSED: Final = (
    "X-LLM-Backend, X-Mock-Cache, X-Mock-Seed, X-Mock-Quality, X-Mock-Filled, X-Mock-Cost-Usd, "
    "X-Mock-Ignored, X-Mock-Flow, X-Mock-Confidence, X-Mock-Computed, X-Mock-Unverified, "
    "X-Mock-Recording, X-Mock-Autoshape, X-Mock-Agreed, X-Mock-Delay, X-Mock-Fault, X-Request-Id, "
    "X-Total-Count, Link, Location, Server-Timing, Retry-After, RateLimit, RateLimit-Policy, "
    "RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, X-RateLimit-Limit, "
    "X-RateLimit-Remaining, X-RateLimit-Reset"
)
"""The header fields that a script may read; without this a browser hides all but a few."""
_MAX_AGE: Final = b"600"
"""Seconds that a browser may remember a preflight; Chromium's own bound is two hours."""


class Cors:
    """The CORS policy; ``*`` among the origins lets every page call."""

    def __init__(self, origins: Sequence[str]) -> None:
        self._open = "*" in origins
        self._origins = frozenset(origin.encode("latin-1", "replace") for origin in origins)
        self._expose = (b"access-control-expose-headers", EXPOSED.encode())
        self._anyone = ((b"access-control-allow-origin", b"*"), self._expose)

    def headers(self, origin: bytes | None) -> tuple[Header, ...]:
        """Return the header fields for an answer to a request with that ``Origin``."""
        if self._open:
            return self._anyone
        # `Vary`, so that no shared cache gives one origin the answer to another.
        if origin is None or origin not in self._origins:
            return ((b"vary", b"origin"),)
        return ((b"access-control-allow-origin", origin), (b"vary", b"origin"), self._expose)

    def preflight(self, origin: bytes | None, asked_headers: bytes) -> tuple[Header, ...]:
        """Return the header fields for a preflight; any header field may be sent.

        ``asked_headers`` is ``Access-Control-Request-Headers``, and is allowed as it stands.
        """
        allowed = self.headers(origin)
        # Nothing but `Vary`: this origin may not call.
        if len(allowed) == 1:
            return allowed
        return (
            *allowed,
            (b"access-control-allow-methods", ", ".join(METHODS).encode()),
            (b"access-control-allow-headers", asked_headers or b"*"),
            (b"access-control-max-age", _MAX_AGE),
        )
