"""Who looks on: nobody, unless the configuration says so."""

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
    """Spans as configured. Raises ConfigError where they are enabled and cannot be made."""
    if not settings.enabled:
        return _Unobserved()
    try:
        from mockwright.telemetry.spans import build_exporter, build_spans
    except ModuleNotFoundError as missing:
        if not (missing.name or "").startswith("opentelemetry"):
            raise
        fault = "telemetry.enabled: OpenTelemetry is not installed; pip install 'mockwright[otel]'"
        raise ConfigError(fault) from None
    return build_spans(settings.service_name, build_exporter(settings.endpoint))


class _Nothing:
    """A span that nobody looks at; one is enough for all."""

    def __enter__(self) -> _Nothing:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def tell(self, **attributes: Json) -> None:
        """To nobody."""


class _Unobserved:
    def __init__(self) -> None:
        self._nothing = _Nothing()

    def __call__(self, name: str, **attributes: Json) -> _Nothing:
        return self._nothing

    async def aclose(self) -> None:
        """There is nothing to send."""
