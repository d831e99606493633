"""How the laws are searched, at a desk and where a build is judged; and a clock for all tests."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Iterator

import pytest
import structlog
from hypothesis import HealthCheck, settings

from tests.clock import Clock

# No law is about time, and a busy machine must not seem to break one.
settings.register_profile("dev", deadline=None, suppress_health_check=[HealthCheck.too_slow])
# There the examples are the same for every change, so that what fails is the change and not the
# luck of the draw; new ones are tried at every desk, and what they find becomes a test.
settings.register_profile(
    "ci", settings.get_profile("dev"), derandomize=True, database=None, print_blob=True
)
settings.load_profile("ci" if os.environ.get("CI") else "dev")


@pytest.fixture
async def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The time of this test, in which no wait costs any."""
    made = Clock()
    made.install(asyncio.get_running_loop(), monkeypatch)
    return made


@pytest.fixture
def logging_restored() -> Iterator[None]:
    """Puts the root logger and structlog back as they were."""
    root = logging.getLogger()
    before = (root.handlers[:], root.level)
    yield
    root.handlers[:], level = before
    root.setLevel(level)
    structlog.reset_defaults()
