"""FastAPI's errors as problem documents, so that its routes answer as the mock surface does."""

from __future__ import annotations

from typing import cast

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from mockwright.errors import MockwrightError
from mockwright.web.http.problems import Problem, describe, refuse


def add_problem_handlers(api: FastAPI) -> None:
    """Make FastAPI answer every error with a problem document, its own errors included."""

    def respond(problem: Problem, **headers: str) -> Response:
        response = Response(problem.body, problem.status, dict(headers))
        # Starlette has set the length itself, and twice would be a broken answer.
        response.raw_headers.extend(
            field for field in problem.headers if field[0] != b"content-length"
        )
        return response

    async def of_http(_: Request, error: Exception) -> Response:
        found = cast("HTTPException", error)
        problem = refuse(found.status_code, "http", str(found.detail))
        return respond(problem, **(found.headers or {}))

    async def of_validation(request: Request, error: Exception) -> Response:
        faults = cast("RequestValidationError", error).errors()
        places = [".".join(map(str, fault["loc"])) for fault in faults]
        detail = "; ".join(
            f"{place}: {fault['msg']}" for place, fault in zip(places, faults, strict=True)
        )
        kind = request.headers.get("content-type", "")
        # Any page may send a form or text to another origin without a preflight. So nothing but
        # application/json is read as JSON here.
        if any(fault["loc"] == ("body",) for fault in faults) and "json" not in kind:
            detail = (
                f"expected a body of the type application/json (curl --json), got {kind[:80]!r}"
            )
        return respond(refuse(400, "invalid-parameter", detail))

    async def of_any(_: Request, error: Exception) -> Response:
        return respond(describe(error))

    api.add_exception_handler(HTTPException, of_http)
    api.add_exception_handler(RequestValidationError, of_validation)
    api.add_exception_handler(MockwrightError, of_any)
    api.add_exception_handler(500, of_any)
