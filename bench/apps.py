"""A plain ASGI application to measure against."""

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


async def bare(scope: Message, receive: Receive, send: Send) -> None:
    """Reads the body, answers fixed bytes."""
    if scope["type"] != "http":
        return
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
    await send({"type": "http.response.body", "body": _BODY})
