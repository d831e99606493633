"""What the gateway costs: every figure beside a bare uvicorn application in the same run.

    python -m bench.gateway [--seconds 5] [--connections 32] [--memory-requests 50000]

The load comes from outside the server's process: from wrk (``apt-get install wrk``). Absolute
figures depend on the machine; the ratios are what to quote.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import time

import httpx
from tests.serving import Serving

from bench.load import JSON_HEADERS, need_wrk, wrk
from bench.servers import bare_app, gateway, resident_mib, scripted_upstream

SHAPE = {"users": [{"id": 0, "firstName": "string", "lastName": "string", "email": "string"}]}
CACHED = json.dumps({"shape": {"$cache": 5, **SHAPE}})
FRESH = json.dumps({"shape": SHAPE})


def measure_throughput(args: argparse.Namespace) -> None:
    """Cached hit and embedded miss, against a bare application with the same bytes."""
    with gateway() as server:
        answer = httpx.post(f"{server.url}/api/mock/users", content=CACHED, headers=JSON_HEADERS)
        time.sleep(0.5)  # the other variants are primed behind the first answer
        with bare_app(answer.content, dict(answer.headers)) as bare:
            for name, body in (("cached hit", CACHED), ("embedded miss", FRESH)):
                base = wrk(f"{bare.url}/api/mock/users", body, args.seconds, args.connections)
                load = wrk(f"{server.url}/api/mock/users", body, args.seconds, args.connections)
                ratio = load.requests_per_second / base.requests_per_second
                print(
                    f"{name:>14}: {load.requests_per_second:9.0f} requests/s, bare "
                    f"{base.requests_per_second:9.0f}, ratio {ratio:5.1%}, "
                    f"p50 {load.latency_p50_ms:.2f} ms, p99 {load.latency_p99_ms:.2f} ms, "
                    f"errors {load.errors}"
                )


def measure_proxied(args: argparse.Namespace) -> None:
    """What the gateway adds to an upstream call with zero latency, one call at a time."""
    with scripted_upstream() as upstream, gateway(upstream_url=f"{upstream.url}/v1") as server:
        direct = _sequential(f"{upstream.url}/v1/chat/completions", args.calls)
        through = _sequential(f"{server.url}/api/mock/users", args.calls)
        added = statistics.median(through) - statistics.median(direct)
        print(
            f"  proxied call: median {statistics.median(through):.2f} ms, direct "
            f"{statistics.median(direct):.2f} ms, added {added:.2f} ms (concurrency 1)"
        )


def _sequential(url: str, calls: int) -> list[float]:
    taken = []
    with httpx.Client() as client:
        for _ in range(calls):
            start = time.perf_counter()
            client.post(url, content=FRESH, headers=JSON_HEADERS).raise_for_status()
            taken.append((time.perf_counter() - start) * 1e3)
    return taken[len(taken) // 10 :]


def measure_clients(args: argparse.Namespace) -> None:
    """Many concurrent clients: does each get its answer?"""
    with gateway() as server:
        answered = asyncio.run(_burst(f"{server.url}/api/mock/users", args.clients, 4))
        print(f"    concurrent: {args.clients} clients x 4 requests, {answered} answered 200")


async def _burst(url: str, clients: int, each: int) -> int:
    limits = httpx.Limits(max_connections=clients, max_keepalive_connections=clients)
    async with httpx.AsyncClient(limits=limits, timeout=60) as client:

        async def one() -> int:
            answers = [
                await client.post(url, content=FRESH, headers=JSON_HEADERS) for _ in range(each)
            ]
            return sum(answer.status_code == 200 for answer in answers)

        return sum(await asyncio.gather(*(one() for _ in range(clients))))


def measure_memory(args: argparse.Namespace) -> None:
    """Resident memory over many different requests (each a miss, journaled)."""
    with gateway() as server:
        marks = []
        for _ in range(5):
            _requests(server, args.memory_requests // 5, args.connections)
            marks.append(resident_mib(server.process.pid))
        print(
            f"        memory: {args.memory_requests} requests, resident after each fifth "
            + ", ".join(f"{mark:.0f}" for mark in marks)
            + " MiB"
        )


def _requests(server: Serving, count: int, connections: int) -> None:
    async def run() -> None:
        limits = httpx.Limits(max_connections=connections)
        async with httpx.AsyncClient(limits=limits, timeout=60) as client:

            async def worker(share: int) -> None:
                for _ in range(share):
                    await client.post(
                        f"{server.url}/api/mock/users", content=FRESH, headers=JSON_HEADERS
                    )

            await asyncio.gather(*(worker(count // connections) for _ in range(connections)))

    asyncio.run(run())


def main() -> None:
    """Run every measurement and print it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--calls", type=int, default=500)
    parser.add_argument("--clients", type=int, default=500)
    parser.add_argument("--memory-requests", type=int, default=50_000)
    args = parser.parse_args()
    need_wrk()
    print("-- throughput, POST with a small JSON body, 1 worker")
    measure_throughput(args)
    print("-- one call to an upstream with zero latency")
    measure_proxied(args)
    print("-- load")
    measure_clients(args)
    measure_memory(args)


if __name__ == "__main__":
    main()
