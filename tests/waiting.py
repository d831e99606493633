"""Waiting for what no event tells of, for as long as a busy machine may take."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from mockwright.memory.cache.variants import Variants

PATIENCE: Final = 60.0
"""Seconds after which what was waited for will not come; no test measures anything with it."""
_PAUSE: Final = 0.005


async def until(holds: Callable[[], object], seconds: float = PATIENCE) -> None:
    """Return once ``holds`` is true. Raises AssertionError where it is not within ``seconds``."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, f"not so within {seconds} s"
        await asyncio.sleep(_PAUSE)


def wait_until(holds: Callable[[], object], seconds: float = PATIENCE) -> None:
    """The same for a test that has no event loop."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, f"not so within {seconds} s"
        time.sleep(_PAUSE)


async def primed(variants: Variants) -> None:
    """Return once the variants are made that are made behind a first answer."""
    await until(lambda: not any(entry["priming"] for entry in variants.list()))
