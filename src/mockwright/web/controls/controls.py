"""The one decoder of controls: an HTTP request becomes a MockRequest.

A control is looked for in its headers, then in the query, then among the directives of the shape,
then in the body; the first place that has it wins. One that cannot be read is an
InvalidControlError that names the place; none is ignored in silence. Where one place has a control
twice, the last one counts; only lists of backends are joined, and the lines of a shape's header are
put together.

Four names are common words of real data, so they are controls only where they look like one:
``?status=`` where its value starts with a digit or a sign, ``?strategy=`` where it is one of four
words, a body's ``error`` where it is a status or an object with one as ``code``, and a body's
``budget`` where it is one of four words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qsl, unquote_to_bytes

from mockwright.errors import InvalidControlError, TooLargeError
from mockwright.settings import LimitSettings
from mockwright.shapes.parse import parse_shape
from mockwright.types import MISSING, ErrorSimulation, Json, Missing, MockRequest, Shape
from mockwright.web.controls import readers
from mockwright.web.controls.readers import BUDGETS, Bounds, FoundControl
from mockwright.web.http.body import decode_text

Header = tuple[bytes, bytes]
"""Name in lower case, and value, as ASGI has them."""


@dataclass(frozen=True, slots=True)
class Control:
    """One control: the places it may stand in, by its names there, and the function that reads
    it."""

    name: str
    """The field of MockRequest that it sets."""
    read: Callable[[FoundControl, Bounds], Any]
    headers: tuple[str, ...] = ()
    query: tuple[str, ...] = ()
    directives: tuple[str, ...] = ()
    """Keys of the shape's ``$``-directives, without the ``$``."""
    body: tuple[str, ...] = ()
    """Members of a body; they are taken out of the input."""


SHAPE: Final = Control(
    "shape", readers.read_shape, ("X-Response-Shape",), ("shape",), (), ("shape",)
)
# Not among CONTROLS: message and details count only beside an error, and have no field of their
# own.
_ERROR_CODE: Final = Control("error", readers.read_error, ("X-Error-Code",), ("error",), ("error",))
_ERROR_MESSAGE: Final = Control("", readers.read_text, ("X-Error-Message",), ("errorMessage",))
_ERROR_DETAILS: Final = Control("", readers.read_text, ("X-Error-Details",), ("errorDetails",))

CONTROLS: Final = (
    Control("backends", readers.read_backends, ("X-LLM-Backend",), ("backend",), (), ("$backend",)),
    Control("count", readers.read_count, (), ("count",), (), ("count",)),
    Control("limit", readers.read_count, (), ("limit", "pageSize", "per_page")),
    Control(
        "cache",
        readers.read_cache,
        ("X-Cache-Count",),
        ("cache",),
        ("cache", "cacheCount"),
        ("$cache", "$cacheCount"),
    ),
    Control("seed", readers.read_seed, ("X-Mock-Seed",), ("seed",), ("seed",), ("$seed",)),
    Control("rules", readers.read_rules, (), (), (), ("validationRules", "rules")),
    Control(
        "prompt",
        readers.read_text,
        ("X-Mock-Prompt", "X-Description"),
        ("prompt",),
        ("prompt",),
        ("$prompt",),
    ),
    Control("locale", readers.read_locale, ("X-Mock-Locale",), ("locale",), (), ("$locale",)),
    Control("flow", readers.read_flow, ("X-Mock-Flow",), ("flow",), (), ("$flow",)),
    Control("budget", readers.read_budget, ("X-Mock-Budget",), ("budget",), (), ("$budget",)),
    Control(
        "max_cost_usd",
        readers.read_cost,
        ("X-Mock-Max-Cost-Usd",),
        ("max_cost_usd",),
        (),
        ("$max_cost_usd", "max_cost_usd"),
    ),
    Control("completions", readers.read_completions, (), ("n",)),
    Control("on_failure", readers.read_fill, ("X-Mock-Fill",), ("fill",), (), ("$fill",)),
    Control(
        "on_input_conflict",
        readers.read_on_input_conflict,
        ("X-Mock-On-Input-Conflict",),
        ("on_input_conflict",),
        (),
        ("$on_input_conflict",),
    ),
    Control(
        "on_unverified",
        readers.read_on_unverified,
        ("X-Mock-On-Unverified",),
        ("on_unverified",),
        (),
        ("$on_unverified",),
    ),
    Control("report", readers.read_report, ("X-Mock-Report",), ("report",), (), ("$report",)),
    Control("status", readers.read_status, ("X-Mock-Status",), ("status",), (), ("$status",)),
    Control("delay", readers.read_delay, ("X-Mock-Delay",), ("delay",), (), ("$delay",)),
    Control("mode", readers.read_mode, ("X-Mock-Mode",), (), (), ("$mode",)),
    Control("state", readers.read_state, ("X-Mock-State",), (), (), ("$state",)),
    Control(
        "context",
        readers.read_context,
        ("X-Mock-Context", "X-Context-Name", "X-Api-Context"),
        ("context",),
        (),
        ("$context",),
    ),
    Control(
        "autoshape",
        readers.read_yes,
        ("X-Mock-Autoshape", "X-Auto-Shape"),
        ("autoshape",),
        (),
        ("$autoshape",),
    ),
    Control(
        "renewshape",
        readers.read_yes,
        ("X-Mock-Renewshape", "X-Renew-Shape"),
        ("renewshape",),
        (),
        ("$renewshape",),
    ),
    Control(
        "delay_range",
        readers.read_range,
        ("X-Mock-Rate-Limit", "X-Rate-Limit-Delay"),
        ("rateLimit",),
    ),
    Control(
        "strategy",
        readers.read_strategy,
        ("X-Mock-Strategy", "X-Rate-Limit-Strategy"),
        ("strategy",),
    ),
)
"""Every control that is read by itself; ``shape`` is read before them, and ``error`` has three
parts."""

