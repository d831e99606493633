"""What computed requests cost: ``python -m bench.compute [REQUESTS]``.

1,000 records of the article's first request, whose numbers are drawn and tested, and the same
records written by the generator alone, in turn, in the same run. Then 100,000 rows as a stream,
over a real socket, with the server's memory beside it; and starting the sandbox.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import time
from pathlib import Path
from typing import Any

import httpx
from tests.serving import Serving, serving

from bench.report import Bar, print_bars, print_table
from mockwright.app import build_engine
from mockwright.compute.sandbox import Sandbox
from mockwright.settings import Settings
from mockwright.shapes.parse import parse_shape
from mockwright.types import MockRequest, Trace

PROMPT = (
    "Generate 1000 user records where ages follow a normal distribution with mean 35 and"
    " standard deviation 12"
)
SMALL = parse_shape({"users": [{"id": 0, "age": "int 0..120"}]})
FULL = parse_shape(
    {"users": [{"id": 0, "name": "string", "email": "email", "age": "int 0..120",
                "occupation": "string"}]}
)  # fmt: skip
ROWS = 100_000
PROGRAM = "def generate(n, rng):\n    return [{'v': float(x)} for x in rng.normal(35, 12, n)]\n"


async def records(times: int) -> list[Bar]:
    """Milliseconds for 1,000 records, with and without computed ages."""
    engine = build_engine(Settings())
    rows, computing = [], []
    for name, shape in (("id and age", SMALL), ("five fields", FULL)):
        took: dict[str, list[float]] = {"computed": [], "generated": []}
        for seed in range(times + 2):
            asked = MockRequest("b", "GET", "/users", shape=shape, seed=seed, count=1000)
            for kind, prompt in (("computed", PROMPT), ("generated", None)):
                request = MockRequest(
                    asked.id, "GET", "/users", shape=shape, seed=seed, count=1000, prompt=prompt
                )
                trace = Trace()
                start = time.perf_counter()
                await engine.handle(request, trace)
                if seed > 1:
                    took[kind].append((time.perf_counter() - start) * 1000)
                    computing += [t * 1000 for step, t in trace.timings if step == "compute"]
        medians = [statistics.median(took[kind]) for kind in ("computed", "generated")]
        rows.append([name, *(f"{m:.1f}" for m in medians), f"{medians[0] / medians[1]:.2f}"])
        if shape is SMALL:
            whole = medians[0]
    print_table("1,000 records, ms", ["computed", "generated", "ratio"], rows)
    return [
        Bar("drawn and tested, of that", statistics.median(computing), "<", 50, " ms"),
        Bar("id and age, the whole answer", whole, "<", 50, " ms"),
    ]


def streamed() -> list[Bar]:
    """100,000 rows: seconds to the first and the last, and the server's memory on the way."""
    shape = {"users": [{"id": 0, "name": "string", "age": {"$distribution": "normal(35, 12)"}}]}
    env = {"MOCKWRIGHT_LIMITS__MAX_ITEMS": str(ROWS), "MOCKWRIGHT_LOG__LEVEL": "warning"}
    with serving(env=env) as server:
        warm = {"shape": shape, "count": 10}
        httpx.post(f"{server.url}/api/mock/users", json=warm, timeout=60)
        body = {"shape": shape, "count": ROWS, "$seed": 1}
        start = time.perf_counter()
        first, seen, sizes = 0.0, 0, []
        with httpx.stream(
            "POST", f"{server.url}/api/mock/users", json=body, timeout=300,
            headers={"accept": "application/x-ndjson"},
        ) as response:  # fmt: skip
            for part in response.iter_bytes():
                first = first or time.perf_counter() - start
                before, seen = seen, seen + part.count(b"\n")
                if seen // 10_000 > before // 10_000:
                    sizes.append(resident(server))
        whole = time.perf_counter() - start
    print_table(
        f"{ROWS:,} rows as JSON lines",
        ["s to the first", "s to the last", "rows/s", "MiB after 10 %", "MiB at the end"],
        [["", f"{first:.2f}", f"{whole:.1f}", f"{seen / whole:.0f}", *(
            f"{size:.0f}" for size in (sizes[0], sizes[-1]))]],
    )  # fmt: skip
    return [Bar("memory at the end, of that after a tenth", sizes[-1] / sizes[0], "<", 1.1)]


def resident(server: Serving) -> float:
    """MiB of the server's own memory (Linux)."""
    pages = Path(f"/proc/{server.process.pid}/statm").read_text().split()[1]
    return int(pages) * 4096 / 2**20


async def sandboxes() -> None:
    """Milliseconds for a small program, in a worker that stands ready and in one that does not."""
    rows = []
    for wish in ("kernel", "interpreter"):
        took: list[Any] = []
        for workers in (1, 0) if wish == "kernel" else (1,):
            sandbox = Sandbox(wish, workers)
            start = time.perf_counter()
            await sandbox.open()
            opened = time.perf_counter() - start
            if sandbox.tier == "none":
                took = [f"not here: {sandbox.report}"]
                break
            times = []
            for _ in range(10):
                await asyncio.sleep(1.5 if workers and wish == "kernel" else 0)
                start = time.perf_counter()
                await sandbox.run(PROGRAM, 1000, 1, seconds=10)
                times.append((time.perf_counter() - start) * 1000)
            took.append(f"{statistics.median(times):.1f}")
            await sandbox.aclose()
        rows.append([wish, *took, *([""] * (2 - len(took))), f"{opened:.1f}"])
    print_table("a program, ms", ["ready", "cold", "s to try the tier"], rows)


def main() -> None:
    """All of it."""
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    bars = asyncio.run(records(times))
    bars += streamed()
    asyncio.run(sandboxes())
    print_bars("computed requests, bars", bars)


if __name__ == "__main__":
    main()
