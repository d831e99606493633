"""Reading a path: what it names, by which id, and within what.

Segments are read one after another, each in the light of those before it, since nothing in a path
says which of its segments are names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

from mockwright.naming import noun, singular, tokens
from mockwright.shapes.rest.vocabulary import SINGLETONS, nouns

Kind: TypeAlias = Literal["list", "member", "singleton", "other"]
"""What a path stands for.

``other`` is what keeps no state: an action, a search, a count, a path that cannot be read.
"""
Parents: TypeAlias = tuple[tuple[str, str], ...]
"""Noun and id of each thing a path is nested in, the outermost first."""
Role: TypeAlias = Literal["name", "id", "self", "view", "action", "unread"]
"""What a segment is to the path: ``view`` is a search, a count or a choice of a list."""

SEARCHES: Final = frozenset(
    ["search", "find", "query", "lookup", "autocomplete", "suggest", "filter"]
)
"""Segments that search a list."""
COUNTS: Final = frozenset(["count", "total"])
"""Segments that ask for the number of items."""
_SELF: Final = frozenset(["me", "self", "current"])
"""Segments that stand for the caller's own, without an id."""
_ACTIONS: Final = frozenset(
    [
        "cancel", "approve", "reject", "confirm", "publish", "archive", "activate",
        "deactivate", "complete", "close", "reopen", "enable", "disable", "verify",
        "resend", "refund", "ship", "pay", "submit", "retry", "restart", "start", "stop",
        "assign",
    ]
)  # fmt: skip
"""Segments that do something to what stands before them."""
_CHOICES: Final = frozenset(
    ["all", "list", "latest", "recent", "featured", "popular", "trending", "active", "top"]
)
"""Segments that choose from a list."""
_NAMESPACES: Final = frozenset(["blog", "admin", "auth", "shop", "store", "api", "iot"])
"""Nouns that are more often the first half of ``/blog/posts`` than a collection themselves."""
_PASSING: Final = frozenset(
    [
        "health", "healthz", "status", "ready", "live", "ping", "heartbeat", "stat",
        "statistic", "analytics", "summary", "overview", "version", "info", "login",
        "signin", "logout", "signout", "register", "signup", "token", "oauth", "weather",
        "dashboard",
    ]
)  # fmt: skip
"""Nouns of which there is one, and which nobody makes, changes or removes."""
_ALWAYS_ONE: Final = frozenset(["settings", "preferences", "stats", "statistics"])
"""Nouns of which there is one, though they are plural; there may be many ``carts``."""
# `v2`, `v1.1`, `api`
_PREFIX: Final = re.compile(r"v\d+(\.\d+)?|api|rest|mock|public|internal", re.IGNORECASE)
# `.json` of `users.json`
_EXTENSION: Final = re.compile(r"\.(json|xml|csv|html?|php|aspx?|do|ya?ml)$", re.IGNORECASE)
# `2025-01`, `2025-01-31`, `2025-01-31T08:00:00Z`; `{date}` and `{date2}` of a template.
_DATE: Final = re.compile(r"\d{4}-\d\d(-\d\d([T ][\d:.+-]+Z?)?)?|\{date\d*\}", re.ASCII)
_VALUE: Final = re.compile(
    # `42`, `-1`
    r"[+-]?\d+"
    r"|[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"  # UUID
    r"|(?=\D*\d)[0-9a-hjkmnp-tv-z]{26}"  # ULID: Crockford's base 32
    r"|(?=\D*\d)[0-9a-f]{24}"  # ObjectId
    # `{id}` of a template
    r"|\{\w*\}",
    re.IGNORECASE | re.ASCII,
)
"""Segments that are an id wherever they stand."""

MAX_PATH: Final = 2000
"""Characters of a path."""
MAX_SEGMENTS: Final = 12
"""Segments of a path that are read."""
MAX_SEGMENT: Final = 100
"""Characters of a segment that are read."""
_TEMPLATE_SEGMENTS: Final = 20
"""Segments of a template; it ends in ``**`` for what comes behind them."""


@dataclass(frozen=True, slots=True)
class ResourcePath:
    """What a path is about."""

    collection: str
    """``/v1/orders`` for ``/v1/users/1/orders/5``; the whole path of a singleton."""
    noun: str
    """What the resource is called, in the singular: ``order``."""
    id: str | None
    """The id of the member that the path names, as it is written there; None without one."""
    kind: Kind
    parents: Parents = ()
    above: tuple[str, ...] = ()
    """The collections of the parents, in their order."""


