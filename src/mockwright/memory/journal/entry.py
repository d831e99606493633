"""The trace of a request, cut down to what is worth keeping: no value trees, bounded texts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Final

from mockwright.jsontext import dump
from mockwright.memory.cache.variant import compact
from mockwright.planning.plan_tree import describe
from mockwright.types import (
    MISSING,
    Attempt,
    Candidate,
    Completion,
    Estimate,
    Json,
    JsonObject,
    Plan,
    Repair,
    Reported,
    StageRecord,
    Trace,
    Violation,
)

Text = Callable[[str], str]
"""Takes secrets out of a text."""

_LISTED: Final = 100
"""Violations, repairs, attempts and completions that are kept, of each kind the first ones."""
_VALUE_CHARS: Final = 200
"""Characters that are kept of a value before and after a repair."""
_PIECE_BYTES: Final = 250
"""What one small object costs in memory, by estimate."""


def cut(body: bytes, limit: int) -> bytes:
    """Return the first ``limit`` bytes; where more were cut off, the end says how many."""
    if len(body) <= limit:
        return compact(body)
    return body[:limit] + f"…[cut: {len(body) - limit} bytes]".encode()


@dataclass(frozen=True, slots=True)
class Record:
    """What is kept of a trace: raw and compact, made readable by :meth:`render`."""

    plan: JsonObject | None
    stages: tuple[JsonObject, ...]
    candidates: tuple[JsonObject, ...]
    lost: tuple[JsonObject, ...]
    """Calls whose answers are part of no candidate."""
    attempts: tuple[JsonObject, ...]
    notes: tuple[str, ...]
    timings: tuple[tuple[str, float], ...]
    progress: tuple[int, int] | None
    """Of a long list, how many items are there, and how many there will be."""
    computed: tuple[Reported, ...]
    """The computed values, which can still be drawn."""
    size: int
    """Bytes in memory, by estimate."""

    def render(self, text: Text) -> JsonObject:
        """Return the record as JSON, each string passed through ``text``."""
        timings = [{"stage": name, "seconds": round(s, 6)} for name, s in self.timings]
        shown: JsonObject = _map(
            {
                "plan": self.plan,
                "stages": self.stages,
                "candidates": self.candidates,
                "lost": self.lost,
                "attempts": self.attempts,
                "notes": self.notes,
            },
            text,
        )
        if self.computed:
            shown["computed"] = [_map(it.to_json(), text) for it in self.computed]
        if self.progress is not None:
            shown["progress"] = {"items": self.progress[0], "of": self.progress[1]}
        return shown | {"timings": timings}


def build_record(trace: Trace, limit: int) -> Record:
    """Return what is kept of a trace, each text cut to ``limit`` bytes."""
    plan = None if trace.plan is None else _plan(trace.plan, limit)
    candidates = tuple(_candidate(it, limit) for it in trace.candidates[:_LISTED])
    attempts = tuple(_attempt(it, limit) for it in trace.attempts[:_LISTED])
    notes = tuple(_cut_text(note, limit) for note in trace.notes[:_LISTED])
    timings = tuple(trace.timings[:_LISTED])
    stages = tuple(_stage(it, limit) for it in trace.stages[:_LISTED])
    lost = tuple(_completion(it, limit) for it in trace.lost[:_LISTED])
    weight = _weigh((plan, stages, candidates, lost, attempts, notes))
    computed = tuple(trace.computed[:_LISTED])
    size = weight + _PIECE_BYTES * len(timings) + sum(it.weight for it in computed)
    return Record(
        plan,
        stages,
        candidates,
        lost,
        attempts,
        notes,
        timings,
        trace.progress,
        computed,
        size,
    )


def _plan(plan: Plan, limit: int) -> JsonObject:
    return {
        "flow": plan.flow,
        "route": plan.route,
        "node": _lists_as_tuples(describe(plan.node)),
        "complexity": dict(plan.complexity),
        "estimate": _estimate(plan.estimate),
        "budget": plan.budget,
        "max_cost_usd": plan.max_cost_usd,
        "shape": cut(dump(plan.shape.schema), limit).decode("utf-8", "replace"),
        "shape_source": plan.shape.source,
        "variants": plan.variants,
        "completions": plan.completions,
        "on_failure": plan.on_failure,
        "seed": plan.task.seed,
        "reasons": tuple(_cut_text(it, limit) for it in plan.reasons[:_LISTED]),
        "rules": tuple(_cut_text(it, limit) for it in plan.task.rules[:_LISTED]),
        "rules_unchecked": max(0, len(plan.task.rules) - len(plan.task.checks)),
    }


def _lists_as_tuples(piece: Json) -> Json:
    # As in the rest of a record, of which `_weigh` counts tuples only.
    if isinstance(piece, dict):
        return {key: _lists_as_tuples(value) for key, value in piece.items()}
    return tuple(map(_lists_as_tuples, piece)) if isinstance(piece, list) else piece


def _candidate(candidate: Candidate, limit: int) -> JsonObject:
    return {
        "quality": candidate.verdict.quality,
        "quality_parts": dict(candidate.verdict.parts),
        "confidence": candidate.confidence,
        "filled": candidate.filled,
        "violations": _violations(candidate.verdict.violations, limit),
        "remaining": _violations(candidate.remaining, limit),
        "repairs": tuple(_repair(it) for it in candidate.repairs[:_LISTED]),
        "completions": tuple(_completion(it, limit) for it in candidate.completions[:_LISTED]),
    }


def _estimate(estimate: Estimate) -> JsonObject:
    """Return an estimate without the numbers that nobody computed.

    Tokens and cost are estimated only where a limit was asked for.
    """
    told = asdict(estimate)
    return told if estimate.input_tokens else {**told, **dict.fromkeys(_UNTOLD)}


_UNTOLD: Final = ("input_tokens", "output_tokens", "cost_usd")


def _stage(stage: StageRecord, limit: int) -> JsonObject:
    note = None if stage.note is None else _cut_text(stage.note, limit)
    return asdict(stage) | {"note": note, "backends": stage.backends}


def _completion(completion: Completion, limit: int) -> JsonObject:
    return {
        "stage": completion.stage,
        "backend": completion.backend,
        "provider": completion.provider,
        "model": completion.model,
        "mode": completion.mode,
        "prompt": _cut_text(completion.prompt, limit),
        "text": _cut_text(completion.text, limit),
        "finish_reason": completion.finish_reason,
        "latency": completion.latency,
        "cost_usd": completion.cost_usd,
        "usage": asdict(completion.usage),
        "attempts": tuple(_attempt(it, limit) for it in completion.attempts[:_LISTED]),
    }


def _attempt(attempt: Attempt, limit: int) -> JsonObject:
    detail = None if attempt.detail is None else _cut_text(attempt.detail, limit)
    return asdict(attempt) | {"detail": detail}


def _violations(violations: Sequence[Violation], limit: int) -> tuple[JsonObject, ...]:
    return tuple(
        {"pointer": it.pointer[:limit], "code": it.code, "message": _cut_text(it.message, limit)}
        for it in violations[:_LISTED]
    )


def _repair(repair: Repair) -> JsonObject:
    # The redactor finds secrets by the names of their fields, so values are kept with those.
    name = repair.pointer.rpartition("/")[2][:_VALUE_CHARS]
    return {
        "pointer": repair.pointer[:_VALUE_CHARS],
        "kind": repair.kind,
        "before": _field(name, repair.before),
        "after": _field(name, repair.after),
    }


def _field(name: str, value: Json) -> str | None:
    """Return ``{"name":value}`` as text, for the redactor to see whose value it is; None if
    missing."""
    if value is MISSING:
        return None
    return cut(dump({name: value}), _VALUE_CHARS).decode("utf-8", "replace")


def _cut_text(text: str, limit: int) -> str:
    """Return a text cut to ``limit`` bytes."""
    # UTF-8 has at most four bytes a character, so most texts need not be encoded to be measured.
    if len(text) <= limit // 4:
        return text
    return cut(text.encode("utf-8", "replace"), limit).decode("utf-8", "replace")


def _weigh(piece: Json) -> int:
    """Return the bytes that a part of a record takes in memory, by estimate."""
    if isinstance(piece, dict):
        return _PIECE_BYTES + sum(map(_weigh, piece.values()))
    if isinstance(piece, tuple):
        return 60 + sum(map(_weigh, piece))
    return 60 + len(piece) if isinstance(piece, str) else 30


def _map(piece: Json, text: Text) -> Json:
    if isinstance(piece, dict):
        return {key: _map(value, text) for key, value in piece.items()}
    if isinstance(piece, (tuple, list)):
        return [_map(value, text) for value in piece]
    return text(piece) if isinstance(piece, str) else piece
