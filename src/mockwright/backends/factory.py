"""Settings -> pool."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote, urlsplit

from mockwright.backends.base import Backend, Probe
from mockwright.backends.embedded import EmbeddedBackend
from mockwright.backends.pool import AUTO, Member, Pool
from mockwright.backends.resilient import ResilientBackend
from mockwright.backends.scripted import ScriptedBackend
from mockwright.errors import ConfigError
from mockwright.generator.interfaces import Realist
from mockwright.generator.realism import Realism
from mockwright.settings import BackendSettings, Provider, RealismSettings, ResilienceSettings

if TYPE_CHECKING:
    from mockwright.backends.transport import Endpoint

_URLS: Final[dict[Provider, str]] = {
    "ollama": "http://localhost:11434",
    "lmstudio": "http://localhost:1234/v1",
    "openai": "https://api.openai.com/v1",
    "anthropic": "https://api.anthropic.com/v1",
}
_NEEDED: Final[dict[Provider, tuple[str, ...]]] = {
    "scripted": ("responses",),
    "ollama": ("model",),
    "anthropic": ("model",),
    "azure": ("base_url", "model"),
}
# What people copy from Azure's pages ends with one of these.
_AZURE_PATH = re.compile(r"(?:/openai(?:/v1|/deployments(?:/.*)?)?)?/*$")


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
            backend=ResilientBackend(
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
    from mockwright.backends.anthropic import AnthropicBackend, messages_url
    from mockwright.backends.llamacpp import LlamacppBackend
    from mockwright.backends.ollama import OllamaBackend, native_url
    from mockwright.backends.openai import OpenAIBackend
    from mockwright.backends.transport import Transport

    def transport(url: str) -> Transport:
        return Transport(_endpoint(settings, url, resilience, upstream_bytes))

    def openai(settings: BackendSettings, url: str) -> OpenAIBackend:
        return OpenAIBackend(settings, _split_login(url)[0], transport(url))

    url = settings.base_url or _URLS.get(settings.provider, "")
    match settings.provider:
        case "llamacpp":
            return LlamacppBackend(settings, openai)
        case "ollama":
            return OllamaBackend(settings, transport(native_url(url)))
        case "anthropic":
            return AnthropicBackend(settings, transport(messages_url(url)))
        case "azure":
            return openai(settings, azure_url(url, settings.api_version))
    return openai(settings, url)


def azure_url(base_url: str, api_version: str | None) -> str:
    """Where an Azure resource is asked: by deployment where there is an API version to name."""
    root = _AZURE_PATH.sub("", base_url, count=1)
    return f"{root}/openai" if api_version else f"{root}/openai/v1"


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

    own = {name.casefold(): it.get_secret_value() for name, it in settings.headers.items()}
    key = settings.api_key.get_secret_value() if settings.api_key else ""
    headers = {**_key_headers(settings.provider, key), **own}
    secrets = [*own.values(), key]
    url, login = _split_login(url)
    if login:
        secrets += [login, login.partition(":")[2]]
        headers.setdefault("authorization", f"Basic {b64encode(login.encode()).decode()}")
    if proxy := settings.proxy and settings.proxy.get_secret_value():
        secrets += [proxy, (proxy_login := _split_login(proxy)[1]), proxy_login.partition(":")[2]]
    return Endpoint(
        name=settings.name,
        base_url=url,
        headers=headers,
        secrets=tuple(sorted(filter(None, secrets), key=len, reverse=True)),
        connect_timeout=settings.connect_timeout,
        read_timeout=settings.read_timeout or settings.timeout or resilience.timeout,
        max_connections=settings.max_parallel_requests,
        max_bytes=upstream_bytes,
        params={"api-version": settings.api_version} if settings.api_version else {},
        proxy=proxy or None,
        http2=settings.http2,
    )


def _key_headers(provider: Provider, key: str) -> dict[str, str]:
    if provider == "anthropic":
        from mockwright.backends.anthropic import key_headers

        return key_headers(key or None)
    if not key:
        return {}
    return {"api-key": key} if provider == "azure" else {"authorization": f"Bearer {key}"}


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
    missing = [key for key in _NEEDED.get(settings.provider, ()) if not getattr(settings, key)]
    faults += [f"{place}.{key}: {settings.provider!r} cannot do without" for key in missing]
    unknown = [name for name in settings.fallbacks if name.casefold() not in names]
    faults += [f"{place}.fallbacks: there is no backend {name!r}" for name in unknown]
    if settings.http2 and find_spec("h2") is None:
        faults.append(f"{place}.http2: needs another package: pip install 'mockwright[http2]'")
    proxy = settings.proxy.get_secret_value() if settings.proxy else "http://"
    if not proxy.startswith(("http://", "https://")):
        faults.append(f"{place}.proxy: expected the URL of an HTTP proxy, http://host:port")
    return faults
