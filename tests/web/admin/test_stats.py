from __future__ import annotations

import os
from pathlib import Path

import httpx
import pytest

from mockwright.app import create_app
from mockwright.config import load_settings
from mockwright.settings import (
    BackendSettings,
    Price,
    ResilienceSettings,
    RouteSettings,
    ScriptedReply,
    Settings,
)
from mockwright.types import JsonObject

SETTINGS = Settings(
    backends=(
        BackendSettings(
            name="good",
            provider="scripted",
            responses=(ScriptedReply(text='{"a": 1}'),),
            price=Price(output_per_million=1_000_000),
        ),
        BackendSettings(
            name="bad", provider="scripted", responses=(ScriptedReply(error="timeout"),), weight=0
        ),
    ),
    routes=(RouteSettings(path="/ruled/*"),),
    resilience=ResilienceSettings(retry=False),
)


async def stats(*paths: str) -> JsonObject:
    transport = httpx.ASGITransport(create_app(SETTINGS))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
        for path in paths:
            await http.post(f"/api/mock{path}", json={"shape": {"a": 0}})
        shown: JsonObject = (await http.get("/api/admin/stats")).json()
    return shown


async def test_each_backend_tells_what_it_did() -> None:
    shown = (await stats("/a", "/a", "/a?backend=bad"))["backends"]
    good, bad = shown["good"], shown["bad"]
    assert (good["calls"], good["successes"], good["failures"]) == (2, 2, 0)
    assert good["success_rate"] == 1.0
    assert good["average_duration"] == pytest.approx(good["total_duration"] / 2)
    assert good["output_tokens"] > 0
    assert good["cost_usd"] == good["output_tokens"]
    assert (good["last_error"], good["last_error_at"]) == (None, None)
    assert (bad["calls"], bad["successes"], bad["failures"]) == (1, 0, 1)
    assert bad["average_duration"] is None
    assert "timed out" in bad["last_error"]
    assert bad["last_error_at"].endswith("+00:00")


async def test_flows_and_routes_tell_what_they_took() -> None:
    shown = await stats("/a", "/ruled/1", "/a?backend=bad")
    flow, route = shown["flows"]["single"], shown["routes"]["/ruled/*"]
    assert (flow["requests"], flow["failures"], flow["calls"]) == (3, 1, 2)
    assert (route["requests"], route["failures"], route["calls"]) == (1, 0, 1)
    assert flow["cost_usd"] == pytest.approx(2 * route["cost_usd"])
    assert flow["output_tokens"] == shown["backends"]["good"]["output_tokens"]
    assert flow["estimated"]
    assert flow["average_duration"] > 0
    assert flow["average_quality"] == route["average_quality"] > 0
    assert ": " in flow["last_error"]


async def test_a_stored_answer_is_not_counted_again() -> None:
    shown = await stats(*["/a?cache=1"] * 3)
    assert shown["flows"]["single"]["requests"] == 1


async def test_what_never_had_a_plan_is_of_no_flow() -> None:
    assert (await stats("/a?count=x", "/a?error=503"))["flows"] == {}


async def test_totals_outlive_a_reload(tmp_path: Path) -> None:
    config = tmp_path / "mockwright.yaml"
    config.write_text("backends: [{name: e, provider: embedded}]")
    app = create_app(load_settings(config, os.environ), config)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
        await http.get("/api/mock/a")
        before = (await http.get("/api/admin/stats")).json()
        await http.post("/api/admin/reload")
        await http.get("/api/mock/a")
        after = (await http.get("/api/admin/stats")).json()
    assert after["since"] == before["since"]
    assert after["flows"]["single"]["requests"] == 2
