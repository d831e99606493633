"""What a request asks for: a thing by its id, or those of a kind, within other things."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from zlib import crc32

from mockwright.consistency.entity_names import plain
from mockwright.shapes.rest.url_path import (
    MAX_SEGMENT,
    MAX_SEGMENTS,
    bare,
    read_segments,
    split_path,
    split_prefix,
)

Query = Sequence[tuple[str, str]]
"""The parameters of a query, in their order."""

_SIZES: Final = frozenset(["limit", "count", "pagesize", "perpage", "size", "top", "first"])
_PAGES: Final = frozenset(["page", "pagenumber", "p"])
_OFFSETS: Final = frozenset(["offset", "skip", "start"])
_CURSORS: Final = frozenset(
    ["cursor", "after", "before", "pagetoken", "nexttoken", "startingafter"]
)
_SEARCHES: Final = frozenset(["q", "query", "search", "term", "filter"])
_ORDERS: Final = frozenset(["sort", "order", "sortby", "orderby", "direction"])
_SILENT: Final = frozenset(["fields", "include", "expand", "embed", "format", "lang", "locale"])
"""Parameters that change how an answer looks, not what it is about."""
_USUAL_SIZE: Final = 10
"""Items of a page whose size is not told."""
_GREATEST: Final = 1_000_000
"""The greatest page, offset or size that is read; beyond it are the places of cursors."""


@dataclass(frozen=True, slots=True)
class PageRequest:
    """The part of a list that is asked for."""

    start: int
    """The position of its first item, counted from 0."""
    size: int | None

    @property
    def key(self) -> str:
        """The same for the same part."""
        return f"{self.start}:{'' if self.size is None else self.size}"


@dataclass(frozen=True, slots=True)
class ResourceRoute:
    """A request, read as a resource."""

    method: str
    path: str
    noun: str
    """What is asked for, in the singular."""
    id: str | None
    """The id as in the path; None for a list, and for what there is one of."""
    several: bool
    """Whether the path names a list."""
    parents: tuple[tuple[str, str], ...]
    """Noun and id of each, the outermost first."""
    filters: tuple[tuple[str, str], ...] = ()
    """Parameters that fields of the members must equal."""
    search: str = ""
    """The text that members must contain, in lower case."""
    ordered: str = ""
    """The order that is asked for, as written."""
    page: PageRequest = PageRequest(0, None)

    @property
    def key(self) -> str:
        """Which of its noun is asked for; ``@user 1`` stands for the one that user 1 has."""
        within = "/".join(f"{noun} {name}" for noun, name in self.parents)
        return self.id if self.id is not None else f"@{within}"

    @property
    def writes(self) -> bool:
        """Whether something is changed."""
        return self.method not in ("GET", "HEAD", "OPTIONS")

    @property
    def creates(self) -> bool:
        """Whether one object in the answer is a new one."""
        return self.method == "POST" and self.several

    @property
    def listing(self) -> str:
        """The list that is asked for, whatever part of it."""
        told = [*self.parents, *sorted(self.filters), ("?", self.search), ("^", self.ordered)]
        return f"{self.noun} {told}"[:500]


def read_route(method: str, path: str, query: Query = ()) -> ResourceRoute:
    """Return a request as a resource; parts that are too long or too many are cut off."""
    path, _, tail = path.partition("?")
    pairs = [*query, *map(_split_pair, filter(None, tail.split("&")))][:50]
    _, segments = split_prefix([segment[:MAX_SEGMENT] for segment in split_path(path)])
    segments[-1:] = map(bare, segments[-1:])
    reading = read_segments(segments[-MAX_SEGMENTS:])
    return ResourceRoute(
        method=method.upper(),
        path=path[:2000],
        noun=(reading.noun or "item").replace("_", " "),
        id=reading.id,
        several=reading.several,
        parents=tuple((name.replace("_", " "), own) for name, own in reading.parents),
        filters=tuple((k, v[:200]) for k, v in pairs if not _is_named(k, *_CONTROLS)),
        search=_first_value(pairs, _SEARCHES)[:200].lower(),
        ordered=" ".join(v[:50] for k, v in pairs if plain(k) in _ORDERS),
        page=_page_request(pairs),
    )


_CONTROLS: Final = (_SIZES, _PAGES, _OFFSETS, _CURSORS, _SEARCHES, _ORDERS, _SILENT)


def _split_pair(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    return name, value


def _is_named(name: str, *groups: frozenset[str]) -> bool:
    return any(plain(name) in group for group in groups)


def _first_value(pairs: Query, names: frozenset[str]) -> str:
    return next((value for name, value in pairs if plain(name) in names and value), "")


def _number(pairs: Query, names: frozenset[str]) -> int | None:
    text = _first_value(pairs, names)
    return (
        min(int(text), _GREATEST)
        if text.isascii() and text.isdigit() and text[:8] == text
        else None
    )


def _page_request(pairs: Query) -> PageRequest:
    """Return the part of the list that the parameters ask for.

    A cursor names a place that nobody can count to: far away, the same for the same cursor.
    """
    size = _number(pairs, _SIZES)
    if cursor := _first_value(pairs, _CURSORS):
        return PageRequest(
            _GREATEST * (1 + crc32(cursor.encode("utf-8", "replace")) % 10_000), size
        )
    if (offset := _number(pairs, _OFFSETS)) is not None:
        return PageRequest(offset, size)
    number = _number(pairs, _PAGES) or 1
    return PageRequest((max(1, number) - 1) * (size or _USUAL_SIZE), size)
