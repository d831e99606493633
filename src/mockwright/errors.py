"""Every error the gateway raises on purpose.

::

    MockwrightError
    ├── ConfigError                  the configuration cannot be used
    ├── BrokenRecordingError         a recorded answer that does not conform any more
    ├── RequestError                 the caller's fault: a 4xx
    │   ├── UnreadableBodyError        400  not JSON, not decodable, nested too deep
    │   ├── InvalidControlError        400  a control that cannot be read
    │   ├── UnknownBackendError        400  no such backend, or it is disabled
    │   ├── TooLargeError              413  body, query or header over its limit
    │   ├── UnsupportedMediaError      415  a content encoding or type that cannot be read
    │   ├── ShapeError                 422  a shape that is no shape, with a JSON pointer
    │   ├── UnsatisfiableError         422  a schema no value satisfies, or none was found in bounds
    │   ├── TooManyItemsError          422  a count over the limit
    │   ├── RuleError                  422  a rule that cannot be read
    │   ├── SpecError                  422  what is to be computed cannot be read
    │   │   └── ContradictionError       422  ... or contradicts itself
    │   ├── UnknownFlowError           400  no such flow
    │   ├── FlowError                  422  a flow that cannot be read, or is too large
    │   ├── GuardError                 422  a condition that cannot be read or decided
    │   ├── OverBudgetError            402  nothing could be made within the asked cost
    │   ├── InputConflictError         422  input data that breaks the asked shape
    │   ├── ParameterError             400  a parameter of a chat surface that cannot be used
    │   ├── UnknownModelError          404  no backend, flow or alias of that name
    │   ├── NotFoundError              404  no such stored thing, or no such path
    │   ├── AuthenticationError        401  no key, or one that is not known
    │   ├── RateLimitError             429  a key has used up its requests, tokens or budget
    │   ├── ReviewError                409  a review that is settled already, or one too many
    │   ├── FaultScriptError           422  a fault script that cannot be read
    │   ├── NotRecordedError           501  only recorded answers are wanted, and there is none
    │   ├── StateConflictError         409  a resource's id is taken, or would change
    │   ├── MethodNotAllowedError      405  a resource that has no such method
    │   ├── StateFullError             507  more would be kept for a test than may be
    │   ├── MismatchError              409  the requests that came are not those expected
    │   └── MissingExtraError          501  it needs a part that is not installed
    └── BackendError                 a model endpoint's fault: a 5xx
        ├── TransportError             connection refused, reset, TLS, malformed response
        ├── BackendTimeoutError        connect, read, total
        ├── BackendStatusError         an HTTP error status from upstream
        ├── CircuitOpenError           skipped: the breaker is open
        ├── SaturatedError             the bounded queue before a backend is full
        ├── UnsupportedError           this backend has no such function; another may
        ├── AllBackendsFailedError     every usable backend was tried
        ├── NonConformingError         the model's answer does not conform, and filling is off
        └── UnverifiedError            computed values fail their tests, and nothing else is wanted

Messages are shown to callers: they name the place, the value and what was expected, and never
hold a secret.
"""

from __future__ import annotations

from collections.abc import Sequence

from mockwright.types import Attempt, Json, Violation


class MockwrightError(Exception):
    """Base of all; ``str(error)`` is fit to be shown to a caller."""


class ConfigError(MockwrightError):
    """The configuration cannot be used; the message has one line for each fault."""


class RequestError(MockwrightError):
    """The request cannot be answered as asked."""


class UnreadableBodyError(RequestError):
    """The body cannot be decoded; the message names line and column where there are any."""


class InvalidControlError(RequestError):
    """A per-request control cannot be read."""

    def __init__(self, control: str, value: str, expected: str) -> None:
        shown = value if len(value) <= 80 else value[:77] + "..."
        super().__init__(f"{control}: got {shown!r}, expected {expected}")
        self.control = control
        self.value = shown
        self.expected = expected


class UnknownBackendError(RequestError):
    """A backend was asked for that does not exist or is disabled."""

    def __init__(self, name: str, available: Sequence[str], *, disabled: bool = False) -> None:
        fault = "is disabled" if disabled else "does not exist"
        listed = ", ".join(available) or "none"
        super().__init__(f"backend {name[:80]!r} {fault}; available: {listed}")
        self.name = name[:80]
        self.available = tuple(available)
        self.disabled = disabled


