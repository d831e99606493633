"""The examples in JavaScript, with a real Node and a real Chromium."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.serving import ROOT, serving

pytestmark = [pytest.mark.examples, pytest.mark.timeout(400)]

EXAMPLES = ROOT / "examples"
CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "chrome")


def need(*programs: str) -> str:
    """The first of the programs that is there; without one, skipped, or failed where asked."""
    found = next(filter(None, map(shutil.which, programs)), None)
    if found is None and os.environ.get("MOCKWRIGHT_REQUIRE_REAL"):
        pytest.fail(f"none of {', '.join(programs)} is on the PATH")
    if found is None:
        pytest.skip(f"none of {', '.join(programs)} is on the PATH")
    return found


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with serving() as server:
        yield server.url


def run(folder: Path, name: str, environment: dict[str, str]) -> None:
    """``npm test`` of an example, in a copy of it."""
    need("node")
    npm = need("npm")
    shutil.copytree(EXAMPLES / name, folder, dirs_exist_ok=True)
    for words in (["install", "--no-audit", "--no-fund", "--no-package-lock"], ["test"]):
        done = subprocess.run(
            [npm, *words],
            cwd=folder,
            env={**os.environ, **environment, "CI": "true"},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, (done.stdout + done.stderr)[-4000:]


def test_vitest_with_fetch(url: str, tmp_path: Path) -> None:
    run(tmp_path, "vitest", {"MOCKWRIGHT_URL": url})


def test_a_page_in_chromium(url: str, tmp_path: Path) -> None:
    chromium = need(*CHROMIUMS)
    run(tmp_path, "browser", {"MOCKWRIGHT_URL": url, "CHROMIUM": chromium})


def test_the_workflow_is_one() -> None:
    workflow = yaml.safe_load((EXAMPLES / "github-actions" / "mockwright.yml").read_text())
    assert set(workflow["jobs"]) == {"pytest", "node"}
    assert all(
        "run" in step or "uses" in step
        for job in workflow["jobs"].values()
        for step in job["steps"]
    )
