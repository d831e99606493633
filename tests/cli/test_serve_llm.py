"""``serve --llm``, with a stand-in for llama.cpp; ``tests/real`` has the real one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx

from tests.serving import ROOT, serving
from tests.waiting import PATIENCE, wait_until

STANDINS = str(ROOT / "tests" / "standins")
"""For PYTHONPATH: found before what is installed."""
SHAPE = {"shape": {"id": 0, "name": "string"}}


def backend(url: str) -> str:
    """Who answers."""
    response = httpx.post(f"{url}/api/mock/users/1", json=SHAPE, timeout=PATIENCE)
    assert response.status_code == 200
    return response.headers["x-llm-backend"]


def test_a_model_answers_and_the_generator_only_by_name(tmp_path: Path) -> None:
    with serving("--llm", env={"PYTHONPATH": STANDINS}, cwd=tmp_path) as gateway:
        assert backend(gateway.url) == "llm"
        named = httpx.post(f"{gateway.url}/api/mock/users/1?backend=embedded", json=SHAPE)
        assert named.headers["x-llm-backend"] == "embedded"


def test_a_reload_keeps_to_the_model(tmp_path: Path) -> None:
    config = tmp_path / "mockwright.yaml"
    config.write_text("backends: [{name: other, provider: embedded}]\n")
    options = ("--llm", "--config", str(config))
    with serving(*options, env={"PYTHONPATH": STANDINS}, cwd=tmp_path) as gateway:
        config.write_text("backends: [{name: another, provider: embedded}]\nmock: {seed: 5}\n")
        os.kill(gateway.process.pid, signal.SIGHUP)
        wait_until(lambda: "x-mock-seed" in _headers(gateway.url))
        assert backend(gateway.url) == "llm"


def _headers(url: str) -> httpx.Headers:
    return httpx.post(f"{url}/api/mock/users/1", json=SHAPE, timeout=PATIENCE).headers


def test_without_the_extra_the_start_fails_with_the_command_for_it(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("import sys; sys.modules['xllamacpp'] = None\n")
    done = subprocess.run(
        [sys.executable, "-m", "mockwright.cli.main", "serve", "--llm", "--port", "0"],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 1
    assert "pip install 'mockwright[llm]'" in done.stderr
    assert "Traceback" not in done.stderr
