"""A request as its recording is looked for, and what is kept of an answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from mockwright.shapes.rest.url_path import template_of
from mockwright.types import MISSING, Json, JsonObject, Missing, MockRequest, Shape

_template_of = lru_cache(maxsize=4096)(template_of)

_CONTROLS = {
    "backends": "backends",
    "count": "count",
    "limit": "limit",
    "seed": "seed",
    "rules": "rules",
    "prompt": "prompt",
    "locale": "locale",
    "n": "completions",
    "fill": "on_failure",
    "on_input_conflict": "on_input_conflict",
    "on_unverified": "on_unverified",
    "report": "report",
    "status": "status",
    "flow": "flow",
    "budget": "budget",
    "max_cost_usd": "max_cost_usd",
    "context": "context",
    "autoshape": "autoshape",
}
"""The controls that can change an answer, and the fields of a MockRequest that hold them."""
_LISTS = frozenset({"backends", "rules"})
"""Controls whose values are lists."""
_CONTROL_DIRECTIVES = frozenset({"cache", "cacheCount", "seed", "prompt", "error"})
"""Directives that are read as controls; the others belong to the shape."""


@dataclass(frozen=True, slots=True)
class RequestKey:
    """Everything of a request that can change its answer."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    body: Json | Missing = MISSING
    shape: JsonObject | bool | None = None
    """The asked schema; None where none was asked."""
    controls: JsonObject = field(default_factory=dict)
    """The controls that were given, by name."""

    @property
    def template(self) -> str:
        """The path with its ids taken out: ``/users/{id}``."""
        return _template_of(self.path)


@dataclass(frozen=True, slots=True)
class RecordedResponse:
    """What is kept of an answer."""

    body: Json | Missing
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    """Those of the response; those of requests are never kept."""
    backend: str = ""
    model: str = ""
    prompt_sha256: str | None = None
    """A hash of what the model was told; None where no model was asked."""
    cost_usd: float = 0.0
    """What the answer cost, in USD."""
    recorded_at: str | None = None
    """ISO 8601; None for one that was written by hand."""


def from_request(request: MockRequest, shape: Shape | None = None) -> RequestKey:
    """Return what of ``request`` can change its answer; ``shape`` is the one decided on."""
    shape = shape or request.shape
    # An inferred shape follows from the path, and may be inferred differently by a later version.
    if shape is not None and shape.source == "inferred":
        shape = None
    return RequestKey(
        method=request.method,
        path=request.path,
        query=request.query,
        body=request.input,
        shape=None if shape is None else shape.schema,
        controls={**_given_controls(request), **({} if shape is None else _shape_controls(shape))},
    )


def to_request(key: RequestKey, identifier: str) -> MockRequest:
    """Return the request that was recorded, to be asked again."""
    given = {field: key.controls[name] for name, field in _CONTROLS.items() if name in key.controls}
    fields: dict[str, Any] = {
        name: tuple(value) if name in _LISTS else value for name, value in given.items()
    }
    return MockRequest(
        id=identifier,
        method=key.method,
        path=key.path,
        query=key.query,
        input=key.body,
        shape=_shape_of(key),
        **fields,
    )


def _given_controls(request: MockRequest) -> JsonObject:
    """Return the controls that are not as they are by default."""
    usual = MockRequest("", "", "")
    values = (
        (name, getattr(request, field), getattr(usual, field)) for name, field in _CONTROLS.items()
    )
    return {name: list(v) if name in _LISTS else v for name, v, default in values if v != default}


def _shape_controls(shape: Shape) -> JsonObject:
    """Return what of a shape is not in its schema."""
    directives = {
        name: value for name, value in shape.directives.items() if name not in _CONTROL_DIRECTIVES
    }
    return {
        # A flow may add to an example, and never to a JSON Schema.
        **({"shape_source": shape.source} if shape.source == "schema" else {}),
        **({"directives": directives} if directives else {}),
    }


def _shape_of(key: RequestKey) -> Shape | None:
    if key.shape is None:
        return None
    is_schema = key.controls.get("shape_source") == "schema"
    directives = key.controls.get("directives", {})
    return Shape(key.shape, "schema" if is_schema else "example", directives)
