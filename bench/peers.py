"""What benchmarks measure beside: ``python -m bench.peers install`` sets it up in ``.bench/``.

Python peers go into an environment of their own, npm's into a folder of their own; neither touches
the project's. Without ``install`` the command tells what is there.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import venv
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
HOME: Final = ROOT / ".bench"
BIN: Final = HOME / "python" / "bin"
NODE_MODULES: Final = HOME / "node" / "node_modules"
REQUIREMENTS: Final = ROOT / "requirements-bench.txt"
PYTHON_PEERS: Final = ("hypothesis-jsonschema", "jsf", "litellm")
PACKAGE: Final = ROOT / "bench" / "package.json"
NODE_PEERS: Final = tuple(json.loads(PACKAGE.read_text())["dependencies"])
HOW: Final = "not installed: python -m bench.peers install"


def version(peer: str) -> str | None:
    """The version that is installed, if it is."""
    return _node_version(peer) if peer in NODE_PEERS else _python_version(peer)


def _node_version(peer: str) -> str | None:
    manifest = NODE_MODULES / peer / "package.json"
    if not manifest.exists() or shutil.which("node") is None:
        return None
    return str(json.loads(manifest.read_text())["version"])


def _python_version(peer: str) -> str | None:
    pattern = f"lib/python*/site-packages/{peer.replace('-', '_')}-*.dist-info"
    found = next(BIN.parent.glob(pattern), None)
    return found.name.split("-")[1].removesuffix(".dist") if found else None


def install() -> None:
    """Install every peer in its pinned version; what is there already stays."""
    if not (BIN / "python").exists():
        venv.create(BIN.parent, with_pip=True)
    pip = [str(BIN / "python"), "-m", "pip", "--disable-pip-version-check", "--no-input"]
    subprocess.run([*pip, "install", "--quiet", "-r", str(REQUIREMENTS)], check=True)
    if shutil.which("npm") is None:
        print("npm was not found: the peers in JavaScript are left out", file=sys.stderr)
        return
    NODE_MODULES.mkdir(parents=True, exist_ok=True)
    shutil.copy(PACKAGE, NODE_MODULES.parent)
    npm = ["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
    subprocess.run(npm, cwd=NODE_MODULES.parent, check=True)


def main() -> None:
    """Install if told to; then list."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("command", nargs="?", choices=["list", "install"], default="list")
    if parser.parse_args().command == "install":
        install()
    for peer in (*PYTHON_PEERS, *NODE_PEERS):
        print(f"{peer:24} {version(peer) or HOW}")


if __name__ == "__main__":
    main()
