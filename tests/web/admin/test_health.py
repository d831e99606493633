from __future__ import annotations

import httpx

from mockwright.app import create_app
from mockwright.settings import BackendSettings, ResilienceSettings, ScriptedReply, Settings


async def test_a_gateway_with_a_usable_backend_is_ready() -> None:
    transport = httpx.ASGITransport(create_app(Settings()))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
        assert (await http.get("/healthz")).json()["status"] == "ok"
        ready = await http.get("/readyz")
    assert ready.status_code == 200
    assert ready.json() == {"status": "ready", "backends": {"embedded": "ready"}}


async def test_with_every_backend_down_it_is_alive_but_not_ready() -> None:
    failing = ScriptedReply(error="connection")
    settings = Settings(
        backends=(
            BackendSettings(name="down", provider="scripted", responses=(failing,)),
            BackendSettings(name="off", provider="embedded", enabled=False),
        ),
        resilience=ResilienceSettings(retry=False, allowed_fails=1),
    )
    transport = httpx.ASGITransport(create_app(settings))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
        await http.get("/api/mock/users")
        ready = await http.get("/readyz")
        assert (await http.get("/healthz")).status_code == 200
    assert ready.status_code == 503
    assert ready.json()["backends"] == {"down": "open", "off": "disabled"}
