"""The servers that benchmarks measure, each in a process of its own."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.serving import Serving, free_port, running, serving


def resident_mib(pid: int) -> float:
    """Resident memory of a process and all that it started, in MiB (Linux)."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    below = sum(resident_mib(int(child)) for child in children)
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20 + below


@contextmanager
def gateway(upstream_url: str | None = None) -> Iterator[Serving]:
    """The gateway with its defaults, or with one OpenAI-compatible backend called ``m``."""
    env = {"MOCKWRIGHT_LOG__LEVEL": "error"}
    if upstream_url:
        # As many calls at a time as there are clients: the limit is not what is measured.
        limits = {"max_parallel_requests": 1000, "max_queue": 1000}
        backend = {"name": "m", "provider": "openai", "base_url": upstream_url, "model": "m"}
        env["MOCKWRIGHT_BACKENDS"] = json.dumps([{**backend, **limits}])
    with serving(env=env) as server:
        yield server


@contextmanager
def bare_app(body: bytes, headers: dict[str, str]) -> Iterator[Serving]:
    """The fastest thing uvicorn can serve: the same bytes, no thought."""
    kept = {k: v for k, v in headers.items() if k not in ("date", "server", "content-length")}
    env = {"BENCH_BODY": body.decode(), "BENCH_HEADERS": json.dumps(kept)}
    with _uvicorn("bench.apps:bare", env) as server:
        yield server


@contextmanager
def scripted_upstream() -> Iterator[Serving]:
    """An OpenAI-compatible server that answers at once."""
    with _uvicorn("bench.upstream:app", {}) as server:
        yield server


@contextmanager
def _uvicorn(app: str, env: dict[str, str]) -> Iterator[Serving]:
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", app, "--port", str(port), "--no-access-log"]
    with running([*command, "--log-level", "error", "--no-server-header"], port, "/", env) as up:
        yield up
