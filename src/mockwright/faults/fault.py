"""What happens to one request on the wire."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from mockwright.jsontext import dump
from mockwright.types import MISSING, ErrorSimulation, Json, Missing

Header: TypeAlias = tuple[bytes, bytes]
"""Name in lower case, and value."""

_JSON: Final = b"application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What happens to one request; several things can."""

    status: int | None = None
    """The status in place of the usual one.

    From 400 on an error is answered, below it the usual answer.
    """
    message: str | None = None
    details: Json = None
    body: Json | Missing = MISSING
    """What is answered in place of the usual answer."""
    headers: tuple[Header, ...] = ()
    """Header fields in place of those of the same name; names in lower case."""
    retry_after: float | None = None
    """Seconds that ``Retry-After`` asks for."""
    delay: float = 0.0
    """Seconds from the request on, before which nothing is sent."""
    reset: bool = False
    """Whether to end the connection with a TCP RST."""
    close: bool = False
    """Whether to end the sending half of the connection with a FIN."""
    truncate: float | None = None
    """The share of the body that is sent, from 0 to below 1, before the connection ends."""
    malformed: bool = False
    """Whether to make the body invalid JSON."""
    slow: float | None = None
    """Bytes of the body sent in a second."""
    name: str = ""
    """What to call it; empty where nothing happens but header fields that tell about a limit."""

    @property
    def error(self) -> ErrorSimulation | None:
        """The error to answer with, in the words of the surface; None where there is none."""
        if self.status is None or self.status < 400 or self.body is not MISSING:
            return None
        return ErrorSimulation(self.status, self.message, self.details)

    @property
    def content(self) -> tuple[bytes, bytes] | None:
        """Media type and bytes of its own body; None where it has none.

        A text goes out as it is under a media type that is not JSON: the HTML of a proxy.
        """
        if self.body is MISSING:
            return None
        media = dict(self.headers).get(b"content-type", _JSON)
        if isinstance(self.body, str) and b"json" not in media.lower():
            return media, self.body.encode("utf-8", "replace")
        return media, dump(self.body)

    @property
    def silent(self) -> bool:
        """Whether the connection ends before any of an answer is sent, so that none is needed."""
        return self.breaks and self.truncate is None

    @property
    def breaks(self) -> bool:
        """Whether the connection ends before the answer does."""
        return self.reset or self.close or self.truncate is not None

    @property
    def fields(self) -> tuple[Header, ...]:
        """The header fields of the answer; ``Retry-After`` in whole seconds (RFC 9110, 10.2.3)."""
        fields = self.headers
        if self.retry_after is not None:
            fields += ((b"retry-after", str(math.ceil(self.retry_after)).encode()),)
        if self.name:
            fields += ((b"x-mock-fault", self.name.encode()),)
        return fields

    def later(self, seconds: float, most: float) -> Fault:
        """Return the fault, delayed by so many more seconds, but not beyond ``most``."""
        return replace(self, delay=min(self.delay + seconds, most))

    def named(self) -> Fault:
        """Return the fault under a name that tells what it does: ``status 429, delay 0.2s``."""
        effects = {
            f"status {self.status}": self.status is not None,
            "body": self.status is None and self.body is not MISSING,
            f"delay {round(self.delay, 3):g}s": self.delay > 0,
            f"truncate {self.truncate}": self.truncate is not None,
            "malformed": self.malformed,
            f"slow {self.slow or 0:.10g}B/s": self.slow is not None,
            "reset": self.reset,
            "close": self.close,
        }
        names = [name for name, present in effects.items() if present]
        if not names and self.headers:
            names = ["headers"]
        return replace(self, name=", ".join(names))

    def with_fields(self, fields: tuple[Header, ...]) -> Fault:
        """Return the fault with more header fields."""
        return replace(self, headers=self.headers + fields)
