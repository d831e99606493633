"""What planning has to know of the backends: facts, no connections."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from mockwright.providers import PROVIDERS
from mockwright.settings import BackendSettings, RoutingSettings
from mockwright.types import BudgetLevel, Tier

_DEFAULT_WINDOW = 8192
"""Tokens of the context window of a model about which nothing is said: the ancestor's default."""


@dataclass(frozen=True, slots=True)
class Model:
    """What is known of one backend."""

    name: str
    writes: bool
    """Whether it is a model, and not the generator."""
    input_price: float = 0.0
    """USD for a million tokens that it reads."""
    output_price: float = 0.0
    """USD for a million tokens that it writes."""
    max_tokens: int | None = None
    """The most tokens of one answer."""
    context_window: int | None = None
    """The most tokens of prompt and answer together."""
    offered: bool = True
    """Whether it is offered to those who name no backend."""


@dataclass(frozen=True, slots=True)
class Models:
    """All backends, and the tiers they are sorted into."""

    known: Mapping[str, Model] = field(default_factory=dict)
    """The backends by name in lower case."""
    routing: RoutingSettings = field(default_factory=RoutingSettings)

    def of(self, backends: Sequence[str]) -> list[Model]:
        """Return those that may answer when ``backends`` are asked; none of them asks the pool."""
        if backends:
            return [self.known[name.lower()] for name in backends if name.lower() in self.known]
        return [model for model in self.known.values() if model.offered]

    def tier(self, tier: Tier) -> tuple[str, ...]:
        """Return the backends of a tier; none, which asks the pool, where it is not configured."""
        return self.routing.tiers.get(tier, ())

    @property
    def has_tiers(self) -> bool:
        """Whether any tier is configured."""
        return any(self.routing.tiers.values())

    @property
    def writes(self) -> bool:
        """Whether there is any model among them."""
        return any(model.writes for model in self.known.values())

    def price(self, backends: Sequence[str], read: int, written: int) -> float:
        """Return the USD for so many tokens, at the dearest of those that may answer."""
        prices = (
            read * model.input_price + written * model.output_price for model in self.of(backends)
        )
        return max(prices, default=0.0) / 1_000_000

    def longest_answer(self, backends: Sequence[str], otherwise: int) -> int | None:
        """Return the tokens that each who may answer can write; None if none is a model."""
        limits = [
            # Half of the window, since the prompt has to fit in it too.
            min(model.max_tokens or otherwise, (model.context_window or _DEFAULT_WINDOW) // 2)
            for model in self.of(backends)
            if model.writes
        ]
        return min(limits, default=None)


def models_of(backends: Iterable[BackendSettings], routing: RoutingSettings) -> Models:
    """Return what is known of the configured backends."""
    return Models(
        {
            settings.name.lower(): Model(
                name=settings.name,
                writes=PROVIDERS[settings.provider].writes,
                input_price=settings.price.input_per_million,
                output_price=settings.price.output_per_million,
                max_tokens=settings.max_tokens,
                context_window=settings.context_window,
                offered=settings.enabled and settings.weight > 0,
            )
            for settings in backends
            if settings.enabled
        },
        routing,
    )


def tier_of(score: float, budget: BudgetLevel | None, routing: RoutingSettings) -> tuple[Tier, str]:
    """Return the tier for a score within a budget, and why.

    Without a budget the bands alone decide (1-3, 4-7, 8-10 by default). ``low`` decides as the
    article's ``selectBackend`` does below ``unlimited``: quality above a score of 5, else fast;
    ``medium`` and ``low`` never reach premium, ``high`` does above 8, ``unlimited`` by the bands.
    """
    if budget == "low":
        tier: Tier = "quality" if score > 5 else "fast"
        return tier, "budget low: quality above a score of 5, premium never"
    tier = "fast" if score < routing.quality_from else "quality"
    if score >= routing.premium_from:
        tier = "premium"
    if tier == "premium" and (budget == "medium" or (budget == "high" and score <= 8)):
        return "quality", f"budget {budget} does not reach premium at this score"
    return tier, f"score {score:g}"
