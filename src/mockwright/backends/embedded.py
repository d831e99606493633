"""The backend that needs no model: the seeded generator."""

from __future__ import annotations

import asyncio
import secrets
from datetime import UTC, datetime
from functools import partial
from typing import Final

from mockwright.backends.base import Probe
from mockwright.settings import BackendSettings
from mockwright.shapes import jsontext
from mockwright.shapes.fake import generate
from mockwright.shapes.fake.context import REFERENCE_NOW, Hints, Realist
from mockwright.shapes.fake.rng import Rng
from mockwright.types import Completion, Json, Task

_INLINE_NODES: Final = 300
"""Parts of a schema, lists multiplied by their least length: up to here, making the value takes
about a millisecond, and a thread would cost as much as it saves."""


class EmbeddedBackend:
    """Makes values rather than text; any schema that can be satisfied gets a valid one."""

    def __init__(self, settings: BackendSettings, realist: Realist | None = None) -> None:
        self.name = settings.name
        self.provider: str = settings.provider
        self.model = settings.model or "embedded"
        self._realist = realist

    async def complete(self, task: Task) -> Completion:
        """One value; raises UnsatisfiableError where the schema allows none."""
        seed = _seed(task)
        hints = _hints(task)
        make = partial(generate, task.schema, seed=seed, hints=hints, realist=self._realist)
        value = await asyncio.to_thread(make) if _heavy(task.schema) else make()
        return Completion(
            backend=self.name,
            provider=self.provider,
            model=self.model,
            value=value,
            mode="direct",
            finish_reason="stop",
            seed=seed,
        )

    async def probe(self) -> Probe:
        """Always there."""
        return Probe(True, True)

    async def aclose(self) -> None:
        """Nothing to give up."""


def _seed(task: Task) -> int:
    seed = secrets.randbits(53) if task.seed is None else task.seed + task.variant
    if task.violations:
        # The same seed would make the same mistake: rules are no part of the schema.
        return Rng(seed).child("again", jsontext.canonical(task.previous).hex()).seed >> 11
    return seed


def _hints(task: Task) -> Hints:
    return Hints(
        method=task.method,
        path=task.path,
        query=task.query,
        prompt=task.prompt,
        locale=task.locale or "en",
        now=datetime.now(UTC) if task.seed is None else REFERENCE_NOW,
        given=task.input,
    )


def _heavy(schema: Json) -> bool:
    total = 0.0
    parts: list[tuple[Json, float]] = [(schema, 1)]
    while parts:
        part, times = parts.pop()
        if isinstance(part, list):
            parts.extend((inner, times) for inner in part)
        elif isinstance(part, dict):
            total += times
            if total > _INLINE_NODES:
                return True
            least = part.get("minItems")
            within = times * least if isinstance(least, int | float) and least > 1 else times
            parts.extend((inner, within) for inner in part.values())
    return False
