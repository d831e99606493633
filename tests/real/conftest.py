from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.real.llama import SECOND, Llama, llama


@pytest.fixture(scope="session")
def server() -> Iterator[Llama]:
    """One server for all tests that do not end it."""
    with llama() as running:
        yield running


@pytest.fixture(scope="session")
def second() -> Iterator[Llama]:
    """A server with another model."""
    with llama(model=SECOND) as running:
        yield running
