"""The hostile programs run a second time beside the other tests, as an ordinary user."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
HOSTILE = "tests/compute/sandbox/test_hostile.py"
DOCKER_LIKE = Path(__file__).with_name("docker_like.py")
NOBODY = 65_534
OPEN_THE_WAY = """
set -e
mount --bind "$1" "$3"
mount -t tmpfs -o mode=755 tmpfs "$2"
mkdir -p "$1"
mount --move "$3" "$1"
shift 3
exec "$@"
"""
"""In a mount namespace of its own, where Python is in a home that is closed to others."""


@dataclass
class Confined:
    """An ordinary user, under what a default container forbids."""

    prefix: list[str]
    """What comes before a command that is to run so."""
    room: Path
    """Where that user may write."""
    hostile: subprocess.Popen[str]
    """The tests of the hostile programs, under way."""


@pytest.fixture(scope="session")
def room() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="mockwright-"))
    if os.geteuid() == 0:
        os.chown(made, NOBODY, NOBODY)
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture(scope="session")
def confined(room: Path) -> Iterator[Confined | str]:
    """Or why it cannot be."""
    prefix = _as_nobody(room)
    if isinstance(prefix, str):
        yield prefix
        return
    prefix = [*prefix, sys.executable, str(DOCKER_LIKE)]
    hostile = subprocess.Popen(
        [
            *prefix, sys.executable, "-m", "pytest", "-p", "no:cacheprovider",
            f"--basetemp={room / 'tests'}", "-k", "the_kernel", HOSTILE,
        ],
        cwd=ROOT, env={"HOME": str(room), "PATH": os.environ["PATH"]}, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    with hostile:
        yield Confined(prefix, room, hostile)
        hostile.kill()


@pytest.fixture(scope="session", autouse=True)
def _begin_early(request: pytest.FixtureRequest) -> None:
    """Where its result is asked for at all: not in the run that it starts."""
    if any("confined" in getattr(item, "fixturenames", ()) for item in request.session.items):
        request.getfixturevalue("confined")


def _as_nobody(room: Path) -> list[str] | str:
    if os.geteuid() != 0:
        return []
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        return "there is no setpriv to become an ordinary user with"
    prefix = [
        setpriv, f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--inh-caps=-all",
        "--bounding-set=-all",
    ]  # fmt: skip
    closed = _closed(Path(sys.base_prefix))
    if closed is not None:
        (room / "way").mkdir()
        way = [sys.base_prefix, str(closed), str(room / "way")]
        prefix = ["unshare", "--mount", "sh", "-c", OPEN_THE_WAY, "sh", *way, *prefix]
    tried = subprocess.run([*prefix, sys.executable, "-c", "import yaml, pytest"], check=False)
    return prefix if tried.returncode == 0 else "an ordinary user cannot run this Python"


def _closed(path: Path) -> Path | None:
    """The first directory on the way that others may not pass."""
    for parent in [*reversed(path.parents), path]:
        if not parent.stat().st_mode & 0o001:
            return parent
    return None
