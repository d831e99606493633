"""The configured backends become a pool."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module

from mockwright.backends.base import Backend, BuildBackend, BuildContext
from mockwright.backends.pool import Member, Pool
from mockwright.backends.resilient import ResilientBackend
from mockwright.config.checks import backend_faults
from mockwright.config.errors import dotted
from mockwright.errors import ConfigError
from mockwright.generator.interfaces import Realist
from mockwright.generator.realism import Realism
from mockwright.providers import PROVIDERS
from mockwright.settings import BackendSettings, RealismSettings, ResilienceSettings


def build_pool(
    backends: Sequence[BackendSettings],
    resilience: ResilienceSettings,
    *,
    upstream_bytes: int,
    realism: RealismSettings | None = None,
) -> Pool:
    """Return a pool of ``backends``; nothing is connected yet. Raises ConfigError.

    ``upstream_bytes`` bounds the body of one upstream answer; ``realism`` is for the embedded
    generator.
    """
    _check(backends)
    realist = build_realist(realism or RealismSettings())
    context = BuildContext(resilience, upstream_bytes, realist)
    members = [
        Member(
            backend=ResilientBackend(build_backend(settings, context), settings, resilience),
            weight=settings.weight,
            priority=settings.priority,
            fallbacks=settings.fallbacks,
            enabled=settings.enabled,
        )
        for settings in backends
    ]
    return Pool(members, deadline=resilience.deadline)


def build_realist(settings: RealismSettings) -> Realist:
    """Return the embedded generator's sense of what things look like. Raises ConfigError."""
    try:
        return Realism(settings.kinds)
    except ValueError as error:
        raise ConfigError(f"realism.kinds.{error}") from None


def build_backend(settings: BackendSettings, context: BuildContext) -> Backend:
    """Return the bare backend, without limits and retries. Raises ConfigError."""
    module, _, function = PROVIDERS[settings.provider].build.partition(":")
    build: BuildBackend = getattr(import_module(module), function)
    return build(settings, context)


def _check(backends: Sequence[BackendSettings]) -> None:
    # Configured backends have passed this already; programs and tests make settings of their own.
    faults = [f"{dotted(place)}: {message}" for place, message in backend_faults(backends)]
    if faults:
        raise ConfigError("\n".join(faults))
