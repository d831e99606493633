"""An ordinary user in a container, for whom hostile programs have to be held as well."""

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


@pytest.fixture(scope="session")
def room() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="mockwright-"))
    if os.geteuid() == 0:
        os.chown(made, NOBODY, NOBODY)
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture(scope="session")
def confined(room: Path) -> Confined | str:
    """Or why it cannot be."""
    prefix = _as_nobody(room)
    if isinstance(prefix, str):
        return prefix
    return Confined([*prefix, sys.executable, str(DOCKER_LIKE)], room)


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
