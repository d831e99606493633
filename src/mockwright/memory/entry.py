"""What is known about one key: its variants, whose turn it is, and when to look after them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal, Protocol, TypeAlias

if TYPE_CHECKING:
    from mockwright.memory.priming import Priming

VariantState: TypeAlias = Literal["hit", "miss", "stale", "replay"]


class Turns(Protocol):
    """Whose turn it is, where a test counts for itself."""

    def next(self, key: bytes, of: int) -> int:
        """The index of the variant of ``key`` that comes next, of so many."""


ENTRY_BYTES: Final = 600
"""What a key costs beside its variants; measured, rounded up."""
_VARIANT_BYTES: Final = 400


@dataclass(frozen=True, slots=True)
class Variant:
    """One answer, ready to be sent."""

    body: bytes
    headers: tuple[tuple[bytes, bytes], ...]
    """All that belong to the answer; not the cache state, which belongs to the occasion."""
    digest: bytes
    """Of the canonical body: variants with equal digests are the same answer."""
    made_at: float
    """Unix time."""


@dataclass(frozen=True, slots=True)
class Served:
    """A variant, and how it was come by."""

    variant: Variant
    state: VariantState


@dataclass(slots=True)
class Slot:
    """A variant in its place."""

    position: int
    variant: Variant
    hit: Served
    """Made once, so that a hit makes nothing."""
    size: int


def compact(body: bytes) -> bytes:
    """The same in memory of its own size: what orjson writes holds on to 4 KiB at least."""
    return bytes(memoryview(body))


def build_slot(position: int, variant: Variant) -> Slot:
    """The slot of a variant, with an estimate of its bytes."""
    head = sum(len(name) + len(value) + 130 for name, value in variant.headers)
    size = len(variant.body) + head + _VARIANT_BYTES
    return Slot(position, variant, Served(variant, "hit"), size)


@dataclass(slots=True, eq=False)
class Entry:
    """The variants of one key, the oldest first."""

    key: bytes
    label: str
    want: int
    seeded: bool
    used: float
    """When it was last asked for."""
    fresh: list[Slot] = field(default_factory=list)
    stale: list[Slot] = field(default_factory=list)
    """Past their time, kept until better ones have come."""
    goal: int = 0
    """How many there can be: ``want``, or fewer where the shape has no more distinct values."""
    size: int = ENTRY_BYTES
    turn: int = 0
    look_at: float = 0.0
    """Until then a hit needs no second thought."""
    retry_at: float = 0.0
    """When a refill that failed may be tried again."""
    unfinished: bool = True
    """The last priming ended before its goal."""
    next_index: int = 0
    next_position: int = 0
    priming: Priming | None = None
    aliases: set[bytes] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.goal = self.goal or self.want
        self.size += sum(slot.size for slot in self.fresh)

    def ask(self, want: int) -> None:
        """Note how many variants are asked for."""
        if want != self.want:
            self.want = self.goal = want

    def take(self, turns: Turns | None = None) -> Slot:
        """The one whose turn it is, in general or by ``turns``; the entry holds at least one.

        The turn only starts over when it is used, so that one added meanwhile comes next.
        """
        slots = self.fresh or self.stale
        if turns is not None:
            return slots[turns.next(self.key, len(slots))]
        if self.turn >= len(slots):
            self.turn = 0
        slot = slots[self.turn]
        self.turn += 1
        return slot

    def expire(self, made_before: float) -> None:
        """Put aside those made at or before a time.

        The variants of a seed belong together: when the first goes, all are made again, in order.
        """
        fresh = self.fresh
        gone = 0
        while gone < len(fresh) and fresh[gone].variant.made_at <= made_before:
            gone += 1
        if not gone:
            return
        if self.seeded:
            gone, self.next_index = len(fresh), 0
        self.stale += fresh[:gone]
        del fresh[:gone]
        self.turn = max(0, self.turn - gone)
        if not fresh:
            self.goal, self.turn = self.want, 0

    def is_low(self, refill_below: float) -> bool:
        """Whether it is time to make the missing ones."""
        if not self.fresh:
            return True
        bar = self.goal if self.unfinished else self.goal * refill_below
        return len(self.fresh) < bar
