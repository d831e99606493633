"""What each pattern adds to the bare calls it makes, a stage.

``python -m bench.patterns [REQUESTS]``. Scripted backends answer at once; a request is answered by
the engine, and the same number of calls is made of the pool alone, in turn, in the same run. What
remains is planning, verifying, merging, filling, scoring and recording.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import time
from collections.abc import Awaitable, Callable

from bench.report import Bar
from mockwright.app import build_engine
from mockwright.backends.pool import Pool
from mockwright.gateway.engine import Engine
from mockwright.settings import BackendSettings, ScriptedReply, Settings
from mockwright.shapes.parse import parse_shape
from mockwright.types import JsonObject, MockRequest, Task

USER = {"name": "Ann Lee", "email": "ann.lee@example.com", "age": 30}
PLACE = {"city": "Oslo", "zip": "0150"}
VERDICT: JsonObject = {"score": 0.95, "issues": []}
SHAPE = parse_shape(
    {"users": [{"name": "string", "email": "email", "age": 0, "place": {"city": "string"}}]}
)
WHOLE = {"users": [{**USER, "place": PLACE}] * 5}
FLOWS: dict[str, tuple[int, JsonObject | None]] = {
    "single": (1, None),
    "pipeline, 3 stages": (3, {"stages": ["a", "a", "a"]}),
    "parallel deep, 3 branches": (3, {"branches": ["a", "a", "a"]}),
    "parallel vote, 3 branches": (3, {"branches": ["a", "a", "a"], "merge": "vote"}),
    "loop, one round": (2, {"generate": "a", "judge": "judge"}),
    "route": (1, {"pattern": "route"}),
}


def engine() -> Engine:
    """Backends that have the answer ready."""
    backends = (
        BackendSettings(name="a", provider="scripted", responses=(ScriptedReply(value=WHOLE),)),
        BackendSettings(
            name="judge", provider="scripted", weight=0, responses=(ScriptedReply(value=VERDICT),)
        ),
    )
    return build_engine(Settings(backends=backends))


async def timed(work: Callable[[], Awaitable[object]], times: int) -> list[float]:
    """Milliseconds of each."""
    took = []
    for _ in range(times):
        start = time.perf_counter()
        await work()
        took.append((time.perf_counter() - start) * 1000)
    return took[len(took) // 10 :]


async def bare(pool: Pool, calls: int) -> None:
    """The calls alone."""
    for _ in range(calls):
        await pool.complete(Task(SHAPE.schema), ("a",))


async def main(requests: int) -> None:
    """Print a table, and whether the bar is met."""
    served = engine()
    worst = 0.0
    print(f"{'pattern':28} {'request':>10} {'bare calls':>11} {'ratio':>7} {'added a stage':>14}")
    for name, (calls, flow) in FLOWS.items():
        request = MockRequest(id="r", method="GET", path="/users", shape=SHAPE, flow=flow)
        answered = statistics.median(await timed(lambda r=request: served.handle(r), requests))  # type: ignore[misc]  # bound now, not later
        alone = statistics.median(await timed(lambda n=calls: bare(served.pool, n), requests))  # type: ignore[misc]  # likewise
        added = (answered - alone) / calls
        worst = max(worst, added)
        print(
            f"{name:28} {answered:7.3f} ms {alone:8.3f} ms {answered / alone:7.1f} {added:11.3f} ms"
        )
    await served.pool.aclose()
    print(Bar("added a stage, at the median", worst, "<", 2.0, " ms"))


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 300))
