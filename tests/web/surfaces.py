"""An application with its chat surfaces, called without a socket."""

from __future__ import annotations

import json
from typing import Any

import httpx

from mockwright.app import Application, create_app
from mockwright.settings import BackendSettings, ResilienceSettings, ScriptedReply, Settings
from mockwright.types import JsonObject

QUICK = ResilienceSettings(retry=False, cooldown_time=60, allowed_fails=1)
WEATHER = {
    "type": "object",
    "properties": {"location": {"type": "string"}, "days": {"type": "integer", "minimum": 1}},
    "required": ["location", "days"],
    "additionalProperties": False,
}


def scripted(*replies: ScriptedReply, **more: Any) -> Settings:
    """One backend, ``model``, that answers from a list."""
    backend = BackendSettings(name="model", provider="scripted", responses=replies, **more)
    return Settings(backends=(backend,), resilience=QUICK)


def client(settings: Settings | Application | None = None) -> httpx.AsyncClient:
    """A client of one application; several calls share its state."""
    app = settings if isinstance(settings, Application) else create_app(settings or Settings())
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test")


async def post(
    path: str, body: Any, settings: Settings | None = None, **headers: str
) -> httpx.Response:
    """One call; underscores in header names stand for dashes."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    async with client(settings) as http:
        return await http.post(path, json=body, headers=named)


def events(response: httpx.Response) -> list[JsonObject]:
    """The JSON of server-sent events, without ``[DONE]``."""
    lines = [line[6:] for line in response.text.splitlines() if line.startswith("data: ")]
    return [json.loads(line) for line in lines if line != "[DONE]"]


def lines(response: httpx.Response) -> list[JsonObject]:
    """The JSON of NDJSON lines."""
    return [json.loads(line) for line in response.text.splitlines()]
