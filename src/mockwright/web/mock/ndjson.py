"""Answers as NDJSON: one line of JSON for each item of a list."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace

import orjson

from mockwright.types import Json
from mockwright.web.http import sse
from mockwright.web.http.exchange import Reply


def to_ndjson(reply: Reply) -> Reply:
    """Return the reply with a line for each item of its list.

    An answer that holds no list, or several, is one line; members beside the one list are left out.
    Problems and empty answers stay as they are.
    """
    if reply.status >= 400 or not reply.body:
        return reply
    body = b"".join(map(sse.line, _items(orjson.loads(reply.body))))
    own = {b"content-type": sse.NDJSON, b"content-length": str(len(body)).encode()}
    kept = [(name, own.get(name, value)) for name, value in reply.head]
    return replace(reply, head=tuple(kept), body=body)


async def stream_ndjson(
    first: list[Json], pieces: AsyncGenerator[list[Json], None]
) -> AsyncGenerator[bytes, None]:
    """Yield the lines of a long list, some at a time, as they are made.

    ``first`` are the items that were awaited already, so that an error could still become a status.
    """
    async with aclosing(pieces):
        yield b"".join(map(sse.line, first))
        async for items in pieces:
            yield b"".join(map(sse.line, items))


def _items(value: Json) -> list[Json]:
    if isinstance(value, list):
        return value
    members = value.values() if isinstance(value, dict) else ()
    # `{"users": [...], "total": 3}` has one list; where there are several, none is the answer.
    lists = [item for item in members if isinstance(item, list)]
    return lists[0] if len(lists) == 1 else [value]
