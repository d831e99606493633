from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.real.llama import Llama, llama


@pytest.fixture(scope="session")
def server() -> Iterator[Llama]:
    """One server for all tests that do not end it."""
    with llama() as running:
        yield running
