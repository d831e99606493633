"""Request ids: the caller's own if it is safe in logs and headers, else a new one."""

from __future__ import annotations

import random
import re
from typing import Final

# `01JX:retry-2`; no spaces, quotes or line ends, which could forge a line of the log.
_SANE: Final = re.compile(rb"[A-Za-z0-9._:-]{1,128}")

# Seeded by the system once: an id is no secret, and one system call each would slow down cache hits
# measurably.
_random: Final = random.Random()


def request_id(asked: bytes | None) -> str:
    """Return ``X-Request-Id`` as sent, if it has at most 128 safe characters; else a new id."""
    if asked is not None and _SANE.fullmatch(asked):
        return asked.decode("ascii")
    return f"{_random.getrandbits(96):024x}"
