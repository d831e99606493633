"""An OpenAI-compatible upstream that costs next to nothing, so that what is measured is the rest.

``uvicorn bench.upstream:app``. A whole answer is always the same. A streamed one has ``max_tokens``
content chunks, each with its number, so that a lost one shows; with a ``seed``, that many
milliseconds pass before each.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any, Final

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

DEFAULT_CHUNKS: Final = 20
_PERSON: Final = {"firstName": "Ada", "lastName": "Byron", "email": "ada@example.com"}
_USERS: Final = json.dumps({"users": [{"id": n, **_PERSON} for n in range(3)]})
_USAGE: Final = {"prompt_tokens": 100, "completion_tokens": 60, "total_tokens": 160}
_MESSAGE: Final = {"role": "assistant", "content": _USERS}
_CHOICE: Final = {"index": 0, "message": _MESSAGE, "finish_reason": "stop"}
_BASE: Final = {"id": "chatcmpl-1", "created": 1, "model": "m"}
_WHOLE: Final = json.dumps(
    {**_BASE, "object": "chat.completion", "choices": [_CHOICE], "usage": _USAGE}
).encode()


def text_of(chunks: int) -> str:
    """What a stream of so many chunks says in all."""
    return "".join(map(_piece, range(chunks)))


def _piece(number: int) -> str:
    return f"{number} "


def _event(delta: Message, finish_reason: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
    chunk = {**_BASE, "object": "chat.completion.chunk", "choices": [choice]}
    return f"data: {json.dumps(chunk)}\n\n".encode()


_FIRST: Final = _event({"role": "assistant", "content": ""})
_LAST: Final = _event({}, "stop") + b"data: [DONE]\n\n"
_EVENTS: Final = [_event({"content": _piece(n)}) for n in range(1000)]


async def app(scope: Message, receive: Receive, send: Send) -> None:
    """Answers what is posted to ``.../chat/completions``; anything else is not found."""
    if scope["type"] != "http":
        return
    body = await _read(receive)
    if not scope["path"].endswith("/chat/completions"):
        await _send(send, 404, b"{}")
    elif (request := json.loads(body)).get("stream"):
        await _stream(send, request)
    else:
        await _send(send, 200, _WHOLE)


async def _read(receive: Receive) -> bytes:
    body = b""
    while True:
        message = await receive()
        body += bytes(message.get("body", b""))
        if not message.get("more_body"):
            return body


async def _send(send: Send, status: int, body: bytes) -> None:
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _stream(send: Send, request: Message) -> None:
    pause = (request.get("seed") or 0) / 1000
    headers = [(b"content-type", b"text/event-stream")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    for event in (_FIRST, *_EVENTS[: request.get("max_tokens") or DEFAULT_CHUNKS]):
        if pause:
            await asyncio.sleep(pause)
        await send({"type": "http.response.body", "body": event, "more_body": True})
    await send({"type": "http.response.body", "body": _LAST})
