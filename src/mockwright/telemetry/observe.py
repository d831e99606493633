"""The observer of a request's work: nobody, unless the configuration says so."""

from __future__ import annotations

from typing import Protocol

from mockwright.errors import ConfigError
from mockwright.settings import TelemetrySettings
from mockwright.types import Json, Observe


class Telemetry(Observe, Protocol):
    """Begins spans, and sends them off."""

    async def aclose(self) -> None:
        """Send what is not yet sent; takes seconds at most where nobody listens."""


def build_observe(settings: TelemetrySettings) -> Telemetry:
    """Return spans as configured; raise :class:`ConfigError` if they cannot be made."""
    if not settings.enabled:
        return _NullTelemetry()
    try:
        from mockwright.telemetry.spans import build_exporter, build_spans
    except ModuleNotFoundError as missing:
        # Any other module that is missing is a fault of this package.
        if not (missing.name or "").startswith("opentelemetry"):
            raise
        fault = "telemetry.enabled: OpenTelemetry is not installed; pip install 'mockwright[otel]'"
        raise ConfigError(fault) from None
    return build_spans(settings.service_name, build_exporter(settings.endpoint))


class _NullSpan:
    """A span that nobody looks at; one is enough for all."""

    def __enter__(self) -> _NullSpan:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def tell(self, **attributes: Json) -> None:
        """Do nothing."""


class _NullTelemetry:
    """Telemetry that sends nothing."""

    def __init__(self) -> None:
        self._nothing = _NullSpan()

    def __call__(self, name: str, **attributes: Json) -> _NullSpan:
        return self._nothing

    async def aclose(self) -> None:
        """Do nothing: there is nothing to send."""
