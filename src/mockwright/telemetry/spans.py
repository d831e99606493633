"""Spans as OpenTelemetry has them, named by its semantic conventions for generative AI.

Only what is listed here goes into a span; prompts, answers and the texts of errors, which can hold
parts of both, never do.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.trace import SpanKind, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from mockwright import __version__
from mockwright.errors import BackendError
from mockwright.providers import PROVIDERS
from mockwright.telemetry.parent import PARENT
from mockwright.types import Json, Span

# The conventions are in development: the names are those of July 2026.
_NAMES: Final = {
    "operation": "gen_ai.operation.name",
    "provider": "gen_ai.provider.name",
    "model": "gen_ai.request.model",
    "response_model": "gen_ai.response.model",
    "input_tokens": "gen_ai.usage.input_tokens",
    "output_tokens": "gen_ai.usage.output_tokens",
    "error": "error.type",
} | {
    name: f"mockwright.{name}"
    for name in (
        "stage",
        "pattern",
        "flow",
        "route",
        "backend",
        "quality",
        "confidence",
        "filled",
        "calls",
        "cost_usd",
        "request_id",
    )
}
# A code or a class: "timeout", "status_503", "builtins.ValueError". Not
# "connection to host failed".
_ERROR_TYPE: Final = re.compile(r"[\w.:-]{1,64}")
_CHARS: Final = 256
"""The most characters of a value."""
_LAST_WORDS: Final = 3.0
"""Seconds at the end, for what is not yet sent."""
_TRACE_PATH: Final = "/v1/traces"
"""The path of traces in OTLP over HTTP."""

_propagator = TraceContextTextMapPropagator()


def build_exporter(endpoint: str | None) -> SpanExporter:
    """Return an exporter by OTLP over HTTP; None takes ``OTEL_EXPORTER_OTLP_*``."""
    if endpoint is None:
        return OTLPSpanExporter()
    return OTLPSpanExporter(endpoint.rstrip("/").removesuffix(_TRACE_PATH) + _TRACE_PATH)


def build_spans(service_name: str, exporter: SpanExporter) -> Spans:
    """Return spans that go to ``exporter``, in the background and in batches."""
    resource = Resource.create({SERVICE_NAME: service_name, SERVICE_VERSION: __version__})
    # Not on exit, where nothing limits the wait for a collector that is gone; ``aclose`` does.
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    return Spans(provider, exporter)


class Spans:
    """Begins spans; the current one is that of the running task."""

    def __init__(self, provider: TracerProvider, exporter: SpanExporter) -> None:
        self._provider = provider
        self._exporter = exporter
        self._tracer = provider.get_tracer("mockwright", __version__)

    @contextmanager
    def __call__(self, name: str, **attributes: Json) -> Iterator[Span]:
        """Begin a span that ends with the block; an exception marks it as failed."""
        operation = attributes.get("operation")
        with self._tracer.start_as_current_span(
            name,
            context=_remote_context(),
            kind=_span_kind(operation),
            # The text of an exception may hold parts of a prompt.
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            told = _NamedSpan(span, operation)
            told.tell(**attributes)
            try:
                yield told
            except asyncio.CancelledError:
                span.set_attribute("mockwright.cancelled", True)
                raise
            except Exception as error:
                told.tell(error=_type_of(error))
                raise

    async def aclose(self) -> None:
        """Send what is not yet sent; takes seconds at most where nobody listens."""
        closing = asyncio.ensure_future(asyncio.to_thread(self._provider.shutdown))
        await asyncio.wait({closing}, timeout=_LAST_WORDS)
        # Ends the wait between two tries; without effect where it is done already.
        if not closing.done():
            self._exporter.shutdown()
        await closing


class _NamedSpan:
    """A span whose attributes are given by our names."""

    def __init__(self, span: trace.Span, operation: Json) -> None:
        self._span = span
        self._operation = operation

    def tell(self, **attributes: Json) -> None:
        """Set attributes that have come out; None, and what is not listed, is left out."""
        for name, value in attributes.items():
            if value is not None and name in _NAMES and isinstance(value, (str, int, float)):
                self._span.set_attribute(_NAMES[name], _shown_value(name, value))
        if attributes.get("error") is not None:
            self._span.set_status(StatusCode.ERROR)
        if self._operation and (model := attributes.get("model")):
            self._span.update_name(f"{self._operation} {model}"[:_CHARS])


def _is_within_span() -> bool:
    return trace.get_current_span().get_span_context().is_valid


def _span_kind(operation: Json) -> SpanKind:
    """Return the kind of a span: a call of a model, the whole request, or a part of it."""
    if operation is not None:
        return SpanKind.CLIENT
    return SpanKind.INTERNAL if _is_within_span() else SpanKind.SERVER


def _remote_context() -> Context | None:
    """Return the caller's span, for the first of ours."""
    carrier = PARENT.get()
    if carrier is None or _is_within_span():
        return None
    return _propagator.extract(carrier, Context())


def _shown_value(name: str, value: str | float) -> str | float:
    if not isinstance(value, str):
        return value
    if name == "error":
        # A sentence instead of a code would be another type each time.
        return value if _ERROR_TYPE.fullmatch(value) else "_OTHER"
    if name == "provider" and (spec := PROVIDERS.get(value)) is not None:
        value = spec.telemetry_name or value
    return value[:_CHARS]


def _type_of(error: Exception) -> str:
    return error.code if isinstance(error, BackendError) else type(error).__qualname__
