"""A client that counts: streamed chat completions, timed and checked chunk by chunk."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any, Final

import aiohttp

from bench.openai_peers import Subject
from bench.upstream import text_of

TIME_LIMIT: Final = 120.0
"""Seconds for one stream of many."""
_ALONE_LIMIT: Final = 10.0


@dataclass(frozen=True)
class Stream:
    """One stream that was read to its end."""

    first_byte_ms: float
    total_ms: float
    lost: int
    """Chunks of which the text did not arrive."""
    fault: str = ""

    @property
    def whole(self) -> bool:
        """Whether all of it arrived."""
        return not self.lost and not self.fault


def session(connections: int, seconds: float) -> aiohttp.ClientSession:
    """A client that keeps its connections, and waits so long for a stream to end."""
    connector = aiohttp.TCPConnector(limit=connections)
    timeout = aiohttp.ClientTimeout(total=seconds)
    return aiohttp.ClientSession(connector=connector, timeout=timeout)


async def read(
    client: aiohttp.ClientSession, subject: Subject, chunks: int, pause_ms: int = 0
) -> Stream:
    """One stream of so many content chunks; nothing is parsed before it has ended."""
    body: dict[str, Any] = {
        "model": "m",
        "messages": [{"role": "user", "content": "Count."}],
        "stream": True,
        "max_tokens": chunks,
    }
    if pause_ms:
        body["seed"] = pause_ms
    start = first = time.perf_counter()
    received: list[bytes] = []
    try:
        async with client.post(subject.chat_url, json=body, headers=subject.headers) as answer:
            async for part in answer.content.iter_any():
                if not received:
                    first = time.perf_counter()
                received.append(part)
    except (aiohttp.ClientError, TimeoutError) as error:
        return Stream(0, 0, chunks, type(error).__name__)
    end = time.perf_counter()
    if not answer.ok:
        return Stream(0, 0, chunks, f"HTTP {answer.status}")
    lost, fault = checked(b"".join(received), chunks)
    return Stream((first - start) * 1e3, (end - start) * 1e3, lost, fault)


def checked(received: bytes, chunks: int) -> tuple[int, str]:
    """How many chunks are lacking, and what else is wrong: order, twice the same, no end."""
    events = [line[6:] for line in received.decode().splitlines() if line.startswith("data: ")]
    text = "".join(_contents(events))
    if text == text_of(chunks):
        return 0, "" if events[-1] == "[DONE]" else "no [DONE]"
    return len(set(text_of(chunks).split()) - set(text.split())), "not what was sent"


def _contents(events: list[str]) -> Iterator[str]:
    for event in events:
        if event != "[DONE]":
            for choice in json.loads(event).get("choices") or ():
                yield choice["delta"].get("content") or ""


async def burst(subject: Subject, clients: int, chunks: int, pause_ms: int) -> list[Stream]:
    """So many clients at once, each with a stream that takes its time."""
    async with session(clients, TIME_LIMIT) as client:
        streams = (read(client, subject, chunks, pause_ms) for _ in range(clients))
        return await asyncio.gather(*streams)


async def alternate(
    subjects: list[Subject], rounds: int, lengths: tuple[int, ...]
) -> dict[str, dict[int, list[Stream]]]:
    """One stream at a time: every subject and every length in each round.

    What hung once is not asked again: it would hang the whole run.
    """
    taken: dict[str, dict[int, list[Stream]]] = {s.name: {n: [] for n in lengths} for s in subjects}
    hung: set[str] = set()
    async with session(1, _ALONE_LIMIT) as client:
        for _ in range(rounds):
            for subject, length in product(subjects, lengths):
                if subject.name in hung:
                    continue
                stream = await read(client, subject, length)
                taken[subject.name][length].append(stream)
                if stream.fault == "TimeoutError":
                    hung.add(subject.name)
    return taken
