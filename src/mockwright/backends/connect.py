"""A backend's settings become the transport to its server."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Mapping
from urllib.parse import unquote, urlsplit

from mockwright.backends.base import BuildContext
from mockwright.backends.transport import Endpoint, Transport
from mockwright.providers import PROVIDERS
from mockwright.settings import BackendSettings


def base_url(settings: BackendSettings) -> str:
    """Return the configured URL, else the usual one of the provider."""
    return settings.base_url or PROVIDERS[settings.provider].base_url


def bearer(key: str) -> dict[str, str]:
    """Return the header that most servers read a key from."""
    return {"authorization": f"Bearer {key}"} if key else {}


def connect(
    settings: BackendSettings,
    url: str,
    context: BuildContext,
    key_headers: Callable[[str], Mapping[str, str]] = bearer,
) -> Transport:
    """Return the transport to ``url``; nothing is connected before the first call.

    ``key_headers`` is given the key, which is empty where none is configured. Configured headers
    win over it, and a key or login in the URL over none.
    """
    own = {name.casefold(): it.get_secret_value() for name, it in settings.headers.items()}
    key = settings.api_key.get_secret_value() if settings.api_key else ""
    headers = {**key_headers(key), **own}
    secrets = [*own.values(), key]
    url, login = _split_login(url)
    if login:
        secrets += [login, login.partition(":")[2]]
        headers.setdefault("authorization", f"Basic {b64encode(login.encode()).decode()}")
    if proxy := settings.proxy and settings.proxy.get_secret_value():
        secrets += [proxy, (proxy_login := _split_login(proxy)[1]), proxy_login.partition(":")[2]]
    endpoint = Endpoint(
        name=settings.name,
        base_url=url,
        headers=headers,
        # The longest first, so that masking a part does not leave the rest of a longer one.
        secrets=tuple(sorted(filter(None, secrets), key=len, reverse=True)),
        connect_timeout=settings.connect_timeout,
        read_timeout=settings.read_timeout or settings.timeout or context.resilience.timeout,
        max_connections=settings.max_parallel_requests,
        max_bytes=context.upstream_bytes,
        params={"api-version": settings.api_version} if settings.api_version else {},
        proxy=proxy or None,
        http2=settings.http2,
    )
    return Transport(endpoint)


def _split_login(url: str) -> tuple[str, str]:
    """Return the URL as it may be shown, and ``user:password`` where it held one."""
    parts = urlsplit(url)
    login, _, place = parts.netloc.rpartition("@")
    return parts._replace(netloc=place).geturl(), unquote(login)
