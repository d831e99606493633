"""Request ids: the caller's, where it can be trusted in logs and headers; else one of our own."""

from __future__ import annotations

import random
import re
from typing import Final

_SANE: Final = re.compile(rb"[A-Za-z0-9._:-]{1,128}")

# Seeded by the system, once: an id is no secret, and a system call for each shows on a hit.
_random: Final = random.Random()


def request_id(asked: bytes | None) -> str:
    """``X-Request-Id`` as sent, where it is at most 128 harmless characters; else a fresh id."""
    if asked is not None and _SANE.fullmatch(asked):
        return asked.decode("ascii")
    return f"{_random.getrandbits(96):024x}"
