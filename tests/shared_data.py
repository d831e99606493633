"""Where the sample data that is not part of the project lies, if it is there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

_ROOT = Path(__file__).resolve().parent.parent


def shared(name: str) -> Path:
    """The path of a shared data file; skips the test where the data is not at hand."""
    base = Path(os.environ.get("MOCKWRIGHT_SHARED", _ROOT.parent / "shared"))
    path = base / "data" / name
    if not path.exists():
        pytest.skip(f"shared data {name} is not at hand (set MOCKWRIGHT_SHARED)")
    return path
