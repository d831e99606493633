from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator

import httpx
import pytest
import respx

from mockwright.backends.openai import OpenAIBackend
from mockwright.backends.resilient import ResilientBackend
from mockwright.backends.transport import Endpoint, Transport
from mockwright.settings import BackendSettings, ResilienceSettings
from mockwright.types import JsonObject, Task

BASE = "http://upstream.test/v1"
CHAT = f"{BASE}/chat/completions"
SECRET = "sk-very-secret-0123456789"
SCHEMA: JsonObject = {
    "type": "object",
    "properties": {"id": {"type": "integer"}, "name": {"type": "string"}},
    "required": ["id", "name"],
}

FAST = ResilienceSettings(
    timeout=30, deadline=60, num_retries=2, retry_backoff_initial=0, retry_backoff_max=0
)
"""No waiting between attempts."""


def endpoint(url: str = BASE, **changes: object) -> Endpoint:
    values: dict[str, object] = {
        "name": "up",
        "base_url": url,
        "headers": {"authorization": f"Bearer {SECRET}"},
        "secrets": (SECRET,),
        "connect_timeout": 30.0,
        "read_timeout": 30.0,
        "max_connections": 16,
        "max_bytes": 64 * 1024,
    }
    return Endpoint(**{**values, **changes})  # type: ignore[arg-type]  # a test's shorthand


@pytest.fixture
def task() -> Task:
    return Task(schema=SCHEMA, method="POST", path="/users", prompt="a user")


@pytest.fixture
def router() -> Iterator[respx.MockRouter]:
    with respx.mock(assert_all_called=False, assert_all_mocked=True) as mocked:
        yield mocked


@pytest.fixture
async def transport(router: respx.MockRouter) -> AsyncIterator[Transport]:
    mocked = Transport(endpoint(), httpx.MockTransport(router.async_handler))
    yield mocked
    await mocked.aclose()


Build = Callable[..., OpenAIBackend]


@pytest.fixture
def openai(transport: Transport) -> Build:
    def build(**settings: object) -> OpenAIBackend:
        values: dict[str, object] = {"name": "up", "provider": "openai", "model": "m"}
        return OpenAIBackend(BackendSettings.model_validate({**values, **settings}), transport)

    return build


@pytest.fixture
def guarded(openai: Build) -> Callable[..., ResilientBackend]:
    def build(resilience: ResilienceSettings = FAST, **settings: object) -> ResilientBackend:
        backend = openai(**settings)
        return ResilientBackend(
            backend, BackendSettings.model_validate({"name": "up", **settings}), resilience
        )

    return build
