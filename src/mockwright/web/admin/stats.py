"""``/api/admin/stats``: what each backend, flow and route did and cost."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import APIRouter

from mockwright.backends.stats import BackendStatus
from mockwright.memory.journal.cost_ledger import iso
from mockwright.types import JsonObject
from mockwright.web.services import InForce


def build_stats(services: InForce) -> APIRouter:
    """Return the route ``/stats``."""
    router = APIRouter()

    @router.get("/stats")
    async def stats() -> JsonObject:
        """Show totals in seconds, tokens and USD.

        Those of flows and routes count from the start, those of backends from the last reload.
        Answers from the cache and from recordings cost nothing and are not counted.
        """
        now = services()
        text = now.journal.redactor.text
        statuses = now.engine.pool.status()
        backends = {status.name: _totals_of(status, text) for status in statuses}
        return {"backends": backends, **now.ledger.render(text)}

    return router


def _totals_of(status: BackendStatus, text: Callable[[str], str]) -> JsonObject:
    successes = status.calls - status.errors
    return {
        "calls": status.calls,
        "successes": successes,
        "failures": status.errors,
        "success_rate": status.success_rate,
        "average_duration": status.latency_sum / successes if successes else None,
        "total_duration": status.latency_sum,
        "input_tokens": status.input_tokens,
        "output_tokens": status.output_tokens,
        "cost_usd": status.cost_usd,
        "last_error": None if status.last_error is None else text(status.last_error),
        "last_error_at": iso(status.last_error_at),
    }
