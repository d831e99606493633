"""Servers on real sockets: the gateway, and what stands beside it in processes of its own."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import TYPE_CHECKING

from tests.waiting import PATIENCE

if TYPE_CHECKING:
    from mockwright.settings import Settings

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


@asynccontextmanager
async def served(settings: Settings) -> AsyncIterator[str]:
    """The gateway on a real socket, in a thread of this process; gives its URL.

    For what is not about a process: starting one takes a second and more.
    """
    from mockwright import testing  # not there where clients are tested

    context = testing.running(settings)
    url = await asyncio.to_thread(context.__enter__)
    try:
        yield url
    finally:
        await asyncio.to_thread(context.__exit__, None, None, None)


@contextmanager
def serving(
    *options: str,
    env: Mapping[str, str] | None = None,
    cwd: Path = ROOT,
    seconds: float = PATIENCE,
) -> Iterator[Serving]:
    """``mockwright serve`` with ``options``; ended at the end."""
    port = free_port()
    # Tests of clients run in an environment that has the clients, and not the gateway.
    python = os.environ.get("MOCKWRIGHT_PYTHON", sys.executable)
    command = [
        python,
        "-m",
        "mockwright.cli.main",
        "serve",
        "--port",
        str(port),
        *options,
    ]
    with running(command, port, "/healthz", env, cwd, seconds, subprocess.PIPE) as server:
        yield server


@contextmanager
def running(
    command: Sequence[str],
    port: int,
    ready: str,
    env: Mapping[str, str] | None = None,
    cwd: Path = ROOT,
    seconds: float = PATIENCE,
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
    try:
        _wait(port, ready, process, seconds)
        yield Serving(f"http://127.0.0.1:{port}", process)
    finally:
        process.terminate()
        try:
            process.communicate(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


def _wait(port: int, path: str, process: subprocess.Popen[str], seconds: float) -> None:
    end = time.monotonic() + seconds
    url = f"http://127.0.0.1:{port}{path}"
    while process.poll() is None:
        connection = HTTPConnection("127.0.0.1", port, timeout=seconds)
        try:
            connection.request("GET", path)
            connection.getresponse()
        except (OSError, HTTPException) as error:
            if time.monotonic() > end:
                raise RuntimeError(f"{url} did not answer within {seconds} s") from error
            time.sleep(0.05)
        else:
            return
        finally:
            connection.close()
    said = process.communicate()[0]
    raise RuntimeError(f"the server of {url} ended with {process.returncode}: {said}")
