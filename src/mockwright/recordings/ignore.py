"""What of a request does not count when its recording is looked for."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from mockwright.errors import ConfigError
from mockwright.schema.edit import split_raw

ANY: Final = "*"
"""Stands for any name: every parameter, every control, every member or item."""
EXPECTED: Final = "ids, timestamps, query.<name>, body.<path> or controls.<name>"
"""What an entry of an ignore list may be, in messages."""
_MAX_WORDS: Final = 100
_MAX_LENGTH: Final = 300
_MAX_STEPS: Final = 20

# "123E4567-e89b-42d3-a456-426614174000". Not "123e4567".
_UUID: Final = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE | re.ASCII)
# What ids are called: "id", "user_id", "order-uuids", "userId", "traceID". Not "paid", not "valid",
# not "grid": without a separator or a capital the ending is part of a word.
_ID_NAME: Final = re.compile(
    r"(?i:(?:.*[_.\-])?(?:id|uuid|guid)s?)|.*[a-z0-9](?:Id|ID|Uuid|UUID|Guid|GUID)s?", re.DOTALL
)
# "2024-01-31T08:00:00Z", "2024-01-31 08:00", "2024-01-31T08:00:00.5+01:00",
# "Wed, 31 Jan 2024 08:00:00 GMT". Not "2024-01-31", which may be a birthday.
_DATE_TIME: Final = re.compile(
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?"
    r"|(?:mon|tue|wed|thu|fri|sat|sun), \d\d [a-z]{3} \d{4} \d\d:\d\d:\d\d (?:GMT|[+-]\d{4})",
    re.IGNORECASE | re.ASCII,
)
"""RFC 3339 as it is met in the wild, and the date of HTTP (RFC 9110, section 5.6.7)."""
# What moments are called: "ts", "created_at", "createdAt", "updatedTime", "exp", "_", "_t". Not
# "what", not "format", not "update".
_TIME_NAME: Final = re.compile(
    r"(?i:(?:.*[_.\-])?(?:ts|time|timestamp|date|at|now|iat|exp|nbf|since|until))|_|_?t"
    r"|.*[a-z0-9](?:At|Time|Timestamp|Date|Since|Until)",
    re.DOTALL,
)
# "1706688000", "1706688000.5", "1706688000123". Not "42", not "2706688000".
_EPOCH: Final = re.compile(r"1\d{9}(?:\.\d{1,9})?|1\d{12}|1\d{15}", re.ASCII)
"""Seconds, milliseconds or microseconds since 1970, from 2001 to 2033."""


@dataclass(frozen=True, slots=True)
class Ignore:
    """What does not count; by default nothing, so that everything does."""

    ids: bool = False
    """Whether ids do not count: those in the path, values of fields called so, and UUIDs."""
    timestamps: bool = False
    """Whether moments (dates with a time) in query and body do not count."""
    query: frozenset[str] = frozenset()
    """Names of parameters that do not count."""
    body: frozenset[tuple[str, ...]] = frozenset()
    """Paths into the body that do not count; ``*`` is any member and any item."""
    controls: frozenset[str] = frozenset()
    """Names of controls that do not count."""

    @property
    def in_body(self) -> bool:
        """Whether anything of a body does not count."""
        return self.ids or self.timestamps or bool(self.body)

    def skips(self, name: str, value: object) -> bool:
        """Whether the value of a field does not count, whichever field it is."""
        return (self.ids and is_id(name, value)) or (self.timestamps and is_time(name, value))


NOTHING: Final = Ignore()
"""The ignore list under which everything counts."""


def read_ignore(words: Iterable[str]) -> Ignore:
    """Return the ignore list of a configuration; raise :class:`ConfigError` if unreadable."""
    words = tuple(words)
    if len(words) > _MAX_WORDS:
        raise ConfigError(f"ignore: got {len(words)} entries, expected at most {_MAX_WORDS}")
    named: dict[str, set[str]] = {"query": set(), "controls": set(), "body": set()}
    for word in words:
        if word not in ("ids", "timestamps"):
            kind, name = _split_word(word)
            named[kind].add(name)
    return Ignore(
        ids="ids" in words,
        timestamps="timestamps" in words,
        query=frozenset(named["query"]),
        body=frozenset(map(_steps, named["body"])),
        controls=frozenset(named["controls"]),
    )


def _split_word(word: str) -> tuple[str, str]:
    kind, dot, name = word.partition(".")
    if kind not in ("query", "body", "controls") or not dot or not name or len(word) > _MAX_LENGTH:
        raise _unreadable(word, EXPECTED)
    return kind, name


def _steps(path: str) -> tuple[str, ...]:
    """Return the steps of a JSON Pointer (``/items/*/sku``), or of names with dots between them."""
    steps = split_raw(path) if path.startswith("/") else tuple(path.split("."))
    if "" in steps or len(steps) > _MAX_STEPS:
        expected = f"up to {_MAX_STEPS} names with dots between them, or a JSON pointer"
        raise _unreadable(f"body.{path}", expected)
    return steps


def _unreadable(word: str, expected: str) -> ConfigError:
    shown = word if len(word) <= 80 else word[:77] + "..."
    return ConfigError(f"ignore: got {shown!r}, expected {expected}")


def is_id(name: str, value: object) -> bool:
    """Whether a value is an id, by what it is called or by its look."""
    if isinstance(value, str) and _UUID.fullmatch(value):
        return True
    known = isinstance(value, (str, int)) and not isinstance(value, bool)
    # The pattern looks for the last separator from every place: bounded, it stays cheap.
    return known and _ID_NAME.fullmatch(name[:200]) is not None


def is_time(name: str, value: object) -> bool:
    """Whether a value is a moment, by its look; a bare number only under a telling name."""
    if isinstance(value, str) and len(value) < 50 and _DATE_TIME.fullmatch(value):
        return True
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return False
    text = value if isinstance(value, str) else repr(value)
    is_epoch = len(text) < 30 and _EPOCH.fullmatch(text) is not None
    return is_epoch and _TIME_NAME.fullmatch(name[:200]) is not None
