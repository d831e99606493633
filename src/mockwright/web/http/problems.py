"""RFC 9457 problem documents: one table from errors to status, code and title."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

import structlog

from mockwright import errors
from mockwright.jsontext import dump
from mockwright.types import ErrorSimulation, Json, JsonObject

log = structlog.get_logger(__name__)

CONTENT_TYPE: Final = b"application/problem+json"
"""RFC 9457, section 3."""
TYPE_PREFIX: Final = "urn:mockwright:problem:"
"""Begins the ``type`` of every problem; the code follows."""
REQUESTS: Final = "/api/admin/requests/"
"""The path below which journal entries are found; ``instance`` of a problem points there."""
_MAX_LISTED: Final = 100
"""Violations or attempts that one problem lists."""

TABLE: Final[dict[type[BaseException], tuple[int, str, str]]] = {
    errors.UnreadableBodyError: (400, "unreadable-body", "The body cannot be read"),
    errors.InvalidControlError: (400, "invalid-control", "A control cannot be read"),
    errors.UnknownBackendError: (400, "unknown-backend", "No such backend"),
    errors.TooLargeError: (413, "too-large", "Something is over its limit"),
    errors.UnsupportedMediaError: (415, "unsupported-media", "The body's form is not supported"),
    errors.ShapeError: (422, "invalid-shape", "The shape is no shape"),
    errors.UnsatisfiableError: (422, "unsatisfiable-schema", "No value satisfies the schema"),
    errors.TooManyItemsError: (422, "too-many-items", "More items than one answer may have"),
    errors.ContradictionError: (422, "contradictory-spec", "What is asked cannot be"),
    errors.SpecError: (422, "invalid-spec", "What is to be computed cannot be read"),
    errors.ReviewError: (409, "review", "The review cannot be changed so"),
    errors.FaultScriptError: (422, "invalid-faults", "The fault script cannot be read"),
    errors.NotRecordedError: (501, "not-recorded", "There is no recorded answer"),
    errors.BrokenRecordingError: (500, "broken-recording", "The recorded answer cannot be used"),
    errors.StateConflictError: (409, "state-conflict", "The resource cannot be changed so"),
    errors.MethodNotAllowedError: (405, "method-not-allowed", "The resource has no such method"),
    errors.StateFullError: (507, "state-full", "More than is kept for a test"),
    errors.MismatchError: (409, "mismatch", "The requests are not those that were expected"),
    errors.MissingExtraError: (501, "missing-extra", "An optional part is not installed"),
    errors.UnverifiedError: (502, "unverified", "Computed values fail their tests"),
    errors.UnknownFlowError: (400, "unknown-flow", "No such flow"),
    errors.FlowError: (422, "invalid-flow", "A flow cannot be carried out"),
    errors.GuardError: (422, "invalid-condition", "A condition cannot be decided"),
    errors.OverBudgetError: (402, "over-budget", "The answer would cost too much"),
    errors.RuleError: (422, "invalid-rule", "A rule cannot be read"),
    errors.InputConflictError: (422, "input-conflict", "The input breaks the shape"),
    errors.ParameterError: (400, "invalid-parameter", "A parameter cannot be used"),
    errors.AuthenticationError: (401, "unauthenticated", "A key is asked for"),
    errors.UnknownModelError: (404, "unknown-model", "No such model"),
    errors.NotFoundError: (404, "not-found", "There is no such thing"),
    errors.RateLimitError: (429, "rate-limited", "The key has used what it may use"),
    errors.RequestError: (400, "bad-request", "The request cannot be answered as asked"),
    errors.TransportError: (502, "backend-unreachable", "The backend could not be reached"),
    errors.BackendTimeoutError: (504, "backend-timeout", "The backend took too long"),
    errors.BackendStatusError: (502, "backend-error", "The backend answered with an error"),
    errors.CircuitOpenError: (503, "backend-unavailable", "The backend is resting"),
    errors.UnsupportedError: (502, "unsupported", "The backend has no such function"),
    errors.SaturatedError: (503, "saturated", "The backend has no room"),
    errors.AllBackendsFailedError: (502, "all-backends-failed", "No backend gave an answer"),
    errors.NonConformingError: (502, "non-conforming", "The answer breaks the shape"),
    errors.BackendError: (502, "backend-failed", "The backend failed"),
    errors.ConfigError: (409, "broken-configuration", "The configuration cannot be used"),
}
"""Status, code (the end of ``type``) and title of each error; subclasses not listed take the row of
their nearest base."""
_UNEXPECTED: Final = (500, "internal-error", "Something went wrong in the gateway")
_RESTING: Final = frozenset({"circuit_open", "saturated"})
"""Codes of attempts that never reached their backend."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem document, ready to be sent."""

    status: int
    body: bytes
    retry_after: int | None = None
    """Seconds; None where waiting does not help."""
    code: str = ""
    """The last part of its ``type``, for logs and metrics."""
    allowed: tuple[str, ...] = ()
    """The methods that a 405 names (RFC 9110, section 15.5.6)."""

    @property
    def headers(self) -> list[tuple[bytes, bytes]]:
        """The content header fields, and ``Retry-After`` and ``Allow`` where they apply."""
        fields = [
            (b"content-type", CONTENT_TYPE),
            (b"content-length", str(len(self.body)).encode()),
        ]
        if self.retry_after is not None:
            fields.append((b"retry-after", str(self.retry_after).encode()))
        if self.allowed:
            fields.append((b"allow", ", ".join(self.allowed).encode()))
        return fields


