"""A gateway on a real socket, for clients that nobody here wrote."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.serving import Serving, serving

CONFIG = {
    "backends": [
        {"name": "embedded", "provider": "embedded"},
        {
            "name": "scripted",
            "provider": "scripted",
            "weight": 0,
            "responses": [
                {
                    "match": {"contains": "slowly"},
                    "reply": "one two three four",
                    "tokens_per_second": 20,
                },
                {"match": {"contains": "refuse"}, "error": "status_429"},
                {"match": {"contains": "break"}, "error": "connection"},
                {"reply": "scripted answer"},
            ],
        },
    ],
    "resilience": {"retry": False, "breaker": False},
    "api": {"aliases": {"gpt-*": "auto", "claude-*": "auto", "text-embedding-*": "auto"}},
}


@pytest.fixture(scope="session")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """One gateway for all tests; its embedded backend needs no model."""
    config = tmp_path_factory.mktemp("gateway") / "mockwright.json"
    config.write_text(json.dumps(CONFIG), encoding="utf-8")
    with serving("--config", str(config)) as running:
        yield running


@pytest.fixture
def base_url(gateway: Serving) -> str:
    """Where OpenAI's SDKs are pointed."""
    return f"{gateway.url}/v1"


@pytest.fixture(scope="session")
def node_modules() -> Path:
    """Where `make test-clients` installs the packages of npm."""
    root = Path(__file__).resolve().parents[2] / ".clients" / "npm"
    if not (root / "node_modules" / "openai").is_dir():
        missing = "the npm clients are not installed; see `make test-clients`"
        if os.environ.get("MOCKWRIGHT_REQUIRE_REAL"):
            pytest.fail(missing)
        pytest.skip(missing)
    return root
