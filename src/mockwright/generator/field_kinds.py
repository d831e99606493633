"""Which semantic kind a field's name means.

To teach the generator a word, add it to the row of its kind in ``tables/kinds.txt``.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from mockwright.generator.tables import group, rows
from mockwright.naming import LONGEST, singular, tokens

_QUALIFIERS: Final = group("qualifiers")
_PAST: Final = group("past")
_TIME_TAILS: Final = group("time tails")
_TIME_WORDS: Final = group("time words")
_LONE_TIMES: Final = group("lone times")
_WEAK: Final = group("weak")
_SINCE_OR_UNTIL: Final = group("last and next")


@lru_cache(maxsize=1)
def names() -> dict[tuple[str, ...], str]:
    """Return the kind of every name in the table, names as singular words.

    Where two kinds claim a name, the one that stands first has it.
    """
    found: dict[tuple[str, ...], str] = {}
    for kind, spellings in rows("kinds").items():
        for spelling in spellings:
            found.setdefault(tuple(singular(w) for w in tokens(spelling)), kind)
    return found


def is_time(words: tuple[str, ...]) -> bool:
    """Whether the name means a point in time: ``createdAt``, ``due_date``, ``lastLogin``."""
    if not words:
        return False
    # Spanish `fecha_alta`, German `Geburtsdatum`.
    if words[0] == "fecha" or words[-1].endswith("datum"):
        return len(words) > 1 or words[0] != "datum"
    if words[0] in ("date", "data") and set(words) & (_PAST | _TIME_WORDS):
        return True
    if len(words) == 1:
        return words[0] in _LONE_TIMES or (words[0] in _PAST and words[0] not in ("read", "sent"))
    if words[-1] in _TIME_TAILS:
        return words[-1] not in ("time",) or bool(set(words) & (_PAST | _TIME_WORDS))
    if words[0] in ("last", "next") and words[-1] in _SINCE_OR_UNTIL:
        return True
    return words[-2:] in (("check", "in"), ("check", "out")) or words[0] == "valid"


def kind_of(name: str) -> str | None:
    """Return the kind that a name means, or None where it says nothing.

    Every point in time is of the kind ``timeline``.
    """
    return _kind_of(name[:LONGEST])


@lru_cache(maxsize=8192)
def _kind_of(name: str) -> str | None:
    words = tokens(name)
    kind = _find_kind(words, whole=True)
    if kind is not None:
        return kind
    if is_time(words):
        return "timeline"
    if len(words) > 1 and words[-1] == "by":
        return "person_ref"
    return _find_kind(words, whole=False)


def _find_kind(words: tuple[str, ...], *, whole: bool) -> str | None:
    if not words:
        return None
    base = tuple(singular(w) for w in words[-6:])
    if whole:
        # `zip_code`, or `zipcode` written as one word in the table.
        return names().get(base) or names().get(("".join(base),))
    stripped = base[:-1] if len(base) > 1 and base[-1] in _QUALIFIERS else base
    # From the left, so that the longest known ending of the name counts: `home_phone_number`.
    for candidate in (base, stripped):
        for start in range(len(candidate)):
            if found := names().get(candidate[start:]):
                return found
    if base[0] in ("is", "has", "can", "num", "count", "total"):
        return "count" if base[0] in ("num", "count", "total") else None
    # The beginning of a name says less than its end, and weak words say nothing there.
    for end in range(len(base) - 1, 0, -1):
        if (found := names().get(base[:end])) and found not in _WEAK and found != "person_ref":
            return found
    return None
