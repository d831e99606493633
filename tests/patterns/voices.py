"""Backends that say what they are told to, and remember what they were asked."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from mockwright.conformance.verify import verify
from mockwright.errors import TransportError
from mockwright.jsontext import dump
from mockwright.patterns.context import Budget, PatternContext
from mockwright.patterns.run import run
from mockwright.settings import QualityWeights
from mockwright.shapes.parse import parse_shape
from mockwright.types import (
    Candidate,
    Completion,
    Json,
    JsonObject,
    PlanNode,
    Task,
    Trace,
    Usage,
)

Said: TypeAlias = Json | Exception | Callable[[Task], Json]


@dataclass
class Voices:
    """By name, what each backend says: always the same, or what a list has, its last for ever."""

    said: Mapping[str, Any]
    delays: Mapping[str, float] = field(default_factory=dict)
    cost: float = 0.0
    asked: list[tuple[str, Task]] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    """Those that were given up."""
    finish: str = "stop"

    async def __call__(self, task: Task, backends: Sequence[str]) -> Completion:
        name = backends[0] if backends else "pool"
        self.asked.append((name, task))
        try:
            await asyncio.sleep(self.delays.get(name, 0))
        except asyncio.CancelledError:
            self.gone.append(name)
            raise
        said = self._next(name)
        if isinstance(said, Exception):
            raise said
        if callable(said):
            said = said(task)
        text = said if isinstance(said, str) else dump(said).decode()
        usage = Usage(10, 20)
        return Completion(
            name, "scripted", "m", text=text, usage=usage, cost_usd=self.cost,
            finish_reason=self.finish,
        )  # fmt: skip

    def _next(self, name: str) -> Any:
        told = self.said.get(name, TransportError(f"{name} is not there", backend=name))
        if not isinstance(told, list):
            return told
        return told.pop(0) if len(told) > 1 else told[0]

    @property
    def order(self) -> list[str]:
        return [name for name, _ in self.asked]


def shaped(example: Json) -> Any:
    return parse_shape(example).schema


async def carry_out(
    node: PlanNode, task: Task, voices: Voices, budget: Budget | None = None, **more: Any
) -> tuple[Candidate, Trace]:
    trace = Trace()
    weights: JsonObject = QualityWeights().model_dump()
    work = PatternContext(voices, verify, trace, budget=budget or Budget(), weights=weights, **more)
    return await run(node, task, work), trace


def asked_for(example: Json, **more: Any) -> Task:
    return replace(Task(schema=shaped(example)), **more)
