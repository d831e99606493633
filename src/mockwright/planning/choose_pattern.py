"""The choice of a pattern for a request: the flow chart of the article, as a function.

Parts that depend on each other make a pipeline, several independent ones a parallel, rules a loop;
where more than one of these is seen, the score decides (a route); else a single call does.
"""

from __future__ import annotations

from dataclasses import dataclass

from mockwright.planning.aspects import (
    Aspects,
    asks_for_a_mix,
    asks_for_validation,
    find_aspects,
)
from mockwright.schema.keywords import Schema
from mockwright.types import Pattern


@dataclass(frozen=True, slots=True)
class Decision:
    """The pattern that was chosen, and what spoke for it."""

    pattern: Pattern
    aspects: Aspects
    reasons: tuple[str, ...]
    """What spoke for the pattern, as sentences."""


def decide(schema: Schema, *, rules: int = 0, prompt: str | None = None) -> Decision:
    """Return the pattern for a schema; ``rules`` is how many the answer has to hold."""
    aspects = find_aspects(schema, prompt)
    several = len(aspects.names) > 1
    checked = rules > 0 or asks_for_validation(prompt)
    reasons: list[str] = []
    if several:
        kind = "dependent" if aspects.dependent else "independent"
        reasons.append(f"{kind} aspects: {', '.join(aspects.names[:8])}")
        reasons += aspects.bonds[:4]
    if checked:
        reasons.append(f"{rules} rules" if rules else "the prompt asks for validation")
    if asks_for_a_mix(prompt):
        return Decision("route", aspects, (*reasons, "the prompt speaks of a mix of requests"))
    if several and checked:
        return Decision("route", aspects, (*reasons, "aspects and rules: the score decides"))
    if several:
        return Decision("pipeline" if aspects.dependent else "parallel", aspects, tuple(reasons))
    if checked:
        return Decision("loop", aspects, tuple(reasons))
    return Decision("single", aspects, ("one aspect, no rules",))
