"""Load from outside: wrk, in a process of its own (``apt-get install wrk``)."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass

JSON_HEADERS = {"content-type": "application/json"}


@dataclass(frozen=True)
class Load:
    """What came of it."""

    requests_per_second: float
    latency_p50_ms: float
    latency_p99_ms: float
    errors: int


def need_wrk() -> None:
    """End with a word where there is no wrk."""
    if shutil.which("wrk") is None:
        sys.exit("this benchmark needs wrk: apt-get install wrk")


def wrk(
    url: str,
    body: str,
    seconds: int,
    connections: int,
    headers: Mapping[str, str] = JSON_HEADERS,
) -> Load:
    """POST ``body`` to ``url`` as fast as the server takes it."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write('wrk.method = "POST"\n')
        script.writelines(f'wrk.headers["{name}"] = "{value}"\n' for name, value in headers.items())
        script.write(f"wrk.body = [==[{body}]==]\n")
        script.flush()
        command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "--timeout=30s"]
        output = subprocess.run(
            [*command, "-s", script.name, url], capture_output=True, text=True, check=True
        ).stdout
    return Load(
        requests_per_second=float(_find(r"Requests/sec:\s+([\d.]+)", output)),
        latency_p50_ms=_milliseconds(_find(r"50%\s+([\d.]+\w+)", output)),
        latency_p99_ms=_milliseconds(_find(r"99%\s+([\d.]+\w+)", output)),
        errors=_errors(output),
    )


def _find(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    if not found:
        raise RuntimeError(f"no {pattern} in the output of wrk:\n{text}")
    return found.group(1)


def _milliseconds(text: str) -> float:
    number, unit = re.fullmatch(r"([\d.]+)(\w+)", text).groups()  # type: ignore[union-attr]  # wrk's form
    return float(number) * {"us": 1e-3, "ms": 1.0, "s": 1e3, "m": 6e4}[unit]


def _errors(output: str) -> int:
    sockets = re.search(r"connect (\d+), read (\d+), write (\d+), timeout (\d+)", output)
    statuses = re.search(r"Non-2xx or 3xx responses: (\d+)", output)
    count = sum(map(int, sockets.groups())) if sockets else 0
    return count + (int(statuses.group(1)) if statuses else 0)