_ALL: Final = (SHAPE, _ERROR_CODE, _ERROR_MESSAGE, _ERROR_DETAILS, *CONTROLS)
_HEADER_NAMES: Final = {name.lower().encode(): name for control in _ALL for name in control.headers}
_QUERY_NAMES: Final = frozenset(name for control in _ALL for name in control.query)

RELEVANT_HEADERS: Final = frozenset(
    [*_HEADER_NAMES, b"accept-language", b"content-type", b"content-encoding"]
)
"""Lower-case names of all header fields that can change an answer; others are not in a
fingerprint."""


@dataclass(frozen=True, slots=True)
class RawRequest:
    """A request as it came, with its body parsed."""

    method: str
    raw_path: bytes
    """The path below the mount, percent-encoded, without the query."""
    query: bytes
    headers: Iterable[Header]
    """All header fields, their names in lower case."""
    body: Json | Missing = MISSING
    """The parsed body with its controls; MISSING without a body."""


@dataclass(frozen=True, slots=True)
class DecodedRequest:
    """A decoded request, and the names of those of its controls that have no effect."""

    request: MockRequest
    ignored: tuple[str, ...] = ()


@dataclass(slots=True)
class _Places:
    """Everything that a control may be found in, by name."""

    headers: dict[str, bytes]
    query: dict[str, str]
    body: dict[str, Json]
    directives: dict[str, Json] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)
    """Members of the body that turned out to be controls."""

    def find(self, control: Control) -> FoundControl | None:
        """Return ``control`` from the first place that has it.

        Its members of the body are taken out of the input even when another place wins.
        """
        self.taken.update(name for name in control.body if name in self.body)
        for name in control.headers:
            if name in self.headers:
                place = f"header {name}"
                return FoundControl(place, decode_text(self.headers[name], place), "header")
        for name in control.query:
            if name in self.query:
                return FoundControl(f"query {name}", self.query[name], "query")
        for name in control.directives:
            if name in self.directives:
                return FoundControl(f"shape ${name}", self.directives[name], "shape")
        for name in control.body:
            if name in self.body:
                return FoundControl(f"body {name}", self.body[name], "body")
        return None


def decode(
    wire: RawRequest, request_id: str, limits: LimitSettings, max_variants: int
) -> DecodedRequest:
    """Return the MockRequest that an HTTP request asks for.

    Raises InvalidControlError, TooLargeError, TooManyItemsError and, for the shape, ShapeError.
    """
    bounds = Bounds(limits, max_variants)
    pairs = parse_query(wire.query, limits)
    headers = _collect_headers(wire.headers, limits)
    body = wire.body if isinstance(wire.body, dict) else {}
    places = _Places(headers, _controls_of(pairs, limits), body)
    # The shape first: its directives are one of the places of all other controls.
    shape = _find_shape(places, bounds)
    found = {} if shape is None else {"shape": shape}
    for control in CONTROLS:
        given = places.find(control)
        if given is not None:
            found[control.name] = control.read(given, bounds)
    # In a body `budget` is a common word of real data: only one of the four words is a control.
    if "budget" not in found and body.get("budget") in BUDGETS:
        places.taken.add("budget")
        found["budget"] = body["budget"]
    error = _find_error(places, bounds)
    request = MockRequest(
        id=request_id,
        method=wire.method,
        path=decode_path(wire.raw_path),
        query=tuple(pair for pair in pairs if pair[0] not in places.query),
        error=error,
        input=_input_of(wire.body, places.taken),
        **_with_accepted_language(found, wire.headers),
    )
    return DecodedRequest(request, tuple(_ignored(places, error)))


