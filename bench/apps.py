"""Plain ASGI applications to measure against."""

from __future__ import annotations

import json
import os
from collections.abc import Awaitable, Callable
from typing import Any

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

_BODY = os.environ.get("BENCH_BODY", "{}").encode()
_HEADERS = [
    (name.encode(), value.encode())
    for name, value in json.loads(os.environ.get("BENCH_HEADERS", "{}")).items()
] + [(b"content-length", str(len(_BODY)).encode())]


async def _read(receive: Receive) -> None:
    while (await receive()).get("more_body"):
        pass


async def _send(send: Send, body: bytes, headers: list[tuple[bytes, bytes]]) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def bare(scope: Message, receive: Receive, send: Send) -> None:
    """Reads the body, answers fixed bytes."""
    if scope["type"] == "http":
        await _read(receive)
        await _send(send, _BODY, _HEADERS)


_USERS = json.dumps(
    {
        "users": [
            {"id": n, "firstName": "Ada", "lastName": "Byron", "email": "ada@example.com"}
            for n in range(3)
        ]
    }
)
_REPLY = json.dumps(
    {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 0,
        "model": "m",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": _USERS},
                "finish_reason": "stop",
            }
        ],
        "usage": {"prompt_tokens": 100, "completion_tokens": 60, "total_tokens": 160},
    }
).encode()


async def upstream(scope: Message, receive: Receive, send: Send) -> None:
    """Answers every chat completion with the same three users."""
    if scope["type"] == "http":
        await _read(receive)
        await _send(send, _REPLY, [(b"content-type", b"application/json")])
