"""Plans that would cost too much are made cheaper, step by step."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from mockwright.planning.estimate import estimate
from mockwright.planning.models import Models
from mockwright.planning.plan_tree import mapped
from mockwright.types import Estimate, Loop, PlanNode, Single, Task

Change = Callable[[PlanNode], PlanNode]
"""Returns a cheaper node, or the node itself."""


def within(
    node: PlanNode, task: Task, models: Models, limit: float
) -> tuple[PlanNode, Estimate, list[str]]:
    """Return the plan, its estimate, and what was given up to come below ``limit`` USD.

    Where nothing helps, the cheapest there is: carrying it out then stops before the call that
    would go over.
    """
    reasons: list[str] = []
    expected = estimate(node, task, models)
    for what, change in _savings(models):
        if expected.cost_usd <= limit:
            return node, expected, reasons
        cheaper = mapped(node, change)
        then = estimate(cheaper, task, models)
        # A change that saves nothing would only make the answer worse.
        if then.cost_usd < expected.cost_usd:
            saved = f"{expected.cost_usd:.6f} to {then.cost_usd:.6f} USD"
            reasons.append(f"over max_cost_usd {limit:g}: {what} ({saved})")
            node, expected = cheaper, then
    if expected.cost_usd > limit:
        reasons.append(f"still over max_cost_usd {limit:g}: it stops when that is spent")
    return node, expected, reasons


def _savings(models: Models) -> Iterator[tuple[str, Change]]:
    """Yield the ways to save, the one that costs the least quality first."""
    yield "no final pass", _without_final
    yield "one round of correction less", _fewer_rounds
    yield "premium stepped down to quality", _stepped_down(models, "premium", "quality")
    yield "quality stepped down to fast", _stepped_down(models, "quality", "fast")
    yield "the cheapest backend everywhere", _cheapest(models)


def _without_final(node: PlanNode) -> PlanNode:
    return replace(node, final=None) if isinstance(node, Loop) else node


def _fewer_rounds(node: PlanNode) -> PlanNode:
    if isinstance(node, Loop) and node.max_iterations > 1:
        return replace(node, max_iterations=node.max_iterations - 1)
    return node


def _stepped_down(models: Models, high: str, low: str) -> Change:
    tiers = models.routing.tiers
    dear = {name.lower() for tier, names in tiers.items() if tier == high for name in names}
    cheap = next((names for tier, names in tiers.items() if tier == low), ())

    def change(node: PlanNode) -> PlanNode:
        if isinstance(node, Single) and cheap and {n.lower() for n in node.backends} & dear:
            return replace(node, backends=cheap)
        return node

    return change


def _cheapest(models: Models) -> Change:
    """Return a change to the cheapest model.

    The generator is no cheap model: it is taken only where there is nothing else.
    """
    writing = [model for model in models.known.values() if model.writes and model.offered]
    found = sorted(writing, key=lambda model: model.input_price + model.output_price)

    def change(node: PlanNode) -> PlanNode:
        if not isinstance(node, Single) or not found:
            return node
        now = models.price(node.backends, 1000, 1000)
        one = (found[0].name,)
        return replace(node, backends=one) if models.price(one, 1000, 1000) < now else node

    return change
