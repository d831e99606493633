"""One stored answer, and the place it has among the variants of its key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, Protocol, TypeAlias

VariantState: TypeAlias = Literal["hit", "miss", "stale", "replay"]

_VARIANT_BYTES: Final = 400


class Turns(Protocol):
    """Whose turn it is, where a test counts for itself."""

    def next(self, key: bytes, of: int) -> int:
        """The index of the variant of ``key`` that comes next, of so many."""


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
class ServedVariant:
    """A variant, and how it was come by."""

    variant: Variant
    state: VariantState


@dataclass(slots=True)
class Slot:
    """A variant in its place."""

    position: int
    variant: Variant
    hit: ServedVariant
    """Made once, so that a hit makes nothing."""
    size: int


def compact(body: bytes) -> bytes:
    """The same in memory of its own size: what orjson writes holds on to 4 KiB at least."""
    return bytes(memoryview(body))


def build_slot(position: int, variant: Variant) -> Slot:
    """The slot of a variant, with an estimate of its bytes."""
    head = sum(len(name) + len(value) + 130 for name, value in variant.headers)
    size = len(variant.body) + head + _VARIANT_BYTES
    return Slot(position, variant, ServedVariant(variant, "hit"), size)
