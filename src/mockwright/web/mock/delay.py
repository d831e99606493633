"""The delays of a slow API: how long each completion takes, and how those times add up."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace
from hashlib import blake2b
from itertools import accumulate
from typing import Final

import orjson

from mockwright.gateway.engine import Engine
from mockwright.jsontext import dump
from mockwright.shapes.rest.url_path import template_of
from mockwright.types import Json, MockRequest
from mockwright.web.http.exchange import Exchange, Reply

# Its own stream, so that an embedding application that seeds `random` changes nothing here.
_random: Final = random.Random()
_REPLACED_FIELDS: Final = frozenset({b"content-length"})
"""Header fields that a streamed reply cannot keep."""


async def delay_reply(
    exchange: Exchange, engine: Engine, request: MockRequest, reply: Reply
) -> Reply:
    """Return the reply after the time that the simulated API would have taken.

    The engine's own time counts: it is added to the averages that ``avg`` refers to. A stream and a
    problem are not delayed.
    """
    asked = request.delay_range or engine.delay_range
    took = exchange.seconds
    template = template_of(request.path)
    # Taken before it is read, so that `avg` has a value for the first answer, too.
    engine.averages.add(template, took)
    average = engine.averages.of(template)
    if asked is None or reply.stream is not None or reply.problem:
        return reply
    draws = _draws(request)
    delays = [asked.seconds(draw, took / len(draws), average) for draw in draws]
    exchange.trace.timings.append(("delay", _total_seconds(delays, request)))
    plan = exchange.trace.plan
    several = plan is not None and plan.completions > 1 and not (plan.state or plan.report)
    if request.strategy == "streaming" and several:
        return _streamed_reply(reply, delays)
    await asyncio.sleep(_total_seconds(delays, request))
    return replace(reply, head=(*reply.head, _delay_header(_total_seconds(delays, request))))


def _total_seconds(delays: Sequence[float], request: MockRequest) -> float:
    """Return the seconds that all completions take together."""
    return sum(delays) if request.strategy == "sequential" else max(delays)


def _delay_header(seconds: float) -> tuple[bytes, bytes]:
    return (b"x-mock-delay", f"{seconds:.3f}s".encode())


def _draws(request: MockRequest) -> list[float]:
    """Return a number from 0 to 1 for each completion, the same ones under the same seed."""
    if request.seed is None:
        return [_random.random() for _ in range(request.completions)]
    keys = [f"{request.seed} {request.path} {i}".encode() for i in range(request.completions)]
    return [int.from_bytes(blake2b(key, digest_size=7).digest()) / 256**7 for key in keys]


def _streamed_reply(reply: Reply, delays: Sequence[float]) -> Reply:
    """Return the same JSON as a stream that sends each completion when its own time has come."""
    value = orjson.loads(reply.body)
    head = tuple(field for field in reply.head if field[0] not in _REPLACED_FIELDS)
    stream = _in_time(value["completions"], delays)
    return replace(reply, head=(*head, _delay_header(max(delays))), body=b"", stream=stream)


async def _in_time(values: Sequence[Json], delays: Sequence[float]) -> AsyncGenerator[bytes, None]:
    """Yield the JSON, each completion when its delay is over.

    They stay in order: none is sent before the one in front of it.
    """
    # The running maximum: a completion that is done early waits for those in front of it.
    due = list(accumulate(delays, max))
    yield b'{"completions":['
    for place, value in enumerate(values):
        await asyncio.sleep(due[place] - (due[place - 1] if place else 0.0))
        yield (b"," if place else b"") + dump(value)
    yield b"]}"
