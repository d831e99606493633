"""Servers in processes of their own, on real sockets: the gateway, and what stands beside it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

ROOT = Path(__file__).resolve().parent.parent


@dataclass
class Serving:
    """A server that answers."""

    url: str
    process: subprocess.Popen[str]

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self.url.rsplit(":", 1)[1])


def free_port() -> int:
    """A TCP port nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def serving(
    *options: str,
    env: Mapping[str, str] | None = None,
    cwd: Path = ROOT,
    seconds: float = 20,
) -> Iterator[Serving]:
    """``mockwright serve`` with ``options``; ended at the end."""
    port = free_port()
    # Tests of clients run in an environment that has the clients, and not the gateway.
    python = os.environ.get("MOCKWRIGHT_PYTHON", sys.executable)
    command = [python, "-m", "mockwright.cli.main", "serve", "--port", str(port), *options]
    with running(command, port, "/healthz", env, cwd, seconds, subprocess.PIPE) as server:
        yield server


@contextmanager
def running(
    command: Sequence[str],
    port: int,
    ready: str,
    env: Mapping[str, str] | None = None,
    cwd: Path = ROOT,
    seconds: float = 20,
    stdout: int = subprocess.DEVNULL,
) -> Iterator[Serving]:
    """``command``, once the path ``ready`` answers on ``port``; ended at the end.

    Raises RuntimeError where it ends by itself, or does not answer within ``seconds``.
    """
    process = subprocess.Popen(
        command,
        env={**os.environ, **(env or {})},
        cwd=cwd,
        stdout=stdout,
        stderr=subprocess.STDOUT,
        text=True,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        _wait(f"{url}{ready}", process, seconds)
        yield Serving(url, process)
    finally:
        process.terminate()
        try:
            process.communicate(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


def _wait(url: str, process: subprocess.Popen[str], seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if process.poll() is not None:
            said = process.communicate()[0]
            raise RuntimeError(f"the server of {url} ended with {process.returncode}: {said}")
        try:
            httpx.get(url)
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"{url} did not answer within {seconds} s")
