"""The suite runs three ways, by ``--way``:

- ``embedded``: the generator, under a seed;
- ``replay``: answers that a model gave once, from ``mocks/``; ``record`` asks a model for them;
- ``faults``: as ``embedded``, with everything going wrong that a network can do.
"""

from __future__ import annotations

import json
import os
import random
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import httpx
import pytest
from shop.app import build_shop
from shop.backend import Backend

from mockwright.testing import Mockwright
from mockwright.testing.serve import serve_app

PRODUCT = {"id": 0, "name": "string 3..60", "price": "number 1..500"}
ORDER = {"id": "int 1..99999", "orderNumber": "/^ORD-[0-9]{4}$/", "status": "open|paid"}

FLAKY = [
    {
        "match": {"path": "/products/**"},
        "sequence": [
            {"status": 429, "retry_after": 1},
            {"reset": True},
            {"malformed": True},
            "pass",
        ],
        "repeat": True,
        "latency": {"uniform": ["1ms", "20ms"]},
    },
    {
        "match": {"path": "/orders", "method": "POST"},
        "sequence": [{"truncate": 0.5}, {"status": 503}, {"slow": "2KB/s"}],
    },
]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--way", choices=["embedded", "replay", "record", "faults"])
    parser.addoption("--shuffle", type=int, help="run in the order of this seed")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if (seed := config.getoption("--shuffle")) is not None:
        random.Random(seed).shuffle(items)


@pytest.fixture
def way(pytestconfig: pytest.Config) -> str:
    return pytestconfig.getoption("--way") or "embedded"


@pytest.fixture
def api(mockwright: Mockwright, way: str) -> Mockwright:
    """The API as the shop expects it."""
    # One context: a product has the same name and price wherever it is shown.
    mockwright.shape("/products", [PRODUCT], count=6, context="shop")
    mockwright.shape("/products/{id}", PRODUCT, context="shop")
    mockwright.shape("/orders", ORDER, method="POST", status=201)
    if way in ("replay", "record"):
        mockwright.freeze("shop", mode=way)
    else:
        mockwright.configure(seed=42)
    if way == "faults":
        mockwright.faults(FLAKY)
    return mockwright


@pytest.fixture
def shop(api: Mockwright, request: pytest.FixtureRequest) -> Iterator[httpx.Client]:
    """A browser without a screen, in front of the shop."""
    bodies: list[str] = []

    def note(response: httpx.Response) -> None:
        if response.status_code < 400:
            told = f"{response.request.method} {response.request.url.path.split('@')[0]}"
            bodies.append(f"{told} {sha256(response.read()).hexdigest()}")

    hooks = {"response": [note]}
    with httpx.Client(base_url=api.url, timeout=10, event_hooks=hooks) as client:
        app = build_shop(Backend(client, sleep=lambda seconds: None))
        with (
            serve_app(app) as url,
            httpx.Client(base_url=url, timeout=10, follow_redirects=True) as browser,
        ):
            yield browser
    _keep(request.node.name, bodies)


def _keep(name: str, bodies: list[str]) -> None:
    """For those who compare runs: the digest of each body the shop got."""
    if folder := os.environ.get("SHOP_DIGESTS"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        (Path(folder) / f"{name}.json").write_text(json.dumps(bodies, indent=1))
