"""The peers: pinned, apart, and not needed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bench import peers


def test_every_peer_is_pinned_and_no_address_is_named() -> None:
    lines = peers.REQUIREMENTS.read_text().splitlines()
    pins = [line.split("#")[0].strip() for line in lines if not line.startswith("#")]
    assert all(re.fullmatch(r"[\w-]+(\[\w+\])?==[\d.]+", pin) for pin in pins)
    assert {re.split(r"[\[=]", pin)[0] for pin in pins} >= set(peers.PYTHON_PEERS)
    assert "://" not in "".join(lines) + peers.PACKAGE.read_text()


def test_a_peer_that_is_not_installed_has_no_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(peers, "BIN", tmp_path / "python" / "bin")
    monkeypatch.setattr(peers, "NODE_MODULES", tmp_path / "node" / "node_modules")
    names = (*peers.PYTHON_PEERS, *peers.NODE_PEERS)
    assert [peers.version(name) for name in names] == [None] * len(names)


def test_the_version_of_a_python_peer_is_that_of_its_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(peers, "BIN", tmp_path / "bin")
    packages = tmp_path / "lib" / "python3.11" / "site-packages"
    (packages / "hypothesis_jsonschema-0.23.1.dist-info").mkdir(parents=True)
    (packages / "jsf-0.11.2.dist-info").mkdir()
    assert peers.version("hypothesis-jsonschema") == "0.23.1"
    assert peers.version("jsf") == "0.11.2"
    assert peers.version("litellm") is None
