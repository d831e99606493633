"""What one proxied call, and one chunk of a stream, cost in the client alone.

``python -m bench.transport [CALLS]``; the upstream runs in this process and answers at once. Calls
through httpx's own transport stand beside those through the one used; chunks beside the same bytes
read by httpx without looking at them.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing

import httpx
from httpx_aiohttp import AiohttpTransport
from tests.doubles import DONE, Exchange, chat, piece, sse, upstream

from mockwright.backends.factory import build_pool
from mockwright.backends.transport import Endpoint, Transport
from mockwright.chat.types import ChatRequest
from mockwright.settings import BackendSettings, ResilienceSettings

CHUNKS = 2000
PAYLOAD = {"model": "m", "messages": [{"role": "user", "content": "x" * 500}]}


async def measure(transport: Transport, calls: int) -> list[float]:
    """Milliseconds of each call, one after the other, on one connection."""
    took = []
    for _ in range(calls):
        start = time.perf_counter()
        await transport.post("chat/completions", PAYLOAD)
        took.append((time.perf_counter() - start) * 1000)
    await transport.aclose()
    return took[len(took) // 10 :]


async def compare_calls(calls: int) -> None:
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


async def bare(url: str) -> AsyncGenerator[bytes]:
    """The bytes of one stream."""
    async with (
        httpx.AsyncClient(transport=AiohttpTransport()) as client,
        client.stream("POST", f"{url}/chat/completions", json=PAYLOAD) as response,
    ):
        async for chunk in response.aiter_raw():
            yield chunk


async def through_pool(url: str) -> AsyncGenerator[object]:
    """The chunks of one stream."""
    backend = BackendSettings(name="bench", base_url=url, model="m")
    pool = build_pool([backend], ResilienceSettings(), upstream_bytes=2**26)
    request = ChatRequest(PAYLOAD, tuple(PAYLOAD["messages"]))  # type: ignore[arg-type]  # a literal
    async with pool.open(request) as stream:
        async for chunk in stream:
            yield chunk
    await pool.aclose()


async def compare_chunks() -> None:
    """Print what a chunk costs, each sent on its own."""

    async def answer(exchange: Exchange) -> None:
        await exchange.begin()
        for i in range(CHUNKS):
            await exchange.send(sse(piece(f"word{i} ")))
            await asyncio.sleep(0)
        await exchange.send(sse(piece(finish="stop")) + DONE)
        await exchange.end()

    async with upstream(answer) as server:
        for name, read in (("bytes alone", bare), ("through the pool", through_pool)):
            took = []
            for _ in range(5):
                start = time.perf_counter()
                async with aclosing(read(server.url)) as chunks:
                    seen = [chunk async for chunk in chunks]
                took.append((time.perf_counter() - start) / CHUNKS * 1e6)
            print(f"{name:22} {statistics.median(took):.1f} us a chunk ({len(seen)} pieces read)")


async def main(calls: int) -> None:
    """Both comparisons."""
    await compare_calls(calls)
    await compare_chunks()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 2000))
