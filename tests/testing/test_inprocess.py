from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import structlog
from structlog.testing import CapturingLogger

from mockwright.settings import MockSettings, Settings
from mockwright.testing import application, running


@pytest.fixture(autouse=True)
def unconfigured() -> Iterator[None]:
    """structlog as a suite has it that never speaks of it."""
    before, was_configured = structlog.get_config(), structlog.is_configured()
    structlog.reset_defaults()
    yield
    structlog.reset_defaults()
    if was_configured:
        structlog.configure(**before)


async def test_an_application_needs_no_socket() -> None:
    async with application(Settings(mock=MockSettings(seed=7))) as app:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://mock") as client:
            response = await client.get("/api/mock/users/1")
    assert response.headers["x-mock-seed"].startswith("7;")


def test_a_configuration_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "my.yaml"
    path.write_text("mock: {seed: 9}\n")
    with running(config=path) as url:
        assert httpx.get(f"{url}/api/mock/users/1").headers["x-mock-seed"].startswith("9;")


def test_what_the_suite_logs_is_heard_and_what_the_gateway_logs_is_not() -> None:
    heard = CapturingLogger()
    structlog.configure(logger_factory=lambda *_: heard)
    before = structlog.get_config()
    with running() as url:
        assert httpx.get(f"{url}/api/mock/users/1").status_code == 200
        structlog.get_logger().info("the suite speaks")
    assert ["the suite speaks" in str(call) for call in heard.calls] == [True]
    assert structlog.get_config() == before


def test_a_suite_that_never_speaks_of_structlog_has_it_as_it_was(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with running() as url:
        assert httpx.get(f"{url}/api/mock/users/1").status_code == 200
    assert not structlog.is_configured()
    assert capsys.readouterr().out == ""
