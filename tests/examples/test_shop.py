"""The sample shop: its suite again and again, in random order and in parallel."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.serving import ROOT, serving

pytestmark = [pytest.mark.examples, pytest.mark.timeout(900)]

SHOP = ROOT / "examples" / "shop"
QUIET = {"MOCKWRIGHT_LOG__LEVEL": "error"}
"""Nobody reads what the server says, and a pipe holds only so much."""
RUNS = int(os.environ.get("MOCKWRIGHT_SHOP_RUNS", "20"))


@pytest.fixture(scope="module")
def down() -> Iterator[str]:
    """A gateway of which every backend is down, and which has the recordings."""
    folder = {"MOCKWRIGHT_RECORDINGS__FOLDER": str(SHOP / "mocks")}
    with serving("--config", str(SHOP / "down.yaml"), env=folder | QUIET) as server:
        yield server.url


@pytest.fixture(scope="module")
def embedded() -> Iterator[str]:
    with serving(env=QUIET) as server:
        yield server.url


def run(way: str, url: str, digests: Path, seed: int) -> dict[str, str]:
    """The digests of all bodies of one run, by test."""
    words = ["-q", "-p", "no:cacheprovider", "-n", "2", "--way", way, "--mockwright-url", url]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *words, "--shuffle", str(seed)],
        cwd=SHOP,
        env={**os.environ, "SHOP_DIGESTS": str(digests)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-1000:]
    return {path.name: path.read_text() for path in sorted(digests.glob("*.json"))}


@pytest.mark.parametrize("way", ["embedded", "replay"])
def test_runs_in_any_order_get_the_same_bytes(
    way: str, embedded: str, down: str, tmp_path: Path
) -> None:
    url = embedded if way == "embedded" else down
    runs = [run(way, url, tmp_path / str(seed), seed) for seed in range(RUNS)]
    assert len(runs[0]) == 15
    assert all(one == runs[0] for one in runs)


def test_the_shop_bears_a_bad_network(embedded: str, tmp_path: Path) -> None:
    for seed in range(3):
        run("faults", embedded, tmp_path / str(seed), seed)
