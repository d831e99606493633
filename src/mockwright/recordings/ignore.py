"""What of a request does not count when its recording is looked for."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from mockwright.errors import ConfigError
from mockwright.schema.edit import split_raw

ANY: Final = "*"
EXPECTED: Final = "ids, timestamps, query.<name>, body.<path> or controls.<name>"
_MAX_WORDS: Final = 100
_MAX_LENGTH: Final = 300
_MAX_STEPS: Final = 20

_UUID: Final = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE | re.ASCII)
_ID_NAME: Final = re.compile(
    r"(?i:(?:.*[_.\-])?(?:id|uuid|guid)s?)|.*[a-z0-9](?:Id|ID|Uuid|UUID|Guid|GUID)s?", re.DOTALL
)
_DATE_TIME: Final = re.compile(
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?"
    r"|(?:mon|tue|wed|thu|fri|sat|sun), \d\d [a-z]{3} \d{4} \d\d:\d\d:\d\d (?:GMT|[+-]\d{4})",
    re.IGNORECASE | re.ASCII,
)
"""RFC 3339 as it is met in the wild, and the date of HTTP (RFC 9110, section 5.6.7)."""
_TIME_NAME: Final = re.compile(
    r"(?i:(?:.*[_.\-])?(?:ts|time|timestamp|date|at|now|iat|exp|nbf|since|until))|_|_?t"
    r"|.*[a-z0-9](?:At|Time|Timestamp|Date|Since|Until)",
    re.DOTALL,
)
_EPOCH: Final = re.compile(r"1\d{9}(?:\.\d{1,9})?|1\d{12}|1\d{15}", re.ASCII)
"""Seconds, milliseconds or microseconds, from 2001 to 2033."""


@dataclass(frozen=True, slots=True)
class Ignore:
    """What does not count; by default nothing, so that everything does."""

    ids: bool = False
    """Those in the path, the values of fields that are called so, and UUIDs."""
    timestamps: bool = False
    """Dates with a time in query and body."""
    query: frozenset[str] = frozenset()
    body: frozenset[tuple[str, ...]] = frozenset()
    """Paths; ``*`` is any member and any item."""
    controls: frozenset[str] = frozenset()

    @property
    def in_body(self) -> bool:
        """Whether anything of a body does not count."""
        return self.ids or self.timestamps or bool(self.body)

    def skips(self, name: str, value: object) -> bool:
        """Whether the value of a field does not count, whichever field it is."""
        return (self.ids and is_id(name, value)) or (self.timestamps and is_time(name, value))


NOTHING: Final = Ignore()


def read_ignore(words: Iterable[str]) -> Ignore:
    """From the configuration; raises ConfigError for what cannot be read."""
    words = tuple(words)
    if len(words) > _MAX_WORDS:
        raise ConfigError(f"ignore: got {len(words)} entries, expected at most {_MAX_WORDS}")
    named: dict[str, set[str]] = {"query": set(), "controls": set(), "body": set()}
    for word in words:
        if word not in ("ids", "timestamps"):
            kind, name = _split(word)
            named[kind].add(name)
    return Ignore(
        ids="ids" in words,
        timestamps="timestamps" in words,
        query=frozenset(named["query"]),
        body=frozenset(map(_steps, named["body"])),
        controls=frozenset(named["controls"]),
    )


def _split(word: str) -> tuple[str, str]:
    kind, dot, name = word.partition(".")
    if kind not in ("query", "body", "controls") or not dot or not name or len(word) > _MAX_LENGTH:
        raise _unread(word, EXPECTED)
    return kind, name


def _steps(path: str) -> tuple[str, ...]:
    """A JSON pointer (``/items/*/sku``), or names with dots between them."""
    steps = split_raw(path) if path.startswith("/") else tuple(path.split("."))
    if "" in steps or len(steps) > _MAX_STEPS:
        expected = f"up to {_MAX_STEPS} names with dots between them, or a JSON pointer"
        raise _unread(f"body.{path}", expected)
    return steps


def _unread(word: str, expected: str) -> ConfigError:
    shown = word if len(word) <= 80 else word[:77] + "..."
    return ConfigError(f"ignore: got {shown!r}, expected {expected}")


def is_id(name: str, value: object) -> bool:
    """Whether a value is an id, by what it is called or by its look."""
    if isinstance(value, str) and _UUID.fullmatch(value):
        return True
    known = isinstance(value, (str, int)) and not isinstance(value, bool)
    return known and _ID_NAME.fullmatch(name[:200]) is not None


def is_time(name: str, value: object) -> bool:
    """Whether a value is a point in time, by its look; a bare number by what it is called, too."""
    if isinstance(value, str) and len(value) < 50 and _DATE_TIME.fullmatch(value):
        return True
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return False
    text = value if isinstance(value, str) else repr(value)
    is_epoch = len(text) < 30 and _EPOCH.fullmatch(text) is not None
    return is_epoch and _TIME_NAME.fullmatch(name[:200]) is not None
