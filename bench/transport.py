"""What one proxied call costs in the client alone: httpx's own transport beside the one used.

``python -m bench.transport [CALLS]``; the upstream runs in this process and answers at once.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import time

import httpx
from tests.doubles import Exchange, chat, upstream

from mockwright.backends.transport import Endpoint, Transport


async def measure(transport: Transport, calls: int) -> list[float]:
    """Milliseconds of each call, one after the other, on one connection."""
    payload = {"model": "m", "messages": [{"role": "user", "content": "x" * 500}]}
    took = []
    for _ in range(calls):
        start = time.perf_counter()
        await transport.post("chat/completions", payload)
        took.append((time.perf_counter() - start) * 1000)
    await transport.aclose()
    return took[len(took) // 10 :]


async def main(calls: int) -> None:
    """Print the median and the 95th percentile for each transport."""

    async def answer(exchange: Exchange) -> None:
        await exchange.reply(chat('{"id": 1}'))

    async with upstream(answer) as server:
        endpoint = Endpoint("bench", server.url, {}, (), 5.0, 5.0, 16, 2**20)
        own = httpx.AsyncHTTPTransport(verify=False)
        for name, inner in (("httpx-aiohttp (used)", None), ("httpx's own", own)):
            took = await measure(Transport(endpoint, inner), calls)
            p95 = statistics.quantiles(took, n=20)[-1]
            print(f"{name:22} p50 {statistics.median(took):.3f} ms   p95 {p95:.3f} ms")


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 2000))
