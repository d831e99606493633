"""``/healthz`` and ``/readyz``: whether the process is alive, and whether it can answer."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import JSONResponse

from mockwright import __version__
from mockwright.types import JsonObject
from mockwright.web.services import InForce


def build_health(services: InForce) -> APIRouter:
    """Return the routes ``/healthz`` and ``/readyz``."""
    router = APIRouter(tags=["health"])

    @router.get("/healthz")
    async def healthz() -> dict[str, str]:
        """Report that the process is alive, and its version."""
        return {"status": "ok", "version": __version__}

    @router.get("/readyz")
    async def readyz() -> JSONResponse:
        """Report whether at least one backend can take a request; 503 if none can."""
        states = {status.name: status.state for status in services().engine.pool.status()}
        ready = any(state in ("ready", "drained", "half-open") for state in states.values())
        body: JsonObject = {"status": "ready" if ready else "unavailable", "backends": states}
        runner = services().engine.producer.runner
        if runner.backends:
            body["sandbox"] = {"tier": runner.runner.tier, "tried": dict(runner.runner.report)}
        return JSONResponse(body, status_code=200 if ready else 503)

    return router
