"""What of a list is asked: filtered, searched, sorted, and the page of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, NoReturn, TypeAlias

from mockwright.errors import InvalidControlError
from mockwright.jsontext import canonical
from mockwright.types import Json, JsonObject

Query: TypeAlias = Sequence[tuple[str, str]]

USUAL_LIMIT: Final = 10
"""Items of a page, where a page is asked and not how long it is."""
_LIMITS: Final = ("limit", "per_page", "pageSize")
_OWN: Final = frozenset(["q", "sort", "order", "page", "offset", *_LIMITS])
_MAX_DIGITS: Final = 9
_MAX_FIELDS: Final = 10
_MAX_DEPTH: Final = 20
_NUMBER: Final = re.compile(r"-?\d{1,30}(\.\d{1,30})?([eE][+-]?\d{1,3})?", re.ASCII)
_ABSENT: Final = object()


@dataclass(frozen=True, slots=True)
class Page:
    """Some items of a list, and where they stand in it."""

    items: list[JsonObject]
    total: int
    """Of what the filters leave, on all pages."""
    offset: int = 0
    limit: int | None = None
    """None where the list is not paged."""

    @property
    def number(self) -> int:
        """From 1."""
        return self.offset // self.limit + 1 if self.limit else 1

    @property
    def pages(self) -> int:
        """How many there are, the first included, however empty."""
        return max(1, -(-self.total // self.limit)) if self.limit else 1


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A query, read."""

    filters: Mapping[str, Sequence[str]]
    search: str
    order: Sequence[tuple[str, bool]]
    """Fields, and whether their order is descending."""
    offset: int
    limit: int | None


def select(items: Iterable[JsonObject], query: Query, limit: int | None = None) -> Page:
    """The page of ``items`` that ``query`` asks for; ``limit`` comes before the query's own.

    Raises InvalidControlError for a page, a limit or an order that cannot be read.
    """
    wanted = _read(query, limit)
    found = [item for item in items if _fits(item, wanted)]
    for field, descending in reversed(wanted.order):
        found = _sorted(found, field, descending)
    end = None if wanted.limit is None else wanted.offset + wanted.limit
    return Page(found[wanted.offset : end], len(found), wanted.offset, wanted.limit)


def links(page: Page, query: Query) -> dict[str, list[tuple[str, str]]]:
    """The queries of the first, previous, next and last page, as far as there are such.

    What else the query asks stays; pages are numbered unless it has an ``offset``.
    """
    if not page.limit:
        return {}
    kept = [(name, value) for name, value in query if name not in ("page", "offset", *_LIMITS)]
    by_offset = any(name == "offset" for name, _ in query)
    end = max(0, (page.total - 1) // page.limit * page.limit)
    starts = {"first": 0, "last": end}
    if page.offset > 0:
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


def _read(query: Query, limit: int | None) -> _Wanted:
    filters: dict[str, list[str]] = {}
    own: dict[str, str] = {}
    for name, value in query:
        if name in _OWN:
            own[name] = value
        else:
            filters.setdefault(name, []).append(value)
    if limit is None:
        asked = next((name for name in _LIMITS if name in own), None)
        limit = None if asked is None else _count(own, asked, 0)
    if limit is None and "page" in own:
        limit = USUAL_LIMIT
    return _Wanted(filters, own.get("q", "").casefold(), _order(own), _offset(own, limit), limit)


def _offset(own: Mapping[str, str], limit: int | None) -> int:
    if "page" not in own:
        return _count(own, "offset", 0) if "offset" in own else 0
    number = _count(own, "page", 1)
    if "offset" in own:
        _refuse("offset", own["offset"], "a page or an offset, not both")
    return (number - 1) * (limit or 0)


def _count(own: Mapping[str, str], name: str, least: int) -> int:
    text = own[name]
    readable = text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS
    if not readable or int(text) < least:
        _refuse(name, text, f"a whole number from {least} to {10**_MAX_DIGITS - 1}")
    return int(text)


def _order(own: Mapping[str, str]) -> list[tuple[str, bool]]:
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
    orders += orders[-1:] * (len(fields) - len(orders)) if len(orders) == 1 else []
    descending = [word == "desc" for word in orders] + [False] * (len(fields) - len(orders))
    return [
        (field.lstrip("+-"), turned != field.startswith("-"))
        for field, turned in zip(fields, descending, strict=True)
    ]


def _refuse(name: str, value: str, expected: str) -> NoReturn:
    raise InvalidControlError(f"query {name}", value, expected)


def _fits(item: JsonObject, wanted: _Wanted) -> bool:
    for field, texts in wanted.filters.items():
        if not any(_equals(value, text) for value in _at(item, field) for text in texts):
            return False
    return not wanted.search or _says(item, wanted.search)


def _at(value: Json, field: str, depth: int = 0) -> Iterator[Json]:
    """What stands at ``address.city``, in each item of the lists on the way."""
    if isinstance(value, list):
        for item in value:
            if not isinstance(item, list):
                yield from _at(item, field, depth)
    elif isinstance(value, dict):
        head, dot, rest = field.partition(".")
        if field in value:
            found = value[field]
            yield from found if isinstance(found, list) else (found,)
        elif dot and head in value and depth < _MAX_DEPTH:
            yield from _at(value[head], rest, depth + 1)


def _equals(value: Json, text: str) -> bool:
    if isinstance(value, str):
        return value == text
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value] == text.lower()
    if isinstance(value, (int, float)) and _NUMBER.fullmatch(text):
        return bool(value == (int(text) if text.lstrip("-").isdigit() else float(text)))
    return False


def _says(value: Json, word: str, depth: int = 0) -> bool:
    if isinstance(value, str):
        return word in value.casefold()
    if depth >= _MAX_DEPTH or not isinstance(value, (dict, list)):
        return False
    inner = value.values() if isinstance(value, dict) else value
    return any(_says(part, word, depth + 1) for part in inner)


def _sorted(items: list[JsonObject], field: str, descending: bool) -> list[JsonObject]:
    """In the order of a field, those without it last; equal ones stay as they stand."""
    keyed = [(next(_at(item, field), _ABSENT), item) for item in items]
    there = [(_rank(value), item) for value, item in keyed if value not in (None, _ABSENT)]
    there.sort(key=lambda pair: pair[0], reverse=descending)
    lacking = [item for value, item in keyed if value in (None, _ABSENT)]
    return [item for _, item in there] + lacking


Rank: TypeAlias = tuple[Literal[0, 1, 2, 3], Any, Any]


def _rank(value: Json) -> Rank:
    """Any two values can be compared: truths, then numbers, then texts, then what has parts."""
    if isinstance(value, bool):
        return (0, value, "")
    if isinstance(value, (int, float)):
        return (1, value, "")
    if isinstance(value, str):
        return (2, value.casefold(), value)
    return (3, canonical(value), "")
