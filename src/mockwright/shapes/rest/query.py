"""What a query asks of a list: filters, a search, an order, and a page."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, NoReturn, TypeAlias

from mockwright.errors import InvalidControlError
from mockwright.jsontext import canonical
from mockwright.types import Json, JsonObject

Query: TypeAlias = Sequence[tuple[str, str]]
"""The parameters of a query in their order; a name may come more than once."""

USUAL_LIMIT: Final = 10
"""Items of a page, where a page is asked for and not how long it is."""
_LIMITS: Final = ("limit", "per_page", "pageSize")
"""Parameters that say how many items a page has; the first one that is there counts."""
_OWN: Final = frozenset(["q", "sort", "order", "page", "offset", *_LIMITS])
"""Parameters that are no filters."""
_MAX_DIGITS: Final = 9
"""Digits of a count or an offset."""
_MAX_FIELDS: Final = 10
"""Fields to sort by."""
_MAX_DEPTH: Final = 20
"""Levels of an item that are looked into."""
# `7`, `-0.5`, `1e6`
_NUMBER: Final = re.compile(r"-?\d{1,30}(\.\d{1,30})?([eE][+-]?\d{1,3})?", re.ASCII)
_ABSENT: Final = object()


@dataclass(frozen=True, slots=True)
class Page:
    """Some items of a list, and where they stand in it."""

    items: list[JsonObject]
    total: int
    """Items that the filters leave, on all pages."""
    offset: int = 0
    """Items before the first one of this page."""
    limit: int | None = None
    """Items that a page may have; None where the list is not paged."""

    @property
    def number(self) -> int:
        """The number of this page, from 1."""
        return self.offset // self.limit + 1 if self.limit else 1

    @property
    def pages(self) -> int:
        """How many pages there are, the first included, however empty."""
        return max(1, -(-self.total // self.limit)) if self.limit else 1


@dataclass(frozen=True, slots=True)
class _ListQuery:
    """What a query asks for."""

    filters: Mapping[str, Sequence[str]]
    """The accepted values of each field, as text."""
    search: str
    """What an item has to say anywhere, case folded; empty for no search."""
    order: Sequence[tuple[str, bool]]
    """The fields to sort by, the first decides first, and whether each is descending."""
    offset: int
    limit: int | None


def select(items: Iterable[JsonObject], query: Query, limit: int | None = None) -> Page:
    """Return the page of ``items`` that ``query`` asks for; ``limit`` comes before the query's own.

    Raises InvalidControlError for a page, a limit or an order that cannot be read.
    """
    wanted = _read_query(query, limit)
    found = [item for item in items if _matches(item, wanted)]
    # Sorting is stable, so the field that decides first is sorted by last.
    for field, descending in reversed(wanted.order):
        found = _sorted_by(found, field, descending)
    end = None if wanted.limit is None else wanted.offset + wanted.limit
    return Page(found[wanted.offset : end], len(found), wanted.offset, wanted.limit)


def links(page: Page, query: Query) -> dict[str, list[tuple[str, str]]]:
    """Return the queries of the first, previous, next and last page, as far as there are such.

    What else the query asks stays; pages are numbered unless it has an ``offset``.
    """
    if not page.limit:
        return {}
    kept = [(name, value) for name, value in query if name not in ("page", "offset", *_LIMITS)]
    by_offset = any(name == "offset" for name, _ in query)
    end = max(0, (page.total - 1) // page.limit * page.limit)
    starts = {"first": 0, "last": end}
    if page.offset > 0:
        # Behind a page beyond the last lies the last one.
        starts["prev"] = max(0, min(page.offset - page.limit, end))
    if page.offset + page.limit < page.total:
        starts["next"] = page.offset + page.limit
    place = ("offset", 0) if by_offset else ("page", 1)
    return {
        rel: [
            *kept,
            (place[0], str(starts[rel] if by_offset else starts[rel] // page.limit + place[1])),
            ("limit", str(page.limit)),
        ]
        for rel in ("first", "prev", "next", "last")
        if rel in starts
    }


def _read_query(query: Query, limit: int | None) -> _ListQuery:
    filters: dict[str, list[str]] = {}
    own: dict[str, str] = {}
    for name, value in query:
        if name in _OWN:
            own[name] = value
        else:
            filters.setdefault(name, []).append(value)
    if limit is None:
        asked = next((name for name in _LIMITS if name in own), None)
        limit = None if asked is None else _read_count(own, asked, 0)
    if limit is None and "page" in own:
        limit = USUAL_LIMIT
    return _ListQuery(
        filters, own.get("q", "").casefold(), _read_order(own), _read_offset(own, limit), limit
    )


def _read_offset(own: Mapping[str, str], limit: int | None) -> int:
    if "page" not in own:
        return _read_count(own, "offset", 0) if "offset" in own else 0
    number = _read_count(own, "page", 1)
    if "offset" in own:
        _refuse("offset", own["offset"], "a page or an offset, not both")
    return (number - 1) * (limit or 0)


def _read_count(own: Mapping[str, str], name: str, least: int) -> int:
    text = own[name]
    readable = text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS
    if not readable or int(text) < least:
        _refuse(name, text, f"a whole number from {least} to {10**_MAX_DIGITS - 1}")
    return int(text)


def _read_order(own: Mapping[str, str]) -> list[tuple[str, bool]]:
    orders = [word.strip().lower() for word in own["order"].split(",")] if "order" in own else []
    if any(word not in ("asc", "desc") for word in orders):
        _refuse("order", own["order"], "asc or desc, or one of them for each field of sort")
    if "sort" not in own:
        return []
    fields = [field.strip() for field in own["sort"].split(",")]
    if len(fields) > _MAX_FIELDS or not all(field.lstrip("+-") for field in fields):
        _refuse("sort", own["sort"], f"1 to {_MAX_FIELDS} fields, as in name,-age")
    if len(orders) > len(fields):
        _refuse("order", own["order"], f"at most {len(fields)} of asc and desc, as sort has fields")
    # A single direction is for all fields.
    orders += orders[-1:] * (len(fields) - len(orders)) if len(orders) == 1 else []
    descending = [word == "desc" for word in orders] + [False] * (len(fields) - len(orders))
    return [
        # `-age` in descending order is ascending again.
        (field.lstrip("+-"), turned != field.startswith("-"))
        for field, turned in zip(fields, descending, strict=True)
    ]


def _refuse(name: str, value: str, expected: str) -> NoReturn:
    raise InvalidControlError(f"query {name}", value, expected)


def _matches(item: JsonObject, wanted: _ListQuery) -> bool:
    for field, texts in wanted.filters.items():
        if not any(_equals(value, text) for value in _values_at(item, field) for text in texts):
            return False
    return not wanted.search or _contains_text(item, wanted.search)


def _values_at(value: Json, field: str, depth: int = 0) -> Iterator[Json]:
    """Yield what stands at ``address.city``, in each item of the lists on the way."""
    if isinstance(value, list):
        for item in value:
            if not isinstance(item, list):
                yield from _values_at(item, field, depth)
    elif isinstance(value, dict):
        head, dot, rest = field.partition(".")
        # A member may have a dot in its name.
        if field in value:
            found = value[field]
            yield from found if isinstance(found, list) else (found,)
        elif dot and head in value and depth < _MAX_DEPTH:
            yield from _values_at(value[head], rest, depth + 1)


def _equals(value: Json, text: str) -> bool:
    if isinstance(value, str):
        return value == text
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value] == text.lower()
    if isinstance(value, (int, float)) and _NUMBER.fullmatch(text):
        # As an integer where it is one: long ids have more digits than a float.
        return bool(value == (int(text) if text.lstrip("-").isdigit() else float(text)))
    return False


def _contains_text(value: Json, word: str, depth: int = 0) -> bool:
    if isinstance(value, str):
        return word in value.casefold()
    if depth >= _MAX_DEPTH or not isinstance(value, (dict, list)):
        return False
    inner = value.values() if isinstance(value, dict) else value
    return any(_contains_text(part, word, depth + 1) for part in inner)


def _sorted_by(items: list[JsonObject], field: str, descending: bool) -> list[JsonObject]:
    """Return the items in the order of a field, those without it last; the sort is stable."""
    keyed = [(next(_values_at(item, field), _ABSENT), item) for item in items]
    there = [(_sort_key(value), item) for value, item in keyed if value not in (None, _ABSENT)]
    there.sort(key=lambda pair: pair[0], reverse=descending)
    lacking = [item for value, item in keyed if value in (None, _ABSENT)]
    return [item for _, item in there] + lacking


Rank: TypeAlias = tuple[Literal[0, 1, 2, 3], Any, Any]
"""A key that any two values can be compared by; the first member tells kinds apart."""


def _sort_key(value: Json) -> Rank:
    """Return the key of a value: truth values, then numbers, then texts, then what has parts."""
    if isinstance(value, bool):
        return (0, value, "")
    if isinstance(value, (int, float)):
        return (1, value, "")
    if isinstance(value, str):
        return (2, value.casefold(), value)
    return (3, canonical(value), "")
