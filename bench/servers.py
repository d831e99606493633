"""The servers that benchmarks measure, each in a process of its own."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

_HERE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Running:
    """A server that answers."""

    url: str
    pid: int

    def resident_mib(self) -> float:
        """Resident memory of the process, in MiB (Linux)."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def free_port() -> int:
    """A TCP port nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def running(command: list[str], port: int, ready: str, env: dict[str, str]) -> Iterator[Running]:
    """Start ``command``, wait until ``ready`` answers, end it at the end."""
    process = subprocess.Popen(command, env={**os.environ, **env}, stdout=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    try:
        _wait(f"{url}{ready}", process)
        yield Running(url, process.pid)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()


def _wait(url: str, process: subprocess.Popen[bytes], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if process.poll() is not None:
            raise RuntimeError(f"the server of {url} ended with {process.returncode}")
        try:
            httpx.get(url)
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"{url} did not answer within {seconds} s")


@contextmanager
def gateway(upstream_url: str | None = None) -> Iterator[Running]:
    """The gateway with its defaults, or with one OpenAI-compatible backend."""
    port = free_port()
    env = {"MOCKWRIGHT_LOG__LEVEL": "error"}
    if upstream_url:
        backend = {"name": "up", "provider": "openai", "base_url": upstream_url, "model": "m"}
        env["MOCKWRIGHT_BACKENDS"] = json.dumps([backend])
    command = [sys.executable, "-m", "mockwright.cli", "serve", "--port", str(port)]
    with running(command, port, "/healthz", env) as server:
        yield server


@contextmanager
def bare_app(body: bytes, headers: dict[str, str]) -> Iterator[Running]:
    """The fastest thing uvicorn can serve: the same bytes, no thought."""
    port = free_port()
    kept = {k: v for k, v in headers.items() if k not in ("date", "server", "content-length")}
    env = {"BENCH_BODY": body.decode(), "BENCH_HEADERS": json.dumps(kept)}
    with _uvicorn("bench.apps:bare", port, env) as server:
        yield server


@contextmanager
def scripted_upstream() -> Iterator[Running]:
    """An OpenAI-compatible server that answers at once."""
    with _uvicorn("bench.apps:upstream", free_port(), {}) as server:
        yield server


@contextmanager
def _uvicorn(app: str, port: int, env: dict[str, str]) -> Iterator[Running]:
    command = [sys.executable, "-m", "uvicorn", app, "--port", str(port), "--no-access-log"]
    env = {**env, "PYTHONPATH": str(_HERE.parent)}
    with running([*command, "--log-level", "error", "--no-server-header"], port, "/", env) as up:
        yield up
