"""The same as an ordinary user, without Landlock, and under what a default container forbids."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

from mockwright.compute.sandbox import kernel
from tests.compute.sandbox.conftest import ROOT, Confined
from tests.waiting import PATIENCE

pytestmark = pytest.mark.skipif(kernel.is_possible() is not None, reason=str(kernel.is_possible()))
HOSTILE = "tests/compute/sandbox/test_hostile.py"
SELF_TEST = """
import asyncio, ctypes, os
from mockwright.compute.sandbox import Sandbox

async def main():
    print("user:", os.getuid(), "namespaces:", ctypes.CDLL(None).unshare(0x10000000))
    sandbox = Sandbox("kernel", workers=0)
    await sandbox.open()
    print("tier:", sandbox.tier, sandbox.report)
    await sandbox.aclose()

asyncio.run(main())
"""


def test_a_container_has_no_namespaces_but_the_sandbox_passes(confined: Confined | str) -> None:
    if isinstance(confined, str):
        pytest.skip(confined)
    done = subprocess.run(
        [*confined.prefix, sys.executable, "-c", SELF_TEST], cwd=ROOT, text=True,
        capture_output=True, check=False, timeout=PATIENCE, env={"PATH": os.environ["PATH"]},
    )  # fmt: skip
    assert "user: 0" not in done.stdout
    assert "namespaces: -1" in done.stdout, done.stderr
    assert "tier: kernel {'kernel': 'passed'}" in done.stdout, done.stdout


def test_hostile_programs_are_held_as_an_ordinary_user_in_a_container(
    confined: Confined | str,
) -> None:
    if isinstance(confined, str):
        pytest.skip(confined)
    done = subprocess.run(
        [
            *confined.prefix, sys.executable, "-m", "pytest", "-p", "no:cacheprovider",
            f"--basetemp={confined.room / 'tests'}", "-k", "the_kernel", HOSTILE,
        ],
        cwd=ROOT, env={"HOME": str(confined.room), "PATH": os.environ["PATH"]}, text=True,
        capture_output=True, check=False, timeout=100,
    )  # fmt: skip
    told = done.stdout
    assert done.returncode == 0, told[-6_000:] + done.stderr[-1_000:]
    passed = re.search(r"(\d+) passed", told)
    assert passed is not None, told
    assert int(passed[1]) > 80
    assert "skipped" not in told