@dataclass(slots=True)
class ParsedPath:
    """The segments of a path, read one after the other by :func:`read_segments`."""

    length: int
    """Segments there are in all."""
    noun: str = ""
    """The resource named last, in the singular; ``""`` where none was named."""
    id: str | None = None
    """The id behind that name."""
    several: bool = True
    """Whether the path is about a list so far."""
    parents: list[tuple[str, str]] = field(default_factory=list)
    roles: list[Role] = field(default_factory=list)
    named_at: int = 0
    """Index of the segment with the name of the collection."""
    nested_at: list[int] = field(default_factory=list)
    """Indexes of the segments with the names of the parents; their ids come right behind."""

    def take(self, segment: str) -> Role:
        """Read the next segment, and return what it is to the path."""
        low = segment.lower()
        # An action is done to something: `/orders/5/cancel`; `/cancel` alone is a name.
        if low in _ACTIONS and self.noun:
            return "action"
        if low in SEARCHES | _CHOICES | COUNTS and (self.noun or len(self.roles) < self.length - 1):
            self.several = True
            return "view"
        if low in _SELF:
            self.id, self.several = None, False
            return "self"
        if self.noun in _NAMESPACES and self.id is None and not looks_like_id(segment):
            self._rename(segment)
            return "name"
        if self.noun and self.id is None and self.several and _is_id(segment):
            self.id, self.several = segment, False
            return "id"
        if is_value(segment) or not resource_of(segment):
            return "unread"
        self._descend(segment)
        return "name"

    def _rename(self, segment: str) -> None:
        """Take the second name of ``/blog/posts`` as the one that counts."""
        self.noun = resource_of(segment) or self.noun
        self.several = not _is_one(segment)
        self.named_at = len(self.roles)

    def _descend(self, segment: str) -> None:
        """Take a segment as the name of a resource, nested in the one before if that had an id."""
        if self.id is not None:
            self.parents.append((self.noun, self.id))
            self.nested_at.append(self.named_at)
        self.noun, self.id, self.named_at = resource_of(segment), None, len(self.roles)
        # A singular noun within a member, as in `/users/7/employer`, is one thing.
        within = bool(self.parents) and self.noun in nouns()
        low = segment.lower()
        is_singular = tokens(segment)[-1:] == (self.noun,) and singular(low) == low
        self.several = not (_is_one(segment) or (within and is_singular))


def read_segments(segments: Sequence[str]) -> ParsedPath:
    """Return what the segments are about, the outermost first; anything can be read."""
    reading = ParsedPath(len(segments))
    for segment in segments:
        reading.roles.append(reading.take(segment))
    return reading


def read_path(path: str) -> ResourcePath:
    """Return what ``path`` is about; anything can be read, and what is too long is ``other``."""
    segments = split_path(path)
    prefix, named = split_prefix(segments)
    if not named or _is_too_long(path, named):
        return ResourcePath("/", "item", None, "other")
    last = named[-1]
    named = [*named[:-1], bare(last)]
    reading = read_segments(named)
    identifier = reading.id
    if identifier is not None and reading.roles[-1] == "id" and not is_value(identifier):
        identifier = last  # /files/report.csv
    kind = _path_kind(reading)
    until = len(named) if kind == "singleton" else reading.named_at + 1
    nested = [] if kind == "singleton" else reading.nested_at
    return ResourcePath(
        collection=_path_without_parents(prefix, named[:until], nested),
        noun=reading.noun or "item",
        id=identifier,
        kind=kind,
        parents=tuple(reading.parents),
        above=tuple(
            _path_without_parents(prefix, named[: at + 1], reading.nested_at[:i])
            for i, at in enumerate(reading.nested_at)
        ),
    )


def whole_path(path: str) -> str:
    """Return ``path`` in one way of writing: no empty segments, no file's ending."""
    segments = split_path(path)
    return "/" + "/".join([*segments[:-1], *map(bare, segments[-1:])])


def template_of(path: str) -> str:
    """Return ``/users/{id}/orders/{id2}`` for ``/users/42/orders/5``, ``{date}`` for a day.

    Paths that differ only in their ids have the same template; a template is its own template.
    """
    segments = split_path(path)
    more = len(segments) > _TEMPLATE_SEGMENTS
    segments = segments[:_TEMPLATE_SEGMENTS]
    prefix, named = split_prefix(segments)
    roles = read_segments([*named[:-1], *map(bare, named[-1:])]).roles
    seen: dict[str, int] = {}
    parts = [
        *prefix,
        *(_template_segment(s, role, seen) for s, role in zip(named, roles, strict=True)),
    ]
    return "/" + "/".join([*parts, "**"] if more else parts)


