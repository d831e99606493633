"""Errors in the form of OpenAI's API; the status decides which exception its SDKs raise.

https://platform.openai.com/docs/guides/error-codes
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from mockwright import errors
from mockwright.types import ErrorSimulation, Json, JsonObject
from mockwright.web.chat.surface import ErrorReply
from mockwright.web.http import problems

_INVALID: Final = "invalid_request_error"
_SERVER: Final = "server_error"
_FINAL: Final = (errors.NotRecordedError, errors.BrokenRecordingError)
"""Errors that SDKs must not retry, though they retry a 5xx: the next try gives the same."""

# Type and code of errors that callers ask for, by status.
_SIMULATED: Final[dict[int, tuple[str, str | None]]] = {
    400: (_INVALID, None),
    401: (_INVALID, "invalid_api_key"),
    403: (_INVALID, "unsupported_country_region_territory"),
    404: (_INVALID, "model_not_found"),
    409: (_INVALID, None),
    413: (_INVALID, "request_too_large"),
    422: (_INVALID, None),
    429: ("requests", "rate_limit_exceeded"),
    500: (_SERVER, None),
    503: (_SERVER, "server_is_overloaded"),
}


def describe(error: BaseException, request_id: str) -> ErrorReply:
    """Return ``{"error": {message, type, param, code}}`` with the status that its SDKs expect."""
    made = _describe(error, request_id)
    if isinstance(error, _FINAL):
        return replace(made, head=(*made.head, (b"x-should-retry", b"false")))
    return made


def _describe(error: BaseException, request_id: str) -> ErrorReply:
    if isinstance(error, errors.RequestError):
        return _of_request(error)
    if isinstance(error, errors.AllBackendsFailedError):
        error = problems.cause_of(error)
    if isinstance(error, errors.BackendStatusError):
        return _of_upstream(error)
    # The rest are errors of the gateway itself, which have the status of its other surfaces.
    problem = problems.describe(error, request_id)
    message = str(error) if isinstance(error, errors.MockwrightError) else "internal error"
    retry_after = getattr(error, "retry_after", None)
    wait = problem.retry_after if retry_after is None else retry_after
    return fault(problem.status, message, _SERVER, code=problem.code, retry_after=wait)


def simulate(asked: ErrorSimulation) -> ErrorReply:
    """Return an error that the caller asked for."""
    default = (_INVALID if asked.status < 500 else _SERVER, None)
    kind, code = _SIMULATED.get(asked.status, default)
    message = asked.message or problems.phrase(asked.status)
    wait = 1.0 if asked.status in (429, 503) else None
    made = fault(asked.status, message, kind, code=code, retry_after=wait)
    return ErrorReply(made.status, made.body, "simulated", made.retry_after)


def fault(
    status: int,
    message: str,
    kind: str,
    *,
    param: str | None = None,
    code: str | None = None,
    retry_after: float | None = None,
) -> ErrorReply:
    """Return an error reply; ``kind`` is what OpenAI calls the type."""
    body: JsonObject = {"error": {"message": message, "type": kind, "param": param, "code": code}}
    return ErrorReply(status, body, code or kind, retry_after)


def _of_request(error: errors.RequestError) -> ErrorReply:
    message = str(error)
    match error:
        case errors.ParameterError():
            return fault(400, message, _INVALID, param=error.param, code=error.code)
        case errors.UnknownModelError():
            return fault(404, message, _INVALID, param="model", code="model_not_found")
        case errors.NotFoundError():
            return fault(404, message, _INVALID, code="not_found")
        case errors.AuthenticationError():
            return fault(401, message, _INVALID, code="invalid_api_key")
        case errors.NotRecordedError():
            return fault(501, message, _SERVER, code="not_recorded")
        case errors.RateLimitError(code="insufficient_quota"):
            return fault(429, message, "insufficient_quota", code=error.code)
        case errors.RateLimitError():
            return fault(429, message, "requests", code=error.code, retry_after=error.retry_after)
    status, code, _ = problems.row(error)
    param: Json = getattr(error, "control", None)
    return fault(400 if status == 422 else status, message, _INVALID, param=param, code=code)


def _of_upstream(error: errors.BackendStatusError) -> ErrorReply:
    """Return a model server's refusal, as far as it concerns the caller and not the gateway."""
    message = str(error)
    if error.code == "context_length_exceeded":
        return fault(400, message, _INVALID, param="messages", code="context_length_exceeded")
    if error.status in (400, 404, 413, 422):
        return fault(400, message, _INVALID, code="upstream_refused")
    if error.status == 429:
        wait = error.retry_after if error.retry_after is not None else 1.0
        return fault(429, message, "requests", code="rate_limit_exceeded", retry_after=wait)
    # 401 and 403 too: it is the gateway's key that was refused, not the caller's.
    return fault(
        503 if error.status == 503 else 502,
        message,
        _SERVER,
        code="upstream_failed",
        retry_after=error.retry_after,
    )
