"""The configured backends become a pool."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec

from mockwright.backends.base import Backend, BuildBackend, BuildContext
from mockwright.backends.pool import AUTO, Member, Pool
from mockwright.backends.resilient import ResilientBackend
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
    """Raise ConfigError for what no single field can tell.

    ``config`` has told it already, with files and lines, where the settings came from there; tests
    and programs make settings of their own.
    """
    names = [settings.name.casefold() for settings in backends]
    faults = [
        fault
        for i, settings in enumerate(backends)
        for fault in _faults(f"backends.{i}", settings, names, first=names.index(names[i]) == i)
    ]
    if faults:
        raise ConfigError("\n".join(faults))


def _faults(place: str, settings: BackendSettings, names: list[str], *, first: bool) -> list[str]:
    faults = []
    if not first:
        faults.append(f"{place}.name: {settings.name!r} is there twice (case does not count)")
    if settings.name.casefold() == AUTO:
        faults.append(f"{place}.name: {settings.name!r} means the whole pool; choose another name")
    required = PROVIDERS[settings.provider].requires
    missing = [key for key in required if not getattr(settings, key)]
    faults += [f"{place}.{key}: {settings.provider!r} cannot do without" for key in missing]
    unknown = [name for name in settings.fallbacks if name.casefold() not in names]
    faults += [f"{place}.fallbacks: there is no backend {name!r}" for name in unknown]
    if settings.http2 and find_spec("h2") is None:
        faults.append(f"{place}.http2: needs another package: pip install 'mockwright[http2]'")
    proxy = settings.proxy.get_secret_value() if settings.proxy else "http://"
    if not proxy.startswith(("http://", "https://")):
        faults.append(f"{place}.proxy: expected the URL of an HTTP proxy, http://host:port")
    return faults
