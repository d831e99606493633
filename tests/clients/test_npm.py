"""The SDKs of npm; each file of ``npm/`` is run by Node's own test runner."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.serving import Serving

pytestmark = pytest.mark.clients

HERE = Path(__file__).resolve().parent / "npm"


@pytest.mark.parametrize("name", sorted(path.name for path in HERE.glob("*.test.mjs")))
def test_the_sdks_of_npm(name: str, gateway: Serving, node_modules: Path) -> None:
    run_file(name, gateway.url, node_modules, {})


def run_file(name: str, url: str, node_modules: Path, env: Mapping[str, str]) -> None:
    """Run one file of tests; its own report tells what failed."""
    # Node looks for packages beside the file it runs.
    shutil.copy(HERE / name, node_modules / name)
    done = subprocess.run(
        ["node", "--test", name],
        cwd=node_modules,
        env={**os.environ, **env, "MOCKWRIGHT_URL": url},
        capture_output=True,
        text=True,
        timeout=115,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
