"""Faults between the parts of a configuration, which no single key can tell."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from typing import Final, get_args
from urllib.parse import urlsplit

from mockwright.config.errors import ConfigReport, Place, nearest
from mockwright.providers import PROVIDERS
from mockwright.settings import BackendSettings, RouteSettings, Settings
from mockwright.types import Pattern

_PATTERNS: Final = (*get_args(Pattern), "auto")
_METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD")


def check(settings: Settings, report: ConfigReport) -> None:
    """Add every fault between the parts to the report."""
    for place, message in _faults(settings):
        report.fault(place, message)


def _faults(settings: Settings) -> Iterator[tuple[Place, str]]:
    yield from _backends(settings)
    yield from _routes(settings)
    yield from _aliases(settings)
    yield from _flows(settings)
    yield from _server(settings)


def _backends(settings: Settings) -> Iterator[tuple[Place, str]]:
    if not settings.backends:
        yield ("backends",), "an empty list: expected at least one backend"
    elif not any(backend.enabled for backend in settings.backends):
        yield ("backends",), "all are disabled: expected at least one with enabled: true"
    yield from backend_faults(settings.backends)


def backend_faults(backends: Sequence[BackendSettings]) -> Iterator[tuple[Place, str]]:
    """Yield the place and message of each reason why no pool can be made of these backends."""
    known = [backend.name for backend in backends]
    seen: dict[str, int] = {}
    for index, backend in enumerate(backends):
        first = seen.setdefault(backend.name.lower(), index)
        if first != index:
            yield (
                ("backends", index, "name"),
                f"{backend.name!r}: expected a name of its own; backends[{first}] has it already",
            )
        for key, message in _backend(backend, known):
            yield ("backends", index, key), message


def _backend(backend: BackendSettings, known: Sequence[str]) -> Iterator[tuple[str, str]]:
    if backend.name.lower() == "auto":
        yield (
            "name",
            f"{backend.name!r}: expected another name; auto is the word for the whole pool",
        )
    if backend.base_url is not None and not _is_http(backend.base_url):
        yield "base_url", "expected a URL such as http://localhost:11434"
    for key, expected in PROVIDERS[backend.provider].requires.items():
        if not getattr(backend, key):
            yield key, f"required, but not given: {expected}"
    for name in backend.fallbacks:
        if name.lower() == backend.name.lower():
            yield "fallbacks", f"{name!r}: expected another backend than itself"
        elif fault := _unknown(name, known):
            yield "fallbacks", fault
    if backend.http2 and find_spec("h2") is None:
        yield "http2", "needs another package: pip install 'mockwright[http2]'"
    proxy = backend.proxy.get_secret_value() if backend.proxy else "http://"
    if not proxy.startswith(("http://", "https://")):
        yield "proxy", "expected the URL of an HTTP proxy, http://host:port"


def _is_http(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _routes(settings: Settings) -> Iterator[tuple[Place, str]]:
    backends = [backend.name for backend in settings.backends]
    for index, route in enumerate(settings.routes):
        for key, message in _route(route, settings):
            yield ("routes", index, key), message
        for name in _asked(route):
            if fault := _unknown(name, backends):
                yield ("routes", index, "backend"), fault


def _route(route: RouteSettings, settings: Settings) -> Iterator[tuple[str, str]]:
    """Yield the key and message of what would else be told to every caller of the route."""
    for key, most in (("count", settings.limits.max_items), ("cache", settings.cache.max_variants)):
        value = getattr(route, key)
        if value is not None and value > most:
            yield key, f"{value}: expected at most {most}"
    for method in route.method:
        if method not in _METHODS:
            yield "method", f"{method!r}: expected one of {', '.join(_METHODS)}"


def _flows(settings: Settings) -> Iterator[tuple[Place, str]]:
    backends = [backend.name for backend in settings.backends]
    known = [*settings.flows, *_PATTERNS]
    asked: list[tuple[Place, str | None]] = [(("mock", "flow"), settings.mock.flow)]
    asked += [(("routes", i, "flow"), route.flow) for i, route in enumerate(settings.routes)]
    for place, name in asked:
        if name is not None and name.lower() not in (one.lower() for one in known):
            yield place, f"{name!r}: expected one of {', '.join(known)}{nearest(name, known)}"
    for name in settings.flows:
        if name.lower() in _PATTERNS:
            yield ("flows", name), "expected another name; this one is a pattern's"
    for tier, names in settings.routing.tiers.items():
        for name in names:
            if fault := _unknown(name, backends):
                yield ("routing", "tiers", tier), fault
    if settings.routing.quality_from > settings.routing.premium_from:
        yield ("routing", "quality_from"), "expected at most routing.premium_from"


def _aliases(settings: Settings) -> Iterator[tuple[Place, str]]:
    known = {name.casefold() for b in settings.backends for name in (b.name, b.model)} | {"auto"}
    known |= {f"flow:{name}".casefold() for name in settings.flows}
    for alias, target in settings.api.aliases.items():
        if target.casefold() not in known:
            yield ("api", "aliases", alias), f"there is no backend or model {target!r}"


def _asked(route: RouteSettings) -> list[str]:
    names = [name.strip() for name in (route.backend or "").split(",")]
    return [name for name in names if name and name.lower() != "auto"]


def _unknown(name: str, known: Sequence[str]) -> str | None:
    if name.lower() in (one.lower() for one in known):
        return None
    return f"{name!r}: expected one of {', '.join(known)}{nearest(name, known)}"


def _server(settings: Settings) -> Iterator[tuple[Place, str]]:
    token = settings.server.admin_token
    if token is not None and not token.get_secret_value():
        yield ("server", "admin_token"), "expected a text that is not empty, or null for no check"
    if settings.resilience.deadline < settings.resilience.timeout:
        yield (
            ("resilience", "deadline"),
            f"{settings.resilience.deadline:g}: expected at least resilience.timeout "
            f"({settings.resilience.timeout:g})",
        )