def decode_path(raw: bytes) -> str:
    """Return a percent-encoded path as text, with one leading slash.

    Raises InvalidControlError where it is not UTF-8.
    """
    return "/" + decode_text(unquote_to_bytes(raw), "path").lstrip("/")


def parse_query(raw: bytes, limits: LimitSettings) -> list[tuple[str, str]]:
    """Return all pairs of a query string, in order, empty values included.

    Raises TooLargeError, and InvalidControlError where it is not UTF-8.
    """
    if not raw:
        return []
    if len(raw) > limits.query_bytes:
        raise TooLargeError("query", limits.query_bytes)
    text = decode_text(raw, "query")
    try:
        return parse_qsl(text, keep_blank_values=True, errors="strict")
    except UnicodeDecodeError:
        raise InvalidControlError("query", text, "percent-encoded UTF-8") from None


def _collect_headers(headers: Iterable[Header], limits: LimitSettings) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for raw_name, value in headers:
        name = _HEADER_NAMES.get(raw_name)
        if name is None:
            continue
        # Joined first, then measured: many short lines must not get past the limit.
        if name in found and name in _JOINED_BY:
            value = _JOINED_BY[name].join((found[name], value))
        if len(value) > limits.control_bytes:
            raise TooLargeError(f"header {name}", limits.control_bytes)
        found[name] = value
    return found


_JOINED_BY: Final = {"X-Response-Shape": b"\n", "X-LLM-Backend": b","}
"""Controls that may come in several header lines, and what joins these."""


def _controls_of(pairs: Sequence[tuple[str, str]], limits: LimitSettings) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in pairs:
        # Neither the name nor the value of data is looked at, so it may be of any length here.
        if name not in _QUERY_NAMES or not _RECOGNISED_BY.get(name, _anything)(value):
            continue
        if len(value) > limits.control_bytes:
            raise TooLargeError(f"query {name}", limits.control_bytes)
        found[name] = f"{found[name]},{value}" if name == "backend" and name in found else value
    return found


def _looks_like_status(value: str) -> bool:
    """Whether it is a control: ``?status=503`` is one, ``?status=shipped`` filters data."""
    return value[:1] in "0123456789+-"


def _looks_like_strategy(value: str) -> bool:
    return value.strip().lower() in readers.STRATEGIES


def _anything(_: str) -> bool:
    return True


_RECOGNISED_BY: Final = {"status": _looks_like_status, "strategy": _looks_like_strategy}
"""Names that are common words of real data, and what the value of a control looks like."""


def _find_shape(places: _Places, bounds: Bounds) -> Shape | None:
    given = places.find(SHAPE)
    if given is None:
        return None
    shape = parse_shape(SHAPE.read(given, bounds))
    places.directives = dict(shape.directives)
    return shape


def _find_error(places: _Places, bounds: Bounds) -> ErrorSimulation | None:
    """Return the error to be simulated; None for none.

    The code decides whether there is one; message and details are added wherever they stand.
    """
    given = places.find(_ERROR_CODE)
    in_body = readers.error_in_body(places.body.get("error"))
    if in_body is not None:
        places.taken.add("error")
    error = in_body if given is None else readers.read_error(given, bounds)
    if error is None:
        return None
    message, details = places.find(_ERROR_MESSAGE), places.find(_ERROR_DETAILS)
    return ErrorSimulation(
        error.status,
        message=error.message if message is None else readers.read_text(message, bounds),
        details=error.details if details is None else readers.read_text(details, bounds),
    )


def _ignored(places: _Places, error: ErrorSimulation | None) -> Iterator[str]:
    """Yield the name of a control that has no effect: a message or details without an error."""
    if error is None and (places.find(_ERROR_MESSAGE) or places.find(_ERROR_DETAILS)):
        yield "errorMessage"


def _input_of(body: Json | Missing, taken: set[str]) -> Json | Missing:
    """Return the body without its controls; MISSING where nothing else is in it."""
    if not taken or not isinstance(body, dict):
        return body
    return {key: value for key, value in body.items() if key not in taken} or MISSING


def _with_accepted_language(found: dict[str, Any], headers: Iterable[Header]) -> dict[str, Any]:
    """Return the controls with a locale from ``Accept-Language``, where no locale was asked for."""
    if "locale" not in found:
        for name, value in headers:
            if name == b"accept-language":
                found["locale"] = readers.preferred_language(value.decode("latin-1"))
    return found
