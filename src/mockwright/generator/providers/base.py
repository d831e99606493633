"""What a provider is given, and where it is registered."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeAlias

from mockwright.generator import context
from mockwright.generator.geography import fill_format
from mockwright.generator.interfaces import Leaf, ObjectScope
from mockwright.generator.tables import local_texts
from mockwright.naming import LONGEST, tokens
from mockwright.rng import Rng
from mockwright.types import MISSING, Json, Missing


class Draw:
    """One leaf being made: what a provider may look at."""

    __slots__ = ("_rng", "kind", "leaf", "scope")

    def __init__(self, leaf: Leaf, scope: ObjectScope, kind: str) -> None:
        self.leaf = leaf
        self.scope = scope
        self.kind = kind
        """What the leaf was taken for: by its own name, its format, its scope or an override."""
        self._rng: Rng | None = None

    @property
    def rng(self) -> Rng:
        """The leaf's own stream; most values are read off a fact and need none."""
        if self._rng is None:
            leaf = self.leaf
            self._rng = context.stream(
                self.scope, leaf.name[:LONGEST], -1 if leaf.index is None else leaf.index
            )
        return self._rng

    @property
    def words(self) -> tuple[str, ...]:
        """The words of the leaf's name."""
        return tokens(self.leaf.name)

    @property
    def what(self) -> str:
        """The noun of the object that the leaf is a part of."""
        return context.entity(self.scope)

    def deal(self, options: Sequence[str]) -> str:
        """Return one of ``options``, different for each item of a list while there are enough."""
        return context.deal(self.scope, self.leaf.name[:LONGEST], options, self.leaf.index)


Provider: TypeAlias = Callable[[Draw], Json | Missing]
"""Makes one kind of value; MISSING leaves it to others, and the type need not be the leaf's."""
PROVIDERS: Final[dict[str, Provider]] = {}
"""The providers by kind."""


def provider(*kinds: str) -> Callable[[Provider], Provider]:
    """Return a decorator that registers a provider for ``kinds``."""

    def register(make: Provider) -> Provider:
        PROVIDERS.update(dict.fromkeys(kinds, make))
        return make

    return register


def choices(table: Mapping[str, Sequence[str]]) -> None:
    """Register kinds whose values depend on nothing, each with its values."""
    for kind, options in table.items():
        PROVIDERS[kind] = _choosing(tuple(options))


def _choosing(options: tuple[str, ...]) -> Provider:
    return lambda d: d.deal(options) if d.leaf.index is not None else d.rng.choice(options)


def forms(table: Mapping[str, str]) -> None:
    """Register kinds that are filled forms: ``#`` is a digit, ``@`` a letter."""
    for kind, form in table.items():
        PROVIDERS[kind] = _filling(form)


def _filling(form: str) -> Provider:
    return lambda d: fill_format(form, d.rng)


def amounts(table: Mapping[str, tuple[float, float, int]]) -> None:
    """Register kinds that are numbers: from, to, and decimals."""
    for kind, (low, high, digits) in table.items():
        PROVIDERS[kind] = _drawing_between(low, high, digits)


def _drawing_between(low: float, high: float, digits: int) -> Provider:
    def make(d: Draw) -> Json | Missing:
        if d.leaf.type == "string":
            return MISSING
        value = d.rng.uniform(low, high)
        return round(value) if d.leaf.type == "integer" else round(value, digits)

    return make


def text(d: Draw, subject: str) -> str:
    """Return a sentence on ``subject``: of what the object is, where there are such."""
    return d.deal(local_texts(subject, d.what, context.locale(d.scope)))
