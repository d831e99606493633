"""Settings -> pool."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote, urlsplit

from mockwright.backends.base import Backend, Probe
from mockwright.backends.embedded import EmbeddedBackend
from mockwright.backends.pool import AUTO, Member, Pool
from mockwright.backends.resilience import Guarded
from mockwright.backends.scripted import ScriptedBackend
from mockwright.errors import ConfigError
from mockwright.settings import BackendSettings, Provider, RealismSettings, ResilienceSettings
from mockwright.shapes.fake.context import Realist
from mockwright.shapes.fake.realism import Realism

if TYPE_CHECKING:
    from mockwright.backends.transport import Endpoint

_URLS: Final[dict[Provider, str]] = {
    "ollama": "http://localhost:11434",
    "lmstudio": "http://localhost:1234/v1",
    "openai": "https://api.openai.com/v1",
}


def build_pool(
    backends: Sequence[BackendSettings],
    resilience: ResilienceSettings,
    *,
    upstream_bytes: int,
    realism: RealismSettings | None = None,
) -> Pool:
    """A pool of ``backends``; nothing is connected yet. Raises ConfigError.

    ``upstream_bytes`` bounds the body of one upstream answer; ``realism`` is for the embedded
    generator.
    """
    _check(backends)
    realist = build_realist(realism or RealismSettings())
    members = [
        Member(
            backend=Guarded(
                build_backend(settings, resilience, upstream_bytes, realist),
                settings,
                resilience,
            ),
            weight=settings.weight,
            priority=settings.priority,
            fallbacks=settings.fallbacks,
            enabled=settings.enabled,
        )
        for settings in backends
    ]
    return Pool(members, deadline=resilience.deadline)


def build_realist(settings: RealismSettings) -> Realist:
    """The embedded generator's sense of what things look like. Raises ConfigError."""
    try:
        return Realism(settings.kinds)
    except ValueError as error:
        raise ConfigError(f"realism.kinds.{error}") from None


def build_backend(
    settings: BackendSettings,
    resilience: ResilienceSettings,
    upstream_bytes: int,
    realist: Realist | None = None,
) -> Backend:
    """The bare backend, without limits and retries."""
    if settings.provider == "embedded":
        return EmbeddedBackend(settings, realist)
    if settings.provider == "scripted":
        return ScriptedBackend(settings.responses, settings)
    return _connected(settings, resilience, upstream_bytes)


def _connected(
    settings: BackendSettings, resilience: ResilienceSettings, upstream_bytes: int
) -> Backend:
    # HTTP clients are slow to import, and the embedded default needs none.
    from mockwright.backends.ollama import OllamaBackend, native_url
    from mockwright.backends.openai import OpenAIBackend
    from mockwright.backends.transport import Transport

    url = settings.base_url or _URLS[settings.provider]
    if settings.provider == "ollama":
        url = native_url(url)
    transport = Transport(_endpoint(settings, url, resilience, upstream_bytes))
    if settings.provider == "ollama":
        return OllamaBackend(settings, transport)
    return OpenAIBackend(settings, _split_login(url)[0], transport)


async def probe_all(
    backends: Sequence[BackendSettings], resilience: ResilienceSettings
) -> dict[str, Probe]:
    """What each enabled backend says to a probe, by name. Raises ConfigError."""
    pool = build_pool(backends, resilience, upstream_bytes=2**20)
    try:
        return await pool.probe()
    finally:
        await pool.aclose()


def _endpoint(
    settings: BackendSettings, url: str, resilience: ResilienceSettings, upstream_bytes: int
) -> Endpoint:
    from mockwright.backends.transport import Endpoint

    headers = {name.casefold(): it.get_secret_value() for name, it in settings.headers.items()}
    secrets = [*headers.values()]
    if settings.api_key is not None and (key := settings.api_key.get_secret_value()):
        secrets.append(key)
        headers.setdefault("authorization", f"Bearer {key}")
    url, login = _split_login(url)
    if login:
        secrets += [login, login.partition(":")[2]]
        headers.setdefault("authorization", f"Basic {b64encode(login.encode()).decode()}")
    return Endpoint(
        name=settings.name,
        base_url=url,
        headers=headers,
        secrets=tuple(sorted(filter(None, secrets), key=len, reverse=True)),
        connect_timeout=settings.connect_timeout,
        read_timeout=settings.read_timeout or settings.timeout or resilience.timeout,
        max_connections=settings.max_parallel_requests,
        max_bytes=upstream_bytes,
    )


def _split_login(url: str) -> tuple[str, str]:
    """The URL as it may be shown, and ``user:password`` where it held one."""
    parts = urlsplit(url)
    login, _, place = parts.netloc.rpartition("@")
    return parts._replace(netloc=place).geturl(), unquote(login)


def _check(backends: Sequence[BackendSettings]) -> None:
    """What no single backend's settings can tell."""
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
    if settings.provider == "scripted" and not settings.responses:
        faults.append(f"{place}.responses: a scripted backend needs at least one")
    if settings.provider == "ollama" and not settings.model:
        faults.append(f"{place}.model: ollama needs the name of a model")
    unknown = [name for name in settings.fallbacks if name.casefold() not in names]
    faults += [f"{place}.fallbacks: there is no backend {name!r}" for name in unknown]
    return faults