def _template_segment(segment: str, role: Role, seen: dict[str, int]) -> str:
    """Return the segment, or the name of what varies in its place."""
    value = is_value(bare(segment))
    if role != "id" and not value:
        return segment
    name = "date" if _DATE.fullmatch(segment) else "id"
    seen[name] = seen.get(name, 0) + 1
    return "{" + name + (str(seen[name]) if seen[name] > 1 else "") + "}"


def split_path(path: str) -> list[str]:
    """Return the segments that are not blank, as they are."""
    return [part for part in path[: MAX_PATH + 1].split("/") if part.strip()]


def split_prefix(segments: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return what says where an API is (``/api/v1``), and the segments behind it."""
    end = 0
    while end < len(segments) - 1 and _PREFIX.fullmatch(segments[end]):
        end += 1
    return list(segments[:end]), list(segments[end:])


def bare(segment: str) -> str:
    """Return a last segment without a file's ending: ``users`` for ``users.json``."""
    return _EXTENSION.sub("", segment) or segment


def resource_of(segment: str) -> str:
    """Return the noun of a segment: ``item`` for ``order_items``, ``""`` where there is no word."""
    words = [singular(word) for word in tokens(segment) if not word.isdigit()]
    for start in range(len(words)):
        if "_".join(words[start:]) in nouns():
            return "_".join(words[start:])
    return noun(segment)


def is_value(segment: str) -> bool:
    """Whether a segment is an id or a date wherever it stands, and never a name."""
    if len(segment) > MAX_SEGMENT:
        return True
    return bool(_VALUE.fullmatch(segment) or _DATE.fullmatch(segment))


def looks_like_id(segment: str) -> bool:
    """Whether a segment behind a name is an id rather than a word."""
    return any(c.isdigit() for c in segment) or segment.count("-") > 1 or is_value(segment)


def identify(identifier: str) -> int | str:
    """Return an id of a path as the value that it is in JSON: 7 for ``7``, the text for ``07``."""
    digits = identifier.isascii() and identifier.isdigit() and len(identifier) < 16
    return int(identifier) if digits and str(int(identifier)) == identifier else identifier


def link_name(parent: str) -> str:
    """Return what a field that names a parent is called where nothing else is known: ``userId``."""
    words = tokens(parent) or ("parent",)
    return words[0] + "".join(word.title() for word in words[1:]) + "Id"


def find_link(names: Iterable[str], parent: str) -> str | None:
    """Return which of ``names`` is the field that names a parent: ``userId``, ``user_id``.

    A ``customerId`` names a user, too, where nothing else does.
    """
    words = tokens(parent) or ("parent",)
    by_words = {tokens(name): name for name in reversed(list(names))}
    own = by_words.get((*words, "id"))
    return by_words.get(("customer", "id")) if own is None and parent == "user" else own


def _is_one(segment: str) -> bool:
    """Whether there is one of what a segment names: a ``profile``, the ``settings``."""
    word = next((word for word in reversed(tokens(segment)) if not word.isdigit()), "")
    return singular(word) in SINGLETONS and (singular(word) == word or word in _ALWAYS_ONE)


def _is_id(segment: str) -> bool:
    """Whether what follows a collection names one of its members; a known noun does not."""
    return looks_like_id(segment) or resource_of(segment) not in nouns()


def _is_too_long(path: str, segments: Sequence[str]) -> bool:
    longest = max(map(len, segments))
    return len(path) > MAX_PATH or len(segments) > MAX_SEGMENTS or longest > MAX_SEGMENT


def _path_kind(reading: ParsedPath) -> Kind:
    if not {"name", "id", "self"}.issuperset(reading.roles):
        return "other"
    if reading.id is not None:
        return "member"
    if reading.several and reading.noun:
        return "list"
    passing = reading.noun in _PASSING and reading.roles[-1] != "self"
    return "other" if passing or not reading.roles else "singleton"


def _path_without_parents(
    prefix: Sequence[str], segments: Sequence[str], nested: Sequence[int]
) -> str:
    """Return a path without the names and ids of parents."""
    gone = {place for at in nested for place in (at, at + 1)}
    return "/" + "/".join([*prefix, *(s for i, s in enumerate(segments) if i not in gone)])
