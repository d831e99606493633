"""Errors in the form of Anthropic's API. https://docs.anthropic.com/en/api/errors"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from mockwright import errors
from mockwright.types import ErrorSimulation
from mockwright.web.chat.surface import ErrorReply
from mockwright.web.http import problems

_TYPES: Final = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    500: "api_error",
    504: "timeout_error",
    529: "overloaded_error",
}
"""The error type of each status."""
_OVERLOADED: Final = 529
"""The status that Anthropic has for a service that is overloaded."""


def describe(error: BaseException, request_id: str) -> ErrorReply:
    """Return ``{"type": "error", "error": {type, message}, "request_id"}`` with Anthropic's
    status."""
    if isinstance(error, errors.AllBackendsFailedError):
        error = problems.cause_of(error)
    message = str(error) if isinstance(error, errors.MockwrightError) else "internal error"
    status = _status(error, request_id)
    made = _fault(status, message, request_id, getattr(error, "retry_after", None))
    if isinstance(error, (errors.NotRecordedError, errors.BrokenRecordingError)):
        # SDKs try a 5xx again, but a missing recording is not there the next time either.
        return replace(made, head=(*made.head, (b"x-should-retry", b"false")))
    return made


def simulate(asked: ErrorSimulation) -> ErrorReply:
    """Return an error that the caller asked for."""
    made = _fault(asked.status, asked.message or "simulated", "", None)
    return ErrorReply(made.status, made.body, "simulated", 1.0 if asked.status == 429 else None)


def _status(error: BaseException, request_id: str) -> int:
    match error:
        case errors.UnknownModelError() | errors.NotFoundError():
            return 404
        case errors.AuthenticationError():
            return 401
        case errors.RateLimitError():
            return 429
        case errors.BackendStatusError(status=429):
            return 429
        case errors.BackendStatusError(status=400 | 404 | 413 | 422):
            return 400
        case errors.SaturatedError() | errors.CircuitOpenError():
            return _OVERLOADED
        case errors.RequestError():
            status, _, _ = problems.row(error)
            return 400 if status == 422 else status
    # The rest are backends' errors, and unexpected ones, which `problems` logs.
    status = problems.describe(error, request_id).status
    return _OVERLOADED if status == 503 else status


def _fault(status: int, message: str, request_id: str, retry_after: float | None) -> ErrorReply:
    default = "invalid_request_error" if status < 500 else "api_error"
    kind = _TYPES.get(status, default)
    body = {"type": "error", "error": {"type": kind, "message": message}, "request_id": request_id}
    return ErrorReply(status, body, kind, retry_after)