def describe(error: BaseException, request_id: str | None = None) -> Problem:
    """Return the problem document of an error.

    An error that is not Mockwright's own is logged with its traceback, and nothing of it is shown.
    """
    status, code, title = row(error)
    document: JsonObject = {"type": TYPE_PREFIX + code, "title": title, "status": status}
    if isinstance(error, errors.MockwrightError):
        document["detail"] = str(error)
    else:
        log.error("unexpected error", request_id=request_id, exc_info=error)
    document.update(_instance(request_id))
    document.update(_extensions(error))
    allowed = error.allowed if isinstance(error, errors.MethodNotAllowedError) else ()
    return Problem(status, dump(document), _retry_after(error, status), code, allowed)


def refuse(
    status: int, code: str, detail: str, request_id: str | None = None, **extensions: Json
) -> Problem:
    """Return a problem document for what is no exception: a missing entry, a method not allowed ...

    ``extensions`` become further members (RFC 9457, section 3.2).
    """
    document = {
        "type": TYPE_PREFIX + code,
        "title": phrase(status),
        "status": status,
        "detail": detail,
        **_instance(request_id),
        **extensions,
    }
    return Problem(status, dump(document), code=code)


def simulate(error: ErrorSimulation, request_id: str | None = None) -> Problem:
    """Return the problem document of an error that the caller asked for.

    Its member ``error`` repeats the error in the form that many APIs use.
    """
    title = phrase(error.status)
    simulated = {"code": error.status, "message": error.message or title}
    document: JsonObject = {
        "type": "about:blank",
        "title": title,
        "status": error.status,
        "detail": error.message or title,
        **_instance(request_id),
    }
    if error.details is not None:
        document["details"] = simulated["details"] = error.details
    document["error"] = simulated
    # Clients that are tested with these statuses want to see the header they wait for.
    wait = 1 if error.status in (429, 503) else None
    return Problem(error.status, dump(document), wait, code="simulated")


def row(error: BaseException) -> tuple[int, str, str]:
    """Return the status, code and title of an error."""
    if isinstance(error, errors.AllBackendsFailedError):
        return (_status_of_failure(error), *TABLE[errors.AllBackendsFailedError][1:])
    if isinstance(error, errors.TooLargeError) and error.what == "query":
        return (414, *TABLE[errors.TooLargeError][1:])
    return next((TABLE[kind] for kind in type(error).__mro__ if kind in TABLE), _UNEXPECTED)


def _status_of_failure(error: errors.AllBackendsFailedError) -> int:
    """Return 503 where no backend was even tried, 504 where all that were timed out, else 502."""
    codes = {cause.code for cause in error.causes}
    codes = codes or {attempt.error for attempt in error.attempts if attempt.error}
    tried = codes - _RESTING
    if not tried:
        return 503
    return 504 if tried == {"timeout"} else 502


def cause_of(error: errors.AllBackendsFailedError) -> errors.BackendError:
    """Return the one cause of a failure, or the first where all backends blame the request.

    Where the causes differ, the failure itself is returned.
    """
    causes = error.causes
    refused = all(
        isinstance(one, errors.BackendStatusError) and one.status in _BAD_REQUEST for one in causes
    )
    return causes[0] if len(causes) == 1 or (causes and refused) else error


_BAD_REQUEST: Final = frozenset({400, 413, 422})
"""Statuses of backends which mean that the request is at fault, whichever backend is asked."""


def _extensions(error: BaseException) -> JsonObject:
    """Return what a program would want to know of an error, by attribute name."""
    found: JsonObject = {
        name: getattr(error, name)
        for name in _EXTENSION_NAMES
        if getattr(error, name, None) not in (None, "", ())
    }
    for name in ("violations", "attempts"):
        listed: Sequence[Json] = getattr(error, name, ())
        if listed:
            found[name] = [dataclasses.asdict(item) for item in listed[:_MAX_LISTED]]
    if isinstance(error, (errors.UnknownBackendError, errors.UnknownFlowError)):
        found["available"] = list(error.available)
    return found


_EXTENSION_NAMES: Final = (
    *("pointer", "control", "value", "expected", "limit", "backend"),
    *("nearest", "differences", "file", "allowed", "mismatches", "requests"),
)


def _retry_after(error: BaseException, status: int) -> int | None:
    """Return whole seconds (RFC 9110, section 10.2.3); a 503 always has some."""
    seconds: float | None = getattr(error, "retry_after", None)
    if seconds is None:
        return 1 if status == 503 else None
    return max(1, math.ceil(seconds))


def _instance(request_id: str | None) -> JsonObject:
    if request_id is None:
        return {}
    return {"instance": REQUESTS + request_id, "requestId": request_id}


def phrase(status: int) -> str:
    """Return the reason phrase of a status, or ``Status 299`` for one that has no name."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return f"Status {status}"
