"""Generators in processes of their own."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bench.generators import Generator, Worker, ours

# Hangs on one schema, dies on another, and answers the number of its line to any other.
MOODY = """
import json, sys, time
print(json.dumps({"ready": True}), flush=True)
for number, line in enumerate(sys.stdin):
    schema = json.loads(line)["schema"]
    if schema == "hang":
        time.sleep(60)
    if schema == "die":
        sys.exit(3)
    print(json.dumps({"value": number, "ms": 1.0}), flush=True)
"""


@asynccontextmanager
async def working(generator: Generator, seconds: float = 10) -> AsyncIterator[Worker]:
    worker = Worker(generator, seconds)
    try:
        yield worker
    finally:
        await worker.end()


def moody() -> Generator:
    return Generator("moody", "1", (sys.executable, "-c", MOODY))


async def test_a_worker_draws_the_value_of_the_seed() -> None:
    schema = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}
    async with working(ours()) as worker:
        first, again, other = [await worker.draw(schema, seed) for seed in (1, 1, 2)]
    assert first.returned
    assert isinstance(first.value["name"], str)
    assert first.value == again.value != other.value
    assert first.ms > 0


async def test_what_a_generator_raises_is_told() -> None:
    async with working(ours()) as worker:
        attempt = await worker.draw({"type": "string", "maxLength": 1, "minLength": 2}, 1)
    assert not attempt.returned
    assert attempt.error.startswith("UnsatisfiableError: ")


async def test_a_generator_that_hangs_is_ended_and_started_again() -> None:
    async with working(moody(), 0.5) as worker:
        assert (await worker.draw("any", 1)).value == 0
        hung = await worker.draw("hang", 1)
        assert (hung.returned, hung.ms) == (False, 500)
        assert (await worker.draw("any", 1)).value == 0


async def test_a_generator_that_dies_costs_one_value() -> None:
    async with working(moody()) as worker:
        died = await worker.draw("die", 1)
        assert died.error.startswith("the worker failed: ")
        assert (await worker.draw("any", 1)).value == 0


async def test_a_generator_that_is_not_there_fails_each_value() -> None:
    async with working(Generator("none", "1", ("/nonexistent/generator",))) as worker:
        assert not (await worker.draw({}, 1)).returned
        assert not (await worker.draw({}, 2)).returned