class TooLargeError(RequestError):
    """Something is over its limit."""

    def __init__(self, what: str, limit: int, unit: str = "bytes") -> None:
        super().__init__(f"{what} is over the limit of {limit} {unit}")
        self.what = what
        self.limit = limit


class UnsupportedMediaError(RequestError):
    """The body's media type or encoding cannot be read."""


class ShapeError(RequestError):
    """The shape is no shape; ``pointer`` leads to what is wrong with it."""

    def __init__(self, message: str, pointer: str = "") -> None:
        super().__init__(f"shape at {pointer or '/'}: {message}")
        self.pointer = pointer


class UnsatisfiableError(RequestError):
    """No value satisfies the schema, or none was found within the search bound."""

    def __init__(self, message: str, pointer: str = "", *, proven: bool = True) -> None:
        super().__init__(message)
        self.pointer = pointer
        """A JSON Pointer into the schema, to where the contradiction stands."""
        self.proven = proven
        """False where the search merely ran into its bound."""


class TooManyItemsError(RequestError):
    """More items are asked for than one answer may have."""

    def __init__(self, count: int, limit: int) -> None:
        super().__init__(f"count: got {count}, expected at most {limit}")
        self.limit = limit


class RuleError(RequestError):
    """A validation rule cannot be read."""

    def __init__(self, message: str, pointer: str) -> None:
        super().__init__(f"rule at {pointer}: {message}")
        self.pointer = pointer


class SpecError(RequestError):
    """What is to be computed cannot be read; ``place`` says which field or directive."""

    def __init__(self, message: str, place: str = "") -> None:
        super().__init__(f"{place}: {message}" if place else message)
        self.place = place


class ContradictionError(SpecError):
    """What is to be computed cannot be: two things that are asked rule each other out."""


class UnknownFlowError(RequestError):
    """A flow was asked for that is not configured, and is no pattern."""

    def __init__(self, name: str, available: Sequence[str]) -> None:
        super().__init__(f"flow {name[:80]!r} does not exist; available: {', '.join(available)}")
        self.name = name[:80]
        self.available = tuple(available)


class FlowError(RequestError):
    """A flow cannot be read, or is larger than a request may bring."""

    def __init__(self, message: str, pointer: str = "") -> None:
        super().__init__(f"flow at {pointer or '/'}: {message}")
        self.pointer = pointer


class GuardError(RequestError):
    """A condition cannot be read, or what it asks about is not there."""

    def __init__(self, message: str, text: str) -> None:
        super().__init__(f"condition {text[:200]!r}: {message}")
        self.text = text[:200]


class OverBudgetError(RequestError):
    """The next call would cost more, in USD or in calls, than one answer may."""


class InputConflictError(RequestError):
    """A value of the input has to be kept, but breaks the asked shape."""

    def __init__(self, violations: Sequence[Violation]) -> None:
        first = violations[0]
        super().__init__(f"input at {first.pointer or '/'} breaks the shape: {first.message}")
        self.violations = tuple(violations)
        self.pointer = first.pointer


class ParameterError(RequestError):
    """A parameter of a chat surface cannot be used."""

    def __init__(self, message: str, param: str | None = None, code: str | None = None) -> None:
        super().__init__(message)
        self.param = param
        """Where the parameter stands: ``messages[0].role``."""
        self.code = code
        """A short and stable code, where the protocol has one: ``context_length_exceeded``."""


class UnknownModelError(RequestError):
    """A chat surface was asked for a model that nobody serves."""

    def __init__(self, model: str, available: Sequence[str]) -> None:
        listed = ", ".join(available[:20]) or "none"
        super().__init__(
            f"The model {model[:80]!r} does not exist; available: {listed}."
            " Other names can be given to them under `aliases` in the configuration."
        )
        self.model = model[:80]
        self.available = tuple(available)


class NotFoundError(RequestError):
    """There is nothing of that name, or nothing at that path."""


class AuthenticationError(RequestError):
    """API keys are configured, and the caller sent none of them."""


