"""Path rules: the configuration's defaults for the requests they match."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from mockwright.settings import RouteSettings


@dataclass(frozen=True, slots=True)
class RouteTable:
    """The configured rules, in order; the first that matches holds."""

    routes: Sequence[RouteSettings]

    def match(self, method: str, path: str) -> RouteSettings | None:
        """The rule for a request, if there is one."""
        for route in self.routes:
            if route.method and method not in route.method:
                continue
            if compile_path(route.path).fullmatch(path):
                return route
        return None


@lru_cache(maxsize=1024)
def compile_path(pattern: str) -> re.Pattern[str]:
    """The regular expression for a path pattern.

    ``*`` and ``{name}`` stand for one segment, ``**`` for any number of segments, none included:
    ``/users/**`` matches ``/users``, ``/users/1`` and ``/users/1/orders``.
    """
    parts = []
    for segment in pattern.strip("/").split("/"):
        if segment == "**":
            parts.append("(?:/[^/]+)*")
        elif re.fullmatch(r"\{\w+\}", segment):
            parts.append("/[^/]+")
        elif segment:
            parts.append("/" + re.escape(segment).replace(r"\*", "[^/]*"))
    return re.compile("".join(parts) + "/?")
