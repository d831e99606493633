"""Errors in the form of Ollama's API: one string."""

from __future__ import annotations

from mockwright import errors
from mockwright.types import ErrorSimulation
from mockwright.web.chat.surface import ErrorReply
from mockwright.web.http import problems


def describe(error: BaseException, request_id: str) -> ErrorReply:
    """Return ``{"error": "..."}`` with the status that Ollama's clients expect."""
    if isinstance(error, errors.UnknownModelError):
        said = f"model {error.model!r} not found; available: {', '.join(error.available[:20])}"
        return ErrorReply(404, {"error": said}, "model_not_found")
    status, code, retry_after = _row(error, request_id)
    message = str(error) if isinstance(error, errors.MockwrightError) else "internal error"
    return ErrorReply(status, {"error": message}, code, retry_after)


def simulate(asked: ErrorSimulation) -> ErrorReply:
    """Return an error that the caller asked for."""
    return ErrorReply(asked.status, {"error": asked.message or "simulated"}, "simulated")


def _row(error: BaseException, request_id: str) -> tuple[int, str, float | None]:
    match error:
        case errors.NotFoundError():
            return 404, "not_found", None
        case errors.AuthenticationError():
            return 401, "unauthorized", None
        case errors.RateLimitError():
            return 429, error.code, error.retry_after
    problem = problems.describe(error, request_id)
    return 400 if problem.status == 422 else problem.status, problem.code, problem.retry_after
