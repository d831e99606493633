"""One stored answer, and its place among the variants of its key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, Protocol, TypeAlias

VariantState: TypeAlias = Literal["hit", "miss", "stale", "replay"]
"""How an answer was come by: stored, just made, expired, or recorded."""

_VARIANT_BYTES: Final = 400
"""What a variant takes in memory beside its bytes, by estimate."""


class Turns(Protocol):
    """Whose turn it is among variants, where a test counts for itself."""

    def next(self, key: bytes, of: int) -> int:
        """Return the index of the next variant of ``key``, of which there are ``of``."""


@dataclass(frozen=True, slots=True)
class Variant:
    """One answer, ready to be sent."""

    body: bytes
    headers: tuple[tuple[bytes, bytes], ...]
    """Header fields that belong to the answer; the cache state does not, it differs each time."""
    digest: bytes
    """A hash of the canonical body: variants with equal digests are the same answer."""
    made_at: float
    """Unix time."""


@dataclass(frozen=True, slots=True)
class ServedVariant:
    """A variant, and how it was come by."""

    variant: Variant
    state: VariantState


@dataclass(slots=True)
class Slot:
    """A variant in its place."""

    position: int
    """Counts up within a key and is never used again; the store's rows are found by it."""
    variant: Variant
    hit: ServedVariant
    """Made once, so that a hit creates no object."""
    size: int
    """Bytes in memory, by estimate."""


def compact(body: bytes) -> bytes:
    """Return the same bytes in an object of their size; orjson's hold on to 4 KiB at least."""
    return bytes(memoryview(body))


def build_slot(position: int, variant: Variant) -> Slot:
    """Return the slot of a variant, with an estimate of its bytes."""
    head = sum(len(name) + len(value) + 130 for name, value in variant.headers)
    size = len(variant.body) + head + _VARIANT_BYTES
    return Slot(position, variant, ServedVariant(variant, "hit"), size)
