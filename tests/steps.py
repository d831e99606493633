"""How much work is done, counted: what a clock tells of it depends on who else is at work."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any


def steps(work: Callable[[], object]) -> int:
    """The lines and calls of Python that ``work`` runs; the same on every machine."""
    count = 0

    def trace(frame: FrameType, event: str, arg: Any) -> Any:
        nonlocal count
        count += 1
        return trace

    before = sys.gettrace()
    gc.disable()  # collectors tell who listens, at times of their own
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(before)
        gc.enable()
    return count


def growth(work: Callable[[int], object], size: int) -> float:
    """By how much the work grows where ``size`` is doubled: linear work by 2, quadratic by 4."""
    work(size)  # what is made once is there by now
    return steps(lambda: work(2 * size)) / steps(lambda: work(size))
