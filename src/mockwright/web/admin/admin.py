"""``/api/admin``: what the gateway is doing, and the few things that can be changed at run time."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Callable
from dataclasses import asdict
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from mockwright.backends.stats import BackendStatus
from mockwright.errors import InvalidControlError
from mockwright.planning.plan_tree import mermaid, to_json
from mockwright.types import JsonObject
from mockwright.web.admin.reviews import build_reviews
from mockwright.web.admin.stats import build_stats
from mockwright.web.admin.tests import build_tests, scope_id
from mockwright.web.admin.verify import VerifyBody, verify_journal
from mockwright.web.controls.controls import RawRequest, decode
from mockwright.web.http.body import parse_body, read_media
from mockwright.web.services import InForce

_INERT = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}
"""Header fields for a drawing that holds text of strangers: it may load nothing and run no
script."""
Which = Annotated[int, Query(ge=0, le=100)]
"""The number of a list among those that were computed, from 0."""
Limit = Annotated[int, Query(ge=1, le=1000)]
Offset = Annotated[int, Query(ge=0, le=1_000_000_000)]


def build_admin(services: InForce, reload: Callable[[], tuple[str, ...]]) -> APIRouter:
    """Return the routes of ``/api/admin``.

    ``reload`` reads the configuration again and returns the names of the settings that take effect
    only at a restart. The application turns errors into problem documents.
    """
    router = APIRouter(
        prefix="/api/admin", tags=["admin"], dependencies=[Depends(_authorised(services))]
    )
    router.include_router(_backends(services))
    router.include_router(_requests(services))
    router.include_router(_cache(services))
    router.include_router(_plan(services))
    # All of them below the token of this router.
    router.include_router(build_reviews(services))
    router.include_router(build_tests(services))
    router.include_router(build_stats(services))

    @router.post("/reload", operation_id="reload")
    async def read_again() -> JsonObject:
        """Read the configuration again.

        A broken configuration is refused (409) and the old one stays in force. The answer lists the
        settings that take effect only at a restart.
        """
        waiting = reload()
        return {"reloaded": True, "takes_effect_at_restart": list(waiting)}

    return router


def _authorised(services: InForce) -> Callable[[Request], None]:
    def check(request: Request) -> None:
        token = services().settings.server.admin_token
        if token is None:
            return
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        expected = token.get_secret_value().encode()
        # Starlette decodes header bytes as latin-1; this gives the bytes back as they came.
        sent = given.strip().encode("latin-1")
        # Compared in constant time: the time taken must not say how much of a guess is right.
        if scheme.lower() != "bearer" or not hmac.compare_digest(sent, expected):
            raise HTTPException(
                401, "the admin token is asked as a bearer token", {"WWW-Authenticate": "Bearer"}
            )

    return check


def _backends(services: InForce) -> APIRouter:
    router = APIRouter(prefix="/backends")

    @router.get("")
    async def list_backends() -> list[JsonObject]:
        """List the backends: state, breaker, calls, latency in seconds, tokens and cost in USD."""
        return [_describe(status) for status in services().engine.pool.status()]

    @router.post("/{name}/{action}")
    async def change(name: str, action: Literal["enable", "disable", "reset"]) -> JsonObject:
        """Take a backend out of service or back in, or close its breaker, until the next reload."""
        pool = services().engine.pool
        {"enable": pool.enable, "disable": pool.disable, "reset": pool.reset}[action](name)
        named = name.casefold()
        return next(_describe(s) for s in pool.status() if s.name.casefold() == named)

    return router


def _describe(status: BackendStatus) -> JsonObject:
    shown = asdict(status)
    # JSON has no infinity: the last bucket's bound is left open.
    shown["latency_buckets"] = [
        {"le": None if bound == float("inf") else bound, "count": count}
        for bound, count in shown["latency_buckets"]
    ]
    shown["errors_by_code"] = dict(shown["errors_by_code"])
    return shown


def _requests(services: InForce) -> APIRouter:
    router = APIRouter(prefix="/requests")

    @router.get("")
    async def list_requests(
        path: str | None = None,
        status: int | None = None,
        backend: str | None = None,
        limit: Limit = 50,
        before: str | None = None,
        method: str | None = None,
        test: str | None = None,
    ) -> list[JsonObject]:
        """List the requests in the journal, the latest first.

        `path` is the beginning of a path, or a pattern if it has a `*` or a `{name}`. `test` is the
        id of a test, or `-` for requests without one. `before` is the last id of the previous page.
        """
        of = None if test is None else scope_id(test)
        journal = services().journal
        return journal.list(path, status, backend, limit, before, method=method, test=of)

    @router.post("/verify")
    async def verify_requests(wanted: VerifyBody) -> JsonObject:
        """Check that the expected requests came.

        Answers 200 if they did, else 409 with every expectation that does not hold.
        """
        return verify_journal(services().journal, wanted)

    @router.get("/{request_id}")
    async def get_request(request_id: str) -> JsonObject:
        """Show everything the journal has of one request: plan, prompts, raw text, repairs,
        attempts, cost.

        Answers 404 if the journal does not have it, or no longer.
        """
        entry = services().journal.get(request_id)
        if entry is None:
            raise HTTPException(404, f"there is no request {request_id[:100]!r} in the journal")
        return entry

    @router.get("/{request_id}/report.svg")
    async def draw_report(request_id: str, which: Which = 0) -> Response:
        """Draw the computed values of a request against what was asked, as SVG.

        `which` is the number of a list among those that were computed, from 0.
        """
        # Drawing takes long enough to hold up other requests.
        drawings = await asyncio.to_thread(services().journal.drawings, request_id)
        if drawings is None:
            raise HTTPException(404, f"there is no request {request_id[:100]!r} in the journal")
        if which >= len(drawings):
            raise HTTPException(404, f"{len(drawings)} lists were computed for this request")
        return Response(drawings[which], media_type="image/svg+xml", headers=_INERT)

    @router.delete("")
    async def clear_requests() -> JsonObject:
        """Remove all requests from the journal."""
        return {"removed": services().journal.clear()}

    return router


def _plan(services: InForce) -> APIRouter:
    router = APIRouter()

    @router.api_route(
        "/plan/{path:path}",
        methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
        operation_id="plan",
    )
    async def plan(
        request: Request, drawn: Annotated[bool, Query(alias="mermaid")] = False
    ) -> Response:
        """Show the plan for the same request under `/api/mock`, without calling any model.

        With `?mermaid=true` the answer is a Mermaid diagram of the plan.
        """
        settings = services().settings
        raw = await request.body()
        media = read_media(request.headers.get("content-type", "").encode("latin-1"), b"")
        limits = settings.limits
        body = parse_body(raw, media, limit=limits.body_bytes, max_depth=limits.json_depth)
        # The request to be planned never had this parameter, which would become its data.
        pairs = [pair for pair in request.url.query.split("&") if not pair.startswith("mermaid")]
        wire = RawRequest(
            method=request.method,
            raw_path=request.path_params["path"].encode(),
            query="&".join(pairs).encode(),
            headers=request.headers.raw,
            body=body,
        )
        decoded = decode(wire, "plan", limits, settings.cache.max_variants)
        made = services().engine.planner.plan(decoded.request, estimated=True)
        if drawn:
            return PlainTextResponse(mermaid(made), media_type="text/vnd.mermaid")
        return JSONResponse(to_json(made) | {"ignored": [*decoded.ignored, *made.ignored]})

    return router


def _cache(services: InForce) -> APIRouter:
    router = APIRouter(prefix="/cache")

    @router.get("")
    async def list_cache(limit: Limit = 50, offset: Offset = 0) -> JsonObject:
        """Show the statistics of the cache and its keys, the most recently used first."""
        variants = services().variants
        return {"stats": variants.stats(), "keys": variants.list(limit, offset)}

    @router.delete("")
    async def clear_cache(key: str | None = None, prefix: str | None = None) -> JsonObject:
        """Remove one key, or those whose path starts with `prefix`, or everything."""
        try:
            chosen = None if key is None else bytes.fromhex(key)
        except ValueError:
            raise InvalidControlError("key", key or "", "a key as listed, in hex") from None
        return {"removed": services().variants.clear(chosen, prefix=prefix)}

    return router
