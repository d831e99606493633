"""What a task tells the generator: what to draw from, and what is known beside the schema."""

from __future__ import annotations

from mockwright.generator.interfaces import Hints, present
from mockwright.rng import seed_or_drawn
from mockwright.types import Task


def fill_seed(task: Task) -> int:
    """Return what the values of a task are drawn from: another for each of its variants."""
    return seed_or_drawn(task.variant_seed)


def hints_of(task: Task) -> Hints:
    """Return what is known of the request that a task is part of, its input included."""
    return Hints(
        method=task.method,
        path=task.path,
        query=task.query,
        prompt=task.prompt,
        locale=task.locale or "en",
        now=present(task.seed),
        given=task.input,
    )
