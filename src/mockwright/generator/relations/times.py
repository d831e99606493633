"""What comes before what."""

from __future__ import annotations

from typing import Final

from mockwright.generator.relations.base import Changes, MemberNames, ObjectPart, relation

_BEGINS: Final = (
    "created", "ordered", "start", "started", "from", "issue", "check in", "departure",
    "valid from", "period start", "admitted", "hire",
)  # fmt: skip
"""Names of times that come before those of _ENDS."""
_ENDS: Final = (
    "updated", "modified", "end", "ended", "to", "due", "check out", "arrival", "valid to",
    "period end", "discharged", "finished", "paid", "shipped",
)  # fmt: skip
"""Names of times that come after those of _BEGINS."""
_ORDERS: Final = (
    (_BEGINS, _ENDS),
    (("period end",), ("payment", "pay", "paid")),
    (("updated", "modified", "shipped"), ("last login", "last seen", "delivered")),
    (("created", "joined", "registered"), ("last login", "last seen")),
)
"""Names of times that come first, and of those that follow."""
_NAMED: Final = frozenset(name for pair in _ORDERS for names in pair for name in names)
"""All names of times that the law speaks of."""


def _has_two(keys: MemberNames) -> bool:
    return sum(name in _NAMED for name in keys.moments) > 1


@relation(_has_two)
def time_order(part: ObjectPart, changes: Changes) -> None:
    """What comes first is not later than what follows: created and updated, start and end."""
    moments, owner = part.moments(), part.owner
    for befores, afters in _ORDERS:
        for before in (moments[b] for b in befores if b in moments):
            for after in (moments[a] for a in afters if a in moments):
                if _later(owner[before], owner[after]):
                    changes.put(owner, after, owner[before])
                # The later one was the caller's, and stayed: the earlier one has to give way.
                if _later(owner[before], owner[after]):
                    changes.put(owner, before, owner[after])


def _later(first: str, second: str) -> bool:
    return len(first) == len(second) and first > second
