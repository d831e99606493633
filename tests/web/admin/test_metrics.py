from __future__ import annotations

import httpx
from prometheus_client.parser import text_string_to_metric_families

from mockwright.app import create_app
from mockwright.settings import (
    BackendSettings,
    ResilienceSettings,
    RouteSettings,
    ScriptedReply,
    Settings,
)

SETTINGS = Settings(
    backends=(
        BackendSettings(name="good", provider="embedded"),
        BackendSettings(
            name="bad", provider="scripted", responses=(ScriptedReply(error="timeout"),), weight=0
        ),
    ),
    routes=(RouteSettings(path="/ruled/*"),),
    resilience=ResilienceSettings(retry=False, allowed_fails=1),
)


async def scrape(*paths: str) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    transport = httpx.ASGITransport(create_app(SETTINGS))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
        for path in paths:
            await http.get(f"/api/mock{path}")
        response = await http.get("/metrics")
    assert response.headers["content-type"].startswith("text/plain")
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(response.text)
        for sample in family.samples
    }


async def test_each_backend_tells_its_calls_errors_latency_and_breaker() -> None:
    found = await scrape("/a", "/a?backend=bad")

    def value(name: str, **labels: str) -> float:
        return found[f"mockwright_backend_{name}", frozenset(labels.items())]

    assert value("calls_total", backend="good") == 1
    assert value("errors_total", backend="bad", code="timeout") == 1
    assert value("breaker", backend="good") == 0
    assert value("breaker", backend="bad") == 2
    assert value("duration_seconds_count", backend="good") == 1
    assert value("duration_seconds_bucket", backend="good", le="+Inf") == 1
    assert value("in_flight", backend="good") == 0
    assert value("tokens_total", backend="good", direction="output") >= 0


async def test_answers_are_counted_by_method_status_and_cache_state() -> None:
    found = await scrape("/a?cache=1", "/a?cache=1", "/a?error=503", "/a?count=x")

    def value(name: str, **labels: str) -> float:
        return found[f"mockwright_{name}", frozenset(labels.items())]

    assert value("requests_total", method="GET", status="200", cache="miss") == 1
    assert value("requests_total", method="GET", status="200", cache="hit") == 1
    assert value("requests_total", method="GET", status="503", cache="none") == 1
    assert value("problems_total", code="simulated") == 1
    assert value("problems_total", code="invalid-control") == 1
    assert value("request_duration_seconds_count") == 4
    assert value("requests_in_flight") == 0
    assert value("cache_total", state="hits") == 1
    assert value("cache_variants") == 1
    assert value("journal_entries") == 4


async def test_flows_and_routes_are_counted_with_what_they_took() -> None:
    found = await scrape("/a", "/ruled/1", "/a?backend=bad")

    def value(name: str, **labels: str) -> float:
        return found[f"mockwright_{name}", frozenset(labels.items())]

    assert value("flow_requests_total", flow="single") == 3
    assert value("flow_failures_total", flow="single") == 1
    assert value("flow_calls_total", flow="single") == 2
    assert value("flow_cost_usd_total", flow="single") == 0
    assert value("flow_tokens_total", flow="single", direction="output") >= 0
    assert value("flow_duration_seconds_count", flow="single") == 3
    assert value("flow_duration_seconds_sum", flow="single") > 0
    assert value("route_requests_total", route="/ruled/*") == 1


async def test_two_applications_in_one_process_count_apart() -> None:
    await scrape("/a", "/b")
    found = await scrape("/a")
    assert found["mockwright_request_duration_seconds_count", frozenset()] == 1


async def test_a_strange_method_does_not_make_a_series_of_its_own() -> None:
    transport = httpx.ASGITransport(create_app(SETTINGS))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
        for number in range(3):
            await http.request(f"X{number}", "/api/mock/a")
        text = (await http.get("/metrics")).text
    assert 'method="X1"' not in text
    assert 'method="other"' in text
