"""``/metrics`` for Prometheus, read off the pool, the cache and the counters at each scrape.

Nothing is counted twice for it, and answering requests costs nothing more.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from fastapi import APIRouter
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
    SummaryMetricFamily,
)
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector
from starlette.responses import Response

from mockwright.backends.stats import BackendStatus
from mockwright.memory.journal.cost_ledger import Account
from mockwright.web.http.counters import BUCKETS, Counters
from mockwright.web.services import InForce, Services

_BREAKER = {"closed": 0, "half-open": 1, "open": 2}
"""The breaker's states as numbers, since a metric knows nothing else."""


def build_metrics(services: InForce) -> APIRouter:
    """Return the route ``/metrics``.

    The registry is its own rather than the global one, so that several applications fit in one
    process.
    """
    registry = CollectorRegistry(auto_describe=False)
    registry.register(GatewayCollector(services))
    router = APIRouter(tags=["metrics"])

    @router.get("/metrics")
    async def metrics() -> Response:
        """Return all metrics in the text format of Prometheus."""
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    return router


class GatewayCollector(Collector):
    """What the gateway knows of itself, as metric families."""

    def __init__(self, services: InForce) -> None:
        self._services = services

    def collect(self) -> Iterator[Metric]:
        """Yield all metric families, as they are at this moment."""
        services = self._services()
        yield from _of_backends(services.engine.pool.status())
        yield from _of_answers(services.counters)
        yield from _of_ledger("flow", services.ledger.flows)
        yield from _of_ledger("route", services.ledger.routes)
        yield from _of_memory(services)


def _of_answers(counters: Counters) -> Iterator[Metric]:
    answers = CounterMetricFamily(
        "mockwright_requests", "Answers sent.", labels=["method", "status", "cache"]
    )
    for (method, status, cache), count in sorted(counters.answers.items()):
        answers.add_metric([method, str(status), cache or "none"], count)
    yield answers
    # The counters count each answer in one bucket; a Prometheus bucket includes all smaller ones.
    total, buckets = 0, []
    for bound, count in zip((*map(str, BUCKETS), "+Inf"), counters.buckets, strict=True):
        total += count
        buckets.append((bound, total))
    latency = HistogramMetricFamily("mockwright_request_duration_seconds", "Time to answer.")
    latency.add_metric([], buckets, counters.seconds)
    yield latency
    problems = CounterMetricFamily("mockwright_problems", "Problems sent.", labels=["code"])
    for code, count in sorted(counters.problems.items()):
        problems.add_metric([code], count)
    yield problems
    yield GaugeMetricFamily(
        "mockwright_requests_in_flight", "Being answered.", value=counters.in_flight
    )


def _of_backends(statuses: tuple[BackendStatus, ...]) -> Iterator[Metric]:
    label = ["backend"]
    calls = CounterMetricFamily("mockwright_backend_calls", "Attempts that ended.", labels=label)
    errors = CounterMetricFamily(
        "mockwright_backend_errors", "Attempts that failed.", labels=["backend", "code"]
    )
    latency = HistogramMetricFamily(
        "mockwright_backend_duration_seconds", "Time of successful calls.", labels=label
    )
    tokens = CounterMetricFamily(
        "mockwright_backend_tokens", "Tokens.", labels=["backend", "direction"]
    )
    cost = CounterMetricFamily("mockwright_backend_cost_usd", "USD spent.", labels=label)
    breaker = GaugeMetricFamily(
        "mockwright_backend_breaker", "0 closed, 1 half-open, 2 open.", labels=label
    )
    flight = GaugeMetricFamily("mockwright_backend_in_flight", "Calls under way.", labels=label)
    queued = GaugeMetricFamily("mockwright_backend_queued", "Calls waiting.", labels=label)
    for it in statuses:
        calls.add_metric([it.name], it.calls)
        for code, count in it.errors_by_code:
            errors.add_metric([it.name, code], count)
        buckets = [(_bound(bound), count) for bound, count in it.latency_buckets]
        latency.add_metric([it.name], buckets, it.latency_sum)
        tokens.add_metric([it.name, "input"], it.input_tokens)
        tokens.add_metric([it.name, "output"], it.output_tokens)
        cost.add_metric([it.name], it.cost_usd)
        breaker.add_metric([it.name], _BREAKER[it.breaker])
        flight.add_metric([it.name], it.in_flight)
        queued.add_metric([it.name], it.queued)
    yield from (calls, errors, latency, tokens, cost, breaker, flight, queued)


def _of_ledger(kind: str, accounts: Mapping[str, Account]) -> Iterator[Metric]:
    """Yield what flows or routes took; answers from the cache are not among them."""
    name, label = f"mockwright_{kind}", [kind]
    requests = CounterMetricFamily(f"{name}_requests", "Requests carried out.", labels=label)
    failures = CounterMetricFamily(f"{name}_failures", "Answered with a problem.", labels=label)
    calls = CounterMetricFamily(f"{name}_calls", "Calls that were answered.", labels=label)
    cost = CounterMetricFamily(f"{name}_cost_usd", "USD spent.", labels=label)
    tokens = CounterMetricFamily(f"{name}_tokens", "Tokens.", labels=[kind, "direction"])
    took = SummaryMetricFamily(f"{name}_duration_seconds", "Time to answer.", labels=label)
    for which, it in accounts.items():
        requests.add_metric([which], it.requests)
        failures.add_metric([which], it.failures)
        calls.add_metric([which], it.calls)
        cost.add_metric([which], it.cost_usd)
        tokens.add_metric([which, "input"], it.input_tokens)
        tokens.add_metric([which, "output"], it.output_tokens)
        took.add_metric([which], it.requests, it.seconds)
    yield from (requests, failures, calls, cost, tokens, took)


def _bound(bound: float) -> str:
    return "+Inf" if bound == float("inf") else str(bound)


def _of_memory(services: Services) -> Iterator[Metric]:
    stats = services.variants.stats()
    cache = CounterMetricFamily(
        "mockwright_cache", "What became of requests for variants.", labels=["state"]
    )
    for state in ("hits", "misses", "stale", "primings", "evictions"):
        cache.add_metric([state], stats[state])
    yield cache
    for name in ("keys", "variants", "bytes"):
        yield GaugeMetricFamily(f"mockwright_cache_{name}", "Held now.", value=stats[name])
    yield GaugeMetricFamily("mockwright_journal_entries", "Held now.", value=len(services.journal))
    yield GaugeMetricFamily("mockwright_journal_bytes", "Held now.", value=services.journal.bytes)
