"""Path patterns: ``/users/*``, ``/users/{id}``, ``/users/**``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import groupby
from typing import Final

# `{id}`
_NAMED: Final = re.compile(r"\{\w+\}")
# The end of a segment.
_END: Final = r"(?=/|\Z)"


@lru_cache(maxsize=1024)
def compile_path(pattern: str) -> re.Pattern[str]:
    """Return the regular expression for a path pattern; a path matches as a whole or not at all.

    ``*`` stands for any part of one segment, ``{name}`` for one segment, ``**`` for any number of
    segments, none included: ``/users/**`` matches ``/users``, ``/users/1`` and ``/users/1/orders``.

    Patterns come with requests, so that none may take long: what stands between two wildcards is
    taken at the first place it fits and never tried again (an atomic group), which finds every
    match that trying all places would find, as the wildcard behind it takes up the rest.
    """
    segments = [segment for segment in pattern.strip("/").split("/") if segment]
    runs = _literal_runs(segments)
    if len(runs) == 1:
        return re.compile(runs[0] + "/?")
    first, *between, last = runs
    parts = [first, *(f"(?>(?:/[^/]+)*?{run})" for run in between), "(?:/[^/]+)*", last]
    return re.compile("".join(parts) + "/?")


def _literal_runs(segments: Sequence[str]) -> list[str]:
    """Return the patterns between the ``**``, of which several in a row are one."""
    runs = [""]
    for deep, group in groupby(segments, lambda segment: segment == "**"):
        if deep:
            runs.append("")
        else:
            runs[-1] = "".join(map(_segment_pattern, group))
    return runs


def _segment_pattern(segment: str) -> str:
    if _NAMED.fullmatch(segment):
        return "/[^/]+"
    first, *rest = map(re.escape, segment.split("*"))
    if not rest:
        return f"/{first}{_END}"
    *between, last = rest
    return f"/{first}{''.join(f'(?>[^/]*?{part})' for part in between)}[^/]*{last}{_END}"