class RateLimitError(RequestError):
    """A key has used up what it may use."""

    def __init__(self, message: str, *, code: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.code = code
        """``rate_limit_exceeded``, or ``insufficient_quota`` for a budget that is spent."""
        self.retry_after = retry_after
        """Seconds to wait; ``None`` where waiting does not help."""


class ReviewError(RequestError):
    """A review that is settled already, or one more than are kept."""


class FaultScriptError(RequestError):
    """A fault script cannot be read."""

    def __init__(self, message: str, pointer: str = "") -> None:
        super().__init__(f"faults at {pointer or '/'}: {message}")
        self.pointer = pointer


class NotRecordedError(RequestError):
    """Only recorded answers are wanted, and there is none for this request."""

    def __init__(
        self, message: str, *, nearest: str | None = None, differences: Sequence[str] = ()
    ) -> None:
        super().__init__(message)
        self.nearest = nearest
        """The file of the entry that is nearest."""
        self.differences = tuple(differences)
        """What differs in that entry, each as a sentence."""


class BrokenRecordingError(MockwrightError):
    """A recorded answer cannot be used: it was edited, and does not conform any more."""

    def __init__(self, message: str, file: str, violations: Sequence[Violation] = ()) -> None:
        super().__init__(message)
        self.file = file
        self.violations = tuple(violations)


class StateConflictError(RequestError):
    """A stateful resource cannot be changed so: its id is taken, or would change."""


class MethodNotAllowedError(RequestError):
    """The resource has no such method."""

    def __init__(self, message: str, allowed: Sequence[str]) -> None:
        super().__init__(message)
        self.allowed = tuple(allowed)


class StateFullError(RequestError):
    """More would be kept for a test than may be."""


class MismatchError(RequestError):
    """The requests that came are not those that were expected."""

    def __init__(self, message: str, mismatches: Sequence[str], requests: Sequence[Json]) -> None:
        super().__init__(message)
        self.mismatches = tuple(mismatches)
        self.requests = tuple(requests)


class MissingExtraError(RequestError):
    """What is asked needs an optional part that is not installed."""

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(f"{what} need an extra: pip install 'mockwright[{extra}]'")


class BackendError(MockwrightError):
    """A backend did not answer; ``code`` is short and stable, for journals and metrics."""

    code = "backend_error"

    def __init__(
        self, message: str, *, backend: str = "", retry_after: float | None = None
    ) -> None:
        super().__init__(message)
        self.backend = backend
        self.retry_after = retry_after
        """Seconds to wait, where the other side or the breaker named a time."""


class TransportError(BackendError):
    """The connection failed, or what came back is not the protocol."""

    code = "connection"


class BackendTimeoutError(BackendError):
    """The backend took too long."""

    code = "timeout"


class BackendStatusError(BackendError):
    """The backend answered with an HTTP error status."""

    def __init__(
        self,
        message: str,
        *,
        status: int,
        backend: str = "",
        retry_after: float | None = None,
        body: str = "",
    ) -> None:
        super().__init__(message, backend=backend, retry_after=retry_after)
        self.status = status
        self.body = body
        """The beginning of the upstream's error body."""
        self.code = f"status_{status}"


class CircuitOpenError(BackendError):
    """The backend was skipped, because its breaker is open."""

    code = "circuit_open"


class SaturatedError(BackendError):
    """The backend's parallel limit is reached and its queue is full."""

    code = "saturated"


class UnsupportedError(BackendError):
    """The backend has no such function, embeddings for example; another backend may."""

    code = "unsupported"


class AllBackendsFailedError(BackendError):
    """No usable backend gave an answer; ``attempts`` tells what each did."""

    code = "all_failed"

    def __init__(
        self,
        message: str,
        attempts: Sequence[Attempt],
        *,
        causes: Sequence[BackendError] = (),
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message, retry_after=retry_after)
        self.attempts = tuple(attempts)
        self.causes = tuple(causes)


class NonConformingError(BackendError):
    """The answer still broke the shape after re-asking, and filling was refused."""

    code = "non_conforming"

    def __init__(self, violations: Sequence[Violation], *, backend: str = "") -> None:
        first = violations[0]
        super().__init__(
            f"the answer of backend {backend!r} breaks the shape in {len(violations)} place(s), "
            f"first at {first.pointer or '/'}: {first.message}",
            backend=backend,
        )
        self.violations = tuple(violations)


class UnverifiedError(BackendError):
    """Computed values fail their tests; ``failed`` says which, each as a sentence."""

    def __init__(self, failed: Sequence[str], *, review: bool = False) -> None:
        told = "; ".join(failed)[:500]
        super().__init__(f"{len(failed)} of what was asked could not be had: {told}")
        self.failed = tuple(failed)
        self.review = review
        """Whether a person is to be asked."""
